//! A number of a run by its name: found in the catalogue once, then read from any interval of the run.

use super::catalog::{Catalog, PartId, PartName, StepId, StepName};
use super::counter::Counter;
use super::distribution::{Distribution, Observed};
use super::histogram::Histogram;
use super::interval_log::{part_tag, tag};
use super::phase::Phase;
use super::snapshot::{PhaseTimes, Snapshot};
use super::summary::StepSummary;

/// What is asked of a distribution.
type Asked = fn(&Distribution) -> Observed;

/// Every statistic of a distribution but the percentiles. One more costs one line.
const STATISTICS: &[(&str, Asked)] = &[
    ("mean", Distribution::mean),
    ("min", Distribution::min),
    ("max", Distribution::max),
    ("count", |times| Observed::Count(times.count())),
];

/// The percentiles that have a name, as shares of one.
const QUANTILES: &[(&str, f64)] =
    &[("p50", 0.50), ("p75", 0.75), ("p90", 0.90), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)];

/// One of a step's times.
type Time = fn(&StepSummary) -> Distribution;

/// The three times of a step, by the names thresholds give them.
const TIMES: &[(&str, Time)] =
    &[("service", StepSummary::service), ("response", StepSummary::response), ("lag", StepSummary::lag)];

/// Which samples count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Select<'a> {
    /// Those of one journey only.
    pub journey: Option<&'a str>,
    /// Those that were due in this phase.
    pub phase: Phase,
}

impl Default for Select<'_> {
    /// The steady state of all journeys.
    fn default() -> Self {
        Self { journey: None, phase: Phase::Steady }
    }
}

/// A number of a run: where it is measured and what is asked of it.
#[derive(Clone, Debug)]
pub struct Quantity {
    phase: Phase,
    asks: Asks,
}

#[derive(Clone, Debug)]
enum Asks {
    Step {
        steps: Vec<StepId>,
        time: (&'static str, Time),
        statistic: Statistic,
    },
    Parts {
        parts: Vec<PartId>,
        statistic: Statistic,
    },
    ErrorRate(Vec<StepId>),
    ErrorCount(Vec<StepId>),
    /// Of the whole run, those outside any step included.
    AllErrors,
    DropRate,
    DropCount,
}

#[derive(Clone, Copy, Debug)]
enum Statistic {
    Quantile(f64),
    Other(Asked),
}

/// What a quantity came to in some interval. That of several intervals is their sum.
#[derive(Clone, Debug)]
pub struct Measured(What);

#[derive(Clone, Debug)]
enum What {
    Times(Distribution, Statistic),
    Share { failed: u64, ok: u64 },
    Count(u64),
}

impl Quantity {
    /// Finds what thresholds name: `STEP.response.p95`, `STEP.PART.p95`, `WAIT.p95`, `STEP.errors.rate`,
    /// `errors.rate`, `errors.count`, `dropped.rate`, `dropped.count`; `None` when the run has no such number.
    ///
    /// `errors.count` and what is dropped are of the whole run where nothing narrower is selected.
    pub fn find(catalog: &Catalog, path: &str, select: Select<'_>) -> Option<Self> {
        let Select { journey, phase } = select;
        let steps = |name| {
            let found = steps_named(catalog, name, journey);
            (!found.is_empty()).then_some(found)
        };
        let asks = match path {
            "errors.rate" => Asks::ErrorRate(steps_named(catalog, None, journey)),
            "errors.count" if select == Select::default() => Asks::AllErrors,
            "errors.count" => Asks::ErrorCount(steps_named(catalog, None, journey)),
            "dropped.rate" => Asks::DropRate,
            "dropped.count" => Asks::DropCount,
            _ => {
                if let Some(step) = path.strip_suffix(".errors.rate") {
                    Asks::ErrorRate(steps(Some(step))?)
                } else if let Some(step) = path.strip_suffix(".errors.count") {
                    Asks::ErrorCount(steps(Some(step))?)
                } else {
                    let (of, statistic) = statistic_of(path)?;
                    times(catalog, of, journey, statistic)?
                }
            }
        };
        Some(Self { phase, asks })
    }

    /// What it came to in the interval of a snapshot.
    pub fn read(&self, snapshot: &Snapshot) -> Measured {
        let times = snapshot.phase(self.phase);
        let count = |counter| snapshot.counters.get(counter);
        Measured(match &self.asks {
            Asks::Step { steps, time: (_, time), statistic } => {
                What::Times(time(&merged(times, steps)), *statistic)
            }
            Asks::Parts { parts, statistic } => What::Times(parts_merged(times, parts), *statistic),
            Asks::ErrorRate(steps) => {
                let (failed, ok) = merged(times, steps).failed_and_ok();
                What::Share { failed, ok }
            }
            Asks::ErrorCount(steps) => What::Count(merged(times, steps).failed()),
            Asks::AllErrors => What::Count(snapshot.errors.count()),
            Asks::DropRate => {
                let failed = count(Counter::Dropped);
                What::Share { failed, ok: count(Counter::Due).saturating_sub(failed) }
            }
            Asks::DropCount => What::Count(count(Counter::Dropped)),
        })
    }

    /// The percentile it is, as a share of one; `None` for all that is none.
    pub(super) fn quantile(&self) -> Option<f64> {
        match self.asks {
            Asks::Step { statistic: Statistic::Quantile(quantile), .. }
            | Asks::Parts { statistic: Statistic::Quantile(quantile), .. } => Some(quantile),
            _ => None,
        }
    }

    /// Whether some of what failed in a snapshot is no part of it: who was dropped, of the service time.
    pub(super) fn leaves_out_dropped(&self, snapshot: &Snapshot) -> bool {
        match &self.asks {
            Asks::Step { steps, time: ("service", _), .. } => {
                merged(snapshot.phase(self.phase), steps).dropped() > 0
            }
            _ => false,
        }
    }

    /// The tags under which the interval log has its values, and its failures.
    pub(super) fn tags(&self, catalog: &Catalog) -> (Vec<String>, Vec<String>) {
        match &self.asks {
            Asks::Step { steps, time: (time, _), .. } => {
                let names = || steps.iter().filter_map(|step| catalog.step_name(*step));
                let of = |kind| {
                    names().map(|StepName { journey, step }| tag(self.phase, journey, step, kind)).collect()
                };
                (of(time), if *time == "lag" { Vec::new() } else { of("failed") })
            }
            Asks::Parts { parts, .. } => {
                let names = || parts.iter().filter_map(|part| catalog.part_name(*part));
                let of = |suffix| names().map(|name| part_tag(self.phase, name, catalog, suffix)).collect();
                (of(""), of(".failed"))
            }
            _ => Default::default(),
        }
    }
}

impl Measured {
    /// Adds what the same quantity came to in another interval.
    pub fn add(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (What::Times(sum, _), What::Times(more, _)) => sum.add(more),
            (What::Share { failed, ok }, What::Share { failed: more_failed, ok: more_ok }) => {
                *failed += more_failed;
                *ok += more_ok;
            }
            (What::Count(sum), What::Count(more)) => *sum += more,
            // Of another quantity: there is no sum of the two.
            _ => {}
        }
    }

    /// The number itself.
    pub fn value(&self) -> Observed {
        match &self.0 {
            What::Times(times, Statistic::Quantile(quantile)) => times.percentile(*quantile),
            What::Times(times, Statistic::Other(statistic)) => statistic(times),
            What::Share { failed: 0, ok: 0 } => Observed::TooFew { have: 0, need: 1 },
            What::Share { failed, ok } => Observed::Ratio(*failed as f64 / (failed + ok) as f64),
            What::Count(count) => Observed::Count(*count),
        }
    }

    /// How many samples it is made from, failures included.
    pub fn samples(&self) -> u64 {
        match &self.0 {
            What::Times(times, _) => times.count(),
            What::Share { failed, ok } => failed + ok,
            What::Count(count) => *count,
        }
    }

    /// How many of them failed.
    pub fn failed(&self) -> u64 {
        match &self.0 {
            What::Times(times, _) => times.failed(),
            What::Share { failed, .. } => *failed,
            What::Count(count) => *count,
        }
    }

    /// The times themselves, where it is a statistic of times.
    pub(super) fn into_times(self) -> Option<Distribution> {
        match self.0 {
            What::Times(times, _) => Some(times),
            What::Share { .. } | What::Count(_) => None,
        }
    }
}

/// The distribution and the statistic that a path names.
fn statistic_of(path: &str) -> Option<(&str, Statistic)> {
    let before = |name: &str| path.strip_suffix(name)?.strip_suffix('.');
    let quantile =
        QUANTILES.iter().find_map(|(name, quantile)| Some((before(name)?, Statistic::Quantile(*quantile))));
    quantile.or_else(|| {
        STATISTICS.iter().find_map(|(name, statistic)| Some((before(name)?, Statistic::Other(*statistic))))
    })
}

/// The times of steps, or of parts and waits, of this name.
fn times(catalog: &Catalog, path: &str, journey: Option<&str>, statistic: Statistic) -> Option<Asks> {
    if let Some((step, name)) = path.rsplit_once('.')
        && let Some(time) = TIMES.iter().find(|(time, _)| *time == name)
    {
        let steps = steps_named(catalog, Some(step), journey);
        if !steps.is_empty() {
            return Some(Asks::Step { steps, time: *time, statistic });
        }
    }
    let parts = parts_named(catalog, path, journey);
    (!parts.is_empty()).then_some(Asks::Parts { parts, statistic })
}

fn steps_named(catalog: &Catalog, name: Option<&str>, journey: Option<&str>) -> Vec<StepId> {
    let meant = |found: &StepName| {
        name.is_none_or(|name| found.step == name) && journey.is_none_or(|journey| found.journey == journey)
    };
    catalog.steps().filter(|(_, found)| meant(found)).map(|(id, _)| id).collect()
}

/// The parts and waits of this name.
fn parts_named(catalog: &Catalog, path: &str, journey: Option<&str>) -> Vec<PartId> {
    let meant = |found: &PartName| match found.step.and_then(|step| catalog.step_name(step)) {
        Some(step) => {
            journey.is_none_or(|journey| step.journey == journey)
                && path.strip_prefix(step.step.as_str()).and_then(|rest| rest.strip_prefix('.'))
                    == Some(found.part.as_str())
        }
        // A wait is the whole run's, so no journey has a part of it.
        None => journey.is_none() && found.part == path,
    };
    catalog.parts().filter(|(_, found)| meant(found)).map(|(id, _)| id).collect()
}

fn merged(times: &PhaseTimes, steps: &[StepId]) -> StepSummary {
    let mut sum = StepSummary::default();
    steps.iter().filter_map(|step| times.steps.get(step.index())).for_each(|step| sum.add(step));
    sum
}

fn parts_merged(times: &PhaseTimes, parts: &[PartId]) -> Distribution {
    let (mut reached, mut failed) = (Histogram::new(), Histogram::new());
    for part in parts.iter().filter_map(|part| times.parts.get(part.index())) {
        reached.add(&part.reached);
        failed.add(&part.failed);
    }
    Distribution::new(reached, &failed)
}
