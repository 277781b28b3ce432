//! The fault `delay`: an answer comes late. What was asked for is done at once; its events are not late.

use std::time::Duration;

use super::Http;
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;
use crate::fault::span::Time;

rules! {
    PLANTED = "fault.delay", MockOnly("configured"), "an answer goes out so long after the request came in";
}

fault! {
    /// An answer comes late.
    operation Delay {
        /// How late: a duration or a distribution.
        pub by: Time,
    }
}

impl Http for Delay {
    fn wait(&self, draw: Draw) -> Duration {
        self.by.draw(draw)
    }
}
