//! `leave`: the customer says goodbye.

use super::options::network_step;

network_step! {
    /// Removes the customer's own membership, before the chat is wrapped up.
    pub struct Leave {}
}
