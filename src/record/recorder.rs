//! One worker's measurements. No locks: a worker owns its recorder and hands over a snapshot each second.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::catalog::{Catalog, PartId, StepId};
use super::counter::Counter;
use super::failure::{Failure, Kind};
use super::funnel::{Milestone, Milestones};
use super::phase::Timeline;
use super::sample::{Outcome, Sample};
use super::snapshot::{Least, Snapshot};

/// How a customer's iteration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// It walked through all its steps without an error.
    pub completed: bool,
    /// Messages it sent.
    pub sent: u32,
    /// Replies it got.
    pub replied: u32,
    /// How long its chats were open.
    pub chatted: Duration,
}

/// Records samples of one worker.
#[derive(Debug)]
pub struct Recorder {
    catalog: Arc<Catalog>,
    timeline: Timeline,
    now: Snapshot,
    spare: Option<Snapshot>,
    broken_off: bool,
}

impl Recorder {
    /// A recorder for the names of `catalog`.
    pub fn new(catalog: Arc<Catalog>, timeline: Timeline) -> Self {
        let now = Snapshot::new(&catalog);
        Self { catalog, timeline, now, spare: None, broken_off: false }
    }

    /// From here on, what is unfinished was cut off by whoever ended the run: it is counted, but is no failure of the
    /// target's.
    pub fn break_off(&mut self) {
        self.broken_off = true;
    }

    /// Records a step that was started.
    ///
    /// A success goes to service, response and lag. A failure is counted, with the time until it was given
    /// up as a lower bound, and ranks above every success in the percentiles.
    pub fn step(&mut self, step: StepId, sample: &Sample) {
        let phase = self.timeline.phase(sample.due);
        let Some(times) = self.now.phase_mut(phase).steps.get_mut(step.index()) else { return };
        times.lag.record(sample.lag());
        match &sample.outcome {
            Outcome::Ok => {
                times.service.record(sample.service());
                times.response.record(sample.response());
            }
            Outcome::Failed(failure) if self.broken_off && failure.kind == Kind::Unfinished => {
                self.now.cut_off.note(sample.response());
            }
            Outcome::Failed(failure) => {
                times.failed.record(sample.response());
                times.local += u64::from(failure.kind.is_local());
                self.now.errors.add(Some(step), phase, failure);
            }
        }
    }

    /// Records a customer that was due but found no slot: its first step failed, without ever being started.
    pub fn dropped(&mut self, first: StepId, due: Instant, noticed: Instant) {
        self.count(Counter::Dropped, 1);
        let phase = self.timeline.phase(due);
        let Some(times) = self.now.phase_mut(phase).steps.get_mut(first.index()) else { return };
        times.failed.record(noticed.saturating_duration_since(due));
        times.dropped += 1;
        self.now.errors.add(Some(first), phase, &Kind::Dropped.into());
    }

    /// Records a part or a wait that came to its end. `due` is when the step it is part of was due.
    pub fn part(&mut self, part: PartId, due: Instant, took: Duration) {
        let phase = self.timeline.phase(due);
        if let Some(times) = self.now.phase_mut(phase).parts.get_mut(part.index()) {
            times.reached.record(took);
        }
    }

    /// Records a part or a wait that was given up after `at_least`, unless the run was [broken off](Self::break_off).
    pub fn part_failed(&mut self, part: PartId, due: Instant, at_least: Duration) {
        if self.broken_off {
            return;
        }
        let phase = self.timeline.phase(due);
        if let Some(times) = self.now.phase_mut(phase).parts.get_mut(part.index()) {
            times.failed.record(at_least);
        }
    }

    /// Records a failure outside any step, such as a connection lost while nothing was awaited.
    ///
    /// It is in the counts of errors, not in the rate, which is a share of steps.
    pub fn incident(&mut self, at: Instant, failure: &Failure) {
        self.now.errors.add(None, self.timeline.phase(at), failure);
    }

    /// Adds to a counter.
    pub fn count(&mut self, counter: Counter, more: u64) {
        self.now.counters.add(counter, more);
    }

    /// Records a customer that set out to come this far.
    pub fn expect(&mut self, milestones: Milestones) {
        self.now.funnel.expect(milestones);
    }

    /// Records a customer that came to this for the first time.
    pub fn reach(&mut self, milestone: Milestone) {
        self.now.funnel.reach(milestone);
    }

    /// Records the end of a customer's iteration.
    pub fn finished(&mut self, finished: Finished) {
        self.count(Counter::Finished, 1);
        self.now.chatted += finished.chatted;
        if finished.completed {
            self.count(Counter::Completed, 1);
            let least = Least { sent: finished.sent, replied: finished.replied };
            self.now.least = Least::of(self.now.least, Some(least));
        }
    }

    /// Hands over everything since the last call.
    pub fn snapshot(&mut self) -> Snapshot {
        let empty = self.spare.take().unwrap_or_else(|| Snapshot::new(&self.catalog));
        std::mem::replace(&mut self.now, empty)
    }

    /// Takes back a snapshot that the collector has merged and so emptied, to use its memory again.
    ///
    /// Without it each second would grow some hundred histograms anew, on the thread that keeps time.
    pub fn recycle(&mut self, mut emptied: Snapshot) {
        // Costs nothing when it is empty; a second count of the same samples would cost the run.
        emptied.clear();
        self.spare = Some(emptied);
    }
}
