//! The fault `half_json`: a body that is whole as HTTP goes, and half as JSON goes.

use super::{Http, Manner};
use crate::basis::rules;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.half-json", MockOnly("configured"), "an answer's body is the first half of its JSON";
}

fault! {
    /// The body is the first half of its JSON, as if that were all.
    operation HalfJson {}
}

impl Http for HalfJson {
    fn manner(&self) -> Option<Manner> {
        Some(Manner::Half)
    }
}
