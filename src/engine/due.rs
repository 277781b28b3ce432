//! Counts the arrivals that are due, by the plan alone: a worker that cannot keep up starts them late, and yet they were
//! offered in time.

use std::iter::Peekable;

use tokio::time::Instant;

/// The arrivals of one worker, as far as they are not due yet.
pub(super) struct Due<I: Iterator<Item = Instant>>(Peekable<I>);

impl<I: Iterator<Item = Instant>> Due<I> {
    /// All of them, in order.
    pub(super) fn new(arrivals: I) -> Self {
        Self(arrivals.peekable())
    }

    /// How many became due since the last time.
    pub(super) fn since_last_time(&mut self, now: Instant) -> u64 {
        let mut more = 0;
        while self.0.next_if(|due| *due <= now).is_some() {
            more += 1;
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_arrival_is_counted_once_when_its_time_has_come() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut due = Due::new([0, 10, 10, 20, 900].map(at).into_iter());
        let counts = [0, 9, 10, 10, 500, 2_000, 3_000].map(|ms| due.since_last_time(at(ms)));
        assert_eq!(counts, [1, 0, 2, 0, 1, 1, 0]);
    }
}
