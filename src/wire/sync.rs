//! Sync: the objects a chat is made of on the socket, their items, events and subscriptions.
//!
//! Types that carry a `D` (an item's data) or a [`About`] are what a server writes, in the order recorded from
//! the service; types that borrow from the input are what a client reads, and want no more of it than a client
//! needs.

use std::{
    fmt,
    str::{self, FromStr},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::sid::{ChannelSid, DocumentSid, Kind, ListSid, MapSid, SidError, SidText, UserSid};

pub mod data;
mod event;
mod object;
mod subscription;

pub use event::{Change, Event, EventType, Happened, Key, Notice, Notification, ReplayStatus};
pub use object::{
    About, Descriptor, Document, Item, ItemPage, Links, List, ListItem, Map, MapItem, Meta, Neighbours, Page,
};
pub use subscription::{Accepted, Action, Outcome, Problem, Subscription, Subscriptions, answer};

/// Where Sync lives inside the tunnel.
pub const HOST: &str = "cds.us1.twilio.com";

/// The three kinds of object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectType {
    /// One value.
    Document,
    /// Numbered items.
    List,
    /// Named items.
    Map,
}

impl ObjectType {
    /// Its name in events and subscriptions: `map`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::List => "list",
            Self::Map => "map",
        }
    }

    /// Its collection in a path: `Maps`.
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Document => "Documents",
            Self::List => "Lists",
            Self::Map => "Maps",
        }
    }
}

/// The SID of any Sync object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectSid {
    /// `ET…`
    Document(DocumentSid),
    /// `ES…`
    List(ListSid),
    /// `MP…`
    Map(MapSid),
}

impl ObjectSid {
    /// What kind of object it is.
    pub const fn object_type(self) -> ObjectType {
        match self {
            Self::Document(_) => ObjectType::Document,
            Self::List(_) => ObjectType::List,
            Self::Map(_) => ObjectType::Map,
        }
    }

    /// Its 34 characters, on the stack.
    pub fn text(self) -> SidText {
        match self {
            Self::Document(sid) => sid.text(),
            Self::List(sid) => sid.text(),
            Self::Map(sid) => sid.text(),
        }
    }
}

impl From<DocumentSid> for ObjectSid {
    fn from(sid: DocumentSid) -> Self {
        Self::Document(sid)
    }
}

impl From<ListSid> for ObjectSid {
    fn from(sid: ListSid) -> Self {
        Self::List(sid)
    }
}

impl From<MapSid> for ObjectSid {
    fn from(sid: MapSid) -> Self {
        Self::Map(sid)
    }
}

impl fmt::Display for ObjectSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl fmt::Debug for ObjectSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl FromStr for ObjectSid {
    type Err = SidError;

    fn from_str(text: &str) -> Result<Self, SidError> {
        match text.get(..2) {
            Some(crate::sid::Document::PREFIX) => text.parse().map(Self::Document),
            Some(crate::sid::List::PREFIX) => text.parse().map(Self::List),
            _ => text.parse().map(Self::Map),
        }
    }
}

impl Serialize for ObjectSid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for ObjectSid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = ObjectSid;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the SID of a Sync object")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ObjectSid, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// The unique names of the objects of a chat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Name<'a> {
    /// Map: the channels an identity is in.
    MyChannels(&'a str),
    /// Map: a user's friendly name, attributes and reachability.
    UserInfo(UserSid),
    /// Document: the channel itself.
    Channel(ChannelSid),
    /// List: its messages.
    Messages(ChannelSid),
    /// Map: its members.
    Roster(ChannelSid),
}

impl<'a> Name<'a> {
    /// What an object of this name is, if it is one of these.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (owner, kind) = text.rsplit_once('.')?;
        match kind {
            // An identity may be anything, one that looks like a channel included.
            "channels" => Some(Self::MyChannels(owner)),
            "info" => owner.parse().ok().map(Self::UserInfo),
            "channel" => owner.parse().ok().map(Self::Channel),
            "messages" => owner.parse().ok().map(Self::Messages),
            "roster" => owner.parse().ok().map(Self::Roster),
            _ => None,
        }
    }

    /// The kind of object that has it.
    pub const fn object_type(self) -> ObjectType {
        match self {
            Self::MyChannels(_) | Self::UserInfo(_) | Self::Roster(_) => ObjectType::Map,
            Self::Channel(_) => ObjectType::Document,
            Self::Messages(_) => ObjectType::List,
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MyChannels(identity) => write!(f, "{identity}.channels"),
            Self::UserInfo(user) => write!(f, "{user}.info"),
            Self::Channel(channel) => write!(f, "{channel}.channel"),
            Self::Messages(channel) => write!(f, "{channel}.messages"),
            Self::Roster(channel) => write!(f, "{channel}.roster"),
        }
    }
}

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The version of the event protocol: whether a notification holds one event or an array of them.
///
/// Whoever asked in one version must be answered in it: twilio-sync up to 3.0.6 ignores version 4.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Protocol {
    /// `"event": {…}`
    V3,
    /// `"events": [{…}, …]`
    #[default]
    V4,
}

impl Protocol {
    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for Protocol {
    /// Older than 3 is read as 3, newer than 4 as 4.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if u64::deserialize(deserializer)? < 4 { Self::V3 } else { Self::V4 })
    }
}

#[cfg(test)]
mod tests;
