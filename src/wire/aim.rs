//! The Chat service's REST interface for devices, reached through the socket's tunnel only.
//!
//! Sub-modules hold what a server answers, in the order recorded, with all links; the types here are what
//! devices send and what they read of the answers.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    sid::{ChannelSid, ChatServiceSid, MessageSid, UserSid},
    time::Timestamp,
};

pub mod answer;

/// Its host name in the tunnel.
pub const HOST: &str = "aim.us1.twilio.com";

/// The Content-Type of requests with a JSON body, as the SDK spells it.
pub const JSON: &str = "application/json; charset=utf-8";

/// The Content-Type of the typing request.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// The paths of the interface, as the Chat SDK 5.x and 6.x ask for them; prints without a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Path<'a> {
    /// Where everything else is.
    Configuration,
    /// All channels.
    Conversations(ChatServiceSid),
    /// A channel, by SID or unique name.
    Conversation(ChatServiceSid, &'a str),
    /// A channel's messages.
    Messages(ChatServiceSid, ChannelSid),
    /// One of them.
    Message(ChatServiceSid, ChannelSid, MessageSid),
    /// A channel's members.
    Participants(ChatServiceSid, ChannelSid),
    /// One of them, by SID or identity.
    Participant(ChatServiceSid, ChannelSid, &'a str),
    /// A channel's invites.
    Invites(ChatServiceSid, ChannelSid),
    /// All users.
    Users(ChatServiceSid),
    /// One of them, by SID or identity.
    User(ChatServiceSid, &'a str),
    /// The channels a user is in.
    MyConversations(ChatServiceSid, UserSid),
    /// One of them.
    MyConversation(ChatServiceSid, UserSid, ChannelSid),
    /// To say that one is typing.
    Typing(ChatServiceSid),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SERVICES: &str = "/Client/v1/Services";
        match self {
            Self::Configuration => write!(f, "/Client/v1/Configuration"),
            Self::Conversations(service) => write!(f, "{SERVICES}/{service}/Conversations"),
            Self::Conversation(service, name) => write!(f, "{SERVICES}/{service}/Conversations/{name}"),
            Self::Messages(service, channel) => {
                write!(f, "{SERVICES}/{service}/Conversations/{channel}/Messages")
            }
            Self::Message(service, channel, message) => {
                write!(f, "{SERVICES}/{service}/Conversations/{channel}/Messages/{message}")
            }
            Self::Participants(service, channel) => {
                write!(f, "{SERVICES}/{service}/Conversations/{channel}/Participants")
            }
            Self::Participant(service, channel, name) => {
                write!(f, "{SERVICES}/{service}/Conversations/{channel}/Participants/{name}")
            }
            Self::Invites(service, channel) => {
                write!(f, "{SERVICES}/{service}/Conversations/{channel}/Invites")
            }
            Self::Users(service) => write!(f, "{SERVICES}/{service}/Users"),
            Self::User(service, name) => write!(f, "{SERVICES}/{service}/Users/{name}"),
            Self::MyConversations(service, user) => {
                write!(f, "{SERVICES}/{service}/Users/{user}/Conversations")
            }
            Self::MyConversation(service, user, channel) => {
                write!(f, "{SERVICES}/{service}/Users/{user}/Conversations/{channel}")
            }
            Self::Typing(service) => write!(f, "/v1/Instances/{service}/Typing"),
        }
    }
}

impl Path<'_> {
    /// The path behind the host's name, as links in answers are written.
    pub const fn url(&self) -> Url<'_> {
        Url(self)
    }
}

/// An absolute URL within the tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Url<'a>(&'a Path<'a>);

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{HOST}{}", self.0)
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The body of a new message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SendMessage<'a> {
    /// Its text.
    #[serde(
        borrow,
        default,
        deserialize_with = "crate::text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub body: Option<Cow<'a, str>>,
    /// JSON in a string.
    #[serde(
        borrow,
        default,
        deserialize_with = "crate::text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub attributes: Option<Cow<'a, str>>,
}

/// As much of the answer to a new message as a device needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Posted {
    /// Which message it became.
    pub sid: MessageSid,
    /// Its number, written as a number or as digits in a string.
    #[serde(deserialize_with = "number")]
    pub index: u64,
    /// When the service took it.
    #[serde(default, with = "crate::time::sync::option")]
    pub date_created: Option<Timestamp>,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Visitor;

    impl serde::de::Visitor<'_> for Visitor {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or its digits in a string")
        }

        fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }

        fn visit_str<E: serde::de::Error>(self, digits: &str) -> Result<u64, E> {
            digits.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_any(Visitor)
}

/// The body that moves a reader's horizon: null for nothing read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetHorizon {
    /// The last message read.
    pub last_consumed_message_index: Option<u64>,
}

/// As much of a channel of one's own as a device needs: the answer to [`SetHorizon`], and a list's item.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct MyConversation<'a> {
    /// The channel.
    pub conversation_sid: ChannelSid,
    /// `joined`, `invited` or `notParticipating`.
    #[serde(borrow, default)]
    pub status: Cow<'a, str>,
    /// The names of its Sync objects.
    #[serde(borrow)]
    pub sync_objects: SyncObjects<'a>,
    /// How many messages follow the horizon; null where nothing was read.
    #[serde(default)]
    pub unread_messages_count: Option<u64>,
    /// The horizon.
    #[serde(default)]
    pub last_consumed_message_index: Option<u64>,
    /// `default` or `muted`.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub notification_level: Option<Cow<'a, str>>,
}

/// The names of a channel's Sync objects.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct SyncObjects<'a> {
    /// The document.
    #[serde(borrow)]
    pub conversation: Cow<'a, str>,
}

/// A page of one's own channels.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct MyConversations<'a> {
    /// The channels.
    #[serde(borrow)]
    pub conversations: Vec<MyConversation<'a>>,
    /// Whether there are more.
    #[serde(borrow)]
    pub meta: crate::sync::Meta<'a>,
}

/// The body that adds a member.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AddParticipant<'a> {
    /// Who.
    #[serde(borrow)]
    pub identity: Cow<'a, str>,
}

/// As much of a channel as a device needs where it is not its own.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Conversation<'a> {
    /// Which.
    pub sid: ChannelSid,
    /// The names of its Sync objects.
    #[serde(borrow)]
    pub sync_objects: SyncObjects<'a>,
}

/// The answer to "I am typing".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TypingAnswer {
    /// Not to be said again for so many seconds.
    pub typing_timeout: u32,
}

/// As much of the configuration as a device needs.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Configuration<'a> {
    /// Who one is.
    #[serde(borrow)]
    pub identity: Cow<'a, str>,
    /// Where to begin in Sync.
    #[serde(borrow)]
    pub sync_objects: Roots<'a>,
    /// Where to go in the Chat service.
    #[serde(borrow)]
    pub links: Links<'a>,
}

/// One's own Sync objects.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Roots<'a> {
    /// The map of one's channels.
    #[serde(borrow)]
    pub my_conversations: Cow<'a, str>,
    /// The map about oneself; empty to do without.
    #[serde(borrow, default)]
    pub my_user_info: Cow<'a, str>,
}

/// The links of the configuration. The SDK fails without the first three.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Links<'a> {
    /// One's channels.
    #[serde(borrow)]
    pub my_conversations: Cow<'a, str>,
    /// All channels.
    #[serde(borrow)]
    pub conversations: Cow<'a, str>,
    /// Where files go.
    #[serde(borrow)]
    pub media_service: Cow<'a, str>,
    /// All users.
    #[serde(borrow, default)]
    pub users: Cow<'a, str>,
    /// Oneself.
    #[serde(borrow, default)]
    pub current_user: Cow<'a, str>,
    /// Where to say that one is typing.
    #[serde(borrow, default)]
    pub typing: Cow<'a, str>,
}

/// The host and the path of an absolute URL, to be asked for through the tunnel.
pub fn split(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(path);
    (!host.is_empty()).then_some((host, if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_taken_apart() {
        let url = "https://aim.us1.twilio.com/Client/v1/Configuration";
        assert_eq!(split(url), Some((HOST, "/Client/v1/Configuration")));
        assert_eq!(Path::Configuration.url().to_string(), url);
        assert_eq!(split("http://127.0.0.1:8900"), Some(("127.0.0.1:8900", "/")));
        assert_eq!(split("/Client/v1/Configuration"), None);
    }

    #[test]
    fn an_index_may_be_text() {
        for index in ["7", "\"7\""] {
            let json =
                format!(r#"{{"sid":"IM766850d6d7964729b568225ad166be64","index":{index},"more":{{}}}}"#);
            assert_eq!(serde_json::from_str::<Posted>(&json).unwrap().index, 7);
        }
    }

    #[test]
    fn bodies_are_the_sdks() {
        let message = SendMessage { body: Some("hello, I need help".into()), attributes: Some("{}".into()) };
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(json, r#"{"body":"hello, I need help","attributes":"{}"}"#);
        assert_eq!(serde_json::from_str::<SendMessage<'_>>(&json).unwrap(), message);
        let horizon = SetHorizon { last_consumed_message_index: None };
        assert_eq!(serde_json::to_string(&horizon).unwrap(), r#"{"last_consumed_message_index":null}"#);
    }
}
