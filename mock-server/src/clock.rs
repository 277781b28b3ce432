//! The mock's time: the only place that reads a clock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use wire::time::Timestamp;

/// How far a clock may be put ahead in all: dates stay such that every client can read them.
pub const FURTHEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Two kinds of time: the calendar's for what clients see and tokens say, and one that never goes back for
/// what is measured. A machine that sleeps stops the second only.
///
/// Both can be put ahead. Only what Twilio itself would count goes by this clock: dates, the end of tokens, the
/// windows of rate limits. Deadlines of connections and pings go by real time, whatever is said here.
///
/// A clone is another handle to the same clock.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    started: Instant,
    /// Nanoseconds ahead of real time.
    ahead: AtomicU64,
}

/// Somebody wanted to put a clock further ahead than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFar;

impl fmt::Display for TooFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a clock may be put ahead by 100 years in all")
    }
}

impl std::error::Error for TooFar {}

impl Clock {
    /// A clock that starts now and shows real time.
    #[must_use]
    pub fn start() -> Self {
        Self(Arc::new(Hands { started: Instant::now(), ahead: AtomicU64::new(0) }))
    }

    /// The calendar's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + self.ahead();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Whole seconds since 1970, as tokens count.
    #[must_use]
    pub fn unix_secs(&self) -> u64 {
        u64::try_from(self.now().secs()).unwrap_or_default()
    }

    /// The time since the clock was started; never goes back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.started.elapsed() + self.ahead()
    }

    /// How far it is ahead of real time.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        Duration::from_nanos(self.0.ahead.load(Ordering::Relaxed))
    }

    /// Puts it further ahead.
    ///
    /// # Errors
    /// Beyond [`FURTHEST`] in all; nothing is changed then.
    pub fn advance(&self, by: Duration) -> Result<(), TooFar> {
        let further = |ahead: u64| {
            let ahead = Duration::from_nanos(ahead).checked_add(by).filter(|ahead| *ahead <= FURTHEST)?;
            u64::try_from(ahead.as_nanos()).ok()
        };
        let moved = self.0.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, further);
        moved.map(|_| ()).map_err(|_| TooFar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_time_are_put_ahead_for_every_handle() {
        let clock = Clock::start();
        let other = clock.clone();
        let before = clock.now();
        clock.advance(Duration::from_secs(90)).unwrap();
        assert!(other.now().millis() - before.millis() >= 90_000);
        assert!(other.elapsed() >= Duration::from_secs(90));
        assert_eq!(other.ahead(), Duration::from_secs(90));
    }

    #[test]
    fn it_goes_no_further_than_dates_can_be_read() {
        let clock = Clock::start();
        clock.advance(FURTHEST).unwrap();
        assert_eq!(clock.advance(Duration::from_nanos(1)), Err(TooFar));
        assert_eq!(clock.advance(Duration::MAX), Err(TooFar));
        assert_eq!(clock.ahead(), FURTHEST);
    }
}
