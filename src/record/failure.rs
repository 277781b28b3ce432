//! Why a step failed, in kinds that can be counted, each with one example in words.

use std::borrow::Cow;
use std::fmt;

/// The longest example text that is kept, in bytes.
const EXAMPLE_MAX: usize = 240;

/// A failure's kind: small, ordered, and the same for every failure that belongs in one row of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No answer because the connection could not be made or broke: `refused`, `reset`, `tls`, `dns`, …
    Transport(&'static str),
    /// No answer within the step's timeout.
    Timeout,
    /// An answer other than success, with Twilio's error code when there was one.
    Status {
        /// The HTTP status, or the status of a reply on the socket.
        http: u16,
        /// Twilio's error code.
        code: Option<u32>,
    },
    /// The server closed the socket while something was awaited.
    Closed {
        /// The WebSocket close code or the status of the server's `close` frame.
        code: Option<u16>,
    },
    /// The login was refused for good: the SDK does not try again.
    Denied {
        /// Twilio's error code.
        code: Option<u32>,
    },
    /// The generator's own machine refused (`EMFILE`, `EADDRNOTAVAIL`, …): never the target's error.
    Local(&'static str),
    /// Still in flight when the drain period ended.
    Unfinished,
    /// Due, but never started: no slot was free.
    Dropped,
    /// An answer that was not of this API, or came where it must not.
    Protocol(&'static str),
    /// Kinds beyond the number that are kept apart; counted, so that no error is lost.
    Other,
}

impl Kind {
    /// The kind without its details: what class of trouble this is.
    pub fn class(self) -> &'static str {
        match self {
            Self::Transport(_) => "transport",
            Self::Timeout => "timeout",
            Self::Status { .. } => "status",
            Self::Closed { .. } => "closed",
            Self::Denied { .. } => "denied",
            Self::Local(_) => "local",
            Self::Unfinished => "unfinished",
            Self::Dropped => "dropped",
            Self::Protocol(_) => "protocol",
            Self::Other => "other",
        }
    }

    /// Whether the generator, not the target, is to blame.
    pub fn is_local(self) -> bool {
        matches!(self, Self::Local(_))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class())?;
        match *self {
            Self::Transport(what) | Self::Local(what) | Self::Protocol(what) => write!(f, " {what}"),
            Self::Status { http, code } => {
                write!(f, " {http}")?;
                code.map_or(Ok(()), |code| write!(f, " ({code})"))
            }
            Self::Closed { code } => code.map_or(Ok(()), |code| write!(f, " {code}")),
            Self::Denied { code } => code.map_or(Ok(()), |code| write!(f, " {code}")),
            Self::Timeout | Self::Unfinished | Self::Dropped | Self::Other => Ok(()),
        }
    }
}

/// One failure: its kind, and what was seen in words. Only the first words of each kind are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it is counted as.
    pub kind: Kind,
    /// What was seen. Empty when the kind says everything.
    pub says: Cow<'static, str>,
}

impl Failure {
    /// A failure with words of its own.
    pub fn new(kind: Kind, says: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, says: says.into() }
    }

    /// The example as it is kept: one line, bounded, nothing a terminal would obey.
    ///
    /// The words may come from the target, so they are not trusted.
    pub(crate) fn example(&self) -> String {
        let mut kept = String::with_capacity(self.says.len().min(EXAMPLE_MAX));
        for character in self.says.chars() {
            if kept.len() + character.len_utf8() > EXAMPLE_MAX {
                kept.push('…');
                break;
            }
            kept.push(if character.is_control() { ' ' } else { character });
        }
        kept
    }
}

impl From<Kind> for Failure {
    fn from(kind: Kind) -> Self {
        Self { kind, says: Cow::Borrowed("") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_print_with_their_details() {
        let table = [
            (Kind::Transport("refused"), "transport refused"),
            (Kind::Timeout, "timeout"),
            (Kind::Status { http: 429, code: Some(20429) }, "status 429 (20429)"),
            (Kind::Status { http: 502, code: None }, "status 502"),
            (Kind::Closed { code: Some(1008) }, "closed 1008"),
            (Kind::Closed { code: None }, "closed"),
            (Kind::Denied { code: Some(20107) }, "denied 20107"),
            (Kind::Local("EMFILE"), "local EMFILE"),
            (Kind::Unfinished, "unfinished"),
            (Kind::Dropped, "dropped"),
        ];
        for (kind, words) in table {
            assert_eq!(kind.to_string(), words);
        }
    }

    #[test]
    fn an_example_is_one_bounded_line_without_control_characters() {
        let failure = Failure::new(Kind::Timeout, "a\x1b[31mred\nline");
        assert_eq!(failure.example(), "a [31mred line");
        let long = Failure::new(Kind::Timeout, "é".repeat(1000)).example();
        assert!(long.len() <= EXAMPLE_MAX + '…'.len_utf8());
        assert!(long.ends_with('…'));
    }
}
