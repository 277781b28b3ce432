//! What processes use, as the kernel tells.

use std::{fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};

use crate::Fallible;

/// CPU time of this process so far, user and system, all threads.
pub(crate) fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}

/// CPU time of another process so far. The scheduler brings it up to date at least every few milliseconds.
pub(crate) fn cpu_of(pid: u32) -> Fallible<Duration> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        let ran: u64 = stat.split_whitespace().next().ok_or("an empty schedstat")?.parse()?;
        nanoseconds += ran;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Memory a process holds now, in KiB.
pub(crate) fn rss_kib(pid: u32) -> Fallible<f64> {
    status_kib(pid, "VmRSS:")
}

fn status_kib(pid: u32, field: &str) -> Fallible<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let value = status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next());
    Ok(value.ok_or_else(|| format!("no {field} of process {pid}"))?.parse()?)
}

/// How many files a process has open.
pub(crate) fn open_files(pid: u32) -> Fallible<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}

/// Raises the limit of open files as far as it goes, and says how far that is. Children inherit it.
pub(crate) fn raise_open_files() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// How many of something that takes a file each there can be, `wanted` at most: some files are for others.
pub(crate) fn affordable(wanted: usize) -> usize {
    wanted.min(raise_open_files().saturating_sub(200))
}

/// The processor, how many may be used, and how busy the machine is with other things.
pub(crate) fn machine() -> String {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        |line: &str| line.starts_with("model name").then(|| Some(line.split_once(':')?.1.trim().to_owned()));
    let model = info.lines().find_map(name).flatten().unwrap_or_else(|| "unknown processor".to_owned());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    format!("{cpus} × {model}; load average before the start {load}")
}
