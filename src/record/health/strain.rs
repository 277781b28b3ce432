//! All seconds together: how often how busy, so that any limit can be judged afterwards.
//!
//! A run may last for days, so seconds are counted, not kept.

use std::time::Duration;

use super::super::counter::Counter;
use super::super::phase::Phase;
use super::super::seconds::Gauges;
use super::super::snapshot::Snapshot;
use super::Health;

/// A worker whose heartbeat was so late stood still, however little it did.
pub const STALLED: Duration = Duration::from_secs(1);

/// Counts by a busy share in whole percent, rounded up.
type ByPercent = [u64; 101];

/// What the generator was under, over the seconds of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    /// Steady seconds of each worker by how busy it was.
    workers: Vec<ByPercent>,
    /// Customers that found no slot, by how busy the busiest worker was in that second.
    dropped: Box<ByPercent>,
    /// Those of seconds in which the process was held up or a worker stood still.
    dropped_stalled: u64,
    /// Steady seconds.
    pub steady_seconds: u64,
    /// Steady seconds in which the cgroup's quota held the process up; `None` when no second told.
    pub throttled_seconds: Option<u64>,
    /// How often it was held up in them.
    pub throttled: u64,
    /// The largest step of the wall clock in any second, in milliseconds; `None` when no second told.
    pub clock_step_ms: Option<f64>,
    /// The steady seconds' CPU of this process without an embedded mock.
    pub cpu: Usage,
    /// The steady seconds' CPU of the embedded mock.
    pub mock_cpu: Usage,
    /// The steady seconds' steal.
    pub steal: Usage,
    /// The steady seconds' pressure.
    pub pressure: Usage,
    /// The latest beat of any worker in a steady second, in milliseconds.
    pub lag_ms: Option<f64>,
    /// The most connections opened in any second.
    pub new_connections: Option<u64>,
    /// The most closed connections whose ports were not free, in any second.
    pub time_wait: Option<u64>,
}

/// A share over the seconds that told it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    sum: f64,
    seconds: u64,
    most: f64,
}

/// The worker with the most seconds above a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busiest {
    /// Its number.
    pub worker: usize,
    /// Its steady seconds above the limit.
    pub above: u64,
    /// All its steady seconds.
    pub seconds: u64,
}

impl Usage {
    fn add(&mut self, share: Option<f64>) {
        if let Some(share) = share {
            self.sum += share;
            self.seconds += 1;
            self.most = self.most.max(share);
        }
    }

    /// The mean share; `None` when no second told.
    pub fn mean(&self) -> Option<f64> {
        // To the millionth: sums of binary fractions are a little off, and a limit is not.
        (self.seconds > 0).then(|| (self.sum / self.seconds as f64 * 1e6).round() / 1e6)
    }

    /// The largest share of any second; `None` when no second told.
    pub fn most(&self) -> Option<f64> {
        (self.seconds > 0).then_some(self.most)
    }
}

impl Default for Strain {
    fn default() -> Self {
        Self {
            workers: Vec::new(),
            dropped: Box::new([0; 101]),
            dropped_stalled: 0,
            steady_seconds: 0,
            throttled_seconds: None,
            throttled: 0,
            clock_step_ms: None,
            cpu: Usage::default(),
            mock_cpu: Usage::default(),
            steal: Usage::default(),
            pressure: Usage::default(),
            lag_ms: None,
            new_connections: None,
            time_wait: None,
        }
    }
}

impl Strain {
    /// Takes one second in.
    pub(in super::super) fn add(&mut self, gauges: &Gauges, second: &Snapshot) {
        let health = &gauges.health;
        self.add_dropped(health, second.counters.get(Counter::Dropped));
        let step = health.clock_step_ms;
        self.clock_step_ms =
            [self.clock_step_ms, step].into_iter().flatten().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        self.new_connections = self.new_connections.max(health.new_connections);
        self.time_wait = self.time_wait.max(health.time_wait);
        if gauges.stage == Phase::Steady.name() {
            self.add_steady(health);
        }
    }

    fn add_dropped(&mut self, health: &Health, dropped: u64) {
        let stalled = health.lag_ms().is_some_and(|ms| ms >= STALLED.as_secs_f64() * 1e3);
        if stalled || health.throttled.is_some_and(|times| times > 0) {
            self.dropped_stalled += dropped;
        } else if let Some(busy) = health.busiest() {
            self.dropped[percent(busy)] += dropped;
        }
    }

    fn add_steady(&mut self, health: &Health) {
        self.steady_seconds += 1;
        if self.workers.len() < health.workers.len() {
            self.workers.resize(health.workers.len(), [0; 101]);
        }
        for (counts, worker) in self.workers.iter_mut().zip(&health.workers) {
            if let Some(busy) = worker.busy {
                counts[percent(busy)] += 1;
            }
        }
        if let Some(times) = health.throttled {
            self.throttled += times;
            *self.throttled_seconds.get_or_insert(0) += u64::from(times > 0);
        }
        self.cpu.add(health.cpu_share);
        self.mock_cpu.add(health.mock_cpu_share);
        self.steal.add(health.steal);
        self.pressure.add(health.pressure);
        self.lag_ms = super::largest([self.lag_ms, health.lag_ms()].into_iter().flatten());
    }

    /// The worker that was busier than `limit` (a share of one, to the percent) in the largest part of its steady
    /// seconds; `None` when no worker told.
    pub fn busiest(&self, limit: f64) -> Option<Busiest> {
        let told = self.workers.iter().enumerate().filter_map(|(worker, counts)| {
            let seconds = counts.iter().sum();
            (seconds > 0).then(|| Busiest { worker, above: above(counts, limit), seconds })
        });
        told.max_by(|a, b| {
            // Compared crosswise, without dividing; of equals the first.
            (a.above * b.seconds).cmp(&(b.above * a.seconds)).then(b.worker.cmp(&a.worker))
        })
    }

    /// Customers that found no slot in seconds in which the generator itself was held up: a worker busier than
    /// `limit` or standing still, or the process throttled. Chats then last longer by its own doing.
    pub fn dropped_when_saturated(&self, limit: f64) -> u64 {
        self.dropped_stalled + above(&self.dropped, limit)
    }
}

/// A share that is not zero must not read as zero, and one just above a limit not as the limit.
fn percent(share: f64) -> usize {
    // To the hundredth of a percent first, or 55 % would be a little more than 55. The cast saturates.
    ((share * 1e4).round() / 1e2).ceil().min(100.0) as usize
}

/// What was counted above a limit in whole percent.
fn above(counts: &ByPercent, limit: f64) -> u64 {
    let limit = (limit * 100.0).round().max(0.0) as usize;
    counts.iter().skip(limit + 1).sum()
}

#[cfg(test)]
mod tests {
    use super::super::WorkerHealth;
    use super::*;
    use crate::record::Catalog;

    fn second(stage: &'static str, busy: &[Option<f64>], dropped: u64) -> (Gauges, Snapshot) {
        let workers = busy.iter().map(|busy| WorkerHealth { busy: *busy, lag_ms: Some(1.0) }).collect();
        let health = Health { workers, ..Health::default() };
        let mut snapshot = Snapshot::new(&Catalog::new());
        snapshot.counters.add(Counter::Dropped, dropped);
        (Gauges { stage, health, ..Gauges::default() }, snapshot)
    }

    #[test]
    fn each_worker_is_counted_by_the_seconds_in_which_it_told_something() {
        let mut strain = Strain::default();
        for (stage, busy) in [
            ("warm-up", [Some(1.0), Some(1.0)]),
            ("steady", [Some(0.80), Some(0.2)]),
            ("steady", [Some(0.801), Some(0.9)]),
            ("steady", [Some(0.1), None]),
            ("drain", [Some(1.0), Some(1.0)]),
        ] {
            let (gauges, snapshot) = second(stage, &busy, 0);
            strain.add(&gauges, &snapshot);
        }
        assert_eq!(strain.steady_seconds, 3);
        assert_eq!(strain.busiest(0.8), Some(Busiest { worker: 1, above: 1, seconds: 2 }));
        assert_eq!(strain.busiest(0.95), Some(Busiest { worker: 0, above: 0, seconds: 3 }));
        assert_eq!(Strain::default().busiest(0.8), None);
    }

    #[test]
    fn a_whole_percent_is_itself_and_a_little_more_the_next() {
        for whole in 0..=99 {
            let share = f64::from(whole) / 100.0;
            assert_eq!((percent(share), percent(share + 0.0001)), (whole as usize, whole as usize + 1));
        }
        assert_eq!((percent(1.0), percent(1.3), percent(-0.1)), (100, 100, 0));
    }

    #[test]
    fn drops_are_told_apart_by_what_the_generator_did_meanwhile() {
        let mut strain = Strain::default();
        for (busy, dropped) in [(0.3, 1), (0.8, 10), (0.81, 100), (1.0, 1_000)] {
            let (gauges, snapshot) = second("steady", &[Some(0.0), Some(busy)], dropped);
            strain.add(&gauges, &snapshot);
        }
        assert_eq!(strain.dropped_when_saturated(0.8), 1_100);
        assert_eq!(strain.dropped_when_saturated(1.0), 0);
        let (mut gauges, snapshot) = second("steady", &[Some(0.1)], 7);
        gauges.health.throttled = Some(2);
        strain.add(&gauges, &snapshot);
        gauges.health.throttled = Some(0);
        gauges.health.workers[0].lag_ms = Some(1_500.0);
        strain.add(&gauges, &snapshot);
        assert_eq!(strain.dropped_when_saturated(1.0), 14);
        assert_eq!((strain.throttled_seconds, strain.throttled), (Some(1), 2));
    }

    #[test]
    fn what_no_second_told_stays_unknown() {
        let mut strain = Strain::default();
        let (gauges, snapshot) = second("steady", &[None], 3);
        strain.add(&gauges, &snapshot);
        assert_eq!(
            (strain.steal.mean(), strain.pressure.most(), strain.throttled_seconds),
            (None, None, None)
        );
        assert_eq!(
            (strain.clock_step_ms, strain.time_wait, strain.dropped_when_saturated(0.0)),
            (None, None, 0)
        );
        let mut told = gauges;
        told.health.clock_step_ms = Some(-40.0);
        told.health.steal = Some(0.2);
        strain.add(&told, &snapshot);
        told.health.clock_step_ms = Some(3.0);
        told.health.steal = Some(0.4);
        strain.add(&told, &snapshot);
        assert_eq!(strain.clock_step_ms, Some(-40.0));
        assert_eq!(strain.steal.mean().map(|mean| (mean * 10.0).round()), Some(3.0));
        assert_eq!(strain.steal.most(), Some(0.4));
    }
}
