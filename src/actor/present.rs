//! How many of something are there now, on one worker.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

/// A count that goes down by itself when what was counted is gone.
#[derive(Clone, Debug, Default)]
pub struct Present(Rc<Level>);

/// Counted as long as it lives.
#[derive(Debug)]
pub struct Counted {
    level: Rc<Level>,
    left: Option<Instant>,
}

#[derive(Debug, Default)]
struct Level {
    count: Cell<u64>,
    area: Option<Area>,
}

/// What a count adds up to over time, up to its last change.
#[derive(Debug)]
struct Area {
    until: Cell<Instant>,
    so_far: Cell<Duration>,
}

impl Present {
    /// A count whose area over time is kept, too.
    pub fn with_area() -> Self {
        let area = Area { until: Cell::new(Instant::now()), so_far: Cell::default() };
        Self(Rc::new(Level { count: Cell::new(0), area: Some(area) }))
    }

    /// One more, until the guard is dropped.
    pub fn enter(&self) -> Counted {
        self.change(None)
    }

    /// The same since `at`: a moment that somebody else goes by, too.
    pub fn enter_at(&self, at: Instant) -> Counted {
        self.change(Some(at))
    }

    fn change(&self, at: Option<Instant>) -> Counted {
        self.0.change(self.count() + 1, at);
        Counted { level: Rc::clone(&self.0), left: None }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.count.get()
    }

    /// How many there were, times how long, until now; zero where it is not kept.
    pub fn area(&self) -> Duration {
        self.0.change(self.count(), None);
        self.0.area.as_ref().map_or(Duration::ZERO, |area| area.so_far.get())
    }
}

impl Level {
    fn change(&self, to: u64, at: Option<Instant>) {
        let before = self.count.replace(to);
        if let Some(Area { until, so_far }) = &self.area {
            let now = at.unwrap_or_else(Instant::now);
            let lasted = now.saturating_duration_since(until.replace(now));
            let before = u32::try_from(before).unwrap_or(u32::MAX);
            so_far.set(so_far.get().saturating_add(lasted.saturating_mul(before)));
        }
    }
}

impl Counted {
    /// One less as of `at`.
    pub fn leave(mut self, at: Instant) {
        self.left = Some(at);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.level.change(self.level.count.get().saturating_sub(1), self.left);
    }
}

/// How long somebody was there, as its own clock has it: what [`Present::area`] is checked against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stay {
    before: Duration,
    since: Option<Instant>,
}

impl Stay {
    /// It begins, or another follows the one before.
    pub fn begin(&mut self, at: Instant) {
        *self = Self { before: self.until(at), since: Some(at) };
    }

    /// How long it was in all if it ends `at`.
    pub fn until(self, at: Instant) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| at.saturating_duration_since(since))
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
        assert_eq!(present.area(), Duration::ZERO, "nobody asked for it to be kept");
    }

    #[tokio::test(start_paused = true)]
    async fn the_area_is_what_the_stays_add_up_to() {
        let second = Duration::from_secs(1);
        let (present, mut first, mut second_one) = (Present::with_area(), Stay::default(), Stay::default());
        tokio::time::advance(second).await;
        let one = present.enter();
        first.begin(Instant::now());
        tokio::time::advance(2 * second).await;
        let two = present.enter();
        second_one.begin(Instant::now());
        tokio::time::advance(3 * second).await;
        drop(one);
        let first = first.until(Instant::now());
        tokio::time::advance(5 * second).await;
        // A person's next chat follows the one before.
        second_one.begin(Instant::now());
        tokio::time::advance(second).await;
        two.leave(Instant::now());
        let both = first + second_one.until(Instant::now());
        tokio::time::advance(second).await;
        assert_eq!((present.area(), both), (14 * second, 14 * second));
    }
}
