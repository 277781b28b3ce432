//! How many chats may be open at one time, over all workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The run's slots. Shared by all workers, because how many there are must not change what anybody waits for.
#[derive(Debug)]
pub(super) struct Slots {
    taken: AtomicU64,
    most: u64,
}

/// A slot that is taken until it is dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<Slots>);

impl Slots {
    pub(super) fn new(most: u64) -> Arc<Self> {
        Arc::new(Self { taken: AtomicU64::new(0), most })
    }

    /// Takes a slot; `None` when none is free.
    pub(super) fn take(self: &Arc<Self>) -> Option<Slot> {
        // Only the count itself is shared, so no other memory has to be ordered with it.
        let claim = |taken| (taken < self.most).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).ok()?;
        Some(Slot(Arc::clone(self)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_its_chat_ends() {
        let slots = Slots::new(2);
        let first = slots.take();
        let second = slots.take();
        assert!(first.is_some() && second.is_some());
        assert!(slots.take().is_none());
        drop(first);
        assert!(slots.take().is_some());
    }
}
