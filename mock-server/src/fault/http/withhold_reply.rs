//! The fault `withhold_reply`: a frame of a client is never answered. What it asked for is done.

use super::{Http, Line};
use crate::basis::rules;
use crate::fault::select::fault;

rules! {
    PLANTED = "fault.withhold-reply", MockOnly("configured"), "a request in the socket's tunnel is done but never answered";
}

fault! {
    /// A request through the socket is done but never answered.
    tunnel WithholdReply {}
}

impl Http for WithholdReply {
    fn line(&self) -> Option<Line> {
        Some(Line::Frozen)
    }
}
