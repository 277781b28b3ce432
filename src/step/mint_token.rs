//! `mint_token`: the customer's backend makes an access token.

use super::endpoint::Endpoint;
use super::options::network_step;
use crate::value::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// Whose helper library the token looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Like {
    /// `twilio` for Node.
    #[default]
    Node,
    /// `twilio` for Python.
    Python,
}

fn default_ttl() -> Span {
    Span::seconds(3600)
}

network_step! {
    /// Makes an access token with a chat grant, as the helper libraries do, or asks the integration for one.
    pub struct MintToken {
        /// Whose claims the token has.
        #[serde(default)]
        pub like: Like,
        /// How long the token is valid.
        #[serde(default = "default_ttl")]
        pub ttl: Span,
        /// Asks the integration's own token endpoint instead.
        #[serde(default)]
        pub from: Option<Endpoint>,
    }
}
