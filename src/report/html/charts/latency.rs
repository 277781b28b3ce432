//! Each step's latency: over time, and how many were how slow.

use std::io::{self, Write};

use super::super::super::data::{Report, StepRow, ThresholdRow};
use super::super::super::recorded::Recorded;
use super::super::chart::{Between, Chart, Line, Point, Seen};
use super::super::frame::Limit;
use super::super::scale::Unit;
use super::super::text::Text;
use super::marks;
use crate::record::{Felt, History, StepHistory, spectrum};

/// Steps that have charts: those with the most samples. A page stays a page.
const STEPS_DRAWN: usize = 40;

/// The charts; nothing where no step has a course.
pub(in super::super) fn latency(report: &Report, recorded: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let history = &recorded.history;
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
    writeln!(
        out,
        "<p>Left: what customers felt over time (response: from when the step was due); a point holds at least 20 \
         samples, one of p99 at least 1,000. Right: how many were how slow, in the steady state. Where response \
         lies above service, customers waited before the target was even asked: a tool that measures service alone \
         does not see it. A bar along the top is a percentile that falls among the failures; a spectrum ends where \
         they begin.</p>"
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
    Ok(())
}

fn over_time(name: &str, row: &StepRow, step: &StepHistory, report: &Report, history: &History) -> Chart {
    let line = |name: &str, of: fn(&Felt) -> Option<f64>| Line {
        name: name.to_owned(),
        points: step
            .points
            .iter()
            .map(|felt| Point { from: felt.from_s, until: felt.until_s, y: Seen::or_beyond(of(felt)) })
            .collect(),
    };
    let mut lines = vec![line("p95", |felt| felt.p95_ms), line("p50", |felt| felt.p50_ms)];
    let tail = step.tails.iter().map(|tail| Point {
        from: tail.from_s,
        until: tail.until_s,
        y: Seen::or_beyond(tail.p99_ms),
    });
    let tail = Line { name: "p99".to_owned(), points: tail.collect() };
    if !tail.points.is_empty() {
        lines.push(tail);
    }
    Chart {
        title: format!("{name} over time"),
        upwards: "response",
        x: Unit::Clock,
        until: history.length_s(),
        y: Unit::Time,
        lines,
        between: Between::Filled,
        limits: report.thresholds.iter().filter_map(|threshold| limit(row, threshold)).collect(),
        marks: marks(report, history),
    }
}

fn distribution(name: &str, row: &StepRow, step: &StepHistory) -> Option<Chart> {
    let line = |name: &str, values, failed| Line {
        name: name.to_owned(),
        points: spectrum(values, failed)
            .iter()
            .map(|point| Point { from: point.one_in, until: point.one_in, y: Seen::At(point.ms) })
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
        until: 1.0,
        y: Unit::Time,
        lines,
        between: Between::Named("waited before it began"),
        limits: Vec::new(),
        marks: Vec::new(),
    })
}

/// The limit on one of the step's response percentiles that are drawn, with its words.
fn limit(row: &StepRow, threshold: &ThresholdRow) -> Option<Limit> {
    let of_this = !threshold.warm_up && threshold.journey.as_ref().is_none_or(|name| *name == row.journey);
    let statistic =
        threshold.metric.strip_prefix(&row.name).filter(|_| of_this)?.strip_prefix(".response.")?;
    let says = threshold.text.strip_prefix(&threshold.metric)?;
    let drawn = matches!(statistic, "p50" | "p95" | "p99");
    drawn.then(|| Limit { value: threshold.limit, says: format!("{statistic}{says}") })
}
