//! Where reports go: into the run's folder, into a file, to stdout.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::args::{Place, ReportAs, ReportFormat};
use super::exit::Exit;
use super::say;
use crate::report::{Folder, Format, Look, Recorded, Report};

/// The summary on the terminal.
pub(super) const SUMMARY: ReportAs = ReportAs { format: ReportFormat::Terminal, path: None };

/// Says before a run what could not be written after it: that is the time to think of another place.
pub(super) fn doubts(forms: &[ReportAs], folder: &Folder) {
    for trouble in folder.troubles() {
        say::warning(format!("{trouble}: this run will leave no files"));
    }
    let folder_of = |path: &Path| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    for form in forms.iter().filter(|form| form.format != ReportFormat::Csv) {
        if let Place::File(path) = form.place()
            && !folder_of(path).is_dir()
        {
            say::warning(format!("{}: its folder is not there, so it could not be written", path.display()));
        }
    }
}

/// Writes what is to be files. What could not be written the folder remembers.
pub(super) fn to_files(forms: &[ReportAs], report: &Report, folder: &mut Folder) {
    let core = folder.path().map(Path::to_owned);
    let core = core.as_deref();
    for form in forms {
        match form.place() {
            place if form.format == ReportFormat::Csv => tables(place, report, folder),
            // That file is there in any case, and complete only when the run knows of all others.
            Place::Folder(_) if form.format == ReportFormat::Json => {}
            Place::Folder(name) => folder.write(name, |out| plain(form.format, report, core, out)),
            Place::File(path) => {
                if let Err(error) = to_file(form.format, report, core, path) {
                    folder.add_trouble(format!("{}: {error}", path.display()));
                }
            }
            Place::Stdout => {}
        }
    }
}

/// The tables go together into the run's folder or another.
fn tables(place: Place<'_>, report: &Report, folder: &mut Folder) {
    // Without a folder there are no seconds, and that is remembered already.
    let Some(run) = folder.path().map(Path::to_owned) else { return };
    let Place::File(other) = place else { return tell(folder.write_tables(report, &run)) };
    let mut there = Folder::again(other);
    tell(there.write_tables(report, &run));
    for trouble in there.troubles() {
        folder.add_trouble(format!("{}: {trouble}", other.display()));
    }
}

/// What people should know of the files a report was made from.
fn tell(notes: impl IntoIterator<Item = impl std::fmt::Display>) {
    notes.into_iter().for_each(say::note);
}

fn to_file(format: ReportFormat, report: &Report, core: Option<&Path>, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    plain(format, report, core, &mut out)?;
    out.flush()
}

/// Prints these. What could not be printed is a hole in the evidence that no file knows of.
pub(super) fn to_stdout<'a>(
    forms: impl Iterator<Item = &'a ReportAs>,
    report: &Report,
    core: Option<&Path>,
) -> Exit {
    let mut exit = Exit::Passed;
    for form in forms {
        let mut out = io::stdout().lock();
        let written = match form.format {
            ReportFormat::Terminal => {
                let look = Look { width: say::width(), colour: say::colours(&io::stdout()) };
                Format::Terminal(look).write(report, &mut out)
            }
            ReportFormat::Json
            | ReportFormat::Html
            | ReportFormat::Junit
            | ReportFormat::Markdown
            | ReportFormat::Csv
            | ReportFormat::Prometheus => plain(form.format, report, core, &mut out),
        };
        match written.and_then(|()| out.flush()) {
            // Whoever read has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => {
                say::error(format!("stdout: {error}"));
                exit = Exit::Incomplete;
            }
            Ok(()) => {}
        }
    }
    exit
}

/// The form for a file: as wide as the narrowest terminal, without colour. `core` is where the run's core files
/// are, for the forms that need more than run.json says.
fn plain(format: ReportFormat, report: &Report, core: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Terminal => Format::Terminal(Look::default()).write(report, out),
        ReportFormat::Json => Format::Json.write(report, out),
        ReportFormat::Html => {
            let recorded = core.map(Recorded::read).transpose()?.unwrap_or_default();
            tell(&recorded.history.notes);
            Format::Html(&recorded).write(report, out)
        }
        ReportFormat::Junit => Format::Junit.write(report, out),
        ReportFormat::Markdown => Format::Markdown.write(report, out),
        ReportFormat::Csv => Format::Csv.write(report, out),
        ReportFormat::Prometheus => Format::Prometheus(core).write(report, out),
    }
}
