//! What one worker measured since it last handed over.

use std::time::Duration;

use super::catalog::Catalog;
use super::counter::Counters;
use super::errors::Errors;
use super::funnel::Funnel;
use super::histogram::Histogram;
use super::phase::Phase;

/// A step's histograms.
#[derive(Clone, Debug, Default)]
pub(super) struct StepTimes {
    /// Successes: the last attempt.
    pub(super) service: Histogram,
    /// Successes: from when they were due.
    pub(super) response: Histogram,
    /// Everything that was started.
    pub(super) lag: Histogram,
    /// Failures: from when they were due to when they were given up, so at least this long.
    pub(super) failed: Histogram,
    /// The failures that were never started, so that say nothing about service.
    pub(super) dropped: u64,
    /// The failures that are the generator's own.
    pub(super) local: u64,
}

impl StepTimes {
    pub(super) fn add(&mut self, other: &Self) {
        self.service.add(&other.service);
        self.response.add(&other.response);
        self.lag.add(&other.lag);
        self.failed.add(&other.failed);
        self.dropped += other.dropped;
        self.local += other.local;
    }

    fn clear(&mut self) {
        self.service.clear();
        self.response.clear();
        self.lag.clear();
        self.failed.clear();
        (self.dropped, self.local) = (0, 0);
    }
}

/// A part's histograms.
#[derive(Clone, Debug, Default)]
pub(super) struct PartTimes {
    /// Values that were reached.
    pub(super) reached: Histogram,
    /// Values that were given up, so at least this long.
    pub(super) failed: Histogram,
}

impl PartTimes {
    pub(super) fn add(&mut self, other: &Self) {
        self.reached.add(&other.reached);
        self.failed.add(&other.failed);
    }

    fn clear(&mut self) {
        self.reached.clear();
        self.failed.clear();
    }
}

/// The fewest messages any customer that completed in this interval had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Least {
    /// The fewest it sent.
    pub sent: u32,
    /// The fewest replies it got.
    pub replied: u32,
}

impl Least {
    /// The lesser of both, where either may not exist.
    pub(super) fn of(one: Option<Self>, two: Option<Self>) -> Option<Self> {
        match (one, two) {
            (Some(a), Some(b)) => Some(Self { sent: a.sent.min(b.sent), replied: a.replied.min(b.replied) }),
            (one, two) => one.or(two),
        }
    }
}

/// Steps that were under way when somebody ended the run before its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CutOff {
    /// How many.
    pub count: u64,
    /// For how long the oldest had been under way, counted from when it was due.
    pub oldest: Duration,
}

impl CutOff {
    pub(super) fn note(&mut self, age: Duration) {
        self.add(Self { count: 1, oldest: age });
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.oldest = self.oldest.max(other.oldest);
    }
}

/// The histograms of one phase.
#[derive(Clone, Debug, Default)]
pub(super) struct PhaseTimes {
    pub(super) steps: Vec<StepTimes>,
    pub(super) parts: Vec<PartTimes>,
}

/// What was measured in some interval, by one worker or, merged, by all.
#[derive(Clone, Debug)]
pub struct Snapshot {
    phases: [PhaseTimes; Phase::ALL.len()],
    pub(super) errors: Errors,
    pub(super) counters: Counters,
    pub(super) least: Option<Least>,
    pub(super) funnel: Funnel,
    /// How long the chats that ended were open, together.
    pub(super) chatted: Duration,
    pub(super) cut_off: CutOff,
}

impl Snapshot {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let empty = || PhaseTimes {
            steps: vec![StepTimes::default(); catalog.step_count()],
            parts: vec![PartTimes::default(); catalog.part_count()],
        };
        Self {
            phases: [empty(), empty()],
            errors: Errors::default(),
            counters: Counters::default(),
            least: None,
            funnel: Funnel::default(),
            chatted: Duration::ZERO,
            cut_off: CutOff::default(),
        }
    }

    pub(super) fn phase(&self, phase: Phase) -> &PhaseTimes {
        &self.phases[phase as usize]
    }

    pub(super) fn phase_mut(&mut self, phase: Phase) -> &mut PhaseTimes {
        &mut self.phases[phase as usize]
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.phases.iter_mut().zip(&other.phases) {
            sum.steps.iter_mut().zip(&more.steps).for_each(|(sum, more)| sum.add(more));
            sum.parts.iter_mut().zip(&more.parts).for_each(|(sum, more)| sum.add(more));
        }
        self.errors.merge(&other.errors);
        self.counters.merge(&other.counters);
        self.least = Least::of(self.least, other.least);
        self.funnel.add(&other.funnel);
        self.chatted += other.chatted;
        self.cut_off.add(other.cut_off);
    }

    /// Forgets everything but keeps the memory, so that a snapshot can go back to its recorder.
    pub(super) fn clear(&mut self) {
        for phase in &mut self.phases {
            phase.steps.iter_mut().for_each(StepTimes::clear);
            phase.parts.iter_mut().for_each(PartTimes::clear);
        }
        self.errors.clear();
        self.counters = Counters::default();
        self.least = None;
        self.funnel = Funnel::default();
        self.chatted = Duration::ZERO;
        self.cut_off = CutOff::default();
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What failed.
    pub fn errors(&self) -> &Errors {
        &self.errors
    }
}
