//! The scenario file as a whole, exactly as written.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::agents::Agents;
use super::customers::Customers;
use super::profile::Load;
use super::settings::{Backend, Mock, Transport};
use super::validity::Validity;
use crate::step::Step;
use crate::value::{Name, Text, Vars};

/// A rehearsal of a Flex launch: who comes, how many at a time, what each does, and what must hold.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a scenario: a map with `version`, `name`, `customers`, `load` and `steps`"
)]
#[schemars(title = "flexload scenario")]
pub struct File {
    /// The version of the language.
    pub version: Version,
    /// Names reports and their folders.
    pub name: Name,
    /// What all randomness grows from.
    #[serde(default = "one")]
    pub seed: u64,
    /// Constants for templates.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Text>")]
    pub vars: Vars,
    /// Who the customers are.
    pub customers: Customers,
    /// Who answers; without them nobody does.
    #[serde(default)]
    pub agents: Option<Agents>,
    /// How customers arrive.
    pub load: Load,
    /// The server behind the customers' chat page.
    #[serde(default)]
    pub backend: Backend,
    /// How the bundled mock behaves.
    #[serde(default)]
    pub mock: Mock,
    /// How customers' messages travel.
    #[serde(default)]
    pub transport: Transport,
    /// What a customer does; or else `journeys`.
    #[serde(default)]
    pub steps: Option<Vec<Step>>,
    /// Several ways through, by weight; or else `steps`.
    #[serde(default)]
    pub journeys: Option<Vec<WrittenJourney>>,
    /// What must hold, each a sentence like `open_channel.response.p95 < 800ms`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub thresholds: Vec<Text>,
    /// What the generator itself must keep for the run to say anything about the target.
    #[serde(default)]
    pub validity: Validity,
}

fn one() -> u64 {
    1
}

/// One way through a chat.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name`, `weight` and `steps`")]
#[schemars(rename = "Journey")]
pub struct WrittenJourney {
    /// Names its part of the report.
    pub name: Name,
    /// How often, against the other journeys.
    #[serde(default = "one_weight")]
    pub weight: u32,
    /// How this journey's messages travel; default: as the scenario says.
    #[serde(default)]
    pub transport: Option<Transport>,
    /// What a customer does.
    pub steps: Vec<Step>,
}

fn one_weight() -> u32 {
    1
}

/// The version of the language; there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version;

impl Version {
    /// The one version.
    pub const CURRENT: u64 = 1;
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
        struct Number;
        impl serde::de::Visitor<'_> for Number {
            type Value = Version;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the version of the scenario language: `version: 1`")
            }

            fn visit_u64<E: serde::de::Error>(self, version: u64) -> Result<Version, E> {
                match version {
                    Version::CURRENT => Ok(Version),
                    0 => Err(E::custom("there is no version 0 of the scenario language; write `version: 1`")),
                    newer => Err(E::custom(format_args!(
                        "version {newer} of the scenario language is newer than this flexload, which reads version 1: \
                         install a newer flexload, or write `version: 1`"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Number)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": Version::CURRENT })
    }
}
