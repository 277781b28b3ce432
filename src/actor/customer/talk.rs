//! What a customer says and hears in a chat.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use wire::sid::MediaSid;

use super::super::backend::Pooled;
use super::super::failure::Done;
use super::super::said::Said;
use super::{Customer, Echo, Echoed, Replied};
use crate::flex::rest::{Upload, Uploader};
use crate::flex::sdk::{Answer, History};
use crate::record::{Counter, Failure, Kind, Milestone};

impl Customer {
    /// Uploads a file from the device: over HTTP, beside its connection, with its token.
    ///
    /// # Errors
    ///
    /// Not logged in, refused, or no answer before the deadline.
    pub async fn upload(&mut self, upload: &Upload, deadline: Instant) -> Done<MediaSid> {
        let link = self.sdk()?.media_service().map(str::to_owned);
        let Some(token) = self.token.as_ref().map(|token| token.jwt.clone()) else {
            return Err(Failure::new(
                Kind::Protocol("no token"),
                "no token: put mint_token before this step",
            ));
        };
        let context = Rc::clone(&self.context);
        let uploader = Uploader::Device { link: link.as_deref(), token: &token };
        self.alongside(context.backend.upload(uploader, upload, deadline)).await
    }

    /// Uploads a file through the backend, in the customer's name.
    ///
    /// # Errors
    ///
    /// As the call failed, or the deadline passed while it waited for a connection of the pool.
    pub async fn upload_by_backend(&mut self, upload: &Upload, call: Pooled<'_>) -> Done<MediaSid> {
        self.context.backend.upload_pooled(&self.identity, upload, call).await
    }

    /// Sends a message over the device's connection and waits for its 201.
    ///
    /// # Errors
    ///
    /// Not logged in, no channel, refused, or no answer before the deadline.
    pub async fn send(
        &mut self,
        said: Said<'_>,
        attributes: &str,
        echo: Option<Echoed>,
        deadline: Instant,
    ) -> Done {
        let channel = self.open_chat()?;
        self.context.backend.may_send()?;
        let began = Instant::now();
        let sdk = self.sdk()?;
        let ticket = match said {
            Said::Text(body) => sdk.send_message(channel, body, attributes),
            Said::Media(media) => sdk.send_media(channel, media, attributes),
        };
        self.context.recorder.borrow_mut().count(Counter::Sent, 1);
        self.lose_echo();
        self.echo = echo.map(|Echoed { part, due }| Echo { part, due, began, index: None });
        let (answer, at) = self.answer(ticket, deadline).await?;
        let Answer::Sent { index, .. } = answer else {
            return Err(Failure::new(Kind::Protocol("send"), "the answer to a message has no index"));
        };
        self.note_acknowledged(index, began);
        Ok(at)
    }

    /// Sends a message through the backend, by REST, in the customer's name.
    ///
    /// # Errors
    ///
    /// No channel, or the create failed.
    pub async fn send_by_backend(&mut self, said: Said<'_>, attributes: &str, call: Pooled<'_>) -> Done {
        let channel = self.open_chat()?;
        self.context.backend.may_send()?;
        let began = Instant::now();
        self.context.recorder.borrow_mut().count(Counter::Sent, 1);
        let context = Rc::clone(&self.context);
        let index = context.backend.post_message(channel, &self.identity, said, attributes, call).await?;
        self.note_acknowledged(index, began);
        Ok(Instant::now())
    }

    fn note_acknowledged(&mut self, index: u32, began: Instant) {
        self.context.recorder.borrow_mut().count(Counter::Acknowledged, 1);
        if let Some(echo) = &mut self.echo {
            echo.index = Some(index);
        }
        if let Some(chat) = &mut self.chat {
            chat.sent += 1;
            chat.acknowledged(index, began);
        }
        self.reach(Milestone::FirstMessage);
    }

    /// Waits for the first message of somebody else after the last one sent: `within`, counted from when an
    /// agent is in the chat.
    ///
    /// # Errors
    ///
    /// No channel, no agent before `deadline`, or no reply in time.
    pub async fn await_reply(&mut self, within: Duration, deadline: Instant) -> Done<Replied> {
        self.open_chat()?;
        let from = Instant::now();
        self.until(deadline, |customer| customer.has_its_agent().then_some(())).await?;
        let in_chat_since = self.chat.as_ref().and_then(|chat| chat.agent_since()).unwrap_or(from);
        let deadline = deadline.min(in_chat_since.max(from) + within);
        self.until(deadline, Self::take_reply).await
    }

    /// The same where the backend has to ask for messages.
    ///
    /// # Errors
    ///
    /// As [`Self::await_reply`], and what asking for messages can fail with.
    pub async fn await_reply_by_polling(
        &mut self,
        every: Option<Duration>,
        within: Duration,
        call: Pooled<'_>,
    ) -> Done<Replied> {
        let channel = self.open_chat()?;
        let Some(every) = every else {
            return Err(Failure::new(
                Kind::Protocol("not polling"),
                "await_reply needs `transport: { backend: { poll: 2s } }`",
            ));
        };
        let context = Rc::clone(&self.context);
        let mut give_up: Option<Instant> = None;
        loop {
            let after = self.chat.as_ref().and_then(|chat| chat.newest());
            let messages = Box::pin(context.backend.messages_after(channel, after, call)).await?;
            let at = Instant::now();
            for message in &messages {
                self.read(message.index, message.from.as_ref(), at);
            }
            if let Some(reply) = self.take_reply() {
                return Ok(reply);
            }
            if give_up.is_none() && self.has_its_agent() {
                give_up = Some(at + within);
            }
            let until = give_up.map_or(call.deadline, |give_up| give_up.min(call.deadline));
            if at >= until {
                return Err(Kind::Timeout.into());
            }
            sleep_until((at + every).min(until)).await;
        }
    }

    fn take_reply(&mut self) -> Option<Replied> {
        let reply = self.chat.as_deref_mut()?.take_reply()?;
        // By then an agent has come, even if it was not looked for.
        self.has_its_agent();
        let chat = self.chat.as_deref()?;
        let time_to_reply = chat.last_send.map(|send| reply.at.saturating_duration_since(send.began));
        let target = chat.last_send.filter(|send| reply.answers == Some(send.index)).and_then(|send| {
            let delay = self.context.reply_delay(self.number, send.index)?;
            Some(targets_share(send.began, chat.agent_since()?, delay, reply.at))
        });
        self.reach(Milestone::FirstReply);
        Some(Replied { at: reply.at, time_to_reply, target })
    }

    /// Whether an agent is in the chat.
    pub fn is_served(&self) -> bool {
        self.chat.as_ref().is_some_and(|chat| chat.agent_since().is_some())
    }

    /// When the last message it sent began.
    pub fn last_send_began(&self) -> Option<Instant> {
        self.chat.as_ref().and_then(|chat| chat.last_send).map(|send| send.began)
    }

    /// Reads the chat's newest pages, as the SDK's `getMessages` does.
    ///
    /// # Errors
    ///
    /// Not logged in, no channel, refused, or no answer before the deadline.
    pub async fn history(&mut self, pages: u32, deadline: Instant) -> Done {
        let channel = self.open_chat()?;
        // As a page does that knows its chat's SID: getChannelBySid, then getMessages page by page.
        let ticket = self.sdk()?.open(channel);
        let (_, mut at) = self.answer(ticket, deadline).await?;
        let mut before = None;
        for _ in 0..pages {
            let ticket = self.sdk()?.history(channel, before);
            let (answer, answered) = self.answer(ticket, deadline).await?;
            at = answered;
            let Answer::History(History { messages, more }) = answer else { break };
            for message in &messages {
                self.read(message.index, Some(&message.author), at);
            }
            before = messages.first().map(|oldest| oldest.index);
            if !more || before.is_none() {
                break;
            }
        }
        Ok(at)
    }

    /// Tells the others that this customer types.
    ///
    /// # Errors
    ///
    /// Not logged in, no channel, refused, or no answer before the deadline.
    pub async fn typing(&mut self, deadline: Instant) -> Done {
        let channel = self.open_chat()?;
        let ticket = self.sdk()?.typing(channel);
        Ok(self.answer(ticket, deadline).await?.1)
    }

    /// Marks everything so far as read.
    ///
    /// # Errors
    ///
    /// Not logged in, no channel, refused, or no answer before the deadline.
    pub async fn mark_read(&mut self, deadline: Instant) -> Done {
        let channel = self.open_chat()?;
        let ticket = self.sdk()?.mark_read(channel);
        Ok(self.answer(ticket, deadline).await?.1)
    }
}

/// What is left of the time to a reply without the wait for an agent and the time the agent took on purpose.
fn targets_share(sent: Instant, agent_since: Instant, delay: Duration, replied: Instant) -> Duration {
    replied.saturating_duration_since(sent.max(agent_since)).saturating_sub(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_share_is_neither_waiting_nor_thinking_and_never_negative() {
        let zero = Instant::now();
        // Sent, agent there since, its delay, the reply: the target's share.
        let table = [
            (10, 0, 2_000, 2_050, 40),
            (10, 0, 0, 50, 40),
            (10, 5_000, 2_000, 7_030, 30),
            (10, 0, 2_000, 1_990, 0),
            (10, 5_000, 2_000, 4_990, 0),
        ];
        for (sent, agent, delay, replied, share) in table {
            let at = |ms| zero + Duration::from_millis(ms);
            let seen = targets_share(at(sent), at(agent), Duration::from_millis(delay), at(replied));
            assert_eq!(seen.as_millis(), share, "{sent} {agent} {delay} {replied}");
        }
    }
}
