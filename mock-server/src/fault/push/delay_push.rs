//! The fault `delay_push`: an event is pushed to a device late. Those after it wait behind it, as on a slow line.

use tokio::time::Instant;

use super::{Event, Push, Pushed};
use crate::basis::rules;
use crate::fault::draw::Draw;
use crate::fault::select::fault;
use crate::fault::span::Time;

rules! {
    PLANTED = "fault.delay-push", MockOnly("configured"), "an event is pushed to one of its receivers late";
}

fault! {
    /// An event is pushed to one of its receivers late, and those after it of the same kind wait behind it.
    receiver DelayPush {
        /// How late: a duration or a distribution.
        pub by: Time,
        /// Which events.
        #[serde(default)]
        pub event: Event,
    }
}

impl Push for DelayPush {
    fn event(&self) -> Event {
        self.event
    }

    fn deliver(&self, push: &Pushed<'_>, draw: Draw) -> bool {
        push.to.push_behind(push.object, push.frame.clone(), Instant::now() + self.by.draw(draw));
        true
    }
}
