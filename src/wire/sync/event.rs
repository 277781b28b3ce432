//! What happens to Sync objects, live or replayed.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use serde_json::value::RawValue;

use super::{ObjectSid, ObjectType, Problem, Protocol, object::Url};
use crate::{
    sid::ChatServiceSid,
    text::{At, Text},
    time::Timestamp,
};

/// What a notification of Sync tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each is its name on the wire")]
pub enum EventType {
    MapItemAdded,
    MapItemUpdated,
    MapItemRemoved,
    ListItemAdded,
    ListItemUpdated,
    ListItemRemoved,
    ListContextUpdated,
    DocumentUpdated,
    MapRemoved,
    ListRemoved,
    DocumentRemoved,
    SubscriptionEstablished,
    SubscriptionFailed,
    SubscriptionCanceled,
    /// None of these: to be ignored.
    Other,
}

const NAMES: [(&str, EventType); 14] = [
    ("list_item_added", EventType::ListItemAdded),
    ("map_item_updated", EventType::MapItemUpdated),
    ("document_updated", EventType::DocumentUpdated),
    ("map_item_added", EventType::MapItemAdded),
    ("map_item_removed", EventType::MapItemRemoved),
    ("list_item_updated", EventType::ListItemUpdated),
    ("list_item_removed", EventType::ListItemRemoved),
    ("list_context_updated", EventType::ListContextUpdated),
    ("map_removed", EventType::MapRemoved),
    ("list_removed", EventType::ListRemoved),
    ("document_removed", EventType::DocumentRemoved),
    ("subscription_established", EventType::SubscriptionEstablished),
    ("subscription_failed", EventType::SubscriptionFailed),
    ("subscription_canceled", EventType::SubscriptionCanceled),
];

impl EventType {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = EventType;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an event")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<EventType, E> {
                let known = NAMES.iter().find(|(name, _)| *name == text);
                Ok(known.map_or(EventType::Other, |(_, known)| *known))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

/// Which item of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key<'a> {
    /// Of a map.
    Name(&'a str),
    /// Of a list.
    Index(u64),
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

/// What happened to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change<'a, D: ?Sized> {
    /// An item is new.
    ItemAdded {
        /// Which item.
        key: Key<'a>,
        /// Its revision.
        revision: u64,
        /// What it holds.
        data: &'a D,
    },
    /// An item changed.
    ItemUpdated {
        /// Which item.
        key: Key<'a>,
        /// Its revision.
        revision: u64,
        /// What it holds now.
        data: &'a D,
    },
    /// An item is gone.
    ItemRemoved {
        /// Which item.
        key: Key<'a>,
        /// What it held.
        data: &'a D,
    },
    /// A document changed, or the context of a list.
    Updated {
        /// What it holds now.
        data: &'a D,
    },
    /// The object is gone.
    Removed,
}

/// An event, written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event<'a, D: ?Sized> {
    /// Counts up by one per object.
    pub id: i64,
    /// When it happened.
    pub date_created: Timestamp,
    /// The service of the object.
    pub service_sid: ChatServiceSid,
    /// The object.
    pub object: ObjectSid,
    /// Its name; session lists have none.
    pub unique_name: Option<&'a str>,
    /// Its revision after the event.
    pub revision: u64,
    /// What happened.
    pub change: Change<'a, D>,
}

impl<D: ?Sized> Event<'_, D> {
    /// What the notification is called.
    pub fn event_type(&self) -> EventType {
        use ObjectType::{Document, List, Map};
        match (&self.change, self.object.object_type()) {
            (Change::ItemAdded { .. }, Map) => EventType::MapItemAdded,
            (Change::ItemAdded { .. }, List) => EventType::ListItemAdded,
            (Change::ItemUpdated { .. }, Map) => EventType::MapItemUpdated,
            (Change::ItemUpdated { .. }, List) => EventType::ListItemUpdated,
            (Change::ItemRemoved { .. }, Map) => EventType::MapItemRemoved,
            (Change::ItemRemoved { .. }, List) => EventType::ListItemRemoved,
            (Change::Updated { .. }, Document) => EventType::DocumentUpdated,
            (Change::Updated { .. }, List) => EventType::ListContextUpdated,
            (Change::Removed, Map) => EventType::MapRemoved,
            (Change::Removed, List) => EventType::ListRemoved,
            (Change::Removed, Document) => EventType::DocumentRemoved,
            // A document has no items, a map no context.
            (
                Change::ItemAdded { .. } | Change::ItemUpdated { .. } | Change::ItemRemoved { .. },
                Document,
            )
            | (Change::Updated { .. }, Map) => EventType::Other,
        }
    }
}

impl<D: Serialize + ?Sized> Serialize for Event<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (sid, unique_name, revision) = match self.object.object_type() {
            ObjectType::Document => ("document_sid", "document_unique_name", "document_revision"),
            ObjectType::List => ("list_sid", "list_unique_name", "list_revision"),
            ObjectType::Map => ("map_sid", "map_unique_name", "map_revision"),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry(sid, &self.object)?;
        map.serialize_entry(unique_name, &self.unique_name)?;
        map.serialize_entry(revision, &Text(self.revision))?;
        match &self.change {
            Change::ItemAdded { key, revision, data } | Change::ItemUpdated { key, revision, data } => {
                item(&mut map, *key)?;
                let url = Url(self.service_sid, self.object);
                map.serialize_entry("item_url", &Text(format_args!("{url}/Items/{key}")))?;
                map.serialize_entry("item_revision", &Text(revision))?;
                map.serialize_entry("item_data", data)?;
                map.serialize_entry("date_expires", &())?;
            }
            Change::ItemRemoved { key, data } => {
                item(&mut map, *key)?;
                map.serialize_entry("item_data", data)?;
            }
            Change::Updated { data } => {
                let name = match self.object {
                    ObjectSid::Document(_) => "document_data",
                    ObjectSid::List(_) | ObjectSid::Map(_) => "context_data",
                };
                map.serialize_entry(name, data)?;
                map.serialize_entry("date_expires", &())?;
            }
            Change::Removed => {}
        }
        map.end()
    }
}

fn item<M: SerializeMap>(map: &mut M, key: Key<'_>) -> Result<(), M::Error> {
    match key {
        Key::Name(name) => map.serialize_entry("item_key", name),
        Key::Index(index) => map.serialize_entry("item_index", &index),
    }
}

/// The payload of a notification about one event, written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Notification<'a, D: ?Sized> {
    /// The version the receiver asked for.
    pub protocol: Protocol,
    /// Of the subscription it is replayed to; a live event has none.
    pub correlation_id: Option<u64>,
    /// What happened.
    pub event: Event<'a, D>,
}

impl<D: Serialize + ?Sized> Serialize for Notification<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event_type", &self.event.event_type())?;
        if let Some(correlation_id) = self.correlation_id {
            map.serialize_entry("correlation_id", &correlation_id)?;
        }
        map.serialize_entry("event_protocol_version", &self.protocol)?;
        match self.protocol {
            Protocol::V3 => map.serialize_entry("event", &self.event)?,
            Protocol::V4 => map.serialize_entry("events", &[&self.event])?,
        }
        map.end()
    }
}

/// The payload of any notification of Sync, read, in either version of the protocol.
#[derive(Clone, Debug, Deserialize)]
pub struct Notice<'a> {
    /// What it tells.
    pub event_type: EventType,
    /// Of the subscription it belongs to; a live event has none.
    #[serde(default)]
    pub correlation_id: Option<u64>,
    #[serde(borrow, default)]
    event: Option<Happened<'a>>,
    #[serde(borrow, default)]
    events: Vec<Happened<'a>>,
}

impl<'a> Notice<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// If it is no such notification.
    pub fn read(payload: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// All it tells of, in order.
    pub fn events(&self) -> impl Iterator<Item = &Happened<'a>> {
        self.event.iter().chain(&self.events)
    }
}

/// One event or one subscription's outcome, read.
#[derive(Clone, Debug, Deserialize)]
pub struct Happened<'a> {
    /// The object.
    #[serde(alias = "document_sid", alias = "list_sid", alias = "map_sid")]
    pub object_sid: ObjectSid,
    /// The event's number; a client drops one it has seen.
    #[serde(default)]
    pub id: Option<i64>,
    /// When it happened.
    #[serde(default, with = "crate::time::sync::option")]
    pub date_created: Option<Timestamp>,
    /// Which item of a map.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub item_key: Option<Cow<'a, str>>,
    /// Which item of a list.
    #[serde(default)]
    pub item_index: Option<u64>,
    /// What the item or the document holds now (held, if it was removed).
    #[serde(borrow, default, alias = "item_data", alias = "document_data", alias = "context_data")]
    pub data: Option<&'a RawValue>,
    /// How far a subscription's replay came.
    #[serde(default)]
    pub replay_status: Option<ReplayStatus>,
    /// Where a subscription stands.
    #[serde(default)]
    pub last_event_id: Option<i64>,
    /// Why a subscription failed.
    #[serde(borrow, default)]
    pub error: Option<Problem<'a>>,
}

/// How far the replay of missed events came when a subscription is established.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplayStatus {
    /// To the end.
    Completed,
    /// Not to the end: the client is to ask again from where it is.
    Interrupted,
}
