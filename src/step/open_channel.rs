//! `open_channel`: the customer's backend opens a Flex Channel.

use super::endpoint::Endpoint;
use super::options::network_step;
use crate::value::{JsonTemplate, Template};

network_step! {
    /// Opens a Flex Channel for the customer (`POST /v1/Channels`). With the SDK logged in, the step ends when
    /// the push of having joined arrives.
    pub struct OpenChannel {
        /// The chat's name as agents see it; default: "Chat with Customer N".
        #[serde(default)]
        pub friendly_name: Option<Template>,
        /// The customer's name as agents see it; default: "Customer N".
        #[serde(default)]
        pub user_friendly_name: Option<Template>,
        /// What repeated creates are recognised by; default: the identity.
        #[serde(default)]
        pub target: Option<Template>,
        /// The Chat channel's unique name; default: none.
        #[serde(default)]
        pub unique_name: Option<Template>,
        /// What the person did before the chat; lands in the channel's attributes.
        #[serde(default)]
        pub pre_engagement: Option<JsonTemplate>,
        /// Added to the attributes of the task that Flex makes.
        #[serde(default)]
        pub task_attributes: Option<JsonTemplate>,
        /// Overrides what the Flex Flow says.
        #[serde(default)]
        pub long_lived: Option<bool>,
        /// Repeats the create of this chat with the same target: the same channel should come back.
        #[serde(default)]
        pub reuse: bool,
        /// Asks the integration's own endpoint instead, which answers the channel's SID.
        #[serde(default)]
        pub from: Option<Endpoint>,
    }
}
