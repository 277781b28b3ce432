//! How the integration and the mock are set up: `backend`, `mock`, `transport`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::value::one_key::one_key;
use crate::value::{Rate, Span};

/// `backend:`, the server behind the customer's chat page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `connections`")]
pub struct Backend {
    /// The size of its keep-alive pool, for the whole run.
    #[serde(default = "thirty_two")]
    pub connections: u32,
}

fn thirty_two() -> u32 {
    32
}

impl Default for Backend {
    fn default() -> Backend {
        Backend { connections: thirty_two() }
    }
}

/// `mock:`, for the bundled mock only; other targets ignore it with a note.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `limits` or `faults`")]
pub struct Mock {
    /// The rate limits it keeps.
    #[serde(default)]
    pub limits: MockLimits,
    /// What it does wrong.
    #[serde(default)]
    pub faults: Vec<serde_json::Value>,
}

/// The rate limits of the mock.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum MockLimits {
    /// As Twilio documents them.
    #[default]
    Documented,
    /// None.
    Off,
    /// As documented, but for these.
    Custom(CustomLimits),
}

/// The documented limits that a scenario may replace.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map of limits")]
pub struct CustomLimits {
    /// `POST /v1/Channels`; documented: 10/s.
    #[serde(default)]
    pub channels_create: Option<Rate>,
}

impl<'de> Deserialize<'de> for MockLimits {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<MockLimits, D::Error> {
        word_or_map::deserialize(deserializer, &LIMIT_WORDS, MockLimits::Custom)
    }
}

const LIMIT_WORDS: [(&str, MockLimits); 2] =
    [("documented", MockLimits::Documented), ("off", MockLimits::Off)];

impl JsonSchema for MockLimits {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MockLimits".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The rate limits of the mock",
            "oneOf": [{ "enum": ["documented", "off"] }, generator.subschema_for::<CustomLimits>()],
        })
    }
}

/// How customers' messages travel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Transport {
    /// Over the Chat SDK's wire, from a device of their own.
    #[default]
    Sdk,
    /// Through the backend, by REST.
    Backend(BackendTransport),
}

one_key!(
    Transport,
    noun: "transport",
    expecting: "a transport: `sdk` or `{ backend: { poll: 2s } }`",
    { "backend" => Backend },
    word: |word: &str| match word {
        "sdk" => Ok(Transport::Sdk),
        "backend" => Ok(Transport::Backend(BackendTransport::default())),
        other => Err(format!("unknown transport `{other}`, expected one of `sdk`, `backend`")),
    }
);

impl JsonSchema for Transport {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Transport".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How customers' messages travel",
            "oneOf": [
                { "enum": ["sdk", "backend"] },
                {
                    "type": "object",
                    "properties": { "backend": generator.subschema_for::<BackendTransport>() },
                    "required": ["backend"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// `{ backend: { poll } }`
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `poll`")]
pub struct BackendTransport {
    /// How often the backend asks for new messages.
    #[serde(default)]
    pub poll: Poll,
}

/// How often the backend asks for new messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// Each time this long after the answer before.
    Every(Span),
    /// Never: replies are not seen.
    Off,
}

impl Default for Poll {
    fn default() -> Poll {
        Poll::Every(Span::seconds(2))
    }
}

impl std::str::FromStr for Poll {
    type Err = crate::value::span::SpanError;

    fn from_str(text: &str) -> Result<Poll, Self::Err> {
        if text == "off" { Ok(Poll::Off) } else { text.parse().map(Poll::Every) }
    }
}

crate::value::scalar::scalar!(
    Poll,
    expecting: "how often to ask, like `2s`, or `off`",
    number: |number: String| format!("`{number}` has no unit: write `{number}s`"),
    pattern: r"^(off|\s*\d+(\.\d+)?\s*(us|ms|s|m|h)\s*)$",
    examples: ["2s", "off"]
);

/// A type that is one of a few words, or a map.
mod word_or_map {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::de::value::MapAccessDeserializer;
    use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

    pub(super) fn deserialize<'de, D, T, M>(
        deserializer: D,
        words: &[(&'static str, T)],
        map: fn(M) -> T,
    ) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: Clone,
        M: Deserialize<'de>,
    {
        deserializer.deserialize_any(WordOrMap { words, map, read: PhantomData })
    }

    struct WordOrMap<'w, T, M> {
        words: &'w [(&'static str, T)],
        map: fn(M) -> T,
        read: PhantomData<M>,
    }

    impl<'de, T: Clone, M: Deserialize<'de>> Visitor<'de> for WordOrMap<'_, T, M> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for (word, _) in self.words {
                write!(f, "`{word}`, ")?;
            }
            f.write_str("or a map")
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
            let known = self.words.iter().find(|(known, _)| *known == word);
            known.map(|(_, value)| value.clone()).ok_or_else(|| {
                let words: Vec<String> = self.words.iter().map(|(word, _)| format!("`{word}`")).collect();
                E::custom(format_args!("unknown word `{word}`, expected one of {}", words.join(", ")))
            })
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
            // YAML 1.1 readers take `off` for false; ours does not, but a JSON twin of the file may.
            self.visit_str(if value { "on" } else { "off" })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            M::deserialize(MapAccessDeserializer::new(map)).map(self.map)
        }
    }
}
