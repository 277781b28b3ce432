//! Which charts there are.

use std::io::{self, Write};

use super::super::data::{Report, StepRow, ThresholdRow};
use super::chart::{Chart, Line, Point};
use super::scale::Unit;
use super::text::Text;
use crate::record::{History, StepHistory, Stretch, spectrum};

/// Steps that have charts: those with the most samples. A page stays a page.
const STEPS_DRAWN: usize = 40;

/// A line of the load: its name and what it shows of a stretch.
type Shown = (&'static str, fn(&Stretch) -> f64);

/// What was offered and what came of it, over time.
pub(super) fn load(history: &History, out: &mut dyn Write) -> io::Result<()> {
    if history.stretches.len() < 2 {
        return Ok(());
    }
    let starts: &[Shown] = &[("due", |s| rate(s.due, s)), ("started", |s| rate(s.started, s))];
    let people: &[Shown] = &[
        ("chats open", |s| s.open_chats as f64),
        ("customers connected", |s| s.connected as f64),
        ("waiting for an agent", |s| s.waiting_for_agent as f64),
    ];
    let messages: &[Shown] = &[("sent", |s| rate(s.sent, s)), ("acknowledged", |s| rate(s.acknowledged, s))];
    let errors: &[Shown] = &[("errors", |s| rate(s.errors, s)), ("dropped", |s| rate(s.dropped, s))];
    let all = [
        ("starts", "Customers offered and started", "a second", Unit::Rate, starts),
        ("people", "Chats, customers and the queue for agents", "at once", Unit::Count, people),
        ("messages", "Messages of customers and agents", "a second", Unit::Rate, messages),
        ("failures", "Errors and dropped customers", "a second", Unit::Rate, errors),
    ];
    writeln!(out, "<section>\n<h2>Load over time</h2>\n<div class=\"charts\">")?;
    for (id, title, upwards, unit, lines) in all {
        // Nothing failed: the table of errors says it better than a flat line.
        let quiet = |(_, of): &Shown| history.stretches.iter().all(|stretch| of(stretch) == 0.0);
        let lines: Vec<Line> = lines
            .iter()
            .filter(|shown| id != "failures" || !quiet(shown))
            .map(|shown| line(shown, history))
            .collect();
        if lines.is_empty() {
            continue;
        }
        let title = title.to_owned();
        let chart = Chart {
            title,
            upwards,
            x: Unit::Clock,
            y: unit,
            lines,
            limits: Vec::new(),
            marks: marks(history),
        };
        chart.write(id, out)?;
    }
    writeln!(out, "</div>\n</section>")
}

/// Each step's latency over time, and its percentiles.
pub(super) fn latency(report: &Report, history: &History, out: &mut dyn Write) -> io::Result<()> {
    let mut drawn: Vec<(&StepRow, &StepHistory)> = report
        .steps
        .iter()
        .filter_map(|row| Some((row, history.step(&row.journey, &row.name)?)))
        .filter(|(_, step)| !step.points.is_empty())
        .collect();
    let left_out = drawn.len().saturating_sub(STEPS_DRAWN);
    if left_out > 0 {
        drawn.sort_by_key(|(row, _)| std::cmp::Reverse(row.response.count));
        drawn.truncate(STEPS_DRAWN);
    }
    if drawn.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section>\n<h2>Latency of each step</h2>")?;
    writeln!(
        out,
        "<p>Left: what customers felt over time (response: from when the step was due), at least 20 samples a \
         point. Right: how many were how slow, in the steady state; where response lies above service, people \
         waited before the target was even asked. A cross at the top is a percentile that falls among the \
         failures; a spectrum ends where they begin.</p>"
    )?;
    if left_out > 0 {
        writeln!(
            out,
            "<p>The {STEPS_DRAWN} steps with the most samples; {left_out} more are in the table above.</p>"
        )?;
    }
    for (nth, (row, step)) in drawn.into_iter().enumerate() {
        let name = row.unambiguous_name(&report.steps);
        writeln!(out, "<div class=\"charts step\" role=\"group\" aria-label=\"{}\">", Text(&name))?;
        over_time(&name, row, step, report, history).write(&format!("time-{nth}"), out)?;
        if let Some(chart) = distribution(&name, row, step) {
            chart.write(&format!("spectrum-{nth}"), out)?;
        }
        writeln!(out, "</div>")?;
    }
    writeln!(out, "</section>")
}

fn over_time(name: &str, row: &StepRow, step: &StepHistory, report: &Report, history: &History) -> Chart {
    let line = |name, of: fn(&crate::record::Felt) -> Option<f64>| Line {
        name,
        points: step.points.iter().map(|felt| Point { x: felt.until_s, y: of(felt) }).collect(),
    };
    Chart {
        title: format!("{name} over time"),
        upwards: "response",
        x: Unit::Clock,
        y: Unit::Time,
        lines: vec![line("p95", |felt| felt.p95_ms), line("p50", |felt| felt.p50_ms)],
        limits: report.thresholds.iter().filter_map(|threshold| limit(row, threshold)).collect(),
        marks: marks(history),
    }
}

fn distribution(name: &str, row: &StepRow, step: &StepHistory) -> Option<Chart> {
    let line = |name, values, failed| Line {
        name,
        points: spectrum(values, failed)
            .iter()
            .map(|point| Point { x: point.one_in, y: Some(point.ms) })
            .collect(),
    };
    let lines = vec![
        line("response", &step.response, row.response.failed),
        line("service", &step.service, row.service.failed),
    ];
    let seen = lines.iter().any(|line| line.points.len() > 1);
    seen.then(|| Chart {
        title: format!("{name}, percentiles"),
        upwards: "time",
        x: Unit::OneIn,
        y: Unit::Time,
        lines,
        limits: Vec::new(),
        marks: Vec::new(),
    })
}

/// The limit on a step's response median or p95, with its words.
fn limit(row: &StepRow, threshold: &ThresholdRow) -> Option<(f64, String)> {
    let statistic = threshold.metric.strip_prefix(&row.name)?.strip_prefix(".response.")?;
    let says = threshold.text.strip_prefix(&threshold.metric)?;
    matches!(statistic, "p50" | "p95").then(|| (threshold.limit, format!("{statistic}{says}")))
}

fn line((name, of): &Shown, history: &History) -> Line {
    let point = |stretch: &Stretch| Point { x: stretch.until_s, y: Some(of(stretch)) };
    Line { name, points: history.stretches.iter().map(point).collect() }
}

fn rate(count: u64, stretch: &Stretch) -> f64 {
    // The last line of a run may end in the moment the one before did.
    count as f64 / stretch.length_s().max(0.5)
}

/// Where the engine began to do something else; what it did first and the end need no line.
fn marks(history: &History) -> Vec<(f64, String)> {
    history.stages.iter().filter(|(at, stage)| *at > 0.0 && stage != "done").cloned().collect()
}
