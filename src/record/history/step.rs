//! A step's times over time, from the interval log.

use super::super::blocks::Line;
use super::super::distribution::{Distribution, samples_needed};
use super::super::histogram::Histogram;
use super::super::phase::Phase;
use super::ms;

/// A point of median and p95 covers at least this many samples, so that its p95 is more than the largest of a few.
const SAMPLES: u64 = 20;

/// A step's times.
#[derive(Clone, Debug)]
pub struct StepHistory {
    /// Its journey, as tags spell it.
    pub journey: String,
    /// Its name, as tags spell it.
    pub step: String,
    /// What customers felt over time, warm-up included.
    pub points: Vec<Felt>,
    /// The slowest of a hundred over time, warm-up included; it takes more samples, so its points are longer.
    pub tails: Vec<Tail>,
    /// The service times of the steady state's successes.
    pub service: Histogram,
    /// Their response times.
    pub response: Histogram,
}

/// Percentiles of the response time over some seconds, failures above every success.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Felt {
    /// When it began, in seconds after the start.
    pub from_s: f64,
    /// When it ended.
    pub until_s: f64,
    /// The median in milliseconds; `None` when it falls among the failures.
    pub p50_ms: Option<f64>,
    /// The 95th percentile in milliseconds; `None` when it falls among the failures.
    pub p95_ms: Option<f64>,
}

/// The 99th percentile of the response time over as long as that takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// When it began, in seconds after the start.
    pub from_s: f64,
    /// When it ended.
    pub until_s: f64,
    /// The 99th percentile in milliseconds; `None` when it falls among the failures.
    pub p99_ms: Option<f64>,
}

/// A step whose times are being read.
pub(super) struct Reading {
    step: StepHistory,
    point: Slice,
    tail: Slice,
}

impl Reading {
    pub(super) fn new(journey: &str, step: &str) -> Self {
        let step = StepHistory {
            journey: journey.to_owned(),
            step: step.to_owned(),
            points: Vec::new(),
            tails: Vec::new(),
            service: Histogram::new(),
            response: Histogram::new(),
        };
        Self { step, point: Slice::default(), tail: Slice::default() }
    }

    pub(super) fn is(&self, journey: &str, step: &str) -> bool {
        self.step.journey == journey && self.step.step == step
    }

    /// A line of a later time ends the points that are being made, where those are long and full enough.
    pub(super) fn turn_to(&mut self, line: &Line<'_>, length: f64) {
        if self.point.is_over(line, SAMPLES, length) {
            self.end_point();
        }
        if self.tail.is_over(line, samples_needed(0.99), length) {
            self.end_tail();
        }
        self.point.extend(line);
        self.tail.extend(line);
    }

    pub(super) fn take(&mut self, phase: &str, kind: &str, values: &Histogram) {
        let steady = phase == Phase::Steady.name();
        match kind {
            "response" => {
                self.point.values.add(values);
                self.tail.values.add(values);
                if steady {
                    self.step.response.add(values);
                }
            }
            "failed" => {
                self.point.failed += values.count();
                self.tail.failed += values.count();
            }
            _ if steady => self.step.service.add(values),
            _ => {}
        }
    }

    fn end_point(&mut self) {
        let Slice { values, failed, from_s, until_s } = std::mem::take(&mut self.point);
        let times = Distribution::with_failed(values, failed);
        let [p50_ms, p95_ms] = [0.5, 0.95].map(|quantile| ms(times.at(quantile)));
        self.step.points.push(Felt { from_s, until_s, p50_ms, p95_ms });
    }

    fn end_tail(&mut self) {
        let Slice { values, failed, from_s, until_s } = std::mem::take(&mut self.tail);
        let times = Distribution::with_failed(values, failed);
        self.step.tails.push(Tail { from_s, until_s, p99_ms: ms(times.at(0.99)) });
    }

    pub(super) fn done(mut self) -> StepHistory {
        if self.point.count() > 0 {
            self.end_point();
        }
        // The rest that is too few has no 99th percentile: the line ends before it.
        if self.tail.count() >= samples_needed(0.99) {
            self.end_tail();
        }
        self.step
    }
}

/// Samples of some seconds: successes, and how many failed.
#[derive(Default)]
struct Slice {
    values: Histogram,
    failed: u64,
    from_s: f64,
    until_s: f64,
}

impl Slice {
    fn count(&self) -> u64 {
        self.values.count() + self.failed
    }

    fn is_over(&self, next: &Line<'_>, samples: u64, length: f64) -> bool {
        next.from >= self.until_s && self.count() >= samples && next.from - self.from_s >= length
    }

    fn extend(&mut self, line: &Line<'_>) {
        if self.count() == 0 {
            self.from_s = line.from;
        }
        self.until_s = line.from + line.length;
    }
}
