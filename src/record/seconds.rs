//! `seconds.ndjson`: what was counted and how full everything was, a line a second.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::counter::Counter;
use super::health::Health;
use super::kinds::Kinds;
use super::phase::Phase;
use super::snapshot::Snapshot;

/// How full everything is at one moment, as the engine sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gauges {
    /// What the engine is doing: `setup`, `warm-up`, `steady`, `drain`, …
    pub stage: &'static str,
    /// Customers logged in.
    pub connected: u64,
    /// Chats open.
    pub open_chats: u64,
    /// Customers waiting for an agent to be free.
    pub waiting_for_agent: u64,
    /// CPU the process has used so far, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// Memory the process holds, in KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rss_kib: Option<u64>,
    /// Files the process has open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_files: Option<u64>,
    /// What this second says of the generator and its machine.
    #[serde(flatten)]
    pub health: Health,
}

/// One line: the gauges, the counters of this second, how many steps ended well or not, and failures by kind.
pub(super) fn line(
    at: Duration,
    gauges: &Gauges,
    second: &Snapshot,
    kinds: &mut Kinds,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = Map::new();
    line.insert("at_s".into(), Value::from((at.as_secs_f64() * 1e3).round() / 1e3));
    if let Value::Object(gauges) = serde_json::to_value(gauges)? {
        line.extend(gauges);
    }
    for (counter, name) in Counter::ALL {
        line.insert(name.into(), second.counters.get(counter).into());
    }
    let steps = Phase::ALL.iter().flat_map(|phase| &second.phase(*phase).steps);
    let (ok, failed) =
        steps.fold((0, 0), |(ok, failed), step| (ok + step.response.count(), failed + step.failed.count()));
    line.insert("steps_ok".into(), ok.into());
    line.insert("steps_failed".into(), failed.into());
    line.insert("errors".into(), second.errors.count().into());
    let by_kind = kinds.count(&second.errors);
    if !by_kind.is_empty() {
        line.insert("errors_by_kind".into(), serde_json::to_value(by_kind)?);
    }
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}
