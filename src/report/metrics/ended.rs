//! The times of a run that ended, from its interval log.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use super::super::data::{PartRow, Report};
use super::super::folder::INTERVALS;
use super::data::Metrics;
use crate::record::{Catalog, Live, Phase};

/// The metrics of a run that ended; without its folder there are no times.
///
/// # Errors
///
/// Those of reading, and a file that holds something else.
pub(in super::super) fn ended(report: &Report, folder: Option<&Path>) -> io::Result<Metrics> {
    Ok(Metrics::ended(report, &times(report, folder)?))
}

fn times(report: &Report, folder: Option<&Path>) -> io::Result<Live> {
    let catalog = Arc::new(catalog(report));
    let mut live = match folder {
        Some(folder) => Live::read(catalog, intervals(report, &folder.join(INTERVALS))?)?,
        None => Live::new(catalog),
    };
    for row in report.errors.iter().filter(|row| row.class == "dropped") {
        let (Some(journey), Some(step)) = (&row.journey, &row.step) else { continue };
        live.never_started(Phase::WarmUp, journey, step, row.warm_up);
        live.never_started(Phase::Steady, journey, step, row.count.saturating_sub(row.warm_up));
    }
    Ok(live)
}

/// The interval log, which says something of each run in which steps were taken.
fn intervals(report: &Report, path: &Path) -> io::Result<impl BufRead> {
    let at = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut log = BufReader::new(File::open(path).map_err(at)?);
    if report.steps.iter().any(|row| row.sent > 0) && log.fill_buf().map_err(at)?.is_empty() {
        let why = format!("{}: it is empty", path.display());
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
    }
    Ok(log)
}

/// The names a report has, in its order.
fn catalog(report: &Report) -> Catalog {
    let mut catalog = Catalog::new();
    for row in &report.steps {
        catalog.step(&row.journey, &row.name);
    }
    for PartRow { name, journey, .. } in &report.parts {
        let Some(journey) = journey else {
            catalog.wait(name);
            continue;
        };
        // A part is named `step.part`, and both may have dots: it belongs to the longest step that fits.
        let steps = report.steps.iter().filter(|row| row.journey == *journey);
        let parts = steps.filter_map(|row| Some((row, name.strip_prefix(&row.name)?.strip_prefix('.')?)));
        if let Some((row, part)) = parts.max_by_key(|(row, _)| row.name.len()) {
            let step = catalog.step(journey, &row.name);
            catalog.part(step, part);
        }
    }
    catalog
}
