//! One iteration: a customer walks through the steps of a journey.
//!
//! The loop over steps is here, what a step does is the step's own. Each step's times are taken here too, so
//! that all steps are measured alike.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::Instant;

use super::program::{Journey, Measured, Node};
use super::worker::Worker;
use crate::actor::customer::Customer;
use crate::record::{Counter, Finished, Kind, Outcome, PartId, STALLED, Sample, StepId};
use crate::seed::{self, Stream};
use crate::step::{self, OnError, PartsOver, Turn};
use crate::value::Columns;

/// Who arrives when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// Its number in the run.
    pub(super) number: u64,
    /// Which customer comes.
    pub(super) customer: u32,
    /// When it was planned.
    pub(super) due: Instant,
}

/// Why a walk ended before its last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// A step failed, and its author wants the chat to end there.
    AtAFailure,
}

/// A step that has begun.
#[derive(Debug)]
struct InFlight {
    step: StepId,
    parts: Arc<[PartId]>,
    due: Instant,
    free: Instant,
    began: Instant,
    over: PartsOver,
}

/// A customer on the way.
struct Walk {
    worker: Rc<Worker>,
    customer: Customer,
    arrival: Arrival,
    /// When the next step is due.
    due: Instant,
    /// When the customer and its connection were free for it.
    free: Instant,
    /// How often the customer paced itself.
    beats: u32,
    /// Draws made so far, so that each has an address of its own.
    draws: u64,
    /// Boxed, because a customer mostly thinks.
    in_flight: Option<Box<InFlight>>,
    failed: bool,
}

/// Walks one customer through its journey and ends the chat, however far it came. Whether it came through
/// without an error.
pub(super) async fn iteration(worker: Rc<Worker>, arrival: Arrival) -> bool {
    let Some(journey) = worker.journey(arrival.number) else { return false };
    worker.context.recorder.borrow_mut().expect(journey.milestones);
    note_its_turn(&worker, journey, arrival.due);
    let identity = worker.identity(arrival.customer);
    let customer = Customer::new(Rc::clone(&worker.context), identity, arrival.number);
    let mut walk = Walk {
        worker: Rc::clone(&worker),
        customer,
        arrival,
        due: arrival.due,
        free: arrival.due,
        beats: 0,
        draws: 0,
        in_flight: None,
        failed: false,
    };
    let through = {
        let steps = walk.nodes(journey, &journey.nodes, 0);
        tokio::select! {
            biased;
            () = worker.over() => {
                worker.note_break();
                false
            }
            ended = steps => ended.is_ok(),
        }
    };
    Box::pin(walk.end(through)).await
}

/// Looks how late a customer has its turn: tasks wait for one another where a worker cannot keep up.
fn note_its_turn(worker: &Worker, journey: &Journey, due: Instant) {
    worker.note_break();
    let now = Instant::now();
    let mut recorder = worker.context.recorder.borrow_mut();
    if now.saturating_duration_since(due) > STALLED {
        recorder.count(Counter::LateStarts, 1);
    }
    // Over before anything could begin: no step will tell of it.
    if worker.is_over()
        && let Some(first) = journey.first
    {
        recorder.step(first, &Sample::new(due, due, now, now, Kind::Unfinished.into()));
    }
}

impl Walk {
    /// Walks through nodes one after another. Boxed, because nodes hold nodes.
    fn nodes<'a>(
        &'a mut self,
        journey: &'a Journey,
        nodes: &'a [Node],
        round: u32,
    ) -> LocalBoxFuture<'a, Result<(), Ended>> {
        async move {
            for node in nodes {
                match node {
                    // On the heap for as long as it takes: a customer mostly thinks, and should not carry
                    // the room for a request meanwhile, once for each level of steps within steps.
                    Node::Do(measured) => Box::pin(self.step(journey, measured, round)).await?,
                    Node::Think(pause) => {
                        let pause = pause.sample(self.draw(Stream::Think));
                        self.pause_until(self.due + pause).await;
                    }
                    Node::Pace(every) => {
                        self.beats += 1;
                        self.pause_until(self.arrival.due + *every * self.beats).await;
                    }
                    Node::Repeat { times, nodes } => {
                        for round in 1..=*times {
                            self.nodes(journey, nodes, round).await?;
                        }
                    }
                    Node::OneOf { weights, branches } => {
                        let branch = step::weighted(weights.iter().copied(), self.draw(Stream::Branch));
                        if let Some(nodes) = branch.and_then(|index| branches.get(index)) {
                            self.nodes(journey, nodes, round).await?;
                        }
                    }
                }
            }
            Ok(())
        }
        .boxed_local()
    }

    /// Does one step and records it.
    async fn step(&mut self, journey: &Journey, measured: &Measured, round: u32) -> Result<(), Ended> {
        let (due, free, began) = (self.due, self.free, Instant::now());
        let parts = Arc::clone(&measured.parts);
        let over = PartsOver::default();
        let in_flight = InFlight { step: measured.id, parts, due, free, began, over };
        let in_flight = self.in_flight.insert(Box::new(in_flight));
        let worker = Rc::clone(&self.worker);
        let _at_it = worker.at_step(measured.id);
        let row = worker.shared.scenario.customers.row(self.arrival.customer);
        let turn = Turn {
            due,
            deadline: began + measured.timeout,
            parts: &measured.parts,
            way: journey.way,
            row: row.as_ref().map(|row| row as &dyn Columns),
            customer: self.arrival.customer,
            round,
            pool_wait: Cell::default(),
            over: &in_flight.over,
        };
        let done = measured.step.perform(&turn, &mut self.customer).await;
        let pool_wait = turn.pool_wait.get();
        self.in_flight = None;
        let (ended, outcome) = match done {
            Ok(ended) => (ended, Outcome::Ok),
            Err(failure) => (Instant::now(), Outcome::Failed(failure)),
        };
        let ok = outcome == Outcome::Ok;
        let mut sample = Sample::new(due, free, began, ended, outcome);
        // The queue for the backend's connections is the integration's, not what the target did.
        sample.attempt_began = began + pool_wait;
        worker.context.recorder.borrow_mut().step(measured.id, &sample);
        // A reply that was here already ended before it was waited for; the next step is due from now on all the
        // same, or thinking would count as lag.
        self.free = ended.max(began);
        self.due = self.free;
        if ok {
            return Ok(());
        }
        self.failed = true;
        match measured.on_error {
            OnError::Continue => Ok(()),
            OnError::EndChat => Err(Ended::AtAFailure),
        }
    }

    /// Rests until `due`, which is when the next step is due even if that moment is past.
    async fn pause_until(&mut self, due: Instant) {
        self.due = due;
        self.customer.rest_until(due).await;
    }

    /// A number in [0, 1) that only the seed, the arrival and the place in the walk decide.
    fn draw(&mut self, stream: Stream) -> f64 {
        self.draws += 1;
        seed::unit(self.worker.context.seed, stream, self.arrival.number, self.draws)
    }

    /// Ends the chat and counts it.
    async fn end(mut self, through: bool) -> bool {
        let now = Instant::now();
        if let Some(in_flight) = self.in_flight.take() {
            let InFlight { step, parts, due, free, began, over } = *in_flight;
            let sample = Sample::new(due, free, began, now, Kind::Unfinished.into());
            let mut recorder = self.worker.context.recorder.borrow_mut();
            recorder.step(step, &sample);
            over.give_up(&parts, due, now.saturating_duration_since(due), &mut recorder);
        }
        let (sent, replied) = self.customer.counts();
        let (stay, open) = self.customer.stay();
        let Self { worker, customer, arrival, failed, .. } = self;
        // Bounded, so that a target that answers nothing any more cannot hold the end of the run.
        _ = tokio::time::timeout(END_OF_CHAT, customer.finish(worker.is_over())).await;
        // One moment for both counts of open chats, or very short ones would differ by the clock alone.
        let closed = Instant::now();
        let chatted = stay.until(closed);
        if let Some(open) = open {
            open.leave(closed);
        }
        worker.shared.roster.release(arrival.customer);
        let completed = through && !failed;
        worker.context.recorder.borrow_mut().finished(Finished { completed, sent, replied, chatted });
        completed
    }
}

/// How long a customer may take to close its session.
const END_OF_CHAT: Duration = Duration::from_secs(5);
