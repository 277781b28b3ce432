//! Everything any form of the report may tell. Serialised, it is `run.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::record::Peak;
use crate::verdict::{Judgement, Outcome};
use crate::words;

/// A run, as all reports tell it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "flexload run", description = "What a run of flexload measured and what it came to.")]
pub struct Report {
    /// The version of this form.
    pub schema_version: u32,
    /// The version of flexload that made it.
    pub flexload: String,
    /// The run's id.
    pub run_id: String,
    /// When it started (UTC).
    pub started: String,
    /// How long it was.
    pub elapsed_s: f64,
    /// What was run.
    pub scenario: ScenarioRef,
    /// What all randomness came from.
    pub seed: u64,
    /// Equal hash: the same load was offered.
    pub schedule_hash: String,
    /// How customers arrive and steps follow: `open`, `partly open` or `closed`.
    pub load_model: String,
    /// Labels given on the command line.
    pub labels: BTreeMap<String, String>,
    /// Who was driven.
    pub target: TargetRef,
    /// What the command line said of the run that the effective scenario does not hold; empty in runs of versions that
    /// did not tell.
    #[serde(default)]
    pub given: Given,
    /// What it came to.
    pub verdict: Verdict,
    /// The process's exit code.
    pub exit_code: u8,
    /// Counts of the whole run, warm-up included.
    pub totals: Totals,
    /// How far customers got in their chat, in its order; empty in runs of versions that did not count it.
    #[serde(default)]
    pub funnel: Vec<FunnelRow>,
    /// The most there was of each, looked at once a second: what came and went between two looks is not in it.
    pub peak: Peak,
    /// The minute with the most customers connected all through it; null when the run was shorter.
    pub sustained: Option<Sustained>,
    /// Steps that were due in warm-up and so are in no time below.
    pub warm_up_steps: u64,
    /// The steady state of each step, in the scenario's order.
    pub steps: Vec<StepRow>,
    /// The steady state of parts of steps and of waits.
    pub parts: Vec<PartRow>,
    /// Failures of the whole run by step and kind, the most frequent first.
    pub errors: Vec<ErrorRow>,
    /// The thresholds with the values seen.
    pub thresholds: Vec<ThresholdRow>,
    /// The generator itself.
    pub generator: Generator,
    /// Open chats, counted in two ways that must agree.
    #[serde(default)]
    pub littles_law: Option<LittlesLawRow>,
    /// What people should know beside the numbers.
    pub notes: Vec<String>,
    /// The run's folder; null when it could not be made.
    pub folder: Option<String>,
    /// The files in it.
    pub files: Vec<String>,
}

/// What was run.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioRef {
    /// Its name.
    pub name: String,
    /// The hash of what it says, options applied.
    pub hash: String,
}

/// Who was driven.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TargetRef {
    /// Its name: `mock`, or one of the target file.
    pub name: String,
    /// `mock`, in this process or another one on this machine, or `flex`.
    pub kind: String,
    /// Whether it ran on the generator's own machine: then each slows the other.
    pub same_machine: bool,
}

/// What the command line, or the environment in its place, said of a run beside the scenario's options and the labels.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Given {
    /// `--target`; null: the mock inside the run.
    pub target: Option<String>,
    /// `--once`: one customer only.
    pub once: bool,
    /// `--workers`; null: one for each CPU.
    pub workers: Option<u32>,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// In one word.
    pub outcome: Outcome,
    /// Why, the deciding reason first.
    pub reasons: Vec<String>,
}

/// Counts of the whole run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Customers whose start was due.
    pub due: u64,
    /// Customers that were started.
    pub customers: u64,
    /// Customers whose iteration ended.
    pub finished: u64,
    /// Customers that walked through all their steps without an error.
    pub completed: u64,
    /// Messages sent, by customers and agents.
    pub sent: u64,
    /// Messages the target acknowledged.
    pub acknowledged: u64,
    /// Messages seen by every member joined at the send.
    pub pushed: u64,
    /// Customers' messages that were answered.
    pub replied: u64,
    /// Failures, none left out.
    pub errors: u64,
    /// Customers that were due but found no slot free.
    pub dropped: u64,
    /// Customers that were started more than a second after they were due.
    #[serde(default)]
    pub late_starts: u64,
    /// Attempts beyond a step's first.
    pub retries: u64,
    /// Connections that were lost and made again.
    pub reconnects: u64,
}

/// Something that a chat comes to for the first time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FunnelRow {
    /// What: token, login, channel, agent, first message, first reply.
    pub what: String,
    /// Customers that were started whose journey leads there, on whichever branch.
    pub of: u64,
    /// Customers that came there.
    pub reached: u64,
}

/// A minute and what happened in it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Sustained {
    /// When it began, after the start of the run.
    pub from_s: f64,
    /// How long it was.
    pub length_s: f64,
    /// The fewest customers connected at any second of it.
    pub connected: u64,
    /// The customers that completed in it.
    pub completed: u64,
    /// The fewest messages any of those sent; null when none completed.
    pub least_sent: Option<u32>,
    /// The fewest replies any of those got; null when none completed.
    pub least_replied: Option<u32>,
}

/// Percentiles of one kind of time, in milliseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    /// How many samples, failures included.
    pub count: u64,
    /// How many of them failed; they rank above every success.
    pub failed: u64,
    /// The median; null with fewer than 5 samples or when it falls among the failures.
    pub p50_ms: Option<f64>,
    /// Null with fewer than 5 samples or when it falls among the failures.
    pub p95_ms: Option<f64>,
    /// Null with fewer than 1,000 samples or when it falls among the failures.
    pub p99_ms: Option<f64>,
    /// Null with fewer than 10,000 samples or when it falls among the failures.
    pub p99_9_ms: Option<f64>,
    /// The longest time measured, for a failure until it was given up; null without samples.
    pub max_ms: Option<f64>,
    /// Which of the percentiles above are null because they fall among the failures.
    pub among_failures: Vec<String>,
}

/// A step's row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StepRow {
    /// Its `id` or its own name.
    pub name: String,
    /// The journey it is part of.
    pub journey: String,
    /// How many were started.
    pub sent: u64,
    /// How many succeeded.
    pub ok: u64,
    /// How many failed, those never started included.
    pub errors: u64,
    /// Ended − began: what the target did.
    pub service: Times,
    /// Ended − due: what the customer felt.
    pub response: Times,
    /// Began − when it could have begun: what the generator added.
    pub lag: Times,
}

/// A part's or a wait's row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartRow {
    /// `connect.tls`, `agent_wait`
    pub name: String,
    /// The journey of its step; null for a wait of the whole run.
    pub journey: Option<String>,
    /// Its times.
    pub times: Times,
}

/// Failures of one step and kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ErrorRow {
    /// The step; null for what happened outside any.
    pub step: Option<String>,
    /// The step's journey.
    pub journey: Option<String>,
    /// The class: transport, timeout, status, closed, denied, local, unfinished, dropped, protocol, other.
    pub class: String,
    /// The kind with its details: `status 429 (20429)`.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// How many of them were due in warm-up.
    pub warm_up: u64,
    /// The first one in words.
    pub example: String,
}

/// A threshold with the value seen.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ThresholdRow {
    /// In its plain form.
    pub text: String,
    /// The metric.
    pub metric: String,
    /// The limit: milliseconds, a share of one, or a count.
    pub limit: f64,
    /// The value seen, in the limit's unit; null when it is not known or falls among the failures.
    pub observed: Option<f64>,
    /// The value in words.
    pub seen: String,
    /// What it came to.
    pub outcome: Judgement,
    /// How far a percentile can be trusted; null for other metrics and for windows, and for runs under 200 s of steady
    /// state.
    pub interval: Option<IntervalRow>,
    /// The journey whose samples count; null for all.
    #[serde(default)]
    pub journey: Option<String>,
    /// Whether the samples of warm-up count, not those of the steady state.
    #[serde(default)]
    pub warm_up: bool,
    /// What came of it while the run went on; null when it was judged at the end only.
    #[serde(default)]
    pub windows: Option<WindowsRow>,
    /// Of the failures that a rate allows, the share there was; null for all but the upper bound of a rate.
    #[serde(default)]
    pub budget_used: Option<f64>,
    /// What is known beside the value, in words.
    #[serde(default)]
    pub detail: Option<String>,
}

/// How many chats were open, times how long, counted in two ways. Where they differ by more than 0.1 %, chats were lost
/// or counted twice, and the run is incomplete.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LittlesLawRow {
    /// By the gauge, at each change of how many there were.
    pub area_s: f64,
    /// By the chats' own clocks, as each ended.
    pub sum_s: f64,
    /// Whether the two agree.
    pub held: bool,
}

/// What came of a threshold while the run went on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct WindowsRow {
    /// How long a window was; null: all so far.
    pub length_s: Option<f64>,
    /// How many were judged, one a second: those with enough samples.
    pub judged: u64,
    /// How many missed the limit.
    pub missed: u64,
    /// When the first of those ended, after the start of the load.
    pub first_missed_s: Option<f64>,
    /// When the worst of all ended.
    pub worst_s: Option<f64>,
    /// Whether it ended the run.
    pub aborted: bool,
}

/// Where the truth behind a percentile lies with 95 % confidence.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct IntervalRow {
    /// The lower bound; null where it falls among the failures.
    pub low_ms: Option<f64>,
    /// The upper bound; null where it falls among the failures.
    pub high_ms: Option<f64>,
    /// The upper bound is beyond every time measured: the truth may be larger still.
    pub high_at_least: bool,
    /// Fewer than 500 samples lie beyond the percentile, or the run was shorter than ten minutes: the truth is outside
    /// more often than one time in twenty.
    pub rough: bool,
    /// The limit lies inside: this run cannot tell on which side of it the target is.
    pub close: bool,
}

/// One thing the generator had to keep.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Its name: that of its limit under `validity:` in the scenario.
    #[serde(default)]
    pub name: String,
    /// What.
    pub what: String,
    /// The value seen.
    pub seen: String,
    /// The limit.
    pub limit: String,
    /// The value as a number: a share of one, milliseconds or a count; null when it is not known.
    #[serde(default)]
    pub value: Option<f64>,
    /// The limit in the value's unit.
    #[serde(default)]
    pub bound: Option<f64>,
    /// Where seconds are counted: the share of one from which on a second counts; null elsewhere.
    #[serde(default)]
    pub each_second: Option<f64>,
    /// Whether it was kept. What is not known is not broken.
    pub held: bool,
}

impl Check {
    /// Whether there was anything to judge.
    pub(super) fn is_judged(&self) -> bool {
        !(self.held && self.seen.starts_with("n/a"))
    }
}

/// The generator itself.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Generator {
    /// CPU of the whole process, an embedded mock included, in seconds; null where the system does not tell.
    pub cpu_seconds: Option<f64>,
    /// The most memory the process held, an embedded mock included, in KiB; null where the system does not tell.
    pub max_rss_kib: Option<u64>,
    /// Worker threads.
    pub workers: u32,
    /// Whether it did its part.
    pub valid: bool,
    /// Why not.
    pub reasons: Vec<String>,
    /// Each limit with the value seen.
    pub checks: Vec<Check>,
    /// The schedule lag of all steps together.
    pub lag: Times,
    /// The machine it ran on.
    #[serde(default)]
    pub machine: Machine,
}

/// What the generator's machine allowed it, and how it fared. What the system does not tell is null.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Machine {
    /// CPUs the process may use: those of its affinity, less where a cgroup's quota allows fewer.
    pub cpus: Option<f64>,
    /// Files it may have open.
    pub open_files_limit: Option<u64>,
    /// Ports for connections of its own to one address.
    pub ports: Option<u64>,
    /// CPU of the process without an embedded mock, as a share of `cpus`, in the steady state.
    pub cpu_share: Option<ShareRow>,
    /// CPU of the embedded mock's threads, as a share of `cpus`, in the steady state.
    pub mock_cpu_share: Option<ShareRow>,
    /// The machine's CPU time that its hypervisor gave to others, in the steady state.
    pub steal: Option<ShareRow>,
    /// The time in which something that could run waited for a CPU (PSI), in the steady state.
    pub pressure: Option<ShareRow>,
    /// How often a cgroup's quota held the process up in the steady state.
    pub throttled: Option<u64>,
    /// How late the latest heartbeat of any worker was in the steady state.
    pub heartbeat_ms: Option<f64>,
    /// The most connections opened in any second, by whichever process of the network namespace.
    pub new_connections: Option<u64>,
    /// The most closed connections whose ports were not free yet, in any second.
    pub time_wait: Option<u64>,
    /// The largest step of the wall clock in any second; negative: it was set back.
    pub clock_step_ms: Option<f64>,
}

/// A share of one over the seconds that told it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ShareRow {
    /// The mean.
    pub mean: f64,
    /// That of the worst second.
    pub most: f64,
}

impl Generator {
    /// What is said where the target ran on this machine too.
    pub(super) fn beside_the_target(&self) -> String {
        let percent = |share: ShareRow| format!("{:.0}%", share.mean * 100.0);
        match (self.machine.mock_cpu_share, self.machine.cpu_share) {
            (Some(mock), Some(own)) => format!(
                "the mock shared this machine: it took {} of the CPU, the generator {}; each slows the other",
                percent(mock),
                percent(own)
            ),
            _ => "the target ran on this machine too: each slows the other".to_owned(),
        }
    }

    /// `2 workers, 12.3 s of CPU, 64.0 MiB of memory at most`
    pub(super) fn used(&self) -> String {
        let told = |value: Option<String>| value.unwrap_or_else(|| "n/a".to_owned());
        format!(
            "{} worker{}, {} of CPU, {} of memory at most",
            self.workers,
            if self.workers == 1 { "" } else { "s" },
            told(self.cpu_seconds.map(|seconds| format!("{seconds:.1} s"))),
            told(self.max_rss_kib.map(|kib| format!("{:.1} MiB", kib as f64 / 1024.0))),
        )
    }
}

impl Report {
    /// The files in the run's folder, those of the steps taken together.
    pub(super) fn file_names(&self) -> Vec<String> {
        let (steps, others): (Vec<_>, Vec<_>) =
            self.files.iter().cloned().partition(|file| file.starts_with("steps/"));
        let steps = (!steps.is_empty()).then(|| format!("steps/*.hgrm ({})", steps.len()));
        others.into_iter().chain(steps).collect()
    }
}

impl IntervalRow {
    /// `780ms to 850ms; close: the limit lies within`
    pub(super) fn words(&self) -> String {
        let bound = |ms: Option<f64>| ms.map_or_else(|| "failed".to_owned(), words::time);
        let at_least = if self.high_at_least { "at least " } else { "" };
        let rough = if self.rough { " (rough)" } else { "" };
        let close = if self.close { "; close: the limit lies within" } else { "" };
        format!("{} to {at_least}{}{rough}{close}", bound(self.low_ms), bound(self.high_ms))
    }
}

impl StepRow {
    /// The step's name, with its journey in front where another journey has a step of that name.
    pub(super) fn unambiguous_name(&self, all: &[Self]) -> String {
        if all.iter().any(|other| other.name == self.name && other.journey != self.journey) {
            format!("{}/{}", self.journey, self.name)
        } else {
            self.name.clone()
        }
    }
}
