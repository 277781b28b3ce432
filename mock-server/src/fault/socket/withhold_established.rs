//! The fault `withhold_established`: a subscription is accepted and made, but nobody says that it stands.

use crate::basis::rules;
use crate::fault::aim::Pattern;
use crate::fault::plan::Plan;
use crate::fault::select::{Occasion, fault, first};

rules! {
    PLANTED = "fault.withhold-established", MockOnly("configured"), "a subscription is made but subscription_established is not said";
}

fault! {
    /// A subscription is made, but `subscription_established` is never said; the SDK asks again after 10 seconds.
    receiver WithholdEstablished {}
}

impl Plan {
    /// Whether nobody is to say that a subscription stands.
    pub(crate) fn withholds_established(&self, identity: &str, channel: &dyn Fn(&Pattern) -> bool) -> bool {
        let Some(faults) = self.active().filter(|faults| !faults.withheld.is_empty()) else { return false };
        let occasion =
            Occasion { at: faults.age(), operation: None, via: None, channel, identity: Some(identity) };
        first(&faults.withheld, &occasion).is_some()
    }
}
