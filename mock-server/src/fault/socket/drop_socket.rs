//! The fault `drop_socket`: a client's connection is reset, without a word.

use std::time::Duration;

use super::{Act, Socket};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;
use crate::fault::span::Time;

rules! {
    PLANTED = "fault.drop-socket", MockOnly("configured"), "a client's socket is reset without a word";
}

fault! {
    /// A client's socket is reset without a word.
    device DropSocket {
        /// How long after the login, or after the fault was planted.
        #[serde(default)]
        pub at: Time,
    }
}

impl Socket for DropSocket {
    fn after(&self, draw: Draw) -> Duration {
        self.at.draw(draw)
    }

    fn act(&self) -> Act<'_> {
        Act::Drop
    }
}
