//! Asking for the events of Sync objects.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::{EventType, ObjectSid, Protocol, ReplayStatus};

/// The body of `POST /v4/Subscriptions`, in the order the SDK writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subscriptions {
    /// The version of events asked for.
    pub event_protocol_version: Protocol,
    /// What is asked.
    pub action: Action,
    /// The client's number for this request: its clock in milliseconds.
    pub correlation_id: u64,
    /// How often it was asked before.
    #[serde(default)]
    pub retried_requests: u32,
    /// How long, in seconds; the SDK always asks for -1.
    #[serde(default)]
    pub ttl_in_s: i64,
    /// `ttl` where the time of an earlier one ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For which objects, at most 1000.
    pub requests: Vec<Subscription>,
}

/// What is asked for the objects of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// To hear of their events.
    Establish,
    /// To hear of them no longer.
    Cancel,
}

/// One object of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub struct Subscription {
    /// Which.
    pub object_sid: ObjectSid,
    /// The last event the client knows: all after it are replayed. `None` on the wire is either null (a browser
    /// tab that was loaded again: the client reads the items itself, nothing is replayed) or absent (in a
    /// cancel).
    #[serde(default)]
    pub last_event_id: Option<i64>,
}

/// Writes the object's type too, and leaves out an absent `last_event_id` as a cancel does.
impl Serialize for Subscription {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("object_sid", &self.object_sid)?;
        map.serialize_entry("object_type", &self.object_sid.object_type())?;
        if let Some(last_event_id) = self.last_event_id {
            map.serialize_entry("last_event_id", &last_event_id)?;
        }
        map.end()
    }
}

/// The 202 that answers a request at once; what came of it follows as notifications.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Accepted {
    /// The client asks again if nothing came after that many milliseconds.
    pub estimated_delivery_in_ms: u64,
    /// How many objects a request may name.
    pub max_batch_size: u32,
    /// How many seconds the subscriptions live.
    pub ttl_in_s: i64,
}

impl Accepted {
    /// What the service was recorded to answer.
    pub const RECORDED: Self =
        Self { estimated_delivery_in_ms: 10_000, max_batch_size: 1000, ttl_in_s: 86_400 };
}

/// The payloads of the notifications that tell what came of a request: in version 4 one for all objects of an
/// event type, in version 3 one for each object.
pub fn answer(protocol: Protocol, correlation_id: u64, outcomes: &[Outcome<'_>]) -> Vec<Vec<u8>> {
    const TYPES: [EventType; 3] =
        [EventType::SubscriptionEstablished, EventType::SubscriptionFailed, EventType::SubscriptionCanceled];
    match protocol {
        Protocol::V3 => outcomes
            .iter()
            .map(|outcome| Told { protocol, correlation_id, outcomes: &[outcome] }.payload())
            .collect(),
        Protocol::V4 => TYPES
            .iter()
            .map(|wanted| outcomes.iter().filter(|outcome| outcome.event_type() == *wanted))
            .map(Iterator::collect::<Vec<_>>)
            .filter(|outcomes| !outcomes.is_empty())
            .map(|outcomes| Told { protocol, correlation_id, outcomes: &outcomes }.payload())
            .collect(),
    }
}

/// Outcomes of one type, as one notification tells them.
struct Told<'a> {
    protocol: Protocol,
    correlation_id: u64,
    outcomes: &'a [&'a Outcome<'a>],
}

impl Told<'_> {
    fn payload(&self) -> Vec<u8> {
        // Text and numbers: serializing them into memory cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let first = self.outcomes.first();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event_type", &first.map(|outcome| outcome.event_type()))?;
        map.serialize_entry("correlation_id", &self.correlation_id)?;
        map.serialize_entry("event_protocol_version", &self.protocol)?;
        match self.protocol {
            Protocol::V3 => map.serialize_entry("event", &first)?,
            Protocol::V4 => map.serialize_entry("events", self.outcomes)?,
        }
        map.end()
    }
}

/// What came of a request for one object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome<'a> {
    /// Its events follow.
    Established {
        /// Which.
        object_sid: ObjectSid,
        /// Whether all missed events were replayed.
        replay_status: ReplayStatus,
        /// Where it stands.
        last_event_id: i64,
    },
    /// They do not.
    Failed {
        /// Which.
        object_sid: ObjectSid,
        /// Why.
        error: Problem<'a>,
    },
    /// They follow no longer.
    Canceled {
        /// Which.
        object_sid: ObjectSid,
    },
}

/// Why a subscription failed. A client treats the object of a 404 as removed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem<'a> {
    /// As in HTTP.
    #[serde(default)]
    pub status: u16,
    /// Twilio's code.
    #[serde(default)]
    pub code: u32,
    /// In words.
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    pub message: Cow<'a, str>,
}

impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn start<M: SerializeMap>(map: &mut M, object_sid: ObjectSid) -> Result<(), M::Error> {
            map.serialize_entry("object_sid", &object_sid)?;
            map.serialize_entry("object_type", &object_sid.object_type())
        }

        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Established { object_sid, replay_status, last_event_id } => {
                start(&mut map, *object_sid)?;
                map.serialize_entry("replay_status", replay_status)?;
                map.serialize_entry("last_event_id", last_event_id)?;
            }
            Self::Failed { object_sid, error } => {
                start(&mut map, *object_sid)?;
                map.serialize_entry("error", error)?;
            }
            Self::Canceled { object_sid } => start(&mut map, *object_sid)?,
        }
        map.end()
    }
}

impl Outcome<'_> {
    const fn event_type(&self) -> EventType {
        match self {
            Self::Established { .. } => EventType::SubscriptionEstablished,
            Self::Failed { .. } => EventType::SubscriptionFailed,
            Self::Canceled { .. } => EventType::SubscriptionCanceled,
        }
    }
}
