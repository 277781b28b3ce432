//! What is read of answers: borrowed, and only the fields a customer needs.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use wire::{
    identity::Identity,
    sid::{ChannelSid, MessageSid},
};

use super::event::Message;

/// A page of the Chat service's list of my conversations.
#[derive(Deserialize)]
pub(super) struct Conversations<'a> {
    #[serde(borrow)]
    pub(super) conversations: Vec<Conversation<'a>>,
    #[serde(borrow)]
    pub(super) meta: Meta<'a>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Conversation<'a> {
    pub(super) conversation_sid: ChannelSid,
    #[serde(borrow, default)]
    pub(super) status: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) sync_objects: SyncObjects<'a>,
    #[serde(borrow, default)]
    pub(super) last_consumed_message_index: Option<&'a RawValue>,
}

/// The names of its Sync objects.
#[derive(Deserialize)]
pub(super) struct SyncObjects<'a> {
    #[serde(borrow)]
    pub(super) conversation: Cow<'a, str>,
}

/// Where the page is among the others.
#[derive(Deserialize)]
pub(super) struct Meta<'a> {
    #[serde(borrow, default)]
    pub(super) next_token: Option<&'a str>,
}

/// The answer to a message sent.
#[derive(Deserialize)]
pub(super) struct Sent<'a> {
    #[serde(borrow)]
    pub(super) index: &'a RawValue,
    #[serde(default)]
    pub(super) sid: Option<MessageSid>,
}

/// The answer to a mutation that was applied before.
#[derive(Deserialize)]
pub(super) struct Applied {
    pub(super) resource_url: Box<str>,
}

/// The answer to a horizon moved.
#[derive(Deserialize, Default)]
pub(super) struct Unread {
    #[serde(default)]
    pub(super) unread_messages_count: Option<u32>,
}

/// The answer to a typing indicator.
#[derive(Deserialize, Default)]
pub(super) struct TypingTimeout {
    #[serde(default)]
    pub(super) typing_timeout: Option<f64>,
}

/// A typing notification.
#[derive(Deserialize)]
pub(super) struct Typing<'a> {
    pub(super) channel_sid: ChannelSid,
    #[serde(borrow)]
    pub(super) identity: Cow<'a, str>,
}

/// What of a channel's document may change to interest a customer.
#[derive(Deserialize)]
pub(super) struct ChannelData<'a> {
    #[serde(borrow, default)]
    pub(super) attributes: Option<&'a RawValue>,
}

/// The data of a message's item.
#[derive(Deserialize)]
pub(super) struct MessageData<'a> {
    sid: MessageSid,
    #[serde(borrow, default)]
    author: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

impl MessageData<'_> {
    /// The message, its author looked up with `known` before the name is copied.
    pub(super) fn message(self, index: u32, known: impl FnOnce(&str) -> Option<Identity>) -> Message {
        Message {
            index,
            sid: self.sid,
            author: known(&self.author).unwrap_or_else(|| Identity::from(&*self.author)),
            body: text::of(self.text),
            attributes: match text::of(self.attributes) {
                none if none.is_empty() => "{}".into(),
                some => some,
            },
        }
    }
}

/// A number, or a string that holds one.
pub(super) fn number_of(raw: &&RawValue) -> Option<u32> {
    raw.get().trim_matches('"').parse().ok()
}

/// JSON that may be text about JSON.
pub(super) mod text {
    use serde_json::value::RawValue;

    /// A string's content; any other JSON but null as it is written.
    pub(in super::super) fn of(raw: Option<&RawValue>) -> Box<str> {
        let Some(raw) = raw.map(RawValue::get) else { return Box::default() };
        if raw.starts_with('"') {
            // It is JSON already, so this cannot fail.
            serde_json::from_str::<Box<str>>(raw).unwrap_or_default()
        } else if raw == "null" {
            Box::default()
        } else {
            raw.into()
        }
    }

    /// A number that differs where the texts do (FNV-1a): enough to see a change.
    pub(in super::super) fn digest(text: &str) -> u64 {
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_as_text_or_as_an_object() {
        let read = |json: &str| serde_json::from_str::<MessageData<'_>>(json).unwrap().message(3, |_| None);
        let sid = MessageSid::mock(1, 1);
        let text =
            read(&format!(r#"{{"sid":"{sid}","author":"a","text":"\"hi\"","attributes":"{{\"a\":1}}"}}"#));
        assert_eq!((&*text.body, &*text.attributes), ("\"hi\"", r#"{"a":1}"#));
        let object = read(&format!(r#"{{"sid":"{sid}","author":"a","text":null,"attributes":{{"a":1}}}}"#));
        assert_eq!((&*object.body, &*object.attributes), ("", r#"{"a":1}"#));
        assert_eq!(&*read(&format!(r#"{{"sid":"{sid}"}}"#)).attributes, "{}");
    }
}
