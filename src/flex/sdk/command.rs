//! What a customer or an agent does with the client.

use serde::Serialize;
use tokio::time::{Duration, Instant};
use wire::{
    sid::{ChannelSid, MediaSid},
    sync::ItemPage,
};

use super::{
    channel::{Need, Standing},
    decode::{Applied, MessageData, Sent, TypingTimeout, Unread, number_of},
    error::{Doing, ErrorKind, SdkError},
    event::{Answer, History, Message, Ticket},
    out::Out,
    outcome::Unreadable,
    request::{Op, Page, Request},
    session::Session,
};

/// How many messages `getMessages` asks for.
const PAGE: u32 = 30;

impl Session {
    /// `channel.sendMessage(body, attributes)`; `attributes` is JSON text, `{}` if there are none. Never repeated.
    pub fn send_message(
        &mut self,
        channel: ChannelSid,
        body: &str,
        attributes: &str,
        now: Instant,
        out: &mut Out,
    ) -> Ticket {
        #[derive(Serialize)]
        struct Body<'a> {
            body: &'a str,
            attributes: &'a str,
        }

        self.post(channel, &Body { body, attributes }, now, out)
    }

    /// `channel.sendMessage({ contentType, media }, attributes)`, after its upload. Never repeated.
    pub fn send_media(
        &mut self,
        channel: ChannelSid,
        media_sid: MediaSid,
        attributes: &str,
        now: Instant,
        out: &mut Out,
    ) -> Ticket {
        #[derive(Serialize)]
        struct Body<'a> {
            media_sid: MediaSid,
            attributes: &'a str,
        }

        self.post(channel, &Body { media_sid, attributes }, now, out)
    }

    fn post(&mut self, channel: ChannelSid, message: &impl Serialize, now: Instant, out: &mut Out) -> Ticket {
        let ticket = self.next_ticket();
        if self.knows(channel, ticket, Doing::SendMessage, now) {
            // Two strings: serializing them cannot fail.
            let body = serde_json::to_vec(message).unwrap_or_default();
            self.submit(Op::Send(ticket, channel), Some(body.into()), now, out);
        }
        ticket
    }

    /// `channel.typing()`: at most one per channel in the service's typing timeout (5 s before it is known).
    pub fn typing(&mut self, channel: ChannelSid, now: Instant, out: &mut Out) -> Ticket {
        let ticket = self.next_ticket();
        if !self.knows(channel, ticket, Doing::Typing, now) {
            return ticket;
        }
        let timeout = self.typing_timeout;
        let typed = self.channel_mut(channel).and_then(|known| {
            let before = known.typed.filter(|before| *before + timeout > now);
            known.typed = before.or(Some(now));
            before
        });
        if typed.is_some() {
            self.answer(ticket, Ok(Answer::Typing(false)), 0, now);
        } else {
            let body = format!("ChannelSid={channel}").into_bytes();
            self.submit(Op::Typing(ticket, channel), Some(body.into()), now, out);
        }
        ticket
    }

    /// `channel.setAllMessagesConsumed()`: finds the newest message, if the SDK would not know it, and moves
    /// the horizon there.
    pub fn mark_read(&mut self, channel: ChannelSid, now: Instant, out: &mut Out) -> Ticket {
        let ticket = self.next_ticket();
        if self.knows(channel, ticket, Doing::MarkRead, now) {
            match self.channel(channel).map(|channel| channel.chain.page(1)) {
                Some(Need::Fetch { from, size }) => {
                    let page = Page { from, size, older: false };
                    self.submit(Op::Newest(ticket, channel, page), None, now, out);
                }
                Some(Need::Nothing { newest, .. }) => self.horizon(ticket, channel, newest, now, out),
                None => {}
            }
        }
        ticket
    }

    fn horizon(&mut self, ticket: Ticket, channel: ChannelSid, newest: u32, now: Instant, out: &mut Out) {
        let before = self.channel(channel).and_then(|channel| channel.horizon);
        let index = before.map_or(newest, |before| before.max(newest));
        let body = format!(r#"{{"last_consumed_message_index":{index}}}"#).into_bytes();
        self.submit(Op::Horizon(ticket, channel), Some(body.into()), now, out);
    }

    /// `channel.getMessages()`, or with `before` the index of the oldest message known, the page before it.
    pub fn history(
        &mut self,
        channel: ChannelSid,
        before: Option<u32>,
        now: Instant,
        out: &mut Out,
    ) -> Ticket {
        let ticket = self.next_ticket();
        if !self.knows(channel, ticket, Doing::History, now) {
            return ticket;
        }
        let need = match before {
            // The page begins with the message it is to continue from, so it is one longer.
            Some(before) => Need::Fetch { from: Some(before), size: PAGE + 1 },
            None => {
                self.channel(channel).map_or(Need::Fetch { from: None, size: PAGE }, |c| c.chain.page(PAGE))
            }
        };
        match need {
            Need::Nothing { more, .. } => {
                let history = History { messages: Vec::new(), more };
                self.answer(ticket, Ok(Answer::History(history)), 0, now);
            }
            Need::Fetch { from, size } => {
                let page = Page { from, size, older: before.is_some() };
                self.submit(Op::History(ticket, channel, page), None, now, out);
            }
        }
        ticket
    }

    /// `client.getChannelBySid(channel)`: asks once for a channel that was there at the login; one that
    /// joined later is known already.
    pub fn open(&mut self, channel: ChannelSid, now: Instant, out: &mut Out) -> Ticket {
        let ticket = self.next_ticket();
        if self.channel(channel).is_some_and(|known| known.item.is_some()) {
            self.answer(ticket, Ok(Answer::Open), 0, now);
        } else {
            self.submit(Op::Item(ticket, channel), None, now, out);
        }
        ticket
    }

    /// `channel.leave()`.
    pub fn leave(&mut self, channel: ChannelSid, now: Instant, out: &mut Out) -> Ticket {
        let ticket = self.next_ticket();
        if self.channel(channel).is_some_and(|known| known.standing == Standing::Joined) {
            self.submit(Op::Leave(ticket, channel), None, now, out);
        } else {
            self.answer(ticket, Ok(Answer::Left), 0, now);
        }
        ticket
    }

    /// Whether the channel is one of this client's and ready for it; if not, says so to who asked.
    fn knows(&mut self, channel: ChannelSid, ticket: Ticket, doing: Doing, now: Instant) -> bool {
        let known = self.channel(channel).is_some_and(|known| !known.items.is_empty());
        if !known {
            let kind = self.over().unwrap_or(ErrorKind::UnknownChannel);
            let error = SdkError::new(kind, doing).about(Some(channel));
            self.answer(ticket, Err(error), 0, now);
        }
        known
    }

    /// A request of these was answered 2xx.
    pub(super) fn command_done(
        &mut self,
        request: &Request,
        code: u16,
        payload: &[u8],
        now: Instant,
        out: &mut Out,
    ) -> Result<(), Unreadable> {
        let answer = match &request.op {
            Op::Send(ticket, channel) if code == 202 => {
                let applied: Applied = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
                self.submit(Op::Applied(*ticket, *channel, applied.resource_url), None, now, out);
                return Ok(());
            }
            Op::Send(..) | Op::Applied(..) => {
                let sent: Sent<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
                Answer::Sent { index: number_of(&sent.index).ok_or(Unreadable)?, sid: sent.sid }
            }
            Op::Typing(..) => {
                let answer: TypingTimeout = serde_json::from_slice(payload).unwrap_or_default();
                if let Some(seconds) = answer.typing_timeout.filter(|seconds| (0.0..3600.0).contains(seconds))
                {
                    self.typing_timeout = Duration::from_secs_f64(seconds);
                }
                Answer::Typing(true)
            }
            Op::Newest(ticket, channel, page) => {
                let read = self.page(*channel, *page, payload)?;
                match read.messages.last() {
                    Some(newest) => {
                        self.horizon(*ticket, *channel, newest.index, now, out);
                        return Ok(());
                    }
                    None => Answer::Read { unread: Some(0) },
                }
            }
            Op::Horizon(..) => {
                let answer: Unread = serde_json::from_slice(payload).unwrap_or_default();
                Answer::Read { unread: answer.unread_messages_count }
            }
            Op::History(_, channel, page) => Answer::History(self.page(*channel, *page, payload)?),
            Op::Item(ticket, channel) => {
                let items: ItemPage<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
                let Some(item) = items.items.first() else {
                    self.submit(Op::Conversation(*ticket, *channel), None, now, out);
                    return Ok(());
                };
                self.my_channel(item.key.as_deref(), item.last_event_id, item.data.get(), now, out);
                Answer::Open
            }
            Op::Conversation(..) => Answer::Open,
            Op::Leave(..) => Answer::Left,
            _ => return Ok(()),
        };
        if let Some(ticket) = request.op.ticket() {
            self.answer(ticket, Ok(answer), request.attempts, now);
        }
        Ok(())
    }

    fn page(&mut self, sid: ChannelSid, page: Page, payload: &[u8]) -> Result<History, Unreadable> {
        let items: ItemPage<'_> = serde_json::from_slice(payload).map_err(|_| Unreadable)?;
        let more = items.meta.next_token.is_some();
        let Some(channel) = self.channels.iter_mut().find(|channel| channel.sid == sid) else {
            return Ok(History::default());
        };
        let members = &channel.members;
        let read = |item: &wire::sync::Item<'_>| -> Option<Message> {
            let index = u32::try_from(item.index?).ok()?;
            let data: MessageData<'_> = serde_json::from_str(item.data.get()).ok()?;
            let known =
                |author: &str| members.iter().find(|m| *m.identity == *author).map(|m| m.identity.clone());
            Some(data.message(index, known))
        };
        let mut messages: Vec<Message> = items.items.iter().filter_map(read).collect();
        messages.sort_by_key(|message| message.index);
        if let (Some(first), Some(last)) = (messages.first(), messages.last()) {
            channel.chain.fetched(first.index, last.index, page.from.is_none(), !more);
        }
        if page.older && messages.last().map(|message| message.index) == page.from {
            messages.pop();
        }
        for message in &messages {
            channel.known.insert(message.index);
        }
        Ok(History { messages, more })
    }
}
