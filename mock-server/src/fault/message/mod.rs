//! Faults of messages: of storing them, of their indexes, of who hears of them.
//!
//! What a client is told in the answer, what is pushed and what history has are decided in one place, with the
//! channel locked: so each of these faults breaks one promise and keeps the others.

use wire::sid::ChannelSid;

use super::plan::Faults;
use super::select::{Kind, Occasion, Strike, first};
use crate::basis::Refused;
use crate::world::message::Message;
use crate::world::talk::Talk;

pub(crate) mod cross_talk;
pub(crate) mod forge_message;
pub(crate) mod forget_message;
pub(crate) mod former_member;
mod hole;
pub(crate) mod index_clash;
pub(crate) mod index_diverge;
pub(crate) mod index_gap;
pub(crate) mod real_time;
pub(crate) mod refuse_stored;
pub(crate) mod sender_order;
pub(crate) mod silent_inactive;
pub(crate) mod store_twice;

pub(crate) use cross_talk::Stray;
pub(crate) use hole::{Hole, Swap};

/// What a fault does to a message that is being posted.
pub(crate) trait Said: Kind {
    /// Changes what is about to be acknowledged and stored; `false` if the fault cannot strike here.
    fn prepare(&self, _talk: &Talk<'_>, _message: &mut Message) -> bool {
        true
    }

    /// Stores it and tells of it, each in its own way.
    ///
    /// # Errors
    /// The refusal that the sender gets all the same.
    fn post(&self, talk: &mut Talk<'_>, message: Message, strike: &Struck<'_>) -> Result<(), Refused> {
        let _ = strike;
        talk.put(message);
        Ok(())
    }

    /// For faults that swap two messages: which may be swapped.
    fn swap(&self) -> Option<Swap> {
        None
    }
}

/// A fault that strikes a message, and where it works.
pub(crate) struct Struck<'a> {
    pub(crate) faults: &'a Faults,
    pub(crate) strike: Strike<'a, dyn Said>,
}

impl Faults {
    /// Posts a message, and does wrong what is to be done wrong. `view` sees the message as it is acknowledged.
    pub(crate) fn post<T>(
        &self,
        mut talk: Talk<'_>,
        mut message: Message,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        if self.messages.is_empty() {
            let seen = view(&message);
            talk.put(message);
            return Ok(seen);
        }
        let channel = talk.channel.sid;
        self.fill(channel, &mut message);
        let struck = self.strikes(&talk, &message).filter(|struck| {
            let can = struck.strike.kind.prepare(&talk, &mut message);
            if !can {
                struck.strike.take_back();
            }
            can
        });
        let seen = view(&message);
        let heard = self.listens().then(|| message.clone());
        match struck {
            None => talk.put(message),
            Some(struck) => match struck.strike.kind.swap() {
                Some(swap) => self.swap(swap, &mut talk, message, &struck),
                None => struck.strike.kind.post(&mut talk, message, &struck)?,
            },
        }
        if let Some(message) = heard {
            *self.stray() = Some(Stray { channel, message });
        }
        Ok(seen)
    }

    fn strikes(&self, talk: &Talk<'_>, message: &Message) -> Option<Struck<'_>> {
        let occasion = Occasion {
            at: self.age(),
            operation: None,
            via: None,
            channel: &|pattern| talk.is_meant(pattern),
            identity: Some(&message.author),
        };
        first(&self.messages, &occasion).map(|strike| Struck { faults: self, strike })
    }

    /// Whether some fault wants to know of the messages of other channels.
    fn listens(&self) -> bool {
        self.messages.iter().any(|planting| planting.kind.rule() == cross_talk::PLANTED)
    }
}

/// Channels in which a place is kept free; beyond, nothing is swapped.
const HOLES: usize = 4_096;

/// Keeps what a swap needs to know of a channel, if there is room.
fn remember(faults: &Faults, channel: ChannelSid, hole: Hole) {
    let mut holes = faults.holes();
    if holes.len() < HOLES {
        holes.entry(channel).or_insert(hole);
    }
}
