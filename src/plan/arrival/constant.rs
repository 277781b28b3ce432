//! One arrival after another, evenly.

use std::time::Duration;

use super::evenly;

/// Arrivals at one rate.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    rate: f64,
    first: f64,
    count: u64,
    carry: f64,
    next: u64,
}

impl Constant {
    /// `rate` a second for `length` seconds; the first comes when `first` arrivals are due.
    pub(super) fn new(rate: f64, length: f64, first: f64) -> Constant {
        let (count, carry) = evenly(rate * length, first);
        Constant { rate, first, count, carry, next: 0 }
    }

    /// What is left over for the next phase, in arrivals.
    pub(super) fn carry(&self) -> f64 {
        self.carry
    }
}

impl Iterator for Constant {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.next == self.count {
            return None;
        }
        // Each from the start, never from the one before: errors do not add up.
        let offset = (self.first + self.next as f64) / self.rate;
        self.next += 1;
        Some(Duration::from_secs_f64(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_evenly_spaced() {
        let millis = |rate, length, first| -> Vec<u128> {
            Constant::new(rate, length, first).map(|offset| offset.as_millis()).collect()
        };
        assert_eq!(millis(4.0, 1.0, 0.0), [0, 250, 500, 750]);
        assert_eq!(millis(1.0, 1.5, 0.5), [500]);
        assert_eq!(millis(0.0, 60.0, 0.0), [0u128; 0]);
        assert_eq!(Constant::new(8.0, 180.0, 0.0).count(), 1440);
        assert_eq!(Constant::new(0.1, 0.3 / 0.1, 0.0).count(), 1);
    }
}
