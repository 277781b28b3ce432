//! The fault `forget_message`: a message is acknowledged, but neither stored nor pushed.

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.forget-message", MockOnly("configured"), "a message is acknowledged with an index, but neither stored nor pushed";
}

fault! {
    /// A message is acknowledged, but neither stored nor pushed.
    sender ForgetMessage {}
}

impl Said for ForgetMessage {
    fn post(&self, talk: &mut Talk<'_>, message: Message, _strike: &Struck<'_>) -> Result<(), Refused> {
        talk.forget(&message);
        Ok(())
    }
}
