//! The command line as clap knows it: what can be said, never what it does.
//!
//! Each option also has a name in the environment (`FLEXLOAD_TARGET` for `--target`); what may repeat takes
//! one value a line there. No option takes a secret: arguments are visible to everybody on the machine.

mod form;
mod mock;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::form::{Place, ReportAs, ReportFormat};
pub use self::mock::{Limits, Mock, PublicUrl};
use super::staffing::Staffing;
use crate::flex::budget::Budget;
use crate::scenario::Override;
use crate::value::Span;

/// Rehearses a Twilio Flex launch: simulated customers and agents chat through Flex, or through the bundled
/// mock, and every message is measured.
#[derive(Debug, Parser)]
#[command(
    name = "flexload",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: flexload --explain-exit"
)]
pub struct Cli {
    /// Print what each exit code means.
    #[arg(long)]
    pub explain_exit: bool,

    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What flexload can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Drive the customers of a scenario, judge what happened, report it.
    Run(Run),
    /// Say what a run of a scenario would do, without doing it; or how many agents a peak needs.
    #[command(override_usage = "flexload plan [OPTIONS] <SCENARIO>\n       \
                                flexload plan [OPTIONS] --peak <RATE> --handle <SPAN>")]
    Plan(Plan),
    /// Check a scenario file.
    Validate(Validate),
    /// Make an access token, or say what is in one.
    #[command(subcommand)]
    Token(Token),
    /// Serve the mock until ctrl-c.
    Mock(Mock),
    /// Remove what a run left on its target.
    Cleanup(Cleanup),
    /// Render the reports of a run again, from its folder.
    Report(Report),
    /// Print the JSON Schema of a scenario or of run.json.
    Schema(Schema),
    /// Print a completion script for a shell.
    Completions(Completions),
}

/// Where to: shared by every verb that can talk to a target.
#[derive(Args, Clone, Debug, Default)]
pub struct Where {
    /// A target of flexload.yaml, `twilio` (from TWILIO_… variables) or `mock`.
    #[arg(long, env = "FLEXLOAD_TARGET", value_name = "NAME")]
    pub target: Option<String>,

    /// The file of targets, in place of the flexload.yaml found upward from here.
    #[arg(long, env = "FLEXLOAD_TARGETS", value_name = "FILE")]
    pub targets: Option<PathBuf>,
}

/// What changes a scenario before it is used.
#[derive(Args, Clone, Debug, Default)]
pub struct Changes {
    /// The seed of every random choice, in place of the scenario's.
    #[arg(long, env = "FLEXLOAD_SEED", value_name = "N")]
    pub seed: Option<u64>,

    /// Set any value of the scenario: --set customers.count=5. Repeats.
    #[arg(long, env = "FLEXLOAD_SET", value_name = "PATH=VALUE", value_delimiter = '\n')]
    pub set: Vec<Override>,
}

impl Changes {
    /// All of them in one form, the seed too.
    pub fn overrides(&self) -> Vec<Override> {
        let seed = self.seed.and_then(|seed| format!("seed={seed}").parse().ok());
        self.set.iter().cloned().chain(seed).collect()
    }
}

/// `flexload run`.
#[derive(Args, Clone, Debug)]
pub struct Run {
    /// The scenario file.
    pub scenario: PathBuf,

    /// Where to; without a target, a mock started in this process.
    #[command(flatten)]
    pub at: Where,

    /// Changes to the scenario.
    #[command(flatten)]
    pub changes: Changes,

    /// The folder that run folders are made in.
    #[arg(long, env = "FLEXLOAD_OUT", value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,

    /// A report to write: terminal, json, html, junit, markdown, csv or prometheus; without a path it goes into the run's folder.
    /// The path of csv is a folder: it is two files. Repeats.
    #[arg(long, env = "FLEXLOAD_REPORT", value_name = "FORMAT[=PATH]", value_delimiter = '\n')]
    pub report: Vec<ReportAs>,

    /// While the run lasts, serve its metrics to Prometheus at http://ADDR:PORT/metrics, on loopback; port 0 picks a
    /// free one.
    #[arg(long, env = "FLEXLOAD_METRICS", value_name = "ADDR:PORT", value_parser = mock::loopback)]
    pub metrics: Option<SocketAddr>,

    /// While the run lasts, send its metrics to this collector of OpenTelemetry, over OTLP/HTTP with JSON, every 10 s.
    /// Headers come from OTEL_EXPORTER_OTLP_HEADERS.
    // Text and no URL: clap would repeat one it cannot read, and credentials may be what is wrong with it.
    #[arg(long, env = "FLEXLOAD_OTLP", value_name = "URL", hide_env_values = true)]
    pub otlp: Option<String>,

    /// A label for every report. Repeats.
    #[arg(long, env = "FLEXLOAD_LABEL", value_name = "KEY=VALUE", value_delimiter = '\n')]
    pub label: Vec<Pair>,

    /// Worker threads, in place of one for each CPU this process may use (less those an embedded mock takes).
    #[arg(long, env = "FLEXLOAD_WORKERS", value_name = "N", value_parser = above_zero)]
    pub workers: Option<NonZeroUsize>,

    /// One customer only: to see that it works. Percentiles need more, so thresholds on them are not judged (exit 9).
    #[arg(long, env = "FLEXLOAD_ONCE", value_parser = FalseyValueParser::new())]
    pub once: bool,

    /// With --once: print each request and frame, redacted.
    #[arg(long, env = "FLEXLOAD_TRACE", requires = "once", value_parser = FalseyValueParser::new())]
    pub trace: bool,

    /// On a real account: the last four characters of its SID, to show that it is the one meant.
    #[arg(long, env = "FLEXLOAD_CONFIRM", value_name = "LAST4")]
    pub confirm: Option<String>,

    /// On a real account: the most this run may do, as channels=500,messages=5000,duration=30m.
    #[arg(long, env = "FLEXLOAD_BUDGET", value_name = "LIMITS")]
    pub budget: Option<Budget>,
}

/// `flexload plan`.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// The scenario file.
    #[arg(required_unless_present = "peak", conflicts_with = "peak")]
    pub scenario: Option<PathBuf>,

    /// Agents for a peak.
    #[command(flatten)]
    pub staffing: Staffing,

    /// Changes to the scenario.
    #[command(flatten)]
    pub changes: Changes,
}

/// `flexload validate`.
#[derive(Args, Clone, Debug)]
pub struct Validate {
    /// The scenario file.
    pub scenario: PathBuf,

    /// Changes to the scenario.
    #[command(flatten)]
    pub changes: Changes,
}

/// `flexload token …`.
#[derive(Clone, Debug, Subcommand)]
pub enum Token {
    /// Make an access token as Twilio's helper libraries do, with the target's API key.
    Mint(Mint),
    /// Say what is in a token and what is wrong with it.
    Inspect(Inspect),
}

/// `flexload token mint`.
#[derive(Args, Clone, Debug)]
pub struct Mint {
    /// Who the token is for.
    pub identity: String,

    /// Whose API key signs it; without a target, the bundled mock's.
    #[command(flatten)]
    pub at: Where,

    /// Which helper library's claims to make.
    #[arg(long, env = "FLEXLOAD_LIKE", value_enum, default_value_t = Like::Node)]
    pub like: Like,

    /// How long it is valid; Twilio accepts up to 24h.
    #[arg(long, env = "FLEXLOAD_TTL", value_name = "SPAN", default_value = "1h")]
    pub ttl: Span,

    /// The seed of the mock whose key signs it.
    #[arg(long, env = "FLEXLOAD_SEED", value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Whose claims a token has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Like {
    /// Twilio's Node library.
    Node,
    /// Twilio's Python library.
    Python,
}

/// `flexload token inspect`.
#[derive(Args, Clone, Debug)]
pub struct Inspect {
    /// The file that holds the token; `-` or nothing reads it from stdin. The token itself is not an
    /// argument: whoever holds it is its customer.
    pub file: Option<PathBuf>,

    /// Also verify it with this target's API key.
    #[command(flatten)]
    pub at: Where,

    /// With --target mock: the seed of the mock whose key signed it.
    #[arg(long, env = "FLEXLOAD_SEED", value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// `flexload cleanup`.
#[derive(Args, Clone, Debug)]
pub struct Cleanup {
    /// The run: its folder, its name under --out, or its ID (then --target says where).
    pub run: String,

    /// Where the run was; without a target, the one its folder names.
    #[command(flatten)]
    pub at: Where,

    /// The folder that run folders are in.
    #[arg(long, env = "FLEXLOAD_OUT", value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,

    /// Without the run's folder, on a real account: the last four characters of its SID.
    #[arg(long, env = "FLEXLOAD_CONFIRM", value_name = "LAST4")]
    pub confirm: Option<String>,
}

/// `flexload report`.
#[derive(Args, Clone, Debug)]
pub struct Report {
    /// The run's folder: the one with run.json in it.
    pub folder: PathBuf,

    /// A report to write, as for `run`; without one, the summary. Repeats.
    #[arg(long, env = "FLEXLOAD_REPORT", value_name = "FORMAT[=PATH]", value_delimiter = '\n')]
    pub report: Vec<ReportAs>,
}

/// `flexload schema`.
#[derive(Args, Clone, Debug)]
pub struct Schema {
    /// Of what.
    #[arg(value_enum, default_value_t = SchemaOf::Scenario)]
    pub of: SchemaOf,
}

/// What has a published schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// A scenario file.
    Scenario,
    /// run.json.
    Run,
}

/// `flexload completions`.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

fn above_zero(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a whole number above 0")
}

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What is before the first `=`.
    pub name: String,
    /// What is after it.
    pub value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), value: value.to_owned() })
            }
            _ => Err("expected NAME=VALUE".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_a_name_in_the_environment() {
        fn walk(command: &clap::Command) {
            for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
                let long = arg.get_long().expect("a long name");
                if ["help", "version", "explain-exit"].contains(&long) {
                    continue;
                }
                let expected = format!("FLEXLOAD_{}", long.to_uppercase().replace('-', "_"));
                let named = arg.get_env().map(|name| name.to_string_lossy().into_owned());
                assert_eq!(named, Some(expected), "{} --{long}", command.get_name());
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }

    #[test]
    fn no_option_takes_a_secret() {
        fn walk(command: &clap::Command) {
            for arg in command.get_arguments() {
                let name = arg.get_id().as_str();
                for word in ["secret", "token", "password", "key"] {
                    assert!(!name.contains(word), "{} {name}", command.get_name());
                }
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }

    #[test]
    fn a_run_reads_all_its_options() {
        let cli = Cli::try_parse_from([
            "flexload",
            "run",
            "smoke.yaml",
            "--target",
            "staging",
            "--seed",
            "7",
            "--set",
            "customers.count=5",
            "--set",
            "vars.topic=a=b",
            "--report",
            "json=out.json",
            "--report",
            "terminal",
            "--label",
            "ci=1",
            "--workers",
            "2",
            "--once",
            "--trace",
            "--confirm",
            "beef",
            "--budget",
            "channels=1,messages=2,duration=3m",
        ])
        .expect("arguments");
        let Some(Verb::Run(run)) = cli.verb else { panic!("another verb") };
        assert_eq!(run.changes.overrides().len(), 3, "the seed is one of them");
        assert_eq!(run.label[0], Pair { name: "ci".into(), value: "1".into() });
        assert_eq!(run.report[0], ReportAs { format: ReportFormat::Json, path: Some("out.json".into()) });
        assert_eq!(run.budget.map(|budget| budget.messages), Some(2));
        assert_eq!(run.out, PathBuf::from("reports"));
        assert!(run.once && run.trace);
    }

    #[test]
    fn what_is_not_there_yet_is_refused() {
        for arguments in [
            &["run", "x.yaml", "--report", "pdf"][..],
            &["run", "x.yaml", "--report", "json="],
            &["run", "x.yaml", "--report", "csv=-"],
            &["run", "x.yaml", "--trace"],
            &["run", "x.yaml", "--set", "customers.count"],
            &["run", "x.yaml", "--budget", "channels=1"],
            &["run", "x.yaml", "--workers", "0"],
            &["mock", "--json", "--targets-file"],
            &["doctor"],
        ] {
            let parsed = Cli::try_parse_from([&["flexload"], arguments].concat());
            assert!(parsed.is_err(), "{arguments:?}");
        }
    }
}
