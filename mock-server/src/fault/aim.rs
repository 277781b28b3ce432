//! What a fault may be aimed at: operations, ways in, channels, people; and how likely it is.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use wire::error;

use crate::basis::{Refused, RuleId};
use crate::operation::{Operation, Via};

/// One operation, or a list; all if it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operations(pub(super) Vec<Operation>);

impl Operations {
    pub(super) fn has(&self, operation: Operation) -> bool {
        self.0.is_empty() || self.0.contains(&operation)
    }

    /// Why none of them comes this way, if that is so.
    pub(super) fn excluded_by(&self, via: Via) -> Option<String> {
        let none = !self.0.is_empty() && !self.0.iter().any(|operation| via.has(*operation));
        let names: Vec<&str> = self.0.iter().map(|operation| operation.as_str()).collect();
        none.then(|| format!("it never strikes: no `{}` comes by `{}`", names.join("`, `"), via.as_str()))
    }
}

impl Serialize for Operations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            more => more.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Operations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Operations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an operation, like `send_message`, or a list of them")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Operations, E> {
                let known = Operation::read(word).ok_or_else(|| E::unknown_variant(word, Operation::WORDS));
                known.map(|operation| Operations(vec![operation]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Operations, A::Error> {
                let mut all = Vec::new();
                while let Some(operation) = words.next_element()? {
                    all.push(operation);
                }
                Ok(Operations(all))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

impl JsonSchema for Operations {
    fn schema_name() -> Cow<'static, str> {
        "FaultOperations".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "oneOf": [
                { "enum": Operation::WORDS },
                { "type": "array", "items": { "enum": Operation::WORDS } },
            ],
        })
    }
}

/// A name, or the beginning of one and `*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Pattern(String);

impl Pattern {
    /// Whether a name is meant.
    pub(crate) fn means(&self, name: &str) -> bool {
        self.0.strip_suffix('*').map_or(self.0 == name, |beginning| name.starts_with(beginning))
    }
}

/// A share of all occasions, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Probability(#[schemars(range(min = 0, max = 1))] pub(super) f64);

/// Never without a value: see how it is read.
impl Eq for Probability {}

impl<'de> Deserialize<'de> for Probability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Share;
        impl Visitor<'_> for Share {
            type Value = Probability;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a probability from 0 to 1, like `0.05`")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Probability, E> {
                let is_one = (0.0..=1.0).contains(&number);
                is_one
                    .then_some(Probability(number))
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Probability, E> {
                match number {
                    0 => Ok(Probability(0.0)),
                    1 => Ok(Probability(1.0)),
                    _ => Err(E::invalid_value(de::Unexpected::Unsigned(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(Share)
    }
}

/// An HTTP status that refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct RefusingStatus(#[schemars(range(min = 400, max = 599))] pub(super) u16);

impl RefusingStatus {
    /// The refusal with this code, else the general one of the status, in the words of Twilio's catalogue.
    pub(super) fn refuse(self, code: Option<u32>, rule: RuleId) -> Refused {
        let code = code.unwrap_or(20_000 + u32::from(self.0));
        let message = error::title(code).unwrap_or("Refused by a planted fault");
        Refused::new(self.0, code, message, rule)
    }
}

impl<'de> Deserialize<'de> for RefusingStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = RefusingStatus;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an HTTP status from 400 to 599")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<RefusingStatus, E> {
                let refuses = u16::try_from(number).ok().filter(|status| (400..=599).contains(status));
                refuses
                    .map(RefusingStatus)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_a_name_or_a_beginning() {
        let pattern = |text: &str| Pattern(text.to_owned());
        assert!(pattern("ada").means("ada") && !pattern("ada").means("adam"));
        assert!(
            pattern("ada*").means("adam") && pattern("*").means("anybody") && !pattern("b*").means("ada")
        );
    }

    #[test]
    fn operations_are_one_or_more_or_all() {
        let read = |json: &str| serde_json::from_str::<Operations>(json);
        assert!(read(r#""login""#).unwrap().has(Operation::Login));
        assert!(!read(r#"["login","typing"]"#).unwrap().has(Operation::SendMessage));
        assert!(Operations::default().has(Operation::SendMessage));
        assert!(read(r#"["logni"]"#).unwrap_err().to_string().contains("unknown variant `logni`"));
    }
}
