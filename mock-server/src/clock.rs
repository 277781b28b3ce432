//! The mock's time: the only place that reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use wire::time::Timestamp;

/// Two kinds of time: the calendar's for what clients see and tokens say, and one that never goes back for
/// what is measured. A machine that sleeps stops the second only.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// The calendar's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
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
        self.started.elapsed()
    }
}
