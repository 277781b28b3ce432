//! `repeat`: steps several times over.

use super::Step;
use schemars::JsonSchema;
use serde::Deserialize;

/// Walks through the steps so many times; `{{ loop.index }}` counts the rounds from 1.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `times` and `steps`")]
pub struct Repeat {
    /// How often.
    pub times: u32,
    /// What.
    pub steps: Vec<Step>,
}
