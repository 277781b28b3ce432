//! `--report FORMAT[=PATH]`: which report, and where it goes.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One `--report`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportAs {
    /// In which form.
    pub format: ReportFormat,
    /// Where to; without one, where this format usually goes.
    pub path: Option<PathBuf>,
}

/// The forms a report can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// The summary people read on a terminal.
    Terminal,
    /// `run.json`.
    Json,
    /// The page people look at, `report.html`.
    Html,
    /// `junit.xml`.
    Junit,
    /// `summary.md`.
    Markdown,
    /// `steps.csv` and `seconds.csv`; a path is the folder they go into.
    Csv,
    /// `metrics.prom`.
    Prometheus,
}

impl ReportFormat {
    /// Every form with its name.
    const ALL: [(&str, Self); 7] = [
        ("terminal", Self::Terminal),
        ("json", Self::Json),
        ("html", Self::Html),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
        ("csv", Self::Csv),
        ("prometheus", Self::Prometheus),
    ];

    /// Its file in the run's folder; none for what people read on a terminal.
    fn file_name(self) -> Option<&'static str> {
        match self {
            Self::Terminal => None,
            Self::Json => Some("run.json"),
            Self::Html => Some("report.html"),
            Self::Junit => Some("junit.xml"),
            Self::Markdown => Some("summary.md"),
            Self::Csv => Some("steps.csv"),
            Self::Prometheus => Some("metrics.prom"),
        }
    }
}

/// Where a report goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// To stdout.
    Stdout,
    /// Into the run's folder, under this name.
    Folder(&'static str),
    /// Into this file.
    File(&'a Path),
}

impl ReportAs {
    /// Where it goes; `-` is stdout.
    pub fn place(&self) -> Place<'_> {
        match (&self.path, self.format.file_name()) {
            (Some(path), _) if path.as_os_str() == "-" => Place::Stdout,
            (Some(path), _) => Place::File(path),
            (None, Some(name)) => Place::Folder(name),
            (None, None) => Place::Stdout,
        }
    }
}

impl FromStr for ReportAs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = match text.split_once('=') {
            Some((_, "")) => return Err("the path after = is empty".to_owned()),
            Some((format, path)) => (format, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let known = ReportFormat::ALL.into_iter().find(|(name, _)| *name == format);
        let (_, format) = known.ok_or_else(|| {
            let names = ReportFormat::ALL.map(|(name, _)| name).join(", ");
            format!("unknown report format `{format}`; there are: {names}")
        })?;
        if format == ReportFormat::Csv && path.as_ref().is_some_and(|path| path.as_os_str() == "-") {
            return Err("csv is two files: name a folder for them".to_owned());
        }
        Ok(Self { format, path })
    }
}
