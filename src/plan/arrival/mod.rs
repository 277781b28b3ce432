//! When customers arrive: each file is one way, an iterator of offsets from its phase's start.

mod constant;
mod poisson;
mod ramping;
mod replay;

use std::time::Duration;

use super::users;
use crate::scenario::Scenario;
use crate::scenario::profile::{Arrivals as Spacing, Phase};

/// One planned arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number, from 0.
    pub number: u64,
    /// When, from the start of the run.
    pub at: Duration,
    /// In which phase.
    pub phase: usize,
}

/// The offsets of one phase.
#[derive(Debug, Clone)]
enum Offsets<'a> {
    Constant(constant::Constant),
    Ramping(ramping::Ramping),
    Poisson(poisson::Poisson),
    Replay(replay::Replay<'a>),
    None,
}

impl Iterator for Offsets<'_> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        match self {
            Offsets::Constant(offsets) => offsets.next(),
            Offsets::Ramping(offsets) => offsets.next(),
            Offsets::Poisson(offsets) => offsets.next(),
            Offsets::Replay(offsets) => offsets.next(),
            Offsets::None => None,
        }
    }
}

/// The arrivals of a whole run, in order; computed as they are asked for, the same each time.
#[derive(Debug, Clone)]
pub struct Schedule<'a> {
    scenario: &'a Scenario,
    seed: u64,
    phase: usize,
    /// When the phase begins.
    start: Duration,
    offsets: Offsets<'a>,
    number: u64,
    /// The share of an arrival that the phases so far have left over, so that a rate which does not divide a
    /// phase evenly loses nothing: three times `hold: 1/s for 1.5s` is five arrivals, not six.
    carry: f64,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(scenario: &'a Scenario, seed: u64) -> Schedule<'a> {
        let mut schedule = Schedule {
            scenario,
            seed,
            phase: 0,
            start: Duration::ZERO,
            offsets: Offsets::None,
            number: 0,
            carry: 0.0,
        };
        schedule.enter();
        schedule
    }

    /// Prepares the offsets of the phase.
    fn enter(&mut self) {
        let Some(phase) = self.scenario.load.phases.get(self.phase) else { return };
        let (from, to, length, spacing) = match phase {
            Phase::Ramp(ramp) => (ramp.from, ramp.to, ramp.over, ramp.arrivals),
            Phase::Hold(hold) => (hold.rate, hold.rate, hold.duration, hold.arrivals),
            Phase::Replay(_) => {
                let recorded = self.scenario.replays.get(self.phase).map_or(&[][..], |offsets| offsets);
                (self.offsets, self.carry) = (Offsets::Replay(replay::Replay::new(recorded)), 0.0);
                return;
            }
            Phase::Users(_) => return,
        };
        let (from, to, length) = (from.per_second(), to.per_second(), length.as_secs_f64());
        let first = self.carry;
        (self.offsets, self.carry) = match spacing {
            // Random arrivals remember nothing.
            Spacing::Poisson => {
                (Offsets::Poisson(poisson::Poisson::new(from, to, length, self.seed, self.phase)), 0.0)
            }
            Spacing::Constant if from == to => {
                let offsets = constant::Constant::new(from, length, first);
                let carry = offsets.carry();
                (Offsets::Constant(offsets), carry)
            }
            Spacing::Constant => {
                let offsets = ramping::Ramping::new(from, to, length, first);
                let carry = offsets.carry();
                (Offsets::Ramping(offsets), carry)
            }
        };
    }
}

impl Iterator for Schedule<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        loop {
            if let Some(offset) = self.offsets.next() {
                let number = self.number;
                self.number += 1;
                return Some(Arrival { number, at: self.start + offset, phase: self.phase });
            }
            let phase = self.scenario.load.phases.get(self.phase)?;
            self.start += length(phase, self.scenario.replays.get(self.phase).map_or(&[], |offsets| offsets));
            self.phase += 1;
            self.offsets = Offsets::None;
            self.enter();
        }
    }
}

/// How long a phase is; a replay ends with its last arrival.
pub(super) fn length(phase: &Phase, recorded: &[Duration]) -> Duration {
    match phase {
        Phase::Ramp(ramp) => ramp.over.duration(),
        Phase::Hold(hold) => hold.duration.duration(),
        Phase::Replay(_) => recorded.last().copied().unwrap_or_default(),
        Phase::Users(users) => users::length(users),
    }
}

/// The number of evenly spaced arrivals among `expected`, when the first comes `first` after the start (both
/// counted in arrivals); and what is left over for the next phase.
fn evenly(expected: f64, first: f64) -> (u64, f64) {
    // Rates and times are decimal, floats are not: what is within a billionth of a whole arrival is one.
    let count = (expected - first - 1e-9).ceil().max(0.0);
    (count as u64, (first + count - expected).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phase_leaves_over_is_carried_into_the_next() {
        assert_eq!(evenly(270.0, 0.0), (270, 0.0));
        assert_eq!(evenly(1.5, 0.0), (2, 0.5));
        assert_eq!(evenly(1.5, 0.5), (1, 0.0));
        assert_eq!(evenly(0.0, 0.0), (0, 0.0));
        assert_eq!(evenly(0.25, 0.5), (0, 0.25));
    }
}
