//! Whether the generator did its part.

use std::io::{self, Write};

use super::super::super::data::{Check, Report};
use super::super::super::recorded::Recorded;
use super::super::super::terminal::cell;
use super::super::charts;
use super::super::table::{
    Cell,
    Column::{Head, Words},
};
use super::{longest, table};

/// The heading.
pub(in super::super) fn generator_says(report: &Report) -> String {
    format!("Generator: {}", if report.generator.valid { "valid" } else { "not valid" })
}

/// Each limit with the value seen.
pub(in super::super) fn generator(
    report: &Report,
    recorded: &Recorded,
    out: &mut dyn Write,
) -> io::Result<()> {
    let generator = &report.generator;
    let columns = [("Check", Head), ("Outcome", Words), ("Seen", Words), ("Limit", Words)];
    let row = |check: &Check| {
        let mark = match (check.held, check.is_judged()) {
            (true, false) => "not judged".into(),
            (true, true) => Cell::marked("good", "✓ kept"),
            (false, _) => Cell::marked("bad", "✗ exceeded"),
        };
        vec![check.what.as_str().into(), mark, check.seen.as_str().into(), check.limit.as_str().into()]
    };
    table("What the generator had to keep", &columns, generator.checks.iter().map(row).collect(), out)?;
    let lag = &generator.lag;
    writeln!(
        out,
        "<p>Schedule lag, which the generator added: p50 {}, p95 {}, p99 {}, max {}. {}.</p>",
        cell(lag, "p50_ms", lag.p50_ms),
        cell(lag, "p95_ms", lag.p95_ms),
        cell(lag, "p99_ms", lag.p99_ms),
        longest(lag),
        generator.used()
    )?;
    charts::health(report, &recorded.history, out)
}
