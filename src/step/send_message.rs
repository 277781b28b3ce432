//! `send_message`: the customer says something.

use super::options::network_step;
use crate::value::{JsonTemplate, Template};

network_step! {
    /// Sends one message. The step ends at the 201; the sender's own echo is the part `echo`.
    pub struct SendMessage {
        /// The text.
        pub body: Template,
        /// The message's attributes.
        #[serde(default)]
        pub attributes: Option<JsonTemplate>,
    }
}
