//! What a run came to: everything the verdict judges and the reports tell.

use std::sync::Arc;
use std::time::Duration;

use super::blocks::Question;
use super::catalog::{Catalog, PartId, PartName, StepId, StepName};
use super::counter::{Counter, Counters};
use super::distribution::{Distribution, Observed};
use super::errors::Errors;
use super::failure::Kind;
use super::health::Strain;
use super::histogram::Histogram;
use super::interval_log::{part_tag, tag};
use super::peak::{Peak, Sustained};
use super::phase::Phase;
use super::snapshot::{Snapshot, StepTimes};

/// The totals of a run.
#[derive(Clone, Debug)]
pub struct Summary {
    catalog: Arc<Catalog>,
    totals: Snapshot,
    peak: Peak,
    sustained: Option<Sustained>,
    strain: Strain,
    elapsed: Duration,
    troubles: Vec<String>,
}

/// A statistic of a distribution, by the name thresholds give it.
type Statistic = (&'static str, fn(&Distribution) -> Observed);

/// Every statistic of a distribution but the percentiles. One more costs one line.
const STATISTICS: &[Statistic] = &[
    ("mean", Distribution::mean),
    ("min", Distribution::min),
    ("max", Distribution::max),
    ("count", |times| Observed::Count(times.count())),
];

/// The percentiles that have a name, as shares of one.
const QUANTILES: &[(&str, f64)] =
    &[("p50", 0.50), ("p75", 0.75), ("p90", 0.90), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)];

/// One of a step's times, by the name thresholds give it.
type Time = (&'static str, fn(&StepSummary) -> Distribution);

/// The three times of a step.
const TIMES: &[Time] =
    &[("service", StepSummary::service), ("response", StepSummary::response), ("lag", StepSummary::lag)];

/// The steady state of one step, or of all steps of one name.
#[derive(Clone, Debug, Default)]
pub struct StepSummary {
    times: StepTimes,
}

impl StepSummary {
    /// How many succeeded.
    pub fn ok(&self) -> u64 {
        self.times.response.count()
    }

    /// How many failed, those that were never started included.
    pub fn failed(&self) -> u64 {
        self.times.failed.count()
    }

    /// How many were started.
    pub fn started(&self) -> u64 {
        self.ok() + self.failed() - self.times.dropped
    }

    /// What the target did. A step that was dropped says nothing about it.
    pub fn service(&self) -> Distribution {
        Distribution::with_failed(self.times.service.clone(), self.failed() - self.times.dropped)
    }

    /// What the customer felt.
    pub fn response(&self) -> Distribution {
        Distribution::new(self.times.response.clone(), &self.times.failed)
    }

    /// What the generator added.
    pub fn lag(&self) -> Distribution {
        Distribution::with_failed(self.times.lag.clone(), 0)
    }

    /// The share of steps that failed by the target's doing. Local failures are no part of either number:
    /// they make the run invalid, they say nothing about the target.
    pub fn error_rate(&self) -> Observed {
        rate(self.failed() - self.times.local, self.ok())
    }
}

impl Summary {
    pub(super) fn new(
        catalog: Arc<Catalog>,
        totals: Snapshot,
        peak: Peak,
        sustained: Option<Sustained>,
        strain: Strain,
        elapsed: Duration,
        troubles: Vec<String>,
    ) -> Self {
        Self { catalog, totals, peak, sustained, strain, elapsed, troubles }
    }

    /// How long the run was.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The most there was of each at once.
    pub fn peak(&self) -> &Peak {
        &self.peak
    }

    /// The minute with the most customers connected; `None` when the run was shorter.
    pub fn sustained(&self) -> Option<&Sustained> {
        self.sustained.as_ref()
    }

    /// What the generator was under.
    pub fn strain(&self) -> &Strain {
        &self.strain
    }

    /// What was counted, over the whole run.
    pub fn counters(&self) -> &Counters {
        &self.totals.counters
    }

    /// What failed, over the whole run.
    pub fn errors(&self) -> &Errors {
        &self.totals.errors
    }

    /// What could not be written of the evidence while the run went on.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Local failures by kind, over the whole run.
    pub fn local_failures(&self) -> Vec<(Kind, u64)> {
        let mut kinds = std::collections::BTreeMap::new();
        for ((_, kind), group) in self.errors().iter().filter(|((_, kind), _)| kind.is_local()) {
            *kinds.entry(*kind).or_insert(0) += group.count();
        }
        kinds.into_iter().collect()
    }

    /// How many values were above an hour, in any histogram.
    pub fn saturated(&self) -> u64 {
        let of_step = |step: &StepTimes| {
            [&step.service, &step.response, &step.lag, &step.failed]
                .map(Histogram::saturated)
                .iter()
                .sum::<u64>()
        };
        let of_phase = |phase: Phase| {
            let times = self.totals.phase(phase);
            let parts = times.parts.iter().map(|part| part.reached.saturated() + part.failed.saturated());
            times.steps.iter().map(of_step).sum::<u64>() + parts.sum::<u64>()
        };
        Phase::ALL.into_iter().map(of_phase).sum()
    }

    /// Every step in the order of the catalogue.
    pub fn steps(&self) -> impl Iterator<Item = (&StepName, StepSummary)> {
        let times = &self.totals.phase(Phase::Steady).steps;
        self.catalog.steps().zip(times).map(|((_, name), times)| (name, StepSummary { times: times.clone() }))
    }

    /// Every part and wait in the order of the catalogue, each with the step it is part of.
    pub fn parts(&self) -> impl Iterator<Item = (Option<&StepName>, &PartName, Distribution)> {
        self.catalog
            .parts()
            .map(|(id, name)| (name.step.and_then(|step| self.catalog.step_name(step)), name, self.part(id)))
    }

    /// How many samples were due in warm-up and so are in no percentile.
    pub fn warm_up_samples(&self) -> u64 {
        let steps = &self.totals.phase(Phase::WarmUp).steps;
        steps.iter().map(|step| step.response.count() + step.failed.count()).sum()
    }

    /// What a step is called.
    pub fn step_name(&self, step: StepId) -> Option<&StepName> {
        self.catalog.step_name(step)
    }

    /// All steps of all journeys with this name, as one.
    pub fn step_named(&self, name: &str) -> Option<StepSummary> {
        let same = self.steps().filter(|(step, _)| step.step == name).map(|(_, summary)| summary);
        same.reduce(|mut sum, more| {
            sum.times.add(&more.times);
            sum
        })
    }

    /// The value of a metric as thresholds name it: `STEP.response.p95`, `STEP.PART.p95`, `WAIT.p95`,
    /// `STEP.errors.rate`, `errors.rate`, `errors.count`, `dropped.rate`, `dropped.count`; `None` when there is
    /// no such metric.
    ///
    /// Metrics are of the steady state, `errors.count` and what is dropped of the whole run.
    pub fn metric(&self, path: &str) -> Option<Observed> {
        match path {
            "errors.rate" => return Some(self.error_rate()),
            "errors.count" => return Some(Observed::Count(self.errors().count())),
            "dropped.rate" => {
                let dropped = self.counters().get(Counter::Dropped);
                let due = self.counters().get(Counter::Due);
                return Some(rate(dropped, due.saturating_sub(dropped)));
            }
            "dropped.count" => return Some(Observed::Count(self.counters().get(Counter::Dropped))),
            _ => {}
        }
        if let Some(step) = path.strip_suffix(".errors.rate") {
            return self.step_named(step).map(|step| step.error_rate());
        }
        if let Some(step) = path.strip_suffix(".errors.count") {
            return self.step_named(step).map(|step| Observed::Count(step.failed()));
        }
        if let Some((of, quantile)) = percentile_of(path) {
            return self.distribution(of).map(|times| times.percentile(quantile));
        }
        STATISTICS.iter().find_map(|(name, statistic)| {
            let of = path.strip_suffix(name)?.strip_suffix('.')?;
            self.distribution(of).map(|times| statistic(&times))
        })
    }

    /// What the interval log is to be asked for the interval of a percentile: the question, with the percentile as a
    /// share of one and its samples. `None` for every other metric, and where the percentile is no time.
    pub fn question(&self, path: &str) -> Option<(Question, f64, Distribution)> {
        let (of, quantile) = percentile_of(path)?;
        let times = self.distribution(of)?;
        let Observed::Time(value) = times.percentile(quantile) else { return None };
        let (values, failures) = self.tags(of);
        Some((Question { values, failures, value }, quantile, times))
    }

    /// The tags under which the interval log has a distribution's values, and its failures.
    fn tags(&self, path: &str) -> (Vec<String>, Vec<String>) {
        let steady = |name: &StepName, kind| tag(Phase::Steady, &name.journey, &name.step, kind);
        if let Some((step, time)) = path.rsplit_once('.')
            && TIMES.iter().any(|(name, _)| *name == time)
        {
            let same: Vec<&StepName> =
                self.catalog.steps().map(|(_, name)| name).filter(|name| name.step == step).collect();
            if !same.is_empty() {
                let of = |kind| same.iter().map(|name| steady(name, kind)).collect();
                return (of(time), if time == "lag" { Vec::new() } else { of("failed") });
            }
        }
        let parts = self.parts_named(path);
        let of = |suffix| {
            let names = parts.iter().filter_map(|id| self.catalog.part_name(*id));
            names.map(|name| part_tag(Phase::Steady, name, &self.catalog, suffix)).collect()
        };
        (of(""), of(".failed"))
    }

    /// The schedule lag of all steps together.
    pub fn lag(&self) -> Distribution {
        let mut all = Histogram::new();
        self.totals.phase(Phase::Steady).steps.iter().for_each(|step| all.add(&step.lag));
        Distribution::with_failed(all, 0)
    }

    /// The share of steps that failed.
    pub fn error_rate(&self) -> Observed {
        let steps = || self.steps().map(|(_, step)| step);
        let failed = steps().map(|step| step.failed() - step.times.local).sum();
        rate(failed, steps().map(|step| step.ok()).sum())
    }

    fn distribution(&self, path: &str) -> Option<Distribution> {
        if let Some((step, time)) = path.rsplit_once('.') {
            let times = TIMES.iter().find(|(name, _)| *name == time);
            if let Some(((_, pick), summary)) = times.zip(self.step_named(step)) {
                return Some(pick(&summary));
            }
        }
        let same = self.parts_named(path);
        (!same.is_empty()).then(|| self.parts_merged(&same))
    }

    /// The parts and waits of this name, of all journeys.
    fn parts_named(&self, path: &str) -> Vec<PartId> {
        let named = |id: &(PartId, &PartName)| match id.1.step.and_then(|step| self.catalog.step_name(step)) {
            Some(StepName { step, .. }) => path
                .strip_prefix(step.as_str())
                .is_some_and(|rest| rest.strip_prefix('.').is_some_and(|part| part == id.1.part)),
            None => id.1.part == path,
        };
        self.catalog.parts().filter(named).map(|(id, _)| id).collect()
    }

    fn part(&self, id: PartId) -> Distribution {
        self.parts_merged(&[id])
    }

    fn parts_merged(&self, ids: &[PartId]) -> Distribution {
        let (mut reached, mut failed) = (Histogram::new(), Histogram::new());
        let parts = &self.totals.phase(Phase::Steady).parts;
        for part in ids.iter().filter_map(|id| parts.get(id.index())) {
            reached.add(&part.reached);
            failed.add(&part.failed);
        }
        Distribution::new(reached, &failed)
    }
}

/// The distribution and the percentile that a path names.
fn percentile_of(path: &str) -> Option<(&str, f64)> {
    QUANTILES
        .iter()
        .find_map(|(name, quantile)| Some((path.strip_suffix(name)?.strip_suffix('.')?, *quantile)))
}

fn rate(failed: u64, ok: u64) -> Observed {
    match failed + ok {
        0 => Observed::TooFew { have: 0, need: 1 },
        all => Observed::Ratio(failed as f64 / all as f64),
    }
}
