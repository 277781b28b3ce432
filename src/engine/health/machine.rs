//! What the system says of this process and of the machine, from one look to the next.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::cgroup::{self, Version};
use super::clock::Clocks;
use super::proc::{self, CpuTime};
use super::share;
use crate::record::{Health, Process, Room, name_and_cpu};

/// A shorter time than this is no second: a share of it would say nothing.
const SHORTEST: Duration = Duration::from_millis(200);
/// The most of a file that is read; all are a few kB at most.
const LARGEST: u64 = 256 << 10;
/// The most threads that are looked at: a run has as many as CPUs and a few more.
const THREADS_MAX: usize = 1_024;
/// What the threads of a mock in this process are called.
const MOCK: &str = "mock";
/// What the threads of workers are called, their number behind it.
pub(in super::super) const WORKER: &str = "worker-";

/// Where to look, found once, and what was seen last.
pub(super) struct Machine {
    embedded: bool,
    room: Room,
    /// The files in which the groups of this process count how often they were held up.
    stats: Vec<PathBuf>,
    pressure: PathBuf,
    last: Option<Look>,
}

/// What all sources said at one moment. What grows is what it has grown to so far.
#[derive(Clone, Debug)]
struct Look {
    at: Instant,
    clocks: Option<Clocks>,
    /// Seconds of CPU of the whole process.
    cpu: Option<f64>,
    threads: Threads,
    cpu_time: Option<CpuTime>,
    pressure: Option<u64>,
    throttled: Option<u64>,
    opened: Option<u64>,
    time_wait: Option<u64>,
}

/// Seconds of CPU of the threads that are told apart.
#[derive(Clone, Debug, Default, PartialEq)]
struct Threads {
    mock: Option<f64>,
    workers: BTreeMap<usize, f64>,
}

impl Machine {
    /// Finds out where to look and what this process may use.
    pub(super) fn look_around(embedded: bool) -> Self {
        let text = |path: &str| text(Path::new(path)).unwrap_or_default();
        let groups = cgroup::groups(&text("/proc/self/cgroup"), &text("/proc/self/mountinfo"));
        let levels =
            || groups.iter().flat_map(|group| group.levels.iter().map(|level| (group.version, level)));
        let quota = levels().filter_map(|(version, level)| quota(version, level)).reduce(f64::min);
        let affinity = proc::cpus_allowed(&text("/proc/self/status")).map(f64::from);
        // An affinity that nobody set names every CPU that could ever be plugged in.
        let online = proc::cpus_online(&text("/proc/stat")).map(f64::from);
        let room = Room {
            cpus: [quota, affinity, online].into_iter().flatten().reduce(f64::min),
            open_files: proc::files_limit(&text("/proc/self/limits")),
            ports: proc::ports(&text("/proc/sys/net/ipv4/ip_local_port_range")),
        };
        let own = groups
            .iter()
            .find(|group| group.version == Version::Two)
            .and_then(|group| Some(group.levels.first()?.join("cpu.pressure")))
            .filter(|path| text_of(path, proc::pressure).is_some());
        Self {
            embedded,
            room,
            stats: levels()
                .map(|(_, level)| level.join("cpu.stat"))
                .filter(|stat| throttled(stat).is_some())
                .collect(),
            pressure: own.unwrap_or_else(|| "/proc/pressure/cpu".into()),
            last: None,
        }
    }

    /// What this process may use.
    pub(super) fn room(&self) -> Room {
        self.room
    }

    /// From here on counts the next second.
    pub(super) fn begin(&mut self, process: &Process) {
        self.last = Some(self.look(process));
    }

    /// What was seen since the last second, with the CPU share of each of so many workers; `None` when that was a
    /// moment ago.
    pub(super) fn second(&mut self, process: &Process, workers: usize) -> Option<(Health, Vec<Option<f64>>)> {
        let since = |last: &Look| Instant::now().saturating_duration_since(last.at);
        if self.last.as_ref().is_none_or(|last| since(last) < SHORTEST) {
            return None;
        }
        let now = self.look(process);
        let before = self.last.replace(now.clone())?;
        let worker = |nth| {
            let cpu =
                grown(before.threads.workers.get(&nth).copied(), now.threads.workers.get(&nth).copied())?;
            Some(cpu / now.seconds_since(&before))
        };
        let workers = (0..workers).map(worker).collect();
        Some((now.since(&before, self.room.cpus), workers))
    }

    fn look(&self, process: &Process) -> Look {
        let of = |path: &str, parse: fn(&str) -> Option<u64>| text_of(Path::new(path), parse);
        let held_up: Vec<u64> = self.stats.iter().filter_map(|stat| throttled(stat)).collect();
        Look {
            at: Instant::now(),
            clocks: Clocks::read(),
            cpu: process.cpu_seconds,
            threads: threads(self.embedded),
            cpu_time: text_of(Path::new("/proc/stat"), proc::cpu_time),
            pressure: text_of(&self.pressure, proc::pressure),
            throttled: (!held_up.is_empty()).then(|| held_up.iter().sum()),
            opened: of("/proc/net/snmp", proc::connections_opened),
            time_wait: of("/proc/net/sockstat", proc::time_wait),
        }
    }
}

impl Look {
    fn seconds_since(&self, before: &Self) -> f64 {
        self.at.saturating_duration_since(before.at).as_secs_f64()
    }

    /// What happened between two looks.
    fn since(&self, before: &Self, cpus: Option<f64>) -> Health {
        let seconds = self.seconds_since(before);
        let mock = grown(before.threads.mock, self.threads.mock);
        let of_cpus = |used: Option<f64>| Some(share(used?.max(0.0) / (seconds * cpus?)));
        let steal = before.cpu_time.zip(self.cpu_time).and_then(|(before, now)| {
            let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
            Some(share(now.stolen.saturating_sub(before.stolen) as f64 / all as f64))
        });
        let more = |before: Option<u64>, now: Option<u64>| Some(now?.saturating_sub(before?));
        Health {
            workers: Vec::new(),
            cpu_share: of_cpus(grown(before.cpu, self.cpu).map(|all| all - mock.unwrap_or(0.0))),
            mock_cpu_share: of_cpus(mock),
            throttled: more(before.throttled, self.throttled),
            steal,
            pressure: more(before.pressure, self.pressure)
                .map(|waited| share((waited as f64 / 1e6 / seconds).min(1.0))),
            new_connections: more(before.opened, self.opened),
            time_wait: self.time_wait,
            clock_step_ms: before.clocks.zip(self.clocks).map(|(before, now)| now.step_ms(before)),
        }
    }
}

/// The growth of a number of seconds; one that shrank is another thread's.
fn grown(before: Option<f64>, now: Option<f64>) -> Option<f64> {
    Some(now? - before?).filter(|more| *more >= 0.0)
}

fn quota(version: Version, level: &Path) -> Option<f64> {
    match version {
        Version::Two => text_of(&level.join("cpu.max"), cgroup::quota_two),
        Version::One => {
            let [quota, period] =
                ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map(|name| text(&level.join(name)));
            cgroup::quota_one(&quota?, &period?)
        }
    }
}

fn throttled(stat: &Path) -> Option<u64> {
    text_of(stat, cgroup::throttled)
}

/// The threads of this process that are told apart by their names.
fn threads(embedded: bool) -> Threads {
    let mut found = Threads::default();
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return found };
    for task in tasks.flatten().take(THREADS_MAX) {
        // A thread may be gone by now.
        let Some(stat) = text(&task.path().join("stat")) else { continue };
        let Some((name, cpu)) = name_and_cpu(&stat) else { continue };
        if let Some(number) = name.strip_prefix(WORKER).and_then(|number| number.parse().ok()) {
            found.workers.insert(number, cpu);
        } else if embedded && name == MOCK {
            *found.mock.get_or_insert(0.0) += cpu;
        }
    }
    found
}

fn text_of<T>(path: &Path, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    parse(&text(path)?)
}

/// The text of a small file; `None` when it is not there or not text.
fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: Instant) -> Look {
        Look {
            at,
            clocks: None,
            cpu: Some(10.0),
            threads: Threads { mock: Some(4.0), workers: BTreeMap::from([(0, 5.0)]) },
            cpu_time: Some(CpuTime { stolen: 100, all: 10_000 }),
            pressure: Some(7_000_000),
            throttled: Some(3),
            opened: Some(1_000),
            time_wait: Some(50),
        }
    }

    #[test]
    fn a_second_is_the_difference_of_two_looks_and_the_mock_is_apart() {
        let start = Instant::now();
        let before = look(start);
        let now = Look {
            cpu: Some(12.0),
            threads: Threads { mock: Some(4.5), workers: BTreeMap::from([(0, 6.0)]) },
            cpu_time: Some(CpuTime { stolen: 120, all: 10_400 }),
            pressure: Some(7_500_000),
            throttled: Some(5),
            opened: Some(1_250),
            time_wait: Some(80),
            ..look(start + Duration::from_secs(2))
        };
        let expected = Health {
            workers: Vec::new(),
            cpu_share: Some(0.1875),
            mock_cpu_share: Some(0.0625),
            throttled: Some(2),
            steal: Some(0.05),
            pressure: Some(0.25),
            new_connections: Some(250),
            time_wait: Some(80),
            clock_step_ms: None,
        };
        assert_eq!(now.since(&before, Some(4.0)), expected);
    }

    #[test]
    fn what_the_system_does_not_tell_is_absent_and_never_zero() {
        let start = Instant::now();
        let nothing = |at| Look {
            at,
            clocks: None,
            cpu: None,
            threads: Threads::default(),
            cpu_time: None,
            pressure: None,
            throttled: None,
            opened: None,
            time_wait: None,
        };
        let after = start + Duration::from_secs(1);
        assert_eq!(nothing(after).since(&nothing(start), Some(2.0)), Health::default());
        // Also what was told only once.
        let once = Health { time_wait: Some(50), ..Health::default() };
        assert_eq!(look(after).since(&nothing(start), Some(2.0)), once);
        assert_eq!(nothing(after).since(&look(start), Some(2.0)), Health::default());
        // Without the CPUs there is no share of them.
        let shares = look(after).since(&look(start), None);
        assert_eq!((shares.cpu_share, shares.mock_cpu_share, shares.throttled), (None, None, Some(0)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells_what_every_linux_tells() {
        let machine = Machine::look_around(false);
        let room = machine.room();
        assert!(room.cpus.is_some_and(|cpus| cpus > 0.0), "{room:?}");
        let look = machine.look(&Process::read());
        assert!(look.cpu.is_some() && look.cpu_time.is_some() && look.threads.mock.is_none(), "{look:?}");
    }

    #[test]
    fn a_missing_file_is_no_text() {
        assert_eq!(text(Path::new("/proc/no/such/file")), None);
        assert_eq!(quota(Version::Two, Path::new("/nowhere")), None);
        assert_eq!(quota(Version::One, Path::new("/nowhere")), None);
        assert_eq!(throttled(Path::new("/nowhere/cpu.stat")), None);
    }
}
