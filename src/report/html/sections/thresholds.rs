//! Each threshold with the value seen.

use std::io::{self, Write};

use super::super::super::data::{IntervalRow, Report, ThresholdRow};
use super::super::super::recorded::Recorded;
use super::super::table::{
    Cell,
    Column::{Head, Number, Words},
};
use super::table;
use crate::verdict::Judgement;

/// The table of thresholds.
pub(in super::super) fn thresholds(report: &Report, _: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    if report.thresholds.is_empty() {
        return Ok(());
    }
    let mut columns = vec![("Metric", Head), ("Outcome", Words), ("Seen", Number), ("Limit", Number)];
    // A run that was too short has no interval to show, and so no column of them.
    let sure = report.thresholds.iter().any(|row| row.interval.is_some());
    let beside = report.thresholds.iter().any(|row| row.detail.is_some());
    columns.extend(sure.then_some(("95% confidence", Words)));
    columns.extend(beside.then_some(("Windows and budget", Words)));
    let row = |row: &ThresholdRow| {
        let (class, word) = match row.outcome {
            Judgement::Held => ("good", "✓ held"),
            Judgement::Missed => ("bad", "✗ missed"),
            Judgement::Unknown => ("unsure", "? not known"),
        };
        let limit = row.text.strip_prefix(&row.metric).unwrap_or(&row.text).trim();
        let mut cells = vec![
            row.metric.as_str().into(),
            Cell::marked(class, word),
            row.seen.as_str().into(),
            limit.into(),
        ];
        let interval = || row.interval.as_ref().map_or_else(|| "–".to_owned(), IntervalRow::words);
        cells.extend(sure.then(|| interval().into()));
        cells.extend(beside.then(|| row.detail.as_deref().unwrap_or("–").into()));
        cells
    };
    let rows = report.thresholds.iter().map(row).collect();
    table("Thresholds with the value seen", &columns, rows, out)
}
