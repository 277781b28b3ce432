//! `mark_read`: the device says what the customer has read.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;

use super::options::network_step;

network_step! {
    /// Moves the customer's consumption horizon to the newest message.
    pub struct MarkRead {}
}

impl MarkRead {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        customer.mark_read(turn.deadline).await
    }
}
