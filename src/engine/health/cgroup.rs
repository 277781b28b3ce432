//! The control groups this process is in: how much CPU they allow it, and how often they held it up.
//!
//! A limit may stand at any level above the process, so all levels up to the mount are asked. In a container the
//! path that the process sees and the part of the tree that is mounted differ, for which mountinfo has the root.

use std::path::{Path, PathBuf};

/// More levels than anybody nests.
const LEVELS_MAX: usize = 32;

/// The two hierarchies that know CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// A control group and those above it, the innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) version: Version,
    pub(super) levels: Vec<PathBuf>,
}

/// The groups that may govern this process's CPU, from `/proc/self/cgroup` and `/proc/self/mountinfo`.
pub(super) fn groups(cgroup: &str, mountinfo: &str) -> Vec<Group> {
    let one = cgroup.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers.split(',').any(|name| name == "cpu").then_some(path)
    });
    let two = cgroup.lines().find_map(|line| line.strip_prefix("0::"));
    [(Version::One, one), (Version::Two, two)]
        .into_iter()
        .filter_map(|(version, path)| group(version, Path::new(path?), mountinfo))
        .collect()
}

fn group(version: Version, path: &Path, mountinfo: &str) -> Option<Group> {
    let (root, mount) = mountinfo.lines().find_map(|line| mounted(version, line))?;
    // Where only a part of the tree is mounted, that part is what a container sees.
    let inside = path.strip_prefix(root).unwrap_or(Path::new(""));
    let innermost = mount.join(inside);
    let levels = innermost.ancestors().take_while(|level| level.starts_with(mount)).take(LEVELS_MAX);
    Some(Group { version, levels: levels.map(Path::to_owned).collect() })
}

/// Root and place of a mount of this hierarchy: `36 35 0:29 ROOT PLACE rw - cgroup cgroup rw,cpu`.
fn mounted(version: Version, line: &str) -> Option<(&Path, &Path)> {
    let (mount, kind) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (root, place) = (mount.next()?, mount.next()?);
    let mut kind = kind.split(' ');
    let (kind, options) = (kind.next()?, kind.nth(1)?);
    let fits = match version {
        Version::One => kind == "cgroup" && options.split(',').any(|option| option == "cpu"),
        Version::Two => kind == "cgroup2",
    };
    fits.then_some((Path::new(root), Path::new(place)))
}

/// CPUs that version 2 allows, from `cpu.max`: a quota and its period, both in microseconds.
pub(super) fn quota_two(max: &str) -> Option<f64> {
    let mut fields = max.split_whitespace();
    let (quota, period) = (fields.next()?, fields.next()?);
    cpus(quota.parse().ok()?, period.parse().ok()?)
}

/// CPUs that version 1 allows, from `cpu.cfs_quota_us` (−1: all) and `cpu.cfs_period_us`.
pub(super) fn quota_one(quota: &str, period: &str) -> Option<f64> {
    cpus(quota.trim().parse().ok()?, period.trim().parse().ok()?)
}

fn cpus(quota: i64, period: i64) -> Option<f64> {
    (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
}

/// How often a group was held up so far, from `cpu.stat` of either version.
pub(super) fn throttled(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("nr_throttled ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(levels: &[&str]) -> Vec<PathBuf> {
        levels.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn a_group_of_version_two_is_asked_level_by_level() {
        let cgroup = "0::/user.slice/user-1000.slice/session-2.scope\n";
        let mounts = "23 28 0:21 / /proc rw,nosuid - proc proc rw\n\
                      29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
        let levels = paths(&[
            "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope",
            "/sys/fs/cgroup/user.slice/user-1000.slice",
            "/sys/fs/cgroup/user.slice",
            "/sys/fs/cgroup",
        ]);
        assert_eq!(groups(cgroup, mounts), [Group { version: Version::Two, levels }]);
    }

    #[test]
    fn beside_version_one_version_two_is_asked_as_well() {
        let cgroup = "9:name=systemd:/\n4:memory:/a\n3:cpuset:/\n2:cpuacct:/\n1:cpu:/jobs/7\n0::/\n";
        let mounts = "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
                      32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n\
                      33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n\
                      41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
        let one = paths(&["/sys/fs/cgroup/cpu/jobs/7", "/sys/fs/cgroup/cpu/jobs", "/sys/fs/cgroup/cpu"]);
        let two = paths(&["/sys/fs/cgroup/unified"]);
        let expected =
            [Group { version: Version::One, levels: one }, Group { version: Version::Two, levels: two }];
        assert_eq!(groups(cgroup, mounts), expected);
    }

    #[test]
    fn a_container_sees_its_part_of_the_tree_only() {
        let cgroup = "4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n";
        let mounts = "1 2 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n";
        let levels = paths(&["/sys/fs/cgroup/cpu,cpuacct"]);
        assert_eq!(groups(cgroup, mounts), [Group { version: Version::One, levels }]);
        // With a namespace of its own the path is the root, whatever is mounted from where.
        let mounts = "1 2 0:29 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        let levels = paths(&["/sys/fs/cgroup"]);
        assert_eq!(groups("0::/\n", mounts), [Group { version: Version::Two, levels }]);
    }

    #[test]
    fn no_group_and_garbage_allow_everything() {
        let mounts = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        for (cgroup, mounts) in [
            ("", mounts),
            ("0::/", ""),
            ("cpu", mounts),
            ("1:cpu:/", mounts),
            ("0::/", "41 - cgroup2"),
            ("0::/", "- - -"),
        ] {
            assert_eq!(groups(cgroup, mounts), [], "{cgroup:?} {mounts:?}");
        }
    }

    #[test]
    fn a_quota_is_a_number_of_cpus() {
        assert_eq!(quota_two("150000 100000\n"), Some(1.5));
        assert_eq!(quota_one("50000\n", "100000\n"), Some(0.5));
        for none in ["max 100000", "", "100000", "a b", "100000 0", "-1 100000"] {
            assert_eq!(quota_two(none), None, "{none}");
        }
        for (quota, period) in [("-1", "100000"), ("", ""), ("50000", "0"), ("x", "100000")] {
            assert_eq!(quota_one(quota, period), None, "{quota} {period}");
        }
    }

    #[test]
    fn being_held_up_is_counted_alike_in_both_versions() {
        let two =
            "usage_usec 1\nuser_usec 1\nsystem_usec 0\nnr_periods 12\nnr_throttled 3\nthrottled_usec 9\n";
        let one = "nr_periods 12\nnr_throttled 4\nthrottled_time 99\nnr_bursts 0\nburst_time 0\n";
        assert_eq!((throttled(two), throttled(one)), (Some(3), Some(4)));
        for garbage in ["", "usage_usec 1\n", "nr_throttled\n", "nr_throttled often\n"] {
            assert_eq!(throttled(garbage), None, "{garbage}");
        }
    }
}
