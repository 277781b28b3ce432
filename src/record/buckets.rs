//! Times counted in fixed buckets: what programs take that cannot add histograms of ours.

use super::histogram::{Histogram, MAX_US};

/// The upper ends of the buckets in microseconds, each inclusive: three a decade from 1 ms to 10 s, where answers
/// are, then what people wait, up to the longest time that is told apart.
const BOUNDS_US: [u64; 17] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
    MAX_US,
];

/// Times of one kind since the start of the run. Buckets of many runs can be added; percentiles could not.
///
/// The last bucket, which has no upper end, holds the failures and nothing else: they rank above every success, as
/// everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    within: [u64; BOUNDS_US.len()],
    failed: u64,
    sum_us: f64,
}

impl Buckets {
    /// The upper ends of all buckets but the last, in seconds.
    pub fn bounds() -> impl ExactSizeIterator<Item = f64> {
        BOUNDS_US.iter().map(|us| *us as f64 / 1e6)
    }

    /// How many are in each bucket, the last included.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.within.iter().copied().chain([self.failed])
    }

    /// How many there are, failures included.
    pub fn count(&self) -> u64 {
        self.counts().sum()
    }

    /// How many of them failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The sum of the times in seconds, within the histograms' resolution of 0.1 %.
    pub fn sum_s(&self) -> f64 {
        self.sum_us / 1e6
    }

    /// Adds times of what succeeded.
    pub(super) fn add(&mut self, times: &Histogram) {
        times.each(|cell| {
            // What is longer than can be told apart was counted as the longest; a log may come from elsewhere.
            let lowest = cell.lowest_us.min(MAX_US);
            self.within[BOUNDS_US.partition_point(|bound| *bound < lowest)] += cell.count;
            self.sum_us += cell.middle_us as f64 * cell.count as f64;
        });
    }

    /// Adds failures whose times were measured until they were given up: so much at least is in the sum.
    pub(super) fn add_failures(&mut self, at_least: &Histogram) {
        at_least.each(|cell| {
            self.failed += cell.count;
            self.sum_us += cell.middle_us as f64 * cell.count as f64;
        });
    }

    /// Adds failures whose times say nothing here.
    pub(super) fn add_failed(&mut self, count: u64) {
        self.failed += count;
    }

    /// Takes back failures that were never started.
    pub(super) fn forget_failed(&mut self, count: u64) {
        self.failed = self.failed.saturating_sub(count);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(us: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new();
        us.into_iter().for_each(|us| histogram.record(Duration::from_micros(us)));
        histogram
    }

    #[test]
    fn a_bound_belongs_to_the_bucket_below_it_and_no_success_is_above_all() {
        let mut buckets = Buckets::default();
        buckets.add(&of([1, 1_000, 1_001, 2_500, 300_000_000, 302_000_000, 3_600_000_000, u64::MAX / 1_000]));
        let counts: Vec<u64> = buckets.counts().collect();
        assert_eq!((counts[0], counts[1], counts[15], counts[16], counts[17]), (2, 2, 1, 3, 0));
        assert_eq!((buckets.count(), counts.len()), (8, Buckets::bounds().len() + 1));
        assert_eq!(Buckets::bounds().last(), Some(3_600.0));
    }

    #[test]
    fn failures_are_above_every_bound_and_in_the_sum_where_they_were_timed() {
        let mut buckets = Buckets::default();
        buckets.add(&of([500, 1_500]));
        buckets.add_failures(&of([1_000]));
        buckets.add_failed(2);
        assert_eq!(buckets.counts().last(), Some(3));
        assert_eq!((buckets.count(), buckets.failed()), (5, 3));
        assert_eq!(buckets.sum_s(), 0.003);
        buckets.forget_failed(1);
        assert_eq!((buckets.count(), buckets.failed()), (4, 2));
    }

    #[test]
    fn the_sum_keeps_the_resolution() {
        let mut buckets = Buckets::default();
        let truth: u64 = (1..=2_000).map(|n| n * 997).sum();
        buckets.add(&of((1..=2_000).map(|n| n * 997)));
        let wrong = buckets.sum_s() * 1e6 / truth as f64 - 1.0;
        assert!(wrong.abs() < 0.001, "{wrong}");
    }
}
