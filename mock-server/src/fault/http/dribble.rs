//! The fault `dribble`: a body comes a few bytes at a time. A frame of the socket is whole or not there: REST only.

use std::num::NonZeroU32;

use super::{Http, Manner};
use crate::basis::rules;
use crate::fault::select::{above_zero, each, fault};
use crate::fault::span::Span;

rules! {
    PLANTED = "fault.dribble", MockOnly("configured"), "an answer's body comes a few bytes at a time";
}

fault! {
    /// The body comes a few bytes at a time; over HTTP only.
    operation Dribble {
        /// How many bytes at a time.
        #[serde(default = "each", deserialize_with = "above_zero")]
        pub bytes: NonZeroU32,
        /// How often.
        pub each: Span,
    }
}

impl Http for Dribble {
    fn manner(&self) -> Option<Manner> {
        let piece = usize::try_from(self.bytes.get()).unwrap_or(usize::MAX);
        Some(Manner::Slow { piece, every: self.each.duration() })
    }
}
