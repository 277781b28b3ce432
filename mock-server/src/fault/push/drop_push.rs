//! The fault `drop_push`: an event is not pushed to a device. What is missed comes with its next reconnect.

use super::{Event, Push, Pushed};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.drop-push", MockOnly("configured"), "an event is not pushed to one of its receivers";
}

fault! {
    /// An event is not pushed to one of its receivers.
    receiver DropPush {
        /// Which events.
        #[serde(default)]
        pub event: Event,
    }
}

impl Push for DropPush {
    fn event(&self) -> Event {
        self.event
    }

    fn deliver(&self, _push: &Pushed<'_>, _draw: Draw) -> bool {
        true
    }
}
