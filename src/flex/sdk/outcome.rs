//! What requests come to: an answer, another attempt, or an end; and what is complete thereby.

use tokio::time::Instant;
use wire::{sid::ChannelSid, sync::Accepted};

use super::{
    channel::{Channel, Standing},
    error::{ErrorKind, SdkError},
    event::{Answer, Event, Ticket},
    out::Out,
    request::{Failure, Op, Phase, Request},
    session::Session,
};

/// An answer that does not hold what it must.
pub(super) struct Unreadable;

impl Session {
    pub(super) fn answer(
        &mut self,
        ticket: Ticket,
        result: Result<Answer, SdkError>,
        attempts: u8,
        at: Instant,
    ) {
        self.events.push_back(Event::Reply { ticket, result, attempts, at });
    }

    /// A request failed: repeat it, if the SDK would.
    pub(super) fn fail(&mut self, mut request: Request, error: SdkError, failure: Failure, now: Instant) {
        let habit = request.op.habit(failure);
        let Request { attempts, delay_ms, began, .. } = &mut request;
        let again = habit.and_then(|habit| habit.again(*attempts, delay_ms, *began, now, &mut self.chance));
        match again {
            Some(at) => {
                request.phase = Phase::Again(at);
                self.requests.push(request);
            }
            None => self.abandon(&request, error, now),
        }
    }

    /// A request failed for good.
    pub(super) fn abandon(&mut self, request: &Request, error: SdkError, now: Instant) {
        let error = error.about(request.op.channel());
        if let Some(ticket) = request.op.ticket() {
            return self.answer(ticket, Err(error), request.attempts, now);
        }
        match &request.op {
            Op::Subscribe(correlation, _) => {
                let reachable = !matches!(error.kind, ErrorKind::Denied { .. } | ErrorKind::Closed(_));
                self.subscriptions.refused(*correlation, reachable, now, &mut self.chance);
            }
            Op::Document(channel, _)
            | Op::Messages(channel, _)
            | Op::Roster(channel, _)
            | Op::Members(channel, ..) => {
                self.channel_failed(*channel, error, now);
            }
            Op::Init | Op::Update(_) => {}
            _ => {
                self.progress.failed.get_or_insert(error);
            }
        }
    }

    pub(super) fn channel_failed(&mut self, channel: ChannelSid, error: SdkError, now: Instant) {
        if self.progress.ready.is_none() {
            self.progress.failed.get_or_insert(error);
        } else if let Some(known) = self.channel_mut(channel) {
            // Not to be reported as joined any more; the SDK, too, leaves it half open.
            known.announced = true;
            self.events.push_back(Event::ChannelFailed { channel, error, at: now });
        }
    }

    /// A request was answered 2xx.
    pub(super) fn done(&mut self, request: &Request, code: u16, payload: &[u8], now: Instant, out: &mut Out) {
        let read = match &request.op {
            Op::Init | Op::Update(_) => Ok(()),
            Op::Configuration => self.configured(payload, now, out),
            Op::MyChannels(_) => self.my_channels(payload, now, out),
            Op::Myself(_) => self.myself(payload, now, out),
            Op::MyselfItem(..) => {
                self.progress.roots = self.progress.roots.saturating_sub(1);
                Ok(())
            }
            Op::MyConversations(_) => self.my_conversations(payload, now, out),
            Op::Document(channel, _) => self.document(*channel, payload, now, out),
            Op::Messages(channel, _) => self.message_list(*channel, payload, now),
            Op::Roster(channel, _) => self.roster(*channel, payload, now, out),
            Op::Members(channel, link, _) => self.members(*channel, link, payload, now, out),
            Op::Subscribe(correlation, action) => {
                let none = Accepted { estimated_delivery_in_ms: 0, max_batch_size: 0, ttl_in_s: 0 };
                let accepted = serde_json::from_slice(payload).unwrap_or(none);
                self.subscriptions.accepted(*correlation, *action, &accepted, now);
                Ok(())
            }
            _ => self.command_done(request, code, payload, now, out),
        };
        if read.is_err() {
            let error = SdkError::new(ErrorKind::Protocol, request.op.doing());
            self.abandon(request, error, now);
        }
    }

    /// Says what has become complete.
    pub(super) fn settle(&mut self, now: Instant) {
        if !self.progress.unsettled || self.progress.roots > 0 || !self.progress.begun {
            return;
        }
        if self.progress.ready.is_none() {
            if self.is_settled() && self.progress.failed.is_none() {
                self.progress.ready = Some(now);
                for channel in &mut self.channels {
                    channel.announced = true;
                }
                self.shrink();
                self.progress.unsettled = false;
            }
            return;
        }
        for place in 0..self.channels.len() {
            let Some(channel) = self.channels.get(place) else { continue };
            let complete = !channel.announced
                && channel.standing == Standing::Joined
                && channel.is_loaded()
                && self.subscriptions.is_established(channel.sid);
            if complete {
                self.events.push_back(Event::ChannelJoined { channel: channel.sid, at: now });
                self.channels[place].announced = true;
            }
        }
        if self.is_settled() {
            self.progress.unsettled = false;
            if std::mem::take(&mut self.progress.recovering) {
                self.events.push_back(Event::Reconnected { at: now });
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.channels.iter().all(Channel::is_loaded) && self.subscriptions.is_settled()
    }
}
