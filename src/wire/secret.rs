//! Text that must not be printed.

use std::{fmt, hint::black_box};

use serde::{Deserialize, Deserializer};

/// An auth token, an API key secret, a minted token: prints as `***` and has no way into JSON.
///
/// It opens at few doors only: signing, comparing, and the header of a request.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// The text itself. Every call is a place to look at when asking where secrets can leak.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `given` is the secret, in a time that depends on the lengths only.
    pub fn matches(&self, given: &[u8]) -> bool {
        same(self.0.as_bytes(), given)
    }
}

/// Compares without stopping at the first difference, so that timing does not spell out the secret.
fn same(one: &[u8], other: &[u8]) -> bool {
    // By blocks: a barrier at each byte would make every login of a mock cost as much as its routing.
    let block = |(one, other): (&[u8], &[u8])| one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    let differences =
        one.chunks(16).zip(other.chunks(16)).map(block).fold(0, |all, some| black_box(all | some));
    one.len() == other.len() && black_box(differences) == 0
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_prints() {
        let secret = Secret::from("hunter2");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "*** *** Some(***)");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn only_the_whole_secret_matches() {
        let secret = Secret::from("hunter2");
        assert!(secret.matches(b"hunter2"));
        for wrong in [&b""[..], b"hunter", b"hunter22", b"Hunter2", b"hunter3"] {
            assert!(!secret.matches(wrong));
        }
    }
}
