//! The page people look at: one file that loads nothing, in the order a tired person asks.
//!
//! Tables say everything that is a figure of the run, and need no script; charts show how it came about.

mod chart;
mod charts;
mod figure;
mod frame;
mod scale;
mod sections;
mod stack;
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

/// Writes what belongs under a heading; nothing where the run has nothing of it.
type Body = fn(&Report, &Recorded, &mut dyn Write) -> io::Result<()>;

/// A part of the page: its id, its heading, what is under it.
type Section = (&'static str, fn(&Report) -> String, Body);

/// The parts in their order.
const SECTIONS: [Section; 11] = [
    ("thresholds", |_| "Thresholds".to_owned(), sections::thresholds),
    ("generator", sections::generator_says, sections::generator),
    ("chat", |_| "How far chats got".to_owned(), sections::chat),
    ("load", |_| "Load over time".to_owned(), charts::load),
    ("steps", |_| "Steps".to_owned(), sections::steps),
    ("latency", |_| "Latency".to_owned(), charts::latency),
    ("parts", |_| "Parts and waits".to_owned(), sections::parts),
    ("errors", |report| format!("Errors: {}", report.totals.errors), sections::errors),
    ("run", |_| "What was run".to_owned(), sections::what_was_run),
    ("notes", |_| "Notes".to_owned(), sections::notes),
    ("files", |_| "Files".to_owned(), sections::files),
];

/// Writes the page.
pub(super) fn write(report: &Report, recorded: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let mut parts: Vec<(&str, String, Vec<u8>)> = Vec::new();
    for (id, heading, body) in SECTIONS {
        let mut text = Vec::new();
        body(report, recorded, &mut text)?;
        if !text.is_empty() {
            parts.push((id, heading(report), text));
        }
    }
    head(report, out)?;
    sections::verdict(report, out)?;
    writeln!(out, "<nav aria-label=\"Contents\"><ul>")?;
    for (id, heading, _) in &parts {
        writeln!(out, "<li><a href=\"#{id}\">{}</a></li>", Text(heading))?;
    }
    writeln!(out, "</ul></nav>\n<main id=\"contents\">")?;
    for (id, heading, text) in &parts {
        writeln!(
            out,
            "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{}</h2>",
            Text(heading)
        )?;
        out.write_all(text)?;
        writeln!(out, "</section>")?;
    }
    writeln!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn head(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{}: {}", report.scenario.name, report.verdict.outcome.name());
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    // A browser asks for an icon unless it is told that there is none.
    writeln!(out, "<link rel=\"icon\" href=\"data:,\">")?;
    writeln!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>", Text(&title))?;
    stack::hatching(out)
}
