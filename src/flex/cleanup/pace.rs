//! How fast things may be deleted: below what Twilio documents, so that clean-up is no load test.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// Documented: 10 deletions of Flex channels a second and account.
const FLEX: Duration = Duration::from_millis(125);

/// Documented: 30 actions a second and Chat service, which whoever works there shares.
const CHAT: Duration = Duration::from_millis(50);

/// The longest wait before something is tried again.
const LONGEST: Duration = Duration::from_secs(16);

/// Turns at a steady pace.
pub(super) struct Pace {
    gap: Cell<Duration>,
    documented: Duration,
    next: Cell<Instant>,
}

impl Pace {
    /// For the Flex API.
    pub(super) fn flex(local: bool) -> Self {
        Self::new(FLEX, local)
    }

    /// For the Chat API.
    pub(super) fn chat(local: bool) -> Self {
        Self::new(CHAT, local)
    }

    /// A local mock may have its limits off, and harms nobody while that is found out.
    fn new(documented: Duration, local: bool) -> Self {
        let gap = if local { Duration::ZERO } else { documented };
        Self { gap: Cell::new(gap), documented, next: Cell::new(Instant::now()) }
    }

    /// Waits for the next turn.
    pub(super) async fn turn(&self) {
        let at = self.next.get().max(Instant::now());
        self.next.set(at + self.gap.get());
        sleep_until(at).await;
    }

    /// Waits before something is tried again, after it was tried so often; longer each time.
    pub(super) async fn back_off(&self, tried: u32, too_fast: bool) {
        if too_fast {
            self.gap.set(self.documented);
        }
        sleep((Duration::from_millis(500) * 2_u32.saturating_pow(tried - 1)).min(LONGEST)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_keep_their_distance() {
        let began = Instant::now();
        let pace = Pace::flex(false);
        for _ in 0..9 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_local_target_is_paced_once_it_says_so() {
        let began = Instant::now();
        let pace = Pace::chat(true);
        for _ in 0..100 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        pace.back_off(1, true).await;
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed(), Duration::from_millis(600));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_a_limit() {
        let pace = Pace::chat(false);
        let began = Instant::now();
        for tried in 1..8 {
            pace.back_off(tried, false).await;
        }
        assert_eq!(began.elapsed(), Duration::from_millis(500 + 1000 + 2000 + 4000 + 8000 + 16_000 + 16_000));
    }
}
