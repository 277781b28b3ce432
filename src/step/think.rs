//! `think`: the customer reads, thinks and types.

use crate::value::Distribution;
use schemars::JsonSchema;
use serde::Deserialize;

/// A pause from the observed end of the step before: `think: 3s`, or a distribution.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Think(pub Distribution);
