//! Thresholds, judged.

use std::fmt;
use std::time::Duration;

use super::watch::Windows;
use crate::record::{Distribution, Interval, Observed, Phase, Question, Select, Summary};
use crate::scenario::Threshold;
use crate::scenario::metric::Selection;
use crate::scenario::threshold::{Limit, Operator};
use crate::value::Name;

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
    /// The value, of windows the worst; `None` when the run has no such metric.
    pub observed: Option<Observed>,
    /// What it came to.
    pub judgement: Judgement,
    /// Where the truth behind the value lies, for a percentile of a run that is long enough.
    pub interval: Option<Interval>,
    /// What came of it while the run went on, if it was watched.
    pub windows: Option<Windows>,
    /// Whether it ended the run.
    pub aborted: bool,
}

impl Judged {
    /// Judges one threshold by the numbers of a run.
    ///
    /// A percentile that falls among the failures is larger than any limit, and it misses a lower bound too:
    /// nothing was reached. What has too few samples is unknown, never held.
    pub fn new(threshold: &Threshold, summary: &Summary) -> Self {
        let observed = summary.metric_of(&threshold.metric.to_string(), select(&threshold.of));
        let judgement = judgement(threshold, observed);
        let threshold = threshold.clone();
        Self { threshold, observed, judgement, interval: None, windows: None, aborted: false }
    }

    /// The same with what came of it while the run went on.
    ///
    /// A threshold with a window is missed if any window missed it, however well the run ended; one that
    /// ended the run is missed, whatever came after.
    #[must_use]
    pub fn watched(self, windows: Option<&Windows>, run_aborted: bool) -> Self {
        let Some(windows) = windows else { return self };
        let aborted = run_aborted && self.threshold.abort && windows.missed > 0;
        let judgement = match (self.threshold.window, windows) {
            _ if aborted => Judgement::Missed,
            (None, _) => return self,
            (Some(_), Windows { judged: 0, .. }) => Judgement::Unknown,
            (Some(_), Windows { missed: 0, .. }) => Judgement::Held,
            (Some(_), Windows { .. }) => Judgement::Missed,
        };
        let Windows { fullest: have, needed: need, .. } = *windows;
        let observed = windows.worst.map_or(Observed::TooFew { have, need }, |worst| worst.observed);
        Self { observed: Some(observed), judgement, windows: Some(windows.clone()), aborted, ..self }
    }

    /// The same with what is known of how far the value can be trusted. It judges nothing.
    #[must_use]
    pub fn within(self, interval: Option<Interval>) -> Self {
        Self { interval, ..self }
    }

    /// What the interval log is to be asked for the interval of a percentile. That of a window would need windows of
    /// its own, so there is none.
    pub fn question(&self, summary: &Summary) -> Option<(Question, f64, Distribution)> {
        let Threshold { metric, of, window: None, .. } = &self.threshold else { return None };
        summary.question(&metric.to_string(), select(of))
    }

    /// How much of the failures that a rate allows there were, as a share of one; `None` for all but the upper bound of
    /// a rate.
    pub fn budget_used(&self) -> Option<f64> {
        let allowed = match (self.threshold.operator, self.threshold.limit) {
            (Operator::Below | Operator::AtMost, Limit::Share(share)) if share > 0.0 => share,
            _ => return None,
        };
        match self.observed {
            Some(Observed::Ratio(failed)) => Some(failed / allowed),
            _ => None,
        }
    }

    /// What is known beside the value, in words: how the windows were, how much of the budget was used.
    pub fn detail(&self) -> Option<String> {
        let windows = self.windows.as_ref().map(|windows| self.in_windows(windows));
        let budget = self.budget_used().map(|used| format!("budget used: {}", percent_of_budget(used)));
        let parts: Vec<String> = windows.into_iter().chain(budget).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    fn in_windows(&self, windows: &Windows) -> String {
        let Windows { judged, missed, first_missed, worst, .. } = windows;
        let at = |moment: &Option<super::watch::Moment>| moment.map_or_else(String::new, |m| seconds(m.at));
        let of = self.threshold.window.map_or("looks at all so far".to_owned(), |window| {
            format!("{} of {window}", if *judged == 1 { "window" } else { "windows" })
        });
        match (judged, missed) {
            (0, _) => "no window held enough samples".to_owned(),
            (_, 0) => format!("{judged} {of} judged, the worst at {}", at(worst)),
            _ if self.aborted => format!("ended the run at {}", at(first_missed)),
            _ => format!(
                "{missed} of {judged} {of} missed it, the first at {}, the worst at {}",
                at(first_missed),
                at(worst)
            ),
        }
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
        let Self { threshold, windows, .. } = self;
        let first = windows.as_ref().and_then(|windows| windows.first_missed);
        if let Some(moment) = first.filter(|_| self.aborted) {
            let over = match threshold.window {
                Some(_) => format!("over the last {}", seconds(moment.over)),
                None => "of all so far".to_owned(),
            };
            let at = seconds(moment.at);
            return write!(f, "aborted at {at} by {threshold} (seen: {} {over})", self.seen());
        }
        let word = match self.judgement {
            Judgement::Held => "held",
            Judgement::Missed => "missed",
            Judgement::Unknown => "not judged",
        };
        write!(f, "{word}: {threshold} (seen: {}", self.seen())?;
        match windows {
            Some(windows) => write!(f, "; {})", self.in_windows(windows)),
            None => f.write_str(")"),
        }
    }
}

/// Which samples a selection means.
pub(super) fn select(of: &Selection) -> Select<'_> {
    let phase = if of.warm_up { Phase::WarmUp } else { Phase::Steady };
    Select { journey: of.journey.as_ref().map(Name::as_str), phase }
}

/// What a threshold comes to by one value.
pub(super) fn judgement(threshold: &Threshold, observed: Option<Observed>) -> Judgement {
    match (value(observed), observed) {
        (Some(value), _) if threshold.operator.holds(value, threshold.limit.value()) => Judgement::Held,
        (Some(_), _) | (None, Some(Observed::Failed)) => Judgement::Missed,
        (None, _) => Judgement::Unknown,
    }
}

/// As a plain number: seconds, a share from 0 to 1, or a count.
pub(super) fn value(observed: Option<Observed>) -> Option<f64> {
    match observed? {
        Observed::Time(time) => Some(time.as_secs_f64()),
        Observed::Ratio(share) => Some(share),
        Observed::Count(count) => Some(count as f64),
        Observed::Failed | Observed::TooFew { .. } => None,
    }
}

/// A moment of the run, or a stretch of it.
fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}

fn percent_of_budget(used: f64) -> String {
    match used * 100.0 {
        p if p > 0.0 && p < 1.0 => "<1%".to_owned(),
        p => format!("{p:.0}%"),
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
