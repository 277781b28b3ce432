//! A run so far, as it can be told to others at any moment: counts, and times in fixed buckets.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;
use std::time::Duration;

use super::blocks::lines;
use super::buckets::Buckets;
use super::catalog::{Catalog, PartName, StepId, StepName};
use super::counter::Counters;
use super::errors::Errors;
use super::histogram::Histogram;
use super::interval_log::{part_tag, tag};
use super::phase::Phase;
use super::seconds::Gauges;
use super::snapshot::Snapshot;

/// A run so far.
#[derive(Clone, Debug)]
pub struct Live {
    /// Since the first arrival could come.
    pub at: Duration,
    /// How full everything was at the last second.
    pub gauges: Gauges,
    /// How often the cgroup's quota held this process up; `None` where the system does not tell.
    pub throttled: Option<u64>,
    /// What was counted.
    pub counters: Counters,
    /// What failed.
    pub errors: Errors,
    catalog: Arc<Catalog>,
    phases: [Times; Phase::ALL.len()],
}

/// The times of one phase, in the order of the catalogue.
#[derive(Clone, Debug)]
struct Times {
    steps: Vec<LiveStep>,
    parts: Vec<Buckets>,
}

/// A step's times, failures included. Customers that were dropped count in `response` alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveStep {
    /// What the target did; the sum is of the successes.
    pub service: Buckets,
    /// What the customer felt; the sum has failures with the time until they were given up.
    pub response: Buckets,
    /// What the generator added.
    pub lag: Buckets,
}

impl Live {
    /// A run in which nothing has happened yet.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let empty = || Times {
            steps: vec![LiveStep::default(); catalog.step_count()],
            parts: vec![Buckets::default(); catalog.part_count()],
        };
        Self {
            phases: [empty(), empty()],
            at: Duration::ZERO,
            gauges: Gauges::default(),
            throttled: None,
            counters: Counters::default(),
            errors: Errors::default(),
            catalog,
        }
    }

    /// Reads the times of a run that ended from its interval log; there is nothing else in it.
    ///
    /// # Errors
    ///
    /// Those of reading, and a line that is none of this log.
    pub fn read(catalog: Arc<Catalog>, log: impl BufRead) -> io::Result<Self> {
        let tags = tags(&catalog);
        let mut live = Self::new(catalog);
        lines(log, |line| {
            if let Some((phase, place)) = tags.get(line.tag) {
                live.phases[*phase as usize].take(*place, &Histogram::read(line.histogram)?);
            }
            Ok(())
        })?;
        Ok(live)
    }

    /// Every step of a phase.
    pub fn steps(&self, phase: Phase) -> impl Iterator<Item = (&StepName, &LiveStep)> {
        self.catalog.steps().map(|(_, name)| name).zip(&self.phases[phase as usize].steps)
    }

    /// Every part and wait of a phase, each with the step it is part of.
    pub fn parts(&self, phase: Phase) -> impl Iterator<Item = (Option<&StepName>, &PartName, &Buckets)> {
        let step_of = |part: &PartName| part.step.and_then(|step| self.catalog.step_name(step));
        let parts = self.catalog.parts().zip(&self.phases[phase as usize].parts);
        parts.map(move |((_, part), times)| (step_of(part), part, times))
    }

    /// What a step is called.
    pub fn step_name(&self, step: StepId) -> Option<&StepName> {
        self.catalog.step_name(step)
    }

    /// Says that so many failures of a step were never started, which the interval log does not tell apart.
    pub fn never_started(&mut self, phase: Phase, journey: &str, step: &str, count: u64) {
        let named = |(_, name): &(StepId, &StepName)| name.journey == journey && name.step == step;
        if let Some((id, _)) = self.catalog.steps().find(named) {
            self.phases[phase as usize].steps[id.index()].service.forget_failed(count);
        }
    }

    /// Adds what was measured in a second.
    pub(super) fn second(&mut self, at: Duration, gauges: &Gauges, second: &Snapshot) {
        self.at = at;
        self.gauges.clone_from(gauges);
        if let Some(more) = gauges.health.throttled {
            self.throttled = Some(self.throttled.unwrap_or(0) + more);
        }
        self.counters.merge(&second.counters);
        self.errors.merge(&second.errors);
        for (phase, times) in Phase::ALL.into_iter().zip(&mut self.phases) {
            let more = second.phase(phase);
            for (step, more) in times.steps.iter_mut().zip(&more.steps) {
                step.service.add(&more.service);
                step.service.add_failed(more.failed.count() - more.dropped);
                step.response.add(&more.response);
                step.response.add_failures(&more.failed);
                step.lag.add(&more.lag);
            }
            for (part, more) in times.parts.iter_mut().zip(&more.parts) {
                part.add(&more.reached);
                part.add_failures(&more.failed);
            }
        }
    }
}

/// Where a line of the interval log belongs.
#[derive(Clone, Copy, Debug)]
enum Place {
    Service(usize),
    Response(usize),
    Lag(usize),
    Failed(usize),
    Part(usize),
    PartFailed(usize),
}

fn tags(catalog: &Catalog) -> HashMap<String, (Phase, Place)> {
    let mut tags = HashMap::new();
    for phase in Phase::ALL {
        for (id, StepName { journey, step }) in catalog.steps() {
            let nth = id.index();
            for (kind, place) in [
                ("service", Place::Service(nth)),
                ("response", Place::Response(nth)),
                ("lag", Place::Lag(nth)),
                ("failed", Place::Failed(nth)),
            ] {
                tags.insert(tag(phase, journey, step, kind), (phase, place));
            }
        }
        for (id, name) in catalog.parts() {
            tags.insert(part_tag(phase, name, catalog, ""), (phase, Place::Part(id.index())));
            tags.insert(part_tag(phase, name, catalog, ".failed"), (phase, Place::PartFailed(id.index())));
        }
    }
    tags
}

impl Times {
    fn take(&mut self, place: Place, times: &Histogram) {
        match place {
            Place::Service(nth) => self.steps[nth].service.add(times),
            Place::Response(nth) => self.steps[nth].response.add(times),
            Place::Lag(nth) => self.steps[nth].lag.add(times),
            Place::Failed(nth) => {
                self.steps[nth].service.add_failed(times.count());
                self.steps[nth].response.add_failures(times);
            }
            Place::Part(nth) => self.parts[nth].add(times),
            Place::PartFailed(nth) => self.parts[nth].add_failures(times),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::super::{Collector, Counter, Kind, Outcome, Recorder, Sample, Timeline};
    use super::*;

    /// A file that can be read while it is written.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Two seconds of a run with warm-up, failures, a dropped customer and parts.
    fn ran() -> (Arc<Catalog>, Live, String) {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut catalog = Catalog::new();
        let send = catalog.step("main", "say hi");
        let echo = catalog.part(send, "echo");
        let wait = catalog.wait("agent_wait");
        let catalog = Arc::new(catalog);
        let second = Duration::from_secs(1);
        let phases = Timeline::new(start, [(Phase::WarmUp, second), (Phase::Steady, second)]);
        let mut recorder = Recorder::new(Arc::clone(&catalog), phases);
        let page = Page::default();
        let (log, seconds) = (Box::new(page.clone()), Box::new(io::sink()));
        let mut collector = Collector::new(Arc::clone(&catalog), Duration::ZERO, log, seconds);
        let told = collector.live();
        for (second, due) in [(1, 0), (2, 1_000)] {
            for ms in 1..=40 {
                let outcome = if ms % 10 == 0 { Kind::Timeout.into() } else { Outcome::Ok };
                let (due, began) = (at(due), at(due + 2));
                recorder
                    .step(send, &Sample::new(due, due, began, began + Duration::from_millis(ms), outcome));
                recorder.part(echo, due, Duration::from_millis(ms));
            }
            recorder.dropped(send, at(due), at(due));
            recorder.part_failed(wait, at(due), Duration::from_secs(400));
            recorder.count(Counter::Sent, 40);
            collector.merge(&mut recorder.snapshot());
            collector.tick(Duration::from_secs(second), &Gauges { connected: 7, ..Gauges::default() });
        }
        let live = told.borrow().as_ref().clone();
        drop(collector.finish(Duration::from_secs(2)));
        let log = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        (catalog, live, log)
    }

    #[test]
    fn what_is_told_grows_with_each_second() {
        let (_, live, _) = ran();
        assert_eq!((live.at, live.gauges.connected), (Duration::from_secs(2), 7));
        assert_eq!((live.counters.get(Counter::Sent), live.errors.count()), (80, 10));
        let (_, step) = live.steps(Phase::Steady).next().unwrap();
        assert_eq!((step.response.count(), step.response.failed()), (41, 5));
        assert_eq!(
            (step.service.count(), step.service.failed()),
            (40, 4),
            "the one dropped is in no service"
        );
        assert_eq!(step.lag.count(), 40);
    }

    #[test]
    fn the_interval_log_tells_the_same_times() {
        let (catalog, live, log) = ran();
        let mut again = Live::read(catalog, log.as_bytes()).unwrap();
        for phase in Phase::ALL {
            again.never_started(phase, "main", "say hi", 1);
            let close = |one: &Buckets, two: &Buckets| {
                assert!(one.counts().eq(two.counts()) && one.failed() == two.failed(), "{one:?} {two:?}");
                assert!((one.sum_s() - two.sum_s()).abs() < 1e-9);
            };
            for ((_, one), (_, two)) in live.steps(phase).zip(again.steps(phase)) {
                close(&one.service, &two.service);
                close(&one.response, &two.response);
                close(&one.lag, &two.lag);
            }
            for ((.., one), (.., two)) in live.parts(phase).zip(again.parts(phase)) {
                assert!(one.count() > 0);
                close(one, two);
            }
        }
    }
}
