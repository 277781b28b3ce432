//! `reconnect`: the device comes back.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;

use super::options::network_step;

network_step! {
    /// Connects again with the same token and catches up on what was missed.
    pub struct Reconnect {}
}

impl Reconnect {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        customer.reconnect(turn.deadline).await
    }
}
