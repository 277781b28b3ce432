//! One worker: an OS thread with a runtime of its own, its share of the agents and of the arrivals.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use wire::token::Like;

use super::due::Due;
use super::health::{Beat, Heart, WORKER};
use super::job::Job;
use super::stage::{self, Stage};
use super::users::users;
use super::worker::{Shared, Worker};
use super::{EngineError, dispatch};
use crate::actor::agent::{Agent, Manner};
use crate::actor::backend::{Backend, TokenKind};
use crate::actor::{Context, Present, Waits};
use crate::flex::rest::{Options, Rest};
use crate::flex::sdk::Login;
use crate::plan::{Arrival, Plan};
use crate::record::{Counter, Phase, Recorder, Snapshot, Timeline};

/// How often a worker hands over what it measured.
const HAND_OVER: Duration = Duration::from_secs(1);
/// Agents of one worker that log in at the same time.
const LOGINS: usize = 16;
/// How long agents' tokens are valid; they renew them as customers do.
const AGENTS_TTL: u32 = 3600;
/// How long agents may take to close their sessions.
const GOODBYE: Duration = Duration::from_secs(3);

/// What a worker tells whoever runs the run.
pub(super) enum FromWorker {
    /// Its agents are logged in.
    Ready,
    /// It cannot take part.
    Failed(EngineError),
    /// What it measured since it last said so.
    Second { worker: usize, snapshot: Snapshot, here: Here, beat: Beat },
    /// Its last customer has ended.
    Idle,
    /// It has ended, with the number of chats that ended in a panic, and what its open chats add up to over time. It may
    /// not have begun to beat.
    Ended { worker: usize, snapshot: Snapshot, here: Here, panics: u64, beat: Option<Beat>, chats: Duration },
}

/// Who is there at one moment, on one worker.
#[derive(Clone, Debug, Default)]
pub(super) struct Here {
    pub(super) connected: u64,
    pub(super) open_chats: u64,
    pub(super) agents_busy: u64,
    /// Customers at each step, in the catalogue's order.
    pub(super) in_steps: Vec<u64>,
}

/// How a worker and whoever runs the run talk to each other.
pub(super) struct Lines {
    pub(super) stage: watch::Receiver<Stage>,
    pub(super) tell: mpsc::Sender<FromWorker>,
    /// Snapshots that were merged, to be used again.
    pub(super) emptied: mpsc::Receiver<Snapshot>,
}

/// Starts worker `number` of `job.workers`.
pub(super) fn start(
    number: usize,
    job: Arc<Job>,
    shared: Shared,
    lines: Lines,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(format!("{WORKER}{number}")).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                _ = lines.tell.blocking_send(FromWorker::Failed(EngineError::Runtime(error)));
                return;
            }
        };
        LocalSet::new().block_on(&runtime, work(number, job, shared, lines));
    })
}

async fn work(number: usize, job: Arc<Job>, shared: Shared, mut lines: Lines) {
    let context = match context(&job, &shared) {
        Ok(context) => Rc::new(context),
        Err(error) => return tell(&lines.tell, FromWorker::Failed(error)).await,
    };
    let worker = Rc::new(Worker::new(Rc::clone(&context), shared, lines.stage.clone()));
    let agents = tokio::select! {
        biased;
        // Asked to end before anybody could arrive.
        () = worker.over() => Ok(Vec::new()),
        agents = log_agents_in(number, &job, &worker) => agents,
    };
    let agents = match agents {
        Ok(agents) => agents,
        Err(error) => return tell(&lines.tell, FromWorker::Failed(error)).await,
    };
    let mut serving = serve(agents, &worker, &lines.stage);
    tell(&lines.tell, FromWorker::Ready).await;
    let mut heart = None;
    if let Some(start) = stage::load_begins(&mut lines.stage).await {
        // One customer alone is not warm-up, whatever the load would begin with.
        let timeline =
            if job.once { Timeline::steady(start) } else { Timeline::new(start, phases(&job.plan)) };
        *context.recorder.borrow_mut() = Recorder::new(Arc::clone(&worker.shared.program.catalog), timeline);
        let mut due = Due::new(arrivals(number, &job).map(|(_, offset)| start + offset));
        let load = load(number, &job, &worker, start);
        let heart = heart.insert(Heart::start());
        hand_over_while(load, number, &worker, heart, &mut due, &mut lines).await;
        count_due(&mut due, &worker);
        tell(&lines.tell, FromWorker::Idle).await;
        let mut stage = lines.stage.clone();
        let done = async { stage::done(&mut stage).await };
        hand_over_while(done, number, &worker, heart, &mut due, &mut lines).await;
        worker.note_break();
    }
    let goodbye = async {
        while let Some(ended) = serving.join_next().await {
            worker.note_end(ended);
        }
    };
    _ = tokio::time::timeout(GOODBYE, goodbye).await;
    let snapshot = context.recorder.borrow_mut().snapshot();
    let beat = heart.as_mut().map(Heart::take);
    let (here, panics, chats) = (worker.here(), worker.panics(), context.open_chats.area());
    tell(&lines.tell, FromWorker::Ended { worker: number, snapshot, here, panics, beat, chats }).await;
}

fn phases(plan: &Plan) -> impl Iterator<Item = (Phase, Duration)> + '_ {
    plan.phases.iter().map(|phase| (if phase.warmup { Phase::WarmUp } else { Phase::Steady }, phase.length))
}

/// This worker's share of the arrivals, each with its number in the run; none in the closed model, where a user's chat
/// is due when the one before has ended.
fn arrivals(number: usize, job: &Job) -> Box<dyn Iterator<Item = (u64, Duration)> + '_> {
    if job.once {
        Box::new((number == 0).then_some((0, Duration::ZERO)).into_iter())
    } else if job.scenario.load.is_closed() {
        Box::new(std::iter::empty())
    } else {
        let mine = move |nth: &usize| nth % job.workers == number;
        let arrivals = job.plan.arrivals(&job.scenario).enumerate().filter(move |(nth, _)| mine(nth));
        Box::new(arrivals.map(|(_, Arrival { number, at, .. })| (number, at)))
    }
}

/// Offers this worker's share of the load until its last customer has ended.
async fn load(number: usize, job: &Job, worker: &Rc<Worker>, start: Instant) {
    if job.scenario.load.is_closed() && !job.once {
        let users = users(job.plan.users.iter().copied(), job.plan.length)
            .into_iter()
            .enumerate()
            .filter(|(nth, _)| nth % job.workers == number)
            .map(|(_, user)| user);
        dispatch::closed(worker, users, start).await;
    } else {
        dispatch::open(worker, arrivals(number, job), start).await;
    }
}

fn count_due(due: &mut Due<impl Iterator<Item = Instant>>, worker: &Worker) {
    let more = due.since_last_time(worker.due_until());
    worker.context.recorder.borrow_mut().count(Counter::Due, more);
}

/// Hands over what was measured each second while something else goes on.
async fn hand_over_while(
    work: impl Future<Output = ()>,
    number: usize,
    worker: &Worker,
    heart: &mut Heart,
    due: &mut Due<impl Iterator<Item = Instant>>,
    lines: &mut Lines,
) {
    let mut work = std::pin::pin!(work);
    let mut second = interval_at(Instant::now() + HAND_OVER, HAND_OVER);
    second.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = &mut work => return,
            _ = second.tick() => {
                // When the line is full the snapshot simply grows until the next second: nothing is lost.
                if let Ok(place) = lines.tell.try_reserve() {
                    count_due(due, worker);
                    let mut recorder = worker.context.recorder.borrow_mut();
                    if let Ok(emptied) = lines.emptied.try_recv() {
                        recorder.recycle(emptied);
                    }
                    let (snapshot, here, beat) = (recorder.snapshot(), worker.here(), heart.take());
                    place.send(FromWorker::Second { worker: number, snapshot, here, beat });
                }
            }
        }
    }
}

async fn tell(line: &mpsc::Sender<FromWorker>, what: FromWorker) {
    // Nobody listening means that the run was given up: there is nobody to tell.
    _ = line.send(what).await;
}

fn context(job: &Job, shared: &Shared) -> Result<Context, EngineError> {
    let Shared { program, scenario, .. } = shared;
    let signer = job.target.signer()?;
    let keep = (scenario.backend.connections as usize).div_ceil(job.workers);
    let rest = Rest::new(&job.target, Options { keep, from: None, tracer: job.rest_trace.clone() })?;
    let recorder = Recorder::new(Arc::clone(&program.catalog), Timeline::steady(Instant::now()));
    let recorder = Rc::new(RefCell::new(recorder));
    let faithful = job.sdk_config()?;
    let lean = faithful.with_login(Login::Lean);
    Ok(Context {
        backend: Backend {
            rest,
            signer,
            service: job.target.chat_service_sid,
            pool: Arc::clone(&job.pool),
            pool_wait: program.pool_wait,
            resources: job.resources.clone(),
            allowance: job.allowance.clone(),
            recorder: Rc::clone(&recorder),
        },
        faithful: Rc::new(faithful),
        lean: Rc::new(lean),
        recorder,
        desk: Arc::clone(&job.desk),
        reply_after: scenario.agents.as_ref().map(|agents| agents.reply_after.clone()),
        agents: program.agents,
        agents_token: TokenKind { like: Like::Node, ttl: AGENTS_TTL },
        waits: Waits { agent: program.agent_wait },
        connected: Present::default(),
        open_chats: Present::with_area(),
        agents_busy: Present::default(),
        flow: job.target.flex_flow_sid,
        seed: job.plan.seed,
        run_id: job.run_id.as_str().into(),
        vars: Arc::new(scenario.vars.clone()),
    })
}

/// Logs this worker's share of the agents in, some at a time.
async fn log_agents_in(number: usize, job: &Job, worker: &Rc<Worker>) -> Result<Vec<Agent>, EngineError> {
    let Some(agents) = &worker.shared.scenario.agents else { return Ok(Vec::new()) };
    // Agents are ours however the scenario names its customers, and are removed with the run.
    let prefix = if job.target.embedded { String::new() } else { job.run_id.prefix() };
    let mut logins = Vec::new();
    for nth in (0..agents.count as usize).filter(|nth| nth % job.workers == number) {
        let manner =
            Manner { identity: format!("{prefix}agent-{nth}").into(), chats_each: agents.chats_each };
        worker.context.backend.note_user(&manner.identity).map_err(EngineError::Unnoted)?;
        logins.push(Agent::log_in(Rc::clone(&worker.context), manner));
    }
    let mut logged_in = Vec::with_capacity(logins.len());
    let mut logins = stream::iter(logins).buffer_unordered(LOGINS);
    while let Some(agent) = logins.next().await {
        logged_in.push(agent.map_err(EngineError::Agent)?);
    }
    Ok(logged_in)
}

/// Sets the agents to work. Slots are offered round by round, so that chats spread over agents.
fn serve(agents: Vec<Agent>, worker: &Rc<Worker>, stage: &watch::Receiver<Stage>) -> JoinSet<()> {
    let rounds = agents.iter().map(Agent::chats_each).max().unwrap_or(0);
    for round in 0..rounds {
        for agent in agents.iter().filter(|agent| round < agent.chats_each()) {
            worker.context.desk.offer(agent.slot());
        }
    }
    let mut serving = JoinSet::new();
    for agent in agents {
        let mut stage = stage.clone();
        serving.spawn_local(agent.serve(async move { stage::done(&mut stage).await }));
    }
    serving
}
