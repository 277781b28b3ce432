//! The fault `sender_order`: of two messages of one sender, the later has the lower index.

use super::{Said, Swap, hole};
use crate::basis::rules;
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.sender-order", MockOnly("configured"), "of two messages of one sender, the later has the lower index";
}

fault! {
    /// Of two messages of one sender, the later has the lower index. Counted when the later comes.
    sender SenderOrder {}
}

impl Said for SenderOrder {
    fn prepare(&self, talk: &Talk<'_>, message: &mut Message) -> bool {
        hole::make_place(talk, message)
    }

    fn swap(&self) -> Option<Swap> {
        Some(Swap::Own)
    }
}
