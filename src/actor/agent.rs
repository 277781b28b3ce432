//! The agent: one login that serves several chats at once and answers each message after a while.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use wire::identity::Identity;
use wire::sid::ChannelSid;

use super::context::Context;
use super::desk::{Ending, Joined, Order, Slot, Waiting};
use super::failure::of_sdk;
use super::present::Counted;
use super::tally::Tally;
use crate::flex::sdk::{Answer, Event, Message, Sdk, SdkError, Ticket};
use crate::record::{Counter, Failure, Kind, Outcome, Sample, StepId};

/// How long an agent who wraps up waits for pushes that are still on their way.
const LAST_PUSHES: Duration = Duration::from_secs(5);

/// How long a chat's channel may take to appear on the agent's connection once the agent is a member.
const JOINING: Duration = Duration::from_secs(30);

/// What an agent says to everything.
const SAYS: &str = "How can I help?";

/// How long an agent's login may take.
const LOGIN: Duration = Duration::from_secs(30);

/// Who one agent is and how it behaves.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Its identity.
    pub identity: Identity,
    /// How many chats it has at a time.
    pub chats_each: u32,
}

/// One agent, logged in.
pub struct Agent {
    context: Rc<Context>,
    manner: Manner,
    sdk: Sdk,
    inbox: mpsc::Sender<Order>,
    orders: mpsc::Receiver<Order>,
    chats: HashMap<ChannelSid, Chat>,
    /// Held while there are chats.
    busy: Option<Counted>,
    /// Chats in channels whose last chat this agent is still closing.
    later: VecDeque<Waiting>,
    due: BinaryHeap<Reverse<(Instant, ChannelSid, Task)>>,
    asked: HashMap<Ticket, Asked>,
    rest: FuturesUnordered<LocalBoxFuture<'static, Rest>>,
}

/// What an agent has put off until later, with the number of the chat it is for: a channel may have another by
/// then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Reply { chat: u64 },
    GiveUpJoining { chat: u64 },
    GiveUpWaiting { chat: u64 },
}

/// What a request on the socket was for.
enum Asked {
    History(ChannelSid),
    Reply { channel: ChannelSid, chat: u64, due: Instant, began: Instant },
    Leave(ChannelSid),
}

/// What a REST call came to.
enum Rest {
    Added(ChannelSid, Result<(), Failure>),
    Closed(ChannelSid, Result<(), Failure>),
}

/// One chat of an agent's.
struct Chat {
    customer: Identity,
    number: u64,
    told: Instant,
    tally: Tally,
    /// To be told that the agent is in; taken when it was.
    joined: Option<oneshot::Sender<Joined>>,
    ending: Option<Ending>,
    closing: Option<Instant>,
}

impl Agent {
    /// Logs an agent in and offers its slots at the desk.
    ///
    /// # Errors
    ///
    /// The login failed: without its agents a run proves nothing, so it does not start.
    pub async fn log_in(context: Rc<Context>, manner: Manner) -> Result<Self, SdkError> {
        let token = context.backend.mint(&manner.identity, context.agents_token);
        let (sdk, _) = Sdk::connect(&context.faithful, &token, Instant::now() + LOGIN).await?;
        // A slot has at most one Join and one WrapUp under way.
        let (inbox, orders) = mpsc::channel(2 * manner.chats_each as usize + 1);
        Ok(Self {
            context,
            manner,
            sdk,
            inbox,
            orders,
            chats: HashMap::new(),
            busy: None,
            later: VecDeque::new(),
            due: BinaryHeap::new(),
            asked: HashMap::new(),
            rest: FuturesUnordered::new(),
        })
    }

    /// A slot for one more chat, to be offered at the desk.
    pub fn slot(&self) -> Slot {
        Slot::new(self.inbox.clone())
    }

    /// How many chats it has at a time.
    pub fn chats_each(&self) -> u32 {
        self.manner.chats_each
    }

    /// Serves chats until told to stop, or until its connection is gone for good. What it could not finish is
    /// counted as such.
    pub async fn serve(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            self.note_whether_busy();
            let wake = self.due.peek().map_or_else(far_away, |Reverse((at, ..))| *at);
            tokio::select! {
                event = self.sdk.next() => if self.hear(event).is_break() { break },
                Some(order) = self.orders.recv() => self.obey(order),
                Some(done) = self.rest.next() => self.finish(done),
                () = sleep_until(wake) => self.do_what_is_due(Instant::now()),
                () = &mut stop => break,
            }
        }
        self.leave_unfinished();
        self.sdk.close().await;
    }

    fn note_whether_busy(&mut self) {
        if self.chats.is_empty() {
            self.busy = None;
        } else if self.busy.is_none() {
            self.busy = Some(self.context.agents_busy.enter());
        }
    }

    /// Counts what is still under way: nothing that was begun goes without a sample.
    fn leave_unfinished(&mut self) {
        let now = Instant::now();
        let unfinished = |began| Sample::new(began, began, began, now, Kind::Unfinished.into());
        let mut recorder = self.context.recorder.borrow_mut();
        for asked in self.asked.values() {
            if let Asked::Reply { due, began, .. } = *asked {
                let sample = Sample::new(due, due, began, now, Kind::Unfinished.into());
                recorder.step(self.context.agents.reply, &sample);
            }
        }
        for chat in self.chats.values() {
            match chat.closing {
                Some(began) => recorder.step(self.context.agents.wrap_up, &unfinished(began)),
                None if chat.joined.is_some() => {
                    recorder.step(self.context.agents.join, &unfinished(chat.told))
                }
                None => {
                    let ending = chat.ending.as_ref();
                    recorder.count(
                        Counter::Pushed,
                        ending.map_or(0, |end| chat.tally.pushed_to_both(&end.customer)),
                    );
                }
            }
            self.context.desk.abandon();
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Join(waiting) => self.join(waiting),
            Order::WrapUp(ending) => self.wrap_up(ending),
        }
    }

    fn join(&mut self, waiting: Waiting) {
        if self.chats.contains_key(&waiting.channel) {
            // The customer is back before the last chat in this channel was closed.
            self.later.push_back(waiting);
            return;
        }
        let Waiting { channel, customer, chat, joined } = waiting;
        let (context, identity) = (Rc::clone(&self.context), self.manner.identity.clone());
        let told = Instant::now();
        self.due.push(Reverse((told + JOINING, channel, Task::GiveUpJoining { chat })));
        self.chats.insert(
            channel,
            Chat {
                customer,
                number: chat,
                told,
                tally: Tally::default(),
                joined: Some(joined),
                ending: None,
                closing: None,
            },
        );
        self.rest.push(Box::pin(async move {
            let added = context.backend.add_member(channel, &identity).await;
            Rest::Added(channel, added)
        }));
    }

    fn wrap_up(&mut self, ending: Ending) {
        let channel = ending.channel;
        let Some(chat) = self.chats.get_mut(&channel) else { return };
        chat.ending = Some(ending);
        let task = Task::GiveUpWaiting { chat: chat.number };
        self.due.push(Reverse((Instant::now() + LAST_PUSHES, channel, task)));
        self.close_if_all_is_seen(channel);
    }

    /// Closes a chat whose customer is gone, once the agent has seen all the customer sent.
    fn close_if_all_is_seen(&mut self, channel: ChannelSid) {
        let Some(chat) = self.chats.get(&channel) else { return };
        let answering = self
            .asked
            .values()
            .any(|asked| matches!(asked, Asked::Reply { channel: of, .. } if *of == channel));
        let Some(ending) = &chat.ending else { return };
        if !answering && chat.joined.is_none() && chat.tally.saw.covers(&ending.customer.acknowledged) {
            self.close(channel);
        }
    }

    fn close(&mut self, channel: ChannelSid) {
        let Some(chat) = self.chats.get_mut(&channel) else { return };
        if chat.closing.is_some() {
            return;
        }
        chat.closing = Some(Instant::now());
        let pushed = chat.ending.as_ref().map_or(0, |ending| chat.tally.pushed_to_both(&ending.customer));
        self.context.recorder.borrow_mut().count(Counter::Pushed, pushed);
        let long_lived = chat.ending.as_ref().is_some_and(|ending| ending.long_lived);
        let context = Rc::clone(&self.context);
        self.rest.push(Box::pin(async move {
            let closed = if long_lived { Ok(()) } else { context.backend.set_inactive(channel).await };
            Rest::Closed(channel, closed)
        }));
    }

    fn finish(&mut self, done: Rest) {
        match done {
            Rest::Added(_, Ok(())) => {}
            Rest::Added(channel, Err(failure)) => self.could_not_join(channel, failure),
            Rest::Closed(channel, Ok(())) => {
                let ticket = self.sdk.leave(channel);
                self.asked.insert(ticket, Asked::Leave(channel));
            }
            Rest::Closed(channel, Err(failure)) => {
                self.closed(channel, Outcome::Failed(failure), Instant::now())
            }
        }
    }

    fn could_not_join(&mut self, channel: ChannelSid, failure: Failure) {
        let Some(chat) = self.chats.remove(&channel) else { return };
        self.sample(self.context.agents.join, chat.told, chat.told, Instant::now(), Outcome::Failed(failure));
        self.free(channel);
    }

    fn closed(&mut self, channel: ChannelSid, outcome: Outcome, at: Instant) {
        let Some(chat) = self.chats.remove(&channel) else { return };
        let began = chat.closing.unwrap_or(at);
        self.sample(self.context.agents.wrap_up, began, began, at, outcome);
        self.free(channel);
    }

    /// A slot is free again, and so is the channel for whoever waits to come back into it.
    fn free(&mut self, channel: ChannelSid) {
        self.context.desk.release(self.slot());
        if let Some(next) = self.later.iter().position(|waiting| waiting.channel == channel)
            && let Some(waiting) = self.later.remove(next)
        {
            self.join(waiting);
        }
    }

    fn do_what_is_due(&mut self, now: Instant) {
        while let Some(Reverse((at, channel, task))) = self.due.peek().copied() {
            if at > now {
                return;
            }
            self.due.pop();
            let current = self.chats.get(&channel).map(|chat| chat.number);
            match task {
                Task::Reply { chat } if current == Some(chat) => self.reply(channel, at),
                Task::GiveUpWaiting { chat } if current == Some(chat) => self.close(channel),
                Task::GiveUpJoining { chat } if current == Some(chat) => self.give_up_joining(channel),
                // For a chat that is over.
                Task::Reply { .. } | Task::GiveUpWaiting { .. } | Task::GiveUpJoining { .. } => {}
            }
        }
    }

    fn give_up_joining(&mut self, channel: ChannelSid) {
        if self.chats.get(&channel).is_some_and(|chat| chat.joined.is_some()) {
            self.could_not_join(channel, Failure::new(Kind::Timeout, "the push of joining did not come"));
        }
    }

    fn reply(&mut self, channel: ChannelSid, due: Instant) {
        let Some(chat) = self.chats.get(&channel) else { return };
        if chat.ending.is_some() {
            return;
        }
        let chat = chat.number;
        if let Err(failure) = self.context.backend.may_send() {
            return self.sample(
                self.context.agents.reply,
                due,
                Instant::now(),
                Instant::now(),
                Outcome::Failed(failure),
            );
        }
        let began = Instant::now();
        let ticket = self.sdk.send_message(channel, SAYS, "{}");
        self.context.recorder.borrow_mut().count(Counter::Sent, 1);
        self.asked.insert(ticket, Asked::Reply { channel, chat, due, began });
    }

    fn hear(&mut self, event: Event) -> std::ops::ControlFlow<()> {
        match event {
            Event::Reply { ticket, result, at, .. } => self.answered(ticket, result, at),
            Event::ChannelJoined { channel, at } => self.joined(channel, at),
            Event::ChannelFailed { channel, error, .. } => self.could_not_join(channel, of_sdk(&error)),
            Event::MessageAdded { channel, message, at } => self.read(channel, &message, None, at),
            Event::TokenAboutToExpire { .. } => {
                let token = self.context.backend.mint(&self.manner.identity, self.context.agents_token);
                self.sdk.update_token(&token);
            }
            Event::Reconnected { .. } => self.context.recorder.borrow_mut().count(Counter::Reconnects, 1),
            Event::Disconnected { error, at } => self.incident(at, &of_sdk(&error)),
            Event::Denied { error, at } => {
                self.incident(at, &of_sdk(&error));
                return std::ops::ControlFlow::Break(());
            }
            Event::TokenExpired { at } => {
                self.incident(at, &Failure::new(Kind::Closed { code: Some(410) }, "an agent's token expired"))
            }
            Event::Closed { code, at } => {
                self.incident(at, &Kind::Closed { code: Some(code) }.into());
                return std::ops::ControlFlow::Break(());
            }
            Event::ChannelLeft { .. }
            | Event::MemberJoined { .. }
            | Event::MemberLeft { .. }
            | Event::ChannelUpdated { .. }
            | Event::Typing { .. } => {}
        }
        std::ops::ControlFlow::Continue(())
    }

    /// The agent is in the chat: what was said before is read, then answered like the rest.
    fn joined(&mut self, channel: ChannelSid, at: Instant) {
        let Some(chat) = self.chats.get_mut(&channel) else { return };
        let Some(joined) = chat.joined.take() else { return };
        let told = chat.told;
        let still_there = joined.send(Joined { at, inbox: self.inbox.clone() }).is_ok();
        self.sample(self.context.agents.join, told, told, at, Outcome::Ok);
        if still_there {
            let ticket = self.sdk.history(channel, None);
            self.asked.insert(ticket, Asked::History(channel));
        } else {
            // The customer gave up while the agent was on the way in.
            self.wrap_up(Ending { channel, customer: Tally::default(), long_lived: false });
        }
    }

    /// Up to where a chat's history needs no answer: on a long-lived channel, earlier visits were answered by
    /// whoever served them. What this agent itself has answered meanwhile says nothing about what came before.
    fn settled(&self, channel: ChannelSid, history: &[Message]) -> Option<u32> {
        let chat = self.chats.get(&channel)?;
        let of_others = |message: &&Message| {
            message.author != chat.customer && !chat.tally.acknowledged.contains(message.index)
        };
        history.iter().rev().find(of_others).map(|message| message.index)
    }

    fn read(&mut self, channel: ChannelSid, message: &Message, settled: Option<u32>, at: Instant) {
        let Some(chat) = self.chats.get_mut(&channel) else { return };
        if !chat.tally.saw.insert(message.index) {
            return;
        }
        if message.author == chat.customer && settled.is_none_or(|settled| message.index > settled) {
            // There is an agent, so there is a delay.
            let due = at + self.context.reply_delay(chat.number, message.index).unwrap_or_default();
            self.due.push(Reverse((due, channel, Task::Reply { chat: chat.number })));
        }
        self.close_if_all_is_seen(channel);
    }

    fn answered(&mut self, ticket: Ticket, result: Result<Answer, SdkError>, at: Instant) {
        match (self.asked.remove(&ticket), result) {
            (Some(Asked::History(channel)), Ok(Answer::History(history))) => {
                let settled = self.settled(channel, &history.messages);
                for message in &history.messages {
                    self.read(channel, message, settled, at);
                }
            }
            (Some(Asked::History(_)), result) => self.incident_of(result, at),
            (Some(Asked::Reply { channel, chat, due, began }), result) => {
                let outcome = self.replied(channel, chat, result);
                self.sample(self.context.agents.reply, due, began, at, outcome);
                self.close_if_all_is_seen(channel);
            }
            (Some(Asked::Leave(channel)), result) => {
                let outcome = result.map_or_else(|error| Outcome::Failed(of_sdk(&error)), |_| Outcome::Ok);
                self.closed(channel, outcome, at);
            }
            (None, result) => self.incident_of(result, at),
        }
    }

    /// A reply came to its end. One to a chat that is over by now counts for no tally.
    fn replied(&mut self, channel: ChannelSid, number: u64, result: Result<Answer, SdkError>) -> Outcome {
        match result {
            Ok(Answer::Sent { index, .. }) => {
                self.context.recorder.borrow_mut().count(Counter::Acknowledged, 1);
                if let Some(chat) = self.chats.get_mut(&channel).filter(|chat| chat.number == number) {
                    chat.tally.acknowledged.insert(index);
                }
                Outcome::Ok
            }
            Ok(_) => Kind::Protocol("a reply without its index").into(),
            Err(error) => Outcome::Failed(of_sdk(&error)),
        }
    }

    fn incident_of(&self, result: Result<Answer, SdkError>, at: Instant) {
        if let Err(error) = result {
            self.incident(at, &of_sdk(&error));
        }
    }

    fn incident(&self, at: Instant, failure: &Failure) {
        self.context.recorder.borrow_mut().incident(at, failure);
    }

    fn sample(&self, step: StepId, due: Instant, began: Instant, ended: Instant, outcome: Outcome) {
        self.context.recorder.borrow_mut().step(step, &Sample::new(due, due, began, ended, outcome));
    }
}

/// A moment no run reaches: what a timer without anything to wait for waits for.
fn far_away() -> Instant {
    Instant::now() + Duration::from_secs(24 * 3600)
}
