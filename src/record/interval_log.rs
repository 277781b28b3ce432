//! `intervals.hlog`: histograms by interval, as HdrHistogram's own tools read them.
//!
//! Values are microseconds. A line's tag is `phase/journey/step/kind`; the kinds of a step are `service`,
//! `response`, `lag` and `failed`, those of its parts their names (and `NAME.failed`). What belongs to the
//! whole run has the journey `run`, the name of the wait as step, and the kind `wait`.

use std::io::{self, Write};
use std::time::Duration;

use super::catalog::{Catalog, PartName, StepName};
use super::histogram::{Encoder, Histogram};
use super::phase::Phase;
use super::snapshot::Snapshot;

/// Writes the lines of the log.
pub(super) struct IntervalLog {
    /// What the lines of an interval begin with, in the order of [`histograms`].
    tags: Vec<String>,
    encoder: Encoder,
}

impl IntervalLog {
    /// A log of what `catalog` names.
    pub(super) fn new(catalog: &Catalog) -> Self {
        let of_phase = |phase: Phase| {
            let steps = catalog.steps().flat_map(move |(_, StepName { journey, step })| {
                ["service", "response", "lag", "failed"].map(|kind| tag(phase, journey, step, kind))
            });
            let parts = catalog.parts().flat_map(move |(_, name)| {
                ["", ".failed"].map(|suffix| part_tag(phase, name, catalog, suffix))
            });
            steps.chain(parts)
        };
        Self { tags: Phase::ALL.into_iter().flat_map(of_phase).collect(), encoder: Encoder::default() }
    }

    /// The head: format, start of the run in seconds since 1970, the names of the columns.
    pub(super) fn head(&self, started: Duration, out: &mut dyn Write) -> io::Result<()> {
        let epoch = started.as_secs_f64();
        writeln!(out, "#[Histogram log format version 1.3]")?;
        writeln!(out, "#[StartTime: {epoch:.3} (seconds since epoch)]")?;
        writeln!(out, "#[BaseTime: {epoch:.3} (seconds since epoch)]")?;
        writeln!(out, "#[MaxValueDivisor: 1000.000]")?;
        writeln!(out, "#Values are microseconds; Interval_Max is milliseconds.")?;
        writeln!(
            out,
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\""
        )
    }

    /// One line for each histogram with a value.
    pub(super) fn interval(
        &mut self,
        snapshot: &Snapshot,
        from: Duration,
        until: Duration,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (start, length) = (from.as_secs_f64(), until.saturating_sub(from).as_secs_f64());
        for (tag, histogram) in self.tags.iter().zip(histograms(snapshot)) {
            let Some(max) = histogram.max() else { continue };
            write!(out, "Tag={tag},{start:.3},{length:.3},{:.3},", max.as_secs_f64() * 1e3)?;
            self.encoder.encode(histogram, out)?;
            writeln!(out)?;
        }
        Ok(())
    }
}

/// All histograms of an interval: by phase, of each step in the order of the catalogue, then of each part.
fn histograms(snapshot: &Snapshot) -> impl Iterator<Item = &Histogram> {
    Phase::ALL.into_iter().flat_map(|phase| {
        let times = snapshot.phase(phase);
        let steps =
            times.steps.iter().flat_map(|step| [&step.service, &step.response, &step.lag, &step.failed]);
        steps.chain(times.parts.iter().flat_map(|part| [&part.reached, &part.failed]))
    })
}

pub(super) fn part_tag(phase: Phase, name: &PartName, catalog: &Catalog, suffix: &str) -> String {
    match name.step.and_then(|step| catalog.step_name(step)) {
        Some(StepName { journey, step }) => tag(phase, journey, step, &format!("{}{suffix}", name.part)),
        None => tag(phase, "run", &name.part, &format!("wait{suffix}")),
    }
}

pub(super) fn tag(phase: Phase, journey: &str, step: &str, kind: &str) -> String {
    format!("{}/{}/{}/{}", phase.name(), plain(journey), plain(step), plain(kind))
}

/// A name without what separates columns, lines, folders or the segments of a tag.
pub(crate) fn plain(name: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    name.chars().map(keep).collect()
}
