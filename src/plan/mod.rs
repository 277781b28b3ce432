//! What will happen: scenario and options in, arrivals and forecasts out. Reads no clock and spawns nothing;
//! the only randomness is looked up in [`seed`].

mod arrival;
mod forecast;
mod print;
pub mod staffing;
mod users;

use std::time::Duration;

use sha2::{Digest as _, Sha256};

pub use arrival::{Arrival, Schedule};
pub use forecast::Forecast;
pub use users::{Change, UserChange};

use crate::scenario::{Exhausted, Scenario};
use crate::seed::{self, Stream};
use crate::step::weighted;

/// How a run differs from what the scenario says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
    /// The mock serves in this process, so both ends of every connection are ours.
    pub embedded_mock: bool,
}

/// One phase, placed in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPhase {
    /// `ramp`, `hold`, `replay` or `users`.
    pub kind: &'static str,
    /// From the start of the run.
    pub start: Duration,
    /// How long.
    pub length: Duration,
    /// Its results are left out of the verdict.
    pub warmup: bool,
}

/// What will happen.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What all randomness grows from.
    pub seed: u64,
    /// Equal hash: the same load is offered.
    pub schedule_hash: String,
    /// The phases, one after another.
    pub phases: Vec<PlannedPhase>,
    /// When the last phase ends.
    pub length: Duration,
    /// How long chats then have to end.
    pub drain: Duration,
    /// How many chats there may be at a time.
    pub max_open: u32,
    /// Every change of the number of users; empty in the open model.
    pub users: Vec<UserChange>,
    /// The numbers that can be told beforehand.
    pub forecast: Forecast,
}

impl Plan {
    /// Plans a run.
    pub fn new(scenario: &Scenario, options: Options) -> Plan {
        let seed = options.seed.unwrap_or(scenario.seed);
        let mut start = Duration::ZERO;
        let mut phases = Vec::new();
        for (phase, recorded) in scenario.load.phases.iter().zip(&scenario.replays) {
            let length = arrival::length(phase, recorded);
            phases.push(PlannedPhase { kind: phase.kind(), start, length, warmup: phase.warmup() });
            start += length;
        }
        let users = users::changes(scenario);
        let max_open = scenario.load.max_open.unwrap_or(scenario.customers.count);
        let mut plan = Plan {
            seed,
            schedule_hash: String::new(),
            phases,
            length: start,
            drain: scenario.load.drain.duration(),
            max_open,
            users,
            forecast: Forecast::default(),
        };
        plan.schedule_hash = plan.hash(scenario);
        plan.forecast = forecast::forecast(scenario, &plan, options.embedded_mock);
        plan
    }

    /// The arrivals of the open model, in order. Where customers do not come twice, nobody arrives after the
    /// last of them.
    pub fn arrivals<'a>(&self, scenario: &'a Scenario) -> impl Iterator<Item = Arrival> + Clone + use<'a> {
        let most = match scenario.customers.exhausted {
            Exhausted::Stop => scenario.customers.count as usize,
            Exhausted::Reuse if scenario.customers.count == 0 => 0,
            Exhausted::Reuse => usize::MAX,
        };
        Schedule::new(scenario, self.seed).take(most)
    }

    /// The journey an iteration takes, as an index into the scenario's.
    pub fn journey(&self, scenario: &Scenario, iteration: u64) -> usize {
        let u = seed::unit(self.seed, Stream::Journey, iteration, 0);
        weighted(scenario.journeys.iter().map(|journey| journey.weight), u).unwrap_or_default()
    }

    /// The phase that a moment of the run lies in; what comes after the last one belongs to none.
    pub fn phase_at(&self, at: Duration) -> Option<usize> {
        self.phases.iter().rposition(|phase| phase.start <= at).filter(|_| at < self.length)
    }

    /// Covers what decides the load (customers, steps, phases, seed) and what came of it, arrival by arrival.
    fn hash(&self, scenario: &Scenario) -> String {
        // So many arrivals are looked at one by one; the rest follows from the same rule.
        const LOOKED_AT: usize = 1_000_000;
        let mut hash = Sha256::new();
        hash.update(b"flexload schedule 1\n");
        hash.update(scenario.offered.as_bytes());
        hash.update(self.seed.to_le_bytes());
        for arrival in self.arrivals(scenario).take(LOOKED_AT) {
            hash.update((arrival.at.as_nanos() as u64).to_le_bytes());
            hash.update((self.journey(scenario, arrival.number) as u64).to_le_bytes());
        }
        for change in &self.users {
            hash.update((change.at.as_nanos() as u64).to_le_bytes());
            hash.update([u8::from(change.change == Change::Join)]);
        }
        crate::scenario::hex(&hash.finalize())
    }
}

#[cfg(test)]
mod tests;
