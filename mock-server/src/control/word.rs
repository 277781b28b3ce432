//! Words that name something the mock knows: read strictly, and what may have been meant by others.

use serde::de::{Deserialize, Deserializer, Error as _};

use crate::basis::RuleId;
use crate::operation::{Operation, Via};
use crate::rules;
use crate::suggest::nearest;

/// Something that is named by a word.
pub(super) trait Word: Sized {
    /// What the word names, or why that is nothing.
    fn named(text: &str) -> Result<Self, String>;
}

/// What asks: the methods of HTTP, and what the socket is asked besides.
const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "INIT", "UPDATE"];

/// One of these methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Method(pub(super) &'static str);

impl Word for Method {
    fn named(text: &str) -> Result<Self, String> {
        let found = METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(text));
        found.map(Self).ok_or_else(|| none("method", text, METHODS))
    }
}

impl Word for Operation {
    fn named(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| none("operation", text, Self::WORDS.iter().copied()))
    }
}

impl Word for Via {
    fn named(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| none("way to ask", text, Self::WORDS.iter().copied()))
    }
}

impl Word for RuleId {
    fn named(text: &str) -> Result<Self, String> {
        let all = rules::all();
        let names = || all.iter().map(|rule| rule.id());
        all.iter().copied().find(|rule| rule.id() == text).ok_or_else(|| none("rule", text, names()))
    }
}

impl Word for bool {
    fn named(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| none("answer", text, ["true", "false"]))
    }
}

/// A word in JSON, if it is there.
pub(super) fn word<'de, D: Deserializer<'de>, T: Word>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| T::named(&text).map_err(D::Error::custom)).transpose()
}

/// Says that a word names nothing: with the known word nearest to it, else with the first of all there are.
fn none(kind: &str, text: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    const SHOWN: usize = 9;
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(text, known.iter().copied()) {
        Some(meant) => format!("`{text}` is no {kind}; did you mean `{meant}`?"),
        None => {
            let more = if known.len() > SHOWN { " …" } else { "" };
            let known = &known[..known.len().min(SHOWN)];
            format!("`{text}` is no {kind}; there are: {}{more}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_or_what_was_meant_is_said() {
        assert_eq!(Method::named("post"), Ok(Method("POST")));
        assert_eq!(Operation::named("send_message"), Ok(Operation::SendMessage));
        assert_eq!(RuleId::named("socket.init").map(RuleId::id), Ok("socket.init"));
        let says = Operation::named("sendmessage").unwrap_err();
        assert_eq!(says, "`sendmessage` is no operation; did you mean `send_message`?");
        assert!(RuleId::named("socket.inti").unwrap_err().ends_with("did you mean `socket.init`?"));
        assert_eq!(Via::named("carrier").unwrap_err(), "`carrier` is no way to ask; there are: rest, socket");
        assert!(bool::named("yes").unwrap_err().ends_with("there are: true, false"));
        assert!(Operation::named("zzz").unwrap_err().ends_with(" …"));
    }
}
