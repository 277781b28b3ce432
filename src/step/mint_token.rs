//! `mint_token`: the customer's backend makes an access token.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::backend::TokenKind;
use crate::actor::customer::Customer;

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

impl MintToken {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let ttl = u32::try_from(self.ttl.duration().as_secs()).unwrap_or(u32::MAX);
        let kind = TokenKind { like: self.like.into(), ttl };
        let context = std::rc::Rc::clone(customer.context());
        let jwt = match &self.from {
            Some(endpoint) => {
                let url = turn.text(&endpoint.url, customer);
                context.backend.ask(&url, endpoint.json_pointer.as_str(), turn.deadline).await?
            }
            None => context.backend.mint(customer.identity(), kind),
        };
        customer.keep_token(jwt, kind);
        Ok(tokio::time::Instant::now())
    }
}

impl From<Like> for wire::token::Like {
    fn from(like: Like) -> Self {
        match like {
            Like::Node => Self::Node,
            Like::Python => Self::Python,
        }
    }
}
