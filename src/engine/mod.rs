//! Runs a plan: the only code that decides when.
//!
//! ```text
//! run ─ Stage ─▶ worker 0 … n   agents log in ─▶ load ─▶ drain ─▶ wrap up
//!     ◀ FromWorker ─            a snapshot each second, then the last one
//! ```
//!
//! Each worker is an OS thread with a runtime of its own. What crosses threads is the stage, a snapshot a
//! second, a slot and an agent a chat; nothing crosses per message.

mod dispatch;
mod due;
mod health;
mod job;
mod program;
mod roster;
mod slots;
mod stage;
mod standing;
mod thread;
mod users;
mod walk;
mod worker;

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use self::health::Watch;
pub use self::job::{Job, default_workers};
use self::program::Program;
use self::roster::Roster;
use self::slots::Slots;
use self::stage::Stage;
use self::standing::Watched;
pub use self::standing::{Standing, StepStanding};
use self::thread::{FromWorker, Here, Lines};
use self::worker::Shared;
use crate::flex::sdk::SdkError;
use crate::flex::target::TargetError;
use crate::record::{Catalog, Collector, Gauges, Process, Room, Snapshot, Summary};

/// From everybody being ready to the zero of the plan: time for every worker to hear of it.
const HEAD_START: Duration = Duration::from_millis(20);
/// How often it is looked whether a worker is still there before the start.
const LOOK: Duration = Duration::from_millis(200);
/// How long agents may take to wrap up when the last customer has ended.
const WRAP_UP: Duration = Duration::from_secs(10);
/// The same after a signal: customers hang up at once, and agents get the time for what is on its way.
const STOPPING: Duration = Duration::from_secs(6);
/// How long workers may take to end after that.
const ENDING: Duration = Duration::from_secs(15);

/// Looks at each second of a run while it goes on: when it ended, after the start of the load, and what was measured
/// in it. Breaking ends the run.
pub type Observer<'a> = dyn FnMut(Duration, &Snapshot) -> ControlFlow<()> + 'a;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everybody was done, or the drain was over.
    ByItself,
    /// It was asked to stop.
    Asked,
    /// Whoever observed it broke it off.
    Aborted,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// Everything that was measured.
    pub summary: Summary,
    /// How it ended.
    pub end: End,
    /// What the process used.
    pub usage: Process,
    /// What it could have used.
    pub room: Room,
    /// Chats that ended in a panic: flexload itself is broken.
    pub panics: u64,
    /// How many chats were open, times how long: the area below their gauge.
    pub chats: Duration,
}

impl Ran {
    /// A run that was asked to stop before it could begin.
    pub fn not_begun(collector: Collector) -> Self {
        Self {
            summary: collector.finish(Duration::ZERO),
            end: End::Asked,
            usage: Process::read(),
            room: Room::default(),
            panics: 0,
            chats: Duration::ZERO,
        }
    }
}

/// Why a run could not take place.
#[derive(Debug)]
pub enum EngineError {
    /// An agent could not log in.
    Agent(SdkError),
    /// The target cannot be used as it is written.
    Target(TargetError),
    /// The certificates of the target's `ca_file`, or the system's, cannot be used.
    Tls(io::Error),
    /// A worker has no runtime.
    Runtime(io::Error),
    /// What is about to be made on the target cannot be written down.
    Unnoted(io::Error),
    /// A worker ended without a word.
    Worker,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(error) => {
                write!(f, "an agent could not log in, so nobody would be answered: {error}")
            }
            Self::Target(error) => error.fmt(f),
            Self::Tls(error) => write!(f, "no certificates to trust: {error}"),
            Self::Runtime(error) => write!(f, "a worker could not start: {error}"),
            Self::Unnoted(error) => {
                write!(f, "what is made on the target could not be noted, so nothing is made: {error}")
            }
            Self::Worker => f.write_str("a worker ended without a word: this is a bug in flexload"),
        }
    }
}

impl std::error::Error for EngineError {}

impl From<TargetError> for EngineError {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

/// What the scenario measures, for whoever writes it down.
pub fn catalog(scenario: &crate::scenario::Scenario) -> Arc<Catalog> {
    Program::of(scenario).catalog
}

/// Runs the job to its end, or until `stop` resolves or `observer` breaks it off.
///
/// # Errors
///
/// The run could not begin: an agent could not log in, or a worker could not start. Whatever goes wrong with
/// customers is a result, not an error.
pub async fn run(
    job: Job,
    collector: Collector,
    standing: &watch::Sender<Standing>,
    observer: &mut Observer<'_>,
    stop: impl Future<Output = ()>,
) -> Result<Ran, EngineError> {
    let mut conductor = Conductor::start(job, collector, observer)?;
    let mut stop = std::pin::pin!(stop);
    let stopped = tokio::select! {
        ready = conductor.everybody_ready() => { ready?; false }
        () = &mut stop => true,
    };
    let end = if stopped { End::Asked } else { conductor.load(standing, stop.as_mut()).await? };
    conductor.end(standing, end).await
}

/// Leads the workers through the stages.
struct Conductor<'a> {
    job: Arc<Job>,
    observer: &'a mut Observer<'a>,
    stage: watch::Sender<Stage>,
    hear: mpsc::Receiver<FromWorker>,
    emptied: Vec<mpsc::Sender<Snapshot>>,
    here: Vec<Here>,
    watched: Watched,
    threads: Vec<JoinHandle<()>>,
    collector: Collector,
    watch: Watch,
    start: Instant,
    /// When the last second ended, after the start.
    ticked: Duration,
    idle: usize,
    ended: usize,
    panics: u64,
    chats: Duration,
    /// Whether seconds are still shown to `observer`.
    observed: bool,
}

impl<'a> Conductor<'a> {
    fn start(job: Job, collector: Collector, observer: &'a mut Observer<'a>) -> Result<Self, EngineError> {
        let job = Arc::new(job);
        let scenario = Arc::clone(&job.scenario);
        let customers = &scenario.customers;
        let shared = Shared {
            program: Arc::new(Program::of(&scenario)),
            roster: Arc::new(Roster::new(customers.count, customers.exhausted)),
            slots: Slots::new(u64::from(job.plan.max_open)),
            arrivals: Arc::new(AtomicU64::new(0)),
            prefix: job.prefix.as_str().into(),
            plan: Arc::clone(&job.plan),
            scenario: Arc::clone(&scenario),
        };
        let (stage, stages) = watch::channel(Stage::Setup);
        let (tell, hear) = mpsc::channel(4 * job.workers);
        let mut conductor = Self {
            observer,
            stage,
            hear,
            emptied: Vec::new(),
            here: vec![Here::default(); job.workers],
            watched: Watched::of(&shared.program),
            threads: Vec::new(),
            collector,
            watch: Watch::new(job.workers, job.target.embedded),
            start: Instant::now(),
            ticked: Duration::ZERO,
            idle: 0,
            ended: 0,
            panics: 0,
            chats: Duration::ZERO,
            observed: true,
            job: Arc::clone(&job),
        };
        for number in 0..job.workers {
            let (give_back, emptied) = mpsc::channel(1);
            conductor.emptied.push(give_back);
            let lines = Lines { stage: stages.clone(), tell: tell.clone(), emptied };
            let thread = thread::start(number, Arc::clone(&job), shared.clone(), lines);
            conductor.threads.push(thread.map_err(EngineError::Runtime)?);
        }
        Ok(conductor)
    }

    async fn everybody_ready(&mut self) -> Result<(), EngineError> {
        let mut look = interval_at(Instant::now() + LOOK, LOOK);
        let mut ready = 0;
        while ready < self.job.workers {
            tokio::select! {
                said = self.hear.recv() => match said {
                    Some(FromWorker::Ready) => ready += 1,
                    Some(FromWorker::Failed(error)) => {
                        self.stage.send_replace(Stage::Done(End::ByItself));
                        return Err(error);
                    }
                    _ => return Err(EngineError::Worker),
                },
                // A thread that is gone says nothing any more.
                _ = look.tick() => if self.threads.iter().any(JoinHandle::is_finished) && self.hear.is_empty() {
                    return Err(EngineError::Worker);
                },
            }
        }
        Ok(())
    }

    /// From the first arrival to the last customer's end, or to the end of the drain, or until somebody ends it.
    async fn load(
        &mut self,
        standing: &watch::Sender<Standing>,
        mut stop: std::pin::Pin<&mut impl Future<Output = ()>>,
    ) -> Result<End, EngineError> {
        self.start = Instant::now() + HEAD_START;
        self.collector.begin(SystemTime::now() + HEAD_START);
        self.watch.begin();
        self.stage.send_replace(Stage::Load { start: self.start });
        let deadline = self.start + self.length() + self.job.scenario.load.drain.duration();
        let mut second = seconds(self.start);
        while self.idle < self.job.workers {
            tokio::select! {
                said = self.hear.recv() => self.note(said)?,
                _ = second.tick() => if self.tick(standing).is_break() { return Ok(End::Aborted) },
                () = sleep_until(deadline) => break,
                () = &mut stop => return Ok(End::Asked),
            }
        }
        Ok(End::ByItself)
    }

    /// Ends the run: customers stop, agents wrap up, workers hand over their last snapshot.
    async fn end(mut self, standing: &watch::Sender<Standing>, end: End) -> Result<Ran, EngineError> {
        // Seconds in which everybody hangs up are none to judge anything by.
        self.observed = end == End::ByItself;
        self.stage.send_replace(Stage::Over(end));
        let patience = if end == End::Asked { STOPPING } else { WRAP_UP };
        self.wait_for_agents(standing, Instant::now() + patience).await?;
        self.stage.send_replace(Stage::Done(end));
        let deadline = Instant::now() + ENDING;
        let mut second = seconds(self.start + self.ticked);
        while self.ended < self.job.workers {
            tokio::select! {
                said = self.hear.recv() => self.note(said)?,
                _ = second.tick() => { _ = self.tick(standing); },
                () = sleep_until(deadline) => break,
            }
        }
        // A worker that has not ended by now is stuck or has panicked, and its last second is missing.
        self.panics += (self.job.workers - self.ended) as u64;
        if self.ended == self.job.workers {
            for thread in self.threads.drain(..) {
                _ = thread.join();
            }
        }
        // What the workers said last is of this second: it ends when all of them have spoken.
        let at = self.elapsed();
        _ = self.tick(standing);
        let Self { collector, panics, chats, watch, .. } = self;
        Ok(Ran {
            summary: collector.finish(at),
            end,
            usage: Process::read(),
            room: watch.room(),
            panics,
            chats,
        })
    }

    /// Waits until the last customer has ended and no chat has an agent any more.
    async fn wait_for_agents(
        &mut self,
        standing: &watch::Sender<Standing>,
        deadline: Instant,
    ) -> Result<(), EngineError> {
        let mut look = interval_at(Instant::now(), Duration::from_millis(10));
        let mut second = seconds(self.start + self.ticked);
        let all = self.job.workers;
        while self.ended < all && (self.idle < all || self.job.desk.standing().served > 0) {
            tokio::select! {
                said = self.hear.recv() => self.note(said)?,
                _ = look.tick() => {}
                _ = second.tick() => { _ = self.tick(standing); },
                () = sleep_until(deadline) => break,
            }
        }
        Ok(())
    }

    fn note(&mut self, said: Option<FromWorker>) -> Result<(), EngineError> {
        match said.ok_or(EngineError::Worker)? {
            FromWorker::Ready => {}
            // A run that was asked to stop has more to tell than who could not log in meanwhile.
            FromWorker::Failed(_) if self.stage.borrow().is_over() => self.ended += 1,
            FromWorker::Failed(error) => return Err(error),
            FromWorker::Second { worker, mut snapshot, here, beat } => {
                self.collector.merge(&mut snapshot);
                self.watch.note(worker, beat);
                self.here[worker] = here;
                // Full means that the worker has one already.
                _ = self.emptied[worker].try_send(snapshot);
            }
            FromWorker::Idle => self.idle += 1,
            FromWorker::Ended { worker, mut snapshot, here, panics, beat, chats } => {
                self.chats += chats;
                self.collector.merge(&mut snapshot);
                if let Some(beat) = beat {
                    self.watch.note(worker, beat);
                }
                self.here[worker] = here;
                self.ended += 1;
                self.panics += panics;
            }
        }
        Ok(())
    }

    /// Ends a second; breaks when whoever watches has seen enough.
    fn tick(&mut self, standing: &watch::Sender<Standing>) -> ControlFlow<()> {
        let elapsed = self.elapsed();
        // What the second was: at its end the next stage may have begun.
        let of_second = self.stage_name((self.ticked + elapsed) / 2);
        self.ticked = elapsed;
        let seen = if self.observed {
            (self.observer)(elapsed, self.collector.second())
        } else {
            ControlFlow::Continue(())
        };
        let desk = self.job.desk.standing();
        let connected = self.here.iter().map(|here| here.connected).sum();
        let open_chats = self.here.iter().map(|here| here.open_chats).sum();
        let process = Process::read();
        let gauges = Gauges {
            stage: of_second,
            connected,
            open_chats,
            waiting_for_agent: desk.waiting as u64,
            cpu_seconds: process.cpu_seconds,
            rss_kib: process.rss_kib,
            open_files: process.open_files,
            health: self.watch.second(&process),
        };
        self.collector.tick(elapsed, &gauges);
        standing.send_replace(Standing {
            stage: self.stage_name(elapsed),
            elapsed,
            planned: self.length(),
            counters: self.collector.counters(),
            errors: self.collector.errors(),
            connected,
            open_chats,
            waiting: desk.waiting as u64,
            agents_busy: self.here.iter().map(|here| here.agents_busy).sum(),
            commonest_error: self.collector.commonest_error(),
            steps: self.watched.stand(&self.collector, &self.here),
            strain: self.collector.strain().clone(),
        });
        seen
    }

    fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(self.start)
    }

    fn length(&self) -> Duration {
        if self.job.once { Duration::ZERO } else { self.job.plan.length }
    }

    fn load_stage(&self, elapsed: Duration) -> &'static str {
        let plan = &self.job.plan;
        let warmup =
            plan.phase_at(elapsed).and_then(|phase| plan.phases.get(phase)).is_some_and(|phase| phase.warmup);
        if warmup { "warm-up" } else { "steady" }
    }

    fn stage_name(&self, elapsed: Duration) -> &'static str {
        match *self.stage.borrow() {
            Stage::Setup => "setup",
            Stage::Load { .. } if elapsed >= self.length() && !self.job.once => "drain",
            Stage::Load { .. } => self.load_stage(elapsed),
            Stage::Over(_) | Stage::Done(_) => "done",
        }
    }
}

/// The ends of the seconds after `start`. One that is missed is not made up for.
fn seconds(start: Instant) -> Interval {
    const SECOND: Duration = Duration::from_secs(1);
    let mut seconds = interval_at(start + SECOND, SECOND);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    seconds
}
