//! What can be told before a run: counts exactly, durations by their means, chats at a time by Little.

use std::collections::VecDeque;
use std::time::Duration;

use super::Plan;
use crate::scenario::settings::{BackendTransport, Poll};
use crate::scenario::{Exhausted, Journey, Scenario, Transport};
use crate::step::{Login, Step};

/// What a plan comes to. Means are used for every draw, and the target is taken to answer at once: the real
/// run lasts a little longer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecast {
    /// Chats that begin.
    pub chats: u64,
    /// Different people among them.
    pub customers: u64,
    /// How long a chat takes on average.
    pub chat_length: Duration,
    /// Messages of customers.
    pub sent: u64,
    /// Messages of agents.
    pub replies: u64,
    /// `POST /v1/Channels`, repeats included.
    pub creates: u64,
    /// Flex Channels opened: creates that repeat no other of their chat.
    pub opened: u64,
    /// REST requests of the integration: creates, members, wrap-ups, messages and polls of the backend transport.
    pub rest_requests: u64,
    /// Requests over customers' own connections.
    pub socket_requests: u64,
    /// Files that customers' devices upload, each a request beside their connection.
    pub uploads: u64,
    /// Chats at one time, at the peak.
    pub peak_chats: u64,
    /// Connections at one time: customers, agents, the backend's pool.
    pub peak_connections: u64,
    /// Files that must be open at one time, with some to spare.
    pub files: u64,
    /// Agents needed for the peak, none of them idle.
    pub agents_needed: u64,
    /// Users that count as active, agents included.
    pub active_users: u64,
    /// Where arrivals come faster than there are slots: how many are expected to be dropped.
    pub dropped: u64,
}

/// Files beside connections: standard streams, the reports, epoll and timers of every worker.
const SPARE_FILES: u64 = 64;
/// REST requests of an agent's chat: joining it, reading and changing its attributes, leaving it.
const AGENT_REQUESTS: f64 = 4.0;

/// One chat, in expectation.
#[derive(Debug, Clone, Copy, Default)]
struct Chat {
    seconds: f64,
    sent: f64,
    creates: f64,
    opened: f64,
    rest: f64,
    socket: f64,
    uploads: f64,
    devices: f64,
}

impl Chat {
    fn add(&mut self, other: Chat, weight: f64) {
        self.seconds += other.seconds * weight;
        self.sent += other.sent * weight;
        self.creates += other.creates * weight;
        self.opened += other.opened * weight;
        self.rest += other.rest * weight;
        self.socket += other.socket * weight;
        self.uploads += other.uploads * weight;
        self.devices += other.devices * weight;
    }
}

pub(super) fn forecast(scenario: &Scenario, plan: &Plan, embedded_mock: bool) -> Forecast {
    let chat = average(scenario);
    let (begun, peak, dropped) = if scenario.load.is_closed() {
        closed(plan, chat.seconds)
    } else {
        open(scenario, plan, chat.seconds)
    };
    let customers = begun.min(u64::from(scenario.customers.count));
    let chats = match scenario.customers.exhausted {
        Exhausted::Stop => customers,
        Exhausted::Reuse => begun,
    };
    let peak = peak.min(chats);
    let of_all = |each: f64| (each * chats as f64).round() as u64;
    let (agents, chats_each) = scenario
        .agents
        .as_ref()
        .map_or((0, 1), |agents| (u64::from(agents.count), u64::from(agents.chats_each)));
    let answered = agents > 0;
    let pool = u64::from(scenario.backend.connections);
    let connections = (peak as f64 * chat.devices.min(1.0)).ceil() as u64 + agents + pool;
    let sent = of_all(chat.sent);
    Forecast {
        chats,
        customers,
        chat_length: Duration::from_secs_f64(chat.seconds),
        sent,
        replies: if answered { sent } else { 0 },
        creates: of_all(chat.creates),
        opened: of_all(chat.opened),
        rest_requests: of_all(chat.rest),
        socket_requests: of_all(chat.socket),
        uploads: of_all(chat.uploads),
        peak_chats: peak,
        peak_connections: connections,
        files: connections * if embedded_mock { 2 } else { 1 } + SPARE_FILES,
        agents_needed: if answered { peak.div_ceil(chats_each.max(1)) } else { 0 },
        active_users: customers + agents,
        dropped,
    }
}

/// The mean chat over all journeys.
fn average(scenario: &Scenario) -> Chat {
    let total: f64 = scenario.journeys.iter().map(|journey| f64::from(journey.weight)).sum();
    let mut chat = Chat::default();
    for journey in &scenario.journeys {
        chat.add(walk_journey(journey, scenario), f64::from(journey.weight) / total);
    }
    chat
}

fn walk_journey(journey: &Journey, scenario: &Scenario) -> Chat {
    let reply = scenario.agents.as_ref().map_or(0.0, |agents| agents.reply_after.mean().as_secs_f64());
    let mut walk = Walk { reply, transport: &journey.transport, chat: Chat::default(), open: false };
    walk.steps(&journey.steps);
    if walk.open && scenario.agents.is_some() {
        walk.chat.rest += AGENT_REQUESTS;
    }
    walk.chat
}

struct Walk<'a> {
    reply: f64,
    transport: &'a Transport,
    chat: Chat,
    open: bool,
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        let sdk = *self.transport == Transport::Sdk;
        match step {
            Step::MintToken(mint) => self.chat.rest += if mint.from.is_some() { 1.0 } else { 0.0 },
            Step::Connect(connect) => {
                // init, then configuration, two maps, own conversations, one subscription.
                self.chat.socket += if connect.login == Login::Faithful { 6.0 } else { 2.0 };
                self.chat.devices = 1.0;
            }
            Step::Reconnect(_) => self.chat.socket += 2.0,
            Step::OpenChannel(open) => {
                self.chat.creates += 1.0;
                self.chat.opened += if open.reuse { 0.0 } else { 1.0 };
                self.chat.rest += 1.0;
                // A joined channel is four objects and one subscription for a device.
                self.chat.socket += if sdk && !self.open { 5.0 } else { 0.0 };
                self.open = true;
            }
            Step::SendMessage(send) => {
                self.chat.sent += 1.0;
                *self.requests() += 1.0;
                if send.media.is_some() {
                    *(if sdk { &mut self.chat.uploads } else { &mut self.chat.rest }) += 1.0;
                }
            }
            Step::History(history) => *self.requests() += f64::from(history.pages),
            Step::MarkRead(_) => *self.requests() += if sdk { 2.0 } else { 1.0 },
            Step::Typing(_) | Step::Leave(_) => *self.requests() += 1.0,
            Step::AwaitReply(_) => {
                self.chat.seconds += self.reply;
                if let Transport::Backend(BackendTransport { poll: Poll::Every(every) }) = self.transport {
                    self.chat.rest += (self.reply / every.as_secs_f64()).ceil();
                }
            }
            Step::Think(think) => self.chat.seconds += think.0.mean().as_secs_f64(),
            Step::Pace(pace) => {
                let every = pace.every.as_secs_f64();
                self.chat.seconds = ((self.chat.seconds / every).floor() + 1.0) * every;
            }
            Step::Repeat(repeat) => (0..repeat.times).for_each(|_| self.steps(&repeat.steps)),
            Step::OneOf(one_of) => self.one_of(one_of),
            Step::Disconnect(_) => {}
        }
    }

    fn requests(&mut self) -> &mut f64 {
        if *self.transport == Transport::Sdk { &mut self.chat.socket } else { &mut self.chat.rest }
    }

    fn one_of(&mut self, one_of: &crate::step::OneOf) {
        let total: f64 = one_of.0.iter().map(|branch| f64::from(branch.weight)).sum();
        let mut mean = Chat::default();
        for branch in &one_of.0 {
            let mut walk = Walk { chat: self.chat, ..*self };
            walk.steps(&branch.steps);
            self.open |= walk.open;
            mean.add(walk.chat, f64::from(branch.weight) / total);
        }
        self.chat = mean;
    }
}

/// Chats begun, at the peak, and dropped, when each takes the mean time: arrivals in a sliding window.
fn open(scenario: &Scenario, plan: &Plan, seconds: f64) -> (u64, u64, u64) {
    let length = Duration::from_secs_f64(seconds);
    let mut chatting: VecDeque<Duration> = VecDeque::new();
    let (mut begun, mut peak, mut dropped) = (0, 0, 0);
    for arrival in plan.arrivals(scenario) {
        while chatting.front().is_some_and(|end| *end <= arrival.at) {
            chatting.pop_front();
        }
        if chatting.len() >= plan.max_open as usize {
            dropped += 1;
            continue;
        }
        begun += 1;
        chatting.push_back(arrival.at + length);
        peak = peak.max(chatting.len() as u64);
    }
    (begun, peak, dropped)
}

/// Chats begun and at the peak when users start over and over.
fn closed(plan: &Plan, seconds: f64) -> (u64, u64, u64) {
    let (mut users, mut peak, mut user_seconds, mut joined) = (0u64, 0u64, 0.0, 0u64);
    let mut since = Duration::ZERO;
    for change in &plan.users {
        user_seconds += users as f64 * (change.at - since).as_secs_f64();
        since = change.at;
        match change.change {
            super::Change::Join => (users, joined) = (users + 1, joined + 1),
            super::Change::Retire => users -= 1,
        }
        peak = peak.max(users);
    }
    user_seconds += users as f64 * (plan.length - since).as_secs_f64();
    // A user's last chat begins before its time is over and ends after it.
    let begun = if seconds > 0.0 { (user_seconds / seconds).ceil() as u64 } else { joined };
    (begun.max(joined), peak, 0)
}
