//! The integration's own HTTP endpoint, where a step asks it instead of Twilio.

use crate::value::{Template, Text};
use schemars::JsonSchema;
use serde::Deserialize;

/// `from: { url, json_pointer }`: where to ask, and where in the JSON answer the wanted text is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `url` and `json_pointer`")]
pub struct Endpoint {
    /// The URL; may name the customer.
    pub url: Template,
    /// RFC 6901 pointer to the text in the answer, like `/token`.
    pub json_pointer: Text,
}
