//! The most there was of everything, and the fullest minute.

use std::collections::VecDeque;
use std::time::Duration;

use super::counter::Counter;
use super::seconds::Gauges;
use super::snapshot::{Least, Snapshot};

/// The most there was of each at any tick, one a second: what came and went between two is not in it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Peak {
    /// Customers logged in.
    pub connected: u64,
    /// Chats open.
    pub open_chats: u64,
    /// Customers waiting for an agent.
    pub waiting_for_agent: u64,
    /// Memory the process held, in KiB; null where the system does not tell.
    pub rss_kib: Option<u64>,
    /// Files the process had open; null where the system does not tell.
    pub open_files: Option<u64>,
}

/// The minute with the most customers connected all through it, and what happened in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sustained {
    /// When it began, after the start of the run.
    pub from: Duration,
    /// How long it was: a minute, to the nearest tick.
    pub length: Duration,
    /// The fewest customers connected at any tick in it.
    pub connected: u64,
    /// The customers that completed in it.
    pub completed: u64,
    /// The fewest messages and replies any of those had.
    pub least: Option<Least>,
}

impl Peak {
    pub(super) fn raise(&mut self, gauges: &Gauges) {
        self.connected = self.connected.max(gauges.connected);
        self.open_chats = self.open_chats.max(gauges.open_chats);
        self.waiting_for_agent = self.waiting_for_agent.max(gauges.waiting_for_agent);
        self.rss_kib = self.rss_kib.max(gauges.rss_kib);
        self.open_files = self.open_files.max(gauges.open_files);
    }
}

/// The last minute of ticks, and the best minute so far.
#[derive(Debug, Default)]
pub(super) struct Window {
    ticks: VecDeque<Tick>,
    pub(super) best: Option<Sustained>,
}

#[derive(Clone, Copy, Debug)]
struct Tick {
    at: Duration,
    connected: u64,
    completed: u64,
    least: Option<Least>,
}

impl Window {
    const LENGTH: Duration = Duration::from_secs(60);
    /// Ten ticks a second would still fit.
    const TICKS_MAX: usize = 640;

    pub(super) fn push(&mut self, at: Duration, connected: u64, second: &Snapshot) {
        let completed = second.counters.get(Counter::Completed);
        self.ticks.push_back(Tick { at, connected, completed, least: second.least });
        let spans = |from: &Tick| at.saturating_sub(from.at) >= Self::LENGTH;
        while self.ticks.len() > Self::TICKS_MAX || self.ticks.get(1).is_some_and(spans) {
            self.ticks.pop_front();
        }
        let Some(first) = self.ticks.front().filter(|first| spans(first)) else { return };
        // The first tick is where the minute begins: what it counted happened before.
        let within = self.ticks.iter().skip(1);
        let now = Sustained {
            from: first.at,
            length: at.saturating_sub(first.at),
            connected: self.ticks.iter().map(|tick| tick.connected).min().unwrap_or(0),
            completed: within.clone().map(|tick| tick.completed).sum(),
            least: within.fold(None, |least, tick| Least::of(least, tick.least)),
        };
        let rank = |window: &Sustained| (window.connected, window.completed);
        if self.best.is_none_or(|best| rank(&now) > rank(&best)) {
            self.best = Some(now);
        }
    }
}
