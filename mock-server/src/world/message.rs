//! Messages: what is said in a channel.

use std::sync::Arc;

use wire::identity::Identity;
use wire::media::Attached;
use wire::message::{Kind, Message as View, NewMessage, Order, UpdateMessage};
use wire::sid::{ChannelSid, ChatServiceSid, MessageSid};
use wire::sync::{Change, Key};
use wire::time::Timestamp;

use super::caps::full;
use super::channel::{Channel, ChannelState};
use super::event::Event;
use super::log::Marks;
use super::object::Object;
use super::page::{Cursor, Page, PageRequest};
use super::service::set;
use super::talk::Talk;
use super::{World, check, data, media};
use crate::basis::{Refused, rules};
use crate::fault::aim::Pattern;
use crate::fault::push::Event as Pushed;

rules! {
    UNKNOWN = "chat.message.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown message is 404, 20404";
    NO_BODY = "chat.message.body-missing", Inferred("error catalogue 50503; the status as for other validation"),
        "a message with neither a body nor a media file is 400, 50503";
    LONG_BODY = "chat.message.body-long", Documented("https://www.twilio.com/docs/chat/chat-limits"),
        "a body of more than 32 KB is 400, 50504";
    BOTH = "chat.message.media.body", Documented("OpenAPI chat_v2 ListMessage: the example of type media has a body"),
        "a message may have a media file and a body; its type is media";
    MEDIA_BODY = "chat.message.media.update", Inferred("error catalogue 50509; the status as for other validation"),
        "the body of a message with a media file cannot be changed: 400, 50509";
    pub(super) FULL = "chat.message.full", MockOnly("a mock must not grow without bound"),
        "when a channel, or the mock, holds as many messages as it may, one more is 503, 20503";
    RETAINED = "chat.message.retained", MockOnly("asked for by --retain"),
        "a mock told to keep the last N messages of each channel forgets the one before them, and lists say so in X-Mock-First-Index";
    pub(super) ADDED_EVENT = "sync.message.added", Recorded("session of SDK 6.0.0: list_item_added, then document_updated"),
        "a message is list_item_added on the channel's messages, then document_updated on its document";
    UPDATED_EVENT = "sync.message.updated", Inferred("the SDK's reaction to list_item_updated"),
        "a changed message is list_item_updated on the channel's messages";
    REMOVED_EVENT = "sync.message.removed", Inferred("the SDK's reaction to list_item_removed"),
        "a deleted message is list_item_removed on the channel's messages";
}

/// Bytes of a body.
const BODY: usize = 32 * 1024;

/// A message as it is kept: what can be worked out is not.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Its number among all messages ever posted here: its SID is made of it.
    pub(crate) nth: u32,
    pub(crate) index: u32,
    pub(crate) marks: Marks,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) author: Identity,
    /// The author's number among the members, if they were one.
    pub(crate) member: Option<u32>,
    pub(crate) updated_by: Option<Identity>,
    pub(crate) body: Arc<str>,
    /// `{}` if none.
    pub(crate) attributes: Option<Arc<str>>,
    /// What is known of its files; the bytes are elsewhere, so that a deleted message holds none.
    pub(crate) media: Box<[Arc<Attached>]>,
}

impl Message {
    /// What it takes in memory, in bytes: its text, and all that is kept beside it.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>()
            + self.body.len()
            + self.attributes.as_ref().map_or(0, |attributes| attributes.len())
    }
}

/// The SID of the `nth` thing of a kind in a channel: the channel's last eight bytes, which no other channel
/// has, and the number. So it need not be kept, and leads straight back to the thing.
pub(super) fn nth_bytes(channel: ChannelSid, nth: u32) -> [u8; 16] {
    let mut bytes = channel.bytes();
    bytes.copy_within(8..16, 2);
    bytes[10..12].fill(0);
    bytes[12..].copy_from_slice(&nth.to_be_bytes());
    bytes
}

/// The number in a SID made by [`nth_bytes`], if it was made for this channel.
pub(super) fn nth_of(channel: ChannelSid, bytes: [u8; 16]) -> Option<u32> {
    let nth = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
    (nth_bytes(channel, nth) == bytes).then_some(nth)
}

pub(crate) fn message_sid(channel: ChannelSid, nth: u32) -> MessageSid {
    MessageSid::from_bytes(nth_bytes(channel, nth))
}

/// The message with this index.
pub(crate) fn message_at(channel: &Channel, index: u32) -> Option<MessageSid> {
    let state = channel.lock();
    let message = state.messages.at(state.messages.find_index(index).ok()?)?;
    Some(message_sid(channel.sid, message.nth))
}

impl ChannelState {
    /// The position of the message with this SID.
    fn position(&self, channel: ChannelSid, sid: MessageSid) -> Result<usize, Refused> {
        let unknown = Refused::not_found(UNKNOWN);
        let nth = nth_of(channel, sid.bytes()).ok_or(unknown.clone())?;
        self.messages.find(nth).map_err(|_| unknown)
    }

    /// The index the next message gets.
    pub(super) fn next_index(&self) -> u32 {
        self.last.map_or(0, |(index, _)| index.saturating_add(1))
    }

    /// How many messages a member with this horizon has not read.
    pub(crate) fn unread(&self, horizon: Option<u32>) -> Option<u32> {
        let read = self.messages.count_while(|message| message.index <= horizon.unwrap_or(0));
        horizon.map(|_| super::channel::size(self.messages.len() - read))
    }
}

/// Tells what happened to a message.
pub(super) fn tell<R>(
    channel: &Channel,
    message: &Message,
    (id, at): (u32, Timestamp),
    how: How,
    how_to: impl FnOnce(&Event<'_, wire::sync::data::Message<'_>>) -> R,
) -> R {
    let key = Key::Index(message.index.into());
    let data = &data::message(channel.sid, message);
    let (rule, change) = match how {
        How::Added => (ADDED_EVENT, Change::ItemAdded { key, revision: 0, data }),
        How::Updated => {
            (UPDATED_EVENT, Change::ItemUpdated { key, revision: message.marks.revision.into(), data })
        }
        How::Removed => (REMOVED_EVENT, Change::ItemRemoved { key, data }),
    };
    let object = Object::Messages(channel.sid);
    how_to(&Event { rule, service: channel.service.sid, object, identity: "", id, at, change })
}

/// Tells everybody who is subscribed what happened to a message.
pub(super) fn publish(
    channel: &Channel,
    state: &ChannelState,
    message: &Message,
    told: (u32, Timestamp),
    how: How,
) {
    if state.subscribers.is_empty() {
        return;
    }
    let kind = if let How::Added = how { Pushed::Message } else { Pushed::MessageChanged };
    let is_meant = |pattern: &Pattern| channel.is_meant(&state.facts, pattern);
    let delivery = channel.service.faults.delivery(kind, Object::Messages(channel.sid), &is_meant);
    tell(channel, message, told, how, |event| {
        state.subscribers.publish(event.object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
    });
}

/// What happened to an item.
#[derive(Clone, Copy)]
pub(super) enum How {
    Added,
    Updated,
    Removed,
}

impl World {
    /// Posts a message from whomever it names, `system` if nobody; the author need not be a member.
    ///
    /// # Errors
    /// If there is no such channel, no body, a body or attributes too long, or no room.
    pub fn post_message(
        &self,
        service: ChatServiceSid,
        channel: &str,
        new: NewMessage,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        self.say(&channel, new, |message| self.message_view(&channel, message))
    }

    /// Posts a message and returns a view of it.
    pub(crate) fn say<T>(
        &self,
        channel: &Channel,
        new: NewMessage,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        let files = self.files_of(channel.service.sid, &new.media_sids)?;
        let body = if files.is_empty() { body(new.body)? } else { caption(new.body)? };
        check::attributes(new.attributes.as_deref())?;
        check::author(new.from.as_ref())?;
        check::editor(new.last_updated_by.as_ref())?;
        let attributes = new.attributes.filter(|text| **text != *"{}");
        let author = new.from.filter(|from| !from.is_empty()).unwrap_or_else(|| "system".into());
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        state.alive()?;
        self.make_room(state)?;
        let message = Message {
            nth: state.next_message,
            index: state.next_index(),
            marks: Marks::new(state.messages_log.advance(now), now),
            created: new.date_created.unwrap_or(now),
            updated: new.date_updated.unwrap_or(now),
            member: state
                .members
                .iter()
                .find(|member| member.user.identity == author)
                .map(|member| member.nth),
            author,
            updated_by: new.last_updated_by,
            body,
            attributes,
            media: files.iter().map(|file| file.attached.clone()).collect(),
        };
        self.message_bytes.take(message.size(), self.caps().message_bytes, "bytes of messages", FULL)?;
        if let Err(refused) = media::send_with(&files, (channel.sid, message_sid(channel.sid, message.nth))) {
            self.message_bytes.give_back(message.size());
            return Err(refused);
        }
        let mut talk = Talk { world: self, channel, state, now };
        if let Some(faults) = channel.service.faults.active() {
            return faults.post(talk, message, |message| {
                media::moved(&files, (channel.sid, message_sid(channel.sid, message.nth)));
                view(message)
            });
        }
        let seen = view(&message);
        talk.put(message);
        Ok(seen)
    }

    /// Where only the last messages of a channel are kept, the oldest goes; else a full channel takes no more.
    fn make_room(&self, state: &mut ChannelState) -> Result<(), Refused> {
        let most = self.caps().messages_per_channel;
        let held = state.messages.len();
        if let Some(retained) = self.caps().retained_messages {
            if held >= retained.get().min(most) && RETAINED.follow() {
                let forgotten = state.messages.forget_oldest();
                self.message_bytes.give_back(forgotten.as_ref().map_or(0, Message::size));
                self.shelf.remove_of(&forgotten);
            }
        } else if held >= most {
            return Err(full(most, "messages in one channel", FULL));
        }
        Ok(())
    }

    /// Reads a message.
    ///
    /// # Errors
    /// If there is no such channel or message.
    pub fn message(&self, service: ChatServiceSid, channel: &str, sid: MessageSid) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        self.look_at(&channel, sid, |message| self.message_view(&channel, message))
    }

    /// Lists a channel's messages from either end.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn messages(
        &self,
        service: ChatServiceSid,
        channel: &str,
        order: Order,
        page: PageRequest,
    ) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let state = channel.lock();
        state.alive()?;
        let all = &state.messages;
        let numbered = |message| -> (u32, &Message) { (Message::nth(message), message) };
        let view = |message: &Message| self.message_view(&channel, message);
        let after = page.after.map(|Cursor(nth)| nth);
        Ok(match order {
            Order::Ascending => {
                let start = after.map_or(0, |nth| all.count_while(|message| u128::from(message.nth) <= nth));
                Page::cut(page.size, all.range(start..).map(numbered), view)
            }
            Order::Descending => {
                let end = after.map_or(all.len(), |nth| all.count_while(|m| u128::from(m.nth) < nth));
                Page::cut(page.size, all.range(..end).rev().map(numbered), view)
            }
        })
    }

    /// The index of the first message of a channel that is still kept, if older ones were forgotten.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn first_retained(&self, service: ChatServiceSid, channel: &str) -> Result<Option<u32>, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let first = channel.lock().messages.first_retained();
        Ok(first)
    }

    /// Changes a message.
    ///
    /// # Errors
    /// If there is no such channel or message, or the body or the attributes are not as they must be.
    pub fn update_message(
        &self,
        service: ChatServiceSid,
        channel: &str,
        sid: MessageSid,
        change: UpdateMessage,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        self.change_message(&channel, sid, change, |message| self.message_view(&channel, message))
    }

    pub(crate) fn change_message<T>(
        &self,
        channel: &Channel,
        sid: MessageSid,
        change: UpdateMessage,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        check::attributes(change.attributes.as_deref())?;
        check::author(change.from.as_ref())?;
        check::editor(change.last_updated_by.as_ref())?;
        let new_body = change.body.map(|text| body(Some(text))).transpose()?;
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        let position = state.position(channel.sid, sid)?;
        if new_body.is_some() && state.messages.at(position).is_some_and(|message| !message.media.is_empty())
        {
            return Err(Refused::new(400, 50509, "Media message body cannot be updated", MEDIA_BODY));
        }
        let message = state.messages.at_mut(position).ok_or(Refused::not_found(UNKNOWN))?;
        let before = message.size();
        let most = before + length(new_body.as_deref()) + length(change.attributes.as_deref());
        self.message_bytes.take(most - before, self.caps().message_bytes, "bytes of messages", FULL)?;
        let id = state.messages_log.advance(now);
        set(&mut message.body, new_body);
        set(&mut message.attributes, change.attributes.map(Some));
        // An empty field of a form is one that was left out.
        set(&mut message.author, change.from.filter(|from| !from.is_empty()));
        set(&mut message.created, change.date_created);
        message.updated = change.date_updated.unwrap_or(now);
        message.updated_by = Some(change.last_updated_by.unwrap_or_else(|| "system".into()));
        message.marks.change(id, now);
        self.message_bytes.give_back(most.saturating_sub(message.size()));
        let message = state.messages.at(position).ok_or(Refused::not_found(UNKNOWN))?;
        publish(channel, state, message, (id, now), How::Updated);
        Ok(view(message))
    }

    /// Deletes a message. The indexes of the others stay.
    ///
    /// # Errors
    /// If there is no such channel or message.
    pub fn delete_message(
        &self,
        service: ChatServiceSid,
        channel: &str,
        sid: MessageSid,
    ) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        self.remove_message(&channel, sid)
    }

    pub(crate) fn remove_message(&self, channel: &Channel, sid: MessageSid) -> Result<(), Refused> {
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        let position = state.position(channel.sid, sid)?;
        let mut message = state.messages.remove(position).ok_or(Refused::not_found(UNKNOWN))?;
        self.shelf.remove_of([&message]);
        let id = state.messages_log.advance(now);
        publish(channel, state, &message, (id, now), How::Removed);
        // Who hears of it later needs its index, not its text. What is remembered of it goes on taking room.
        self.message_bytes.give_back(message.size());
        (message.body, message.attributes) = ("".into(), None);
        self.message_bytes.add(message.size());
        let forgotten = state.removed.remember(id, message);
        self.message_bytes.give_back(forgotten.as_ref().map_or(0, Message::size));
        Ok(())
    }

    pub(crate) fn message_view(&self, channel: &Channel, message: &Message) -> View {
        let sid = message_sid(channel.sid, message.nth);
        let parent = wire::channel::Channel::url(self.base(), channel.service.sid, channel.sid);
        View {
            sid,
            account_sid: self.account(),
            service_sid: channel.service.sid,
            to: channel.sid,
            channel_sid: channel.sid,
            date_created: message.created,
            date_updated: message.updated,
            last_updated_by: message.updated_by.clone(),
            was_edited: message.marks.revision > 0,
            from: Some(message.author.clone()),
            attributes: Some(message.attributes.clone().unwrap_or_else(|| "{}".into())),
            body: message.text().cloned(),
            index: message.index,
            kind: message.kind(),
            media: message.media.first().map(|media| Attached::clone(media)),
            url: View::url(&parent, sid),
        }
    }

    /// Looks at a message of a channel.
    pub(crate) fn look_at<T>(
        &self,
        channel: &Channel,
        sid: MessageSid,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        let state = channel.lock();
        let position = state.position(channel.sid, sid)?;
        state.messages.at(position).map(view).ok_or(Refused::not_found(UNKNOWN))
    }
}

fn length(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

impl Message {
    const fn nth(&self) -> u32 {
        self.nth
    }

    pub(crate) fn kind(&self) -> Kind {
        let both = || !self.media.is_empty() && !self.body.is_empty();
        if self.media.is_empty() || (both() && !BOTH.follow()) { Kind::Text } else { Kind::Media }
    }

    /// What is said; `None` where a file says all.
    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        Some(&self.body).filter(|body| self.media.is_empty() || !body.is_empty())
    }
}

/// What is said beside a file.
pub(super) fn caption(text: Option<Arc<str>>) -> Result<Arc<str>, Refused> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => body(Some(text)),
        None => Ok("".into()),
    }
}

pub(super) fn body(body: Option<Arc<str>>) -> Result<Arc<str>, Refused> {
    let Some(body) = body.filter(|body| !body.is_empty()) else {
        return Err(Refused::new(400, 50503, "Message body not provided", NO_BODY));
    };
    if body.len() > BODY {
        return Err(Refused::new(400, 50504, "Message body parameter is too long", LONG_BODY));
    }
    Ok(body)
}
