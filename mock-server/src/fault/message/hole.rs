//! Two messages in the wrong order: the first leaves a place free before itself, the second takes it.
//!
//! So both have an index of their own, history is sorted by index, and only the order of sending is not kept. The
//! fault is counted when the second takes the place: until then nothing is wrong.

use std::time::Duration;

use tokio::time::Instant;
use wire::identity::Identity;
use wire::sid::ChannelSid;

use super::{Struck, remember};
use crate::fault::plan::Faults;
use crate::world::message::Message;
use crate::world::talk::Talk;

/// Which message may be put before which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swap {
    /// The same sender's next one.
    Own,
    /// Another sender's, this long after at least.
    Others(Duration),
}

/// A place kept free for a later message.
#[derive(Debug)]
pub(crate) struct Hole {
    nth: u32,
    index: u32,
    /// Who spoke behind it.
    author: Identity,
    at: Instant,
    swap: Swap,
    /// Which fault keeps it.
    fault: usize,
}

impl Hole {
    fn suits(&self, message: &Message) -> bool {
        let own = message.author == self.author;
        match self.swap {
            Swap::Own => own,
            Swap::Others(apart) => !own && self.at.elapsed() >= apart,
        }
    }
}

impl Faults {
    /// Puts a message into the place that is kept for it, if one is.
    pub(super) fn fill(&self, channel: ChannelSid, message: &mut Message) {
        let mut holes = self.holes();
        let suits = holes.get(&channel).is_some_and(|hole| hole.suits(message));
        let Some(hole) = suits.then(|| holes.remove(&channel)).flatten() else { return };
        if self.messages[hole.fault].happens() {
            (message.nth, message.index) = (hole.nth, hole.index);
        }
    }

    /// Posts a message one place further than its own, and keeps that free.
    pub(super) fn swap(&self, swap: Swap, talk: &mut Talk<'_>, message: Message, struck: &Struck<'_>) {
        // Counted when somebody takes the place.
        struck.strike.take_back();
        let fault =
            self.messages.iter().position(|planting| std::ptr::eq(planting, struck.strike.planting()));
        let hole = Hole {
            // The message was moved behind its own place by the fault's `prepare`.
            nth: message.nth.saturating_sub(1),
            index: message.index.saturating_sub(1),
            author: message.author.clone(),
            at: Instant::now(),
            swap,
            fault: fault.unwrap_or_default(),
        };
        // Where one is kept already, or too many are, this one stays a gap.
        remember(self, talk.channel.sid, hole);
        talk.put(message);
    }
}

/// Moves a message one place further, unless it fills a place itself.
pub(super) fn make_place(talk: &Talk<'_>, message: &mut Message) -> bool {
    let newest = talk.is_newest(message);
    if newest {
        message.nth = message.nth.saturating_add(1);
        message.index = message.index.saturating_add(1);
    }
    newest
}
