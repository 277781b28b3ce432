//! The generator watching itself: what its workers say of themselves, and what the system says of it.
//!
//! ```text
//! worker ─ Heart ─(each second)─ Beat ─▶ Watch ─▶ Health ─▶ seconds.ndjson, the verdict
//!                     /proc, cgroup ─ Machine ─┘
//! ```
//!
//! Files are read once a second on the thread that leads the run; workers only beat.

mod cgroup;
mod clock;
mod heart;
mod machine;
mod proc;

use std::time::Duration;

pub(super) use heart::{Beat, Heart};
use machine::Machine;
pub(super) use machine::WORKER;

use crate::record::{Health, Process, Room, WorkerHealth};

/// Collects what is known of the generator's health.
pub(super) struct Watch {
    machine: Machine,
    /// What each worker said since the last second.
    beats: Vec<Option<Beat>>,
}

impl Watch {
    /// Begins to watch; `embedded`: a mock runs in this process.
    pub(super) fn new(workers: usize, embedded: bool) -> Self {
        Self { machine: Machine::look_around(embedded), beats: vec![None; workers] }
    }

    /// Begins the first second.
    pub(super) fn begin(&mut self) {
        self.machine.begin(&Process::read());
        self.beats.fill(None);
    }

    /// What this process may use.
    pub(super) fn room(&self) -> Room {
        self.machine.room()
    }

    /// Takes what a worker says of its last second.
    pub(super) fn note(&mut self, worker: usize, beat: Beat) {
        if let Some(known) = self.beats.get_mut(worker) {
            *known = Some(known.map_or(beat, |known| known.and(beat)));
        }
    }

    /// Ends a second. Of one that has hardly begun only the workers tell: what they counted needs their word with it.
    pub(super) fn second(&mut self, process: &Process) -> Health {
        let (mut health, cpu) = self.machine.second(process, self.beats.len()).unwrap_or_default();
        if self.beats.iter().any(Option::is_some) || cpu.iter().any(Option::is_some) {
            let cpu = cpu.into_iter().chain(std::iter::repeat(None));
            health.workers =
                self.beats.iter_mut().zip(cpu).map(|(beat, cpu)| worker(beat.take(), cpu)).collect();
        }
        health
    }
}

/// A worker's second: its loop's busy time leaves out what the kernel does for it between tasks, its CPU time
/// leaves out when it had to wait for a CPU; saturated it is by either. One that said nothing may have been too busy to.
fn worker(beat: Option<Beat>, cpu: Option<f64>) -> WorkerHealth {
    let Some(beat) = beat else {
        return WorkerHealth { lag_ms: None, busy: cpu.map(|cpu| share(cpu.min(1.0))) };
    };
    let busy = beat.busy().max(cpu.unwrap_or(0.0)).min(1.0);
    WorkerHealth { lag_ms: Some(ms(beat.late)), busy: Some(share(busy)) }
}

/// Milliseconds to the microsecond.
fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// A share to the hundredth of a percent.
fn share(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_as_busy_as_its_loop_or_its_thread_whichever_is_more() {
        let beat = Beat {
            late: Duration::from_micros(1_500),
            busy: Duration::from_millis(300),
            over: Duration::from_secs(1),
        };
        let busy = |cpu| worker(Some(beat), cpu).busy;
        assert_eq!(
            (busy(None), busy(Some(0.2)), busy(Some(0.5)), busy(Some(1.2))),
            (Some(0.3), Some(0.3), Some(0.5), Some(1.0))
        );
        assert_eq!(worker(Some(beat), None).lag_ms, Some(1.5));
        let silent = WorkerHealth { lag_ms: None, busy: Some(0.5) };
        assert_eq!(worker(None, Some(0.5)), silent, "it said nothing");
        assert_eq!(worker(None, None), WorkerHealth::default());
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_that_has_hardly_begun_tells_of_workers_only() {
        let mut watch = Watch::new(2, false);
        watch.begin();
        assert_eq!(watch.second(&Process::read()), Health::default());
        let beat =
            Beat { late: Duration::ZERO, busy: Duration::from_millis(900), over: Duration::from_secs(1) };
        watch.note(1, beat);
        let spoke = WorkerHealth { lag_ms: Some(0.0), busy: Some(0.9) };
        let workers = vec![WorkerHealth::default(), spoke];
        assert_eq!(watch.second(&Process::read()), Health { workers, ..Health::default() });
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(watch.second(&Process::read()).workers, [], "nobody said anything since");
    }
}
