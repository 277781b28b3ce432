//! The fault `real_time`: a message sent after another was acknowledged has the lower index.

use super::{Said, Swap, hole};
use crate::basis::rules;
use crate::fault::select::fault;
use crate::fault::span::Span;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.real-time", MockOnly("configured"), "a message that was sent after another sender's was acknowledged has the lower index";
}

fault! {
    /// A message sent after another sender's was acknowledged has the lower index. Counted when the later comes.
    sender RealTime {
        /// How long after the first the second must come, so that nobody can have sent it before.
        #[serde(default = "apart")]
        pub apart: Span,
    }
}

const fn apart() -> Span {
    Span::millis(100)
}

impl Said for RealTime {
    fn prepare(&self, talk: &Talk<'_>, message: &mut Message) -> bool {
        hole::make_place(talk, message)
    }

    fn swap(&self) -> Option<Swap> {
        Some(Swap::Others(self.apart.duration()))
    }
}
