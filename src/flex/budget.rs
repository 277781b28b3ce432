//! The most a run may do to a real account.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::value::Span;

/// Limits a run is held to. All three, always: a forgotten one would be no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Chat channels opened.
    pub channels: u64,
    /// Messages sent, the agents' too.
    pub messages: u64,
    /// From the first arrival to the end of the drain.
    pub duration: Duration,
}

/// A budget as it is being read; whole only when each limit was given once.
#[derive(Default)]
struct Draft {
    channels: Option<u64>,
    messages: Option<u64>,
    duration: Option<Duration>,
}

impl Draft {
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let twice = match name {
            "channels" => self.channels.replace(count(name, value)?).is_some(),
            "messages" => self.messages.replace(count(name, value)?).is_some(),
            "duration" => self.duration.replace(span(value)?).is_some(),
            other => {
                return Err(format!("unknown limit `{other}`; a budget has channels, messages and duration"));
            }
        };
        if twice { Err(format!("`{name}` is given twice")) } else { Ok(()) }
    }

    fn finish(self) -> Result<Budget, String> {
        match (self.channels, self.messages, self.duration) {
            (Some(channels), Some(messages), Some(duration)) => Ok(Budget { channels, messages, duration }),
            (channels, messages, duration) => {
                let missing: Vec<&str> = [
                    ("channels", channels.is_none()),
                    ("messages", messages.is_none()),
                    ("duration", duration.is_none()),
                ]
                .into_iter()
                .filter_map(|(name, missing)| missing.then_some(name))
                .collect();
                Err(format!(
                    "a budget limits channels, messages and duration; missing: {}",
                    missing.join(", ")
                ))
            }
        }
    }
}

fn count(name: &str, value: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("`{name}` is a whole number, not `{value}`"))
}

fn span(value: &str) -> Result<Duration, String> {
    value.parse::<Span>().map(Span::duration).map_err(|error| error.to_string())
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut draft = Draft::default();
        for part in text.split(',') {
            let (name, value) =
                part.split_once('=').ok_or("write channels=500,messages=5000,duration=30m")?;
            draft.set(name.trim(), value.trim())?;
        }
        draft.finish()
    }
}

/// A value of a budget in YAML: a bare number or a text.
struct Value(String);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a span of time")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                Ok(Value(number.to_string()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Budget;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a budget: { channels: 500, messages: 5000, duration: 30m }")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Budget, A::Error> {
                let mut draft = Draft::default();
                while let Some((name, Value(value))) = map.next_entry::<String, Value>()? {
                    draft.set(&name, &value).map_err(de::Error::custom)?;
                }
                draft.finish().map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_map(Map)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, messages, duration } = self;
        write!(f, "channels={channels},messages={messages},duration={}", Span::from(*duration))
    }
}

/// What is left of a budget while a run spends it, over all its workers.
#[derive(Debug)]
pub struct Allowance {
    channels: AtomicU64,
    messages: AtomicU64,
}

impl Allowance {
    /// All of the budget.
    pub fn new(budget: &Budget) -> Self {
        Self { channels: AtomicU64::new(budget.channels), messages: AtomicU64::new(budget.messages) }
    }

    /// Takes a channel; false when none is left.
    pub fn take_channel(&self) -> bool {
        take(&self.channels)
    }

    /// Takes a message; false when none is left.
    pub fn take_message(&self) -> bool {
        take(&self.messages)
    }
}

fn take(left: &AtomicU64) -> bool {
    // Only the count itself is shared, so no other memory has to be ordered with it.
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_never_overdrawn() {
        let left = Allowance::new(&Budget { channels: 1, messages: 2, duration: Duration::ZERO });
        assert_eq!([left.take_channel(), left.take_channel()], [true, false]);
        assert_eq!([left.take_message(), left.take_message(), left.take_message()], [true, true, false]);
    }

    #[test]
    fn a_budget_reads_in_any_order() {
        let budget: Budget = "duration=30m,channels=500,messages=5000".parse().expect("a budget");
        assert_eq!(budget, Budget { channels: 500, messages: 5000, duration: Duration::from_secs(1800) });
        assert_eq!(budget.to_string().parse(), Ok(budget));
    }

    #[test]
    fn a_budget_that_limits_too_little_is_no_budget() {
        for (text, says) in [
            ("channels=5", "missing: messages, duration"),
            ("channels=5,channels=6,messages=1,duration=1s", "given twice"),
            ("channels=many,messages=1,duration=1s", "whole number, not `many`"),
            ("channels=1,messages=1,duration=30", "has no unit"),
            ("channels=1,messages=1,duration=30m,cost=5", "unknown limit `cost`"),
            ("channels", "write channels=500"),
        ] {
            let error = text.parse::<Budget>().expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
