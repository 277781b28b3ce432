//! The desk: free agents on one side, waiting chats on the other, first come first served.
//!
//! There is one desk for the whole run, whatever the number of workers, so that how many threads generate
//! the load does not change what anybody waits for. It is locked once when a chat asks for an agent and once
//! when an agent is free again, never per message.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wire::identity::Identity;
use wire::sid::ChannelSid;

use super::tally::Tally;

/// What an agent is told to do.
#[derive(Debug)]
pub enum Order {
    /// Join this chat and answer in it.
    Join(Waiting),
    /// The customer is gone: close the chat.
    WrapUp(Ending),
}

/// A chat that waits for an agent.
#[derive(Debug)]
pub struct Waiting {
    /// The chat's channel.
    pub channel: ChannelSid,
    /// Who wrote in it; everything by others the agent leaves unanswered.
    pub customer: Identity,
    /// The chat's number in the run: what its share of randomness is drawn with.
    pub chat: u64,
    /// Told when the agent is a member; dropped by a customer who gave up.
    pub joined: oneshot::Sender<Joined>,
}

/// The agent is in the chat.
#[derive(Debug)]
pub struct Joined {
    /// When the agent was a member.
    pub at: Instant,
    /// Where the agent takes orders.
    pub inbox: mpsc::Sender<Order>,
}

/// A chat that has ended on the customer's side.
#[derive(Debug)]
pub struct Ending {
    /// The chat's channel.
    pub channel: ChannelSid,
    /// What the customer sent and saw.
    pub customer: Tally,
    /// A long-lived chat stays ACTIVE.
    pub long_lived: bool,
}

/// One chat an agent has room for.
#[derive(Clone, Debug)]
pub struct Slot {
    inbox: mpsc::Sender<Order>,
}

impl Slot {
    /// A place in the queue of the agent that reads `inbox`.
    pub fn new(inbox: mpsc::Sender<Order>) -> Self {
        Self { inbox }
    }
}

/// How the desk stands now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Chats waiting for an agent.
    pub waiting: usize,
    /// Chats that have one.
    pub served: usize,
    /// The longest the queue has been.
    pub peak_waiting: usize,
}

#[derive(Default)]
struct State {
    free: VecDeque<Slot>,
    waiting: VecDeque<Waiting>,
    served: usize,
    peak_waiting: usize,
}

/// The run-wide queue of free agents and waiting chats.
#[derive(Default)]
pub struct Desk(Mutex<State>);

impl Desk {
    /// A chat asks for an agent: it gets a free one now, or the next that comes free after those before it.
    pub fn ask(&self, chat: Waiting) {
        let mut state = self.lock();
        state.forget_those_who_gave_up();
        state.waiting.push_back(chat);
        state.assign();
        state.peak_waiting = state.peak_waiting.max(state.waiting.len());
    }

    /// An agent has room for one more chat for the first time.
    pub fn offer(&self, slot: Slot) {
        let mut state = self.lock();
        state.free.push_back(slot);
        state.assign();
    }

    /// An agent has finished a chat and has room again.
    pub fn release(&self, slot: Slot) {
        let mut state = self.lock();
        state.served = state.served.saturating_sub(1);
        state.free.push_back(slot);
        state.assign();
    }

    /// An agent is gone in the middle of a chat: its slot goes with it.
    pub fn abandon(&self) {
        let mut state = self.lock();
        state.served = state.served.saturating_sub(1);
    }

    /// How many wait, how many are served.
    pub fn standing(&self) -> Standing {
        let mut state = self.lock();
        state.forget_those_who_gave_up();
        Standing { waiting: state.waiting.len(), served: state.served, peak_waiting: state.peak_waiting }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the queue whole: each change is one push or pop.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn assign(&mut self) {
        while !self.free.is_empty() {
            let Some(chat) = self.waiting.pop_front() else { return };
            if chat.joined.is_closed() {
                continue;
            }
            let Some(slot) = self.free.pop_front() else { return };
            match slot.inbox.try_send(Order::Join(chat)) {
                Ok(()) => self.served += 1,
                // The agent is gone (its slot goes with it); the chat keeps its place for the next.
                Err(mpsc::error::TrySendError::Full(order) | mpsc::error::TrySendError::Closed(order)) => {
                    if let Order::Join(chat) = order {
                        self.waiting.push_front(chat);
                    }
                }
            }
        }
    }

    /// Keeps the queue as short as the number of chats that are open: only the front is looked at, because
    /// chats give up in about the order they came.
    fn forget_those_who_gave_up(&mut self) {
        while self.waiting.front().is_some_and(|chat| chat.joined.is_closed()) {
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(number: u64) -> (Waiting, oneshot::Receiver<Joined>) {
        let (joined, hears) = oneshot::channel();
        let channel = ChannelSid::mock(1, number);
        (Waiting { channel, customer: Identity::from("ada"), chat: number, joined }, hears)
    }

    fn agent() -> (Slot, mpsc::Receiver<Order>) {
        let (inbox, orders) = mpsc::channel(4);
        (Slot::new(inbox), orders)
    }

    fn joined_chat(orders: &mut mpsc::Receiver<Order>) -> Option<u64> {
        match orders.try_recv() {
            Ok(Order::Join(chat)) => Some(chat.chat),
            _ => None,
        }
    }

    #[test]
    fn chats_are_served_in_the_order_they_came() {
        let desk = Desk::default();
        let (slot, mut orders) = agent();
        let (first, _hears_first) = chat(1);
        let (second, _hears_second) = chat(2);
        desk.ask(first);
        desk.ask(second);
        assert_eq!(desk.standing(), Standing { waiting: 2, served: 0, peak_waiting: 2 });

        desk.offer(slot.clone());
        assert_eq!(joined_chat(&mut orders), Some(1));
        assert_eq!(joined_chat(&mut orders), None, "one slot serves one chat at a time");

        desk.release(slot);
        assert_eq!(joined_chat(&mut orders), Some(2));
    }

    #[test]
    fn a_chat_that_gave_up_is_passed_over() {
        let desk = Desk::default();
        let (slot, mut orders) = agent();
        let (first, hears_first) = chat(1);
        let (second, _hears_second) = chat(2);
        desk.ask(first);
        desk.ask(second);
        drop(hears_first);
        desk.offer(slot);
        assert_eq!(joined_chat(&mut orders), Some(2));
    }

    #[test]
    fn a_chat_whose_agent_has_gone_gets_the_next_one() {
        let desk = Desk::default();
        let (gone, orders_of_gone) = agent();
        drop(orders_of_gone);
        let (slot, mut orders) = agent();
        desk.offer(gone);
        desk.offer(slot);
        let (first, _hears) = chat(1);
        desk.ask(first);
        assert_eq!(joined_chat(&mut orders), Some(1));
    }
}
