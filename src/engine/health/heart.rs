//! A worker's heartbeat: a task that wants to run every 10 ms and measures how late it was let.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// How often it beats.
const BEAT: Duration = Duration::from_millis(10);

/// What a worker says of some time, a second as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Beat {
    /// How late the latest beat was.
    pub(super) late: Duration,
    /// For how long it ran tasks.
    pub(super) busy: Duration,
    /// The time this is about.
    pub(super) over: Duration,
}

impl Beat {
    /// Both, as of one longer time.
    pub(super) fn and(self, more: Self) -> Self {
        Self { late: self.late.max(more.late), busy: self.busy + more.busy, over: self.over + more.over }
    }

    /// The share of the time in which it ran tasks.
    pub(super) fn busy(&self) -> f64 {
        if self.over.is_zero() { 0.0 } else { self.busy.as_secs_f64() / self.over.as_secs_f64() }
    }
}

/// What the beating task and whoever asks it share.
struct Pulse {
    /// How late the latest beat was.
    latest: Cell<Duration>,
    /// When the next one is due.
    due: Cell<Instant>,
}

/// Beats until it is dropped.
pub(in super::super) struct Heart {
    pulse: Rc<Pulse>,
    beating: JoinHandle<()>,
    busy_until_now: Duration,
    since: Instant,
}

impl Heart {
    /// Begins to beat, on the thread that asks.
    pub(in super::super) fn start() -> Self {
        let now = Instant::now();
        let pulse = Rc::new(Pulse { latest: Cell::default(), due: Cell::new(now + BEAT) });
        let beating = tokio::task::spawn_local(beat(Rc::clone(&pulse)));
        Self { pulse, beating, busy_until_now: busy(), since: now }
    }

    /// What there is to say since the last time.
    pub(in super::super) fn take(&mut self) -> Beat {
        let (busy, now) = (busy(), Instant::now());
        let beat = Beat {
            // One that still waits for its turn is late already.
            late: self.pulse.latest.take().max(now.saturating_duration_since(self.pulse.due.get())),
            busy: busy.saturating_sub(self.busy_until_now),
            over: now.saturating_duration_since(self.since),
        };
        (self.busy_until_now, self.since) = (busy, now);
        beat
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

/// For how long this thread's runtime has run tasks so far. It keeps the account each time it looks for events,
/// so asking costs a load.
fn busy() -> Duration {
    Handle::current().metrics().worker_total_busy_duration(0)
}

async fn beat(pulse: Rc<Pulse>) {
    loop {
        let due = pulse.due.get();
        sleep_until(due).await;
        let now = Instant::now();
        pulse.latest.set(pulse.latest.get().max(now.saturating_duration_since(due)));
        // Beats that could not be are not made up for: the one that was late tells of all of them.
        pulse.due.set(now.max(due) + BEAT);
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::LocalSet;
    use tokio::time::sleep;

    use super::*;

    #[test]
    fn a_worker_that_is_kept_from_its_tasks_is_late_and_busy() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let mut heart = Heart::start();
            sleep(Duration::from_millis(30)).await;
            heart.take();
            // A task that does not let go of its thread.
            std::thread::sleep(Duration::from_millis(120));
            let waiting = heart.take();
            assert!(
                waiting.late >= Duration::from_millis(100),
                "a beat that still waits is late: {waiting:?}"
            );
            sleep(Duration::from_millis(30)).await;
            let kept = heart.take();
            assert!(kept.late >= Duration::from_millis(100), "{kept:?}");
            assert!(kept.busy >= Duration::from_millis(115), "{kept:?}");
            assert!(kept.busy() > 0.0, "{kept:?}");
        });
    }

    #[test]
    fn two_beats_are_as_late_as_the_later_and_as_busy_as_both() {
        let beat = |late, busy, over| Beat {
            late: Duration::from_millis(late),
            busy: Duration::from_millis(busy),
            over: Duration::from_millis(over),
        };
        assert_eq!(beat(5, 100, 1_000).and(beat(2, 500, 1_000)), beat(5, 600, 2_000));
        assert_eq!(beat(0, 0, 0).busy(), 0.0);
    }
}
