//! The headers clients write, as the JavaScript SDK 6.0.0 writes them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, ser::SerializeMap};

use super::{FrameError, Header, Method, Pairs, Status, parse, payload, split};

/// The first frame: log in.
#[derive(Clone, PartialEq, Debug)]
pub struct Init<'a> {
    /// Of this frame.
    pub id: Cow<'a, str>,
    /// The access token.
    pub token: Cow<'a, str>,
    /// What the server gave at the last login, on a reconnect.
    pub continuation_token: Option<Cow<'a, str>>,
    /// Who is calling.
    pub metadata: Metadata<'a>,
    /// What notifications are wanted; `None` from SDKs up to 5.x, which say so later.
    pub registrations: Option<Vec<Registration<'a>>>,
    /// What the client could do, if granted.
    pub capabilities: Vec<Cow<'a, str>>,
}

/// The program behind a connection.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata<'a> {
    /// Version of the Twilsock package.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub ver: Cow<'a, str>,
    /// Runtime or browser.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub env: Cow<'a, str>,
    /// Its version.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub envv: Cow<'a, str>,
    /// Operating system.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub os: Cow<'a, str>,
    /// Its version.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub osv: Cow<'a, str>,
    /// Its word size from the JavaScript SDK, any JSON from others.
    pub osa: serde_json::Value,
    /// `chat` or `conversations`.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub r#type: Cow<'a, str>,
    /// `JS`.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub sdk: Cow<'a, str>,
    /// Version of the SDK.
    #[serde(borrow, deserialize_with = "crate::text::or_empty")]
    pub sdkv: Cow<'a, str>,
}

/// A wish for notifications.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Registration<'a> {
    /// `ip_messaging`.
    #[serde(borrow)]
    pub product: Cow<'a, str>,
    /// `ers`.
    #[serde(borrow, default)]
    pub r#type: Cow<'a, str>,
    /// 0 from the SDK.
    #[serde(default)]
    pub notification_protocol_version: u32,
    /// Which ones.
    #[serde(default)]
    pub message_types: Vec<Cow<'a, str>>,
}

/// A new token for the connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update<'a> {
    /// Of this frame.
    pub id: Cow<'a, str>,
    /// The access token.
    pub token: Cow<'a, str>,
}

/// An HTTP request in the tunnel; its body is the payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// Of this frame.
    pub id: Cow<'a, str>,
    /// `ip_messaging`.
    pub active_grant: Cow<'a, str>,
    /// The Content-Type of the body.
    pub payload_type: Option<Cow<'a, str>>,
    /// The request.
    pub http_request: HttpRequest<'a>,
}

/// A tunnelled request. Path and parameters are as in a URL, still percent-encoded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HttpRequest<'a> {
    /// Which service: `aim.us1.twilio.com`, `cds…`, `ers…`.
    #[serde(borrow)]
    pub host: Cow<'a, str>,
    /// Where in it.
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    /// `GET`, `POST`, `DELETE`.
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    /// The query; SDKs up to 5.x leave it out where it is empty.
    #[serde(borrow, default)]
    pub params: Pairs<'a>,
    /// The headers.
    #[serde(borrow, default)]
    pub headers: Pairs<'a>,
}

/// The acknowledgement of a server's frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply<'a> {
    /// Of the frame that is acknowledged.
    pub id: Cow<'a, str>,
    /// `200 OK` from the SDK.
    pub status: Status<'a>,
}

/// Good-bye.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Close<'a> {
    /// Of this frame.
    pub id: Cow<'a, str>,
}

/// SDKs up to 5.x: the payload says which notifications are wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PutNotificationContext<'a> {
    /// The client's name for it.
    pub notification_ctx_id: Cow<'a, str>,
    /// Of this frame.
    pub id: Cow<'a, str>,
}

/// SDKs up to 5.x: takes such a wish back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeleteNotificationContext<'a> {
    /// The client's name for it.
    pub notification_ctx_id: Cow<'a, str>,
    /// Of this frame.
    pub id: Cow<'a, str>,
}

/// The client's own measurements, sent only if the capability was granted. Nothing answers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Telemetry<'a> {
    /// Of this frame.
    pub id: Cow<'a, str>,
    /// What was measured.
    pub events: Vec<TelemetryEvent<'a>>,
}

/// One measurement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TelemetryEvent<'a> {
    /// Milliseconds relative to when the frame was sent.
    pub start: i64,
    /// Likewise.
    pub end: i64,
    /// What.
    #[serde(borrow)]
    pub title: Cow<'a, str>,
    /// How it went.
    #[serde(borrow)]
    pub details: Cow<'a, str>,
}

/// Any frame a client may send.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs, reason = "each variant is named after its one content")]
pub enum FromClient<'a> {
    // Boxed: it comes once, and would make every other frame larger.
    Init(Box<Init<'a>>),
    Update(Update<'a>),
    Message(Message<'a>),
    Reply(Reply<'a>),
    Close(Close<'a>),
    PutNotificationContext(PutNotificationContext<'a>),
    DeleteNotificationContext(DeleteNotificationContext<'a>),
    Telemetry { id: Cow<'a, str> },
    Other { id: Cow<'a, str> },
}

#[derive(Deserialize)]
struct Any<'a> {
    method: Method,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(default)]
    payload_size: usize,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    payload_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    active_grant: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    http_request: Option<HttpRequest<'a>>,
    #[serde(borrow, default)]
    status: Option<Status<'a>>,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    token: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    continuation_token: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    metadata: Option<Box<Metadata<'a>>>,
    #[serde(borrow, default)]
    registrations: Option<Vec<Registration<'a>>>,
    #[serde(default)]
    capabilities: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    notification_ctx_id: Option<Cow<'a, str>>,
}

/// Reads a client's frame: its header and its payload.
///
/// # Errors
/// If it is no frame, or its header lacks what its method needs.
pub fn read(bytes: &[u8]) -> Result<(FromClient<'_>, &[u8]), FrameError> {
    let (header, rest) = split(bytes)?;
    let any: Any<'_> = parse(header)?;
    let payload = payload(rest, any.payload_size)?;
    Ok((any.typed()?, payload))
}

impl<'a> Any<'a> {
    fn typed(self) -> Result<FromClient<'a>, FrameError> {
        let id = self.id;
        let missing = |field| FrameError::Missing { field };
        let token = self.token.ok_or(missing("token"));
        let notification_ctx_id = self.notification_ctx_id.ok_or(missing("notification_ctx_id"));
        Ok(match self.method {
            Method::Init => FromClient::Init(Box::new(Init {
                id,
                token: token?,
                continuation_token: self.continuation_token,
                metadata: self.metadata.map(|metadata| *metadata).unwrap_or_default(),
                registrations: self.registrations,
                capabilities: self.capabilities.unwrap_or_default(),
            })),
            Method::Update => FromClient::Update(Update { id, token: token? }),
            Method::Message => FromClient::Message(Message {
                id,
                active_grant: self.active_grant.unwrap_or_default(),
                payload_type: self.payload_type,
                http_request: self.http_request.ok_or(missing("http_request"))?,
            }),
            Method::Reply => FromClient::Reply(Reply { id, status: self.status.ok_or(missing("status"))? }),
            Method::Close => FromClient::Close(Close { id }),
            Method::PutNotificationContext => FromClient::PutNotificationContext(PutNotificationContext {
                notification_ctx_id: notification_ctx_id?,
                id,
            }),
            Method::DeleteNotificationContext => {
                FromClient::DeleteNotificationContext(DeleteNotificationContext {
                    notification_ctx_id: notification_ctx_id?,
                    id,
                })
            }
            Method::Telemetry => FromClient::Telemetry { id },
            Method::Notification | Method::ClientUpdate | Method::Ping | Method::Other => {
                FromClient::Other { id }
            }
        })
    }
}

impl Header for Init<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("method", "init")?;
        map.serialize_entry("token", &self.token)?;
        map.serialize_entry("continuation_token", &self.continuation_token)?;
        map.serialize_entry("metadata", &self.metadata)?;
        map.serialize_entry("registrations", &self.registrations)?;
        map.serialize_entry("tweaks", &())?;
        map.serialize_entry("capabilities", &self.capabilities)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Update<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("method", "update")?;
        map.serialize_entry("token", &self.token)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Message<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("method", "message")?;
        map.serialize_entry("active_grant", &self.active_grant)?;
        if let Some(payload_type) = &self.payload_type {
            map.serialize_entry("payload_type", payload_type)?;
        }
        map.serialize_entry("http_request", &self.http_request)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Reply<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("method", "reply")?;
        map.serialize_entry("payload_type", "application/json")?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Close<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("method", "close")?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for PutNotificationContext<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "put_notification_ctx")?;
        map.serialize_entry("notification_ctx_id", &self.notification_ctx_id)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for DeleteNotificationContext<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("method", "delete_notification_ctx")?;
        map.serialize_entry("notification_ctx_id", &self.notification_ctx_id)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}

impl Header for Telemetry<'_> {
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error> {
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("method", "telemetry.v1")?;
        map.serialize_entry("events", &self.events)?;
        map.serialize_entry("payload_size", &payload_size)
    }
}
