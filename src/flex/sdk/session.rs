//! The Chat SDK 6.0.0 without a socket: frames and the time in, frames and events out.
//!
//! Here is the connection's own state machine: init, token updates, closes, coming back. What is asked for
//! and what comes of it is beside it: [`login`](super::login), [`notify`](super::notify),
//! [`command`](super::command).

use std::{collections::VecDeque, rc::Rc, time::Duration};

use serde::Deserialize;
use tokio::time::Instant;
use wire::{
    frame::{
        Header as _, Method, Status,
        client::{Close, Init, Update},
        server::{InitReply, Peek, peek},
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

/// How long the SDK waits after a close frame before it moves on.
const AFTER_CLOSE: Duration = Duration::from_secs(3);

/// The connection, as the SDK sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
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
enum Next {
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
    state: State,
    token: Box<str>,
    continuation: Option<Box<str>>,
    reconnect: Reconnect,
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
    update: Option<Ticket>,
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
        let at = match self.state {
            State::Waiting(at, _) => Some(at),
            State::Dialing
            | State::Initialising
            | State::Connected
            | State::Denied { .. }
            | State::Ended(_) => None,
        };
        self.progress.trouble.as_ref().map(|error| (error, at))
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

    /// The socket is open.
    pub fn opened(&mut self, now: Instant, out: &mut Out) {
        self.state = State::Initialising;
        self.submit(Op::Init, None, now, out);
    }

    /// No connection could be made, or the one there was is gone.
    pub fn lost(&mut self, error: &SdkError, now: Instant, out: &mut Out) {
        if !self.wants_link() {
            return;
        }
        self.retry(now);
        self.disconnected(error.clone(), now);
        // Everybody who waits for a reply learns at once that none will come.
        let sent = |request: &Request| matches!(request.phase, Phase::Sent(_));
        for request in extract(&mut self.requests, sent) {
            let error = SdkError::new(ErrorKind::Disconnected, request.op.doing());
            self.fail(request, error, Failure::Other, now, out);
        }
    }

    fn retry(&mut self, now: Instant) {
        self.subscriptions.disconnected();
        let delay = self.reconnect.next(&mut self.chance);
        self.state = State::Waiting(now + delay, Next::Dial);
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
                Next::End(code) => self.end(code, now, out),
            }
        }
        let due = |request: &Request| request.phase.deadline() <= now;
        for request in extract(&mut self.requests, due) {
            match request.phase {
                Phase::Again(_) => self.send(request, now, out),
                Phase::Unsent(_) => {
                    let error = SdkError::new(ErrorKind::Unsent, request.op.doing());
                    self.fail(request, error, Failure::Other, now, out);
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

    /// When [`tick`](Self::tick) has something to do, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        let state = match self.state {
            State::Waiting(at, _) => Some(at),
            State::Dialing
            | State::Initialising
            | State::Connected
            | State::Denied { .. }
            | State::Ended(_) => None,
        };
        let requests = self.requests.iter().map(|request| request.phase.deadline()).min();
        [state, requests, self.subscriptions.deadline()].into_iter().flatten().min()
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

    fn send(&mut self, mut request: Request, now: Instant, out: &mut Out) {
        match self.state {
            State::Denied { status, code } => {
                return self.give_up(request, ErrorKind::Denied { status, code }, now, out);
            }
            State::Ended(code) => return self.give_up(request, ErrorKind::Closed(code), now, out),
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
            self.give_up(request, ErrorKind::Protocol, now, out);
        }
    }

    fn give_up(&mut self, request: Request, kind: ErrorKind, now: Instant, out: &mut Out) {
        let error = SdkError::new(kind, request.op.doing());
        self.abandon(request, error, now, out);
    }

    /// Writes the two frames that are not requests in the tunnel.
    pub(super) fn write_own(&self, request: &Request, out: &mut Out) {
        let id = request.id.dashed();
        if matches!(request.op, Op::Init) {
            let header = Init {
                id: (&*id).into(),
                token: (&*self.token).into(),
                continuation_token: self.continuation.as_deref().map(Into::into),
                metadata: SdkConfig::metadata(),
                registrations: Some(SdkConfig::registrations()),
                capabilities: ["client_update", "offline_storage", "telemetry.v1"].map(Into::into).into(),
            };
            out.request(|bytes| header.encode(b"", bytes));
        } else {
            let header = Update { id: (&*id).into(), token: (&*self.token).into() };
            out.request(|bytes| header.encode(b"", bytes));
        }
    }

    /// Says good-bye, if there is anybody to say it to.
    pub fn say_close(&mut self, out: &mut Out) {
        if matches!(self.state, State::Connected | State::Initialising) {
            let id = self.chance.id().dashed();
            out.request(|bytes| Close { id: (&*id).into() }.encode(b"", bytes));
        }
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
                self.fail(request, error, Failure::Other, now, out);
            }
            (_, Some(_)) => self.http_reply(request, peek.http_status.as_ref(), payload, now, out),
            (_, None) => {
                let error = SdkError::new(ErrorKind::Protocol, request.op.doing());
                self.fail(request, error, Failure::Other, now, out);
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
            Some(status) if status.is_ok() => self.done(request, status.code, payload, now, out),
            Some(status) => {
                let problem: Problem = serde_json::from_slice(payload).unwrap_or_default();
                let kind = ErrorKind::Http { status: status.code, code: problem.code };
                let mut error = SdkError::new(kind, request.op.doing());
                error.detail = problem.message;
                self.fail(request, error, Failure::Http(status.code), now, out);
            }
            None => {
                let error = SdkError::new(ErrorKind::Protocol, request.op.doing());
                self.fail(request, error, Failure::Other, now, out);
            }
        }
    }

    fn timed_out(&mut self, request: Request, now: Instant, out: &mut Out) {
        let error = SdkError::new(ErrorKind::Timeout, request.op.doing());
        if matches!(request.op, Op::Init | Op::Update(_)) {
            self.answer_update(request.op.ticket(), &error, now);
            self.broken_off(error, true, now, out);
        } else {
            self.fail(request, error, Failure::Other, now, out);
        }
    }

    fn initialised_by(&mut self, frame: &[u8], now: Instant, out: &mut Out) {
        let reply = wire::frame::decode(frame).ok().and_then(|frame| InitReply::read(frame.header).ok());
        self.continuation = reply.and_then(|reply| reply.continuation_token).map(|token| (*token).into());
        self.reconnect.stop();
        self.state = State::Connected;
        self.progress.init = Some(now);
        self.progress.unsettled = true;
        self.progress.recovering = self.progress.ready.is_some();
        if let Some(ticket) = self.update.take() {
            self.answer(ticket, Ok(Answer::TokenUpdated), 1, now);
        }
        let unsent = |request: &Request| matches!(request.phase, Phase::Unsent(_));
        for request in extract(&mut self.requests, unsent) {
            self.send(request, now, out);
        }
        if !std::mem::replace(&mut self.progress.begun, true) {
            self.begin_login(now, out);
        }
        self.subscriptions.connected(now, &mut self.chance);
    }

    /// `init` or `update` was refused.
    fn refused(&mut self, op: &Op, status: &Status<'_>, payload: &[u8], now: Instant, out: &mut Out) {
        let code = status.error_code.unwrap_or_default();
        let words = status.description.as_deref().unwrap_or(&status.status);
        let denied = matches!(status.code, 401 | 403);
        let kind = if denied {
            ErrorKind::Denied { status: status.code, code }
        } else {
            ErrorKind::Transport { status: status.code, code }
        };
        let error = SdkError::new(kind, op.doing()).saying(words);
        self.answer_update(op.ticket(), &error, now);
        if !denied {
            if status.code == 429 {
                self.obey(payload);
            }
            // The SDK says good-bye unless an `init` was answered 500.
            let graceful = status.code != 500 || !matches!(op, Op::Init);
            return self.broken_off(error, graceful, now, out);
        }
        self.say_close(out);
        self.reconnect.stop();
        self.subscriptions.disconnected();
        self.state = State::Denied { status: status.code, code };
        if code == 20104 {
            self.events.push_back(Event::TokenExpired { at: now });
        }
        if self.progress.ready.is_none() {
            self.progress.failed.get_or_insert_with(|| error.clone());
        }
        let failed = error.kind;
        self.events.push_back(Event::Denied { error, at: now });
        self.reject_unsent(failed, now, out);
    }

    /// The SDK gives this connection up and will try another.
    fn broken_off(&mut self, error: SdkError, graceful: bool, now: Instant, out: &mut Out) {
        if graceful {
            self.say_close(out);
        }
        self.retry(now);
        let kind = error.kind;
        self.disconnected(error, now);
        self.reject_unsent(kind, now, out);
    }

    fn reject_unsent(&mut self, kind: ErrorKind, now: Instant, out: &mut Out) {
        let unsent = |request: &Request| matches!(request.phase, Phase::Unsent(_));
        for request in extract(&mut self.requests, unsent) {
            self.give_up(request, kind, now, out);
        }
    }

    fn answer_update(&mut self, ticket: Option<Ticket>, error: &SdkError, now: Instant) {
        for ticket in [ticket, self.update.take()].into_iter().flatten() {
            self.answer(ticket, Err(error.clone()), 1, now);
        }
    }

    /// A `close` frame. The replies still awaited time out one by one, as they do in the SDK.
    fn closed(&mut self, code: u16, payload: &[u8], now: Instant, out: &mut Out) {
        if !matches!(self.state, State::Initialising | State::Connected) {
            return;
        }
        self.subscriptions.disconnected();
        let error = SdkError::new(ErrorKind::Closed(code), Doing::Connecting);
        let next = match code {
            406 | 417 => {
                self.say_close(out);
                return self.end(code, now, out);
            }
            410 => {
                self.events.push_back(Event::TokenExpired { at: now });
                Next::End(code)
            }
            401 => Next::End(code),
            308 => {
                self.obey(payload);
                Next::Retry
            }
            _ => Next::Retry,
        };
        self.state = State::Waiting(now + AFTER_CLOSE, next);
        for request in extract(&mut self.requests, |request| matches!(request.op, Op::Init | Op::Update(_))) {
            // The next `init` brings the new token.
            self.update = request.op.ticket().or(self.update);
        }
        if self.progress.ready.is_none() && matches!(next, Next::End(_)) {
            self.progress.failed = Some(error.clone());
        }
        self.disconnected(error, now);
    }

    /// To be told, unless nobody was told yet that there is a connection.
    fn disconnected(&mut self, error: SdkError, now: Instant) {
        if self.progress.ready.is_some() {
            self.events.push_back(Event::Disconnected { error, at: now });
        } else {
            self.progress.trouble = Some(error);
        }
    }

    fn end(&mut self, code: u16, now: Instant, out: &mut Out) {
        self.reconnect.stop();
        self.state = State::Ended(code);
        let error = SdkError::new(ErrorKind::Closed(code), Doing::Connecting);
        if self.progress.ready.is_none() {
            self.progress.failed = Some(error.clone());
        }
        self.answer_update(None, &error, now);
        self.events.push_back(Event::Closed { code, at: now });
        self.reject_unsent(error.kind, now, out);
    }

    /// The server's wish for when to come back.
    fn obey(&mut self, payload: &[u8]) {
        #[derive(Deserialize)]
        struct Policy {
            reconnect_min_ms: u32,
        }
        #[derive(Deserialize)]
        struct Body {
            backoff_policy: Policy,
        }

        if let Ok(body) = serde_json::from_slice::<Body>(payload) {
            self.reconnect.asked(body.backoff_policy.reconnect_min_ms);
        }
    }

    /// Uses another token from now on; says so to the server if there is one.
    pub fn update_token(&mut self, token: &str, now: Instant, out: &mut Out) -> Ticket {
        let ticket = self.next_ticket();
        let over = matches!(self.state, State::Denied { .. } | State::Ended(_));
        if *self.token == *token && !over {
            self.answer(ticket, Ok(Answer::TokenUpdated), 0, now);
            return ticket;
        }
        self.token = token.into();
        match self.state {
            State::Connected => self.submit(Op::Update(Some(ticket)), None, now, out),
            State::Denied { .. } | State::Ended(_) | State::Waiting(_, Next::Dial) => {
                self.reconnect.stop();
                self.state = State::Dialing;
                self.update = Some(ticket);
            }
            State::Dialing | State::Initialising | State::Waiting(..) => self.update = Some(ticket),
        }
        ticket
    }
}

/// Takes out what `wanted` holds for, in order.
fn extract(requests: &mut Vec<Request>, wanted: impl Fn(&Request) -> bool) -> Vec<Request> {
    if !requests.iter().any(&wanted) {
        return Vec::new();
    }
    let (taken, left) = std::mem::take(requests).into_iter().partition(wanted);
    *requests = left;
    taken
}
