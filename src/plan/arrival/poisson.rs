//! Arrivals that know nothing of each other, as people's do: exponential gaps, and for a ramp some of them
//! thinned out.

use std::time::Duration;

use crate::seed::{self, Stream};

/// Poisson arrivals, homogeneous or along a line.
#[derive(Debug, Clone)]
pub(super) struct Poisson {
    from: f64,
    to: f64,
    length: f64,
    seed: u64,
    phase: u64,
    now: f64,
    candidate: u64,
}

impl Poisson {
    /// From `from` to `to` a second within `length` seconds.
    pub(super) fn new(from: f64, to: f64, length: f64, seed: u64, phase: usize) -> Poisson {
        Poisson { from, to, length, seed, phase: phase as u64, now: 0.0, candidate: 0 }
    }
}

impl Iterator for Poisson {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let highest = self.from.max(self.to);
        if highest <= 0.0 {
            return None;
        }
        loop {
            let u = seed::unit(self.seed, Stream::Arrival, self.phase, self.candidate);
            let keep = seed::unit(self.seed, Stream::Thinning, self.phase, self.candidate);
            self.candidate += 1;
            self.now -= (1.0 - u).ln() / highest;
            if self.now >= self.length {
                return None;
            }
            let rate = self.from + (self.to - self.from) * self.now / self.length;
            if keep * highest < rate {
                return Some(Duration::from_secs_f64(self.now));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_and_the_gaps_are_those_of_a_poisson_process() {
        let offsets: Vec<f64> =
            Poisson::new(50.0, 50.0, 200.0, 1, 0).map(|offset| offset.as_secs_f64()).collect();
        // 10,000 expected, standard deviation 100.
        assert!((9_500..=10_500).contains(&offsets.len()), "{}", offsets.len());
        let gaps: Vec<f64> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        let variation = variance.sqrt() / mean;
        assert!((0.95..1.05).contains(&variation), "{variation}");
    }

    #[test]
    fn a_ramp_thins_the_slow_end() {
        let offsets: Vec<f64> =
            Poisson::new(0.0, 100.0, 100.0, 1, 0).map(|offset| offset.as_secs_f64()).collect();
        let first_half = offsets.iter().filter(|offset| **offset < 50.0).count();
        assert!((4_650..=5_350).contains(&offsets.len()), "{}", offsets.len());
        // A quarter of all fall into the first half.
        assert!((1_080..=1_420).contains(&first_half), "{first_half}");
    }

    #[test]
    fn the_seed_decides() {
        let run = |seed, phase| Poisson::new(5.0, 5.0, 10.0, seed, phase).collect::<Vec<_>>();
        assert_eq!(run(1, 0), run(1, 0));
        assert_ne!(run(1, 0), run(2, 0));
        assert_ne!(run(1, 0), run(1, 1));
        assert!(Poisson::new(0.0, 0.0, 10.0, 1, 0).next().is_none());
    }
}
