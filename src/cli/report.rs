//! `flexload report`: the reports of a run that ended, rendered again.

use std::path::Path;

use super::args::{Place, Report};
use super::exit::Exit;
use super::render::{self, SUMMARY};
use super::{Ended, Failure, say};
use crate::report::{self, Folder};

/// Renders what is asked for, the summary if nothing is. The run's own files stay as they are.
pub(super) fn report(args: &Report) -> Ended {
    let mut report = report::read(&args.folder).map_err(|error| Failure::new(Exit::Input, error))?;
    // It may have been moved since.
    report.folder = Some(args.folder.display().to_string());
    report.files.retain(|name| args.folder.join(name).exists());
    let mut folder = Folder::again(&args.folder);
    render::to_files(&args.report, &report, &mut folder);
    tell_written(args, &folder);
    let summary = args.report.is_empty().then_some(&SUMMARY);
    let printed = args.report.iter().filter(|form| form.place() == Place::Stdout).chain(summary);
    let told = render::to_stdout(printed, &report, folder.path());
    match folder.troubles() {
        [] => Ok(told),
        troubles => Err(Failure::new(Exit::Incomplete, troubles.join("\n"))),
    }
}

/// Names what was written; a file that broke off is told as an error.
fn tell_written(args: &Report, folder: &Folder) {
    let whole =
        |name: &str| !folder.troubles().iter().any(|trouble| trouble.starts_with(&format!("{name}: ")));
    let note = |path: &Path| say::note(format!("written: {}", path.display()));
    for name in folder.files() {
        note(&args.folder.join(name));
    }
    for form in &args.report {
        if let Place::File(path) = form.place()
            && whole(&path.display().to_string())
        {
            note(path);
        }
    }
}
