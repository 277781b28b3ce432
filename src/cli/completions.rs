//! `flexload completions`: a completion script for a shell.

use clap::CommandFactory;

use super::args::{Cli, Completions};
use super::{Ended, print};

/// Prints the script to stdout.
pub(super) fn completions(args: &Completions) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "flexload", &mut script);
    print(String::from_utf8_lossy(&script))
}
