//! What a run came to: everything the verdict judges and the reports tell.

use std::sync::Arc;
use std::time::Duration;

use super::blocks::Question;
use super::catalog::{Catalog, PartId, PartName, StepId, StepName};
use super::counter::Counters;
use super::distribution::{Distribution, Observed};
use super::errors::Errors;
use super::failure::Kind;
use super::funnel::Funnel;
use super::health::Strain;
use super::histogram::Histogram;
use super::peak::{Peak, Sustained};
use super::phase::Phase;
use super::quantity::{Quantity, Select};
use super::snapshot::{CutOff, Snapshot, StepTimes};

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

    /// How many failed by the target's doing, and how many succeeded. Local failures are no part of either:
    /// they make the run invalid, they say nothing about the target.
    pub(super) fn failed_and_ok(&self) -> (u64, u64) {
        (self.failed() - self.times.local, self.ok())
    }

    /// How many failed without ever being started.
    pub(super) fn dropped(&self) -> u64 {
        self.times.dropped
    }

    pub(super) fn add(&mut self, times: &StepTimes) {
        self.times.add(times);
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

    /// How far customers got.
    pub fn funnel(&self) -> &Funnel {
        &self.totals.funnel
    }

    /// What was under way when somebody ended the run before its time.
    pub fn cut_off(&self) -> CutOff {
        self.totals.cut_off
    }

    /// What was counted, over the whole run.
    pub fn counters(&self) -> &Counters {
        &self.totals.counters
    }

    /// How long customers' chats were open, summed as each ended.
    pub fn chatted(&self) -> Duration {
        self.totals.chatted
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

    /// The value of a metric as [`Quantity::find`] knows it, of the steady state of all journeys.
    pub fn metric(&self, path: &str) -> Option<Observed> {
        self.metric_of(path, Select::default())
    }

    /// The value of a metric of some journey or phase; `None` when there is no such metric.
    pub fn metric_of(&self, path: &str, select: Select<'_>) -> Option<Observed> {
        Some(Quantity::find(&self.catalog, path, select)?.read(&self.totals).value())
    }

    /// What the interval log is to be asked for the interval of a percentile: the question, with the percentile as a
    /// share of one and its samples. `None` for every other metric, where the percentile is no time, and for what the
    /// log does not tell: it is cut by the steady state, and holds who was dropped among those who failed.
    pub fn question(&self, path: &str, select: Select<'_>) -> Option<(Question, f64, Distribution)> {
        let quantity = Quantity::find(&self.catalog, path, select)?;
        let quantile = quantity.quantile()?;
        if select.phase != Phase::Steady || quantity.leaves_out_dropped(&self.totals) {
            return None;
        }
        let times = quantity.read(&self.totals).into_times()?;
        let Observed::Time(value) = times.percentile(quantile) else { return None };
        let (values, failures) = quantity.tags(&self.catalog);
        Some((Question { values, failures, value }, quantile, times))
    }

    /// The schedule lag of all steps together.
    pub fn lag(&self) -> Distribution {
        let mut all = Histogram::new();
        self.totals.phase(Phase::Steady).steps.iter().for_each(|step| all.add(&step.lag));
        Distribution::with_failed(all, 0)
    }

    fn part(&self, id: PartId) -> Distribution {
        let part = self.totals.phase(Phase::Steady).parts.get(id.index());
        part.map_or_else(Distribution::default, |part| Distribution::new(part.reached.clone(), &part.failed))
    }
}
