//! What the Sync objects of a chat hold, in the order recorded.
//!
//! One type serves both ends: a server fills in everything, a client gets defaults where another server left
//! something out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    sid::{ChannelSid, MediaSid, MemberSid, MessageSid, RoleSid},
    time::{self, Timestamp},
};

/// The channel's document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel<'a> {
    /// Which.
    pub sid: ChannelSid,
    /// Its unique name.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub unique_name: Option<Cow<'a, str>>,
    /// Its name for people.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub friendly_name: Option<Cow<'a, str>>,
    /// An object, or JSON in a string.
    #[serde(borrow, default)]
    pub attributes: Option<&'a RawValue>,
    /// `private` or `public`.
    #[serde(borrow, default)]
    pub r#type: Cow<'a, str>,
    /// `system`, or an identity.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub created_by: Option<Cow<'a, str>>,
    /// When it was opened.
    #[serde(default, with = "time::sync::option")]
    pub date_created: Option<Timestamp>,
    /// When it changed last.
    #[serde(default, with = "time::sync::option")]
    pub date_updated: Option<Timestamp>,
    /// Name of the map of its members.
    #[serde(borrow)]
    pub roster: Cow<'a, str>,
    /// Name of the list of its messages.
    #[serde(borrow)]
    pub messages: Cow<'a, str>,
    /// Whether it is active.
    #[serde(borrow, default)]
    pub state: Option<State<'a>>,
    /// The last message, if there is one.
    #[serde(default)]
    pub last_message: Option<LastMessage>,
}

/// Whether a channel is active.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State<'a> {
    /// `active`.
    #[serde(borrow)]
    pub current: Cow<'a, str>,
    /// Since when.
    #[serde(default, with = "time::sync::option")]
    pub date_updated: Option<Timestamp>,
}

/// Which message is a channel's last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LastMessage {
    /// Its number.
    pub index: u64,
    /// When it was posted.
    #[serde(default, with = "time::sync::option")]
    pub timestamp: Option<Timestamp>,
}

/// An item of the map of somebody's channels.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MyChannel<'a> {
    /// Name of the channel's document.
    #[serde(borrow)]
    pub channel: Cow<'a, str>,
    /// The channel.
    #[serde(default)]
    pub channel_sid: Option<ChannelSid>,
    /// `private` or `public`.
    #[serde(borrow, default)]
    pub r#type: Cow<'a, str>,
    /// `joined`, `invited` or `notParticipating`.
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    /// The channel's name for people.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub friendly_name: Option<Cow<'a, str>>,
    /// The channel's unique name.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub unique_name: Option<Cow<'a, str>>,
    /// Who opened the channel.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub created_by: Option<Cow<'a, str>>,
    /// When the channel was opened.
    #[serde(default, with = "time::sync::option")]
    pub date_created: Option<Timestamp>,
    /// When it changed last.
    #[serde(default, with = "time::sync::option")]
    pub date_updated: Option<Timestamp>,
    /// Name of the list of its messages.
    #[serde(borrow, default)]
    pub messages: Cow<'a, str>,
    /// Name of the map of its members.
    #[serde(borrow, default)]
    pub roster: Cow<'a, str>,
    /// The last message they have read.
    #[serde(default)]
    pub last_consumed_message_index: Option<u64>,
    /// `default` or `muted`.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub notification_level: Option<Cow<'a, str>>,
}

/// An item of a channel's roster.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member<'a> {
    /// Who.
    #[serde(borrow, default)]
    pub identity: Cow<'a, str>,
    /// Name or SID of the map of what is known about them.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub user_info: Option<Cow<'a, str>>,
    /// What they may do.
    #[serde(default)]
    pub role_sid: Option<RoleSid>,
    /// When they came.
    #[serde(default, with = "time::sync::option")]
    pub date_created: Option<Timestamp>,
    /// When something about them changed last; their horizon does not count.
    #[serde(default, with = "time::sync::option")]
    pub date_updated: Option<Timestamp>,
    /// JSON in a string.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub attributes: Option<Cow<'a, str>>,
    /// The last message they have read.
    #[serde(default)]
    pub last_consumed_message_index: Option<u64>,
    /// When they read it.
    #[serde(default, with = "time::sync::option")]
    pub last_consumption_timestamp: Option<Timestamp>,
    /// `chat`.
    #[serde(borrow, default)]
    pub r#type: Cow<'a, str>,
}

/// An item of a channel's messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message<'a> {
    /// Which.
    pub sid: MessageSid,
    /// Who wrote it.
    #[serde(borrow, default)]
    pub author: Cow<'a, str>,
    /// What; null in a message that is a file only.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub text: Option<Cow<'a, str>>,
    /// When.
    #[serde(default, with = "time::sync::option")]
    pub timestamp: Option<Timestamp>,
    /// When it changed last.
    #[serde(default, with = "time::sync::option")]
    pub date_updated: Option<Timestamp>,
    /// Who changed it last.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub last_updated_by: Option<Cow<'a, str>>,
    /// JSON in a string.
    #[serde(borrow, default)]
    pub attributes: Cow<'a, str>,
    /// `text` or `media`.
    #[serde(borrow, default)]
    pub r#type: Cow<'a, str>,
    /// The author as a member; null if they are none.
    #[serde(default)]
    pub member_sid: Option<MemberSid>,
    /// The file of a message that has one: all that the Chat SDK reads.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media<'a>>,
    /// All files of a message, which the Conversations SDK reads.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub medias: Vec<Media<'a>>,
}

/// A file in a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Media<'a> {
    /// Which.
    pub sid: MediaSid,
    /// Its name, if it was given one.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub filename: Option<Cow<'a, str>>,
    /// Its MIME type.
    #[serde(borrow, default)]
    pub content_type: Cow<'a, str>,
    /// How many bytes it has.
    #[serde(default)]
    pub size: u64,
    /// `media`, or what else it is to its message.
    #[serde(borrow, default)]
    pub category: Cow<'a, str>,
}

/// The items `friendlyName` and `attributes` of the map about a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Value<'a> {
    /// A name; JSON in a string.
    #[serde(borrow)]
    pub value: Cow<'a, str>,
}

/// The item `reachability` of the map about a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reachability {
    /// Whether they have a connection.
    pub online: bool,
    /// Whether they have a push registration.
    pub notifiable: bool,
}
