//! Failures over time, and by kind with the first one in words.

use std::io::{self, Write};

use super::super::super::data::{ErrorRow, Report};
use super::super::super::recorded::Recorded;
use super::super::charts;
use super::super::table::Column::{Head, Number, Words};
use super::table;

/// The chart and the table of errors; that there were none is said.
pub(in super::super) fn errors(report: &Report, recorded: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    if report.errors.is_empty() {
        return writeln!(out, "<p>Nothing failed.</p>");
    }
    charts::errors(report, &recorded.history, out)?;
    let columns = [
        ("Step", Head),
        ("Kind", Words),
        ("Count", Number),
        ("In warm-up", Number),
        ("The first one", Words),
    ];
    let row = |row: &ErrorRow| {
        vec![
            row.step.as_deref().unwrap_or("outside steps").into(),
            row.kind.as_str().into(),
            row.count.to_string().into(),
            row.warm_up.to_string().into(),
            if row.example.is_empty() { "–" } else { &row.example }.into(),
        ]
    };
    table("Failures by step and kind", &columns, report.errors.iter().map(row).collect(), out)
}
