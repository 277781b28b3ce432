//! `one_of`: one branch of several, by weight.

use super::Step;
use schemars::JsonSchema;
use serde::Deserialize;

/// Walks through one branch, drawn by weight.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OneOf(pub Vec<Branch>);

/// One way to go.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `weight` and `steps`")]
pub struct Branch {
    /// How often, against the other branches.
    #[serde(default = "one")]
    pub weight: u32,
    /// What happens on this branch; may be nothing.
    pub steps: Vec<Step>,
}

fn one() -> u32 {
    1
}
