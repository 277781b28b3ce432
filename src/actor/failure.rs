//! What went wrong on the wire, in the kinds the record counts.

use tokio::time::Instant;

use crate::flex::rest::{RestError, Shortage};
use crate::flex::sdk::{ErrorKind, SdkError};
use crate::record::{Failure, Kind};

/// A step that came to its end, or why it did not.
pub type Done<T = Instant> = Result<T, Failure>;

/// A failed REST call.
pub(super) fn of_rest(error: &RestError) -> Failure {
    let kind = match error {
        RestError::Transport { kind, .. } => Kind::Transport(kind.word()),
        RestError::Timeout { .. } => Kind::Timeout,
        RestError::Status { http, code, .. } => Kind::Status { http: *http, code: *code },
        RestError::Foreign { .. } => Kind::Protocol("foreign answer"),
        RestError::Local { kind, .. } => Kind::Local(match kind {
            Shortage::Files => "EMFILE",
            Shortage::Ports => "EADDRNOTAVAIL",
            Shortage::Buffers => "ENOBUFS",
            Shortage::Resolver => "EAI_AGAIN",
        }),
    };
    Failure::new(kind, error.to_string())
}

/// A failure on the device's connection.
pub(super) fn of_sdk(error: &SdkError) -> Failure {
    Failure::new(kind_of_sdk(error.kind), error.to_string())
}

fn kind_of_sdk(kind: ErrorKind) -> Kind {
    match kind {
        ErrorKind::Local(errno) => Kind::Local(local(errno)),
        ErrorKind::Resolve => Kind::Transport("dns"),
        ErrorKind::Refused => Kind::Transport("refused"),
        ErrorKind::Reset | ErrorKind::Disconnected => Kind::Transport("reset"),
        ErrorKind::Unreachable => Kind::Transport("unreachable"),
        ErrorKind::Tls => Kind::Transport("tls"),
        ErrorKind::Upgrade(0) => Kind::Protocol("not a WebSocket"),
        ErrorKind::Upgrade(http) => Kind::Status { http, code: None },
        ErrorKind::ConnectTimeout | ErrorKind::Timeout | ErrorKind::Unsent => Kind::Timeout,
        ErrorKind::Denied { code, .. } => Kind::Denied { code: known(code) },
        ErrorKind::Transport { status, code } | ErrorKind::Http { status, code } => {
            Kind::Status { http: status, code: known(code) }
        }
        ErrorKind::Closed(0) | ErrorKind::SocketClosed(0) => Kind::Closed { code: None },
        ErrorKind::Closed(code) | ErrorKind::SocketClosed(code) => Kind::Closed { code: Some(code) },
        ErrorKind::Protocol => Kind::Protocol("unreadable answer"),
        ErrorKind::UnknownChannel => Kind::Protocol("unknown channel"),
    }
}

/// Codes are 0 where the other side gave none.
fn known(code: u32) -> Option<u32> {
    Some(code).filter(|code| *code != 0)
}

/// The names system manuals use; the resolver being too busy has no number (0).
fn local(errno: i32) -> &'static str {
    match errno {
        0 => "EAI_AGAIN",
        libc::EMFILE => "EMFILE",
        libc::ENFILE => "ENFILE",
        libc::ENOBUFS => "ENOBUFS",
        libc::ENOMEM => "ENOMEM",
        libc::EADDRNOTAVAIL => "EADDRNOTAVAIL",
        libc::EADDRINUSE => "EADDRINUSE",
        _ => "other",
    }
}
