//! Starts an iteration when it is due, and counts those it could not start.

use std::iter;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::roster::Claim;
use super::slots::Slot;
use super::users::User;
use super::walk::{Arrival, iteration};
use super::worker::Worker;
use crate::record::{Counter, Kind, Sample};

/// So many late arrivals are started at once; then everybody else has a turn.
const AT_ONCE: u32 = 64;
/// How long a user waits for a customer who is not chatting.
const AGAIN: Duration = Duration::from_millis(100);
/// The least time from one start of a user to the next when the chat failed.
const AFTER_A_FAILURE: Duration = Duration::from_secs(1);

/// The open model: arrivals come as planned, whatever became of those before.
///
/// `arrivals` are this worker's share, each with its number in the run. Every arrival that is due is started
/// on the same wake, and none is ever re-based: a late start is lag, not a later arrival.
pub(super) async fn open(
    worker: &Rc<Worker>,
    arrivals: impl Iterator<Item = (u64, Duration)>,
    start: Instant,
) {
    let mut chats = JoinSet::new();
    let mut at_once = 0;
    let mut arrivals = arrivals.map(|(number, offset)| (number, start + offset));
    'arrivals: while let Some((number, due)) = arrivals.next() {
        while due > Instant::now() {
            at_once = 0;
            tokio::select! {
                biased;
                // Those who are there still end their chats.
                () = worker.over() => {
                    // This one was to come next, and no longer comes.
                    worker.note_over(due.min(Instant::now()) - Duration::from_nanos(1));
                    break 'arrivals;
                }
                () = sleep_until(due) => {}
                // Finished chats are let go of as they end, or a long run would keep them all.
                Some(ended) = chats.join_next() => worker.note_end(ended),
            }
        }
        at_once += 1;
        if at_once == AT_ONCE {
            // A worker that cannot keep up must still do what was begun, and tell how it fares.
            tokio::task::yield_now().await;
            at_once = 0;
            if worker.is_over() {
                never_started(worker, iter::once((number, due)).chain(arrivals));
                break;
            }
        }
        if !start_one(worker, number, due, &mut chats) {
            break;
        }
    }
    drain(worker, &mut chats).await;
}

/// Records those who were due before the end and never had their turn: what they waited is a lower bound.
fn never_started(worker: &Rc<Worker>, arrivals: impl Iterator<Item = (u64, Instant)>) {
    let now = Instant::now();
    worker.note_over(now);
    let mut recorder = worker.context.recorder.borrow_mut();
    for (number, due) in arrivals.take_while(|(_, due)| *due <= now) {
        if let Some(first) = worker.journey(number).and_then(|journey| journey.first) {
            recorder.step(first, &Sample::new(due, due, now, now, Kind::Unfinished.into()));
        }
    }
}

/// Starts one arrival if there is a customer and a slot for it; false when nobody arrives any more.
fn start_one(worker: &Rc<Worker>, number: u64, due: Instant, chats: &mut JoinSet<()>) -> bool {
    let customer = match worker.shared.roster.claim(number) {
        Claim::NobodyLeft => return false,
        Claim::AllBusy => None,
        Claim::Customer(customer) => Some(customer),
    };
    let mut recorder = worker.context.recorder.borrow_mut();
    let slot = customer.and_then(|customer| worker.shared.slots.take().map(|slot| (customer, slot)));
    match slot {
        Some((customer, slot)) => {
            recorder.count(Counter::Started, 1);
            chats.spawn_local(chat(Rc::clone(worker), Arrival { number, customer, due }, slot));
        }
        None => {
            if let Some(customer) = customer {
                worker.shared.roster.release(customer);
            }
            match worker.journey(number).and_then(|journey| journey.first) {
                Some(first) => recorder.dropped(first, due, Instant::now()),
                None => recorder.count(Counter::Dropped, 1),
            }
        }
    }
    true
}

async fn chat(worker: Rc<Worker>, arrival: Arrival, slot: Slot) {
    // On the heap as a whole: what a task holds inline it holds until it is joined.
    Box::pin(iteration(worker, arrival)).await;
    drop(slot);
}

/// The closed model: each user starts over when done, as long as the plan has it there.
pub(super) async fn closed(worker: &Rc<Worker>, users: impl Iterator<Item = User>, start: Instant) {
    let mut chats = JoinSet::new();
    for user in users {
        chats.spawn_local(one_user(Rc::clone(worker), start + user.from, start + user.until));
    }
    drain(worker, &mut chats).await;
}

async fn one_user(worker: Rc<Worker>, from: Instant, until: Instant) {
    tokio::select! {
        biased;
        () = worker.over() => return,
        () = sleep_until(from) => {}
    }
    let mut due = from;
    while due < until && !worker.is_over() {
        let number = worker.shared.arrivals.fetch_add(1, Ordering::Relaxed);
        let customer = match worker.shared.roster.claim(number) {
            Claim::Customer(customer) => customer,
            Claim::NobodyLeft => return,
            Claim::AllBusy => {
                pause(&worker, Instant::now() + AGAIN).await;
                continue;
            }
        };
        {
            let mut recorder = worker.context.recorder.borrow_mut();
            recorder.count(Counter::Due, 1);
            recorder.count(Counter::Started, 1);
        }
        let completed = Box::pin(iteration(Rc::clone(&worker), Arrival { number, customer, due })).await;
        if !completed {
            // A person who was turned away does not try again at once: a target that refuses everybody must not
            // be stormed.
            pause(&worker, due + AFTER_A_FAILURE).await;
        }
        // A user starts over at the end of the chat before: that is when the next one is due.
        tokio::task::yield_now().await;
        due = Instant::now();
    }
}

async fn pause(worker: &Worker, until: Instant) {
    tokio::select! {
        biased;
        () = worker.over() => {}
        () = sleep_until(until) => {}
    }
}

async fn drain(worker: &Rc<Worker>, chats: &mut JoinSet<()>) {
    while let Some(ended) = chats.join_next().await {
        worker.note_end(ended);
    }
}
