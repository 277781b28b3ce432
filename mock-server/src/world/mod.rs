//! All the mock knows: flows, channels, members, messages, users, and who is listening.
//!
//! REST and the socket act on one [`World`] through the same methods, and each change pushes its Sync events
//! itself, so neither can forget to.
//!
//! # Locks
//!
//! Every channel and every user has a lock of its own; there is none that all messages share. No lock is held
//! across an `.await`: nothing here is async. Where several are taken, this is the order:
//!
//! 0. the changes of a user that have an ID (only while such a change is made)
//! 1. the shard of the register of Flex channels that holds the key (only when opening or deleting one)
//! 2. the unique names of a service, or the shard of its identities
//! 3. a channel
//! 4. a user
//! 5. leaves, held for a few instructions: other registers, lists, a service's settings, an outbox
//!
//! Never two channels, never two users. What an event tells is written while its channel or user is locked, so
//! events of one object are queued in the order of their numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use wire::frame::{Id, IdText};
use wire::sid::{AccountSid, ChannelSid, ChatServiceSid, RequestSid, UserSid};
use wire::time::Timestamp;
use wire::token::Verifier;

use crate::basis::RuleId;
use crate::clock::Clock;
use crate::credentials::{Credentials, FIRST_FREE_SID};
use crate::fault::{Fault, Plan, Planted};

mod attributes;
pub(crate) mod binding;
pub(crate) mod caps;
pub(crate) mod channel;
pub(crate) mod check;
mod configuration;
pub(crate) mod connection;
mod credential;
pub(crate) mod data;
pub(crate) mod event;
pub(crate) mod flex_channel;
pub(crate) mod flow;
mod history;
pub(crate) mod invite;
pub(crate) mod items;
mod late;
mod log;
pub(crate) mod media;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod mutation;
pub(crate) mod object;
mod page;
mod read;
pub(crate) mod role;
pub(crate) mod service;
pub(crate) mod session_list;
mod session_shelf;
pub(crate) mod settings;
mod shard;
pub mod state;
mod subscribers;
pub(crate) mod subscription;
pub(crate) mod sync;
pub(crate) mod talk;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod typing;
pub(crate) mod user;
pub(crate) mod user_channel;
mod web_channel;
pub(crate) mod webhook;

pub use caps::Caps;
pub use flex_channel::Opened;
pub use page::{BadCursor, Cursor, Page, PageRequest};

use caps::Count;
use channel::Channel;
use configuration::Configuration;
use connection::Order;
use credential::PushCredentials;
use flex_channel::Key;
use flow::Flows;
use media::Shelf;
use page::Ordered;
use service::Service;
use session_shelf::SessionShelf;
use shard::Sharded;
use user::User;

/// The state of one mock.
pub struct World {
    account: AccountSid,
    seed: u64,
    boot: u64,
    /// Where links in REST answers point.
    base: String,
    clock: Clock,
    caps: Caps,
    verifier: Verifier,
    counter: AtomicU64,
    configuration: Configuration,
    credentials: PushCredentials,
    flows: RwLock<Flows>,
    services: Sharded<ChatServiceSid, Arc<Service>>,
    service_order: Ordered<Service>,
    service_count: Count,
    channels: Sharded<ChannelSid, Arc<Channel>>,
    channel_count: Count,
    flex_keys: Sharded<Key, ChannelSid>,
    flex_order: Ordered<Channel>,
    web_order: Ordered<Channel>,
    users: Sharded<UserSid, Arc<User>>,
    user_count: Count,
    session_lists: SessionShelf,
    binding_bytes: Count,
    message_bytes: Count,
    attribute_bytes: Count,
    faults: Arc<Plan>,
    closed: AtomicBool,
    shelf: Shelf,
}

impl World {
    /// A world with what every mock has from its start: a Chat service and a flow of each type.
    ///
    /// `base` is the mock's own URL, which links in answers begin with.
    #[must_use]
    pub fn new(credentials: &Credentials, seed: u64, base: String, clock: Clock, caps: Caps) -> Self {
        let configuration = Configuration::new(credentials, seed, &base, clock.now());
        let faults = Arc::new(Plan::new(seed, clock.clone()));
        let world = Self {
            account: credentials.account_sid,
            seed,
            boot: boot(),
            base,
            clock,
            caps,
            verifier: Verifier::new(
                credentials.account_sid,
                credentials.api_key_sid,
                &credentials.api_key_secret,
            ),
            counter: AtomicU64::new(FIRST_FREE_SID),
            configuration,
            credentials: PushCredentials::default(),
            flows: RwLock::default(),
            services: Sharded::default(),
            service_order: Ordered::default(),
            service_count: Count::default(),
            channels: Sharded::default(),
            channel_count: Count::default(),
            flex_keys: Sharded::default(),
            flex_order: Ordered::default(),
            web_order: Ordered::default(),
            users: Sharded::default(),
            user_count: Count::default(),
            session_lists: SessionShelf::default(),
            binding_bytes: Count::default(),
            message_bytes: Count::default(),
            attribute_bytes: Count::default(),
            faults,
            closed: AtomicBool::new(false),
            shelf: Shelf::default(),
        };
        world.furnish(credentials);
        world
    }

    /// What goes wrong on purpose.
    pub(crate) const fn faults(&self) -> &Arc<Plan> {
        &self.faults
    }

    /// Puts these faults in the place of those there were; they count anew. Returns what those have done.
    pub fn plant(&self, faults: &[Fault]) -> Vec<Planted> {
        let planted = self.faults.replace(faults);
        self.order(Order::LookAtFaults);
        planted
    }

    pub(crate) const fn account(&self) -> AccountSid {
        self.account
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// A number that no other run of a mock has: what clients stored under another must not be found again.
    pub(crate) const fn boot(&self) -> u64 {
        self.boot
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) const fn caps(&self) -> &Caps {
        &self.caps
    }

    /// Judges access tokens.
    pub(crate) const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How far the account's clock is ahead of real time.
    pub(crate) fn ahead(&self) -> std::time::Duration {
        self.clock.ahead()
    }

    /// Tells the task of every connection something.
    pub(crate) fn order(&self, order: Order) {
        self.users.each(|user| {
            for connection in &user.lock().connections {
                connection.order(order);
            }
        });
    }

    /// Ends the world: another takes its place. Who is connected is sent away, and who logs in meanwhile, too.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.order(Order::ComeAgain);
    }

    /// Whether another world took its place. To be asked by who has just logged in.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// The next number: SIDs are made of it, and lists are in its order.
    pub(crate) fn next(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// How much there is, for people who watch the mock.
    #[must_use]
    pub fn population(&self) -> Population {
        Population {
            channels: self.channel_count.now(),
            users: self.user_count.now(),
            message_bytes: self.message_bytes.now(),
            media_bytes: self.shelf.bytes(),
        }
    }
}

/// How much a world holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Population {
    /// Chat channels.
    pub channels: usize,
    /// Chat users.
    pub users: usize,
    /// Text of all messages, in bytes.
    pub message_bytes: usize,
    /// All media files, in bytes.
    pub media_bytes: usize,
}

/// Locks, also after a panic elsewhere: a test that failed must not hide behind a poisoned lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new frame ID: `TM` and 32 hex digits.
pub(crate) fn frame_id() -> IdText {
    static FRAMES: AtomicU64 = AtomicU64::new(0);
    let nth = FRAMES.fetch_add(1, Ordering::Relaxed);
    // A SID's digits look random and never repeat, which is all that is wanted of an ID.
    Id::random(RequestSid::mock(0, nth).bytes()).plain()
}

/// Something no other run has.
fn boot() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

/// The rules of the world.
pub(crate) fn rules() -> Vec<RuleId> {
    [
        attributes::RULES,
        binding::RULES,
        channel::RULES,
        check::RULES,
        configuration::RULES,
        connection::RULES,
        credential::RULES,
        flex_channel::RULES,
        flow::RULES,
        invite::RULES,
        media::RULES,
        member::RULES,
        message::RULES,
        role::RULES,
        service::RULES,
        session_list::RULES,
        session_shelf::RULES,
        settings::RULES,
        subscription::RULES,
        read::RULES,
        typing::RULES,
        user::RULES,
        user_channel::RULES,
        web_channel::RULES,
        webhook::RULES,
    ]
    .concat()
}
