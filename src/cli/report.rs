//! `flexload report`: the reports of a run that ended, rendered again.

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
    let mut folder = Folder::again(&args.folder);
    render::to_files(&args.report, &report, &mut folder);
    // A file that broke off is told as such below.
    let whole =
        |name: &&String| !folder.troubles().iter().any(|trouble| trouble.starts_with(&format!("{name}: ")));
    for name in folder.files().iter().filter(whole) {
        say::note(format!("written: {}", args.folder.join(name).display()));
    }
    let summary = args.report.is_empty().then_some(&SUMMARY);
    let printed = args.report.iter().filter(|form| form.place() == Place::Stdout).chain(summary);
    let told = render::to_stdout(printed, &report, folder.path());
    match folder.troubles() {
        [] => Ok(told),
        troubles => Err(Failure::new(Exit::Incomplete, troubles.join("\n"))),
    }
}
