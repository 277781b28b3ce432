//! How a customer listens: whatever it waits for, it keeps reading its own connection.

use std::future::Future;

use tokio::time::{Instant, timeout_at};
use wire::identity::Identity;
use wire::sid::ChannelSid;

use super::super::failure::{Done, of_sdk};
use super::{Customer, note_agent};
use crate::flex::sdk::{Answer, Event, Message, SdkError, Ticket};
use crate::record::{Counter, Failure, Kind};

impl Customer {
    /// Runs something that needs no connection of the device's while that connection is read.
    pub(super) async fn alongside<T>(&mut self, work: impl Future<Output = T>) -> T {
        // On the heap, so that an idle customer does not carry the room for a request.
        let mut work = Box::pin(work);
        loop {
            let Some(sdk) = self.sdk.as_deref_mut().filter(|_| self.lost.is_none()) else {
                return work.await;
            };
            tokio::select! {
                biased;
                event = sdk.next() => { self.absorb(event); }
                done = &mut work => return done,
            }
        }
    }

    /// Reads the connection until `wanted` finds what it looks for.
    pub(super) async fn until<T>(
        &mut self,
        deadline: Instant,
        mut wanted: impl FnMut(&mut Self) -> Option<T>,
    ) -> Done<T> {
        loop {
            if let Some(found) = wanted(self) {
                return Ok(found);
            }
            match timeout_at(deadline, self.next_event()).await {
                Ok(Ok(Some(event))) => {
                    self.absorb(event);
                }
                Ok(Ok(None)) => {}
                Ok(Err(lost)) => return Err(lost),
                Err(_) => return Err(Kind::Timeout.into()),
            }
        }
    }

    /// Reads the connection until the answer to `ticket` is there.
    pub(super) async fn answer(&mut self, ticket: Ticket, deadline: Instant) -> Done<(Answer, Instant)> {
        loop {
            match timeout_at(deadline, self.next_event()).await {
                Ok(Ok(Some(event))) => match self.absorb(event) {
                    Some((of, result, at)) if of == ticket => {
                        return result.map(|answer| (answer, at)).map_err(|error| of_sdk(&error));
                    }
                    _ => {}
                },
                Ok(Ok(None)) => {}
                Ok(Err(lost)) => return Err(lost),
                Err(_) => return Err(Kind::Timeout.into()),
            }
        }
    }

    /// The next event of the connection, or `None` when the agent has come.
    async fn next_event(&mut self) -> Done<Option<Event>> {
        if let Some(lost) = &self.lost {
            return Err(lost.clone());
        }
        let agent = async {
            match self.chat.as_deref_mut() {
                Some(chat) if chat.waits_for_agent() => {
                    chat.agent_comes().await;
                    note_agent(&self.context, chat, &mut self.reached);
                }
                _ => std::future::pending().await,
            }
        };
        match self.sdk.as_deref_mut() {
            Some(sdk) => tokio::select! {
                biased;
                event = sdk.next() => Ok(Some(event)),
                () = agent => Ok(None),
            },
            None => {
                agent.await;
                Ok(None)
            }
        }
    }

    /// Takes note of an event. Gives back what it does not keep: the answer to a request.
    fn absorb(&mut self, event: Event) -> Option<(Ticket, Result<Answer, SdkError>, Instant)> {
        match event {
            Event::Reply { ticket, result, attempts, at } => {
                self.context
                    .recorder
                    .borrow_mut()
                    .count(Counter::Retries, u64::from(attempts.saturating_sub(1)));
                return Some((ticket, result, at));
            }
            Event::MessageAdded { channel, message, at } => self.hear(channel, &message, at),
            Event::ChannelJoined { channel, at } => self.just_joined = Some((channel, at)),
            Event::ChannelFailed { error, at, .. } => self.incident(at, &of_sdk(&error)),
            Event::TokenAboutToExpire { .. } => self.renew_token(),
            Event::Reconnected { .. } => {
                self.offline = false;
                self.connected = Some(self.context.connected.enter());
                self.context.recorder.borrow_mut().count(Counter::Reconnects, 1);
            }
            Event::Disconnected { error, at } => {
                self.connected = None;
                if !self.offline {
                    self.incident(at, &of_sdk(&error));
                }
            }
            Event::Denied { error, .. } => self.lose(of_sdk(&error)),
            Event::TokenExpired { .. } => {
                self.lose(Failure::new(Kind::Closed { code: Some(410) }, "the token expired"));
            }
            Event::Closed { code, .. } => self.lose(Kind::Closed { code: Some(code) }.into()),
            Event::ChannelLeft { .. }
            | Event::MemberJoined { .. }
            | Event::MemberLeft { .. }
            | Event::ChannelUpdated { .. }
            | Event::Typing { .. } => {}
        }
        None
    }

    fn hear(&mut self, channel: ChannelSid, message: &Message, at: Instant) {
        if self.channel() == Some(channel) {
            self.read(message.index, Some(&message.author), at);
        }
    }

    /// The connection is gone for good.
    fn lose(&mut self, why: Failure) {
        self.connected = None;
        self.lost = Some(why);
    }

    /// A message without an author is the system's, and so somebody else's.
    pub(super) fn read(&mut self, index: u32, author: Option<&Identity>, at: Instant) {
        let Some(chat) = &mut self.chat else { return };
        if author != Some(&self.identity) {
            if chat.hear(index, at) {
                self.context.recorder.borrow_mut().count(Counter::Replied, 1);
            }
        } else if chat.tally.saw.insert(index)
            && let Some(echo) = self.echo.take_if(|echo| echo.index.is_none_or(|own| own == index))
        {
            let took = at.saturating_duration_since(echo.began);
            self.context.recorder.borrow_mut().part(echo.part, echo.due, took);
        }
    }

    fn renew_token(&mut self) {
        if let (Some(token), Some(sdk)) = (&mut self.token, self.sdk.as_deref_mut()) {
            token.jwt = self.context.backend.mint(&self.identity, token.kind);
            sdk.update_token(&token.jwt);
        }
    }

    pub(super) fn has_its_agent(&mut self) -> bool {
        let Some(chat) = self.chat.as_deref_mut() else { return false };
        chat.agent_has_come();
        note_agent(&self.context, chat, &mut self.reached);
        !chat.waits_for_agent()
    }

    fn incident(&self, at: Instant, failure: &Failure) {
        self.context.recorder.borrow_mut().incident(at, failure);
    }
}
