//! The ids frames are told apart and answered by.

use std::{fmt, ops::Deref, str};

/// A frame's id: `TM` and a UUID, with dashes from the JavaScript SDK and without from the service.
///
/// Sixteen bytes, to be the cheap key of whoever waits for a reply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// An id of these random bytes, marked as the random UUID it is.
    pub const fn random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Reads either spelling. `None` for any other text: such an id is fine on the wire but not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("TM")?.as_bytes();
        let mut bytes = [0; 16];
        let mut digits = 0;
        for (position, character) in text.iter().enumerate() {
            let digit = match character {
                b'0'..=b'9' => character - b'0',
                b'a'..=b'f' => character - b'a' + 10,
                b'A'..=b'F' => character - b'A' + 10,
                b'-' if text.len() == 36 && matches!(position, 8 | 13 | 18 | 23) => continue,
                _ => return None,
            };
            let byte: &mut u8 = bytes.get_mut(digits / 2)?;
            *byte = *byte << 4 | digit;
            digits += 1;
        }
        (digits == 32).then_some(Self(bytes))
    }

    /// As the SDK writes it: `TM29e36a9f-edc1-4ac2-8e89-89d4ac589823`.
    pub fn dashed(self) -> IdText {
        self.write(true)
    }

    /// As the service writes it: `TM5f560e8f56f34966865b094865b37336`.
    pub fn plain(self) -> IdText {
        self.write(false)
    }

    fn write(self, dashed: bool) -> IdText {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = IdText { text: [0; 38], length: 2 };
        text.text[..2].copy_from_slice(b"TM");
        for (index, byte) in self.0.into_iter().enumerate() {
            if dashed && matches!(index, 4 | 6 | 8 | 10) {
                text.push(b'-');
            }
            text.push(DIGITS[usize::from(byte >> 4)]);
            text.push(DIGITS[usize::from(byte & 15)]);
        }
        text
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.plain())
    }
}

/// An id as text without an allocation; dereferences to `str`.
#[derive(Clone, Copy)]
pub struct IdText {
    text: [u8; 38],
    length: u8,
}

impl IdText {
    fn push(&mut self, character: u8) {
        self.text[usize::from(self.length)] = character;
        self.length += 1;
    }
}

impl Deref for IdText {
    type Target = str;

    fn deref(&self) -> &str {
        // Always ASCII by construction; the default is never taken.
        str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Display for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_spellings_are_one_id() {
        let dashed = Id::parse("TM29e36a9f-edc1-4ac2-8e89-89d4ac589823").unwrap();
        assert_eq!(Some(dashed), Id::parse("TM29e36a9fedc14ac28e8989d4ac589823"));
        assert_eq!(&*dashed.dashed(), "TM29e36a9f-edc1-4ac2-8e89-89d4ac589823");
        for wrong in
            ["", "TM", "TM1", "RQ29e36a9fedc14ac28e8989d4ac589823", "TM29e36a9fedc14ac28e8989d4ac5898233"]
        {
            assert_eq!(Id::parse(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn every_id_comes_back(bytes: [u8; 16]) {
            let id = Id::random(bytes);
            prop_assert_eq!(Id::parse(&id.dashed()), Some(id));
            prop_assert_eq!(Id::parse(&id.plain()), Some(id));
        }

        #[test]
        fn no_text_breaks_the_parser(text in "TM[-0-9a-fé]{0,40}") {
            let _ = Id::parse(&text);
        }
    }
}
