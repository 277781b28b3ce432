//! The name of one run: in each identity it makes up, so that what it left can be told from everything else.

use std::fmt;
use std::str::FromStr;

use wire::time::Timestamp;

/// Letters and digits only: identities and URLs take them as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunId(String);

/// Shorter ones could be somebody's own naming; a prefix that is too short would match what is not ours.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=20;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

impl RunId {
    /// A name from the time of the start and something that differs between machines that start together.
    pub fn new(at: Timestamp, salt: u32) -> Self {
        let mut id = base36(u64::try_from(at.millis()).unwrap_or(0), 9);
        id.push_str(&base36(u64::from(salt) % 36_u64.pow(4), 4));
        Self(id)
    }

    /// What each identity of this run starts with.
    pub fn prefix(&self) -> String {
        format!("flx-{self}-")
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn base36(mut number: u64, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 36).unwrap_or(0)];
        number /= 36;
    }
    String::from_utf8_lossy(&text).into_owned()
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if LENGTHS.contains(&text.len()) && text.bytes().all(|b| DIGITS.contains(&b)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not the ID of a run: those are 6 to 20 digits and lower-case letters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_and_differs_by_time_and_salt() {
        let id = RunId::new(Timestamp::from_secs(1_800_000_000), 7);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_ne!(id, RunId::new(Timestamp::from_millis(1_800_000_000_001), 7));
        assert_ne!(id, RunId::new(Timestamp::from_secs(1_800_000_000), 8));
        assert_eq!(id.prefix(), format!("flx-{id}-"));
    }

    #[test]
    fn what_could_match_anything_is_no_id() {
        for wrong in ["", "a", "-", "abc/..", "ABCDEF", "abcdef-", "aaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert!(wrong.parse::<RunId>().is_err(), "{wrong}");
        }
    }
}
