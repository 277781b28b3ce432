//! `disconnect`: the device goes away without a word, as a phone in a tunnel does.

use super::options::network_step;

network_step! {
    /// Drops the connection; the chat stays open.
    pub struct Disconnect {}
}
