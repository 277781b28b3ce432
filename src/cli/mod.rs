//! The command line: the only place that reads arguments, the environment and the terminal.

pub mod args;
pub mod exit;
pub mod files;
pub mod say;
pub mod signals;
pub mod staffing;
mod state;

mod cleanup;
mod completions;
mod mock;
mod render;
mod report;
mod run;
mod scenario;
mod schema;
mod token;

use std::fmt;
use std::panic;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Cli, Verb};
use self::exit::Exit;
use crate::flex::target::TargetError;
use crate::targets::{Chosen, Search};

/// Why a verb could not do its job, in words, and the code that says so.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// For people; may have several lines.
    pub says: String,
}

impl Failure {
    /// A failure with its code.
    pub fn new(exit: Exit, says: impl fmt::Display) -> Self {
        Self { exit, says: says.to_string() }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::new(Exit::Input, error)
    }
}

/// How a verb ended.
pub type Ended = Result<Exit, Failure>;

/// Parses the arguments and runs the verb they name.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap knows which stream help and errors belong on.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Passed }.into();
        }
    };
    // A panic has printed itself by now; what is left is to end with the code of an internal error.
    let ended = panic::catch_unwind(|| perform(cli));
    match ended.unwrap_or(Ok(Exit::Internal)) {
        Ok(exit) => exit,
        Err(failure) => {
            say::error(&failure.says);
            failure.exit
        }
    }
    .into()
}

fn perform(cli: Cli) -> Ended {
    if cli.explain_exit {
        return print(exit::Table);
    }
    match cli.verb {
        Some(Verb::Run(args)) => run::run(&args),
        Some(Verb::Plan(args)) => scenario::plan(&args),
        Some(Verb::Validate(args)) => scenario::validate(&args),
        Some(Verb::Token(verb)) => token::token(&verb),
        Some(Verb::Cleanup(args)) => cleanup::cleanup(&args),
        Some(Verb::Report(args)) => report::report(&args),
        Some(Verb::Schema(args)) => schema::schema(&args),
        Some(Verb::Completions(args)) => completions::completions(&args),
        Some(Verb::Mock(args)) => mock::mock(&args),
        None => {
            let mut command = Cli::command();
            Err(Failure::new(Exit::Usage, command.render_usage()))
        }
    }
}

/// A verb's whole product, to stdout.
fn print(product: impl fmt::Display) -> Ended {
    say::product(product).map_err(|error| Failure::new(Exit::Incomplete, format!("stdout: {error}")))?;
    Ok(Exit::Passed)
}

/// The target that these arguments, the environment and the flexload.yaml around here mean.
///
/// # Errors
///
/// Exit 3: there is no such target, or it is not usable as written.
pub fn target(at: &args::Where) -> Result<Chosen, Failure> {
    let from = std::env::current_dir()
        .map_err(|error| Failure::new(Exit::Input, format!("the current folder: {error}")))?;
    let env = |name: &str| std::env::var(name).ok();
    let search = Search { name: at.target.as_deref(), file: at.targets.as_deref(), from: &from, env: &env };
    Ok(search.find()?)
}
