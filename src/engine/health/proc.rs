//! What the files of /proc say, as pure functions of their text: what is not there, or not as expected, is `None`.

/// CPU time of the machine, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CpuTime {
    /// Given to other machines by the hypervisor.
    pub(super) stolen: u64,
    /// All of it: at work, idle, stolen.
    pub(super) all: u64,
}

/// From `/proc/stat`.
pub(super) fn cpu_time(stat: &str) -> Option<CpuTime> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // user nice system idle iowait irq softirq steal; what guests used is in user and nice already.
    let ticks: Vec<u64> = line.split_whitespace().take(8).map_while(|ticks| ticks.parse().ok()).collect();
    let [.., stolen] = ticks.as_slice() else { return None };
    (ticks.len() == 8).then(|| CpuTime { stolen: *stolen, all: ticks.iter().sum() })
}

/// CPUs that are there and running, from `/proc/stat`.
pub(super) fn cpus_online(stat: &str) -> Option<u32> {
    let cpu = |line: &&str| {
        line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    u32::try_from(stat.lines().filter(cpu).count()).ok().filter(|cpus| *cpus > 0)
}

/// For how many microseconds so far something that could run waited, from a `cpu.pressure` or `/proc/pressure/cpu`.
pub(super) fn pressure(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    line.split_whitespace().find_map(|field| field.strip_prefix("total="))?.parse().ok()
}

/// Closed connections that wait for stragglers, from `/proc/net/sockstat`.
pub(super) fn time_wait(sockstat: &str) -> Option<u64> {
    let line = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"))?;
    let mut fields = line.split_whitespace();
    fields.find(|field| *field == "tw")?;
    fields.next()?.parse().ok()
}

/// Connections opened so far, from `/proc/net/snmp`: one line names the fields, the next has their values.
pub(super) fn connections_opened(snmp: &str) -> Option<u64> {
    let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Tcp:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let nth = names.split_whitespace().position(|name| name == "ActiveOpens")?;
    values.split_whitespace().nth(nth)?.parse().ok()
}

/// CPUs of a process's affinity, from `/proc/self/status`.
pub(super) fn cpus_allowed(status: &str) -> Option<u32> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let cpus = list.trim().split(',').map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        last.checked_sub(first)?.checked_add(1)
    });
    cpus.sum::<Option<u32>>().filter(|cpus| *cpus > 0)
}

/// The soft limit of open files, from `/proc/self/limits`; `None` where there is none.
pub(super) fn files_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many ports there are to connect from, from `/proc/sys/net/ipv4/ip_local_port_range`.
pub(super) fn ports(range: &str) -> Option<u64> {
    let mut fields = range.split_whitespace();
    let mut port = || fields.next()?.parse::<u16>().ok();
    let (first, last) = (port()?, port()?);
    Some(u64::from(last.checked_sub(first)?) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steal_is_the_eighth_kind_of_time() {
        let stat = "cpu  2560606 163889 410233 1425900 13792 0 19702 2160 5 6\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        let all = 2_560_606 + 163_889 + 410_233 + 1_425_900 + 13_792 + 19_702 + 2_160;
        assert_eq!(cpu_time(stat), Some(CpuTime { stolen: 2_160, all }));
        assert_eq!(cpus_online("cpu  1 2\ncpu0 1 2\ncpu3 1 2\nintr 5\ncpufreq 7\n"), Some(2));
        assert_eq!((cpus_online(""), cpus_online("cpu  1 2\n")), (None, None));
        // Kernels before 2.6.11 had no steal.
        for garbage in ["", "cpu  1 2 3 4 5 6 7", "cpu  1 2 3 x 5 6 7 8", "cpu0 1 2 3 4 5 6 7 8"] {
            assert_eq!(cpu_time(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn pressure_is_the_total_of_some() {
        let text = "some avg10=51.69 avg60=12.84 avg300=6.79 total=9799205078\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(pressure(text), Some(9_799_205_078));
        for garbage in ["", "full avg10=0.00 total=7", "some avg10=1.0", "some total=much"] {
            assert_eq!(pressure(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn sockets_are_counted_for_tcp() {
        let sockstat = "sockets: used 22\nTCP: inuse 1 orphan 0 tw 318 alloc 1 mem 3\nUDP: inuse 0 mem 0\n";
        assert_eq!(time_wait(sockstat), Some(318));
        for garbage in ["", "TCP: inuse 1", "TCP: inuse 1 tw", "TCP: tw many", "UDP: tw 3"] {
            assert_eq!(time_wait(garbage), None, "{garbage}");
        }
        let snmp = "Ip: Forwarding DefaultTTL\nIp: 1 64\n\
                    Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens\nTcp: 1 200 120000 -1 469421 468299\n";
        assert_eq!(connections_opened(snmp), Some(469_421));
        for garbage in [
            "",
            "Tcp: RtoMin ActiveOpens",
            "Tcp: RtoMin\nTcp: 1",
            "Tcp: a ActiveOpens\nTcp: 1",
            "Tcp: ActiveOpens\nTcp: -",
        ] {
            assert_eq!(connections_opened(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn cpus_are_counted_in_ranges() {
        for (list, cpus) in [("0-1", Some(2)), ("0", Some(1)), ("0-3,8,10-11", Some(7))] {
            assert_eq!(
                cpus_allowed(&format!("Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t{list}\n")),
                cpus
            );
        }
        for garbage in ["", "Cpus_allowed_list:\t", "Cpus_allowed_list:\t3-1", "Cpus_allowed_list:\tall"] {
            assert_eq!(cpus_allowed(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn limits_that_are_none_are_not_numbers() {
        let head = "Limit                     Soft Limit           Hard Limit           Units     \n";
        let files = |soft| {
            format!("{head}Max open files            {soft}                20000                files     \n")
        };
        assert_eq!(files_limit(&files("20000")), Some(20_000));
        assert_eq!(files_limit(&files("unlimited")), None);
        assert_eq!(files_limit(head), None);
        assert_eq!(ports("32768\t60999\n"), Some(28_232));
        for garbage in ["", "32768", "60999 32768", "1 70000", "a b"] {
            assert_eq!(ports(garbage), None, "{garbage}");
        }
    }
}
