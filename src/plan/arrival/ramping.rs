//! A rate that changes steadily: each arrival exactly where the integrated rate reaches it, no stairs.

use std::time::Duration;

use super::evenly;

/// Arrivals whose rate goes from one value to another along a line.
#[derive(Debug, Clone)]
pub(super) struct Ramping {
    from: f64,
    /// The change of the rate, per second.
    slope: f64,
    length: f64,
    first: f64,
    count: u64,
    carry: f64,
    next: u64,
}

impl Ramping {
    /// From `from` to `to` a second within `length` seconds; the first comes when `first` arrivals are due.
    pub(super) fn new(from: f64, to: f64, length: f64, first: f64) -> Ramping {
        let (count, carry) = evenly(f64::midpoint(from, to) * length, first);
        Ramping { from, slope: (to - from) / length, length, first, count, carry, next: 0 }
    }

    /// What is left over for the next phase, in arrivals.
    pub(super) fn carry(&self) -> f64 {
        self.carry
    }

    /// When `due` arrivals are due: from·t + slope·t²/2 = due, solved in the form that loses no digits.
    fn time_of(&self, due: f64) -> f64 {
        let root = (self.from * self.from + 2.0 * self.slope * due).max(0.0).sqrt();
        let divisor = self.from + root;
        if divisor == 0.0 { 0.0 } else { (2.0 * due / divisor).min(self.length) }
    }
}

impl Iterator for Ramping {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.next == self.count {
            return None;
        }
        let due = self.first + self.next as f64;
        self.next += 1;
        Some(Duration::from_secs_f64(self.time_of(due)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(from: f64, to: f64, length: f64) -> Vec<f64> {
        Ramping::new(from, to, length, 0.0).map(|offset| offset.as_secs_f64()).collect()
    }

    #[test]
    fn the_integrated_rate_is_inverted() {
        // From 0 to 2 a second within 4 s: t²/4 arrivals by t.
        let expected = [0.0, 2.0, 8f64.sqrt(), 12f64.sqrt()];
        for (seen, expected) in seconds(0.0, 2.0, 4.0).iter().zip(expected) {
            assert!((seen - expected).abs() < 1e-9, "{seen} instead of {expected}");
        }
        assert_eq!(seconds(0.0, 2.0, 4.0).len(), 4);
        assert_eq!(seconds(1.0, 8.0, 60.0).len(), 270);
    }

    #[test]
    fn a_ramp_down_is_a_ramp_up_seen_from_its_end() {
        let down = seconds(2.0, 0.0, 4.0);
        for (seen, due) in down.iter().zip(0..) {
            // 2t - t²/4 = due
            let expected = 4.0 - (16.0 - 4.0 * f64::from(due)).sqrt();
            assert!((seen - expected).abs() < 1e-9, "{seen} instead of {expected}");
        }
        assert!(down.windows(2).all(|pair| pair[1] - pair[0] > 0.4), "{down:?}");
    }
}
