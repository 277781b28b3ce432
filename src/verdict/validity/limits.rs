//! What the generator has to keep, in the numbers that are compared.

use std::time::Duration;

use crate::scenario::threshold::{Limit, Operator};
use crate::scenario::{Threshold, Validity as Written};

/// A lag that is always allowed: timers fire up to a millisecond late, and so does whatever is behind another.
const LAG: Duration = Duration::from_millis(5);
/// Lag of this share of a latency limit cannot turn a threshold's verdict.
const LAG_SHARE: f64 = 0.05;

/// The limits of one run. Shares are of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    pub(super) starts: f64,
    pub(super) lag: Duration,
    pub(super) busy: f64,
    pub(super) busy_seconds: f64,
    pub(super) throttled_seconds: f64,
    pub(super) local_errors: u64,
    pub(super) steal: Option<f64>,
    pub(super) pressure: Option<f64>,
    pub(super) clock_step: Option<Duration>,
}

impl Limits {
    /// What the author wrote, and what follows from the thresholds where nothing is written.
    pub fn new(written: &Written, thresholds: &[Threshold]) -> Self {
        let derived = || smallest(thresholds).map_or(LAG, |limit| limit.mul_f64(LAG_SHARE).max(LAG));
        Self {
            starts: written.starts.of_one(),
            lag: written.lag.map_or_else(derived, Duration::from),
            busy: written.busy.of_one(),
            busy_seconds: written.busy_seconds.of_one(),
            throttled_seconds: written.throttled_seconds.of_one(),
            local_errors: written.local_errors,
            steal: written.steal.map(|share| share.of_one()),
            pressure: written.pressure.map(|share| share.of_one()),
            clock_step: written.clock_step.map(Duration::from),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(&Written::default(), &[])
    }
}

/// The smallest latency limit: an upper bound of a time that is not the generator's own.
fn smallest(thresholds: &[Threshold]) -> Option<Duration> {
    let limit = |threshold: &Threshold| match (threshold.operator, threshold.limit) {
        (Operator::Below | Operator::AtMost, Limit::Time(limit)) if threshold.metric.part != Some("lag") => {
            Some(limit.duration())
        }
        _ => None,
    };
    thresholds.iter().filter_map(limit).min()
}
