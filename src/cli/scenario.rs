//! `flexload validate` and `flexload plan`: what can be said of a scenario without running it.

use std::path::Path;

use super::args::{Changes, Plan, Validate};
use super::exit::Exit;
use super::{Ended, Failure, print, say};
use crate::plan;
use crate::scenario::{self, Scenario};

/// Reads a scenario with its changes; doubts are told, errors end the command.
///
/// # Errors
///
/// Exit 3, with each place that is wrong.
pub(super) fn load(path: &Path, changes: &Changes) -> Result<Scenario, Failure> {
    let loaded =
        scenario::load(path, &changes.overrides()).map_err(|error| Failure::new(Exit::Input, error))?;
    for warning in &loaded.warnings {
        say::plain(warning);
    }
    Ok(loaded.scenario)
}

/// Says whether the file is a scenario.
pub(super) fn validate(args: &Validate) -> Ended {
    let scenario = load(&args.scenario, &args.changes)?;
    print(format_args!("{}: valid ({})\n", args.scenario.display(), scenario.hash))
}

/// Says what a run would do.
pub(super) fn plan(args: &Plan) -> Ended {
    let staffing = &args.staffing;
    if let (Some(peak), Some(handle)) = (staffing.peak, staffing.handle) {
        return super::staffing::staffing(staffing, peak, handle);
    }
    // The command line has one or the other.
    let scenario = load(args.scenario.as_deref().unwrap_or(Path::new("")), &args.changes)?;
    let options = plan::Options { seed: args.changes.seed, embedded_mock: true };
    let plan = plan::Plan::new(&scenario, options);
    let mut text = String::new();
    plan.write(&scenario, &mut text).map_err(|error| Failure::new(Exit::Internal, error))?;
    print(text)
}
