//! What the core files of a run's folder say beyond the report, for the forms that draw.

use std::fs::File;
use std::io::{self, BufReader};
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
    /// Reads what there is; a file that is not there says nothing.
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
        let history = match (open(SECONDS)?, open(INTERVALS)?) {
            (Some(seconds), Some(intervals)) => History::read(seconds, intervals)?,
            (Some(seconds), None) => History::read(seconds, io::empty())?,
            (None, _) => History {
                notes: vec![format!("{SECONDS} is not there, and so nothing over time")],
                ..History::default()
            },
        };
        let environment = open(ENVIRONMENT)?.map(serde_json::from_reader).transpose()?;
        Ok(Self { history, environment })
    }
}
