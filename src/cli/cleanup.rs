//! `flexload cleanup`: removes what a run left on its target.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::runtime;

use super::args;
use super::exit::Exit;
use super::signals::{self, Stop};
use super::{Ended, Failure, say};
use crate::flex::cleanup::{Cleaned, Cleanup};
use crate::flex::guard;
use crate::flex::preflight;
use crate::flex::resources::{FILE_NAME, Remaining, Resources};
use crate::flex::rest::{Options, Rest};
use crate::flex::run_id::RunId;
use crate::flex::target::Target;
use crate::targets::Chosen;

/// So many of the things that are left are told one by one.
const TOLD: usize = 20;

/// How far clean-up has got is told once for so many things.
const EVERY: usize = 100;

/// What there is to go by.
enum Evidence {
    /// The run's own list.
    List { path: PathBuf, remaining: Box<Remaining> },
    /// Its ID, which is on everything it made.
    Id(RunId),
}

/// Removes what is left of a run.
pub(super) fn cleanup(args: &args::Cleanup) -> Ended {
    let evidence = evidence(args)?;
    if let Evidence::List { remaining, .. } = &evidence
        && remaining.about.embedded
    {
        say::note("that run's mock was inside its own process and is gone with everything on it");
        return Ok(Exit::Passed);
    }
    let target = target(args, &evidence)?;
    let stop = signals::listen().map_err(|error| Failure::new(Exit::Internal, error))?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Internal, error))?;
    let cleaned = runtime.block_on(clean(args, &target, &evidence, &stop))?;
    let run = match &evidence {
        Evidence::List { path, .. } => path.display().to_string(),
        Evidence::Id(run) => run.to_string(),
    };
    let left = tell(&cleaned, &target, &run);
    Ok(Exit::first_of([left, stop.asked().map_or(Exit::Passed, |asked| asked.exit())]))
}

/// Finds the list of the run: what was named is its file, its folder, a folder under `--out`, or its ID.
fn evidence(args: &args::Cleanup) -> Result<Evidence, Failure> {
    let named = Path::new(&args.run);
    let candidates = [named.to_owned(), named.join(FILE_NAME), args.out.join(named).join(FILE_NAME)];
    let listed = candidates.into_iter().find(|path| path.is_file()).or_else(|| by_id(&args.out, &args.run));
    if let Some(path) = listed {
        return match Remaining::read(&path) {
            Ok(remaining) => Ok(Evidence::List { path, remaining: Box::new(remaining) }),
            Err(error) => Err(Failure::new(Exit::Input, format!("{}: {error}", path.display()))),
        };
    }
    match args.run.parse() {
        Ok(run) => Ok(Evidence::Id(run)),
        Err(why) => Err(Failure::new(
            Exit::Input,
            format!("there is no run `{}` in {}, and {why}", args.run, args.out.display()),
        )),
    }
}

/// The list of the run with this ID, among those under `--out`.
fn by_id(out: &Path, id: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(out).ok()?;
    folders
        .flatten()
        .map(|folder| folder.path().join(FILE_NAME))
        .find(|path| Remaining::read(path).is_ok_and(|remaining| remaining.about.run == id))
}

/// The target that was named, or the one the run was at; in both cases the account has to be the run's.
fn target(args: &args::Cleanup, evidence: &Evidence) -> Result<Target, Failure> {
    let mut at = args.at.clone();
    if let Evidence::List { remaining, .. } = evidence {
        at.target.get_or_insert_with(|| remaining.about.target.clone());
    }
    if at.target.is_none() {
        let why = "without the run's folder, --target says where to look";
        return Err(Failure::new(Exit::Input, why));
    }
    let Chosen::There(target) = super::target(&at)? else {
        let why = "the embedded mock ends with its run; --target names one that is still there";
        return Err(Failure::new(Exit::Input, why));
    };
    if let Evidence::List { remaining, .. } = evidence
        && (remaining.about.account_sid, remaining.about.chat_service_sid)
            != (target.account_sid, target.chat_service_sid)
    {
        return Err(Failure::new(
            Exit::Refused,
            format!(
                "the run was at {} ({}), target `{}` is {} ({})",
                remaining.about.account_sid,
                remaining.about.chat_service_sid,
                target.name,
                target.account_sid,
                target.chat_service_sid
            ),
        ));
    }
    Ok(*target)
}

async fn clean(
    args: &args::Cleanup,
    target: &Target,
    evidence: &Evidence,
    stop: &Stop,
) -> Result<Cleaned, Failure> {
    let refused = |refusal: guard::Refusal| Failure::new(Exit::Refused, refusal);
    guard::not_mixed_up(target).map_err(refused)?;
    let rest = Rest::new(target, Options { keep: 8, ..Options::default() })?;
    let flow =
        preflight::ask(target, &rest, false).await.map_err(|error| Failure::new(Exit::Preflight, error))?;
    guard::same_account(target, &flow).map_err(refused)?;
    let told = |done: usize, of: usize| {
        if done.is_multiple_of(EVERY) && done < of {
            say::plain(format_args!("{done} of {of} removed"));
        }
    };
    let stop = || stop.asked().is_some();
    match evidence {
        Evidence::List { path, remaining } => {
            if remaining.unreadable > 0 {
                say::warning(format_args!(
                    "{}: {} lines cannot be read",
                    path.display(),
                    remaining.unreadable
                ));
            }
            let run: RunId = remaining.about.run.parse().map_err(|error| Failure::new(Exit::Input, error))?;
            // A folder that cannot be written to (somebody else's, an archive) does not stop clean-up.
            let resources = Resources::append(path)
                .inspect_err(|error| say::warning(format_args!("{}: {error}", path.display())))
                .ok();
            let resources = resources.as_ref();
            let cleanup = Cleanup { rest: &rest, target, run: &run, resources, told: &told, stop: &stop };
            Ok(cleanup.listed(remaining).await)
        }
        Evidence::Id(run) => {
            guard::confirmed(target, args.confirm.as_deref()).map_err(refused)?;
            let cleanup = Cleanup { rest: &rest, target, run, resources: None, told: &told, stop: &stop };
            cleanup.by_prefix().await.map_err(|error| Failure::new(Exit::Preflight, error))
        }
    }
}

/// Tells what came of a clean-up, with the commands that remove what is left.
pub(super) fn tell(cleaned: &Cleaned, target: &Target, run: &str) -> Exit {
    say::plain(format_args!("removed {} channels and {} users", cleaned.channels, cleaned.users));
    if !cleaned.tasks.is_empty() && !target.is_local() {
        say::note(format_args!(
            "{} tasks came with the channels, {} the first: complete or cancel those that agents did not",
            cleaned.tasks.len(),
            cleaned.tasks[0]
        ));
    }
    if cleaned.left.is_empty() {
        return Exit::Passed;
    }
    say::error(format_args!(
        "{} things are left on target `{}`; to try again:\n  flexload cleanup {run} --target {}",
        cleaned.left.len(),
        target.name,
        target.name
    ));
    for left in cleaned.left.iter().take(TOLD) {
        say::plain(format_args!("  {left}\n    {}", left.command(target)));
    }
    if cleaned.left.len() > TOLD {
        say::plain(format_args!("  and {} more", cleaned.left.len() - TOLD));
    }
    Exit::LeftBehind
}
