//! A report read back from the folder of its run.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::data::Report;
use super::told::SCHEMA_VERSION;

/// The largest `run.json` that is read. One with thousands of steps is a few MB.
const LARGEST: u64 = 64 << 20;

/// Why a folder tells of no run.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    NoRun,
    Unreadable(io::Error),
    TooLarge,
    Torn,
    Version(u32),
    Malformed(serde_json::Error),
}

/// What every version has.
#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        match &self.why {
            Why::NoRun => f.write_str(
                "there is no such file: name the folder of a run that ended, reports/<time>-<scenario>",
            ),
            Why::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Why::TooLarge => write!(f, "more than {} MiB: no run writes that", LARGEST >> 20),
            Why::Torn => f.write_str("ends in the middle: it was not written to its end"),
            Why::Version(version) => write!(
                f,
                "schema_version {version}; this flexload reads {SCHEMA_VERSION}: use the one that made it (`flexload` in the file)"
            ),
            Why::Malformed(error) => write!(f, "not as a run of this version writes it: {error}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads `run.json` of a run's folder.
///
/// # Errors
///
/// There is none, it is torn, or it is of another version.
pub fn read(folder: &Path) -> Result<Report, ReadError> {
    let path = folder.join("run.json");
    parse(&path).map_err(|why| ReadError { path, why })
}

fn parse(path: &Path) -> Result<Report, Why> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Why::NoRun,
        _ => Why::Unreadable(error),
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(Why::Unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(Why::TooLarge);
    }
    let version: Version = serde_json::from_slice(&text).map_err(malformed)?;
    if version.schema_version != SCHEMA_VERSION {
        return Err(Why::Version(version.schema_version));
    }
    serde_json::from_slice(&text).map_err(malformed)
}

fn malformed(error: serde_json::Error) -> Why {
    if error.is_eof() { Why::Torn } else { Why::Malformed(error) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::{report, text};
    use super::super::{Folder, Format, Look};
    use super::*;

    /// What is said of a folder with this `run.json`.
    fn said(run_json: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("run.json"), run_json).unwrap();
        read(folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn a_report_read_back_renders_the_same_in_every_form() {
        let folder = tempfile::tempdir().unwrap();
        let told = report();
        Folder::again(folder.path()).write_run(&told);
        let again = read(folder.path()).unwrap();
        for format in
            [Format::Json, Format::Junit, Format::Markdown, Format::Csv, Format::Terminal(Look::default())]
        {
            assert_eq!(text(&again, format), text(&told, format), "{format:?}");
        }
    }

    #[test]
    fn a_folder_without_a_run_says_which_folder_to_name() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("nowhere")] {
            let says = read(&path).unwrap_err().to_string();
            assert!(says.contains("there is no such file") && says.contains("run.json"), "{says}");
        }
    }

    #[test]
    fn a_file_torn_anywhere_is_refused() {
        let whole = text(&report(), Format::Json);
        let whole = whole.trim_end();
        for length in [0, 1, 20, whole.len() / 2, whole.len() - 1] {
            assert!(said(&whole[..length]).contains("ends in the middle"), "{length}");
        }
    }

    #[test]
    fn another_version_is_named_with_the_remedy() {
        for version in [0, SCHEMA_VERSION + 1] {
            let says = said(&format!("{{\"schema_version\": {version}, \"whatever\": 1}}"));
            assert!(says.contains(&format!("schema_version {version}")), "{says}");
            assert!(says.contains("use the one that made it"), "{says}");
        }
    }

    #[test]
    fn what_is_no_run_is_refused_with_its_place() {
        let mut value = serde_json::to_value(report()).unwrap();
        value["totals"]["sent"] = "many".into();
        for (run_json, words) in [
            ("no JSON", "line 1 column 2"),
            ("{}", "missing field `schema_version`"),
            ("{\"schema_version\": 1}", "missing field"),
            (&value.to_string(), "expected u64"),
        ] {
            let says = said(run_json);
            assert!(says.contains(words) && says.contains("run.json: not as a run"), "{says}");
        }
    }
}
