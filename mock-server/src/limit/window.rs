//! Windows that slide: what happened lately, and whether one more may.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Allowance, Rate};

/// How finely a window slides.
const BUCKETS: usize = 20;

/// Over how long actions are averaged.
const ACTION_WINDOW: u32 = 5;

/// What is refused beyond a rate, and where.
#[derive(Debug, Clone, Copy)]
struct Ceiling {
    /// How many fit in the window.
    most: u32,
    /// Nanoseconds in a bucket.
    bucket: u64,
}

impl Ceiling {
    /// A rate, with its own time or a multiple of it as the window.
    fn of(rate: Rate, windows: u32) -> Self {
        let window = u64::try_from(rate.per.as_nanos()).unwrap_or(u64::MAX).saturating_mul(windows.into());
        Self { most: rate.count.saturating_mul(windows), bucket: (window / BUCKETS as u64).max(1) }
    }
}

/// What happened in the last window, by twentieths.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    counts: [u32; BUCKETS],
    total: u32,
    newest: u64,
}

impl Window {
    /// Counts one more at this time unless the window is full.
    fn admit(&mut self, at: Duration, ceiling: Ceiling) -> bool {
        self.slide(bucket_of(at, ceiling));
        if self.total >= ceiling.most {
            return false;
        }
        self.counts[self.newest as usize % BUCKETS] += 1;
        self.total += 1;
        true
    }

    /// Forgets the buckets that lie behind. A clock that stands still, or threads that come in another order,
    /// never move it back.
    fn slide(&mut self, now: u64) {
        let steps = now.saturating_sub(self.newest);
        for step in 1..=steps.min(BUCKETS as u64) {
            let count = &mut self.counts[(self.newest + step) as usize % BUCKETS];
            self.total -= *count;
            *count = 0;
        }
        self.newest = self.newest.max(now);
    }

    /// Whether nothing in it counts any more.
    fn is_idle(&self, now: u64) -> bool {
        now.saturating_sub(self.newest) >= BUCKETS as u64
    }
}

fn bucket_of(at: Duration, ceiling: Ceiling) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX) / ceiling.bucket
}

/// One limited thing there is only one of.
#[derive(Debug)]
pub(super) struct Single {
    ceiling: Option<Ceiling>,
    window: Mutex<Window>,
}

impl Single {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self { ceiling: allowance.map(|rate| Ceiling::of(rate, 1)), window: Mutex::default() }
    }

    pub(super) fn admit(&self, at: Duration) -> bool {
        let Some(ceiling) = self.ceiling else { return true };
        self.window.lock().unwrap_or_else(PoisonError::into_inner).admit(at, ceiling)
    }
}

/// A limit on each of many things. Windows that count nothing are forgotten, so that it holds no more of them
/// than there were things acted on within a window, twice over.
#[derive(Debug)]
pub(super) struct Each {
    ceiling: Option<Ceiling>,
    shards: [Mutex<Shard>; SHARDS],
}

/// Enough that the threads of a mock seldom meet.
const SHARDS: usize = 16;

/// Below this many windows, forgetting is not worth looking for.
const FEW: usize = 256;

#[derive(Debug, Default)]
struct Shard {
    windows: HashMap<[u8; 16], Window>,
    tidy_at: usize,
}

impl Each {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self {
            ceiling: allowance.map(|rate| Ceiling::of(rate, ACTION_WINDOW)),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    pub(super) fn admit(&self, key: [u8; 16], at: Duration) -> bool {
        let Some(ceiling) = self.ceiling else { return true };
        let shard = &self.shards[usize::from(key[15]) % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.windows.len() >= shard.tidy_at.max(FEW) {
            let now = bucket_of(at, ceiling);
            shard.windows.retain(|_, window| !window.is_idle(now));
            shard.tidy_at = shard.windows.len() * 2;
        }
        shard.windows.entry(key).or_default().admit(at, ceiling)
    }
}

#[cfg(test)]
mod tests {
    use wire::sid::ChannelSid;

    use super::*;

    #[test]
    fn windows_of_what_is_quiet_are_forgotten() {
        let each = Each::new(Some(Rate::a_second(30)));
        for n in 0..100_000_u64 {
            assert!(each.admit(ChannelSid::mock(1, n).bytes(), Duration::from_millis(n)));
        }
        let held: usize = each.shards.iter().map(|shard| shard.lock().unwrap().windows.len()).sum();
        assert!(held < 25_000, "{held} windows for the 5,000 things of the last 5 seconds");
    }
}
