//! The fault `truncate`: half of the body comes, then the line breaks.

use super::{Http, Manner};
use crate::basis::rules;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.truncate", MockOnly("configured"), "half of the announced body comes, then the line breaks";
}

fault! {
    /// Half of the announced body comes, then the line breaks; in the tunnel, half of the announced payload.
    operation Truncate {}
}

impl Http for Truncate {
    fn manner(&self) -> Option<Manner> {
        Some(Manner::Broken)
    }
}
