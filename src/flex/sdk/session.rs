//! The Chat SDK 6.0.0 without a socket: frames and the time in, frames and events out.
//!
//! Here is the connection's own state machine: init, token updates, closes, coming back. What is asked for
//! and what comes of it is beside it: `login`, `notify`,
//! `command`.

use std::{collections::VecDeque, rc::Rc, time::Duration};

use serde::Deserialize;
use tokio::time::Instant;
use wire::{
    frame::{
        Method, Status,
        server::{Peek, peek},
    },
    sid::ChannelSid,
};

use super::{
    account::Account,
    backoff::Reconnect,
    chance::Chance,
    channel::Channel,
    config::SdkConfig,
    error::{Doing, ErrorKind, SdkError},
    event::{Answer, Event, Ticket},
    out::Out,
    request::{Failure, Op, Phase, REPLY_WITHIN, Request, SENT_WITHIN},
    subscribe::Subscriptions,
};

/// The connection, as the SDK sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A connection is being made.
    Dialing,
    /// The socket is open, `init` was sent.
    Initialising,
    Connected,
    /// No connection until then.
    Waiting(Instant, Next),
    /// The token was refused.
    Denied {
        status: u16,
        code: u32,
    },
    /// The server ended the session with this code, for good.
    Ended(u16),
}

/// What follows a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Dial,
    /// The back-off.
    Retry,
    End(u16),
}

/// How far the login is.
#[derive(Debug)]
pub(super) struct Progress {
    /// `init` was answered once.
    pub(super) begun: bool,
    pub(super) init: Option<Instant>,
    /// Requests under way that belong to no channel.
    pub(super) roots: u8,
    /// Everything is established: the client is ready.
    pub(super) ready: Option<Instant>,
    /// The login cannot succeed any more.
    pub(super) failed: Option<SdkError>,
    /// What went wrong with the connection while the login was under way.
    pub(super) trouble: Option<SdkError>,
    /// Something is loading or unconfirmed.
    pub(super) unsettled: bool,
    /// Back on a new connection, not everything confirmed.
    pub(super) recovering: bool,
}

/// One client of the Chat service.
#[derive(Debug)]
pub struct Session {
    pub(super) config: Rc<SdkConfig>,
    pub(super) chance: Chance,
    pub(super) state: State,
    pub(super) token: Box<str>,
    pub(super) continuation: Option<Box<str>>,
    pub(super) reconnect: Reconnect,
    pub(super) requests: Vec<Request>,
    pub(super) events: VecDeque<Event>,
    pub(super) subscriptions: Subscriptions,
    pub(super) channels: Vec<Channel>,
    pub(super) account: Option<Box<Account>>,
    /// Where the items of the map of my channels are.
    pub(super) my_items: Box<str>,
    /// Channels left, with the event that said so: an older event about them is not news.
    pub(super) tombstones: Vec<(ChannelSid, i64)>,
    pub(super) progress: Progress,
    tickets: u32,
    /// Waits for the next successful `init`.
    pub(super) update: Option<Ticket>,
    pub(super) typing_timeout: Duration,
}

impl Session {
    /// The `number`th client of this worker, about to connect.
    pub fn new(config: Rc<SdkConfig>, token: &str, number: u32) -> Self {
        let seed = config.seed ^ u64::from(number).wrapping_mul(0xd134_2543_de82_ef95);
        Self {
            config,
            chance: Chance::new(seed),
            state: State::Dialing,
            token: token.into(),
            continuation: None,
            reconnect: Reconnect::default(),
            requests: Vec::new(),
            events: VecDeque::new(),
            subscriptions: Subscriptions::default(),
            channels: Vec::new(),
            account: None,
            my_items: Box::default(),
            tombstones: Vec::new(),
            progress: Progress {
                begun: false,
                init: None,
                roots: 0,
                ready: None,
                failed: None,
                trouble: None,
                unsettled: true,
                recovering: false,
            },
            tickets: 0,
            update: None,
            typing_timeout: Duration::from_secs(5),
        }
    }

    /// Whether there should be a connection: one is to be made, or kept.
    pub fn wants_link(&self) -> bool {
        matches!(self.state, State::Dialing | State::Initialising | State::Connected)
    }

    /// Whether requests go out.
    pub fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// Why nothing can be sent any more, if so.
    pub(super) fn over(&self) -> Option<ErrorKind> {
        match self.state {
            State::Denied { status, code } => Some(ErrorKind::Denied { status, code }),
            State::Ended(code) => Some(ErrorKind::Closed(code)),
            State::Dialing | State::Initialising | State::Connected | State::Waiting(..) => None,
        }
    }

    /// When the login was complete.
    pub fn ready(&self) -> Option<Instant> {
        self.progress.ready
    }

    /// When `init` was answered last.
    pub fn initialised(&self) -> Option<Instant> {
        self.progress.init
    }

    /// Why the login cannot succeed, once that is certain.
    pub fn failed(&mut self) -> Option<SdkError> {
        self.progress.failed.take()
    }

    /// What last went wrong with the connection of a login that is not complete, and when the next is tried.
    pub fn trouble(&self) -> Option<(&SdkError, Option<Instant>)> {
        self.progress.trouble.as_ref().map(|error| (error, self.next_dial()))
    }

    /// What a login that is not complete is waiting for.
    pub fn doing(&self) -> Doing {
        match self.state {
            State::Dialing | State::Waiting(..) | State::Denied { .. } | State::Ended(_) => Doing::Connecting,
            State::Initialising => Doing::Init,
            State::Connected => {
                self.requests.first().map_or(Doing::Subscribing, |request| request.op.doing())
            }
        }
    }

    /// Whether [`next_event`](Self::next_event) has something.
    pub fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// What happened next.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The channels this client has joined and loaded.
    pub fn joined(&self) -> impl Iterator<Item = ChannelSid> {
        self.channels.iter().filter(|channel| channel.announced).map(|channel| channel.sid)
    }

    /// Gives back what a login needed and a customer who mostly waits does not.
    pub(super) fn shrink(&mut self) {
        self.requests.shrink_to(1);
        self.events.shrink_to(2);
        self.channels.shrink_to_fit();
        self.subscriptions.shrink();
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn next_ticket(&mut self) -> Ticket {
        self.tickets = self.tickets.wrapping_add(1);
        Ticket(self.tickets)
    }

    /// A frame came in.
    pub fn frame(&mut self, bytes: &[u8], now: Instant, out: &mut Out) {
        // What cannot be read the SDK drops without a word.
        let Ok((peek, payload)) = peek(bytes) else { return };
        if peek.method == Method::Reply {
            self.reply(&peek, payload, bytes, now, out);
        } else {
            out.ack(&peek.id);
            match peek.method {
                Method::Notification => self.notification(&peek, payload, now, out),
                Method::ClientUpdate => {
                    if peek.client_update_type.as_deref() == Some("token_about_to_expire") {
                        self.events.push_back(Event::TokenAboutToExpire { at: now });
                    }
                }
                Method::Close => {
                    let code = peek.status.as_ref().map_or(0, |status| status.code);
                    self.closed(code, payload, now, out);
                }
                Method::Init
                | Method::Update
                | Method::Message
                | Method::Reply
                | Method::Ping
                | Method::PutNotificationContext
                | Method::DeleteNotificationContext
                | Method::Telemetry
                | Method::Other => {}
            }
        }
        self.settle(now);
    }

    /// A timer may be due.
    pub fn tick(&mut self, now: Instant, out: &mut Out) {
        if let State::Waiting(at, next) = self.state
            && at <= now
        {
            match next {
                Next::Dial => self.state = State::Dialing,
                Next::Retry => self.retry(now),
                Next::End(code) => self.end(code, now),
            }
        }
        let due = |request: &Request| request.phase.deadline() <= now;
        for request in extract(&mut self.requests, due) {
            match request.phase {
                Phase::Again(_) => self.send(request, now, out),
                Phase::Unsent(_) => {
                    let error = SdkError::new(ErrorKind::Unsent, request.op.doing());
                    self.fail(request, error, Failure::Other, now);
                }
                Phase::Sent(_) => self.timed_out(request, now, out),
            }
        }
        let time_of_day = self.config.time_of_day(now);
        while let Some(batch) = self.subscriptions.due(now, time_of_day, &mut self.chance) {
            self.submit(Op::Subscribe(batch.correlation, batch.action), Some(batch.body), now, out);
        }
        self.settle(now);
    }

    /// When the connection is tried again, if it waits for that.
    fn next_dial(&self) -> Option<Instant> {
        match self.state {
            State::Waiting(at, _) => Some(at),
            State::Dialing
            | State::Initialising
            | State::Connected
            | State::Denied { .. }
            | State::Ended(_) => None,
        }
    }

    /// When [`tick`](Self::tick) has something to do, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        let requests = self.requests.iter().map(|request| request.phase.deadline()).min();
        [self.next_dial(), requests, self.subscriptions.deadline()].into_iter().flatten().min()
    }

    /// Starts a request: writes it now, or as soon as there is a connection.
    pub(super) fn submit(&mut self, op: Op, body: Option<Box<[u8]>>, now: Instant, out: &mut Out) {
        let request = Request {
            id: self.chance.id(),
            op,
            phase: Phase::Again(now),
            attempts: 0,
            delay_ms: 0,
            began: now,
            trace: self.chance.id(),
            body,
        };
        self.send(request, now, out);
    }

    pub(super) fn send(&mut self, mut request: Request, now: Instant, out: &mut Out) {
        match self.state {
            State::Denied { status, code } => {
                return self.give_up(&request, ErrorKind::Denied { status, code }, now);
            }
            State::Ended(code) => return self.give_up(&request, ErrorKind::Closed(code), now),
            State::Connected => {}
            State::Initialising if matches!(request.op, Op::Init) => {}
            State::Initialising | State::Dialing | State::Waiting(..) => {
                request.phase = Phase::Unsent(now + SENT_WITHIN);
                self.requests.push(request);
                return;
            }
        }
        if request.attempts > 0 {
            request.id = self.chance.id();
        }
        request.attempts = request.attempts.saturating_add(1);
        if self.write(&request, out) {
            request.phase = Phase::Sent(now + REPLY_WITHIN);
            if request.op.habit(Failure::Http(503)).is_none() {
                request.body = None;
            }
            self.requests.push(request);
        } else {
            self.give_up(&request, ErrorKind::Protocol, now);
        }
    }

    pub(super) fn give_up(&mut self, request: &Request, kind: ErrorKind, now: Instant) {
        let error = SdkError::new(kind, request.op.doing());
        self.abandon(request, error, now);
    }

    fn reply(&mut self, peek: &Peek<'_>, payload: &[u8], frame: &[u8], now: Instant, out: &mut Out) {
        let Some(id) = wire::frame::Id::parse(&peek.id) else { return };
        let Some(place) = self.requests.iter().position(|r| r.id == id && matches!(r.phase, Phase::Sent(_)))
        else {
            return;
        };
        let request = self.requests.remove(place);
        match (&request.op, &peek.status) {
            (Op::Init, Some(status)) if status.is_ok() => self.initialised_by(frame, now, out),
            (Op::Init, Some(status)) => self.refused(&request.op, status, payload, now, out),
            (Op::Update(ticket), Some(status)) if status.is_ok() => {
                if let Some(ticket) = *ticket {
                    self.answer(ticket, Ok(Answer::TokenUpdated), request.attempts, now);
                }
            }
            (Op::Update(_), Some(status)) => self.refused(&request.op, status, payload, now, out),
            (_, Some(status)) if !status.is_ok() => {
                let kind =
                    ErrorKind::Transport { status: status.code, code: status.error_code.unwrap_or_default() };
                let error = SdkError::new(kind, request.op.doing()).saying(&*status.status);
                self.fail(request, error, Failure::Other, now);
            }
            (_, Some(_)) => self.http_reply(request, peek.http_status.as_ref(), payload, now, out),
            (_, None) => {
                let error = SdkError::new(ErrorKind::Protocol, request.op.doing());
                self.fail(request, error, Failure::Other, now);
            }
        }
    }

    fn http_reply(
        &mut self,
        request: Request,
        status: Option<&Status<'_>>,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) {
        /// The error envelope of Twilio's APIs.
        #[derive(Deserialize, Default)]
        struct Problem {
            #[serde(default)]
            code: u32,
            #[serde(default)]
            message: Option<Box<str>>,
        }

        match status {
            Some(status) if status.is_ok() => self.done(&request, status.code, payload, now, out),
            Some(status) => {
                let problem: Problem = serde_json::from_slice(payload).unwrap_or_default();
                let kind = ErrorKind::Http { status: status.code, code: problem.code };
                let mut error = SdkError::new(kind, request.op.doing());
                error.detail = problem.message;
                self.fail(request, error, Failure::Http(status.code), now);
            }
            None => {
                let error = SdkError::new(ErrorKind::Protocol, request.op.doing());
                self.fail(request, error, Failure::Other, now);
            }
        }
    }
}

/// Takes out what `wanted` holds for, in order.
pub(super) fn extract(requests: &mut Vec<Request>, wanted: impl Fn(&Request) -> bool) -> Vec<Request> {
    if !requests.iter().any(&wanted) {
        return Vec::new();
    }
    let (taken, left) = std::mem::take(requests).into_iter().partition(wanted);
    *requests = left;
    taken
}
