//! Where reports go: into the run's folder, into a file, to stdout.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::args::{Place, ReportAs, ReportFormat};
use super::exit::Exit;
use super::say;
use crate::report::{Folder, Format, Look, Report};

/// The summary on the terminal.
pub(super) const SUMMARY: ReportAs = ReportAs { format: ReportFormat::Terminal, path: None };

/// Writes what is to be files. What could not be written the folder remembers.
pub(super) fn to_files(forms: &[ReportAs], report: &Report, folder: &mut Folder) {
    for form in forms {
        match form.place() {
            // That file is there in any case, and complete only when the run knows of all others.
            Place::Folder(_) if form.format == ReportFormat::Json => {}
            Place::Folder(name) => folder.write(name, |out| plain(form.format).write(report, out)),
            Place::File(path) => {
                if let Err(error) = to_file(form.format, report, path) {
                    folder.add_trouble(format!("{}: {error}", path.display()));
                }
            }
            Place::Stdout => {}
        }
    }
}

fn to_file(format: ReportFormat, report: &Report, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    plain(format).write(report, &mut out)?;
    out.flush()
}

/// Prints these. What could not be printed is a hole in the evidence that no file knows of.
pub(super) fn to_stdout<'a>(forms: impl Iterator<Item = &'a ReportAs>, report: &Report) -> Exit {
    let mut exit = Exit::Passed;
    for form in forms {
        let format = match form.format {
            ReportFormat::Terminal => {
                Format::Terminal(Look { width: say::width(), colour: say::colours(&io::stdout()) })
            }
            ReportFormat::Json | ReportFormat::Junit | ReportFormat::Markdown => plain(form.format),
        };
        let mut out = io::stdout().lock();
        match format.write(report, &mut out).and_then(|()| out.flush()) {
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

/// The form for a file: as wide as the narrowest terminal, without colour.
fn plain(format: ReportFormat) -> Format {
    match format {
        ReportFormat::Terminal => Format::Terminal(Look::default()),
        ReportFormat::Json => Format::Json,
        ReportFormat::Junit => Format::Junit,
        ReportFormat::Markdown => Format::Markdown,
    }
}
