//! The fault `reset`: the connection is reset in place of an answer.
//!
//! After the operation was done, that is the only way to make a send nobody can tell the outcome of.

use super::{Http, Line, When};
use crate::basis::{Refused, rules};
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.reset", MockOnly("configured"), "a connection is reset in place of an answer";
}

fault! {
    /// The connection is reset in place of an answer.
    operation Reset {
        /// Before the operation is done, or after.
        #[serde(default)]
        pub when: When,
    }
}

impl Http for Reset {
    fn instead(&self) -> Option<Refused> {
        (self.when == When::Before).then(|| Refused::new(503, 20503, "Reset", PLANTED))
    }

    fn line(&self) -> Option<Line> {
        Some(Line::Reset)
    }
}
