//! `send_message`: the customer says something.

use super::turn::{Turn, Way};
use crate::actor::Done;
use crate::actor::customer::Customer;
use crate::actor::customer::Echoed;

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

impl SendMessage {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let body = turn.text(&self.body, customer);
        let attributes =
            self.attributes.as_ref().map_or_else(|| "{}".to_owned(), |json| turn.json(json, customer));
        match turn.way {
            Way::Sdk => {
                let echo = turn.parts.first().map(|part| Echoed { part: *part, due: turn.due });
                customer.send(&body, &attributes, echo, turn.deadline).await
            }
            Way::Backend { .. } => {
                customer.send_by_backend(&body, &attributes, turn.due, turn.deadline).await
            }
        }
    }
}
