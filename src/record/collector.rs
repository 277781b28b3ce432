//! Merges what the workers hand over, writes it down as it comes, and ends in the totals.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::catalog::{Catalog, StepId};
use super::counter::Counters;
use super::distribution::Distribution;
use super::evidence::{Evidence, Out};
use super::failure::Kind;
use super::health::{Health, Strain};
use super::interval_log::IntervalLog;
use super::kinds::Kinds;
use super::live::Live;
use super::peak::{Peak, Window};
use super::recent::Recent;
use super::seconds::{self, Gauges};
use super::snapshot::Snapshot;
use super::summary::Summary;

/// From here on a line of the interval log covers [`LONG_LINE`].
const FINE_UNTIL: Duration = Duration::from_secs(3600);
const LONG_LINE: Duration = Duration::from_secs(10);
/// Ticks come each second, a little late or early: a line is due when this much of its length is over.
const SLACK: Duration = Duration::from_millis(500);

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
    recent: Recent,
    strain: Strain,
    last: Gauges,
    at: Duration,
    /// The wall clock at the zero of all times, since 1970; none once the interval log says it.
    unsaid_start: Option<Duration>,
    live: Option<(Live, watch::Sender<Arc<Live>>)>,
}

struct Logs {
    intervals: Evidence,
    seconds: Evidence,
    format: IntervalLog,
    kinds: Kinds,
}

impl Collector {
    /// A collector that writes `intervals.hlog` and `seconds.ndjson`. `started` is the wall clock, since 1970, of a run
    /// whose load never [begins](Self::begin).
    pub fn new(catalog: Arc<Catalog>, started: Duration, intervals: Out, seconds: Out) -> Self {
        let empty = Snapshot::new(&catalog);
        let log = Logs {
            intervals: Evidence::new("intervals.hlog", intervals),
            seconds: Evidence::new("seconds.ndjson", seconds),
            format: IntervalLog::new(&catalog),
            kinds: Kinds::default(),
        };
        Self {
            second: empty.clone(),
            unticked: false,
            line: empty.clone(),
            totals: empty,
            line_from: Duration::ZERO,
            recent: Recent::new(catalog.step_count()),
            catalog,
            log,
            peak: Peak::default(),
            window: Window::default(),
            strain: Strain::default(),
            last: Gauges::default(),
            at: Duration::ZERO,
            unsaid_start: Some(started),
            live: None,
        }
    }

    /// The load begins: all times count from this moment, `at` by the wall clock.
    pub fn begin(&mut self, at: SystemTime) {
        if self.unsaid_start.is_some() {
            self.unsaid_start = at.duration_since(SystemTime::UNIX_EPOCH).ok().or(self.unsaid_start);
        }
    }

    /// What has been measured so far, anew with each second, for whoever looks on while the run lasts.
    ///
    /// Handed over whole: whoever reads slowly holds up nobody.
    pub fn live(&mut self) -> watch::Receiver<Arc<Live>> {
        let live = Live::new(Arc::clone(&self.catalog));
        let (tell, told) = watch::channel(Arc::new(live.clone()));
        self.live = Some((live, tell));
        told
    }

    /// Takes what one worker measured and leaves the snapshot empty, fit for [`super::Recorder::recycle`].
    pub fn merge(&mut self, snapshot: &mut Snapshot) {
        self.second.add(snapshot);
        snapshot.clear();
        self.unticked = true;
    }

    /// What was merged since the last tick.
    pub fn second(&self) -> &Snapshot {
        &self.second
    }

    /// Ends a second: `at` is the time since the start of the run, with the gauges of this moment.
    pub fn tick(&mut self, at: Duration, gauges: &Gauges) {
        self.at = at;
        self.last.clone_from(gauges);
        self.peak.raise(gauges);
        self.recent.push(at, &self.second);
        self.strain.add(gauges, &self.second);
        self.window.push(at, gauges.connected, &self.second);
        let Logs { seconds, kinds, .. } = &mut self.log;
        seconds.write(|out| seconds::line(at, gauges, &self.second, kinds, out));
        seconds.flush();
        if let Some((live, tell)) = &mut self.live {
            live.second(at, gauges, &self.second);
            tell.send_replace(Arc::new(live.clone()));
        }
        self.line.add(&self.second);
        self.second.clear();
        self.unticked = false;
        let length = if at <= FINE_UNTIL + SLACK { Duration::ZERO } else { LONG_LINE - SLACK };
        if at.saturating_sub(self.line_from) >= length {
            self.end_line();
        }
    }

    /// What the generator was under up to the last tick.
    pub fn strain(&self) -> &Strain {
        &self.strain
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

    /// The kind of failure there were most of up to the last tick, and how many.
    pub fn commonest_error(&self) -> Option<(Kind, u64)> {
        let mut counts: BTreeMap<Kind, u64> = BTreeMap::new();
        for ((_, kind), group) in self.totals.errors.iter().chain(self.line.errors.iter()) {
            *counts.entry(*kind).or_default() += group.count();
        }
        // Of equal counts the first kind, so that a display does not flicker between them.
        counts.into_iter().rev().max_by_key(|(_, count)| *count)
    }

    /// The response times of a step over the last seconds, warm-up or not.
    pub fn response_lately(&self, step: StepId) -> Distribution {
        self.recent.response(step)
    }

    /// Ends the run: nothing that was merged is left out.
    pub fn finish(mut self, at: Duration) -> Summary {
        if self.unticked || at > self.at {
            // How full everything was is as good as known; what the last second cost is not.
            let gauges = Gauges { health: Health::default(), ..self.last.clone() };
            self.tick(at.max(self.at), &gauges);
        }
        self.end_line();
        let troubles = [&self.log.intervals, &self.log.seconds];
        Summary::new(
            self.catalog,
            self.totals,
            self.peak,
            self.window.best,
            self.strain,
            self.at,
            troubles.iter().filter_map(|file| file.trouble()).map(str::to_owned).collect(),
        )
    }

    fn end_line(&mut self) {
        let (from, until) = (self.line_from, self.at);
        let Logs { intervals, format, .. } = &mut self.log;
        if let Some(start) = self.unsaid_start.take() {
            intervals.write(|out| format.head(start, out));
        }
        intervals.write(|out| format.interval(&self.line, from, until, out));
        intervals.flush();
        self.totals.add(&self.line);
        self.line.clear();
        self.line_from = until;
    }
}
