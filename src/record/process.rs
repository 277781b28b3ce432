//! What this process uses: the numbers behind the gauges and the generator's own row.

use std::fs;

/// The kernel gives CPU time in ticks of this many a second. It is 100 on every Linux that flexload is built for
/// (`USER_HZ` is part of the kernel's interface, not of its configuration).
const TICKS_PER_SECOND: f64 = 100.0;

/// What this process uses at one moment. Zero where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Process {
    /// CPU used so far by all threads, in seconds.
    pub cpu_seconds: f64,
    /// Memory held now, in KiB.
    pub rss_kib: u64,
    /// The most memory held so far, in KiB.
    pub max_rss_kib: u64,
    /// Files open now.
    pub open_files: u64,
}

impl Process {
    /// Asks the system. Some tens of microseconds: once a second, not per request.
    pub fn read() -> Self {
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            cpu_seconds: cpu_seconds(&stat).unwrap_or(0.0),
            rss_kib: kib(&status, "VmRSS:").unwrap_or(0),
            max_rss_kib: kib(&status, "VmHWM:").unwrap_or(0),
            // The folder that is being read is an open file too.
            open_files: fs::read_dir("/proc/self/fd")
                .map_or(0, |files| files.count().saturating_sub(1) as u64),
        }
    }
}

/// User and system time, the 14th and 15th field. The second field, a name in parentheses, may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = |field: Option<&str>| field?.parse::<f64>().ok();
    Some((ticks(fields.next())? + ticks(fields.next())?) / TICKS_PER_SECOND)
}

fn kib(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_name() {
        let stat = "42 (odd ) name) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds("nonsense"), None);
    }

    #[test]
    fn memory_is_in_kib() {
        let status = "Name:\tflexload\nVmHWM:\t   65536 kB\nVmRSS:\t   12 kB\n";
        assert_eq!((kib(status, "VmHWM:"), kib(status, "VmRSS:")), (Some(65_536), Some(12)));
        assert_eq!(kib(status, "VmPeak:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_something() {
        let process = Process::read();
        assert!(process.rss_kib > 0 && process.max_rss_kib >= process.rss_kib && process.open_files > 0);
    }
}
