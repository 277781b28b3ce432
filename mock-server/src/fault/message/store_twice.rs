//! The fault `store_twice`: a message that was sent once is stored and pushed at two indexes.

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.store-twice", MockOnly("configured"), "a message sent once is stored and pushed twice, with a SID and an index each";
}

fault! {
    /// A message that was sent once is stored and pushed twice, with a SID and an index each.
    sender StoreTwice {}
}

impl Said for StoreTwice {
    fn post(&self, talk: &mut Talk<'_>, message: Message, strike: &Struck<'_>) -> Result<(), Refused> {
        let copy = message.clone();
        talk.put(message);
        match talk.renew(copy) {
            Some(copy) => talk.put(copy),
            None => strike.strike.take_back(),
        }
        Ok(())
    }
}
