//! The fault `index_gap`: indexes are skipped. Twilio allows it: order is what is promised.

use std::num::NonZeroU32;

use super::Said;
use crate::basis::rules;
use crate::fault::select::{above_zero, each, fault};
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.index-gap", MockOnly("configured"), "a message skips indexes";
}

fault! {
    /// A message skips indexes, in the answer, in pushes and in history alike.
    sender IndexGap {
        /// How many.
        #[serde(default = "each", deserialize_with = "above_zero")]
        pub by: NonZeroU32,
    }
}

impl Said for IndexGap {
    fn prepare(&self, talk: &Talk<'_>, message: &mut Message) -> bool {
        let newest = talk.is_newest(message);
        if newest {
            message.index = message.index.saturating_add(self.by.get());
        }
        newest
    }
}
