//! How a run stands while it goes on: all that whoever watches it may know.

use std::sync::Arc;
use std::time::Duration;

use super::program::Program;
use super::thread::Here;
use crate::record::{Collector, Counters, Kind, Observed, StepId, Strain};

/// How a run stands, once a second: what a display shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// `setup`, `warm-up`, `steady`, `drain` or `done`.
    pub stage: &'static str,
    /// Since the first arrival could come.
    pub elapsed: Duration,
    /// Until the last arrival may come.
    pub planned: Duration,
    /// What was counted.
    pub counters: Counters,
    /// Failures.
    pub errors: u64,
    /// The kind that most of them are of, and how many.
    pub commonest_error: Option<(Kind, u64)>,
    /// Customers logged in.
    pub connected: u64,
    /// Chats open.
    pub open_chats: u64,
    /// Chats waiting for an agent.
    pub waiting: u64,
    /// Agents in at least one chat.
    pub agents_busy: u64,
    /// Each step of the customers, in the scenario's order.
    pub steps: Vec<StepStanding>,
    /// What the generator was under so far.
    pub strain: Strain,
}

/// How one step stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StepStanding {
    /// The step's name, with its journey where two have a step of that name.
    pub name: Arc<str>,
    /// Customers that are at it now.
    pub customers: u64,
    /// The median of its response time over the last seconds.
    pub p50: Observed,
    /// The same for 95 of 100.
    pub p95: Observed,
    /// How many failed in those seconds.
    pub failed: u64,
}

/// The steps that are watched: those of the customers.
pub(super) struct Watched(Vec<(StepId, Arc<str>)>);

impl Watched {
    pub(super) fn of(program: &Program) -> Self {
        let agents = [program.agents.join, program.agents.reply, program.agents.wrap_up];
        let customers = program.catalog.steps().filter(|(id, _)| !agents.contains(id));
        Self(customers.map(|(id, _)| (id, program.catalog.unambiguous_name(id).into())).collect())
    }

    /// How each of them stands.
    pub(super) fn stand(&self, collector: &Collector, here: &[Here]) -> Vec<StepStanding> {
        let stand = |(step, name): &(StepId, Arc<str>)| {
            let at_it = here.iter().filter_map(|here| here.in_steps.get(step.index()));
            let lately = collector.response_lately(*step);
            StepStanding {
                name: Arc::clone(name),
                customers: at_it.sum(),
                p50: lately.percentile(0.5),
                p95: lately.percentile(0.95),
                failed: lately.failed(),
            }
        };
        self.0.iter().map(stand).collect()
    }
}
