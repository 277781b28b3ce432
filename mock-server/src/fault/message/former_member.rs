//! The fault `former_member`: a message is pushed to somebody who has left the channel, too.

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.former-member", MockOnly("configured"), "a message is pushed to a device of somebody who has left the channel";
}

fault! {
    /// A message is pushed to the devices of whoever left the channel last, too. Each push is counted.
    sender FormerMember {}
}

impl Said for FormerMember {
    fn post(&self, talk: &mut Talk<'_>, message: Message, strike: &Struck<'_>) -> Result<(), Refused> {
        let told = talk.tell_former(&message);
        talk.put(message);
        if told == 0 {
            strike.strike.take_back();
        }
        for _ in 1..told {
            strike.strike.planting().count();
        }
        Ok(())
    }
}
