//! All session lists of a world: how much they take, and which of them may go.
//!
//! A list outlives the line of its device, which may come again and ask what became of its commands. So lists of
//! devices that never come again stay, until there is no room for more: then the one goes that nobody has heard of
//! for longest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use wire::sid::ListSid;

use super::World;
use super::caps::Count;
use super::lock;
use super::session_list::{ListState, SessionList};
use super::shard::Sharded;
use crate::basis::{Refused, rules};

rules! {
    FULL = "sync.session.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many session lists or bytes of them as it may, and devices listen to all, one more is 503, 20503";
    EVICTED = "sync.session.evicted", MockOnly("a mock must not grow without bound"),
        "when there is no room for a session list or a command, the list goes to which nobody has listened for longest: 404, 54150";
}

/// All session lists of a world.
#[derive(Default)]
pub(super) struct SessionShelf {
    lists: Sharded<ListSid, Arc<SessionList>>,
    count: Count,
    bytes: Count,
    /// Those to which nobody listens, the longest first.
    idle: Mutex<BTreeMap<u64, ListSid>>,
}

impl SessionShelf {
    pub(super) fn get(&self, sid: ListSid) -> Option<Arc<SessionList>> {
        self.lists.get(&sid)
    }

    /// Has a list be found whose room was taken.
    pub(super) fn put(&self, list: &Arc<SessionList>) {
        self.lists.insert(list.sid, list.clone());
    }

    /// Has a list be found no more.
    pub(super) fn remove(&self, sid: ListSid) -> Option<Arc<SessionList>> {
        self.lists.remove(&sid)
    }

    /// Gives back the room of so many lists and bytes.
    pub(super) fn give_back(&self, lists: usize, bytes: usize) {
        self.count.give_back(lists);
        self.bytes.give_back(bytes);
    }

    /// A response takes the place of what its device called so: not refused, as it is short.
    pub(super) fn resize(&self, before: usize, after: usize) {
        self.bytes.add(after);
        self.bytes.give_back(before);
    }

    /// Notes whether anybody listens to a list. Called with the list locked, whenever that may have changed.
    pub(super) fn note(&self, list: &SessionList, state: &mut ListState, now: u64) {
        let idle = state.subscribers.is_empty() && !state.closed;
        match state.idle_since {
            None if idle => {
                state.idle_since = Some(now);
                lock(&self.idle).insert(now, list.sid);
            }
            Some(since) if !idle => {
                state.idle_since = None;
                lock(&self.idle).remove(&since);
            }
            None | Some(_) => {}
        }
    }

    /// The list to which nobody has listened for longest.
    fn oldest_idle(&self) -> Option<ListSid> {
        lock(&self.idle).pop_first().map(|(_, sid)| sid)
    }
}

impl World {
    /// Takes room for so many session lists and bytes of them. No list may be locked.
    pub(super) fn hold_sessions(&self, lists: usize, bytes: usize) -> Result<(), Refused> {
        let (caps, shelf) = (self.caps(), &self.session_lists);
        loop {
            let taken = shelf.count.take(lists, caps.session_lists, "session lists", FULL).and_then(|()| {
                let room = shelf.bytes.take(bytes, caps.session_bytes, "bytes of session lists", FULL);
                room.inspect_err(|_| shelf.count.give_back(lists))
            });
            let Err(refused) = taken else { return Ok(()) };
            let Some(oldest) = shelf.oldest_idle().filter(|_| EVICTED.follow()) else { return Err(refused) };
            self.close_session_list(oldest);
        }
    }
}
