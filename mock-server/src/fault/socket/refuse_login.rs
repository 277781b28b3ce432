//! The fault `refuse_login`: `init` is refused: 401 and 403 for good, 429 and 5xx for a while.

use super::Backoff;
use crate::basis::{Refused, rules};
use crate::fault::aim::RefusingStatus;
use crate::fault::plan::Plan;
use crate::fault::select::{Occasion, fault, first};

rules! {
    PLANTED = "fault.refuse-login", MockOnly("configured"), "a login is refused, with a backoff policy if one is configured";
}

fault! {
    /// A login is refused though nothing is wrong with it.
    device RefuseLogin {
        /// Twilsock's status: 401 and 403 the SDK takes for final, others it tries again after.
        pub status: RefusingStatus,
        /// Twilio's code; 20104 for 401, 51007 for 403, 51202 for 429 if it is not said.
        #[serde(default)]
        pub code: Option<u32>,
        /// For how long the client is asked to stay away, as `backoff_policy` in the payload.
        #[serde(default)]
        pub backoff: Option<Backoff>,
    }
}

impl RefuseLogin {
    fn refusal(&self) -> Refused {
        let own = match self.status.0 {
            401 => Some(20_104),
            403 => Some(51_007),
            429 => Some(51_202),
            _ => None,
        };
        self.status.refuse(self.code.or(own), PLANTED)
    }
}

impl Plan {
    /// How a login is refused, if it is, and with which payload.
    pub(crate) fn refuses_login(&self, identity: &str) -> Option<(Refused, Vec<u8>)> {
        let faults = self.active().filter(|faults| !faults.refusals.is_empty())?;
        let occasion = Occasion {
            at: faults.age(),
            operation: None,
            via: None,
            channel: &|_| false,
            identity: Some(identity),
        };
        let fault = first(&faults.refusals, &occasion)?.kind;
        Some((fault.refusal(), fault.backoff.map(Backoff::payload).unwrap_or_default()))
    }
}
