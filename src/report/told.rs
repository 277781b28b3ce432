//! From what a run measured and what was judged to the report: everything computed is computed here.

use std::collections::BTreeMap;

use wire::time::Timestamp;

use super::data::{
    Check, ErrorRow, FunnelRow, Generator, Given, IntervalRow, LittlesLawRow, Machine, PartRow, Report,
    ScenarioRef, ShareRow, StepRow, Sustained, TargetRef, ThresholdRow, Times, Totals, Verdict, WindowsRow,
};
use crate::record::{
    Bound, Counter, Counters, CutOff, Distribution, Errors, Interval, Kind, Observed, Passed, Room, StepId,
    StepName, Summary, Usage as Used,
};
use crate::verdict::{Judged, LittlesLaw, Moment, Validity, Windows};
use crate::words;

/// The version of `run.json`. It rises when a field changes its meaning or goes, not when one is added.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// What a run was about: what the caller knows before any number.
#[derive(Clone, Debug)]
pub struct About {
    /// The run's id.
    pub run_id: String,
    /// When it started.
    pub started: Timestamp,
    /// What was run.
    pub scenario: ScenarioRef,
    /// What all randomness came from.
    pub seed: u64,
    /// Equal hash: the same load was offered.
    pub schedule_hash: String,
    /// `open`, `partly open` or `closed`.
    pub load_model: String,
    /// Labels of the command line.
    pub labels: BTreeMap<String, String>,
    /// Who was driven.
    pub target: TargetRef,
    /// What the command line said that the effective scenario does not hold.
    pub given: Given,
    /// What people should know beside the numbers.
    pub notes: Vec<String>,
}

/// Everything a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What the run was about.
    pub about: &'a About,
    /// The numbers.
    pub summary: &'a Summary,
    /// The thresholds, judged.
    pub thresholds: &'a [Judged],
    /// The generator, judged.
    pub validity: &'a Validity,
    /// Open chats, counted in two ways.
    pub littles_law: LittlesLaw,
    /// The outcome.
    pub verdict: &'a crate::verdict::Verdict,
    /// The process's exit code.
    pub exit_code: u8,
    /// What the process used.
    pub usage: Usage,
    /// The run's folder, if it could be made.
    pub folder: Option<&'a str>,
    /// The files in it.
    pub files: &'a [String],
}

/// What the process used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// CPU of the whole process, in seconds.
    pub cpu_seconds: Option<f64>,
    /// The most memory it held, in KiB.
    pub max_rss_kib: Option<u64>,
    /// Worker threads.
    pub workers: u32,
    /// What it could have used.
    pub room: Room,
}

impl Report {
    /// Puts together what is told.
    pub fn new(told: &Told<'_>) -> Self {
        let (about, summary) = (told.about, told.summary);
        Self {
            schema_version: SCHEMA_VERSION,
            flexload: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: about.run_id.clone(),
            started: about.started.rest().to_string(),
            elapsed_s: rounded(summary.elapsed().as_secs_f64()),
            scenario: about.scenario.clone(),
            seed: about.seed,
            schedule_hash: about.schedule_hash.clone(),
            load_model: about.load_model.clone(),
            labels: about.labels.clone(),
            target: about.target.clone(),
            given: about.given.clone(),
            verdict: Verdict { outcome: told.verdict.outcome(), reasons: reasons(told) },
            exit_code: told.exit_code,
            totals: totals(summary.counters(), summary.errors().count()),
            funnel: funnel(summary),
            peak: *summary.peak(),
            sustained: summary.sustained().map(sustained),
            warm_up_steps: summary.warm_up_samples(),
            steps: summary.steps().map(step_row).collect(),
            parts: summary.parts().map(part_row).collect(),
            errors: error_rows(summary.errors(), |step| summary.step_name(step)),
            thresholds: told.thresholds.iter().map(threshold_row).collect(),
            generator: generator(told),
            littles_law: Some(littles_law(told.littles_law)),
            notes: notes(told),
            folder: told.folder.map(str::to_owned),
            files: told.files.to_vec(),
        }
    }
}

impl Times {
    /// The percentiles reports show.
    fn of(times: &Distribution) -> Self {
        let mut among_failures = Vec::new();
        let mut percentile = |name, quantile| match times.percentile(quantile) {
            Observed::Time(time) => Some(ms(time)),
            Observed::Failed => {
                among_failures.push(String::from(name));
                None
            }
            Observed::Ratio(_) | Observed::Count(_) | Observed::TooFew { .. } => None,
        };
        let [p50_ms, p95_ms, p99_ms, p99_9_ms] =
            [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99), ("p99_9_ms", 0.999)]
                .map(|(name, quantile)| percentile(name, quantile));
        Self {
            count: times.count(),
            failed: times.failed(),
            p50_ms,
            p95_ms,
            p99_ms,
            p99_9_ms,
            max_ms: times.longest().map(ms),
            among_failures,
        }
    }
}

/// Why: for a run that passed, what held.
fn reasons(told: &Told<'_>) -> Vec<String> {
    let reasons = told.verdict.reasons();
    if !reasons.is_empty() {
        return reasons.iter().map(|reason| reason.says.clone()).collect();
    }
    vec![match told.thresholds.len() {
        0 => "no threshold was set; the generator kept its schedule".to_owned(),
        1 => "the threshold held".to_owned(),
        many => format!("all {many} thresholds held"),
    }]
}

/// What was counted, with the number of failures.
pub(super) fn totals(counters: &Counters, errors: u64) -> Totals {
    let of = |counter| counters.get(counter);
    Totals {
        due: of(Counter::Due),
        customers: of(Counter::Started),
        finished: of(Counter::Finished),
        completed: of(Counter::Completed),
        sent: of(Counter::Sent),
        acknowledged: of(Counter::Acknowledged),
        pushed: of(Counter::Pushed),
        replied: of(Counter::Replied),
        errors,
        dropped: of(Counter::Dropped),
        late_starts: of(Counter::LateStarts),
        retries: of(Counter::Retries),
        reconnects: of(Counter::Reconnects),
    }
}

/// What no journey leads to has no row.
fn funnel(summary: &Summary) -> Vec<FunnelRow> {
    let on_the_way = summary.funnel().iter().filter(|(_, passed)| passed.of > 0);
    let row =
        |(what, Passed { of, reached }): (&str, Passed)| FunnelRow { what: what.to_owned(), of, reached };
    on_the_way.map(row).collect()
}

fn sustained(minute: &crate::record::Sustained) -> Sustained {
    Sustained {
        from_s: rounded(minute.from.as_secs_f64()),
        length_s: rounded(minute.length.as_secs_f64()),
        connected: minute.connected,
        completed: minute.completed,
        least_sent: minute.least.map(|least| least.sent),
        least_replied: minute.least.map(|least| least.replied),
    }
}

fn step_row((name, step): (&StepName, crate::record::StepSummary)) -> StepRow {
    StepRow {
        name: name.step.clone(),
        journey: name.journey.clone(),
        sent: step.started(),
        ok: step.ok(),
        errors: step.failed(),
        service: Times::of(&step.service()),
        response: Times::of(&step.response()),
        lag: Times::of(&step.lag()),
    }
}

fn part_row((step, part, times): (Option<&StepName>, &crate::record::PartName, Distribution)) -> PartRow {
    PartRow {
        name: step.map_or_else(|| part.part.clone(), |step| format!("{}.{}", step.step, part.part)),
        journey: step.map(|step| step.journey.clone()),
        times: Times::of(&times),
    }
}

/// Failures by step and kind, the most frequent first.
pub(super) fn error_rows<'a>(
    errors: &Errors,
    name: impl Fn(StepId) -> Option<&'a StepName>,
) -> Vec<ErrorRow> {
    let mut rows: Vec<ErrorRow> = errors
        .iter()
        .map(|((step, kind), group)| (step.and_then(&name), kind, group))
        .map(|(name, kind, group)| ErrorRow {
            step: name.map(|name| name.step.clone()),
            journey: name.map(|name| name.journey.clone()),
            class: kind.class().to_owned(),
            kind: Kind::to_string(kind),
            count: group.count(),
            warm_up: group.warm_up,
            example: group.example.clone(),
        })
        .collect();
    // A stable sort: equal counts stay in the order of steps and kinds.
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

fn threshold_row(threshold: &Judged) -> ThresholdRow {
    let observed = match threshold.observed {
        Some(Observed::Time(time)) => Some(ms(time)),
        Some(Observed::Ratio(share)) => Some(share),
        Some(Observed::Count(count)) => Some(count as f64),
        Some(Observed::Failed | Observed::TooFew { .. }) | None => None,
    };
    ThresholdRow {
        text: threshold.threshold.to_string(),
        metric: threshold.threshold.metric.to_string(),
        limit: threshold.limit(),
        observed,
        seen: threshold.seen(),
        outcome: threshold.judgement,
        interval: threshold.interval.map(|interval| interval_row(interval, threshold.is_close())),
        journey: threshold.threshold.of.journey.as_ref().map(ToString::to_string),
        warm_up: threshold.threshold.of.warm_up,
        windows: threshold.windows.as_ref().map(|windows| windows_row(threshold, windows)),
        budget_used: threshold.budget_used().map(rounded),
        detail: threshold.detail(),
    }
}

fn windows_row(threshold: &Judged, windows: &Windows) -> WindowsRow {
    let at = |moment: Option<Moment>| moment.map(|moment| rounded(moment.at.as_secs_f64()));
    WindowsRow {
        length_s: threshold.threshold.window.map(|window| window.as_secs_f64()),
        judged: windows.judged,
        missed: windows.missed,
        first_missed_s: at(windows.first_missed),
        worst_s: at(windows.worst),
        aborted: threshold.aborted,
    }
}

fn interval_row(interval: Interval, close: bool) -> IntervalRow {
    let value = |bound| match bound {
        Bound::Time(time) | Bound::Beyond(time) => Some(ms(time)),
        Bound::Failed => None,
    };
    IntervalRow {
        low_ms: value(interval.low),
        high_ms: value(interval.high),
        high_at_least: matches!(interval.high, Bound::Beyond(_)),
        rough: interval.rough,
        close,
    }
}

fn generator(told: &Told<'_>) -> Generator {
    let validity = told.validity;
    Generator {
        cpu_seconds: told.usage.cpu_seconds.map(rounded),
        max_rss_kib: told.usage.max_rss_kib,
        workers: told.usage.workers,
        valid: validity.holds(),
        reasons: validity.broken().map(ToString::to_string).collect(),
        checks: validity
            .checks()
            .iter()
            .map(|check| Check {
                name: check.name.to_owned(),
                what: check.what.clone(),
                seen: check.seen.clone(),
                limit: check.limit.clone(),
                value: check.value,
                bound: Some(check.bound),
                each_second: check.each_second,
                held: check.held,
            })
            .collect(),
        lag: Times::of(&told.summary.lag()),
        machine: machine(told),
    }
}

fn littles_law(law: LittlesLaw) -> LittlesLawRow {
    LittlesLawRow {
        area_s: rounded(law.area.as_secs_f64()),
        sum_s: rounded(law.sum.as_secs_f64()),
        held: law.holds(),
    }
}

fn machine(told: &Told<'_>) -> Machine {
    let (strain, room) = (told.summary.strain(), told.usage.room);
    let share = |used: Used| Some(ShareRow { mean: used.mean()?, most: used.most()? });
    Machine {
        cpus: room.cpus,
        open_files_limit: room.open_files,
        ports: room.ports,
        cpu_share: share(strain.cpu),
        mock_cpu_share: share(strain.mock_cpu),
        steal: share(strain.steal),
        pressure: share(strain.pressure),
        throttled: strain.throttled_seconds.map(|_| strain.throttled),
        heartbeat_ms: strain.lag_ms,
        new_connections: strain.new_connections,
        time_wait: strain.time_wait,
        clock_step_ms: strain.clock_step_ms,
    }
}

fn notes(told: &Told<'_>) -> Vec<String> {
    let summary = told.summary;
    let mut notes = told.about.notes.clone();
    notes.extend_from_slice(told.validity.notes());
    let CutOff { count, oldest } = summary.cut_off();
    if count > 0 {
        notes.push(format!(
            "{count} {} under way when the run was ended; the oldest had been due for {}. They are no part of the numbers",
            if count == 1 { "step was" } else { "steps were" },
            words::seconds(oldest.as_secs_f64())
        ));
    }
    if summary.saturated() > 0 {
        notes.push(format!("{} times above one hour were recorded as one hour", summary.saturated()));
    }
    notes
}

/// Milliseconds to the microsecond.
fn ms(time: std::time::Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3)
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
