//! The headers the service writes, in the order they were recorded.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize, ser::SerializeMap};

use super::{FrameError, Header, Method, Status, parse, payload, split};

/// As much of a server's header as a client needs for any frame but the answer to its login.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Peek<'a> {
    /// What it is.
    pub method: Method,
    /// Of this frame; of a reply, that of the frame it answers.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Twilsock's verdict, in replies and closes.
    #[serde(borrow, default)]
    pub status: Option<Status<'a>>,
    /// The verdict of the service behind it, in replies to tunnelled requests.
    #[serde(borrow, default)]
    pub http_status: Option<Status<'a>>,
    /// How to read the payload.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub payload_type: Option<Cow<'a, str>>,
    /// What a notification is about.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub message_type: Option<Cow<'a, str>>,
    /// `token_about_to_expire`, in a client update.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub client_update_type: Option<Cow<'a, str>>,
    #[serde(default)]
    payload_size: usize,
}

impl Peek<'_> {
    /// Whether the payload is JSON to the SDK: said so, or nothing said.
    pub fn is_json(&self) -> bool {
        self.payload_type.as_ref().is_none_or(|kind| kind.starts_with("application/json"))
    }
}

/// Reads a server's frame in one pass: as much of the header as usual, and the payload.
///
/// # Errors
/// If it is no frame.
pub fn peek(bytes: &[u8]) -> Result<(Peek<'_>, &[u8]), FrameError> {
    let (header, rest) = split(bytes)?;
    let peek: Peek<'_> = parse(header)?;
    let payload = payload(rest, peek.payload_size)?;
    Ok((peek, payload))
}

/// The answer to a tunnelled request (with the two `http_` fields), to an update, or to anything refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply<'a> {
    /// Of the frame it answers.
    pub id: &'a str,
    /// Twilsock's verdict: 200 if the request reached the service.
    pub status: Status<'a>,
    /// The service's own answer.
    pub http: Option<HttpAnswer<'a>>,
}

/// The head of a service's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpAnswer<'a> {
    /// The service's verdict.
    pub status: Status<'a>,
    /// Its headers, by the names and in the order given.
    pub headers: &'a [(&'a str, &'a str)],
}

/// The answer to a login.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct InitReply<'a> {
    /// Of the frame it answers.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// 200, or why not.
    #[serde(borrow)]
    pub status: Status<'a>,
    /// What was granted of what was asked.
    #[serde(default)]
    pub capabilities: Vec<Cow<'a, str>>,
    /// To be shown at the next login.
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub continuation_token: Option<Cow<'a, str>>,
    /// What became of the one shown at this login.
    #[serde(borrow, default)]
    pub continuation_token_status: Option<ContinuationTokenStatus<'a>>,
    /// What a browser's session storage is keyed by.
    #[serde(borrow, default)]
    pub offline_storage: Option<OfflineStorage<'a>>,
    /// The notifications granted.
    #[serde(default)]
    pub init_registrations: Vec<InitRegistration<'a>>,
}

/// What became of a continuation token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContinuationTokenStatus<'a> {
    /// Whether the reply has a new one.
    pub reissued: bool,
    /// Why: `MISSING`, `DIFFERENT_IDENTITY`.
    #[serde(
        borrow,
        default,
        deserialize_with = "crate::text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub reissue_reason: Option<Cow<'a, str>>,
    /// The reason in words.
    #[serde(
        borrow,
        default,
        deserialize_with = "crate::text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub reissue_message: Option<Cow<'a, str>>,
}

/// Where a browser keeps the roots of its Sync objects.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OfflineStorage<'a> {
    /// Of the chat product.
    #[serde(borrow)]
    pub ip_messaging: StorageId<'a>,
}

/// The key of a product's storage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StorageId<'a> {
    /// 40 hex digits.
    #[serde(borrow)]
    pub storage_id: Cow<'a, str>,
}

/// Notifications granted at a login.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InitRegistration<'a> {
    /// The server's name for it, a UUID.
    #[serde(borrow)]
    pub notification_ctx_id: Cow<'a, str>,
    /// `ers`.
    #[serde(borrow)]
    pub r#type: Cow<'a, str>,
    /// `ip_messaging`.
    #[serde(borrow)]
    pub product: Cow<'a, str>,
    /// Which ones.
    #[serde(default)]
    pub message_types: Vec<Cow<'a, str>>,
}

impl<'a> InitReply<'a> {
    /// Reads the header of a reply that is known to answer a login, or the refusal of one.
    ///
    /// # Errors
    /// If it is not such a header.
    pub fn read(header: &'a [u8]) -> Result<Self, FrameError> {
        parse(header)
    }
}

/// Something happened; the payload says what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notification<'a> {
    /// Of this frame.
    pub id: &'a str,
    /// What it is about, see [`message_type`].
    pub message_type: &'a str,
}

/// The types of notification the Chat SDK registers for.
pub mod message_type {
    use crate::sync::ObjectType;

    /// Answers to subscriptions and replayed events, in order.
    pub const SYNC_EVENT: &str = "twilio.sync.event";
    /// Somebody is typing.
    pub const TYPING: &str = "twilio.ipmsg.typing_indicator";

    /// The type of the live events of such an object.
    pub const fn live(object: ObjectType) -> &'static str {
        match object {
            ObjectType::Document => "com.twilio.rtd.cds.document",
            ObjectType::List => "com.twilio.rtd.cds.list",
            ObjectType::Map => "com.twilio.rtd.cds.map",
        }
    }
}

/// The payload of a typing notification.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Typing<'a> {
    /// Where.
    pub channel_sid: crate::sid::ChannelSid,
    /// Who.
    #[serde(borrow)]
    pub identity: Cow<'a, str>,
    /// How long to show it, in seconds.
    pub typing_timeout: u32,
}

/// Advice about the token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientUpdate<'a> {
    /// Of this frame.
    pub id: &'a str,
    /// `token_about_to_expire`; the SDK ignores any other.
    pub client_update_type: &'a str,
}

/// Are you there?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ping<'a> {
    /// Of this frame.
    pub id: &'a str,
}

/// Good-bye; the payload may be a [`Backoff`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Close<'a> {
    /// Of this frame.
    pub id: &'a str,
    /// Why: 308 offload, 410 token expired, 401, 406, 417.
    pub status: Status<'a>,
}

/// How long a client should stay away: the payload of a `close` 308 or of a login refused with 429.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Backoff {
    /// The policy.
    pub backoff_policy: BackoffPolicy,
}

/// What a [`Backoff`] holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BackoffPolicy {
    /// Not before this many milliseconds.
    pub reconnect_min_ms: u64,
}

impl Backoff {
    /// Reads it where a payload has one.
    pub fn read(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }
}

/// Writes pairs as an object.
struct Object<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for Object<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Header for Reply<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "reply")?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("payload_size", &payload_size)?;
        map.serialize_entry("status", &self.status)?;
        if let Some(http) = &self.http {
            map.serialize_entry("payload_type", "application/json")?;
            map.serialize_entry("http_headers", &Object(http.headers))?;
            map.serialize_entry("http_status", &http.status)?;
        }
        Ok(())
    }
}

impl Header for InitReply<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "reply")?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("payload_size", &payload_size)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("capabilities", &self.capabilities)?;
        map.serialize_entry("continuation_token", &self.continuation_token)?;
        map.serialize_entry("continuation_token_status", &self.continuation_token_status)?;
        map.serialize_entry("offline_storage", &self.offline_storage)?;
        map.serialize_entry("init_registrations", &self.init_registrations)
    }
}

impl Header for Notification<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "notification")?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("payload_size", &payload_size)?;
        map.serialize_entry("payload_type", "application/json")?;
        map.serialize_entry("message_type", self.message_type)?;
        map.serialize_entry("notification_ctx_id", "")
    }
}

impl Header for ClientUpdate<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "client_update")?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("client_update_type", self.client_update_type)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Ping<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "ping")?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Close<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "close")?;
        map.serialize_entry("id", self.id)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

/// For logs: `reply TM… 200, http 201`.
impl fmt::Display for Peek<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.method, self.id)?;
        if let Some(status) = &self.status {
            write!(f, " {}", status.code)?;
        }
        if let Some(status) = &self.http_status {
            write!(f, ", http {}", status.code)?;
        }
        Ok(())
    }
}
