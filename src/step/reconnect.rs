//! `reconnect`: the device comes back.

use super::options::network_step;

network_step! {
    /// Connects again with the same token and catches up on what was missed.
    pub struct Reconnect {}
}
