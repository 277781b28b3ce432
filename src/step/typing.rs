//! `typing`: the device shows that the customer is typing.

use super::turn::Turn;
use crate::actor::Done;
use crate::actor::customer::Customer;

use super::options::network_step;

network_step! {
    /// Sends one typing indicator.
    pub struct Typing {}
}

impl Typing {
    pub(super) async fn perform(&self, turn: &Turn<'_>, customer: &mut Customer) -> Done {
        customer.typing(turn.deadline).await
    }
}
