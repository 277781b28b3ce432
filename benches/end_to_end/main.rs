//! What flexload itself costs, each figure beside its floor in the same run:
//!
//! ```text
//! cargo bench --bench end_to_end                    the table; `-- --markdown` as README has it
//! cargo bench --bench end_to_end -- message login   some of it
//! cargo bench --bench end_to_end -- retain          what takes minutes, only if named; so does `record`
//! ```
//!
//! The mock is a process of its own, and so is each thing measured: this program starts itself again in a
//! [`role`](process), which reports a few numbers and ends. CPU is the process's own clock, so a busy machine
//! disturbs the figures less than it would disturb times; memory is the difference of resident sets.
//!
//! It fails only if something could not be measured: whether a figure is good enough is for its reader.

mod bare;
mod callgrind;
mod customers;
mod delay;
mod delivery;
mod http;
mod login;
mod memory;
mod message;
mod mock;
mod prism;
mod process;
mod record;
mod rest;
mod retain;
mod run;
mod table;
mod token;
mod usage;

use std::{error::Error, process::ExitCode};

use table::{Form, Table};

/// Could not be measured, and why.
type Fallible<T> = Result<T, Box<dyn Error>>;

/// Measures one group of figures.
type Measure = fn(&mut Table) -> Fallible<()>;

/// The groups, as `-- NAME` selects them, and whether they run unless others are.
const GROUPS: [(&str, Measure, bool); 10] = [
    ("message", message::measure, true),
    ("login", login::measure, true),
    ("memory", memory::measure, true),
    ("token", token::measure, true),
    ("rest", rest::measure, true),
    ("delivery", delivery::measure, true),
    ("delay", delay::measure, true),
    ("run", run::measure, true),
    ("retain", retain::measure, false),
    ("record", record::measure, false),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match process::role(&arguments) {
        Some((role, rest)) => act(role, rest),
        None => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("end_to_end: {error}");
            ExitCode::FAILURE
        }
    }
}

fn act(role: &str, arguments: &[String]) -> Fallible<()> {
    match role {
        message::OURS | message::BARE => message::act(role, arguments),
        login::OURS | login::BARE => login::act(role, arguments),
        memory::OURS | memory::BARE => memory::act(role, arguments),
        token::ALL => token::act(),
        rest::BARE => rest::act(arguments),
        delay::BARE => delay::act(),
        delivery::BARE => delivery::act(arguments),
        _ => Err(format!("there is no role {role}").into()),
    }
}

fn bench(arguments: &[String]) -> Fallible<()> {
    // `cargo bench` says `--bench`. Without it this is a test run over all targets, which has nothing to test here.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let form =
        if arguments.iter().any(|argument| argument == "--markdown") { Form::Markdown } else { Form::Text };
    let wanted: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|word| GROUPS.iter().all(|(name, ..)| name != *word)) {
        let names: Vec<&str> = GROUPS.iter().map(|(name, ..)| *name).collect();
        return Err(format!("there is no group {unknown}; there are {}", names.join(", ")).into());
    }
    usage::raise_open_files();
    let mut table = Table::new();
    for (name, measure, usual) in GROUPS {
        if (wanted.is_empty() && usual) || wanted.contains(&name) {
            eprintln!("measuring: {name}");
            measure(&mut table)?;
        }
    }
    print!("{}", table.print(form));
    Ok(())
}
