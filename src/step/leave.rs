//! `leave`: the customer says goodbye.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;

use super::options::network_step;

network_step! {
    /// Removes the customer's own membership, before the chat is wrapped up.
    pub struct Leave {}
}

impl Leave {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        customer.leave(turn.deadline).await
    }
}
