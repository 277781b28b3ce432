//! Whether the generator did its part. A run whose generator did not says nothing about the target.

use std::fmt;

use crate::record::{Counter, Counters, Kind, Summary};

/// The share of intended starts that must be achieved.
const STARTS_MIN: f64 = 0.99;

/// One thing the generator had to keep, with what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// The value seen.
    pub seen: String,
    /// The limit.
    pub limit: String,
    /// Whether it was kept.
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
}

impl Validity {
    /// Looks at the starts and the local failures of a run.
    pub fn of(summary: &Summary) -> Self {
        Self { checks: vec![starts(summary.counters()), local(&summary.local_failures())] }
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
}

/// Of the customers that were due, how many were started.
///
/// One that found all slots taken is no fault of the generator: it is a failed response, and counted there.
fn starts(counters: &Counters) -> Check {
    let due = counters.get(Counter::Due).saturating_sub(counters.get(Counter::Dropped));
    let started = counters.get(Counter::Started);
    let share = if due == 0 { 1.0 } else { started as f64 / due as f64 };
    Check {
        what: "customers started of those due",
        seen: format!("{started} of {due}"),
        limit: format!("at least {:.0}%", STARTS_MIN * 100.0),
        held: share >= STARTS_MIN,
    }
}

fn local(failures: &[(Kind, u64)]) -> Check {
    let count: u64 = failures.iter().map(|(_, count)| count).sum();
    let kinds: Vec<String> = failures
        .iter()
        .map(|(kind, count)| {
            let name = kind.to_string();
            format!("{} {count}", name.strip_prefix("local ").unwrap_or(&name))
        })
        .collect();
    Check {
        what: "errors of this machine",
        seen: if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") },
        limit: "none".to_owned(),
        held: count == 0,
    }
}
