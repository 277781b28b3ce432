//! Thresholds, judged at the end of a run.

use std::fmt;
use std::time::Duration;

use crate::record::{Interval, Observed, Summary};
use crate::scenario::Threshold;
use crate::scenario::threshold::Limit;

/// What a threshold came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// It holds.
    Held,
    /// It does not.
    Missed,
    /// There was not enough to judge.
    Unknown,
}

/// A threshold with the value seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The threshold.
    pub threshold: Threshold,
    /// The value; `None` when the run has no such metric.
    pub observed: Option<Observed>,
    /// What it came to.
    pub judgement: Judgement,
    /// Where the truth behind the value lies, for a percentile of a run that is long enough.
    pub interval: Option<Interval>,
}

impl Judged {
    /// Judges one threshold by the numbers of a run.
    ///
    /// A percentile that falls among the failures is larger than any limit, and it misses a lower bound too:
    /// nothing was reached. What has too few samples is unknown, never held.
    pub fn new(threshold: &Threshold, summary: &Summary) -> Self {
        let observed = summary.metric(&threshold.metric.to_string());
        let value = match observed {
            Some(Observed::Time(time)) => Some(time.as_secs_f64()),
            Some(Observed::Ratio(share)) => Some(share),
            Some(Observed::Count(count)) => Some(count as f64),
            Some(Observed::Failed | Observed::TooFew { .. }) | None => None,
        };
        let judgement = match (value, observed) {
            (Some(value), _) if threshold.operator.holds(value, threshold.limit.value()) => Judgement::Held,
            (Some(_), _) | (None, Some(Observed::Failed)) => Judgement::Missed,
            (None, _) => Judgement::Unknown,
        };
        Self { threshold: threshold.clone(), observed, judgement, interval: None }
    }

    /// The same with what is known of how far the value can be trusted. It judges nothing.
    #[must_use]
    pub fn within(self, interval: Option<Interval>) -> Self {
        Self { interval, ..self }
    }

    /// Whether the limit lies inside the interval: this run cannot tell on which side of it the target is.
    pub fn is_close(&self) -> bool {
        match (self.threshold.limit, self.interval) {
            (Limit::Time(limit), Some(interval)) => interval.holds(limit.duration()),
            _ => false,
        }
    }

    /// The limit in the unit that reports use: milliseconds, a share of one, or a count.
    pub fn limit(&self) -> f64 {
        match self.threshold.limit {
            Limit::Time(span) => span.as_secs_f64() * 1e3,
            Limit::Share(limit) | Limit::Number(limit) => limit,
        }
    }

    /// The value in words: `812 ms`, `0.4%`, `failed`, `n/a (3 of 5 samples)`.
    pub fn seen(&self) -> String {
        match self.observed {
            Some(Observed::Time(time)) => words(time),
            Some(Observed::Ratio(share)) => percent(share),
            Some(Observed::Count(count)) => count.to_string(),
            Some(Observed::Failed) => "failed".to_owned(),
            Some(Observed::TooFew { have: 0, .. }) => "n/a (no samples)".to_owned(),
            Some(Observed::TooFew { have, need }) => format!("n/a ({have} of {need} samples)"),
            None => "n/a (no such metric)".to_owned(),
        }
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.judgement {
            Judgement::Held => "held",
            Judgement::Missed => "missed",
            Judgement::Unknown => "not judged",
        };
        write!(f, "{word}: {} (seen: {})", self.threshold, self.seen())
    }
}

/// A time beside a limit: with enough digits to see on which side of it.
fn words(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1e-3 => format!("{:.0}us", s * 1e6),
        s if s < 1.0 => format!("{:.1}ms", s * 1e3),
        s => format!("{s:.3}s"),
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        // A share that is not zero must not read as zero.
        p if p > 0.0 && p < 0.01 => "<0.01%".to_owned(),
        p => format!("{p:.2}%"),
    }
}
