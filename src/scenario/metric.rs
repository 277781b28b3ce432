//! Which numbers a scenario can produce, by name: the one list that thresholds, records and reports share.

use std::fmt;

use super::settings::Transport;
use super::{Journey, Scenario};
use crate::step::Step;
use crate::value::{Name, suggest};

/// What is asked of a histogram or a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// The median.
    P50,
    /// 90 of 100 are below.
    P90,
    /// 95 of 100 are below.
    P95,
    /// 99 of 100 are below.
    P99,
    /// 999 of 1000 are below.
    P999,
    /// The largest.
    Max,
    /// The mean.
    Mean,
    /// How many.
    Count,
    /// How many of all, from 0 to 1.
    Rate,
}

/// What a statistic is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A time.
    Time,
    /// A share of all.
    Share,
    /// A number.
    Number,
}

const TIMES: [Statistic; 7] = [
    Statistic::P50,
    Statistic::P90,
    Statistic::P95,
    Statistic::P99,
    Statistic::P999,
    Statistic::Max,
    Statistic::Mean,
];
const COUNTERS: [Statistic; 2] = [Statistic::Rate, Statistic::Count];

impl Statistic {
    /// As written at the end of a metric's name.
    pub const fn name(self) -> &'static str {
        match self {
            Statistic::P50 => "p50",
            Statistic::P90 => "p90",
            Statistic::P95 => "p95",
            Statistic::P99 => "p99",
            Statistic::P999 => "p99.9",
            Statistic::Max => "max",
            Statistic::Mean => "mean",
            Statistic::Count => "count",
            Statistic::Rate => "rate",
        }
    }

    /// What it is measured in.
    pub const fn unit(self) -> Unit {
        match self {
            Statistic::Count => Unit::Number,
            Statistic::Rate => Unit::Share,
            Statistic::P50
            | Statistic::P90
            | Statistic::P95
            | Statistic::P99
            | Statistic::P999
            | Statistic::Max
            | Statistic::Mean => Unit::Time,
        }
    }

    /// The quantile of a percentile.
    pub const fn quantile(self) -> Option<f64> {
        match self {
            Statistic::P50 => Some(0.5),
            Statistic::P90 => Some(0.9),
            Statistic::P95 => Some(0.95),
            Statistic::P99 => Some(0.99),
            Statistic::P999 => Some(0.999),
            Statistic::Max | Statistic::Mean | Statistic::Count | Statistic::Rate => None,
        }
    }
}

/// The parts every step has.
pub const STEP_PARTS: [&str; 3] = ["service", "response", "lag"];
/// Counts failures, of one step or, alone, of all.
pub const ERRORS: &str = "errors";
/// Counts arrivals that found no free slot.
pub const DROPPED: &str = "dropped";
/// How long customers waited for an agent to join.
pub const AGENT_WAIT: &str = "agent_wait";
/// How long requests waited for a connection of the backend's pool.
pub const POOL_WAIT: &str = "pool_wait";

/// What agents do, measured as steps of theirs: joining a chat, answering, wrapping up.
pub const AGENT_STEPS: [&str; 3] = ["agent_join", "agent_reply", "agent_wrap_up"];

/// Whether the name is taken, so that no step may have it as its `id`.
pub fn is_reserved(name: &str) -> bool {
    [ERRORS, DROPPED, AGENT_WAIT, POOL_WAIT].contains(&name) || AGENT_STEPS.contains(&name)
}

/// One number of a run: `open_channel.response.p95`, `agent_wait.p95`, `errors.rate`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Metric {
    /// The step's name, or one of `errors`, `dropped`, `agent_wait`, `pool_wait`.
    pub subject: String,
    /// Which time of the step, or `errors`; `None` where the subject is one thing only.
    pub part: Option<&'static str>,
    /// What is asked of it.
    pub statistic: Statistic,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Some(part) => write!(f, "{}.{part}.{}", self.subject, self.statistic.name()),
            None => write!(f, "{}.{}", self.subject, self.statistic.name()),
        }
    }
}

/// A step as it is measured. Steps of one name, in whatever branch or journey, are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredStep {
    /// Its `id`, or its own name.
    pub name: String,
    /// Its own name.
    pub kind: &'static str,
    /// Its single values, beside service, response and lag.
    pub parts: Vec<&'static str>,
}

/// The steps of a scenario as they are measured, in the order they are written. `agents`: agents of ours answer.
pub fn steps(journeys: &[Journey], agents: bool) -> Vec<MeasuredStep> {
    let mut found: Vec<MeasuredStep> = Vec::new();
    for journey in journeys {
        walk(&journey.steps, &mut |step| {
            let Some(name) = step.name() else { return };
            let parts = parts(step, &journey.transport, agents);
            match found.iter_mut().find(|known| known.name == name) {
                None => found.push(MeasuredStep { name: name.to_owned(), kind: step.kind(), parts }),
                Some(known) => {
                    for part in parts {
                        if !known.parts.contains(&part) {
                            known.parts.push(part);
                        }
                    }
                }
            }
        });
    }
    found
}

/// The single values that a step has beside service, response and lag.
pub fn parts(step: &Step, transport: &Transport, agents: bool) -> Vec<&'static str> {
    let sdk = *transport == Transport::Sdk;
    match step {
        Step::Connect(_) => vec!["dns", "tcp", "tls", "init", "ready"],
        Step::OpenChannel(_) if sdk => vec!["joined"],
        Step::SendMessage(send) => {
            let echo: &[&str] = if sdk { &["echo"] } else { &[] };
            let media: &[&str] = if send.media.is_some() { &["upload", "publish"] } else { &[] };
            [echo, media].concat()
        }
        // The target's share is known where the rest is planned.
        Step::AwaitReply(_) if agents => vec!["time_to_reply", "target"],
        Step::AwaitReply(_) => vec!["time_to_reply"],
        _ => Vec::new(),
    }
}

/// Calls with every step, containers first.
pub fn walk<'a>(steps: &'a [Step], each: &mut dyn FnMut(&'a Step)) {
    for step in steps {
        each(step);
        match step {
            Step::Repeat(repeat) => walk(&repeat.steps, each),
            Step::OneOf(one_of) => one_of.0.iter().for_each(|branch| walk(&branch.steps, each)),
            _ => {}
        }
    }
}

/// Which of a metric's samples count; by default those of the steady state of all journeys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// Those of one journey only.
    pub journey: Option<Name>,
    /// Those that were due in warm-up.
    pub warm_up: bool,
}

impl fmt::Display for Selection {
    /// As it follows a metric: with a space in front, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(journey) = &self.journey {
            write!(f, " of journey {journey}")?;
        }
        f.write_str(if self.warm_up { " in warm-up" } else { "" })
    }
}

/// What the thresholds of a scenario may name.
#[derive(Debug, Clone)]
pub struct Known {
    /// Every metric.
    pub metrics: Vec<Metric>,
    /// The metrics each journey has for itself.
    journeys: Vec<(Name, Vec<Metric>)>,
    /// Whether a phase is warm-up.
    warms_up: bool,
}

impl Known {
    pub(super) fn new(journeys: &[Journey], agents: bool, warms_up: bool) -> Self {
        let own = |journey: &Journey| (journey.name.clone(), of_steps(std::slice::from_ref(journey), agents));
        Self { metrics: all(journeys, agents), journeys: journeys.iter().map(own).collect(), warms_up }
    }

    /// The journey of this name, or what is wrong and what was meant.
    pub(super) fn journey(&self, name: &str) -> Result<&Name, (String, String)> {
        let names = || self.journeys.iter().map(|(name, _)| name.as_str());
        self.journeys.iter().map(|(known, _)| known).find(|known| known.as_str() == name).ok_or_else(|| {
            let help = match suggest::nearest(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("there is {}", suggest::list(names())),
            };
            (format!("the scenario has no journey `{name}`"), help)
        })
    }

    /// Whether the metric has samples of this selection; if not, why, and what to do.
    pub(super) fn has(&self, metric: &Metric, of: &Selection) -> Result<(), (String, String)> {
        let subject = &metric.subject;
        if let Some((name, own)) = self.journeys.iter().find(|(name, _)| Some(name) == of.journey.as_ref())
            && !own.contains(metric)
        {
            let mut others =
                self.journeys.iter().filter(|(_, own)| own.contains(metric)).map(|(name, _)| name.as_str());
            return Err(match others.next() {
                Some(first) => {
                    let known = suggest::list(std::iter::once(first).chain(others));
                    (format!("journey `{name}` has no `{metric}`"), format!("it is measured in {known}"))
                }
                None => (
                    format!("`{subject}` is measured for all journeys together"),
                    format!("leave `of journey {name}` out"),
                ),
            });
        }
        if of.warm_up && subject == DROPPED {
            return Err((
                format!("`{DROPPED}` is counted over the whole run"),
                "leave `in warm-up` out".to_owned(),
            ));
        }
        if of.warm_up && !self.warms_up {
            return Err((
                "the scenario has no warm-up".to_owned(),
                "give a phase of its load `warmup: true`".to_owned(),
            ));
        }
        Ok(())
    }
}

/// Every metric the scenario can produce.
pub fn catalogue(scenario: &Scenario) -> Vec<Metric> {
    all(&scenario.journeys, scenario.agents.is_some())
}

fn all(journeys: &[Journey], agents: bool) -> Vec<Metric> {
    let mut metrics = of_steps(journeys, agents);
    if agents {
        add(&mut metrics, AGENT_WAIT, None, &TIMES);
        AGENT_STEPS.into_iter().for_each(|step| add_step(&mut metrics, step, &[]));
    }
    add(&mut metrics, POOL_WAIT, None, &TIMES);
    add(&mut metrics, DROPPED, None, &COUNTERS);
    metrics
}

/// The metrics of customers' steps, and of their failures together.
fn of_steps(journeys: &[Journey], agents: bool) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for step in steps(journeys, agents) {
        add_step(&mut metrics, &step.name, &step.parts);
    }
    add(&mut metrics, ERRORS, None, &COUNTERS);
    metrics
}

fn add_step(metrics: &mut Vec<Metric>, step: &str, parts: &[&'static str]) {
    STEP_PARTS.iter().chain(parts).for_each(|part| add(metrics, step, Some(*part), &TIMES));
    add(metrics, step, Some(ERRORS), &COUNTERS);
}

fn add(metrics: &mut Vec<Metric>, subject: &str, part: Option<&'static str>, statistics: &[Statistic]) {
    let metric = |statistic: &Statistic| Metric { subject: subject.to_owned(), part, statistic: *statistic };
    metrics.extend(statistics.iter().map(metric));
}
