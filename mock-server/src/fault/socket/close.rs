//! The fault `close`: the service says `close` and hangs up: 308 to connect again, 410 as if the token had ended.

use std::time::Duration;

use super::{Act, Backoff, Socket};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;
use crate::fault::span::Time;

rules! {
    PLANTED = "fault.close", MockOnly("configured"), "a client is sent away with a close frame of any code";
}

fault! {
    /// The service says `close` to a client and hangs up.
    device Close {
        /// 308: connect again, elsewhere. 410: the token has ended. 401, 406, 417 and others as the SDK takes them.
        pub code: u16,
        /// For how long the client is asked to stay away; in the payload of a 308.
        #[serde(default)]
        pub backoff: Option<Backoff>,
        /// How long after the login, or after the fault was planted.
        #[serde(default)]
        pub at: Time,
    }
}

impl Close {
    /// The code in a word.
    pub(crate) const fn word(&self) -> &'static str {
        match self.code {
            308 => "OFFLOAD",
            401 => "UNAUTHORIZED",
            406 => "NOT_ACCEPTABLE",
            410 => "GONE",
            417 => "EXPECTATION_FAILED",
            _ => "CLOSED",
        }
    }
}

impl Socket for Close {
    fn after(&self, draw: Draw) -> Duration {
        self.at.draw(draw)
    }

    fn act(&self) -> Act<'_> {
        Act::Close(self)
    }
}
