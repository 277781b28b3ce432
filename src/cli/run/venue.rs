//! Where a run takes place: a mock started for it, or a target that is already there.

use std::cell::Cell;
use std::time::Duration;

use mock_server::MockServer;
use mock_server::config::Config;
use tokio::time::Instant;

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
        let (begun, last) = (Instant::now(), Cell::new(None));
        let told = |done, of| {
            let now = Instant::now();
            if done < of && now - last.get().unwrap_or(begun) >= PAUSE {
                if last.replace(Some(now)).is_none() {
                    let ctrl_c = if interrupted { "ctrl-c again" } else { "ctrl-c" };
                    say::note(format_args!("{ctrl_c} leaves the rest on the target; `{again}` removes it"));
                }
                say::plain(format_args!("cleaning up: {done} of {of}"));
            }
        };
        let cleanup = Cleanup {
            rest: &rest,
            target: &self.target,
            run,
            resources: Some(resources),
            told: &told,
            stop: &|| !interrupted && stop.asked().is_some(),
        };
        let Cleaned { left, .. } = cleanup.listed(&remaining).await;
        left.iter().map(|left: &Left| format!("{} ({})", left.command(&self.target), left.why)).collect()
    }
}

fn mock_config(mock: &Mock, seed: u64) -> Config {
    Config {
        seed,
        limits: mock.limits,
        faults: mock.faults.iter().map(|fault| fault.0.clone()).collect(),
        bind: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    }
}
