//! What went wrong when, by kind.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::super::data::Report;
use super::super::figure::{Key, Swatch};
use super::super::stack::{LAYERS, Layer, Stack};
use super::super::text::Text;
use super::{marks, rate};
use crate::record::History;

/// Errors over time, the most frequent kinds apart; nothing where nothing went wrong or no file tells of kinds.
pub(in super::super) fn errors(report: &Report, history: &History, out: &mut dyn Write) -> io::Result<()> {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, count) in history.stretches.iter().flat_map(|stretch| &stretch.errors_by_kind) {
        *totals.entry(kind).or_default() += count;
    }
    if totals.is_empty() || history.stretches.len() < 2 {
        return Ok(());
    }
    let mut kinds: Vec<(&str, u64)> = totals.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    // The last layer is for all that have none of their own.
    let own = if kinds.len() > LAYERS { LAYERS - 1 } else { kinds.len() };
    let (apart, together) = kinds.split_at(own);
    let layer = |name: String, of: &[(&str, u64)]| Layer {
        name,
        values: history
            .stretches
            .iter()
            .map(|stretch| {
                let counts = of.iter().filter_map(|(kind, _)| stretch.errors_by_kind.get(*kind));
                rate(counts.sum(), stretch)
            })
            .collect(),
    };
    let mut layers: Vec<Layer> =
        apart.iter().map(|kind| layer(kind.0.to_owned(), std::slice::from_ref(kind))).collect();
    if !together.is_empty() {
        layers.push(layer(format!("{} other kinds", together.len()), together));
    }
    let stack = Stack {
        title: "Errors by kind".to_owned(),
        spans: history.stretches.iter().map(|stretch| (stretch.from_s, stretch.until_s)).collect(),
        layers,
        marks: marks(report, history),
    };
    writeln!(out, "<div class=\"charts\">")?;
    stack.write("errors-by-kind", out)?;
    writeln!(out, "<ol class=\"kinds\">")?;
    for (nth, (kind, count)) in apart.iter().enumerate() {
        let example = report.errors.iter().find(|row| row.kind == *kind && !row.example.is_empty());
        let example = example.map_or("", |row| row.example.as_str());
        writeln!(
            out,
            "<li>{}<b>{count} × {}</b><span>{}</span></li>",
            Swatch(Key::Layer(nth)),
            Text(kind),
            Text(example)
        )?;
    }
    if !together.is_empty() {
        let count: u64 = together.iter().map(|(_, count)| count).sum();
        writeln!(
            out,
            "<li>{}<b>{count} of {} other kinds</b></li>",
            Swatch(Key::Layer(own)),
            together.len()
        )?;
    }
    writeln!(out, "</ol></div>")
}
