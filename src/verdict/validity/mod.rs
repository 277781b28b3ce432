//! Whether the generator did its part. A run whose generator did not says nothing about the target.
//!
//! Judged by what was counted and by the series of the generator's health. What the target does, however bad, breaks
//! nothing here: customers that find no slot because chats last long are failed responses, unless the generator
//! itself was held up meanwhile.

mod limits;
mod note;

use std::fmt;
use std::time::Duration;

pub use limits::Limits;

use crate::record::{Counter, Counters, Kind, Observed, Room, Strain, Summary};
use crate::words;

/// Fewer saturated or throttled seconds are no pattern, however short the run was.
const SECONDS_MIN: u64 = 3;

/// One thing the generator had to keep, with what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name: that of its limit in the scenario.
    pub name: &'static str,
    /// What.
    pub what: String,
    /// The value seen.
    pub seen: String,
    /// The limit.
    pub limit: String,
    /// The value as a number: a share of one, milliseconds or a count; `None` when it is not known.
    pub value: Option<f64>,
    /// The limit in the value's unit.
    pub bound: f64,
    /// Where seconds are counted: the share of one from which on a second counts.
    pub each_second: Option<f64>,
    /// Whether it was kept. What is not known is not broken.
    pub held: bool,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (limit: {})", self.what, self.seen, self.limit)
    }
}

/// Every check of the generator.
#[derive(Clone, Debug, PartialEq)]
pub struct Validity {
    checks: Vec<Check>,
    notes: Vec<String>,
}

impl Validity {
    /// Judges a run that ended.
    pub fn of(summary: &Summary, limits: &Limits, room: &Room) -> Self {
        let (counters, strain) = (summary.counters(), summary.strain());
        let mut checks = vec![
            starts(counters, strain, limits),
            lag(summary.lag().percentile(0.99), limits),
            busy(strain, limits),
            throttled(strain, limits),
            local(&summary.local_failures(), limits),
        ];
        checks.extend(of_the_machine(strain, limits));
        Self { checks, notes: note::notes(summary, limits, room) }
    }

    /// The first thing that a run which still goes on does not keep so far, in words; `None` while it may become valid.
    pub fn broken_so_far(counters: &Counters, strain: &Strain, limits: &Limits) -> Option<String> {
        let checks = [starts(counters, strain, limits), busy(strain, limits), throttled(strain, limits)];
        checks.iter().find(|check| !check.held).map(Check::to_string)
    }

    /// Whether everything was kept.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.held)
    }

    /// Everything, for the reports.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// What was not kept.
    pub fn broken(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.held)
    }

    /// What people should know of the machine although it breaks no limit.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Of the customers that were due, how many were started, and in time.
///
/// One that found all slots taken is no fault of the generator: it is a failed response, and counted there. It is one
/// where the generator was held up in that second, because chats then keep their slots by its doing.
fn starts(counters: &Counters, strain: &Strain, limits: &Limits) -> Check {
    let own = strain.dropped_when_saturated(limits.busy);
    let by_the_target = counters.get(Counter::Dropped).saturating_sub(own);
    let due = counters.get(Counter::Due).saturating_sub(by_the_target);
    let late = counters.get(Counter::LateStarts);
    let started = counters.get(Counter::Started).saturating_sub(late);
    let share = if due == 0 { 1.0 } else { started as f64 / due as f64 };
    let why = [(own, "dropped while the generator was held up"), (late, "more than 1s late")];
    let why: Vec<String> =
        why.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("{count} {why}")).collect();
    Check {
        name: "starts",
        what: "customers started of those due".to_owned(),
        seen: format!("{started} of {due}{}", in_brackets(&why)),
        limit: format!("at least {}", percent(limits.starts)),
        value: (due > 0).then_some(share),
        bound: limits.starts,
        each_second: None,
        held: share >= limits.starts,
    }
}

/// How late the generator was, where enough was started to say so.
fn lag(p99: Observed, limits: &Limits) -> Check {
    let (seen, value, held) = match p99 {
        Observed::Time(lag) => (words::time(ms(lag)), Some(ms(lag)), lag <= limits.lag),
        Observed::TooFew { have, need } => (format!("n/a ({have} of {need} starts)"), None, true),
        Observed::Failed | Observed::Ratio(_) | Observed::Count(_) => ("n/a".to_owned(), None, true),
    };
    Check {
        name: "lag",
        what: "schedule lag p99".to_owned(),
        seen,
        limit: format!("at most {}", words::time(ms(limits.lag))),
        value,
        bound: ms(limits.lag),
        each_second: None,
        held,
    }
}

/// In how much of the steady state the busiest worker had no time left.
fn busy(strain: &Strain, limits: &Limits) -> Check {
    let busiest = strain.busiest(limits.busy);
    let share = busiest.map(|busiest| busiest.above as f64 / busiest.seconds as f64);
    let broken = busiest
        .zip(share)
        .is_some_and(|(busiest, share)| busiest.above >= SECONDS_MIN && share >= limits.busy_seconds);
    Check {
        name: "busy",
        what: format!("steady seconds in which a worker was busy for more than {}", percent(limits.busy)),
        seen: busiest.map_or_else(
            || "n/a (no steady second)".to_owned(),
            |busiest| format!("{} of {} (worker {})", busiest.above, busiest.seconds, busiest.worker),
        ),
        limit: format!("less than {}, or than {SECONDS_MIN} seconds", percent(limits.busy_seconds)),
        value: share,
        bound: limits.busy_seconds,
        each_second: Some(limits.busy),
        held: !broken,
    }
}

fn throttled(strain: &Strain, limits: &Limits) -> Check {
    let seconds = strain.throttled_seconds.filter(|_| strain.steady_seconds > 0);
    let share = seconds.map(|seconds| seconds as f64 / strain.steady_seconds as f64);
    Check {
        name: "throttled_seconds",
        what: "steady seconds in which the CPU quota held the process up".to_owned(),
        seen: seconds.map_or_else(
            || "n/a (no quota is told)".to_owned(),
            |seconds| format!("{seconds} of {}{}", strain.steady_seconds, times(strain.throttled)),
        ),
        limit: format!("at most {}, or less than {SECONDS_MIN} seconds", percent(limits.throttled_seconds)),
        value: share,
        bound: limits.throttled_seconds,
        each_second: None,
        held: seconds.is_none_or(|seconds| seconds < SECONDS_MIN)
            || share.is_none_or(|share| share <= limits.throttled_seconds),
    }
}

fn local(failures: &[(Kind, u64)], limits: &Limits) -> Check {
    let count: u64 = failures.iter().map(|(_, count)| count).sum();
    let kinds: Vec<String> = failures
        .iter()
        .map(|(kind, count)| {
            let name = kind.to_string();
            format!("{} {count}", name.strip_prefix("local ").unwrap_or(&name))
        })
        .collect();
    Check {
        name: "local_errors",
        what: "errors of this machine".to_owned(),
        seen: if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") },
        limit: match limits.local_errors {
            0 => "none".to_owned(),
            most => format!("at most {most}"),
        },
        value: Some(count as f64),
        bound: limits.local_errors as f64,
        each_second: None,
        held: count <= limits.local_errors,
    }
}

/// What is judged only where the scenario has a limit for it.
fn of_the_machine(strain: &Strain, limits: &Limits) -> Vec<Check> {
    let share = |name, what: &str, seen: Option<f64>, limit: Option<f64>| {
        let check = |limit| Check {
            name,
            what: what.to_owned(),
            seen: seen.map_or_else(|| "n/a (the system does not tell)".to_owned(), percent),
            limit: format!("at most {}", percent(limit)),
            value: seen,
            bound: limit,
            each_second: None,
            held: seen.is_none_or(|seen| seen <= limit),
        };
        limit.map(check)
    };
    let clock = limits.clock_step.map(|limit| {
        let step = strain.clock_step_ms.map(f64::abs);
        Check {
            name: "clock_step",
            what: "largest step of the wall clock".to_owned(),
            seen: step.map_or_else(|| "n/a".to_owned(), words::time),
            limit: format!("at most {}", words::time(ms(limit))),
            value: step,
            bound: ms(limit),
            each_second: None,
            held: step.is_none_or(|step| step <= ms(limit)),
        }
    });
    let steal = share("steal", "CPU time taken by the hypervisor", strain.steal.mean(), limits.steal);
    let waiting = "time in which something waited for a CPU";
    let pressure = share("pressure", waiting, strain.pressure.mean(), limits.pressure);
    [steal, pressure, clock].into_iter().flatten().collect()
}

fn times(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => " (once)".to_owned(),
        many => format!(" ({many} times)"),
    }
}

fn in_brackets(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A share in percent, to the tenth.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1e3).round() / 10.0)
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
