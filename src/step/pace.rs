//! `pace`: steps on a fixed beat, whatever comes back.

use crate::value::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// Waits for the next beat: the session's start plus a whole number of `every`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `every`")]
pub struct Pace {
    /// The beat.
    pub every: Span,
}
