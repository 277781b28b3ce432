//! How far a percentile of one run can be trusted: Woodruff's interval over stretches of time.
//!
//! Answers that follow each other are alike: a queue that is long stays long for a while. Treated as independent
//! samples, the requests of a busy system would promise far more than they know. Hence stretches of time
//! are the unit: how much the share of samples at or below the percentile differs from one to the next says how far
//! that share itself is off, and the distribution turns shares back into times.

use std::time::Duration;

use super::blocks::{BLOCKS, Cut};
use super::distribution::{Distribution, Observed};

/// Student's t for 95 % and one degree less than there are blocks.
const T: f64 = 2.093;

/// With fewer samples beyond the percentile, what lies there was too seldom seen.
const BEYOND: f64 = 500.0;

/// In a shorter run a busy target may have had no bad spell at all, or one only; then its stretches look more alike
/// than they are. On a queue at 0.9 of what it can serve, p95 was held 87 times of 100 by runs of five minutes, 91 times
/// by runs of ten.
const LONG_ENOUGH: Duration = Duration::from_secs(30);

/// Where the true percentile lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: Bound,
    /// The upper bound.
    pub high: Bound,
    /// Few samples lie beyond the percentile, or the run was short: the truth is outside more often than one time in
    /// twenty.
    pub rough: bool,
}

/// An end of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This time.
    Time(Duration),
    /// Beyond every time that was measured: no smaller than the largest.
    Beyond(Duration),
    /// Among the failures.
    Failed,
}

impl Interval {
    /// Whether a limit lies inside: then this run cannot tell on which side of it the target is.
    pub fn holds(&self, limit: Duration) -> bool {
        let above_low = matches!(self.low, Bound::Time(low) if low <= limit);
        above_low && !matches!(self.high, Bound::Time(high) if high < limit)
    }
}

/// The interval of a percentile, from the stretches of time in which its samples lie.
///
/// `None` without samples.
pub fn woodruff(times: &Distribution, quantile: f64, cut: &Cut) -> Option<Interval> {
    let Cut { length, blocks } = cut;
    let all: u64 = blocks.iter().map(|block| block.all).sum();
    if all == 0 {
        return None;
    }
    let below: u64 = blocks.iter().map(|block| block.at_or_below).sum();
    let share = below as f64 / all as f64;
    let squares: f64 =
        blocks.iter().map(|block| (block.at_or_below as f64 - share * block.all as f64).powi(2)).sum();
    let m = BLOCKS as f64;
    let error = (m / (m - 1.0) * squares).sqrt() / all as f64;
    Some(Interval {
        low: bound(times, (quantile - T * error).max(0.0))?,
        high: bound(times, quantile + T * error)?,
        rough: (1.0 - quantile) * (all as f64) < BEYOND || *length < LONG_ENOUGH,
    })
}

fn bound(times: &Distribution, quantile: f64) -> Option<Bound> {
    if quantile >= 1.0 {
        return times.longest().map(Bound::Beyond);
    }
    match times.at(quantile) {
        Observed::Time(time) => Some(Bound::Time(time)),
        Observed::Failed => Some(Bound::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod coverage;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Block, Histogram};

    const fn minutes(blocks: [Block; BLOCKS]) -> Cut {
        Cut { length: Duration::from_secs(60), blocks }
    }

    fn distribution(ms: impl IntoIterator<Item = u64>, failed: u64) -> Distribution {
        let mut values = Histogram::new();
        ms.into_iter().for_each(|ms| values.record(Duration::from_millis(ms)));
        Distribution::with_failed(values, failed)
    }

    #[test]
    fn stretches_that_are_all_alike_leave_no_doubt() {
        let times = distribution(1..=2_000, 0);
        let interval =
            woodruff(&times, 0.5, &minutes([Block { at_or_below: 50, all: 100 }; BLOCKS])).unwrap();
        assert_eq!(interval.low, interval.high);
        assert!(!interval.rough);
    }

    #[test]
    fn a_run_of_less_than_ten_minutes_leaves_a_rough_one() {
        let rough = |seconds| {
            let blocks = [Block { at_or_below: 50, all: 100 }; BLOCKS];
            let cut = Cut { length: Duration::from_secs(seconds), blocks };
            woodruff(&distribution(1..=2_000, 0), 0.5, &cut).unwrap().rough
        };
        assert_eq!((rough(29), rough(30)), (true, false));
    }

    #[test]
    fn stretches_that_differ_leave_as_much_doubt_as_the_formula_says() {
        let mut blocks = [Block { at_or_below: 100, all: 100 }; BLOCKS];
        blocks[..10].fill(Block { at_or_below: 80, all: 100 });
        // Each is 10 off a share of 0.9: se = sqrt(20/19 · 20 · 100) / 2000 = 0.02294.
        let times = distribution(1..=2_000, 0);
        let interval = woodruff(&times, 0.9, &minutes(blocks)).unwrap();
        let Bound::Time(low) = interval.low else { panic!("{interval:?}") };
        let Bound::Time(high) = interval.high else { panic!("{interval:?}") };
        assert!((low.as_millis() as i64 - 1_704).abs() <= 2, "{low:?}");
        assert!((high.as_millis() as i64 - 1_896).abs() <= 2, "{high:?}");
        assert!(interval.rough, "200 samples lie beyond");
        assert!(
            interval.holds(Duration::from_millis(1_800)) && !interval.holds(Duration::from_millis(1_600))
        );
    }

    #[test]
    fn a_bound_beyond_all_samples_or_among_the_failures_is_said() {
        let mut blocks = [Block { at_or_below: 99, all: 100 }; BLOCKS];
        blocks[0].at_or_below = 0;
        let high = |failed| woodruff(&distribution(1..=2_000, failed), 0.95, &minutes(blocks)).unwrap().high;
        assert!(matches!(high(0), Bound::Beyond(_)));
        let mut calmer = [Block { at_or_below: 95, all: 100 }; BLOCKS];
        calmer[0].at_or_below = 91;
        calmer[1].at_or_below = 99;
        let failing = woodruff(&distribution(1..=1_910, 90), 0.95, &minutes(calmer)).unwrap();
        assert_eq!(failing.high, Bound::Failed);
        assert!(matches!(failing.low, Bound::Time(_)));
    }
}
