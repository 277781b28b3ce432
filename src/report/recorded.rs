//! What the core files of a run's folder say beyond the report, for the forms that draw.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::environment::Environment;
use super::folder::{ENVIRONMENT, INTERVALS, SECONDS};
use crate::record::History;

/// What a run left in its folder.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// How it went over time.
    pub history: History,
    /// The machine it was made on.
    pub environment: Option<Environment>,
}

impl Recorded {
    /// Reads what there is, with a note for a file that holds nothing or is not there.
    ///
    /// # Errors
    ///
    /// Those of reading, and a file that holds something else.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let open = |name: &str| match File::open(folder.join(name)) {
            Ok(file) => Ok(Some(BufReader::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let (mut notes, mut found) = (Vec::new(), Vec::new());
        for (name, without) in [(SECONDS, "nothing over time"), (INTERVALS, "no latency over time")] {
            let mut file = open(name)?;
            let lack = match &mut file {
                None => Some("is not there"),
                Some(file) => file.fill_buf()?.is_empty().then_some("is empty"),
            };
            notes.extend(lack.map(|lack| format!("{name} {lack}, and so {without}")));
            found.push(file.filter(|_| lack.is_none()));
        }
        let intervals = found.pop().flatten();
        let mut history = match (found.pop().flatten(), intervals) {
            (Some(seconds), Some(intervals)) => History::read(seconds, intervals)?,
            (Some(seconds), None) => History::read(seconds, io::empty())?,
            // Without the seconds it is not known how long it was, and so not what can be drawn.
            (None, _) => History::default(),
        };
        history.notes.splice(0..0, notes);
        let environment = open(ENVIRONMENT)?.map(serde_json::from_reader).transpose()?;
        Ok(Self { history, environment })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_core_file_that_is_empty_or_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let notes = || Recorded::read(folder.path()).unwrap().history.notes;
        assert_eq!(
            notes(),
            [
                "seconds.ndjson is not there, and so nothing over time",
                "intervals.hlog is not there, and so no latency over time"
            ]
        );
        for name in [SECONDS, INTERVALS] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(
            notes(),
            [
                "seconds.ndjson is empty, and so nothing over time",
                "intervals.hlog is empty, and so no latency over time"
            ]
        );
        fs::write(folder.path().join(SECONDS), "{\"at_s\":1.0}\n").unwrap();
        assert_eq!(notes(), ["intervals.hlog is empty, and so no latency over time"]);
    }
}
