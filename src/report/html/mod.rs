//! The page people look at: one file that loads nothing, in the order a tired person asks.
//!
//! Tables say everything that is a figure of the run, and need no script; charts show how it came about.

mod chart;
mod charts;
mod scale;
mod sections;
mod table;
mod text;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::data::Report;
use super::recorded::Recorded;
use text::Text;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Writes the page.
pub(super) fn write(report: &Report, recorded: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{}: {}", report.scenario.name, report.verdict.outcome.name());
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    // A browser asks for an icon unless it is told that there is none.
    writeln!(out, "<link rel=\"icon\" href=\"data:,\">")?;
    writeln!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>", Text(&title))?;
    sections::verdict(report, out)?;
    sections::thresholds(report, out)?;
    sections::what_was_run(report, recorded.environment.as_ref(), out)?;
    charts::load(&recorded.history, out)?;
    sections::chat(report, out)?;
    sections::steps(report, out)?;
    charts::latency(report, &recorded.history, out)?;
    sections::parts(report, out)?;
    sections::errors(report, out)?;
    sections::generator(report, out)?;
    sections::notes(report, out)?;
    sections::files(report, out)?;
    writeln!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>")
}
