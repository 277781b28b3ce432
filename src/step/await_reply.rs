//! `await_reply`: the customer waits for an answer.

use super::turn::{Turn, Way};
use crate::actor::Done;
use crate::actor::customer::Customer;

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

impl AwaitReply {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        let within = self.within.duration();
        let began = tokio::time::Instant::now();
        let replied = match turn.way {
            Way::Sdk => customer.await_reply(within, turn.deadline).await,
            Way::Backend { poll } => customer.await_reply_by_polling(poll, within, turn.pooled()).await,
        };
        match replied {
            Ok(replied) => {
                if let Some(took) = replied.time_to_reply {
                    turn.part(customer, 0, took);
                }
                if let Some(took) = replied.target {
                    turn.part(customer, 1, took);
                }
                Ok(replied.at)
            }
            Err(failure) => {
                let since = customer.last_send_began().unwrap_or(began);
                turn.part_failed(customer, 0, since.elapsed());
                // Where no agent came, the target is not to blame.
                if customer.is_served() {
                    turn.part_failed(customer, 1, since.elapsed());
                }
                Err(failure)
            }
        }
    }
}
