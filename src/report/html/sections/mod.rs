//! The parts of the page that are words and tables: every figure is the report's own.

mod chat;
mod errors;
mod generator;
mod run;
mod steps;
mod thresholds;
mod verdict;

pub(super) use chat::chat;
pub(super) use errors::errors;
pub(super) use generator::{generator, generator_says};
pub(super) use run::{files, notes, what_was_run};
pub(super) use steps::{parts, steps};
pub(super) use thresholds::thresholds;
pub(super) use verdict::verdict;

use std::io::{self, Write};

use super::super::data::Times;
use super::super::terminal::cell;
use super::table::{Cell, Column, Table};
use super::text::Text;
use crate::words::time;

fn percentiles(times: &Times) -> [Cell; 3] {
    [("p50_ms", times.p50_ms), ("p95_ms", times.p95_ms), ("p99_ms", times.p99_ms)].map(|(name, value)| {
        let words = cell(times, name, value);
        if words == "failed" { Cell::marked("number bad", "failed") } else { words.into() }
    })
}

fn longest(times: &Times) -> String {
    times.max_ms.map_or_else(|| "n/a".to_owned(), time)
}

fn bad_if(count: u64) -> Cell {
    let words = count.to_string();
    if count > 0 { Cell::marked("number bad", &words) } else { words.into() }
}

/// A share that rounding makes neither all nor nothing; none of nothing.
fn share(count: u64, of: u64) -> String {
    match (count, of) {
        (_, 0) => "–".to_owned(),
        (count, of) if count == of => "100%".to_owned(),
        (0, _) => "0%".to_owned(),
        (count, of) => format!("{:.1}%", (count as f64 / of as f64 * 100.0).clamp(0.1, 99.9)),
    }
}

fn list(items: impl Iterator<Item = impl AsRef<str>>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<ul>")?;
    for item in items {
        writeln!(out, "<li>{}</li>", Text(item.as_ref()))?;
    }
    writeln!(out, "</ul>")
}

fn table(
    caption: &str,
    columns: &[(&str, Column)],
    rows: Vec<Vec<Cell>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    Table { caption, columns, rows }.write(out)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn rounding_makes_a_share_neither_all_nor_nothing() {
        let table =
            [(0, 0, "–"), (0, 9, "0%"), (1, 100_000, "0.1%"), (99_999, 100_000, "99.9%"), (9, 9, "100%")];
        for (count, of, says) in table {
            assert_eq!(share(count, of), says, "{count} of {of}");
        }
    }
}
