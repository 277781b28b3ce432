//! Merges what the workers hand over, writes it down as it comes, and ends in the totals.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::catalog::Catalog;
use super::counter::Counters;
use super::evidence::{Evidence, Out};
use super::interval_log::IntervalLog;
use super::seconds::{self, Gauges};
use super::snapshot::{Least, Snapshot};
use super::summary::Summary;

/// From here on a line of the interval log covers [`LONG_LINE`].
const FINE_UNTIL: Duration = Duration::from_secs(3600);
const LONG_LINE: Duration = Duration::from_secs(10);
/// Ticks come each second, a little late or early: a line is due when this much of its length is over.
const SLACK: Duration = Duration::from_millis(500);

/// The most there was of each at any tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Peak {
    /// Customers logged in.
    pub connected: u64,
    /// Chats open.
    pub open_chats: u64,
    /// Customers waiting for an agent.
    pub waiting_for_agent: u64,
    /// Memory the process held, in KiB.
    pub rss_kib: u64,
    /// Files the process had open.
    pub open_files: u64,
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

/// Merges snapshots of all workers.
pub struct Collector {
    catalog: Arc<Catalog>,
    log: Logs,
    /// Since the last tick.
    second: Snapshot,
    unticked: bool,
    /// Since the last line of the interval log.
    line: Snapshot,
    line_from: Duration,
    totals: Snapshot,
    peak: Peak,
    window: Window,
    last: Gauges,
    at: Duration,
}

struct Logs {
    intervals: Evidence,
    seconds: Evidence,
    format: IntervalLog,
}

impl Collector {
    /// A collector that writes `intervals.hlog` and `seconds.ndjson`. `started` is the wall clock at the start
    /// of the run, since 1970.
    pub fn new(catalog: Arc<Catalog>, started: Duration, intervals: Out, seconds: Out) -> Self {
        let empty = Snapshot::new(&catalog);
        let mut log = Logs {
            intervals: Evidence::new("intervals.hlog", intervals),
            seconds: Evidence::new("seconds.ndjson", seconds),
            format: IntervalLog::default(),
        };
        log.intervals.write(|out| log.format.head(started, out));
        Self {
            second: empty.clone(),
            unticked: false,
            line: empty.clone(),
            totals: empty,
            line_from: Duration::ZERO,
            catalog,
            log,
            peak: Peak::default(),
            window: Window::default(),
            last: Gauges::default(),
            at: Duration::ZERO,
        }
    }

    /// Takes what one worker measured and leaves the snapshot empty, fit for [`super::Recorder::recycle`].
    pub fn merge(&mut self, snapshot: &mut Snapshot) {
        self.second.add(snapshot);
        snapshot.clear();
        self.unticked = true;
    }

    /// Ends a second: `at` is the time since the start of the run, with the gauges of this moment.
    pub fn tick(&mut self, at: Duration, gauges: &Gauges) {
        (self.at, self.last) = (at, *gauges);
        self.peak.raise(gauges);
        self.window.push(at, gauges.connected, &self.second);
        self.log.seconds.write(|out| seconds::line(at, gauges, &self.second, out));
        self.log.seconds.flush();
        self.line.add(&self.second);
        self.second.clear();
        self.unticked = false;
        let length = if at <= FINE_UNTIL + SLACK { Duration::ZERO } else { LONG_LINE - SLACK };
        if at.saturating_sub(self.line_from) >= length {
            self.end_line();
        }
    }

    /// What has been counted up to the last tick.
    pub fn counters(&self) -> Counters {
        let mut counters = *self.totals.counters();
        counters.merge(self.line.counters());
        counters
    }

    /// How many failures there were up to the last tick.
    pub fn errors(&self) -> u64 {
        self.totals.errors.count() + self.line.errors.count()
    }

    /// Ends the run: nothing that was merged is left out.
    pub fn finish(mut self, at: Duration) -> Summary {
        if self.unticked || at > self.at {
            let gauges = self.last;
            self.tick(at.max(self.at), &gauges);
        }
        self.end_line();
        let troubles = [&self.log.intervals, &self.log.seconds];
        Summary::new(
            self.catalog,
            self.totals,
            self.peak,
            self.window.best,
            self.at,
            troubles.iter().filter_map(|file| file.trouble()).map(str::to_owned).collect(),
        )
    }

    fn end_line(&mut self) {
        let (from, until) = (self.line_from, self.at);
        let Logs { intervals, format, .. } = &mut self.log;
        intervals.write(|out| format.interval(&self.catalog, &self.line, from, until, out));
        intervals.flush();
        self.totals.add(&self.line);
        self.line.clear();
        self.line_from = until;
    }
}

impl Peak {
    fn raise(&mut self, gauges: &Gauges) {
        self.connected = self.connected.max(gauges.connected);
        self.open_chats = self.open_chats.max(gauges.open_chats);
        self.waiting_for_agent = self.waiting_for_agent.max(gauges.waiting_for_agent);
        self.rss_kib = self.rss_kib.max(gauges.rss_kib);
        self.open_files = self.open_files.max(gauges.open_files);
    }
}

/// The last minute of ticks, and the best minute so far.
#[derive(Debug, Default)]
struct Window {
    ticks: VecDeque<Tick>,
    best: Option<Sustained>,
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

    fn push(&mut self, at: Duration, connected: u64, second: &Snapshot) {
        let completed = second.counters.get(super::Counter::Completed);
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
