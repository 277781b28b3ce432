//! What a user's devices asked for lately, so that the same request sent twice is done once.
//!
//! The SDK names each change by an ID of its own (`X-Twilio-Mutation-Id`). Where an answer was lost with a line, it
//! may send the request again on the next one: hence kept with the user, not with the connection.

use std::collections::VecDeque;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use wire::sid::{ChannelSid, MemberSid, MessageSid};

/// How many are remembered: a device has few requests under way.
const REMEMBERED: usize = 16;

/// What a change made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Made {
    Channel(ChannelSid),
    Member(ChannelSid, MemberSid),
    Message(ChannelSid, MessageSid),
}

/// The latest changes of a user, oldest first, by a hash of their IDs.
#[derive(Default)]
pub(crate) struct Mutations(VecDeque<(u128, Made)>);

impl Mutations {
    /// What the change with this ID made, if it was made already.
    pub(crate) fn find(&self, id: &str) -> Option<Made> {
        let id = hash(id);
        self.0.iter().find(|(known, _)| *known == id).map(|(_, made)| *made)
    }

    pub(crate) fn remember(&mut self, id: &str, made: Made) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((hash(id), made));
    }
}

/// Wide enough that two IDs never share one.
fn hash(id: &str) -> u128 {
    let half = |nth: u8| u128::from(BuildHasherDefault::<DefaultHasher>::default().hash_one((nth, id)));
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_remembered_and_no_more() {
        let mut mutations = Mutations::default();
        let made = |n| Made::Channel(ChannelSid::mock(1, n));
        for n in 0..20 {
            mutations.remember(&n.to_string(), made(n));
        }
        assert_eq!(mutations.find("19"), Some(made(19)));
        assert_eq!(mutations.find("3"), None);
        assert_eq!(mutations.0.len(), REMEMBERED);
    }
}
