//! `flexload run`: load, plan, ask, run, judge, report.

mod follow;
mod github;
mod judge;
mod outlet;
mod trace;
mod venue;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, watch};
use wire::identity::Identity;
use wire::time::Timestamp;
use wire::token::Claims;

use self::judge::{Evidence, Judged};
use self::outlet::Outlet;
use self::venue::Venue;
use super::args::Run;
use super::exit::Exit;
use super::signals::{self, Stop, Written};
use super::{Ended, Failure, files, render, say};
use crate::actor::desk::Desk;
use crate::engine::{self, EngineError, Job, Ran, Standing};
use crate::flex::budget::Allowance;
use crate::flex::guard::{Guard, Planned, enough_files};
use crate::flex::preflight;
use crate::flex::resources::{FILE_NAME as RESOURCES, Resources};
use crate::flex::run_id::RunId;
use crate::flex::target::Target;
use crate::plan::{Options, Plan};
use crate::record::{Collector, Snapshot};
use crate::report::{Environment, Folder, Given, INTERVALS, RUN, SECONDS};
use crate::scenario::{IdentityPrefix, Scenario, Transport};
use crate::verdict::Watch;

/// Runs a scenario.
pub(super) fn run(args: &Run) -> Ended {
    let stop = signals::listen().map_err(|error| Failure::new(Exit::Internal, error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Internal, error))?;
    runtime.block_on(perform(args, stop))
}

async fn perform(args: &Run, mut stop: Stop) -> Ended {
    stop.report_is(Written::NotYet);
    let scenario = Arc::new(super::scenario::load(&args.scenario, &args.changes)?);
    let venue = Venue::open(args, &scenario)?;
    let options = Options { seed: args.changes.seed, embedded_mock: venue.target.embedded };
    let plan = Arc::new(Plan::new(&scenario, options));
    let files_allowed = files::raise_limit();
    if let Some(allowed) = files_allowed.filter(|_| !args.once) {
        enough_files(plan.forecast.files, allowed, venue.target.embedded).map_err(refused)?;
    }
    let doors = outlet::open(args)?;
    let asked = before_the_end(&mut stop, ask(args, &plan, &venue, &scenario)).await.transpose()?;

    let run = TheRun::new(args, &scenario, &plan, &venue.target);
    let mut folder = Folder::create(&args.out, run.started, scenario.name.as_str());
    render::doubts(&args.report, &folder);
    folder.write_effective(&scenario.effective);
    folder.write_environment(&Environment::read());
    let mut collector = collector(&run, &scenario, &mut folder);
    let outlet = Outlet::start(doors, &judge::about(&run, &scenario, &plan), &mut collector);
    let mut watch = Watch::new(&scenario.thresholds, &engine::catalog(&scenario));
    let (ran, left) = if asked.is_some() {
        let resources = note_resources(&mut folder, &run, &venue.target)?;
        let job = job(args, &run, &scenario, &plan, &venue.target, resources.clone());
        let ran = drive(args, job, collector, &mut watch, &mut stop).await;
        // Those who did log in are removed also when somebody else could not.
        let left = venue.clean_up(&run.id, &folder, resources.as_deref(), &stop).await;
        (ran.inspect_err(|_| judge::tell_left(&left))?, left)
    } else {
        (Ran::not_begun(collector), Vec::new())
    };
    outlet.end();
    let evidence = Evidence {
        run: &run,
        scenario: &scenario,
        plan: &plan,
        ran: &ran,
        watch: &watch,
        left: &left,
        asked: stop.asked(),
    };
    let Judged { report, exit } = evidence.judge(args, &mut folder);
    if folder.has(RUN) {
        stop.report_is(Written::Yes);
    }
    let told = evidence.tell(args, &report, &folder);
    if ran.panics > 0 {
        say::error(format!("{} chats ended in a panic: this is a bug in flexload", ran.panics));
        return Ok(Exit::Internal);
    }
    Ok(Exit::first_of([exit, told]))
}

/// What is the same for everything that is told about this run.
struct TheRun {
    id: RunId,
    started: Timestamp,
    labels: BTreeMap<String, String>,
    target: Target,
    given: Given,
    workers: usize,
}

impl TheRun {
    fn new(args: &Run, scenario: &Scenario, plan: &Plan, target: &Target) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let started = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        // On the embedded mock a seed repeats everything, the run's name in its messages included.
        let salt = if target.embedded {
            plan.seed
        } else {
            u64::from(std::process::id()) ^ u64::from(since.subsec_nanos())
        };
        let salt = u32::try_from(salt & u64::from(u32::MAX)).unwrap_or_default();
        let mock_threads = usize::from(target.embedded);
        let workers =
            args.workers.map_or_else(|| engine::default_workers(mock_threads), std::num::NonZeroUsize::get);
        // More workers than customers and agents together would only wait.
        let hands = scenario.customers.count as usize
            + scenario.agents.as_ref().map_or(0, |agents| agents.count as usize);
        Self {
            id: RunId::new(started, salt),
            started,
            labels: args.label.iter().map(|label| (label.name.clone(), label.value.clone())).collect(),
            target: target.clone(),
            given: Given {
                target: args.at.target.clone(),
                once: args.once,
                workers: args.workers.map(|workers| u32::try_from(workers.get()).unwrap_or(u32::MAX)),
            },
            workers: workers.min(hands.max(1)),
        }
    }
}

fn refused(refusal: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Refused, refusal)
}

/// Everything that has to be settled before anything is made: guards, then the target's own answers.
async fn ask(args: &Run, plan: &Plan, venue: &Venue, scenario: &Scenario) -> Result<(), Failure> {
    if venue.target.embedded {
        return Ok(());
    }
    let forecast = &plan.forecast;
    let messages = forecast.sent + forecast.replies;
    let duration = plan.length + plan.drain;
    let planned = if args.once {
        Planned { channels: 1, messages: messages.div_ceil(forecast.chats.max(1)), duration }
    } else {
        Planned { channels: forecast.creates, messages, duration }
    };
    let confirm = args.confirm.as_deref();
    let guard = Guard { target: &venue.target, planned, budget: args.budget, confirm };
    guard.before_asking().map_err(refused)?;
    let rest = venue.rest(1)?;
    let flow = preflight::ask(&venue.target, &rest, has_devices(scenario))
        .await
        .map_err(|error| Failure::new(Exit::Preflight, error))?;
    guard.after_asking(&flow).map_err(refused)
}

/// What the run makes is written down before it is made, but for the embedded mock, which takes it along.
fn note_resources(
    folder: &mut Folder,
    run: &TheRun,
    target: &Target,
) -> Result<Option<Arc<Resources>>, Failure> {
    if target.embedded {
        return Ok(None);
    }
    let unwritable = |why: String| {
        Failure::new(
            Exit::Incomplete,
            format!(
                "{RESOURCES} cannot be written, and nothing is made on a target that could not be found again: {why}"
            ),
        )
    };
    let path = folder.path().ok_or_else(|| unwritable(folder.troubles().join("; ")))?.join(RESOURCES);
    let resources =
        Resources::create(&path, &run.id, target).map_err(|error| unwritten(&unwritable, &error))?;
    folder.add(RESOURCES);
    Ok(Some(Arc::new(resources)))
}

fn unwritten(unwritable: &impl Fn(String) -> Failure, error: &std::io::Error) -> Failure {
    unwritable(error.to_string())
}

/// What comes of `work`, or nothing if the end is asked for before.
async fn before_the_end<T>(stop: &mut Stop, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        _ = stop.wait() => None,
        done = work => Some(done),
    }
}

fn collector(run: &TheRun, scenario: &Scenario, folder: &mut Folder) -> Collector {
    let since = Duration::from_millis(u64::try_from(run.started.millis()).unwrap_or(0));
    let (intervals, seconds) = (folder.open(INTERVALS), folder.open(SECONDS));
    Collector::new(engine::catalog(scenario), since, intervals, seconds)
}

fn job(
    args: &Run,
    run: &TheRun,
    scenario: &Arc<Scenario>,
    plan: &Arc<Plan>,
    target: &Target,
    resources: Option<Arc<Resources>>,
) -> Job {
    let prefixed = !target.embedded && scenario.customers.identity_prefix == IdentityPrefix::Run;
    Job {
        scenario: Arc::clone(scenario),
        plan: Arc::clone(plan),
        target: target.clone(),
        run_id: run.id.clone(),
        prefix: if prefixed { run.id.prefix() } else { String::new() },
        workers: run.workers,
        once: run.given.once,
        rest_trace: args.trace.then(trace::rest),
        frame_trace: args.trace.then_some(trace::frames as fn() -> _),
        resources,
        allowance: allowance(args, target),
        pool: Arc::new(Semaphore::new(scenario.backend.connections as usize)),
        desk: Arc::new(Desk::default()),
    }
}

/// What the run may spend on a real account; a mock has no budget.
fn allowance(args: &Run, target: &Target) -> Option<Arc<Allowance>> {
    let nothing = Planned { channels: 0, messages: 0, duration: Duration::ZERO };
    let guard = Guard { target, planned: nothing, budget: args.budget, confirm: None };
    let budget = guard.allowed().filter(|_| !target.is_local())?;
    Some(Arc::new(Allowance::new(&budget)))
}

async fn drive(
    args: &Run,
    job: Job,
    collector: Collector,
    watch: &mut Watch,
    stop: &mut Stop,
) -> Result<Ran, Failure> {
    match before_the_end(stop, knock(&job)).await {
        Some(answer) => answer?,
        None => return Ok(Ran::not_begun(collector)),
    }
    let (standing, shown) = watch::channel(Standing::default());
    let display = (!args.trace).then(|| follow::start(shown, &job.scenario, stop.clone()));
    let mut watch = |at: Duration, second: &Snapshot| watch.second(at, second);
    let ran = engine::run(job, collector, &standing, &mut watch, async { _ = stop.wait().await }).await;
    drop(standing);
    drop(display);
    ran.map_err(|error| Failure::new(exit_of(&error), error))
}

/// Logs in and out once, where customers will log in: what would refuse all of them refuses the run.
async fn knock(job: &Job) -> Result<(), Failure> {
    if job.target.embedded || !has_devices(&job.scenario) {
        return Ok(());
    }
    let identity = Identity::from(format!("{}preflight", job.run_id.prefix()));
    let noted = job.resources.as_ref().map_or(Ok(()), |resources| resources.intend_user(&identity));
    noted.map_err(|error| Failure::new(Exit::Incomplete, EngineError::Unnoted(error)))?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let token = job.target.signer()?.mint(&Claims::new(&identity, job.target.chat_service_sid, now));
    let config = job.target.sdk_config().map_err(|error| Failure::new(Exit::Input, error))?;
    let config = Rc::new(match job.frame_trace {
        Some(trace) => config.trace(trace()),
        None => config,
    });
    let answered = preflight::log_in(&job.target, &config, &token).await;
    answered.map_err(|error| Failure::new(Exit::Preflight, error))
}

fn has_devices(scenario: &Scenario) -> bool {
    scenario.journeys.iter().any(|journey| journey.transport == Transport::Sdk)
}

/// A run that could not begin because the target would not have its agents failed its preflight.
fn exit_of(error: &EngineError) -> Exit {
    match error {
        EngineError::Agent(agent) if !agent.is_local() => Exit::Preflight,
        EngineError::Target(_) | EngineError::Tls(_) => Exit::Input,
        EngineError::Unnoted(_) => Exit::Incomplete,
        EngineError::Agent(_) | EngineError::Runtime(_) | EngineError::Worker => Exit::Internal,
    }
}
