//! The fault `cross_talk`: a message of one channel is pushed to a receiver of another, as if it were said there.

use wire::sid::ChannelSid;

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    pub(super) PLANTED = "fault.cross-talk", MockOnly("configured"), "a message of another channel is pushed to one receiver of this one";
}

fault! {
    /// With a message, the latest message of another channel is pushed to one receiver, as if it were said here.
    channel CrossTalk {}
}

/// A message, and where it was said.
#[derive(Debug)]
pub(crate) struct Stray {
    pub(crate) channel: ChannelSid,
    pub(crate) message: Message,
}

impl Said for CrossTalk {
    fn post(&self, talk: &mut Talk<'_>, message: Message, strike: &Struck<'_>) -> Result<(), Refused> {
        talk.put(message);
        let stray = strike.faults.stray().take().filter(|stray| stray.channel != talk.channel.sid);
        if !stray.is_some_and(|stray| talk.tell_one(&stray)) {
            strike.strike.take_back();
        }
        Ok(())
    }
}
