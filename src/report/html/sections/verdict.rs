//! The word, why, and the figures that people ask for first.

use std::io::{self, Write};

use super::super::super::data::Report;
use super::super::super::terminal::cell;
use super::super::text::Text;
use super::{list, share};
use crate::verdict::Outcome;
use crate::words::seconds;

/// The head of the page.
pub(in super::super) fn verdict(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.verdict.outcome;
    let (class, sign) = match outcome {
        Outcome::Passed => ("good", "✓"),
        Outcome::Failed | Outcome::Aborted | Outcome::Invalid => ("bad", "✗"),
        Outcome::Inconclusive | Outcome::Interrupted | Outcome::Incomplete => ("unsure", "?"),
    };
    let word = outcome.name().to_uppercase();
    writeln!(
        out,
        "<header class=\"{class}\">\n<div class=\"verdict\">\n<h1><span aria-hidden=\"true\">{sign}</span> {word}: {}</h1>",
        Text(&report.scenario.name)
    )?;
    list(report.verdict.reasons.iter(), out)?;
    writeln!(
        out,
        "<p>{} on {} · started {} · exit code {}</p>\n</div>",
        Text(&seconds(report.elapsed_s)),
        Text(&report.target.name),
        Text(&report.started),
        report.exit_code
    )?;
    writeln!(out, "<dl class=\"tiles\">")?;
    for (name, value, beside) in tiles(report) {
        writeln!(out, "<div><dt>{name}</dt><dd>{}<small>{}</small></dd></div>", Text(&value), Text(&beside))?;
    }
    writeln!(out, "</dl>\n</header>")
}

/// What people ask for first: a name, a figure, and what stands beside it.
fn tiles(report: &Report) -> Vec<(&'static str, String, String)> {
    let (totals, peak) = (&report.totals, &report.peak);
    let mut tiles = vec![
        (
            "Chats without an error",
            totals.completed.to_string(),
            format!("{} of {} started", share(totals.completed, totals.customers), totals.customers),
        ),
        (
            "Messages acknowledged",
            totals.acknowledged.to_string(),
            format!("{} of {} sent", share(totals.acknowledged, totals.sent), totals.sent),
        ),
        (
            "Errors",
            totals.errors.to_string(),
            format!("{} dropped, {} retries", totals.dropped, totals.retries),
        ),
        (
            "Most chats open at once",
            peak.open_chats.to_string(),
            format!("{} customers connected; looked at once a second", peak.connected),
        ),
    ];
    if let Some(wait) = report.parts.iter().find(|part| part.name == "agent_wait" && part.times.count > 0) {
        tiles.push((
            "Wait for an agent, p95",
            cell(&wait.times, "p95_ms", wait.times.p95_ms),
            format!("{} waited at once at most", peak.waiting_for_agent),
        ));
    }
    let generator = if report.generator.valid { "valid" } else { "not valid" };
    let lag = cell(&report.generator.lag, "p99_ms", report.generator.lag.p99_ms);
    tiles.push(("Generator", generator.to_owned(), format!("schedule lag p99 {lag}")));
    tiles
}
