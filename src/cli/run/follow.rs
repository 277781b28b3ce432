//! From how the run stands to what people are shown of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::say;
use super::super::signals::Stop;
use crate::engine::{Standing, StepStanding};
use crate::progress::{Display, Lately, Progress, Show, StepProgress};
use crate::record::{Counter, Observed};
use crate::scenario::{Scenario, Threshold};
use crate::verdict::{Limits, Validity};

/// Rates are those of so many seconds.
const OF_LATE: Duration = Duration::from_secs(5);

/// The display of one run; dropping it takes it off the screen.
pub(super) struct Follow {
    follower: JoinHandle<()>,
    _display: Display,
}

/// Starts to show the run.
pub(super) fn start(mut standing: watch::Receiver<Standing>, scenario: &Scenario, mut stop: Stop) -> Follow {
    let (tell, shown) = watch::channel(Progress { phase: "setup", ..Progress::default() });
    let mut watcher = Watcher::of(scenario);
    let follower = tokio::spawn(async move {
        let mut stopping = false;
        loop {
            tokio::select! {
                changed = standing.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = standing.borrow_and_update().clone();
                    tell.send_replace(watcher.see(&now));
                }
                _ = stop.wait(), if !stopping => stopping = true,
            }
            tell.send_modify(|progress| progress.stopping = stopping);
        }
    });
    let obedient = say::obedient();
    Follow {
        follower,
        _display: Display::start(shown, Show::on_stderr(say::colours(&std::io::stderr()), obedient)),
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// What is known of the run beside how it stands.
struct Watcher {
    rates: Rates,
    agents: u64,
    /// What is demanded of steps' response times.
    limits: Vec<Demand>,
    /// What the generator has to keep.
    keeps: Limits,
}

impl Watcher {
    fn of(scenario: &Scenario) -> Self {
        Self {
            rates: Rates::default(),
            agents: scenario.agents.as_ref().map_or(0, |agents| u64::from(agents.count)),
            limits: scenario.thresholds.iter().filter_map(Demand::of).collect(),
            keeps: Limits::new(&scenario.validity, &scenario.thresholds),
        }
    }

    fn see(&mut self, now: &Standing) -> Progress {
        let (offered, achieved) = self.rates.now(now);
        let count = |counter| now.counters.get(counter);
        let on_their_way = count(Counter::Started).saturating_sub(count(Counter::Finished));
        let at_steps = now.steps.iter().map(|step| step.customers).sum();
        Progress {
            phase: now.stage,
            stopping: false,
            elapsed: now.elapsed,
            remaining: now.planned.checked_sub(now.elapsed),
            offered,
            achieved,
            open_chats: now.open_chats,
            waiting: now.waiting,
            sent: count(Counter::Sent),
            replied: count(Counter::Replied),
            errors: now.errors,
            commonest_error: now.commonest_error.map(|(kind, count)| (kind.to_string(), count)),
            agents_busy: now.agents_busy,
            agents: self.agents,
            saturated: Validity::broken_so_far(&now.counters, &now.strain, &self.keeps),
            thinking: on_their_way.saturating_sub(at_steps),
            steps: now.steps.iter().map(|step| self.step(step)).collect(),
        }
    }

    fn step(&self, step: &StepStanding) -> StepProgress {
        let limit = self.limits.iter().find(|demand| demand.is_of(&step.name));
        StepProgress {
            name: Arc::clone(&step.name),
            customers: step.customers,
            p50: lately(step.p50),
            p95: lately(step.p95),
            failed: step.failed,
            limit: limit.map(|demand| Arc::clone(&demand.says)),
        }
    }
}

/// What a threshold demands of a step's response time.
struct Demand {
    step: String,
    /// The journey it is about; `None` for all.
    journey: Option<String>,
    /// `p95 < 800ms`
    says: Arc<str>,
}

impl Demand {
    fn of(threshold: &Threshold) -> Option<Self> {
        let (metric, journey) = (&threshold.metric, threshold.of.journey.as_ref().map(ToString::to_string));
        (metric.part == Some("response")).then(|| {
            let sentence = threshold.to_string();
            let of_it = format!("{}.response.", metric.subject);
            let says = sentence.strip_prefix(&of_it).unwrap_or(&sentence).into();
            Self { step: metric.subject.clone(), journey, says }
        })
    }

    /// Whether it is about the step of this name, which has its journey in front where that is not clear.
    fn is_of(&self, name: &str) -> bool {
        match (name.split_once('/'), &self.journey) {
            (Some((of, step)), Some(journey)) => step == self.step && of == journey,
            (Some((_, step)), None) => step == self.step,
            (None, _) => name == self.step,
        }
    }
}

fn lately(observed: Observed) -> Lately {
    match observed {
        Observed::Time(time) => Lately::Time(time),
        Observed::Failed => Lately::Failed,
        Observed::Ratio(_) | Observed::Count(_) | Observed::TooFew { .. } => Lately::Unknown,
    }
}

/// How many were due and how many started, of late.
#[derive(Default)]
struct Rates(VecDeque<(Duration, u64, u64)>);

impl Rates {
    fn now(&mut self, standing: &Standing) -> (f64, f64) {
        let count = |counter| standing.counters.get(counter);
        let now = (standing.elapsed, count(Counter::Due), count(Counter::Started));
        self.0.push_back(now);
        while self.0.len() > 2 && self.0.front().is_some_and(|(at, ..)| now.0.saturating_sub(*at) > OF_LATE) {
            self.0.pop_front();
        }
        let (at, due, started) = self.0.front().copied().unwrap_or(now);
        let seconds = now.0.saturating_sub(at).as_secs_f64();
        if seconds == 0.0 {
            return (0.0, 0.0);
        }
        (now.1.saturating_sub(due) as f64 / seconds, now.2.saturating_sub(started) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_is_shown_at_the_steps_it_is_about() {
        let demand = |journey: Option<&str>| Demand {
            step: "leave".to_owned(),
            journey: journey.map(str::to_owned),
            says: "p95 < 1s".into(),
        };
        let table = [
            (None, "leave", true),
            (None, "vip/leave", true),
            (None, "connect", false),
            (Some("vip"), "vip/leave", true),
            (Some("vip"), "main/leave", false),
            (Some("vip"), "leave", true),
        ];
        for (journey, step, expected) in table {
            assert_eq!(demand(journey).is_of(step), expected, "{journey:?} {step}");
        }
    }
}
