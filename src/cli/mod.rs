//! The command line: the only place that reads arguments, the environment and the terminal.

use std::process::ExitCode;

/// Parses the arguments and runs the verb they name.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
