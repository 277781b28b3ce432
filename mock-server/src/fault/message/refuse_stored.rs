//! The fault `refuse_stored`: a message is refused, and stored and pushed all the same.

use super::{Said, Struck};
use crate::basis::{Refused, rules};
use crate::fault::aim::RefusingStatus;
use crate::fault::select::fault;
use crate::world::message::Message;
use crate::world::talk::Talk;

rules! {
    PLANTED = "fault.refuse-stored", MockOnly("configured"), "a message is refused, yet stored and pushed";
}

fault! {
    /// A message is refused, yet stored and pushed.
    sender RefuseStored {
        /// The HTTP status of the refusal.
        #[serde(default = "too_many")]
        pub status: RefusingStatus,
        /// Twilio's code; the general one of the status if it is not said.
        #[serde(default)]
        pub code: Option<u32>,
    }
}

/// Documented as never processed.
const fn too_many() -> RefusingStatus {
    RefusingStatus(429)
}

impl Said for RefuseStored {
    fn post(&self, talk: &mut Talk<'_>, message: Message, _strike: &Struck<'_>) -> Result<(), Refused> {
        talk.put(message);
        Err(self.status.refuse(self.code, PLANTED))
    }
}
