//! Frames that faults make late, of one connection.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use tokio::time::Instant;

use super::object::Object;

/// Why an event waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wait {
    /// It is late, and those after it wait behind it.
    Late,
    /// It waits for the one after it.
    Held,
}

struct Waiting {
    of: Option<(Object, Wait)>,
    frame: Bytes,
}

/// By when they are due; nothing is spent on connections whose frames are never late.
#[derive(Default)]
pub(super) struct Late(Option<Box<Queue>>);

#[derive(Default)]
struct Queue {
    frames: BTreeMap<(Instant, u64), Waiting>,
    count: u64,
}

impl Late {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn add(&mut self, due: Instant, of: Option<(Object, Wait)>, frame: Bytes) {
        let queue = self.0.get_or_insert_default();
        queue.count += 1;
        queue.frames.insert((due, queue.count), Waiting { of, frame });
    }

    /// When the next is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.as_ref()?.frames.keys().next().map(|(due, _)| *due)
    }

    /// Moves what is due to the frames that may go out.
    pub(super) fn ripe(&mut self, frames: &mut VecDeque<Bytes>) {
        let Some(queue) = &mut self.0 else { return };
        let now = Instant::now();
        while let Some(first) = queue.frames.first_entry().filter(|first| first.key().0 <= now) {
            frames.push_back(first.remove().frame);
        }
        self.tidy();
    }

    /// When the last late event of an object is due.
    pub(super) fn last(&self, object: Object) -> Option<Instant> {
        let of = Some((object, Wait::Late));
        let frames = &self.0.as_ref()?.frames;
        frames.iter().rev().find(|(_, waiting)| waiting.of == of).map(|((due, _), _)| *due)
    }

    /// Whether an event of an object is kept back.
    pub(super) fn holds(&self, object: Object) -> bool {
        let of = Some((object, Wait::Held));
        self.0.as_ref().is_some_and(|queue| queue.frames.values().any(|waiting| waiting.of == of))
    }

    /// Takes out the event of an object that is kept back.
    pub(super) fn release(&mut self, object: Object) -> Option<Bytes> {
        let of = Some((object, Wait::Held));
        let queue = self.0.as_mut()?;
        let key = *queue.frames.iter().find(|(_, waiting)| waiting.of == of)?.0;
        let released = queue.frames.remove(&key).map(|waiting| waiting.frame);
        self.tidy();
        released
    }

    fn tidy(&mut self) {
        if self.0.as_ref().is_some_and(|queue| queue.frames.is_empty()) {
            self.0 = None;
        }
    }
}
