//! What is told about a run: one [`Report`], and a file for each form it can take.
//!
//! A form is a pure function of the report: it computes nothing that `data.rs` could hold.

mod annotations;
mod csv;
mod data;
mod environment;
mod folder;
mod html;
mod json;
mod junit;
mod markdown;
mod metrics;
mod read;
mod recorded;
mod terminal;
mod told;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;

pub use data::{
    Check, ErrorRow, FunnelRow, Generator, Given, PartRow, Report, ScenarioRef, StepRow, Sustained,
    TargetRef, ThresholdRow, Times, Totals, Verdict,
};
pub use environment::Environment;
pub use folder::{Folder, INTERVALS, RUN, SECONDS};
pub use json::schema;
pub use metrics::{Metrics, OtlpSpan};
pub use read::{ReadError, read};
pub use recorded::Recorded;
pub use terminal::Look;
pub use told::{About, Told, Usage};

/// The forms a report can take.
#[derive(Clone, Copy, Debug)]
pub enum Format<'a> {
    /// The summary people read.
    Terminal(Look),
    /// `run.json`.
    Json,
    /// `junit.xml`, for the servers that run tests.
    Junit,
    /// `summary.md`, for the pages of CI servers.
    Markdown,
    /// The page people look at, with what the run's core files say.
    Html(&'a Recorded),
    /// `steps.csv`; [`Folder::write_tables`] writes `seconds.csv` beside it.
    Csv,
    /// `metrics.prom`, with the times of the run's interval log.
    Prometheus(Option<&'a Path>),
    /// Lines of a log that GitHub's Actions show beside a run.
    Annotations,
}

impl Format<'_> {
    /// Writes the report in this form.
    pub fn write(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Terminal(look) => terminal::write(report, look, out),
            Self::Json => json::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Markdown => markdown::write(report, out),
            Self::Html(recorded) => html::write(report, recorded, out),
            Self::Csv => csv::steps(report, out),
            Self::Prometheus(folder) => metrics::ended(report, folder)?.write_prometheus(out),
            Self::Annotations => annotations::write(report, out),
        }
    }
}
