//! The closed model: how many users there are at what time.

use std::time::Duration;

use crate::scenario::Scenario;
use crate::scenario::profile::{Phase, Users};

/// One user more or one less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A user begins; when done, it begins again.
    Join,
    /// A user does not begin again.
    Retire,
}

/// When the number of users changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserChange {
    /// From the start of the run.
    pub at: Duration,
    /// In which phase.
    pub phase: usize,
    /// More or less.
    pub change: Change,
}

/// How long the phase is.
pub(super) fn length(users: &Users) -> Duration {
    users.form().map_or(Duration::ZERO, |(_, _, over)| over.duration())
}

/// Every change of the number of users, in order. A phase that begins with another number than the one before
/// ended with starts with a jump.
pub(super) fn changes(scenario: &Scenario) -> Vec<UserChange> {
    let mut changes = Vec::new();
    let mut start = Duration::ZERO;
    let mut now = 0;
    for (phase, users) in scenario.load.phases.iter().enumerate() {
        let Phase::Users(users) = users else { continue };
        let Some((from, to, over)) = users.form() else { continue };
        step(&mut changes, phase, now, from, |_| start);
        // The k-th of n changes comes when k/n of the time is over.
        let share = |k: u32| start + over.duration().mul_f64(f64::from(k) / f64::from(from.abs_diff(to)));
        step(&mut changes, phase, from, to, share);
        now = to;
        start += over.duration();
    }
    changes
}

fn step(changes: &mut Vec<UserChange>, phase: usize, from: u32, to: u32, at: impl Fn(u32) -> Duration) {
    let change = if to > from { Change::Join } else { Change::Retire };
    changes.extend((1..=from.abs_diff(to)).map(|k| UserChange { at: at(k), phase, change }));
}
