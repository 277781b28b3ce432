//! Which part of the run a moment belongs to.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// A part of the run whose samples are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Load that only warms the target; judged by nothing.
    WarmUp,
    /// What is measured.
    Steady,
}

impl Phase {
    /// Both, in the order of time.
    pub const ALL: [Self; 2] = [Self::WarmUp, Self::Steady];

    /// The phase as tags and files spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WarmUp => "warm-up",
            Self::Steady => "steady",
        }
    }
}

/// When each phase began. A cheap clone: every recorder has one.
///
/// Times before the first phase count to the first; times after the last to the last, so a chat that the
/// load began and the drain ended is measured like any other.
#[derive(Clone, Debug)]
pub struct Timeline {
    begun: Arc<[(Instant, Phase)]>,
}

impl Timeline {
    /// The phases of a load in order, each with its length.
    pub fn new(start: Instant, phases: impl IntoIterator<Item = (Phase, Duration)>) -> Self {
        let mut begins = start;
        let begun = phases
            .into_iter()
            .map(|(phase, length)| {
                let began = begins;
                begins += length;
                (began, phase)
            })
            .collect();
        Self { begun }
    }

    /// A load without warm-up.
    pub fn steady(start: Instant) -> Self {
        Self::new(start, [(Phase::Steady, Duration::ZERO)])
    }

    /// The phase in which a step that was due at `due` belongs.
    pub fn phase(&self, due: Instant) -> Phase {
        let later = self.begun.iter().rev().find(|(began, _)| *began <= due);
        later.or(self.begun.first()).map_or(Phase::Steady, |(_, phase)| *phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_belongs_to_the_phase_in_which_it_was_due() {
        let start = Instant::now() + Duration::from_secs(100);
        let line = Timeline::new(
            start,
            [(Phase::WarmUp, Duration::from_secs(60)), (Phase::Steady, Duration::from_secs(180))],
        );
        let table = [(0, Phase::WarmUp), (59, Phase::WarmUp), (60, Phase::Steady), (900, Phase::Steady)];
        for (second, phase) in table {
            assert_eq!(line.phase(start + Duration::from_secs(second)), phase, "second {second}");
        }
        assert_eq!(line.phase(start - Duration::from_secs(1)), Phase::WarmUp);
        assert_eq!(Timeline::steady(start).phase(start - Duration::from_secs(1)), Phase::Steady);
    }
}
