//! Why something on the customer's connection did not work.

use std::{fmt, io};

use wire::sid::ChannelSid;

/// What the SDK was doing when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Resolving, connecting, securing or upgrading the connection.
    Connecting,
    /// Saying who one is (`init`).
    Init,
    /// Handing over a new token (`update`).
    UpdateToken,
    /// One of the requests between `init` and a ready client, named by what it fetches.
    Loading(&'static str),
    /// Subscribing to a Sync object.
    Subscribing,
    /// `sendMessage`.
    SendMessage,
    /// `typing`.
    Typing,
    /// `setAllMessagesConsumed`.
    MarkRead,
    /// `getMessages`.
    History,
    /// `getChannelBySid`.
    Open,
    /// `leave`.
    Leave,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connecting",
            Self::Init => "init",
            Self::UpdateToken => "updating the token",
            Self::Loading(what) => return write!(f, "loading {what}"),
            Self::Subscribing => "subscribing",
            Self::SendMessage => "sending a message",
            Self::Typing => "typing",
            Self::MarkRead => "marking messages read",
            Self::History => "reading history",
            Self::Open => "opening a channel",
            Self::Leave => "leaving a channel",
        })
    }
}

/// How it failed, in kinds an accounting can group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// This machine, not the target: no file, port or buffer left. The number is `errno`
    /// (0: the resolver could not be asked).
    Local(i32),
    /// The host name does not resolve.
    Resolve,
    /// Nobody listens.
    Refused,
    /// The other side closed or reset the connection.
    Reset,
    /// No route, or the network said no otherwise.
    Unreachable,
    /// The TLS handshake failed.
    Tls,
    /// The connection stood, but the HTTP upgrade was answered with this status (0: with something that
    /// is not HTTP).
    Upgrade(u16),
    /// The connection was not there within 30 s.
    ConnectTimeout,
    /// No reply within 30 s.
    Timeout,
    /// No connection to send it on within 20 s.
    Unsent,
    /// The connection was lost while the reply was awaited.
    Disconnected,
    /// The token was refused: Twilsock's status (401, 403) and Twilio's error code (20101 …, 0 if none).
    Denied {
        /// Twilsock's status.
        status: u16,
        /// Twilio's error code.
        code: u32,
    },
    /// Twilsock itself answered with this status instead of passing the request on.
    Transport {
        /// Twilsock's status.
        status: u16,
        /// Twilio's error code, 0 if none.
        code: u32,
    },
    /// The service answered with this HTTP status and, in the body, Twilio's error code (0 if none).
    Http {
        /// The HTTP status.
        status: u16,
        /// Twilio's error code.
        code: u32,
    },
    /// The server ended the session with this close code, or the client is closed (0).
    Closed(u16),
    /// The WebSocket itself was closed, with this code (0 if none).
    SocketClosed(u16),
    /// An answer that is not what it must be.
    Protocol,
    /// The channel is not one of this client's.
    UnknownChannel,
}

/// A failure on the customer's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkError {
    /// How it failed.
    pub kind: ErrorKind,
    /// What was being done.
    pub doing: Doing,
    /// The channel concerned.
    pub channel: Option<ChannelSid>,
    /// What the other side, or the system, said about it.
    pub detail: Option<Box<str>>,
}

impl SdkError {
    /// A failure with nothing more to say.
    pub fn new(kind: ErrorKind, doing: Doing) -> Self {
        Self { kind, doing, channel: None, detail: None }
    }

    /// The same with what was said about it.
    pub fn saying(mut self, detail: impl Into<Box<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same, naming the channel.
    pub fn about(mut self, channel: Option<ChannelSid>) -> Self {
        self.channel = channel;
        self
    }

    /// Whether this machine is to blame, not the target.
    pub fn is_local(&self) -> bool {
        matches!(self.kind, ErrorKind::Local(_))
    }

    /// Sorts an I/O failure: the generator's own (no file, no port, no memory) or the other side's.
    pub(crate) fn io(error: &io::Error, doing: Doing) -> Self {
        Self::new(io_kind(error), doing).saying(error.to_string())
    }
}

fn io_kind(error: &io::Error) -> ErrorKind {
    // By number, because std has no kinds for the first two.
    const LOCAL: [i32; 6] =
        [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM, libc::EADDRNOTAVAIL, libc::EADDRINUSE];
    if let Some(errno) = error.raw_os_error().filter(|errno| LOCAL.contains(errno)) {
        return ErrorKind::Local(errno);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorKind::Refused,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => ErrorKind::Reset,
        io::ErrorKind::TimedOut => ErrorKind::ConnectTimeout,
        _ => ErrorKind::Unreachable,
    }
}

impl fmt::Display for SdkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.doing)?;
        match self.kind {
            ErrorKind::Local(errno) => write!(f, "this machine has no room left (errno {errno})")?,
            ErrorKind::Resolve => f.write_str("the host name does not resolve")?,
            ErrorKind::Refused => f.write_str("connection refused")?,
            ErrorKind::Reset => f.write_str("connection closed by the other side")?,
            ErrorKind::Unreachable => f.write_str("the host cannot be reached")?,
            ErrorKind::Tls => f.write_str("the TLS handshake failed")?,
            ErrorKind::Upgrade(0) => f.write_str("what answered does not speak WebSocket")?,
            ErrorKind::Upgrade(status) => write!(f, "the upgrade to WebSocket was answered {status}")?,
            ErrorKind::ConnectTimeout => f.write_str("no connection in time")?,
            ErrorKind::Timeout => f.write_str("no reply within 30 s")?,
            ErrorKind::Unsent => f.write_str("no connection to send it on within 20 s")?,
            ErrorKind::Disconnected => f.write_str("the connection was lost")?,
            ErrorKind::Denied { status, code } => write!(f, "the token was refused ({status}/{code})")?,
            ErrorKind::Transport { status, code } => write!(f, "Twilsock answered {status}/{code}")?,
            ErrorKind::Http { status, code } => write!(f, "answered {status}/{code}")?,
            ErrorKind::Closed(0) => f.write_str("the client is closed")?,
            ErrorKind::Closed(code) => write!(f, "the server closed the session with {code}")?,
            ErrorKind::SocketClosed(0) => f.write_str("the other side closed the WebSocket")?,
            ErrorKind::SocketClosed(code) => write!(f, "the other side closed the WebSocket with {code}")?,
            ErrorKind::Protocol => f.write_str("an answer that cannot be read")?,
            ErrorKind::UnknownChannel => f.write_str("not a channel of this client")?,
        }
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SdkError {}
