//! What the engine is asked to do.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use tokio::sync::Semaphore;

use super::EngineError;
use crate::actor::desk::Desk;
use crate::flex::budget::Allowance;
use crate::flex::resources::Resources;
use crate::flex::rest::Tracer;
use crate::flex::run_id::RunId;
use crate::flex::sdk::{SdkConfig, Trace};
use crate::flex::target::Target;
use crate::plan::Plan;
use crate::scenario::Scenario;

/// A run: what to do, where, and with how many hands.
pub struct Job {
    /// What the author wrote.
    pub scenario: Arc<Scenario>,
    /// What will happen when.
    pub plan: Arc<Plan>,
    /// Where.
    pub target: Target,
    /// The run's name.
    pub run_id: RunId,
    /// What every identity starts with; empty on the embedded mock.
    pub prefix: String,
    /// Worker threads; at least one.
    pub workers: usize,
    /// One customer only.
    pub once: bool,
    /// Told of each REST call.
    pub rest_trace: Option<Tracer>,
    /// Makes what is told of each frame; one for each worker.
    pub frame_trace: Option<fn() -> Trace>,
    /// What is made on the target is noted here; `None` for the embedded mock, which forgets by itself.
    pub resources: Option<Arc<Resources>>,
    /// What is left of the target's budget; `None` where there is none.
    pub allowance: Option<Arc<Allowance>>,
    /// The backend's connections, for the whole run.
    pub pool: Arc<Semaphore>,
    /// Where chats wait for agents.
    pub desk: Arc<Desk>,
}

/// The workers a run has when nobody says otherwise: one for each CPU this process may use, less the threads
/// of a mock in this process.
pub fn default_workers(mock_threads: usize) -> usize {
    let cpus = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    cpus.saturating_sub(mock_threads).max(1)
}

impl Job {
    /// How the devices of one worker connect.
    pub(super) fn sdk_config(&self) -> Result<SdkConfig, EngineError> {
        let config = self.target.sdk_config().map_err(EngineError::Tls)?;
        Ok(match self.frame_trace {
            Some(trace) => config.trace(trace()),
            None => config,
        })
    }
}
