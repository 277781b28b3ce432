//! What all iterations on one worker share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::watch;
use tokio::task::JoinError;
use tokio::time::Instant;
use wire::identity::Identity;

use super::program::{Journey, Program};
use super::roster::Roster;
use super::slots::Slots;
use super::stage::{self, Stage};
use super::thread::Here;
use crate::actor::{Context, Counted, Present};
use crate::plan::Plan;
use crate::record::StepId;
use crate::scenario::Scenario;

/// What all workers of a run share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) scenario: Arc<Scenario>,
    pub(super) plan: Arc<Plan>,
    pub(super) program: Arc<Program>,
    pub(super) roster: Arc<Roster>,
    pub(super) slots: Arc<Slots>,
    /// The number of the next arrival of a user: the closed model counts as it goes.
    pub(super) arrivals: Arc<AtomicU64>,
    /// What every identity starts with; empty on the embedded mock.
    pub(super) prefix: Arc<str>,
}

/// What all iterations on one worker share.
pub(super) struct Worker {
    pub(super) context: Rc<Context>,
    pub(super) shared: Shared,
    stage: watch::Receiver<Stage>,
    panics: Cell<u64>,
    over_at: Cell<Option<Instant>>,
    /// Customers at each step, in the catalogue's order.
    in_steps: Vec<Present>,
    name: RefCell<String>,
}

impl Worker {
    pub(super) fn new(context: Rc<Context>, shared: Shared, stage: watch::Receiver<Stage>) -> Self {
        let in_steps = shared.program.catalog.steps().map(|_| Present::default()).collect();
        Self {
            context,
            shared,
            stage,
            panics: Cell::new(0),
            over_at: Cell::default(),
            in_steps,
            name: RefCell::default(),
        }
    }

    /// The journey that the customer of this arrival takes.
    pub(super) fn journey(&self, arrival: u64) -> Option<&Journey> {
        let Shared { plan, scenario, program, .. } = &self.shared;
        program.journeys.get(plan.journey(scenario, arrival))
    }

    /// The customer's identity on this target.
    pub(super) fn identity(&self, customer: u32) -> Identity {
        let mut name = self.name.borrow_mut();
        name.clear();
        name.push_str(&self.shared.prefix);
        let Shared { scenario, .. } = &self.shared;
        scenario.customers.identity(customer, &self.context.run_id, &scenario.vars, &mut name);
        Identity::from(name.as_str())
    }

    /// One more customer is at this step, until the guard is dropped.
    pub(super) fn at_step(&self, step: StepId) -> Option<Counted> {
        self.in_steps.get(step.index()).map(Present::enter)
    }

    /// Who is there now.
    pub(super) fn here(&self) -> Here {
        Here {
            connected: self.context.connected.count(),
            open_chats: self.context.open_chats.count(),
            agents_busy: self.context.agents_busy.count(),
            in_steps: self.in_steps.iter().map(Present::count).collect(),
        }
    }

    /// Waits until customers have to stop.
    pub(super) async fn over(&self) {
        stage::over(&mut self.stage.clone()).await;
    }

    /// Whether customers have to stop.
    pub(super) fn is_over(&self) -> bool {
        self.stage.borrow().is_over()
    }

    /// From this moment on nobody was due any more.
    pub(super) fn note_over(&self, from: Instant) {
        self.over_at.set(Some(from));
        self.note_break();
    }

    /// Until when arrivals count as due: now, or the end.
    pub(super) fn due_until(&self) -> Instant {
        self.over_at.get().unwrap_or_else(Instant::now)
    }

    /// Has what is cut off told apart, if somebody ended the run before its time.
    pub(super) fn note_break(&self) {
        if self.stage.borrow().is_broken_off() {
            self.context.recorder.borrow_mut().break_off();
        }
    }

    /// Counts a chat whose task did not end by itself: a panic is our fault and is never swallowed.
    pub(super) fn note_end(&self, ended: Result<(), JoinError>) {
        if ended.is_err_and(|error| error.is_panic()) {
            self.panics.set(self.panics.get() + 1);
        }
    }

    /// How many chats ended in a panic.
    pub(super) fn panics(&self) -> u64 {
        self.panics.get()
    }
}
