//! The fault `duplicate_push`: an event is pushed to a device twice.

use super::{Event, Push, Pushed};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.duplicate-push", MockOnly("configured"), "an event is pushed to one of its receivers twice";
}

fault! {
    /// An event is pushed to one of its receivers twice.
    receiver DuplicatePush {
        /// Which events.
        #[serde(default)]
        pub event: Event,
    }
}

impl Push for DuplicatePush {
    fn event(&self) -> Event {
        self.event
    }

    fn deliver(&self, push: &Pushed<'_>, _draw: Draw) -> bool {
        for _ in 0..2 {
            push.to.push_in_order(push.object, push.frame.clone());
        }
        true
    }
}
