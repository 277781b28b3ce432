//! The connection's ups and downs: `init`, refusals, closes, coming back, a new token.

use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;
use wire::frame::{
    Header as _, Status,
    client::{Close, Init, Update},
    server::InitReply,
};

use super::{
    config::SdkConfig,
    error::{Doing, ErrorKind, SdkError},
    event::{Answer, Event, Ticket},
    out::Out,
    request::{Failure, Op, Phase, Request},
    session::{Next, Session, State, extract},
};

/// How long the SDK waits after a close frame before it moves on.
const AFTER_CLOSE: Duration = Duration::from_secs(3);
/// Twilio's code for an expired token.
const EXPIRED: u32 = 20104;

impl Session {
    /// The socket is open.
    pub fn opened(&mut self, now: Instant, out: &mut Out) {
        self.state = State::Initialising;
        self.submit(Op::Init, None, now, out);
    }

    /// No connection could be made, or the one there was is gone.
    pub fn lost(&mut self, error: &SdkError, now: Instant) {
        if !self.wants_link() {
            return;
        }
        self.retry(now);
        self.disconnected(error.clone(), now);
        // Everybody who waits for a reply learns at once that none will come.
        let sent = |request: &Request| matches!(request.phase, Phase::Sent(_));
        for request in extract(&mut self.requests, sent) {
            let error = SdkError::new(ErrorKind::Disconnected, request.op.doing());
            self.fail(request, error, Failure::Other, now);
        }
    }

    pub(super) fn retry(&mut self, now: Instant) {
        self.subscriptions.disconnected();
        let delay = self.reconnect.next(&mut self.chance);
        self.state = State::Waiting(now + delay, Next::Dial);
    }

    pub(super) fn initialised_by(&mut self, frame: &[u8], now: Instant, out: &mut Out) {
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
    pub(super) fn refused(
        &mut self,
        op: &Op,
        status: &Status<'_>,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) {
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
        if code == EXPIRED {
            self.events.push_back(Event::TokenExpired { at: now });
        }
        if self.progress.ready.is_none() {
            self.progress.failed.get_or_insert_with(|| error.clone());
        }
        let failed = error.kind;
        self.events.push_back(Event::Denied { error, at: now });
        self.reject_unsent(failed, now);
    }

    /// The SDK gives this connection up and will try another.
    pub(super) fn broken_off(&mut self, error: SdkError, graceful: bool, now: Instant, out: &mut Out) {
        if graceful {
            self.say_close(out);
        }
        self.retry(now);
        let kind = error.kind;
        self.disconnected(error, now);
        self.reject_unsent(kind, now);
    }

    pub(super) fn reject_unsent(&mut self, kind: ErrorKind, now: Instant) {
        let unsent = |request: &Request| matches!(request.phase, Phase::Unsent(_));
        for request in extract(&mut self.requests, unsent) {
            self.give_up(&request, kind, now);
        }
    }

    pub(super) fn answer_update(&mut self, ticket: Option<Ticket>, error: &SdkError, now: Instant) {
        for ticket in [ticket, self.update.take()].into_iter().flatten() {
            self.answer(ticket, Err(error.clone()), 1, now);
        }
    }

    /// A `close` frame. The replies still awaited time out one by one, as they do in the SDK.
    pub(super) fn closed(&mut self, code: u16, payload: &[u8], now: Instant, out: &mut Out) {
        if !matches!(self.state, State::Initialising | State::Connected) {
            return;
        }
        self.subscriptions.disconnected();
        let error = SdkError::new(ErrorKind::Closed(code), Doing::Connecting);
        let next = match code {
            406 | 417 => {
                self.say_close(out);
                return self.end(code, now);
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
    pub(super) fn disconnected(&mut self, error: SdkError, now: Instant) {
        if self.progress.ready.is_some() {
            self.events.push_back(Event::Disconnected { error, at: now });
        } else {
            self.progress.trouble = Some(error);
        }
    }

    pub(super) fn end(&mut self, code: u16, now: Instant) {
        self.reconnect.stop();
        self.state = State::Ended(code);
        let error = SdkError::new(ErrorKind::Closed(code), Doing::Connecting);
        if self.progress.ready.is_none() {
            self.progress.failed = Some(error.clone());
        }
        self.answer_update(None, &error, now);
        self.events.push_back(Event::Closed { code, at: now });
        self.reject_unsent(error.kind, now);
    }

    /// The server's wish for when to come back.
    pub(super) fn obey(&mut self, payload: &[u8]) {
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

    /// Says good-bye, if there is anybody to say it to.
    pub fn say_close(&mut self, out: &mut Out) {
        if matches!(self.state, State::Connected | State::Initialising) {
            let id = self.chance.id().dashed();
            out.request(|bytes| Close { id: (&*id).into() }.encode(b"", bytes));
        }
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

    pub(super) fn timed_out(&mut self, request: Request, now: Instant, out: &mut Out) {
        let error = SdkError::new(ErrorKind::Timeout, request.op.doing());
        if matches!(request.op, Op::Init | Op::Update(_)) {
            self.answer_update(request.op.ticket(), &error, now);
            self.broken_off(error, true, now, out);
        } else {
            self.fail(request, error, Failure::Other, now);
        }
    }
}
