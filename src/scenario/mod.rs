//! What the author wrote: a YAML file, typed, checked, and placed when something is wrong with it.
//!
//! [`load`] does it all: read, put `--set` options in, type, check. What comes out is a [`Scenario`] in which
//! every template can be rendered, every threshold names a metric that will exist, and every customer is
//! somebody else.

pub mod agents;
mod check;
pub mod customers;
pub mod diagnostic;
pub mod file;
mod locate;
pub mod metric;
pub mod profile;
mod schema;
pub mod settings;
pub mod threshold;
pub mod validity;
pub(crate) mod yaml;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

pub use agents::Agents;
pub(crate) use check::hex;
pub use customers::{Exhausted, IdentityPrefix, People};
pub use diagnostic::{Diagnostic, Place, ScenarioError, Severity};
pub use profile::{Load, Phase};
pub use schema::schema;
pub use settings::{Backend, Mock, Poll, Transport};
pub use threshold::Threshold;
pub use validity::Validity;
pub use yaml::{Override, OverrideError};

use crate::step::Step;
use crate::value::{Name, Vars};

/// A scenario that was read and checked.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Names reports and their folders.
    pub name: Name,
    /// What all randomness grows from.
    pub seed: u64,
    /// Constants for templates.
    pub vars: Vars,
    /// Who the customers are.
    pub customers: People,
    /// Who answers.
    pub agents: Option<Agents>,
    /// How customers arrive.
    pub load: Load,
    /// The recorded arrivals of each phase, as offsets from its start; empty for phases that replay nothing.
    pub replays: Vec<Box<[Duration]>>,
    /// The server behind the customers' chat page.
    pub backend: Backend,
    /// How the bundled mock behaves.
    pub mock: Mock,
    /// The ways through a chat; at least one.
    pub journeys: Vec<Journey>,
    /// What must hold at the end.
    pub thresholds: Vec<Threshold>,
    /// What the generator itself must keep.
    pub validity: Validity,
    /// The scenario with every override in, as YAML in one normal form.
    pub effective: String,
    /// The part of `effective` that decides the load, customers' file included: what the schedule's hash covers.
    pub(crate) offered: String,
    /// SHA-256 of `effective`, in hexadecimal: equal hash, equal scenario.
    pub hash: String,
}

/// One way through a chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Journey {
    /// Its name; `main` when the scenario has only `steps`.
    pub name: Name,
    /// How often, against the other journeys.
    pub weight: u32,
    /// How its messages travel.
    pub transport: Transport,
    /// What a customer does.
    pub steps: Vec<Step>,
}

/// A scenario, and what somebody should look at before running it.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Doubts, none of which stops a run.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a scenario file, with some values replaced.
///
/// # Errors
/// When the file cannot be read, or anything in it (or in a file it names) is wrong.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Loaded, ScenarioError> {
    let unreadable = |why: String| ScenarioError::Unreadable { path: path.to_owned(), why };
    let text = read_text(path, yaml::LARGEST).map_err(unreadable)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    parse(&path.display().to_string(), &text, folder, overrides)
}

/// Reads a scenario from its text; `name` is what errors call it, `folder` where the files it names are.
///
/// # Errors
/// When anything in it (or in a file it names) is wrong.
pub fn parse(name: &str, text: &str, folder: &Path, overrides: &[Override]) -> Result<Loaded, ScenarioError> {
    let parsed = yaml::parse(name, text, overrides).map_err(|error| ScenarioError::Invalid(vec![*error]))?;
    check::check(parsed, folder)
}

/// The text of a file of limited size.
fn read_text(path: &Path, largest: u64) -> Result<String, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    // One byte more than allowed, so that a file which is too large is told from one that just fits.
    match file.take(largest + 1).read_to_string(&mut text) {
        Err(error) => Err(error.to_string()),
        Ok(length) if length as u64 > largest => Err(format!("larger than {} MiB", largest >> 20)),
        Ok(_) => Ok(text),
    }
}

#[cfg(test)]
mod tests;
