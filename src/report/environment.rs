//! `env.json`: the machine a run was made on. No variables, no arguments, no addresses: nothing secret.

use std::fs;

use serde::{Deserialize, Serialize};

/// The machine, as far as it tells. What it does not tell is null.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Environment {
    /// The version of flexload.
    pub flexload: String,
    /// Whether it was built with optimisations: times of a debug build say little.
    pub optimised: bool,
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub arch: String,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The host's name.
    pub host: Option<String>,
    /// The processor's model.
    pub cpu: Option<String>,
    /// CPUs this process may use.
    pub cpus: Option<usize>,
    /// Memory of the machine, in KiB.
    pub memory_kib: Option<u64>,
}

impl Environment {
    /// Asks the machine.
    pub fn read() -> Self {
        let line = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        Self {
            flexload: env!("CARGO_PKG_VERSION").to_owned(),
            optimised: !cfg!(debug_assertions),
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            kernel: line("/proc/sys/kernel/osrelease"),
            host: line("/proc/sys/kernel/hostname"),
            cpu: field("/proc/cpuinfo", "model name"),
            cpus: std::thread::available_parallelism().ok().map(Into::into),
            memory_kib: field("/proc/meminfo", "MemTotal")
                .and_then(|text| text.strip_suffix("kB")?.trim().parse().ok()),
        }
    }
}

/// The value of the first `name : value` line.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'))?;
    Some(value.trim().to_owned())
}
