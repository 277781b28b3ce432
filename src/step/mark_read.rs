//! `mark_read`: the device says what the customer has read.

use super::options::network_step;

network_step! {
    /// Moves the customer's consumption horizon to the newest message.
    pub struct MarkRead {}
}
