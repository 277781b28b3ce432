//! From a run, under way or ended, to its metrics.

use std::collections::BTreeMap;

use super::super::data::{ErrorRow, Report, Totals};
use super::super::told::{About, error_rows, totals};
use super::data::{Family, Metrics, Point, Run, Value};
use super::names::{self, Metric};
use crate::record::{Buckets, Counter, Gauges, Health, Live, Phase, StepName, WorkerHealth};
use crate::verdict::Judgement;

/// What the engine may be doing, in the order of time.
const STAGES: [&str; 5] = ["setup", "warm-up", "steady", "drain", "done"];

impl Metrics {
    /// A run so far.
    pub fn live(about: &About, live: &Live) -> Self {
        let run = Run {
            id: about.run_id.clone(),
            scenario: about.scenario.name.clone(),
            target: about.target.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: about.seed,
            labels: about.labels.clone().into_iter().collect(),
        };
        let gauges = &live.gauges;
        let stage = |stage| Point::new([("stage", stage)], Value::Whole(u64::from(stage == gauges.stage)));
        let mut families = vec![
            one(names::ELAPSED, Value::Real(live.at.as_secs_f64())),
            Family { metric: names::STAGE, points: STAGES.into_iter().map(stage).collect() },
            one(names::CONNECTED, Value::Whole(gauges.connected)),
            one(names::OPEN, Value::Whole(gauges.open_chats)),
            one(names::WAITING, Value::Whole(gauges.waiting_for_agent)),
        ];
        families.extend(used(gauges));
        families.extend(health(&gauges.health));
        families.extend(one_if(names::THROTTLED, live.throttled.map(Value::Whole)));
        families.push(one(names::LATE_STARTS, Value::Whole(live.counters.get(Counter::LateStarts))));
        families.extend(counts(&totals(&live.counters, live.errors.count())));
        families.extend(errors(&error_rows(&live.errors, |step| live.step_name(step)), live));
        families.extend(times_of(live));
        Self { run, families }
    }

    /// A run that ended, with the times its interval log tells.
    pub(super) fn ended(report: &Report, times: &Live) -> Self {
        let run = Run {
            id: report.run_id.clone(),
            scenario: report.scenario.name.clone(),
            target: report.target.name.clone(),
            version: report.flexload.clone(),
            seed: report.seed,
            labels: report.labels.clone().into_iter().collect(),
        };
        let mut families = vec![
            one(names::EXIT_CODE, Value::Whole(report.exit_code.into())),
            one(names::VALID, Value::Whole(report.generator.valid.into())),
            held(report),
            one(names::ELAPSED, Value::Real(report.elapsed_s)),
        ];
        // Not what the process used: a textfile collector has metrics of those names of its own.
        families.extend(counts(&report.totals));
        families.extend(errors(&report.errors, times));
        families.extend(times_of(times));
        Self { run, families }
    }
}

fn one(metric: Metric, value: Value) -> Family {
    Family { metric, points: vec![Point::new([], value)] }
}

/// What the system does not tell is absent.
fn one_if(metric: Metric, value: Option<Value>) -> Option<Family> {
    value.map(|value| one(metric, value))
}

fn used(gauges: &Gauges) -> impl Iterator<Item = Family> {
    [
        one_if(names::CPU, gauges.cpu_seconds.map(Value::Real)),
        one_if(names::MEMORY, gauges.rss_kib.map(|kib| Value::Whole(kib * 1024))),
        one_if(names::FILES, gauges.open_files.map(Value::Whole)),
    ]
    .into_iter()
    .flatten()
}

fn health(health: &Health) -> impl Iterator<Item = Family> {
    let of_workers = |metric, value: fn(&WorkerHealth) -> Option<f64>| {
        let workers = health.workers.iter().enumerate();
        let points = workers.filter_map(|(number, worker)| {
            Some(Point::new([("worker", &number.to_string())], Value::Real(value(worker)?)))
        });
        Family { metric, points: points.collect() }
    };
    let busy = of_workers(names::BUSY, |worker| worker.busy);
    let late = of_workers(names::LATE, |worker| worker.lag_ms.map(|ms| ms / 1e3));
    let shares = [
        (names::GENERATOR_CPU, health.cpu_share),
        (names::MOCK_CPU, health.mock_cpu_share),
        (names::STEAL, health.steal),
        (names::PRESSURE, health.pressure),
    ];
    let shares = shares.into_iter().filter_map(|(metric, share)| one_if(metric, share.map(Value::Real)));
    [busy, late].into_iter().chain(shares).chain(one_if(names::TIME_WAIT, health.time_wait.map(Value::Whole)))
}

fn counts(totals: &Totals) -> impl Iterator<Item = Family> {
    // `errors` have labels of their own.
    let Totals { due, customers, finished, completed, sent, acknowledged, pushed, replied, .. } = *totals;
    let Totals { dropped, retries, reconnects, .. } = *totals;
    [
        (names::DUE, due),
        (names::STARTED, customers),
        (names::FINISHED, finished),
        (names::COMPLETED, completed),
        (names::DROPPED, dropped),
        (names::SENT, sent),
        (names::ACKNOWLEDGED, acknowledged),
        (names::PUSHED, pushed),
        (names::REPLIED, replied),
        (names::RETRIES, retries),
        (names::RECONNECTS, reconnects),
    ]
    .into_iter()
    .map(|(metric, count)| one(metric, Value::Whole(count)))
}

/// By step and kind, and by step alone: a kind is known when it first comes, a step from the start. The kinds of
/// failures are bounded where they are counted, so their labels are.
fn errors(rows: &[ErrorRow], live: &Live) -> [Family; 2] {
    let mut by_step = BTreeMap::from([(None, 0_u64)]);
    by_step.extend(live.steps(Phase::Steady).map(|(name, _)| (Some((&*name.journey, &*name.step)), 0)));
    for row in rows {
        let count = by_step.entry(row.journey.as_deref().zip(row.step.as_deref())).or_default();
        *count = count.saturating_add(row.count);
    }
    let of_step = |(name, count)| match name {
        Some((journey, step)) => Point::new([("journey", journey), ("step", step)], Value::Whole(count)),
        None => Point::new([], Value::Whole(count)),
    };
    let point = |row: &ErrorRow| {
        let [journey, step] = [&row.journey, &row.step].map(|name| name.as_deref().unwrap_or_default());
        let labels = [("journey", journey), ("step", step), ("class", &row.class), ("kind", &row.kind)];
        Point::new(labels, Value::Whole(row.count))
    };
    [
        Family { metric: names::ERRORS, points: rows.iter().map(point).collect() },
        Family { metric: names::STEP_ERRORS, points: by_step.into_iter().map(of_step).collect() },
    ]
}

/// A threshold that is written twice is told once: no reader takes a sample twice.
fn held(report: &Report) -> Family {
    let judged: BTreeMap<&str, u64> = report
        .thresholds
        .iter()
        .filter_map(|row| match row.outcome {
            Judgement::Held => Some((row.text.as_str(), 1)),
            Judgement::Missed => Some((row.text.as_str(), 0)),
            Judgement::Unknown => None,
        })
        .collect();
    let point = |(text, held)| Point::new([("threshold", text)], Value::Whole(held));
    Family { metric: names::HELD, points: judged.into_iter().map(point).collect() }
}

/// The histograms. Those of the steady state are there from the start, those of warm-up where there is one.
fn times_of(live: &Live) -> Vec<Family> {
    let family = |metric| Family { metric, points: Vec::new() };
    let mut response = family(names::RESPONSE);
    let mut service = family(names::SERVICE);
    let mut lag = family(names::LAG);
    let mut part = family(names::PART);
    let mut wait = family(names::WAIT);
    for phase in Phase::ALL {
        let shown = |times: &Buckets| phase == Phase::Steady || times.count() > 0;
        for (StepName { journey, step }, times) in live.steps(phase) {
            for (family, times) in
                [(&mut response, &times.response), (&mut service, &times.service), (&mut lag, &times.lag)]
            {
                if shown(times) {
                    let labels = [("journey", journey.as_str()), ("step", step), ("phase", phase.name())];
                    family.points.push(Point::new(labels, Value::Times(times.clone())));
                }
            }
        }
        for (of, name, times) in live.parts(phase).filter(|(.., times)| shown(times)) {
            let value = Value::Times(times.clone());
            match of {
                Some(StepName { journey, step }) => part.points.push(Point::new(
                    [("journey", journey), ("step", step), ("part", &name.part), ("phase", phase.name())],
                    value,
                )),
                None => {
                    wait.points.push(Point::new([("wait", &name.part), ("phase", phase.name())], value));
                }
            }
        }
    }
    vec![response, service, lag, part, wait]
}
