//! The steps of saying something in a channel: taken in their order, or, where a fault has it so, not.

use std::sync::Arc;

use serde_json::{Map, Value};
use wire::sync::{Change, Key, Protocol};
use wire::time::Timestamp;

use super::channel::{Channel, ChannelState, Facts};
use super::event::Event;
use super::log::Marks;
use super::message::{ADDED_EVENT, FULL, How, Message, publish, tell};
use super::object::Object;
use super::{World, data};
use crate::fault::aim::Pattern;
use crate::fault::message::Stray;

/// A channel, locked, in which something is being said.
pub(crate) struct Talk<'a> {
    pub(crate) world: &'a World,
    pub(crate) channel: &'a Channel,
    pub(crate) state: &'a mut ChannelState,
    pub(crate) now: Timestamp,
}

impl Talk<'_> {
    /// Tells everybody of a message, stores it, and tells that the channel has changed.
    pub(crate) fn put(&mut self, message: Message) {
        self.tell(&message);
        self.store(message);
        self.changed();
    }

    /// Tells everybody of a message.
    pub(crate) fn tell(&self, message: &Message) {
        publish(self.channel, self.state, message, (message.marks.first, self.now), How::Added);
    }

    /// Stores a message.
    pub(crate) fn store(&mut self, message: Message) {
        self.used(&message);
        self.state.messages.put(message);
    }

    /// Tells that the channel has changed.
    pub(crate) fn changed(&mut self) {
        self.channel.document_changed(self.state, self.now);
    }

    /// No other message gets the number and the index of this one.
    fn used(&mut self, message: &Message) {
        self.state.next_message = self.state.next_message.max(message.nth.saturating_add(1));
        let last = self.last_index().map_or(message.index, |last| last.max(message.index));
        self.state.last = Some((last, message.created));
    }
}

/// What only faults do.
impl Talk<'_> {
    /// Whether a fault aimed at this channel means this one.
    pub(crate) fn is_meant(&self, pattern: &Pattern) -> bool {
        self.channel.is_meant(&self.state.facts, pattern)
    }

    /// The index of the last message.
    pub(crate) fn last_index(&self) -> Option<u32> {
        self.state.last.map(|(index, _)| index)
    }

    /// Whether a message comes after all others.
    pub(crate) const fn is_newest(&self, message: &Message) -> bool {
        message.nth >= self.state.next_message
    }

    /// The next message has a higher index than this.
    pub(crate) fn skip_to(&mut self, index: u32) {
        if let Some((last, _)) = &mut self.state.last {
            *last = index.max(*last);
        }
    }

    /// A message leaves no trace but its number.
    pub(crate) fn forget(&mut self, message: &Message) {
        self.used(message);
        self.world.message_bytes.give_back(message.size());
    }

    /// The same once more, with the next number and index, if there is room for it.
    pub(crate) fn renew(&mut self, message: Message) -> Option<Message> {
        let room = self.world.caps().message_bytes;
        self.world.message_bytes.take(message.size(), room, "bytes of messages", FULL).ok()?;
        Some(Message {
            nth: self.state.next_message,
            index: self.last_index().map_or(0, |last| last.saturating_add(1)),
            marks: Marks::new(self.state.messages_log.advance(self.now), self.now),
            ..message
        })
    }

    /// Pushes another channel's message to one who listens here, under an index that nobody else gets; `false` if
    /// nobody listens.
    pub(crate) fn tell_one(&mut self, stray: &Stray) -> bool {
        let object = Object::Messages(self.channel.sid);
        let Some((connection, protocol)) = self.state.subscribers.any(object.slot()) else { return false };
        let index = self.last_index().map_or(0, |last| last.saturating_add(1));
        self.skip_to(index);
        let data = &data::message(stray.channel, &stray.message);
        let event = Event {
            rule: ADDED_EVENT,
            service: self.channel.service.sid,
            object,
            identity: "",
            id: self.state.messages_log.advance(self.now),
            at: self.now,
            change: Change::ItemAdded { key: Key::Index(index.into()), revision: 0, data },
        };
        connection.push(event.live(protocol));
        true
    }

    /// Pushes a message to the devices of whoever left last and has not come back: how many.
    pub(crate) fn tell_former(&self, message: &Message) -> usize {
        let former = self.state.former.iter().map(|(_, member)| &member.user);
        let Some(user) = former.filter(|user| self.state.member_of(user).is_none()).last() else { return 0 };
        let told = (message.marks.first, self.now);
        let frame = tell(self.channel, message, told, How::Added, |event| event.live(Protocol::V4));
        let connections = user.lock().connections.clone();
        for connection in &connections {
            connection.push(frame.clone());
        }
        connections.len()
    }

    /// The chat ends, and nobody hears of it; `false` if its attributes are no map.
    pub(crate) fn end_silently(&mut self) -> bool {
        let Ok(mut attributes) = serde_json::from_str::<Map<String, Value>>(&self.state.facts.attributes)
        else {
            return false;
        };
        attributes.insert("status".to_owned(), "INACTIVE".into());
        let attributes = Value::Object(attributes).to_string().into();
        self.state.facts =
            Arc::new(Facts { attributes, updated: self.now, ..Facts::clone(&self.state.facts) });
        true
    }
}
