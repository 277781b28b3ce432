//! The generator's own health: what one second of a run says of it, and what all seconds together say.
//!
//! What the system does not tell is absent, in the file as well as here: a zero is always a measured zero.

mod strain;

use serde::{Deserialize, Serialize};

pub use strain::{Busiest, STALLED, Strain, Usage};

/// What one second says of the generator and of the machine it runs on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Each worker, by its number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerHealth>,
    /// CPU of this process without the threads of an embedded mock, as a share of the CPUs it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_share: Option<f64>,
    /// CPU of the embedded mock's threads, as a share of the same CPUs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mock_cpu_share: Option<f64>,
    /// How often the cgroup's quota held its processes up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttled: Option<u64>,
    /// The share of this machine's CPU time that its hypervisor gave to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steal: Option<f64>,
    /// The share of the second in which something that could run waited for a CPU (PSI, `some`): of the cgroup
    /// where it tells, of the machine otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pressure: Option<f64>,
    /// Connections opened in this network namespace, by whichever process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_connections: Option<u64>,
    /// Closed connections of this network namespace whose ports are not free yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_wait: Option<u64>,
    /// How far the wall clock moved against the monotonic one, in milliseconds; negative: it was set back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_step_ms: Option<f64>,
}

/// One worker's second. A worker that said nothing in it has no lag, and is as busy as its thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerHealth {
    /// How late the latest beat of its 10 ms heartbeat was: for so long it did nothing that was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<f64>,
    /// The share of the second in which it ran tasks, or used CPU where that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy: Option<f64>,
}

impl Health {
    /// The busy share of the busiest worker.
    pub fn busiest(&self) -> Option<f64> {
        largest(self.workers.iter().filter_map(|worker| worker.busy))
    }

    /// The latest beat of any worker, in milliseconds.
    pub fn lag_ms(&self) -> Option<f64> {
        largest(self.workers.iter().filter_map(|worker| worker.lag_ms))
    }
}

/// What this process may use at most. Absent is what the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Room {
    /// CPUs: those of its affinity, less where a cgroup's quota allows fewer.
    pub cpus: Option<f64>,
    /// Open files.
    pub open_files: Option<u64>,
    /// Ports for connections of its own to one address.
    pub ports: Option<u64>,
}

fn largest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(f64::max)
}
