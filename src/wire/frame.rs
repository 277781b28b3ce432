//! Twilsock 3.0, the framing of the Chat SDK's socket: one WebSocket message holds one frame.
//!
//! ```text
//! TWILSOCK V3.0 <bytes of header>\r\n<header, JSON>\r\n<payload, header.payload_size bytes>[\r\n]
//! ```
//!
//! Written exactly as the JavaScript SDK writes it. Read as leniently as the real service's clients need: a
//! CRLF may follow the payload (the service and the Kotlin and C++ clients send one), a blank may follow the
//! header's size, and bytes behind a `payload_size` of 0 are no payload, as they are none to the SDK.

use std::{borrow::Cow, fmt, io::Write as _, str};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
    ser::SerializeMap,
};

pub mod client;
mod id;
mod pairs;
#[cfg(test)]
mod recorded;
pub mod server;

pub use id::{Id, IdText};
pub use pairs::Pairs;

const MAGIC: &[u8] = b"TWILSOCK V";
const VERSION: &[u8] = b"3.0";
const CRLF: &[u8] = b"\r\n";

/// A frame cut into its two parts, neither of them understood yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    /// The header's JSON.
    pub header: &'a [u8],
    /// The payload, empty if there is none.
    pub payload: &'a [u8],
}

/// Cuts a frame into header and payload.
///
/// Reads the header for its `payload_size`; who needs more of it at the same price calls [`server::peek`] or
/// [`client::read`].
///
/// # Errors
/// If it is no Twilsock 3.0 frame, or is shorter than it says.
pub fn decode(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    #[derive(Deserialize)]
    struct Size {
        #[serde(default)]
        payload_size: usize,
    }

    let (header, rest) = split(bytes)?;
    let Size { payload_size } = parse(header)?;
    Ok(Frame { header, payload: payload(rest, payload_size)? })
}

/// Appends a frame to `out`. `header` must be JSON whose `payload_size` is the length of `payload`; the typed
/// headers take care of that themselves, see [`Header::encode`].
pub fn encode(header: &[u8], payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(MAGIC.len() + header.len() + payload.len() + 16);
    begin(header.len(), out);
    out.extend_from_slice(header);
    out.extend_from_slice(CRLF);
    out.extend_from_slice(payload);
}

fn begin(header_size: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(VERSION);
    // Writing to a Vec cannot fail.
    let _ = write!(out, " {header_size}\r\n");
}

/// The SDK's answer to every frame that is not a reply, byte for byte.
pub fn ack(id: &str, out: &mut Vec<u8>) {
    client::Reply { id: Cow::Borrowed(id), status: Status::OK }.encode(b"", out);
}

/// A header one of the two ends writes: its fields in the order that end writes them.
pub trait Header {
    /// Writes all fields, `method` and `payload_size` included.
    ///
    /// # Errors
    /// Those of the serializer.
    fn fields<M: SerializeMap>(&self, map: &mut M, payload_size: usize) -> Result<(), M::Error>;

    /// Appends the frame of this header and payload to `out`.
    fn encode(&self, payload: &[u8], out: &mut Vec<u8>) {
        struct Sized<'h, H: ?core::marker::Sized>(&'h H, usize);

        impl<H: Header + ?core::marker::Sized> Serialize for Sized<'_, H> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                self.0.fields(&mut map, self.1)?;
                map.end()
            }
        }

        // The size stands in front of what is measured: guess three digits, which nearly every header has, and
        // mend the guess afterwards.
        const GUESS: usize = 100;
        out.reserve(512 + payload.len());
        let start = out.len();
        begin(GUESS, out);
        let body = out.len();
        // Text, numbers and maps with text keys: serializing them into memory cannot fail.
        let _ = serde_json::to_writer(&mut *out, &Sized(self, payload.len()));
        let size = out.len() - body;
        let place = start + MAGIC.len() + VERSION.len() + 1..body - CRLF.len();
        out.splice(place, size.to_string().into_bytes());
        out.extend_from_slice(CRLF);
        out.extend_from_slice(payload);
    }
}

/// What a frame is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Log in.
    Init,
    /// Change the token.
    Update,
    /// An HTTP request in the tunnel.
    Message,
    /// The answer to the frame with the same id.
    Reply,
    /// Something happened.
    Notification,
    /// The client should do something about its token.
    ClientUpdate,
    /// Are you there?
    Ping,
    /// Good-bye.
    Close,
    /// SDKs up to 5.x: register for notifications.
    PutNotificationContext,
    /// SDKs up to 5.x: take a registration back.
    DeleteNotificationContext,
    /// The client's own measurements.
    Telemetry,
    /// None of these: to be acknowledged and ignored.
    Other,
}

impl Method {
    fn of(text: &str) -> Self {
        match text {
            "init" => Self::Init,
            "update" => Self::Update,
            "message" => Self::Message,
            "reply" => Self::Reply,
            "notification" => Self::Notification,
            "client_update" => Self::ClientUpdate,
            "ping" => Self::Ping,
            "close" => Self::Close,
            "put_notification_ctx" => Self::PutNotificationContext,
            "delete_notification_ctx" => Self::DeleteNotificationContext,
            "telemetry.v1" => Self::Telemetry,
            _ => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Method;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a method")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Method, E> {
                Ok(Method::of(text))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

/// A verdict: Twilsock's own (`status`) or the service's behind it (`http_status`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Status<'a> {
    /// As in HTTP.
    pub code: u16,
    /// The words beside the code; the SDK makes them the message of its error.
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    pub status: Cow<'a, str>,
    /// Why, in a refusal of a login.
    #[serde(
        borrow,
        default,
        deserialize_with = "crate::text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<Cow<'a, str>>,
    /// Twilio's code, in a refusal of a login.
    #[serde(default, rename = "errorCode", skip_serializing_if = "Option::is_none")]
    pub error_code: Option<u32>,
}

impl<'a> Status<'a> {
    /// `200 OK`.
    pub const OK: Status<'static> = Status::new(200, "OK");

    /// A code and its words.
    pub const fn new(code: u16, status: &'a str) -> Self {
        Self { code, status: Cow::Borrowed(status), description: None, error_code: None }
    }

    /// A refusal with Twilio's code and sentence.
    pub const fn refusal(code: u16, status: &'a str, error_code: u32, description: &'a str) -> Self {
        Self {
            code,
            status: Cow::Borrowed(status),
            description: Some(Cow::Borrowed(description)),
            error_code: Some(error_code),
        }
    }

    /// Whether it is one of the 200s.
    pub const fn is_ok(&self) -> bool {
        self.code / 100 == 2
    }
}

/// Cuts off the header; what is left begins with the payload.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), FrameError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(FrameError::Magic)?;
    let end = memchr::memchr(b'\n', rest).ok_or(FrameError::HeaderSize)?;
    let (line, rest) = (&rest[..end], &rest[end + 1..]);
    let line = line.strip_suffix(b"\r").ok_or(FrameError::HeaderSize)?;
    let size = line.strip_prefix(VERSION).ok_or_else(|| FrameError::version(line))?;
    let size = size.strip_prefix(b" ").ok_or(FrameError::HeaderSize)?;
    let size: usize = str::from_utf8(size)
        .ok()
        .map(str::trim_ascii)
        .filter(|size| size.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|size| size.parse().ok())
        .ok_or(FrameError::HeaderSize)?;
    let (header, rest) =
        rest.split_at_checked(size).ok_or(FrameError::HeaderShort { expected: size, got: rest.len() })?;
    let rest = rest.strip_prefix(CRLF).ok_or(FrameError::HeaderEnd { size })?;
    Ok((header, rest))
}

fn payload(rest: &[u8], size: usize) -> Result<&[u8], FrameError> {
    if size == 0 {
        return Ok(&[]);
    }
    let (payload, surplus) =
        rest.split_at_checked(size).ok_or(FrameError::PayloadShort { expected: size, got: rest.len() })?;
    if surplus.is_empty() || surplus == CRLF {
        Ok(payload)
    } else {
        Err(FrameError::Surplus { bytes: surplus.len() })
    }
}

fn parse<'a, T: Deserialize<'a>>(header: &'a [u8]) -> Result<T, FrameError> {
    serde_json::from_slice(header).map_err(|error| FrameError::Header(error.to_string()))
}

/// What is wrong with a frame, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// It does not begin as a frame does.
    Magic,
    /// It is of another version.
    Version {
        /// What stands where `3.0` should.
        seen: String,
    },
    /// The first line does not end in the header's size.
    HeaderSize,
    /// There are fewer bytes than the header should have.
    HeaderShort {
        /// The size the first line gives.
        expected: usize,
        /// The bytes behind the first line.
        got: usize,
    },
    /// No CRLF follows the header where its size says it ends.
    HeaderEnd {
        /// The size the first line gives.
        size: usize,
    },
    /// The header is not the JSON it should be; the sentence has line and column.
    Header(String),
    /// The header lacks a field its method needs.
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// There are fewer bytes than the payload should have.
    PayloadShort {
        /// The header's `payload_size`.
        expected: usize,
        /// The bytes behind the header.
        got: usize,
    },
    /// More than a CRLF follows the payload.
    Surplus {
        /// How many bytes.
        bytes: usize,
    },
}

impl FrameError {
    fn version(line: &[u8]) -> Self {
        let seen = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        Self::Version { seen: String::from_utf8_lossy(&seen[..seen.len().min(16)]).into_owned() }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("no Twilsock frame: it does not begin with `TWILSOCK V3.0 `"),
            Self::Version { seen } => write!(f, "Twilsock version 3.0 expected, got {seen:?}"),
            Self::HeaderSize => {
                f.write_str("the frame's first line is not `TWILSOCK V3.0 <bytes of header>` and CRLF")
            }
            Self::HeaderShort { expected, got } => {
                write!(f, "the frame's header should have {expected} bytes, {got} follow")
            }
            Self::HeaderEnd { size } => {
                write!(f, "no CRLF after the {size} bytes of the frame's header")
            }
            Self::Header(error) => write!(f, "the frame's header: {error}"),
            Self::Missing { field } => write!(f, "the frame's header lacks `{field}`"),
            Self::PayloadShort { expected, got } => {
                write!(f, "the frame's payload should have {expected} bytes, {got} follow")
            }
            Self::Surplus { bytes } => write!(f, "{bytes} bytes follow the frame's payload"),
        }
    }
}

impl std::error::Error for FrameError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(bytes: &[u8]) -> String {
        decode(bytes).unwrap_err().to_string()
    }

    #[test]
    fn the_recorded_acknowledgement() {
        let mut out = b"before".to_vec();
        ack("TM6004d01314a049b6a8c16034e353a7c4", &mut out);
        let header = concat!(
            r#"{"id":"TM6004d01314a049b6a8c16034e353a7c4","method":"reply","payload_type":"application/json","#,
            r#""status":{"code":200,"status":"OK"},"payload_size":0}"#
        );
        let expected = format!("beforeTWILSOCK V3.0 {}\r\n{header}\r\n", header.len());
        assert_eq!(str::from_utf8(&out).unwrap(), expected);
    }

    #[test]
    fn other_clients_habits_are_read() {
        let blank = b"TWILSOCK V3.0 20 \r\n{\"payload_size\":  2}\r\nhi\r\n";
        assert_eq!(decode(blank).unwrap().payload, b"hi");
        let none = b"TWILSOCK V3.0 18\r\n{\"payload_size\":0}\r\nnot a payload";
        assert_eq!(decode(none).unwrap().payload, b"");
        let absent = b"TWILSOCK V3.0 2\r\n{}\r\n";
        assert_eq!(decode(absent).unwrap(), Frame { header: b"{}", payload: b"" });
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(refused(b"GET / HTTP/1.1\r\n").contains("does not begin with"));
        assert_eq!(refused(b"TWILSOCK V2.0 2\r\n{}\r\n"), "Twilsock version 3.0 expected, got \"2.0\"");
        for size in ["", "-1", "+2", "x", "99999999999999999999999"] {
            assert!(refused(format!("TWILSOCK V3.0 {size}\r\n{{}}\r\n").as_bytes()).contains("first line"));
        }
        assert_eq!(refused(b"TWILSOCK V3.0 9\r\n{}\r\n"), "the frame's header should have 9 bytes, 4 follow");
        assert!(refused(b"TWILSOCK V3.0 1\r\n{}\r\n").starts_with("no CRLF after the 1 bytes"));
        assert!(refused(b"TWILSOCK V3.0 2\r\n{]\r\n").contains("column 2"));
        let short = b"TWILSOCK V3.0 18\r\n{\"payload_size\":3}\r\nhi";
        assert_eq!(refused(short), "the frame's payload should have 3 bytes, 2 follow");
        let long = b"TWILSOCK V3.0 18\r\n{\"payload_size\":1}\r\nhi!";
        assert_eq!(refused(long), "2 bytes follow the frame's payload");
    }

    proptest! {
        #[test]
        fn every_frame_comes_back(filler in ".{0,1200}", payload: Vec<u8>, crlf: bool) {
            let header = serde_json::json!({ "filler": filler, "payload_size": payload.len() }).to_string();
            let mut out = Vec::new();
            encode(header.as_bytes(), &payload, &mut out);
            if crlf {
                out.extend_from_slice(CRLF);
            }
            prop_assert_eq!(decode(&out).unwrap(), Frame { header: header.as_bytes(), payload: &payload });
        }

        #[test]
        fn no_bytes_break_the_decoder(mut bytes: Vec<u8>, framed: bool) {
            if framed {
                bytes.splice(..0, *b"TWILSOCK V3.0 3\r\n");
            }
            let _ = decode(&bytes);
            let _ = client::read(&bytes);
            let _ = server::peek(&bytes);
        }

        #[test]
        fn a_cut_frame_is_refused(cut in 0_usize..70) {
            let mut out = Vec::new();
            encode(br#"{"method":"ping","id":"TM1","payload_size":5}"#, b"hello", &mut out);
            prop_assume!(cut < out.len());
            prop_assert!(decode(&out[..cut]).is_err());
        }
    }
}
