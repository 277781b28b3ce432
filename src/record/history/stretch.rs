//! Lines of `seconds.ndjson`, and what comes of them when several are one.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::health::{Health, WorkerHealth};
use super::super::kinds::{KINDS_MAX, OTHER};

/// Worker threads whose health is kept apart.
const WORKERS_MAX: usize = 256;

/// A second, or some seconds together: the most there was of each at once, and the sum of what was counted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Stretch {
    /// When it began, in seconds after the start.
    #[serde(skip)]
    pub from_s: f64,
    /// When it ended.
    #[serde(rename = "at_s")]
    pub until_s: f64,
    /// What the engine was doing when it began.
    pub stage: String,
    /// Customers logged in.
    pub connected: u64,
    /// Chats open.
    pub open_chats: u64,
    /// Customers waiting for an agent.
    pub waiting_for_agent: u64,
    /// Customers whose start was due.
    pub due: u64,
    /// Customers that were started.
    pub started: u64,
    /// Customers that found no slot free.
    pub dropped: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Customers' messages that were answered.
    pub replied: u64,
    /// Steps that succeeded.
    pub steps_ok: u64,
    /// Steps that failed.
    pub steps_failed: u64,
    /// Failures.
    pub errors: u64,
    /// Failures by kind, as the report prints it.
    pub errors_by_kind: BTreeMap<String, u64>,
    /// How the generator was, as far as the file tells.
    #[serde(flatten)]
    pub health: Health,
}

impl Stretch {
    /// How long it was.
    pub fn length_s(&self) -> f64 {
        self.until_s - self.from_s
    }

    /// Keeps what others may have written within bounds.
    pub(super) fn bound(&mut self) {
        self.health.workers.truncate(WORKERS_MAX);
        let kinds = std::mem::take(&mut self.errors_by_kind);
        self.add_kinds(&kinds);
    }

    pub(super) fn add(&mut self, later: &Self) {
        let lengths = (self.length_s(), later.length_s());
        self.until_s = later.until_s;
        for (most, more) in [
            (&mut self.connected, later.connected),
            (&mut self.open_chats, later.open_chats),
            (&mut self.waiting_for_agent, later.waiting_for_agent),
        ] {
            *most = (*most).max(more);
        }
        for (sum, more) in [
            (&mut self.due, later.due),
            (&mut self.started, later.started),
            (&mut self.dropped, later.dropped),
            (&mut self.sent, later.sent),
            (&mut self.acknowledged, later.acknowledged),
            (&mut self.replied, later.replied),
            (&mut self.steps_ok, later.steps_ok),
            (&mut self.steps_failed, later.steps_failed),
            (&mut self.errors, later.errors),
        ] {
            *sum += more;
        }
        self.add_kinds(&later.errors_by_kind);
        add_health(&mut self.health, &later.health, lengths);
    }

    fn add_kinds(&mut self, more: &BTreeMap<String, u64>) {
        for (kind, count) in more {
            let room = self.errors_by_kind.len() < KINDS_MAX || self.errors_by_kind.contains_key(kind);
            *self.errors_by_kind.entry(if room { kind } else { OTHER }.to_owned()).or_default() += count;
        }
    }
}

/// Shares of time are those of the whole time, lateness the worst; what was counted sums.
fn add_health(to: &mut Health, later: &Health, lengths: (f64, f64)) {
    let missing = later.workers.len().saturating_sub(to.workers.len());
    to.workers.extend(std::iter::repeat_n(WorkerHealth::default(), missing));
    for (worker, more) in to.workers.iter_mut().zip(&later.workers) {
        worker.lag_ms = both(worker.lag_ms, more.lag_ms, f64::max);
        worker.busy = share(worker.busy, more.busy, lengths);
    }
    for (own, more) in [
        (&mut to.cpu_share, later.cpu_share),
        (&mut to.mock_cpu_share, later.mock_cpu_share),
        (&mut to.steal, later.steal),
        (&mut to.pressure, later.pressure),
    ] {
        *own = share(*own, more, lengths);
    }
    let farthest = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
    to.clock_step_ms = both(to.clock_step_ms, later.clock_step_ms, farthest);
    to.throttled = both(to.throttled, later.throttled, u64::saturating_add);
    to.new_connections = both(to.new_connections, later.new_connections, u64::saturating_add);
    to.time_wait = both(to.time_wait, later.time_wait, u64::max);
}

/// What two come to, or the one that is known.
fn both<T>(one: Option<T>, two: Option<T>, of: impl Fn(T, T) -> T) -> Option<T> {
    match (one, two) {
        (Some(one), Some(two)) => Some(of(one, two)),
        (one, two) => one.or(two),
    }
}

/// The share of the whole time from the shares of two parts of it.
fn share(one: Option<f64>, two: Option<f64>, (first, second): (f64, f64)) -> Option<f64> {
    let whole = (first + second).max(f64::MIN_POSITIVE);
    both(one, two, |one, two| (one * first + two * second) / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(from_s: f64, json: &str) -> Stretch {
        Stretch { from_s, ..serde_json::from_str(json).unwrap() }
    }

    #[test]
    fn two_seconds_together_have_the_worst_lateness_and_the_share_of_the_whole_time() {
        let mut first = stretch(
            0.0,
            r#"{"at_s":1,"errors":2,"errors_by_kind":{"timeout":2},"cpu_share":0.25,"clock_step_ms":0,
                "workers":[{"lag_ms":3,"busy":0.1}],"throttled":1,"time_wait":7}"#,
        );
        let later = stretch(
            1.0,
            r#"{"at_s":4,"errors":4,"errors_by_kind":{"timeout":1,"closed":3},"cpu_share":0.5,
                "clock_step_ms":-250.5,"workers":[{"lag_ms":2,"busy":0.5},{"lag_ms":9,"busy":null}]}"#,
        );
        first.add(&later);
        let health = &first.health;
        assert_eq!((first.until_s, first.errors), (4.0, 6));
        assert_eq!(
            first.errors_by_kind,
            [("closed", 3), ("timeout", 3)].map(|(k, n)| (k.to_owned(), n)).into()
        );
        assert_eq!((health.lag_ms(), health.busiest()), (Some(9.0), Some(0.4)));
        assert_eq!((health.cpu_share, health.clock_step_ms), (Some(0.4375), Some(-250.5)));
        assert_eq!((health.throttled, health.time_wait, health.steal), (Some(1), Some(7), None));
    }

    #[test]
    fn kinds_stay_few_whoever_wrote_the_file() {
        let kinds: Vec<String> = (0..100).map(|nth| format!("\"status {nth}\":1")).collect();
        let mut second = stretch(0.0, &format!("{{\"errors_by_kind\":{{{}}}}}", kinds.join(",")));
        second.bound();
        assert_eq!(second.errors_by_kind.len(), KINDS_MAX + 1);
        assert_eq!(second.errors_by_kind.values().sum::<u64>(), 100);
    }

    #[test]
    fn a_line_of_an_older_version_tells_less_and_is_read() {
        let second = stretch(0.0, r#"{"at_s":1.5,"connected":3,"cpu_seconds":0.5}"#);
        assert_eq!((second.until_s, second.connected), (1.5, 3));
        assert_eq!(second.health, Health::default());
    }
}
