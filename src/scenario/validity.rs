//! `validity:`, what the generator itself has to keep for a run to say anything about the target.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::value::{Share, Span};

/// What the generator has to keep; a run in which it did not is `invalid`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a map with `starts`, `lag`, `busy`, `busy_seconds`, `throttled_seconds`, `local_errors`, `steal`, `pressure` or `clock_step`"
)]
pub struct Validity {
    /// At least this share of the customers that were due is started, within a second.
    pub starts: Share,
    /// The p99 of the schedule lag is at most this; default: the larger of 5 ms and 5 % of the smallest latency limit
    /// among the thresholds.
    pub lag: Option<Span>,
    /// A worker that is busy for a larger share of a second is saturated in it.
    pub busy: Share,
    /// No worker is saturated in this share of the steady seconds (one or two seconds are never too many).
    pub busy_seconds: Share,
    /// A cgroup's quota holds the process up in at most this share of the steady seconds (one or two are never too many).
    pub throttled_seconds: Share,
    /// At most so many steps fail for want of files, ports, memory or a resolver on this machine.
    pub local_errors: u64,
    /// On average the hypervisor takes at most this share of the CPU time; default: told, not judged.
    pub steal: Option<Share>,
    /// On average something waits for a CPU for at most this share of the time (PSI); default: told, not judged.
    pub pressure: Option<Share>,
    /// The wall clock is never set by more than this; default: told, not judged.
    pub clock_step: Option<Span>,
}

impl Default for Validity {
    fn default() -> Validity {
        Validity {
            starts: Share::percent(99),
            lag: None,
            busy: Share::percent(80),
            busy_seconds: Share::percent(5),
            throttled_seconds: Share::percent(0),
            local_errors: 0,
            steal: None,
            pressure: None,
            clock_step: None,
        }
    }
}
