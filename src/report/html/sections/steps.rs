//! A row a step, a row a part or wait.

use std::io::{self, Write};

use super::super::super::data::{PartRow, Report, StepRow};
use super::super::super::recorded::Recorded;
use super::super::table::{
    Cell,
    Column::{Head, Number},
};
use super::{bad_if, longest, percentiles, table};

/// The table of steps.
pub(in super::super) fn steps(report: &Report, _: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let taken = |row: &&StepRow| row.ok + row.errors > 0;
    if !report.steps.iter().any(|row| taken(&row)) {
        return Ok(());
    }
    let columns = [
        ("Step", Head),
        ("Started", Number),
        ("OK", Number),
        ("Errors", Number),
        ("Service p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("Response p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("Max", Number),
    ];
    let row = |row: &StepRow| {
        let mut cells: Vec<Cell> = vec![row.unambiguous_name(&report.steps).into()];
        cells.extend([row.sent, row.ok].map(|count| count.to_string().into()));
        cells.push(bad_if(row.errors));
        cells.extend(percentiles(&row.service).into_iter().chain(percentiles(&row.response)));
        cells.push(longest(&row.response).into());
        cells
    };
    let rows = report.steps.iter().filter(taken).map(row).collect();
    table("Steps in the steady state", &columns, rows, out)?;
    writeln!(
        out,
        "<p>Service: from when a step began. Response: from when it was due, which is what a customer feels. \
         Failures rank above every success: a percentile that falls among them says failed. n/a: too few samples.</p>"
    )?;
    if report.warm_up_steps > 0 {
        writeln!(out, "<p>{} steps were due in warm-up and are in no time here.</p>", report.warm_up_steps)?;
    }
    Ok(())
}

/// The table of parts and waits.
pub(in super::super) fn parts(report: &Report, _: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let seen: Vec<&PartRow> = report.parts.iter().filter(|row| row.times.count > 0).collect();
    if seen.is_empty() {
        return Ok(());
    }
    let columns = [
        ("Part or wait", Head),
        ("Count", Number),
        ("Errors", Number),
        ("p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("Max", Number),
    ];
    let row = |row: &PartRow| {
        let times = &row.times;
        let mut cells: Vec<Cell> =
            vec![row.name.as_str().into(), times.count.to_string().into(), bad_if(times.failed)];
        cells.extend(percentiles(times));
        cells.push(longest(times).into());
        cells
    };
    let rows = seen.into_iter().map(row).collect();
    table("Parts of steps and waits in the steady state", &columns, rows, out)
}
