//! How long the SDK waits before it tries again: three different habits of three of its packages.

use std::time::Duration;

use tokio::time::Instant;

use super::chance::Chance;

/// A habit of repeating a request: first delay, doubled each time up to a ceiling, until tries or time run out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    first_ms: u32,
    ceiling_ms: u32,
    /// Attempts in all; 0 is no limit.
    attempts: u8,
    /// No attempt may begin later than this after the first; 0 is no limit.
    within_ms: u32,
    /// Each delay is drawn from this fraction around it.
    spread: f64,
}

/// The configuration, and the answers a mutation points to: any failure is tried again.
pub(super) const RESOURCE: Habit =
    Habit { first_ms: 50, ceiling_ms: 1600, attempts: 6, within_ms: 0, spread: 0.0 };
/// Lists and single resources of the Chat REST API.
pub(super) const CHAT: Habit =
    Habit { first_ms: 1000, ceiling_ms: 4000, attempts: 3, within_ms: 0, spread: 0.0 };
/// Everything asked of Sync.
pub(super) const SYNC: Habit =
    Habit { first_ms: 4000, ceiling_ms: 60_000, attempts: 0, within_ms: 90_000, spread: 0.2 };

impl Habit {
    /// When to try again after attempt number `attempts` failed at `now`; `delay` is the last undisturbed
    /// delay and is advanced. `None`: no more.
    pub(super) fn again(
        &self,
        attempts: u8,
        delay: &mut u32,
        began: Instant,
        now: Instant,
        chance: &mut Chance,
    ) -> Option<Instant> {
        if self.attempts > 0 && attempts >= self.attempts {
            return None;
        }
        *delay = if attempts <= 1 { self.first_ms } else { (*delay * 2).min(self.ceiling_ms) };
        let at = now + spread(*delay, self.spread, chance);
        let too_late = self.within_ms > 0 && at > began + Duration::from_millis(self.within_ms.into());
        (!too_late).then_some(at)
    }
}

fn spread(delay_ms: u32, fraction: f64, chance: &mut Chance) -> Duration {
    let around = f64::from(delay_ms) * fraction;
    let shifted = f64::from(delay_ms) + (chance.unit() * around * 2.0 - around).round();
    Duration::from_millis(shifted.max(0.0) as u64)
}

/// How the connection comes back: 1 s, doubled to 2 min, ±20 %; the server may ask for a longer first delay.
#[derive(Debug, Clone, Default)]
pub(super) struct Reconnect {
    /// The last undisturbed delay; 0 while none is in progress.
    delay_ms: u32,
    asked_ms: Option<u32>,
    used_ms: Option<u32>,
}

impl Reconnect {
    const FIRST_MS: u32 = 1000;
    const CEILING_MS: u32 = 120_000;
    const SPREAD: f64 = 0.2;

    /// The server's `backoff_policy.reconnect_min_ms`; obeyed from the next delay on, unless it is shorter
    /// than one it asked for before.
    pub(super) fn asked(&mut self, min_ms: u32) {
        if min_ms > 0 {
            self.asked_ms = Some(min_ms);
        }
    }

    /// Connected, or given up: the next failure starts anew.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    /// How long to wait now.
    pub(super) fn next(&mut self, chance: &mut Chance) -> Duration {
        let obey = self.asked_ms.is_some_and(|asked| self.used_ms.is_none_or(|used| used < asked));
        if self.delay_ms == 0 || obey {
            self.used_ms = self.asked_ms.take();
            self.delay_ms = self.used_ms.unwrap_or(Self::FIRST_MS);
        } else {
            let ceiling = self.used_ms.unwrap_or(0).max(Self::CEILING_MS);
            self.delay_ms = (self.delay_ms * 2).min(ceiling);
        }
        spread(self.delay_ms, Self::SPREAD, chance)
    }
}

/// The timer in front of subscription batches: 100 ms (0–20 % more), doubled while nothing comes back.
///
/// Objects opened while it runs travel in one batch. Both halves matter for an honest load: a second call
/// does not restart it, and an answer *stops* it, even if objects were added since; they leave with the
/// next confirmation.
#[derive(Debug, Clone, Default)]
pub(super) struct Batching {
    next_ms: u32,
    at: Option<Instant>,
}

impl Batching {
    const FIRST_MS: u32 = 100;
    const CEILING_MS: u32 = 120_000;

    /// When the next batch leaves.
    pub(super) fn due(&self) -> Option<Instant> {
        self.at
    }

    /// There is something to send: start the timer unless it runs.
    pub(super) fn start(&mut self, now: Instant, chance: &mut Chance) {
        if self.at.is_none() {
            let delay = self.next_ms.clamp(Self::FIRST_MS, Self::CEILING_MS);
            self.next_ms = delay.saturating_mul(2);
            let more = (f64::from(delay) * (1.0 + chance.unit() * 0.2)).round() as u32;
            self.at = Some(now + Duration::from_millis(more.min(Self::CEILING_MS).into()));
        }
    }

    /// The timer fired.
    pub(super) fn fired(&mut self) {
        self.at = None;
    }

    /// Stop the timer and begin again at the first delay.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(delay: Duration, expected_ms: f64) {
        let ms = delay.as_secs_f64() * 1000.0;
        assert!((ms - expected_ms).abs() <= expected_ms * 0.2 + 1.0, "{ms} ms is not {expected_ms} ms ±20 %");
    }

    #[test]
    fn reconnecting_doubles_from_one_second_to_two_minutes() {
        let (mut reconnect, mut chance) = (Reconnect::default(), Chance::new(3));
        for expected in [1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 64e3, 120e3, 120e3] {
            near(reconnect.next(&mut chance), expected);
        }
        reconnect.stop();
        near(reconnect.next(&mut chance), 1e3);
    }

    #[test]
    fn the_servers_first_delay_is_obeyed_unless_it_asked_for_more_before() {
        let (mut reconnect, mut chance) = (Reconnect::default(), Chance::new(3));
        reconnect.asked(2500);
        near(reconnect.next(&mut chance), 2500.0);
        near(reconnect.next(&mut chance), 5000.0);
        reconnect.asked(2000);
        near(reconnect.next(&mut chance), 10_000.0);
        reconnect.asked(3000);
        near(reconnect.next(&mut chance), 3000.0);
    }

    fn tries(habit: Habit, chance: &mut Chance) -> Vec<u64> {
        let began = Instant::now();
        let (mut now, mut delay, mut attempts, mut seen) = (began, 0, 1, vec![]);
        while let Some(at) = habit.again(attempts, &mut delay, began, now, chance) {
            seen.push((at - began).as_millis() as u64);
            now = at;
            attempts += 1;
        }
        seen
    }

    #[test]
    fn requests_are_repeated_as_each_package_does() {
        let mut chance = Chance::new(9);
        assert_eq!(tries(RESOURCE, &mut chance), [50, 150, 350, 750, 1550]);
        assert_eq!(tries(CHAT, &mut chance), [1000, 3000]);
        let sync = tries(SYNC, &mut chance);
        assert_eq!(sync.len(), 4, "4, 12, 28 and 60 s; the fifth would be past 90 s: {sync:?}");
        near(Duration::from_millis(sync[0]), 4000.0);
    }

    #[test]
    fn a_running_batch_timer_is_not_restarted_and_a_stopped_one_starts_over() {
        let (mut batching, mut chance, now) = (Batching::default(), Chance::new(5), Instant::now());
        batching.start(now, &mut chance);
        let due = batching.due().unwrap();
        let delay = due - now;
        assert!(Duration::from_millis(100) <= delay && delay <= Duration::from_millis(120), "{delay:?}");
        batching.start(now + Duration::from_millis(50), &mut chance);
        assert_eq!(batching.due(), Some(due));
        batching.fired();
        batching.start(now, &mut chance);
        assert!(batching.due().unwrap() - now >= Duration::from_millis(200));
        batching.reset();
        assert_eq!(batching.due(), None);
    }
}
