//! How the integration and the mock are set up: `backend`, `mock`, `transport`.

use std::collections::BTreeMap;

use mock_server::fault::Fault;
use mock_server::limit::{Limits, Table};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::value::Span;
use crate::value::one_key::one_key;

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
    /// The rate limits it keeps: `documented`, `off`, or a map of those that differ from the documented.
    #[serde(default)]
    #[schemars(schema_with = "limits_schema")]
    pub limits: Limits,
    /// What it does wrong.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

fn limits_schema(_: &mut SchemaGenerator) -> Schema {
    let rate = json_schema!({ "type": "string", "pattern": r"^(off|\d+/(s|m|h))$" });
    let limits: BTreeMap<&str, Schema> = Table::NAMES.iter().map(|name| (*name, rate.clone())).collect();
    json_schema!({
        "oneOf": [
            { "enum": ["documented", "off"] },
            { "type": "object", "properties": limits, "additionalProperties": false },
        ],
    })
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
    number: |number: &str| format!("`{number}` has no unit: write `{number}s`"),
    pattern: r"^(off|\s*\d+(\.\d+)?\s*(us|ms|s|m|h)\s*)$",
    examples: ["2s", "off"]
);
