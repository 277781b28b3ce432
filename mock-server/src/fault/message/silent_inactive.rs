//! The fault `silent_inactive`: a chat ends, and no event says so.

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.silent-inactive", MockOnly("configured"), "a channel's attributes say INACTIVE after a message, and no event tells it";
}

fault! {
    /// After a message the channel's attributes say `INACTIVE`, and no event tells it.
    sender SilentInactive {}
}

impl Said for SilentInactive {
    fn post(&self, talk: &mut Talk<'_>, message: Message, strike: &Struck<'_>) -> Result<(), Refused> {
        talk.put(message);
        if !talk.end_silently() {
            strike.strike.take_back();
        }
        Ok(())
    }
}
