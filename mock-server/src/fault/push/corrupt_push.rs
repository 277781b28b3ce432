//! The fault `corrupt_push`: a message's text is pushed to a device with one letter changed. History has it right.

use bytes::Bytes;

use super::{Event, Push, Pushed};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.corrupt-push", MockOnly("configured"), "a message is pushed to one of its receivers with a letter of its text changed";
}

fault! {
    /// A message is pushed to one of its receivers with a letter of its text changed.
    receiver CorruptPush {}
}

impl Push for CorruptPush {
    fn event(&self) -> Event {
        Event::Message
    }

    fn deliver(&self, push: &Pushed<'_>, _draw: Draw) -> bool {
        let Some(corrupt) = corrupted(push.frame) else { return false };
        push.to.push_in_order(push.object, corrupt);
        true
    }
}

/// The frame with the first letter or digit of the text replaced: the frame stays as long as it says it is.
fn corrupted(frame: &Bytes) -> Option<Bytes> {
    const TEXT: &[u8] = br#""text":""#;
    let begins = frame.windows(TEXT.len()).position(|window| window == TEXT)? + TEXT.len();
    let mut bytes = frame.to_vec();
    let mut at = begins;
    while *bytes.get(at)? != b'"' {
        match bytes[at] {
            // What is escaped is left alone, `\u00e9` to its end.
            b'\\' => at += if bytes.get(at + 1) == Some(&b'u') { 6 } else { 2 },
            letter if letter.is_ascii_alphanumeric() => {
                bytes[at] = if letter == b'x' { b'y' } else { b'x' };
                return Some(bytes.into());
            }
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrupt(frame: &'static str) -> Option<String> {
        corrupted(&Bytes::from_static(frame.as_bytes()))
            .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn the_first_letter_outside_an_escape_is_changed() {
        assert_eq!(corrupt(r#"{"text":"hi"}"#).unwrap(), r#"{"text":"xi"}"#);
        assert_eq!(corrupt(r#"{"text":"\n\u00e9 x"}"#).unwrap(), r#"{"text":"\n\u00e9 y"}"#);
        assert_eq!(corrupt(r#"{"text":"\n!"}"#), None);
        assert_eq!(corrupt(r#"{"body":"hi"}"#), None);
    }
}
