//! How many of something are there now, on one worker.

use std::cell::Cell;
use std::rc::Rc;

/// A count that goes down by itself when what was counted is gone.
#[derive(Clone, Debug, Default)]
pub struct Present(Rc<Cell<u64>>);

/// Counted as long as it lives.
#[derive(Debug)]
pub struct Counted(Rc<Cell<u64>>);

impl Present {
    /// One more, until the guard is dropped.
    pub fn enter(&self) -> Counted {
        self.0.set(self.0.get() + 1);
        Counted(Rc::clone(&self.0))
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.get()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_not_counted() {
        let present = Present::default();
        let one = present.enter();
        let _two = present.enter();
        drop(one);
        assert_eq!(present.count(), 1);
    }
}
