//! `flexload run`.

use super::args::Run;
use super::exit::Exit;
use super::{Ended, Failure};

/// Runs a scenario.
pub(super) fn run(args: &Run) -> Ended {
    Err(Failure::new(Exit::Internal, format!("{}: runs are not part of this build", args.scenario.display())))
}
