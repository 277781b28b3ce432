//! Percentiles that know about failures.

use std::time::Duration;

use super::histogram::Histogram;

/// A percentile needs samples to mean anything; with fewer it is `n/a`.
///
/// - up to p95: 5. With 5 to 20 samples p95 is the largest of them, so a limit on it holds only when every
///   sample keeps it: never better than the truth.
/// - up to p99: 1,000
/// - above: 10 samples beyond it, which is 10,000 for p99.9.
pub fn samples_needed(quantile: f64) -> u64 {
    match quantile {
        q if q <= 0.95 => 5,
        q if q <= 0.99 => 1_000,
        // Rounded before the ceiling: 10 / (1 - 0.999) is 10000.000000000009.
        q => (10.0 / (1.0 - q).max(1e-9)).round() as u64,
    }
}

/// What a statistic comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observed {
    /// A time.
    Time(Duration),
    /// A share of one.
    Ratio(f64),
    /// A count.
    Count(u64),
    /// It falls among the failures, which rank above every success.
    Failed,
    /// Too few samples to say.
    TooFew {
        /// How many there are.
        have: u64,
        /// How many there would have to be.
        need: u64,
    },
}

/// Values and failures together, ready for statistics.
#[derive(Clone, Debug, Default)]
pub struct Distribution {
    values: Histogram,
    failed: u64,
    longest_failed: Option<Duration>,
}

impl Distribution {
    /// Values, and how long each failure took at least.
    pub(super) fn new(values: Histogram, failures: &Histogram) -> Self {
        Self { values, failed: failures.count(), longest_failed: failures.max() }
    }

    /// Values with some number of failures whose time does not matter.
    pub(super) fn with_failed(values: Histogram, failed: u64) -> Self {
        Self { values, failed, longest_failed: None }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.values.add(&other.values);
        self.failed += other.failed;
        self.longest_failed = self.longest_failed.max(other.longest_failed);
    }

    /// How many samples there are, failures included.
    pub fn count(&self) -> u64 {
        self.ok() + self.failed
    }

    /// How many of them are values.
    pub fn ok(&self) -> u64 {
        self.values.count()
    }

    /// How many of them are failures.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The values alone.
    pub fn values(&self) -> &Histogram {
        &self.values
    }

    /// The value that a share of `quantile` of all samples is at or below.
    pub fn percentile(&self, quantile: f64) -> Observed {
        let (have, need) = (self.count(), samples_needed(quantile));
        if have < need {
            return Observed::TooFew { have, need };
        }
        self.values.at_rank(rank(quantile, have)).map_or(Observed::Failed, Observed::Time)
    }

    /// The value that a share of `quantile` of all samples is at or below, however few they are.
    pub(super) fn at(&self, quantile: f64) -> Observed {
        match self.count() {
            0 => Observed::TooFew { have: 0, need: 1 },
            all => self.values.at_rank(rank(quantile, all)).map_or(Observed::Failed, Observed::Time),
        }
    }

    /// The mean; one failure makes it unbounded.
    pub fn mean(&self) -> Observed {
        self.all(self.values.mean())
    }

    /// The largest; a failure is larger than every value.
    pub fn max(&self) -> Observed {
        self.all(self.values.max())
    }

    /// The smallest.
    pub fn min(&self) -> Observed {
        match self.values.min() {
            Some(min) => Observed::Time(min),
            None => self.all(None),
        }
    }

    /// The longest time that was measured, for a failure the time until it was given up.
    pub fn longest(&self) -> Option<Duration> {
        self.values.max().max(self.longest_failed)
    }

    fn all(&self, value: Option<Duration>) -> Observed {
        match value {
            _ if self.failed > 0 => Observed::Failed,
            Some(value) => Observed::Time(value),
            None => Observed::TooFew { have: 0, need: 1 },
        }
    }
}

/// The rank, from 1, of a quantile among `count` samples.
pub(super) fn rank(quantile: f64, count: u64) -> u64 {
    // 0.95 × 20 is 19.000000000000004 in some orders of evaluation; a rank is not the place for that.
    let exact = quantile * count as f64;
    ((exact - 1e-9 * exact.max(1.0)).ceil() as u64).clamp(1, count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ms: impl IntoIterator<Item = u64>, failed: u64) -> Distribution {
        let mut values = Histogram::new();
        ms.into_iter().for_each(|ms| values.record(Duration::from_millis(ms)));
        Distribution::with_failed(values, failed)
    }

    #[test]
    fn ranks_do_not_suffer_from_rounding() {
        let table = [
            (0.95, 20, 19),
            (0.95, 100, 95),
            (0.99, 1000, 990),
            (0.999, 10_000, 9990),
            (0.5, 5, 3),
            (0.0, 5, 1),
        ];
        for (quantile, count, expected) in table {
            assert_eq!(rank(quantile, count), expected, "{quantile} of {count}");
        }
    }

    #[test]
    fn a_percentile_needs_samples() {
        for (quantile, need) in [(0.5, 5), (0.95, 5), (0.99, 1000), (0.999, 10_000), (0.9999, 100_000)] {
            assert_eq!(samples_needed(quantile), need, "{quantile}");
        }
        assert_eq!(of(1..=4, 0).percentile(0.5), Observed::TooFew { have: 4, need: 5 });
        assert_eq!(of(1..=999, 0).percentile(0.99), Observed::TooFew { have: 999, need: 1000 });
        assert!(matches!(of(1..=1000, 0).percentile(0.99), Observed::Time(_)));
    }

    #[test]
    fn failures_rank_above_every_success() {
        // 94 successes and 6 failures: p90 is a success, p95 falls among the failures.
        let mixed = of(1..=94, 6);
        let Observed::Time(p90) = mixed.percentile(0.90) else { panic!("p90 is a value") };
        assert_eq!(p90.as_millis(), 90);
        assert_eq!(mixed.percentile(0.95), Observed::Failed);
        assert_eq!(mixed.max(), Observed::Failed);
        assert_eq!(mixed.mean(), Observed::Failed);
        assert_eq!(mixed.min(), Observed::Time(Duration::from_millis(1)));
        // Survivors alone would have had a p95 of 90 ms.
        assert!(matches!(of(1..=94, 0).percentile(0.95), Observed::Time(_)));
    }

    #[test]
    fn failures_count_as_samples() {
        assert_eq!(of([], 5).percentile(0.5), Observed::Failed);
        assert_eq!(of([], 4).percentile(0.5), Observed::TooFew { have: 4, need: 5 });
        assert_eq!(of([], 0).max(), Observed::TooFew { have: 0, need: 1 });
    }
}
