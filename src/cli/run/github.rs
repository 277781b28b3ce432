//! What GitHub's runners show of a run: annotations beside its log, a summary on its page.
//!
//! Both are told by variables that those runners set, and both are extras: what goes wrong is a warning.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::super::say;
use crate::report::{Format, Report};

/// Tells a runner, if one is there.
pub(super) fn tell(report: &Report) {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("GITHUB_ACTIONS").is_some_and(|value| value == "true")
        && let Err(error) = annotate(report)
    {
        say::warning(format!("annotations: {error}"));
    }
    if let Some(path) = set("GITHUB_STEP_SUMMARY")
        && let Err(error) = append(report, Path::new(&path))
    {
        say::warning(format!("GITHUB_STEP_SUMMARY {}: {error}", path.display()));
    }
}

fn annotate(report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    Format::Annotations.write(report, &mut out).and_then(|()| out.flush())
}

/// Other steps of the job write there too.
fn append(report: &Report, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(OpenOptions::new().create(true).append(true).open(path)?);
    Format::Markdown.write(report, &mut out)?;
    out.flush()
}
