//! From how the run stands to what people are shown of it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::Standing;
use crate::progress::{Display, Progress};
use crate::record::Counter;

/// Rates are those of so many seconds.
const OF_LATE: Duration = Duration::from_secs(5);

/// The display of one run; dropping it takes it off the screen.
pub(super) struct Follow {
    follower: JoinHandle<()>,
    _display: Display,
}

/// Starts to show the run.
pub(super) fn start(mut standing: watch::Receiver<Standing>, agents: u64) -> Follow {
    let (tell, shown) = watch::channel(Progress::default());
    let follower = tokio::spawn(async move {
        let mut rates = Rates::default();
        while standing.changed().await.is_ok() {
            let now = *standing.borrow_and_update();
            let (offered, achieved) = rates.now(&now);
            tell.send_replace(Progress {
                phase: now.stage,
                elapsed: now.elapsed,
                remaining: now.planned.checked_sub(now.elapsed),
                offered,
                achieved,
                open_chats: now.open_chats,
                sent: now.counters.get(Counter::Sent),
                replied: now.counters.get(Counter::Replied),
                errors: now.errors,
                agents_busy: now.served.min(agents),
                agents,
            });
        }
    });
    Follow { follower, _display: Display::start(shown) }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// How many were due and how many started, of late.
#[derive(Default)]
struct Rates(VecDeque<(Duration, u64, u64)>);

impl Rates {
    fn now(&mut self, standing: &Standing) -> (f64, f64) {
        let count = |counter| standing.counters.get(counter);
        let now = (standing.elapsed, count(Counter::Due), count(Counter::Started));
        self.0.push_back(now);
        while self.0.len() > 2 && self.0.front().is_some_and(|(at, ..)| now.0.saturating_sub(*at) > OF_LATE) {
            self.0.pop_front();
        }
        let (at, due, started) = self.0.front().copied().unwrap_or(now);
        let seconds = now.0.saturating_sub(at).as_secs_f64();
        if seconds == 0.0 {
            return (0.0, 0.0);
        }
        (now.1.saturating_sub(due) as f64 / seconds, now.2.saturating_sub(started) as f64 / seconds)
    }
}
