//! `disconnect`: the device goes away without a word, as a phone in a tunnel does.

use crate::actor::Done;
use crate::actor::customer::Customer;

use super::options::network_step;

network_step! {
    /// Drops the connection; the chat stays open.
    pub struct Disconnect {}
}

impl Disconnect {
    pub(super) fn perform(customer: &mut Customer) -> Done {
        customer.disconnect()
    }
}
