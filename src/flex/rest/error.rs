//! Why a REST call gave nothing: one type, fine enough for counting by kind and for telling people what to do.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use wire::error::title;

/// A call that did not give what it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestError {
    /// No connection, or it broke before the answer was whole.
    Transport {
        /// What broke.
        kind: Transport,
        /// The system's words.
        says: String,
    },
    /// No whole answer in time.
    Timeout {
        /// The time it had.
        after: Duration,
    },
    /// An answer that refuses.
    Status {
        /// The HTTP status.
        http: u16,
        /// Twilio's code, when the body is Twilio's envelope.
        code: Option<u32>,
        /// Twilio's message, or the start of whatever the body holds.
        message: String,
    },
    /// A success, but not one of this API: no JSON, or not the resource.
    Foreign {
        /// The HTTP status; 0 when it was not HTTP.
        http: u16,
        /// What is wrong with it.
        says: String,
    },
    /// This machine is short of something: never the target's doing.
    Local {
        /// Of what.
        kind: Shortage,
        /// The system's words.
        says: String,
    },
}

/// What broke on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// The host's name has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No way there.
    Unreachable,
    /// The connection was cut.
    Reset,
    /// The connection was closed before the answer was whole.
    Closed,
    /// The certificate or the handshake was wrong.
    Tls,
    /// Something else.
    Other,
}

/// What this machine is short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shortage {
    /// Open files (EMFILE, ENFILE).
    Files,
    /// Ports to connect from (EADDRNOTAVAIL, EADDRINUSE).
    Ports,
    /// Memory for sockets (ENOBUFS, ENOMEM).
    Buffers,
    /// The resolver's answer (EAI_AGAIN).
    Resolver,
}

impl Transport {
    /// One word for tables and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Tls => "tls",
            Self::Other => "transport",
        }
    }
}

impl Shortage {
    /// One word for tables and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Ports => "ports",
            Self::Buffers => "buffers",
            Self::Resolver => "resolver",
        }
    }

    /// The shortage behind a system error, if it is one.
    pub fn of(error: &io::Error) -> Option<Self> {
        match error.raw_os_error()? {
            libc::EMFILE | libc::ENFILE => Some(Self::Files),
            libc::EADDRNOTAVAIL | libc::EADDRINUSE => Some(Self::Ports),
            libc::ENOBUFS | libc::ENOMEM => Some(Self::Buffers),
            _ => None,
        }
    }
}

impl RestError {
    /// The HTTP status of the answer, if there was one.
    pub fn http(&self) -> Option<u16> {
        match self {
            Self::Status { http, .. } | Self::Foreign { http, .. } => Some(*http).filter(|http| *http != 0),
            Self::Transport { .. } | Self::Timeout { .. } | Self::Local { .. } => None,
        }
    }

    /// Whether the target certainly did not do what it was asked to: it said so. After anything else but a
    /// refused connection it may have.
    pub fn nothing_done(&self) -> bool {
        match self {
            Self::Status { http, .. } => (400..500).contains(http),
            Self::Transport { kind, .. } => {
                matches!(kind, Transport::Dns | Transport::Refused | Transport::Unreachable)
            }
            Self::Local { .. } => true,
            Self::Timeout { .. } | Self::Foreign { .. } => false,
        }
    }

    /// Why a plain connection could not be opened.
    pub(crate) fn of_connecting(error: &io::Error) -> Self {
        let says = error.to_string();
        match Shortage::of(error) {
            Some(kind) => Self::Local { kind, says },
            None => Self::Transport { kind: of_io(error).unwrap_or(Transport::Other), says },
        }
    }

    /// Puts what reqwest says into our words.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let says = innermost(error);
        if error.is_timeout() {
            return Self::Transport { kind: Transport::Unreachable, says };
        }
        let mut kind = if error.is_dns() { Transport::Dns } else { Transport::Other };
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
                if hyper.is_parse() {
                    return Self::Foreign { http: 0, says: format!("not HTTP: {says}") };
                }
                if hyper.is_incomplete_message() {
                    kind = Transport::Closed;
                }
            }
            if error.is::<rustls::Error>() {
                kind = Transport::Tls;
            }
            if let Some(io) = error.downcast_ref::<io::Error>() {
                if let Some(kind) = Shortage::of(io) {
                    return Self::Local { kind, says };
                }
                kind = of_io(io).unwrap_or(kind);
            }
            cause = source(error);
        }
        // The standard library gives the resolver's failure no number, only its words.
        if kind == Transport::Dns && says.contains("Temporary failure in name resolution") {
            return Self::Local { kind: Shortage::Resolver, says };
        }
        Self::Transport { kind, says }
    }
}

/// What an I/O error means on the way to a target.
fn of_io(error: &io::Error) -> Option<Transport> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Transport::Refused),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            Some(Transport::Reset)
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::TimedOut => {
            Some(Transport::Unreachable)
        }
        io::ErrorKind::UnexpectedEof => Some(Transport::Closed),
        _ if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => Some(Transport::Tls),
        _ => None,
    }
}

/// The cause of an error. An I/O error that wraps another one hides it from `source`.
fn source<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(inner);
    }
    error.source()
}

/// The words at the end of the chain: the ones before repeat the URL and say "error sending request".
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(cause) = source(last) {
        last = cause;
    }
    last.to_string()
}

impl fmt::Display for RestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport { kind: Transport::Other, says } => f.write_str(says),
            Self::Transport { kind, says } => write!(f, "{}: {says}", kind.word()),
            Self::Timeout { after } => write!(f, "no answer within {} s", after.as_secs_f64()),
            Self::Status { http, code: Some(code), message } => {
                write!(f, "HTTP {http}, code {code}: {message}")?;
                match title(*code) {
                    Some(title) if !message.contains(title) => write!(f, " ({title})"),
                    _ => Ok(()),
                }
            }
            Self::Status { http, code: None, message } => write!(f, "HTTP {http}: {message}"),
            Self::Foreign { http: 0, says } => f.write_str(says),
            Self::Foreign { http, says } => write!(f, "HTTP {http}, but {says}"),
            Self::Local { kind, says } => write!(f, "this machine is short of {}: {says}", kind.word()),
        }
    }
}

impl Error for RestError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_lacks_is_not_the_targets_error() {
        for (number, kind) in [
            (libc::EMFILE, Some(Shortage::Files)),
            (libc::EADDRNOTAVAIL, Some(Shortage::Ports)),
            (libc::EADDRINUSE, Some(Shortage::Ports)),
            (libc::ENOBUFS, Some(Shortage::Buffers)),
            (libc::ECONNREFUSED, None),
        ] {
            assert_eq!(Shortage::of(&io::Error::from_raw_os_error(number)), kind);
        }
    }

    #[test]
    fn only_what_was_refused_is_known_not_to_have_happened() {
        let status = |http| RestError::Status { http, code: None, message: String::new() };
        let transport = |kind| RestError::Transport { kind, says: String::new() };
        assert!(status(429).nothing_done() && transport(Transport::Refused).nothing_done());
        for doubtful in [
            status(500),
            transport(Transport::Reset),
            transport(Transport::Closed),
            RestError::Timeout { after: Duration::from_secs(1) },
            RestError::Foreign { http: 201, says: String::new() },
        ] {
            assert!(!doubtful.nothing_done(), "{doubtful}");
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_code_and_title() {
        let error = RestError::Status { http: 401, code: Some(20003), message: "Authenticate".into() };
        assert_eq!(error.to_string(), "HTTP 401, code 20003: Authenticate (Permission Denied)");
    }
}
