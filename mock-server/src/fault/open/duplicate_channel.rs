//! The fault `duplicate_channel`: two creates at once for one customer make two channels.

use std::time::Duration;

use crate::basis::rules;
use crate::fault::aim::Pattern;
use crate::fault::plan::Plan;
use crate::fault::select::{Occasion, fault};
use crate::fault::span::Span;

rules! {
    PLANTED = "fault.duplicate-channel", MockOnly("configured"), "a create right after another for the same flow and target makes a second channel";
}

fault! {
    /// A create that comes right after another for the same flow and target makes a second channel.
    channel DuplicateChannel {
        /// How soon after the first channel was made.
        #[serde(default = "a_second")]
        pub within: Span,
    }
}

const fn a_second() -> Span {
    Span::millis(1_000)
}

impl Plan {
    /// Whether a create makes another channel though there is one of this age.
    pub(crate) fn doubles_channel(&self, age: Duration, channel: &dyn Fn(&Pattern) -> bool) -> bool {
        let Some(faults) = self.active().filter(|faults| !faults.doubles.is_empty()) else { return false };
        let occasion = Occasion { at: faults.age(), operation: None, via: None, channel, identity: None };
        let mut struck = false;
        for planting in faults.doubles.iter().filter(|planting| age <= planting.kind.within.duration()) {
            struck |= planting.strike(&occasion, !struck).is_some();
        }
        struck
    }
}
