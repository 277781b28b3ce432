//! The fault `reorder_push`: an event reaches a device after the one that follows it.
//!
//! It waits for its successor, but not for ever: where none comes in time it goes out in its turn, and nothing was
//! planted.

use tokio::time::Instant;

use super::{Event, Push, Pushed};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;
use crate::fault::span::Span;

rules! {
    PLANTED = "fault.reorder-push", MockOnly("configured"), "an event is pushed to one of its receivers after its successor";
}

fault! {
    /// An event is pushed to one of its receivers after its successor.
    receiver ReorderPush {
        /// How long it waits for one; counted only if it comes.
        #[serde(default = "two_seconds")]
        pub within: Span,
        /// Which events.
        #[serde(default)]
        pub event: Event,
    }
}

const fn two_seconds() -> Span {
    Span::millis(2_000)
}

impl Push for ReorderPush {
    fn event(&self) -> Event {
        self.event
    }

    fn waits(&self) -> bool {
        true
    }

    fn deliver(&self, push: &Pushed<'_>, _draw: Draw) -> bool {
        push.to.hold(push.object, push.frame.clone(), Instant::now() + self.within.duration())
    }
}
