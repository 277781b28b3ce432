//! Judges thresholds while the run goes on: over the last so much time, or over all so far.
//!
//! A window is looked at each second, once it holds enough samples to tell: 20 beyond a percentile, so 20 / (1 − q) of
//! them, of which a share of 1 % is the 99th. A share is also told by 20 failures, however few
//! there were to fail. What a second holds is what *ended* in it, so a target that answers nothing shows when its
//! callers give up.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::time::Duration;

use super::threshold::{Judgement, judgement, select, value};
use crate::record::{Catalog, Measured, Observed, Quantity, Snapshot};
use crate::scenario::Threshold;
use crate::scenario::metric::Statistic;
use crate::scenario::threshold::{Limit, Operator};

/// Samples beyond a percentile that make a window tell.
const BEYOND: f64 = 20.0;
/// Into how many slots a window is cut at most: a longer one moves on by more than a second at a time.
const SLOTS: u32 = 60;
const SECOND: Duration = Duration::from_secs(1);
/// Seconds come a little late or early.
const SLACK: Duration = Duration::from_millis(500);

/// The thresholds of a run that are judged while it goes on.
#[derive(Debug)]
pub struct Watch(Vec<Watched>);

#[derive(Debug)]
struct Watched {
    threshold: Threshold,
    quantity: Quantity,
    window: Window,
    came_to: Windows,
}

/// What came of a threshold while the run went on.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// How often it was judged: at each second whose window held enough samples.
    pub judged: u64,
    /// How often it was missed.
    pub missed: u64,
    /// When it was missed first.
    pub first_missed: Option<Moment>,
    /// The window that was furthest from the limit on the wrong side, or nearest to it on the right one.
    pub worst: Option<Moment>,
    /// The samples of the fullest window.
    pub fullest: u64,
    /// The samples a window needed.
    pub needed: u64,
}

/// A window that was judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// When it ended, after the start of the load.
    pub at: Duration,
    /// How long it was: in the beginning there is less to look at than the whole window.
    pub over: Duration,
    /// Its value.
    pub observed: Observed,
}

impl Watch {
    /// Watches those thresholds that have a window or may end the run.
    pub fn new(thresholds: &[Threshold], catalog: &Catalog) -> Self {
        let watched = thresholds.iter().filter(|threshold| threshold.window.is_some() || threshold.abort);
        Self(watched.filter_map(|threshold| Watched::new(threshold, catalog)).collect())
    }

    /// Takes in the second that ended `at`. Breaks when a threshold that may end the run is missed.
    pub fn second(&mut self, at: Duration, second: &Snapshot) -> ControlFlow<()> {
        // Every one is judged, so that the report has all of them up to the same second.
        let missed = self.0.iter_mut().map(|watched| u64::from(watched.second(at, second))).sum::<u64>();
        if missed > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// What came of a threshold; `None` for one that is not watched.
    pub fn windows(&self, threshold: &Threshold) -> Option<&Windows> {
        self.0.iter().find(|watched| watched.threshold == *threshold).map(|watched| &watched.came_to)
    }
}

impl Watched {
    fn new(threshold: &Threshold, catalog: &Catalog) -> Option<Self> {
        let quantity = Quantity::find(catalog, &threshold.metric.to_string(), select(&threshold.of))?;
        let came_to = Windows {
            judged: 0,
            missed: 0,
            first_missed: None,
            worst: None,
            fullest: 0,
            needed: needed(threshold),
        };
        let window = Window::new(threshold.window.map(Duration::from));
        Some(Self { threshold: threshold.clone(), quantity, window, came_to })
    }

    /// Whether the run is to end.
    fn second(&mut self, at: Duration, second: &Snapshot) -> bool {
        let Some((over, measured)) = self.window.push(at, self.quantity.read(second)) else { return false };
        let Self { threshold, came_to, .. } = self;
        came_to.fullest = came_to.fullest.max(measured.samples());
        if !tells(threshold, &measured, came_to.needed) {
            return false;
        }
        let observed = measured.value();
        let now = Moment { at, over, observed };
        let missed = match judgement(threshold, Some(observed)) {
            Judgement::Unknown => return false,
            Judgement::Held => false,
            Judgement::Missed => true,
        };
        came_to.judged += 1;
        if came_to.worst.is_none_or(|worst| excess(threshold, observed) > excess(threshold, worst.observed)) {
            came_to.worst = Some(now);
        }
        if missed {
            came_to.missed += 1;
            came_to.first_missed.get_or_insert(now);
        }
        missed && threshold.abort
    }
}

/// How many samples a window needs.
fn needed(threshold: &Threshold) -> u64 {
    let share = match (threshold.metric.statistic, threshold.limit) {
        (Statistic::Count, _) => return 0,
        (Statistic::Max, _) => return 1,
        (Statistic::Rate, Limit::Share(limit)) if limit > 0.0 => limit,
        (statistic, _) => 1.0 - statistic.quantile().unwrap_or(0.0),
    };
    // Rounded, because 20 / (1 - 0.95) is 399.99999999999966.
    (BEYOND / share).round() as u64
}

fn tells(threshold: &Threshold, measured: &Measured, needed: u64) -> bool {
    let by_failures = threshold.metric.statistic == Statistic::Rate && measured.failed() as f64 >= BEYOND;
    measured.samples() >= needed || by_failures
}

/// How far a value is beyond the limit; below zero when it holds.
fn excess(threshold: &Threshold, observed: Observed) -> f64 {
    let Some(value) = value(Some(observed)) else { return f64::INFINITY };
    let limit = threshold.limit.value();
    match threshold.operator {
        Operator::Below | Operator::AtMost => value - limit,
        Operator::Above | Operator::AtLeast => limit - value,
        Operator::Equal => (value - limit).abs(),
    }
}

/// The last so much time, or all of it.
#[derive(Debug)]
struct Window {
    length: Option<Duration>,
    /// How long a slot may be.
    grain: Duration,
    slots: VecDeque<Slot>,
}

#[derive(Debug)]
struct Slot {
    from: Duration,
    until: Duration,
    measured: Measured,
}

impl Window {
    fn new(length: Option<Duration>) -> Self {
        let grain = length.map_or(Duration::MAX, |length| (length / SLOTS).max(SECOND));
        Self { length, grain, slots: VecDeque::new() }
    }

    /// Adds what ended up to `at`: the window as it is then, with its length.
    fn push(&mut self, at: Duration, measured: Measured) -> Option<(Duration, Measured)> {
        let from = self.slots.back().map_or(Duration::ZERO, |last| last.until);
        match self.slots.back_mut() {
            Some(last) if at.saturating_sub(last.from) <= self.grain.saturating_add(SLACK) => {
                last.until = at;
                last.measured.add(&measured);
            }
            _ => self.slots.push_back(Slot { from, until: at, measured }),
        }
        if let Some(length) = self.length {
            while self.slots.front().is_some_and(|first| first.until + length <= at + SLACK) {
                self.slots.pop_front();
            }
        }
        let mut slots = self.slots.iter();
        let first = slots.next()?;
        let mut sum = first.measured.clone();
        slots.for_each(|slot| sum.add(&slot.measured));
        Some((at.saturating_sub(first.from), sum))
    }
}

#[cfg(test)]
mod tests;
