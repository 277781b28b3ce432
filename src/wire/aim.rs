//! The Chat service's REST interface for devices, reached through the socket's tunnel only.
//!
//! [`answer`] holds what a server answers, in the order recorded, with all links. What a device reads of that
//! is its own affair.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::sid::{ChannelSid, ChatServiceSid, MessageSid, UserSid};

pub mod answer;

/// Its host name in the tunnel.
pub const HOST: &str = "aim.us1.twilio.com";

/// The Content-Type of requests with a JSON body, as the SDK spells it.
pub const JSON: &str = "application/json; charset=utf-8";

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

/// Which of its two versions the interface is spoken in: they differ in paths, and in the names of a few fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Dialect {
    /// `/Client/v1`, of the Chat SDK 5.x and 6.x.
    #[default]
    V1,
    /// `/Client/v2`, of the Conversations SDK.
    V2,
}

impl Dialect {
    /// What its paths begin with.
    pub const fn base(self) -> &'static str {
        match self {
            Self::V1 => "/Client/v1",
            Self::V2 => "/Client/v2",
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(Dialect::V1, f)
    }
}

impl Path<'_> {
    /// The path behind the host's name, as links in answers are written.
    pub const fn url(&self) -> Url<'_> {
        self.url_in(Dialect::V1)
    }

    /// The same in either dialect.
    pub const fn url_in(&self, dialect: Dialect) -> Url<'_> {
        Url(self, dialect)
    }

    fn write(&self, dialect: Dialect, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = dialect.base();
        let services = Services(client);
        match self {
            Self::Configuration => write!(f, "{client}/Configuration"),
            Self::Conversations(service) => write!(f, "{services}/{service}/Conversations"),
            Self::Conversation(service, name) => write!(f, "{services}/{service}/Conversations/{name}"),
            Self::Messages(service, channel) => {
                write!(f, "{services}/{service}/Conversations/{channel}/Messages")
            }
            Self::Message(service, channel, message) => {
                write!(f, "{services}/{service}/Conversations/{channel}/Messages/{message}")
            }
            Self::Participants(service, channel) => {
                write!(f, "{services}/{service}/Conversations/{channel}/Participants")
            }
            Self::Participant(service, channel, name) => {
                write!(f, "{services}/{service}/Conversations/{channel}/Participants/{name}")
            }
            Self::Invites(service, channel) => {
                write!(f, "{services}/{service}/Conversations/{channel}/Invites")
            }
            Self::Users(service) => write!(f, "{services}/{service}/Users"),
            Self::User(service, name) => write!(f, "{services}/{service}/Users/{name}"),
            Self::MyConversations(service, user) => {
                write!(f, "{services}/{service}/Users/{user}/Conversations")
            }
            Self::MyConversation(service, user, channel) => {
                write!(f, "{services}/{service}/Users/{user}/Conversations/{channel}")
            }
            Self::Typing(service) => write!(f, "/v1/Instances/{service}/Typing"),
        }
    }
}

/// What the paths of a dialect that are in a service begin with.
struct Services(&'static str);

impl fmt::Display for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/Services", self.0)
    }
}

/// An absolute URL within the tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Url<'a>(&'a Path<'a>, Dialect);

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{HOST}")?;
        self.0.write(self.1, f)
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The answer to "I am typing".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TypingAnswer {
    /// Not to be said again for so many seconds.
    pub typing_timeout: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_sdks() {
        assert_eq!(
            Path::Configuration.url().to_string(),
            "https://aim.us1.twilio.com/Client/v1/Configuration"
        );
        let service = ChatServiceSid::from_bytes([0; 16]);
        assert_eq!(
            Path::Typing(service).to_string(),
            "/v1/Instances/IS00000000000000000000000000000000/Typing"
        );
        assert_eq!(
            Path::Users(service).url_in(Dialect::V2).to_string(),
            "https://aim.us1.twilio.com/Client/v2/Services/IS00000000000000000000000000000000/Users"
        );
        assert_eq!(
            Path::Participant(service, ChannelSid::from_bytes([1; 16]), "ada").to_string(),
            "/Client/v1/Services/IS00000000000000000000000000000000/Conversations/\
             CH01010101010101010101010101010101/Participants/ada"
        );
    }
}
