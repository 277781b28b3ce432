//! `typing`: the device shows that the customer is typing.

use super::options::network_step;

network_step! {
    /// Sends one typing indicator.
    pub struct Typing {}
}
