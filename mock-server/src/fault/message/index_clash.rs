//! The fault `index_clash`: a message has the index of the one before it.

use super::Said;
use crate::basis::rules;
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.index-clash", MockOnly("configured"), "a message has the index of the one before it, in the answer, in pushes and in history";
}

fault! {
    /// A message has the index of the one before it, in the answer, in pushes and in history alike.
    sender IndexClash {}
}

impl Said for IndexClash {
    fn prepare(&self, talk: &Talk<'_>, message: &mut Message) -> bool {
        let before = talk.last_index().filter(|_| talk.is_newest(message));
        message.index = before.unwrap_or(message.index);
        before.is_some()
    }
}
