//! How often the interval holds the truth, where the truth is known: M/M/1 queues, runs of five to twenty minutes.
//!
//! ```text
//! cargo test coverage                        400 fixed seeds for each queue
//! cargo test coverage -- --ignored --nocapture   400 fresh ones; the seed is printed
//! ```

use std::time::Duration;

use super::super::blocks::{BLOCKS, Block, Cut};
use super::super::distribution::Distribution;
use super::super::histogram::Histogram;
use super::{Bound, Interval, woodruff};
use crate::record::Observed;

const RUNS: u64 = 400;
/// With fewer that are not rough, their share says nothing.
const ENOUGH: u64 = 100;

/// A queue, and for how long it is watched.
#[derive(Clone, Copy)]
struct Watched {
    services_a_second: f64,
    utilisation: f64,
    seconds: f64,
}

const WATCHED: [Watched; 9] = [
    watched(100.0, 0.5, 1200.0),
    watched(100.0, 0.8, 1200.0),
    watched(100.0, 0.9, 1200.0),
    watched(100.0, 0.8, 600.0),
    watched(100.0, 0.9, 600.0),
    watched(100.0, 0.9, 300.0),
    watched(5.0, 0.5, 1200.0),
    watched(5.0, 0.8, 1200.0),
    watched(5.0, 0.9, 1200.0),
];

const fn watched(services_a_second: f64, utilisation: f64, seconds: f64) -> Watched {
    Watched { services_a_second, utilisation, seconds }
}

/// A percentile, and how often its interval must hold the truth where it is not rough.
const PERCENTILES: [(f64, f64); 2] = [(0.95, 0.90), (0.99, 0.83)];

/// One run of a queue that was at work for ever before it.
struct Run {
    samples: Vec<(usize, Duration)>,
    times: Distribution,
    seconds: f64,
}

impl Run {
    fn new(seed: u64, Watched { services_a_second: service_rate, utilisation, seconds }: Watched) -> Self {
        let mut draw = Draw(seed);
        let arrival_rate = service_rate * utilisation;
        // In the long run nobody waits with 1 − ρ, and who does waits exponentially.
        let mut wait =
            if draw.unit() < utilisation { draw.exponential(service_rate - arrival_rate) } else { 0.0 };
        let mut values = Histogram::new();
        let mut samples = Vec::new();
        let mut at = draw.exponential(arrival_rate);
        while at < seconds {
            let response = wait + draw.exponential(service_rate);
            let time = Duration::from_secs_f64(response);
            values.record(time);
            samples.push(((at / seconds * BLOCKS as f64) as usize, time));
            let gap = draw.exponential(arrival_rate);
            at += gap;
            wait = (response - gap).max(0.0);
        }
        Self { samples, times: Distribution::with_failed(values, 0), seconds }
    }

    fn interval(&self, quantile: f64) -> Interval {
        let Observed::Time(value) = self.times.at(quantile) else { panic!("a run without samples") };
        let mut blocks = [Block::default(); BLOCKS];
        for (block, time) in &self.samples {
            blocks[*block].all += 1;
            blocks[*block].at_or_below += u64::from(*time <= value);
        }
        let length = Duration::from_secs_f64(self.seconds / BLOCKS as f64);
        woodruff(&self.times, quantile, &Cut { length, blocks }).expect("a run with samples")
    }
}

/// SplitMix64: as good as is needed, and the same everywhere.
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self, rate: f64) -> f64 {
        -(1.0 - self.unit()).ln() / rate
    }
}

/// What became of a percentile over all runs.
#[derive(Clone, Copy, Default)]
struct Tally {
    held: u64,
    /// Not rough.
    trusted: u64,
    trusted_and_held: u64,
}

/// For each percentile, how many runs' intervals held the truth, and how many of them were not rough.
fn coverage(from: u64, queue: Watched) -> [Tally; 2] {
    let mut tallies = [Tally::default(); 2];
    for nth in 0..RUNS {
        let run = Run::new(from.wrapping_add(nth * 1_000_003), queue);
        for (tally, (quantile, _)) in tallies.iter_mut().zip(PERCENTILES) {
            // The response of M/M/1 is exponential.
            let truth = -(1.0 - quantile).ln() / (queue.services_a_second * (1.0 - queue.utilisation));
            let interval = run.interval(quantile);
            let (held, trusted) = (holds(&interval, truth), !interval.rough);
            tally.held += u64::from(held);
            tally.trusted += u64::from(trusted);
            tally.trusted_and_held += u64::from(trusted && held);
        }
    }
    tallies
}

/// A histogram's values are known to a thousandth.
fn holds(interval: &Interval, truth: f64) -> bool {
    let low = matches!(interval.low, Bound::Time(low) if low.as_secs_f64() <= truth * 1.001);
    let high = match interval.high {
        Bound::Time(high) => high.as_secs_f64() * 1.001 >= truth,
        Bound::Beyond(_) | Bound::Failed => true,
    };
    low && high
}

fn hold(from: u64) {
    let all = std::thread::scope(|scope| {
        WATCHED.map(|queue| scope.spawn(move || (queue, coverage(from, queue)))).map(|queue| queue.join())
    });
    for queue in all {
        let (Watched { services_a_second, utilisation, seconds }, tallies) = queue.expect("a simulation");
        for (tally, (quantile, least)) in tallies.into_iter().zip(PERCENTILES) {
            let Tally { held, trusted, trusted_and_held } = tally;
            let what =
                format!("{services_a_second}/s at {utilisation} for {seconds} s, p{}", quantile * 100.0);
            let percent = held as f64 / RUNS as f64 * 100.0;
            println!("{what}: {percent:.1} % held, {trusted} of {RUNS} not rough, seed {from}");
            let share = trusted_and_held as f64 / trusted as f64;
            assert!(trusted < ENOUGH || share >= least, "{what}: {share} held, seed {from}");
        }
    }
}

#[test]
fn coverage_on_queues_with_a_known_answer() {
    hold(1);
}

#[test]
#[ignore = "fresh seeds: for a person who wants to see more of them"]
fn coverage_with_fresh_seeds() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    hold(now.as_secs());
}
