//! The messages of a channel that are kept: all of them, or the last so many.

use std::collections::VecDeque;
use std::collections::vec_deque::Iter;
use std::ops::RangeBounds;

use super::message::Message;

/// In the order they were posted, which is that of their numbers and of their indexes.
#[derive(Debug, Default)]
pub(crate) struct History {
    kept: VecDeque<Message>,
    /// How many were forgotten to make room.
    pub(super) forgotten: u32,
}

impl History {
    /// Adds one, the newest as a rule.
    pub(super) fn put(&mut self, message: Message) {
        if self.last().is_none_or(|last| last.nth < message.nth) {
            self.kept.push_back(message);
        } else {
            let place = self.find(message.nth).unwrap_or_else(|place| place);
            self.kept.insert(place, message);
        }
    }

    /// Forgets the oldest.
    pub(super) fn forget_oldest(&mut self) -> Option<Message> {
        let oldest = self.kept.pop_front();
        self.forgotten = self.forgotten.saturating_add(u32::from(oldest.is_some()));
        oldest
    }

    /// Deletes one.
    pub(super) fn remove(&mut self, position: usize) -> Option<Message> {
        self.kept.remove(position)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// How many the channel has, for its clients: forgetting is the mock's own affair.
    pub(crate) fn count(&self) -> usize {
        self.kept.len() + self.forgotten as usize
    }

    /// The index of the first that is kept, if older ones were forgotten.
    pub(crate) fn first_retained(&self) -> Option<u32> {
        self.kept.front().filter(|_| self.forgotten > 0).map(|message| message.index)
    }

    pub(crate) fn last(&self) -> Option<&Message> {
        self.kept.back()
    }

    pub(super) fn at(&self, position: usize) -> Option<&Message> {
        self.kept.get(position)
    }

    pub(super) fn at_mut(&mut self, position: usize) -> Option<&mut Message> {
        self.kept.get_mut(position)
    }

    pub(super) fn iter(&self) -> Iter<'_, Message> {
        self.kept.iter()
    }

    pub(super) fn range(&self, positions: impl RangeBounds<usize>) -> Iter<'_, Message> {
        self.kept.range(positions)
    }

    /// The position of the message with this number, or where it would be.
    pub(super) fn find(&self, nth: u32) -> Result<usize, usize> {
        self.kept.binary_search_by_key(&nth, |message| message.nth)
    }

    /// The position of the message with this index, or where it would be.
    pub(super) fn find_index(&self, index: u32) -> Result<usize, usize> {
        self.kept.binary_search_by_key(&index, |message| message.index)
    }

    /// How many come before the first for which `before` is false.
    pub(super) fn count_while(&self, before: impl FnMut(&Message) -> bool) -> usize {
        self.kept.partition_point(before)
    }
}
