//! The fault `index_diverge`: a message is pushed with another index than it is acknowledged and stored with.

use std::num::NonZeroU32;

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::{above_zero, each, fault};
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.index-diverge", MockOnly("configured"), "a message is pushed with another index than history has";
}

fault! {
    /// A message is pushed with another index than it is acknowledged and stored with.
    sender IndexDiverge {
        /// By how much the pushed index is too high. Nobody else gets those in between.
        #[serde(default = "each", deserialize_with = "above_zero")]
        pub by: NonZeroU32,
    }
}

impl Said for IndexDiverge {
    fn prepare(&self, talk: &Talk<'_>, message: &mut Message) -> bool {
        talk.is_newest(message)
    }

    fn post(&self, talk: &mut Talk<'_>, message: Message, _strike: &Struck<'_>) -> Result<(), Refused> {
        let index = message.index.saturating_add(self.by.get());
        talk.tell(&Message { index, ..message.clone() });
        talk.store(message);
        talk.skip_to(index);
        talk.changed();
        Ok(())
    }
}
