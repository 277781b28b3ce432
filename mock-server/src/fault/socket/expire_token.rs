//! The fault `expire_token`: a token ends in the middle of a session, earlier than it says.

use std::time::Duration;

use super::{Act, Socket};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;
use crate::fault::span::Time;

rules! {
    PLANTED = "fault.expire-token", MockOnly("configured"), "a token ends earlier than it says: close 410, without a warning";
}

fault! {
    /// A token ends in the middle of a session, earlier than it says and without a warning: close 410.
    device ExpireToken {
        /// How long after the login, or after the fault was planted.
        #[serde(default)]
        pub at: Time,
    }
}

impl Socket for ExpireToken {
    fn after(&self, draw: Draw) -> Duration {
        self.at.draw(draw)
    }

    fn act(&self) -> Act<'_> {
        Act::Expire
    }
}
