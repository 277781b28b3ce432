//! The history of Sync objects without keeping it.
//!
//! A Sync object numbers its events 0, 1, 2 …; a client that was away asks for all after the last it saw. Keeping
//! every event would grow with every message, so each item remembers only the numbers of its first and its last
//! event, and what was removed is remembered for a while. That is enough to tell the client what it missed: an
//! item made and changed meanwhile is replayed as one addition and one change, both with the data of today.

use std::collections::VecDeque;

use wire::time::Timestamp;

/// How many removals an object remembers. A client away for more of them keeps the older items until it starts
/// anew; the real service's limit is not known.
const REMEMBERED: usize = 32;

/// The event counter of one Sync object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Log {
    events: u32,
    updated: Timestamp,
}

impl Log {
    pub(crate) const fn new(at: Timestamp) -> Self {
        Self { events: 0, updated: at }
    }

    /// Counts one more event and returns its number.
    pub(crate) fn advance(&mut self, at: Timestamp) -> u32 {
        let id = self.events;
        self.events = id.saturating_add(1);
        self.updated = at;
        id
    }

    /// The number of the last event; -1 before the first.
    pub(crate) const fn last(&self) -> i64 {
        self.events as i64 - 1
    }

    /// The revision, which counts as the events do.
    pub(crate) const fn revision(&self) -> u32 {
        self.events
    }

    pub(crate) const fn updated(&self) -> Timestamp {
        self.updated
    }
}

/// What one item remembers of its history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) revision: u32,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Marks {
    /// An item that is new with this event.
    pub(crate) const fn new(event: u32, at: Timestamp) -> Self {
        Self { first: event, last: event, revision: 0, created: at, updated: at }
    }

    /// The item was changed by this event.
    pub(crate) fn change(&mut self, event: u32, at: Timestamp) {
        self.last = event;
        self.revision = self.revision.saturating_add(1);
        self.updated = at;
    }
}

/// Items that were removed, newest last.
#[derive(Debug)]
pub(crate) struct Removed<T>(VecDeque<(u32, T)>);

impl<T> Default for Removed<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Removed<T> {
    /// Remembers one more, and returns the one that is forgotten for it.
    pub(crate) fn remember(&mut self, event: u32, item: T) -> Option<T> {
        let forgotten = if self.0.len() == REMEMBERED { self.0.pop_front() } else { None };
        self.0.push_back((event, item));
        forgotten.map(|(_, item)| item)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.0.iter().map(|(event, item)| (*event, item))
    }
}

/// One event to replay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Replay<T> {
    Added(u32, T),
    Updated(u32, T),
    Removed(u32, T),
}

impl<T> Replay<T> {
    pub(crate) const fn event(&self) -> u32 {
        match self {
            Self::Added(event, _) | Self::Updated(event, _) | Self::Removed(event, _) => *event,
        }
    }
}

/// What happened after event `seen`, in order: from the items there are and those that were removed.
pub(crate) fn missed<'a, T: 'a>(
    seen: i64,
    items: impl IntoIterator<Item = (Marks, &'a T)>,
    removed: impl IntoIterator<Item = (u32, Marks, &'a T)>,
) -> Vec<Replay<&'a T>> {
    let after = |event: u32| i64::from(event) > seen;
    let mut events = Vec::new();
    for (marks, item) in items {
        if after(marks.first) {
            events.push(Replay::Added(marks.first, item));
        }
        if after(marks.last) && marks.last != marks.first {
            events.push(Replay::Updated(marks.last, item));
        }
    }
    for (event, marks, item) in removed {
        // Who never saw the item need not hear that it is gone.
        if after(event) && !after(marks.first) {
            events.push(Replay::Removed(event, item));
        }
    }
    events.sort_unstable_by_key(Replay::event);
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_secs(43_200);

    #[test]
    fn an_object_nobody_touched_is_at_minus_one() {
        let mut log = Log::new(NOON);
        assert_eq!((log.last(), log.revision()), (-1, 0));
        assert_eq!(log.advance(NOON), 0);
        assert_eq!((log.last(), log.revision()), (0, 1));
    }

    #[test]
    fn what_was_missed_comes_in_order_and_once() {
        let mut changed = Marks::new(1, NOON);
        changed.change(5, NOON);
        let items = [(Marks::new(0, NOON), &"old"), (changed, &"changed"), (Marks::new(4, NOON), &"new")];
        let removed = [
            (6, Marks::new(2, NOON), &"gone"),
            (7, Marks::new(3, NOON), &"never seen"),
            (2, changed, &"before"),
        ];
        let events = missed(2, items, removed);
        assert_eq!(
            events,
            [Replay::Added(4, &"new"), Replay::Updated(5, &"changed"), Replay::Removed(6, &"gone")]
        );
        assert_eq!(missed(7, items, removed), []);
    }

    #[test]
    fn an_item_made_and_changed_meanwhile_is_added_then_changed() {
        let mut marks = Marks::new(3, NOON);
        marks.change(8, NOON);
        let events = missed(-1, [(marks, &"both")], []);
        assert_eq!(events, [Replay::Added(3, &"both"), Replay::Updated(8, &"both")]);
    }

    #[test]
    fn only_so_many_removals_are_remembered() {
        let mut removed = Removed::default();
        for event in 0..100 {
            removed.remember(event, ());
        }
        let events: Vec<_> = removed.iter().map(|(event, ())| event).collect();
        assert_eq!(events, (68..100).collect::<Vec<_>>());
    }
}
