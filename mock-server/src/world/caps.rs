//! How much the world may hold. Every map has a cap, so that no client can make the mock eat the machine.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::basis::{Refused, RuleId};

/// The most the world holds of each thing. What Twilio itself limits (members of a channel, channels of a user,
/// Flex Flows, lengths) is not here but beside the operation it limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caps {
    /// Chat services.
    pub services: usize,
    /// Channels of all services.
    pub channels: usize,
    /// Users of all services.
    pub users: usize,
    /// Session lists of all users: each device of an older generation has one.
    pub session_lists: usize,
    /// What session lists and the commands in them hold together, in bytes.
    pub session_bytes: usize,
    /// Messages of one channel.
    pub messages_per_channel: usize,
    /// Keep only the last so many messages of each channel, and forget older ones in place of refusing new ones.
    pub retained_messages: Option<NonZeroUsize>,
    /// All messages together, in bytes.
    pub message_bytes: usize,
    /// The attributes of all channels, members and users together, in bytes.
    pub attribute_bytes: usize,
    /// All media files together, in bytes.
    pub media_bytes: usize,
    /// Invites to one channel.
    pub invites_per_channel: usize,
    /// Roles of one service.
    pub roles_per_service: usize,
    /// Push credentials of the account.
    pub push_credentials: usize,
    /// Devices of one user that could be pushed to.
    pub bindings_per_user: usize,
    /// What is known of all such devices together, in bytes.
    pub binding_bytes: usize,
    /// Connections of one identity at a time.
    pub connections_per_user: usize,
    /// Sync objects one connection may be subscribed to.
    pub subscriptions_per_connection: usize,
    /// Connections that may be subscribed to one Sync object.
    pub subscribers_per_object: usize,
    /// Bytes that may wait to be written to one connection before it is closed with 1008.
    pub outbox_bytes: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            services: 1_000,
            channels: 500_000,
            users: 500_000,
            session_lists: 100_000,
            session_bytes: 256 << 20,
            messages_per_channel: 100_000,
            retained_messages: None,
            message_bytes: 1 << 30,
            attribute_bytes: 256 << 20,
            media_bytes: 256 << 20,
            invites_per_channel: 1_000,
            roles_per_service: 1_000,
            push_credentials: 1_000,
            bindings_per_user: 100,
            binding_bytes: 64 << 20,
            connections_per_user: 100,
            subscriptions_per_connection: 5_000,
            subscribers_per_object: 5_000,
            outbox_bytes: 4 << 20,
        }
    }
}

/// How much there is of something, against its cap.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    /// Takes `amount` more, or refuses under `rule` at the cap.
    pub(crate) fn take(&self, amount: usize, cap: usize, what: &str, rule: RuleId) -> Result<(), Refused> {
        let before = self.0.fetch_add(amount, Ordering::Relaxed);
        if before.saturating_add(amount) <= cap {
            return Ok(());
        }
        self.0.fetch_sub(amount, Ordering::Relaxed);
        Err(full(cap, what, rule))
    }

    pub(crate) fn give_back(&self, amount: usize) {
        self.0.fetch_sub(amount, Ordering::Relaxed);
    }

    /// Takes `amount` more whatever the cap: for what takes the place of something about as large.
    pub(crate) fn add(&self, amount: usize) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) fn full(cap: usize, what: &str, rule: RuleId) -> Refused {
    Refused::new(503, 20503, format!("The mock holds {cap} {what} and takes no more"), rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::{Basis, Rule};

    static FULL_RULE: Rule = Rule::new("test.full", Basis::MockOnly("test"), "full");
    static FULL: RuleId = RuleId::new(&FULL_RULE);

    #[test]
    fn at_the_cap_nothing_more_is_taken() {
        let count = Count::default();
        assert!(count.take(2, 2, "things", FULL).is_ok());
        let refused = count.take(1, 2, "things", FULL).unwrap_err();
        assert_eq!((refused.status, refused.code), (503, 20503));
        count.give_back(1);
        assert!(count.take(1, 2, "things", FULL).is_ok());
    }
}
