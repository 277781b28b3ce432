//! `await_reply`: the customer waits for an answer.

use super::options::OnError;
use crate::value::{Name, Span};
use schemars::JsonSchema;
use serde::Deserialize;

fn default_within() -> Span {
    Span::seconds(30)
}

fn default_patience() -> Span {
    Span::seconds(600)
}

/// Waits for the first message of somebody else after the last one sent. One that is already here counts,
/// at its true arrival.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map of the step's options (`{}` when it has none)")]
pub struct AwaitReply {
    /// How long the answer may take, from when an agent has joined.
    #[serde(default = "default_within")]
    pub within: Span,
    /// Names the step's metric; default: `await_reply`.
    #[serde(default)]
    pub id: Option<Name>,
    /// The end of all patience, the wait for an agent included.
    #[serde(default = "default_patience")]
    pub timeout: Span,
    /// What a failure means for the chat.
    #[serde(default)]
    pub on_error: OnError,
}

impl AwaitReply {
    /// The options every network step has; here the time-out includes the wait for an agent.
    pub fn options(&self) -> super::options::Options<'_> {
        super::options::Options { id: self.id.as_ref(), timeout: self.timeout, on_error: self.on_error }
    }
}
