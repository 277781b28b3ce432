//! The folder of one run: the only place that makes its files.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use wire::time::Timestamp;

use super::data::Report;
use super::environment::Environment;
use super::{Format, csv};
use crate::record::{Cut, Out, Question, Summary, plain, read_blocks, torn, write_hgrm};

/// Runs that start in the same second with the same name get a number; this many are tried.
const TRIES: u32 = 100;

/// Every histogram, by interval.
pub const INTERVALS: &str = "intervals.hlog";
/// What was counted and how full everything was, by second.
pub const SECONDS: &str = "seconds.ndjson";
/// The run and its verdict.
pub const RUN: &str = "run.json";
/// The machine.
pub(super) const ENVIRONMENT: &str = "env.json";

/// A run's folder, or none where it could not be made.
///
/// A folder that cannot be written does not stop a run: what goes wrong is remembered, the summary is still
/// printed, and the verdict becomes `incomplete`.
#[derive(Debug)]
pub struct Folder {
    path: Option<PathBuf>,
    files: Vec<String>,
    troubles: Vec<String>,
}

impl Folder {
    /// Makes `ROOT/<utc>-<name>/`.
    pub fn create(root: &Path, started: Timestamp, name: &str) -> Self {
        let (path, trouble) = match make(root, &folder_name(started, name)) {
            Ok(path) => (Some(path), None),
            Err(error) => (None, Some(format!("{}: {error}", root.display()))),
        };
        Self { path, files: Vec::new(), troubles: trouble.into_iter().collect() }
    }

    /// The folder of a run that ended before, to write more reports into.
    pub fn again(path: &Path) -> Self {
        Self { path: Some(path.to_owned()), files: Vec::new(), troubles: Vec::new() }
    }

    /// Where it is.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The files made so far, by their names in the folder.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Whether this file was made.
    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file == name)
    }

    /// What went wrong so far.
    pub fn troubles(&self) -> &[String] {
        &self.troubles
    }

    /// Names a file that somebody else writes into the folder.
    pub fn add(&mut self, name: &str) {
        self.files.push(name.to_owned());
    }

    /// Remembers a report that could not be written elsewhere.
    pub fn add_trouble(&mut self, what: String) {
        self.troubles.push(what);
    }

    /// A file that is written all through the run; nothing takes its place where it cannot be made.
    pub fn open(&mut self, name: &str) -> Out {
        match self.make_file(name) {
            Some(file) => Box::new(BufWriter::new(file)),
            None => Box::new(io::sink()),
        }
    }

    /// A file written at once, whole or not at all: where it fails, what was there before stays.
    pub fn write(&mut self, name: &str, with: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let Some(path) = self.path.as_ref().map(|folder| folder.join(name)) else { return };
        match write_whole(&path, with) {
            Ok(()) => self.made(name),
            Err(error) => self.trouble(name, &error),
        }
    }

    /// Asks the interval log, which must be complete by now; `None` where there is none or the run was too short.
    pub fn ask_intervals(&mut self, questions: &[Question]) -> Option<Vec<Cut>> {
        let path = self.path.as_ref()?.join(INTERVALS);
        if questions.is_empty() {
            return None;
        }
        match read_blocks(|| File::open(&path).map(BufReader::new), questions) {
            Ok(cuts) => cuts,
            Err(error) => {
                self.trouble(INTERVALS, &error);
                None
            }
        }
    }

    /// `effective.yaml`: the scenario with all options applied.
    pub fn write_effective(&mut self, yaml: &str) {
        self.write("effective.yaml", |out| out.write_all(yaml.as_bytes()));
    }

    /// `env.json`
    pub fn write_environment(&mut self, environment: &Environment) {
        self.write(ENVIRONMENT, |out| {
            serde_json::to_writer_pretty(&mut *out, environment)?;
            writeln!(out)
        });
    }

    /// `steps/*.hgrm`: service and response of each step that was taken.
    pub fn write_steps(&mut self, summary: &Summary) {
        for (name, step) in summary.steps().filter(|(_, step)| step.ok() + step.failed() > 0) {
            // Only where journeys share a step's name does the journey come in front of it.
            let shared =
                summary.steps().any(|(other, _)| other.step == name.step && other.journey != name.journey);
            let stem = if shared { format!("{}.{}", name.journey, name.step) } else { name.step.clone() };
            for (kind, times) in [("service", step.service()), ("response", step.response())] {
                self.write(&format!("steps/{}.{kind}.hgrm", segment(&stem)), |out| write_hgrm(&times, out));
            }
        }
    }

    /// `steps.csv`, and `seconds.csv` from the seconds that a run's folder holds. What people should know of those
    /// comes back.
    pub fn write_tables(&mut self, report: &Report, run: &Path) -> Option<String> {
        self.write("steps.csv", |out| Format::Csv.write(report, out));
        let seconds = run.join(SECONDS);
        let open = || {
            let file = File::open(&seconds)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", seconds.display())));
            file.map(BufReader::new)
        };
        let mut read = csv::Seconds::default();
        self.write("seconds.csv", |out| {
            read = csv::seconds(open, out)?;
            // Each run that had customers has seconds.
            if read.lines == 0 && report.totals.due > 0 {
                let why = format!("{} holds not one second", seconds.display());
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
            }
            Ok(())
        });
        read.torn.then(|| torn(SECONDS))
    }

    /// `run.json`, naming itself among the files.
    pub fn write_run(&mut self, report: &Report) {
        self.write(RUN, |out| Format::Json.write(report, out));
    }

    fn make_file(&mut self, name: &str) -> Option<File> {
        let path = self.path.as_ref()?.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&path));
        match made {
            Ok(file) => {
                self.made(name);
                Some(file)
            }
            Err(error) => {
                self.trouble(name, &error);
                None
            }
        }
    }

    fn made(&mut self, name: &str) {
        if !self.has(name) {
            self.files.push(name.to_owned());
        }
    }

    fn trouble(&mut self, name: &str, error: &io::Error) {
        self.troubles.push(format!("{name}: {error}"));
    }
}

/// Makes the folder; never one that is there, which would mix two runs.
/// Writes a file beside its place and moves it there when it is whole.
fn write_whole(path: &Path, with: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let mut out = BufWriter::new(File::create(&unfinished)?);
    let written = with(&mut out).and_then(|()| out.flush());
    // Its rest must not be written again on drop: that would fail again.
    let _ = out.into_parts();
    let done = written.and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        // Nobody has use for it, and why it failed is told already.
        let _ = fs::remove_file(&unfinished);
    }
    done
}

fn make(root: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(root)?;
    for number in 1..=TRIES {
        let path = root.join(if number == 1 { name.to_owned() } else { format!("{name}-{number}") });
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| path),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{name} and {TRIES} more are there already")))
}

fn folder_name(started: Timestamp, name: &str) -> String {
    let utc: String = started.rest().to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{utc}-{}", segment(name))
}

/// A name that is one segment of a path, wherever it came from.
fn segment(name: &str) -> String {
    let kept: String = plain(name).chars().take(80).collect();
    if kept.trim_matches('.').is_empty() { "run".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_secs(1_470_089_440);

    #[test]
    fn a_folder_is_named_by_time_and_scenario() {
        let table = [
            ("launch-day", "20160801T221040Z-launch-day"),
            ("../../etc/x y", "20160801T221040Z-.._.._etc_x_y"),
            ("..", "20160801T221040Z-run"),
            ("", "20160801T221040Z-run"),
        ];
        for (name, folder) in table {
            assert_eq!(folder_name(AT, name), folder);
        }
    }

    #[test]
    fn two_runs_in_one_second_do_not_mix() {
        let root = tempfile::tempdir().unwrap();
        let [mut one, mut two] = [0, 1].map(|_| Folder::create(root.path(), AT, "smoke"));
        assert_ne!(one.path(), two.path());
        one.write_effective("a: 1\n");
        two.write_effective("a: 2\n");
        let read =
            |folder: &Folder| fs::read_to_string(folder.path().unwrap().join("effective.yaml")).unwrap();
        assert_eq!((read(&one).as_str(), read(&two).as_str()), ("a: 1\n", "a: 2\n"));
        assert!(one.troubles().is_empty() && one.files() == ["effective.yaml"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_remembered_and_nothing_else_fails() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("reports");
        fs::write(&file, "in the way").unwrap();
        let mut folder = Folder::create(&file, AT, "smoke");
        assert_eq!(folder.path(), None);
        folder.write_effective("a: 1\n");
        folder.open("intervals.hlog").write_all(b"kept nowhere").unwrap();
        assert_eq!((folder.files().len(), folder.troubles().len()), (0, 1));
        assert!(folder.troubles()[0].contains("reports"), "{:?}", folder.troubles());
    }

    #[test]
    fn a_write_that_fails_is_remembered() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = Folder::create(root.path(), AT, "smoke");
        folder.write("run.json", |_| Err(io::Error::new(io::ErrorKind::StorageFull, "no space left")));
        assert_eq!(folder.troubles(), ["run.json: no space left"]);
        assert!(!folder.has("run.json"));
    }

    #[test]
    fn a_write_that_fails_leaves_what_was_there_before_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("seconds.csv"), "good").unwrap();
        let mut folder = Folder::again(root.path());
        folder.write("seconds.csv", |out| {
            out.write_all(b"half")?;
            Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"))
        });
        let names: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["seconds.csv"]);
        assert_eq!(fs::read_to_string(root.path().join("seconds.csv")).unwrap(), "good");
        folder.write("seconds.csv", |out| out.write_all(b"better"));
        assert_eq!(fs::read_to_string(root.path().join("seconds.csv")).unwrap(), "better");
        assert_eq!(folder.files(), ["seconds.csv"]);
    }

    #[test]
    fn the_environment_has_no_secret_and_names_the_machine() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = Folder::create(root.path(), AT, "smoke");
        folder.write_environment(&Environment::read());
        let text = fs::read_to_string(folder.path().unwrap().join("env.json")).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["os"], std::env::consts::OS);
        assert!(value["cpus"].as_u64().unwrap() > 0);
        assert_eq!(value["optimised"], !cfg!(debug_assertions));
    }
}
