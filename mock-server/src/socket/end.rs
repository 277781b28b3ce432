//! How a session ends: why, and what the client is told of it.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use wire::frame::server::Close;
use wire::frame::{Header as _, Status};

use crate::basis::{RuleId, rules};
use crate::world::connection::OVERFLOW;
use crate::world::frame_id;

rules! {
    LATE = "socket.init.late", MockOnly("a connection must not be held by somebody who says nothing"),
        "a client that has not sent init after 30 seconds is closed with 1008";
    STALLED = "socket.stalled", MockOnly("a connection must not be held by somebody who does not read"),
        "a client that takes no byte for 30 seconds is dropped";
    LARGE = "socket.frame.large", MockOnly("a mock must not grow without bound"),
        "a message of more than 512 KiB is answered with WebSocket close 1009";
    MALFORMED = "socket.frame.malformed", Documented("RFC 6455: 1002 for a protocol error, 1007 for text that is no UTF-8"),
        "what is no WebSocket frame is answered with WebSocket close 1002, text that is no UTF-8 with 1007";
}

/// How long the client may take to acknowledge a `close`, and a closing socket to close.
pub(super) const FAREWELL: Duration = Duration::from_secs(3);

/// Why a session ends.
pub(super) enum End {
    /// The client went, or the line broke.
    Gone,
    /// Nothing more to say: after a good-bye or a refusal.
    Done,
    /// The outbox overflowed, or there was no init in time: 1008.
    Policy(&'static str),
    /// A fault has the line reset.
    Broken,
    /// What came in cannot be read, nor anything after it.
    Unreadable(CloseCode, &'static str),
}

impl End {
    fn unreadable(code: CloseCode, why: &'static str, rule: RuleId) -> Self {
        if rule.follow() { Self::Unreadable(code, why) } else { Self::Gone }
    }

    /// A close 1008; if its rule is broken, the line just ends.
    pub(super) fn policy(why: &'static str, rule: RuleId) -> Self {
        if rule.follow() { Self::Policy(why) } else { Self::Gone }
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::Capacity(_) => Self::unreadable(CloseCode::Size, "the message is too large", LARGE),
            // A line that broke counts as an error of the protocol, too.
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Gone,
            Error::Protocol(_) => Self::unreadable(CloseCode::Protocol, "no WebSocket frame", MALFORMED),
            Error::Utf8(_) => Self::unreadable(CloseCode::Invalid, "the text is no UTF-8", MALFORMED),
            Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => stalled(),
            _ => Self::Gone,
        }
    }
}

impl End {
    /// Tells the client why, as far as it can still hear. A line that is to be reset is given back.
    pub(super) async fn told<S>(self, mut socket: WebSocketStream<S>) -> Option<WebSocketStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let frame = match self {
            Self::Gone => return None,
            Self::Broken => return Some(socket),
            Self::Done => None,
            Self::Policy(why) => Some(CloseFrame { code: CloseCode::Policy, reason: why.into() }),
            Self::Unreadable(code, why) => {
                let frame = CloseFrame { code, reason: why.into() };
                let _ = timeout(FAREWELL, turn_away(socket, frame)).await;
                return None;
            }
        };
        // The client's own close may still be on its way; it gets a moment to arrive.
        let _ = timeout(FAREWELL, async {
            socket.close(frame).await?;
            while socket.next().await.transpose()?.is_some() {}
            Ok::<(), Error>(())
        })
        .await;
        None
    }
}

/// Closes where nothing more can be read. What still comes in is thrown away: closed with bytes unread, the kernel
/// would reset the connection, and the client would never see why.
async fn turn_away<S>(mut socket: WebSocketStream<S>, frame: CloseFrame) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.close(Some(frame)).await?;
    let stream = socket.get_mut();
    stream.shutdown().await?;
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

fn stalled() -> End {
    // Nothing is said to who takes nothing: broken or not, the line ends.
    let _dropped = STALLED.follow();
    End::Gone
}

pub(super) fn late() -> End {
    End::policy("no init", LATE)
}

pub(super) fn overflown() -> End {
    End::policy("too much waits to be read", OVERFLOW)
}

/// A `close` frame; empty if its rule is broken.
pub(super) fn good_bye(code: u16, word: &str, why: &str, rule: RuleId) -> Bytes {
    if !rule.follow() {
        return Bytes::new();
    }
    let mut status = Status::new(code, word);
    status.description = Some(why.into());
    let mut frame = Vec::new();
    Close { id: &frame_id(), status }.encode(b"", &mut frame);
    frame.into()
}
