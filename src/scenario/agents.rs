//! The agents who answer.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::value::{Distribution, Span};

/// `agents:` as written.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `count`")]
pub struct Agents {
    /// How many there are.
    pub count: u32,
    /// How many chats one agent has at a time.
    #[serde(default = "three")]
    pub chats_each: u32,
    /// How long an agent takes to answer a message.
    #[serde(default = "two_seconds")]
    pub reply_after: Distribution,
    /// How an agent comes into a chat.
    #[serde(default)]
    pub via: Via,
}

fn three() -> u32 {
    3
}

fn two_seconds() -> Distribution {
    Distribution::Fixed(Span::seconds(2))
}

/// How an agent comes into a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Via {
    /// Added as a member of the channel by REST.
    #[default]
    Member,
}

impl<'de> Deserialize<'de> for Via {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Via, D::Error> {
        struct Word;
        impl serde::de::Visitor<'_> for Word {
            type Value = Via;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`member`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Via, E> {
                match word {
                    "member" => Ok(Via::Member),
                    "task" => Err(E::custom(
                        "`via: task` is not available yet: agents join as members; write `via: member` or leave it out",
                    )),
                    other => Err(E::custom(format_args!(
                        "unknown way to join `{other}`, expected one of `member`"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Word)
    }
}
