//! How many were how slow.

use super::super::distribution::Distribution;
use super::super::histogram::Histogram;
use super::ms;

/// Points of a spectrum for each ten times fewer samples beyond.
const PER_DECADE: f64 = 20.0;

/// A point of a percentile spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// One of so many samples is beyond: 20 at p95.
    pub one_in: f64,
    /// The time.
    pub ms: f64,
}

/// The times that all but one in so many samples are at or below, from all to one; with failures, which rank
/// above every value, it ends where they begin.
pub fn spectrum(values: &Histogram, failed: u64) -> Vec<Quantile> {
    let times = Distribution::with_failed(values.clone(), failed);
    let all = times.count() as f64;
    let steps = (all.max(1.0).log10() * PER_DECADE).floor() as u32;
    let grid = (0..=steps).map(|nth| 10f64.powf(f64::from(nth) / PER_DECADE));
    grid.map_while(|one_in| Some(Quantile { one_in, ms: ms(times.at(1.0 - 1.0 / one_in))? })).collect()
}
