//! What this process uses: the numbers behind the gauges and the generator's own row.

use std::fs;

/// The kernel gives CPU time in ticks of this many a second. It is 100 on every Linux that flexload is built for
/// (`USER_HZ` is part of the kernel's interface, not of its configuration).
const TICKS_PER_SECOND: f64 = 100.0;

/// What this process uses at one moment. Absent is what the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Process {
    /// CPU used so far by all threads, in seconds.
    pub cpu_seconds: Option<f64>,
    /// Memory held now, in KiB.
    pub rss_kib: Option<u64>,
    /// The most memory held so far, in KiB.
    pub max_rss_kib: Option<u64>,
    /// Files open now.
    pub open_files: Option<u64>,
}

impl Process {
    /// Asks the system. Some tens of microseconds: once a second, not per request.
    pub fn read() -> Self {
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            cpu_seconds: name_and_cpu(&stat).map(|(_, cpu)| cpu),
            rss_kib: kib(&status, "VmRSS:"),
            max_rss_kib: kib(&status, "VmHWM:"),
            open_files: open_files(),
        }
    }
}

/// The name of a process or of one of its threads and the CPU it has used so far, in seconds, from `/proc/…/stat`.
pub(crate) fn name_and_cpu(stat: &str) -> Option<(&str, f64)> {
    // The name may hold anything, parentheses included; user and system time are the 14th and 15th field.
    let (before, after) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let mut fields = after.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((name, (ticks()? + ticks()?) as f64 / TICKS_PER_SECOND))
}

/// Since Linux 6.2 the folder's size is how many files there are; before it was 0, and they have to be counted.
fn open_files() -> Option<u64> {
    const FOLDER: &str = "/proc/self/fd";
    let size = fs::metadata(FOLDER).ok()?.len();
    if size > 0 {
        return Some(size);
    }
    // The folder that is being read is an open file too.
    fs::read_dir(FOLDER).ok().map(|files| files.count().saturating_sub(1) as u64)
}

fn kib(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_name_whatever_is_in_it() {
        let stat = "42 (odd ) (name) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 2305112 3133440 386";
        assert_eq!(name_and_cpu(stat), Some(("odd ) (name", 3.0)));
        assert_eq!(name_and_cpu("7 (mock) S 1 1 1 0 -1 4194304 101 0 0 0 1 2 0 0 20"), Some(("mock", 0.03)));
        for garbage in ["", "42 (cut", "42 (cut) S 1 2", "42 (no) S a b c d e f g h i j k l m", "no name"] {
            assert_eq!(name_and_cpu(garbage), None, "{garbage}");
        }
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
        assert!(process.rss_kib > Some(0) && process.max_rss_kib >= process.rss_kib);
        assert!(process.cpu_seconds.is_some());
        let counted = fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        // Other tests open and close files meanwhile.
        assert!(process.open_files.unwrap().abs_diff(counted) < 200, "{process:?} {counted}");
    }
}
