//! `connect`: the customer's device logs in.

use super::options::network_step;
use schemars::JsonSchema;
use serde::Deserialize;

/// How much of the SDK's login is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Everything the real SDK asks for, in its order.
    #[default]
    Faithful,
    /// Only what messages need: cheaper for the generator, and not what a device does.
    Lean,
}

network_step! {
    /// Opens the customer's own connection and logs in with the token.
    pub struct Connect {
        /// How much of the SDK's login is done.
        #[serde(default)]
        pub login: Login,
    }
}
