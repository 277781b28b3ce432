//! How steps went lately, for whoever watches a run while it goes on.

use std::time::Duration;

use super::catalog::StepId;
use super::distribution::Distribution;
use super::histogram::Histogram;
use super::phase::Phase;
use super::snapshot::Snapshot;

/// What is told is of the last five to ten seconds: this half is still being filled.
const HALF: Duration = Duration::from_secs(5);

/// The response times of one step.
#[derive(Clone, Debug, Default)]
struct Responses {
    reached: Histogram,
    failed: u64,
}

impl Responses {
    fn clear(&mut self) {
        self.reached.clear();
        self.failed = 0;
    }
}

/// The last seconds of a run, in two halves that take turns: bounded, whatever the length of the run.
#[derive(Debug)]
pub(super) struct Recent {
    older: Vec<Responses>,
    newer: Vec<Responses>,
    since: Duration,
}

impl Recent {
    pub(super) fn new(steps: usize) -> Self {
        let empty = vec![Responses::default(); steps];
        Self { older: empty.clone(), newer: empty, since: Duration::ZERO }
    }

    /// Takes in the second that ended `at` after the start of the run.
    pub(super) fn push(&mut self, at: Duration, second: &Snapshot) {
        if at.saturating_sub(self.since) > HALF {
            std::mem::swap(&mut self.older, &mut self.newer);
            self.newer.iter_mut().for_each(Responses::clear);
            self.since = at;
        }
        for phase in Phase::ALL {
            for (sum, more) in self.newer.iter_mut().zip(&second.phase(phase).steps) {
                sum.reached.add(&more.response);
                sum.failed += more.failed.count();
            }
        }
    }

    /// The response times of a step, warm-up or not.
    pub(super) fn response(&self, step: StepId) -> Distribution {
        let half = |half: &[Responses]| half.get(step.index()).cloned().unwrap_or_default();
        let (mut sum, more) = (half(&self.older), half(&self.newer));
        sum.reached.add(&more.reached);
        Distribution::with_failed(sum.reached, sum.failed + more.failed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::super::{Catalog, Kind, Outcome, Recorder, Sample, Timeline};
    use super::*;

    #[test]
    fn what_is_long_past_is_forgotten_and_failures_stay_above_every_success() {
        let mut catalog = Catalog::new();
        let step = catalog.step("main", "send_message");
        let start = Instant::now();
        let mut recorder = Recorder::new(catalog.into(), Timeline::steady(start));
        let mut recent = Recent::new(1);
        let mut counts = Vec::new();
        for second in 1..=20u64 {
            let outcome = if second == 20 { Outcome::from(Kind::Timeout) } else { Outcome::Ok };
            let ended = start + Duration::from_millis(second);
            recorder.step(step, &Sample::new(start, start, start, ended, outcome));
            recent.push(Duration::from_secs(second), &recorder.snapshot());
            counts.push(recent.response(step).count());
        }
        assert_eq!(counts[..5], [1, 2, 3, 4, 5]);
        assert!(counts[5..].iter().all(|count| (6..=12).contains(count)), "{counts:?}");
        let response = recent.response(step);
        assert_eq!((response.failed(), response.longest().is_some()), (1, true));
        assert!(response.values().min() > Some(Duration::from_millis(5)), "the first seconds are forgotten");
    }
}
