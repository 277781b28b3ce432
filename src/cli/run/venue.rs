//! Where a run takes place: a mock started for it, or a target that is already there.

use std::cell::Cell;
use std::convert::Infallible;
use std::time::Duration;

use mock_server::MockServer;
use mock_server::config::Config;
use tokio::time::sleep;

use super::super::args::Run;
use super::super::exit::Exit;
use super::super::signals::Stop;
use super::super::{Failure, say, target};
use crate::flex::cleanup::{Cleaned, Cleanup, Left};
use crate::flex::resources::{FILE_NAME as RESOURCES, Remaining, Resources};
use crate::flex::rest::{Options, Rest};
use crate::flex::run_id::RunId;
use crate::flex::target::Target;
use crate::report::Folder;
use crate::scenario::Scenario;
use crate::scenario::settings::Mock;
use crate::targets::Chosen;

/// How often people are told how far the clean-up has come; one that is over sooner needs no words.
const PAUSE: Duration = Duration::from_secs(3);

/// Where a run takes place. Dropping it stops a mock that was started for it.
pub(super) struct Venue {
    pub(super) target: Target,
    /// Kept for as long as the run lasts.
    _mock: Option<MockServer>,
}

impl Venue {
    /// Finds the target the arguments mean, or starts the mock.
    pub(super) fn open(args: &Run, scenario: &Scenario) -> Result<Self, Failure> {
        match target(&args.at)? {
            Chosen::There(target) => {
                if scenario.mock != Mock::default() {
                    say::note(format!(
                        "`mock:` is for the mock inside a run; target `{}` is as it is",
                        target.name
                    ));
                }
                Ok(Self { target: *target, _mock: None })
            }
            Chosen::Embedded => {
                let seed = args.changes.seed.unwrap_or(scenario.seed);
                let mock = MockServer::start(mock_config(&scenario.mock, seed)).map_err(|error| {
                    Failure::new(Exit::Internal, format!("the mock could not start: {error}"))
                })?;
                let target = Target::of_mock(mock.credentials(), &mock.url(), &mock.socket_url(), true)?;
                Ok(Self { target, _mock: Some(mock) })
            }
        }
    }

    /// A client for what the command line itself asks of the target.
    pub(super) fn rest(&self, keep: usize) -> Result<Rest, Failure> {
        Ok(Rest::new(&self.target, Options { keep, ..Options::default() })?)
    }

    /// Removes what the run made. What could not be removed is listed with the command that does.
    pub(super) async fn clean_up(
        &self,
        run: &RunId,
        folder: &Folder,
        resources: Option<&Resources>,
        stop: &Stop,
    ) -> Vec<String> {
        let (Some(resources), Some(path)) = (resources, folder.path()) else { return Vec::new() };
        let again = format!("flexload cleanup {}", path.display());
        let remaining = match Remaining::read(&path.join(RESOURCES)) {
            Ok(remaining) => remaining,
            Err(error) => return vec![format!("{RESOURCES} cannot be read: {error}; {again}")],
        };
        let rest = match self.rest(8) {
            Ok(rest) => rest,
            Err(failure) => return vec![failure.says],
        };
        // A run that was interrupted lists what it leaves; a second look is `flexload cleanup`.
        let interrupted = stop.asked().is_some();
        let progress = Cell::new((0, 0));
        let told = |done, of| progress.set((done, of));
        let cleanup = Cleanup {
            rest: &rest,
            target: &self.target,
            run,
            resources: Some(resources),
            told: &told,
            stop: &|| !interrupted && stop.asked().is_some(),
        };
        let Cleaned { left, .. } = tokio::select! {
            biased;
            cleaned = cleanup.listed(&remaining) => cleaned,
            never = tell(&progress, interrupted, &again) => match never {},
        };
        left.iter().map(|left: &Left| format!("{} ({})", left.command(&self.target), left.why)).collect()
    }
}

/// Tells how far a clean-up has come, and how to leave it, for as long as it lasts: also when the target answers
/// nothing at all.
async fn tell(progress: &Cell<(usize, usize)>, interrupted: bool, again: &str) -> Infallible {
    let ctrl_c = if interrupted { "ctrl-c again" } else { "ctrl-c" };
    let mut how = Some(format!("{ctrl_c} leaves the rest on the target; `{again}` removes it"));
    loop {
        sleep(PAUSE).await;
        match progress.get() {
            (_, 0) => say::plain("cleaning up"),
            (done, of) => say::plain(format_args!("cleaning up: {done} of {of}")),
        }
        if let Some(how) = how.take() {
            say::note(how);
        }
    }
}

fn mock_config(mock: &Mock, seed: u64) -> Config {
    Config {
        seed,
        limits: mock.limits,
        faults: mock.faults.clone(),
        bind: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    }
}
