//! What the numbers come to: thresholds, whether the run was valid, and the outcome with its reasons.

mod little;
mod threshold;
mod validity;
mod watch;

pub use little::LittlesLaw;
pub use threshold::{Judged, Judgement};
pub use validity::{Check, Limits, Validity};
pub use watch::{Moment, Watch, Windows};

use crate::record::{Counter, Summary};

/// How a run ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything that was asked for was shown to hold.
    Passed,
    /// A threshold was missed, or something was left behind.
    Failed,
    /// A threshold ended the run early.
    Aborted,
    /// The generator was the bottleneck: the numbers say nothing about the target.
    Invalid,
    /// Nothing was proven.
    Inconclusive,
    /// A signal ended the run; what was measured until then is told.
    Interrupted,
    /// The evidence has a hole.
    Incomplete,
}

impl Outcome {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
            Self::Invalid => "invalid",
            Self::Inconclusive => "inconclusive",
            Self::Interrupted => "interrupted",
            Self::Incomplete => "incomplete",
        }
    }
}

/// A signal that ended the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// SIGINT: ctrl-c.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Why a run did not pass. The order is that of precedence: the first that holds decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Ended by a signal.
    Stopped(Signal),
    /// Evidence could not be written.
    Incomplete,
    /// The generator was saturated or did not keep the schedule.
    Invalid,
    /// A threshold ended the run early.
    Aborted,
    /// A threshold was missed.
    Missed,
    /// Nothing arrived, nothing was delivered, or a threshold had nothing to judge.
    Inconclusive,
    /// Clean-up was asked for and left something on the target.
    LeftBehind,
}

impl Cause {
    /// The outcome of a run whose first cause this is.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Stopped(_) => Outcome::Interrupted,
            Self::Incomplete => Outcome::Incomplete,
            Self::Invalid => Outcome::Invalid,
            Self::Aborted => Outcome::Aborted,
            Self::Missed | Self::LeftBehind => Outcome::Failed,
            Self::Inconclusive => Outcome::Inconclusive,
        }
    }
}

/// One reason, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of reason.
    pub cause: Cause,
    /// The sentence people read.
    pub says: String,
}

/// What is judged.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The numbers.
    pub summary: &'a Summary,
    /// The thresholds, judged.
    pub thresholds: &'a [Judged],
    /// The generator, judged.
    pub validity: &'a Validity,
    /// Open chats, counted in two ways.
    pub littles_law: LittlesLaw,
    /// Whether the scenario sends messages at all: one that only logs in proves something without any.
    pub sends_messages: bool,
    /// Whether the scenario's customers wait for replies.
    pub awaits_replies: bool,
    /// The signal that ended the run, if one did.
    pub stopped: Option<Signal>,
    /// What of the evidence could not be written, beside what the summary knows.
    pub troubles: &'a [String],
    /// Resources still on the target although clean-up was asked for.
    pub left_behind: u64,
}

/// The outcome with all its reasons, the deciding one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    reasons: Vec<Reason>,
}

impl Verdict {
    /// Weighs the facts.
    pub fn of(facts: &Facts<'_>) -> Self {
        let mut reasons = Vec::new();
        let mut add = |cause, says: String| reasons.push(Reason { cause, says });
        match facts.stopped {
            Some(signal @ Signal::Interrupt) => add(Cause::Stopped(signal), "ended by SIGINT".to_owned()),
            Some(signal @ Signal::Terminate) => add(Cause::Stopped(signal), "ended by SIGTERM".to_owned()),
            None => {}
        }
        for trouble in facts.summary.troubles().iter().chain(facts.troubles) {
            add(Cause::Incomplete, format!("evidence incomplete: {trouble}"));
        }
        // As with a disk that was full: what the run says of itself cannot all be true.
        if let Some(says) = facts.littles_law.broken() {
            add(Cause::Incomplete, says);
        }
        facts.validity.broken().for_each(|check| add(Cause::Invalid, check.to_string()));
        for threshold in facts.thresholds {
            match &threshold.judgement {
                Judgement::Held => {}
                Judgement::Missed if threshold.aborted => add(Cause::Aborted, threshold.to_string()),
                Judgement::Missed => add(Cause::Missed, threshold.to_string()),
                Judgement::Unknown => add(Cause::Inconclusive, threshold.to_string()),
            }
        }
        if let Some(says) = vacuous(facts) {
            add(Cause::Inconclusive, says.to_owned());
        }
        if facts.left_behind > 0 {
            let many = if facts.left_behind == 1 { "resource" } else { "resources" };
            add(Cause::LeftBehind, format!("{} {many} left on the target", facts.left_behind));
        }
        reasons.sort_by_key(|reason| reason.cause);
        Self { reasons }
    }

    /// The outcome: that of the first cause.
    pub fn outcome(&self) -> Outcome {
        self.reasons.first().map_or(Outcome::Passed, |reason| reason.cause.outcome())
    }

    /// Every reason, the deciding one first.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Every cause that holds, in the order of precedence.
    pub fn causes(&self) -> impl Iterator<Item = Cause> {
        self.reasons.iter().map(|reason| reason.cause)
    }
}

/// Why the run proves nothing, if it proves nothing.
fn vacuous(facts: &Facts<'_>) -> Option<&'static str> {
    let counters = facts.summary.counters();
    let delivered = counters.get(Counter::Acknowledged).max(counters.get(Counter::Pushed));
    if counters.get(Counter::Due) == 0 {
        Some("no customer was due: nothing was proven")
    } else if counters.get(Counter::Started) == 0 {
        Some("no customer was started: nothing was proven")
    } else if facts.sends_messages && delivered == 0 {
        Some("no message was delivered: nothing was proven")
    } else if facts.awaits_replies && counters.get(Counter::Replied) == 0 {
        Some("no message was answered: nothing was proven")
    } else if facts.summary.steps().all(|(_, step)| step.ok() == 0) {
        Some("no step succeeded: nothing was proven")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
