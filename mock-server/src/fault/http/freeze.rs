//! The fault `freeze`: no answer ever comes, until the client or the mock ends.

use super::{Http, Line, When};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.freeze", MockOnly("configured"), "a request is never answered";
}

fault! {
    /// No answer ever comes.
    operation Freeze {
        /// Before the operation is done, or after.
        #[serde(default)]
        pub when: When,
    }
}

impl Http for Freeze {
    fn instead(&self) -> Option<Refused> {
        (self.when == When::Before).then(|| Refused::new(503, 20503, "Frozen", PLANTED))
    }

    fn line(&self) -> Option<Line> {
        Some(Line::Frozen)
    }
}
