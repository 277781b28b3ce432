//! How a run went over time, read back from its core files and thinned out to what can be drawn.

use std::io::{self, BufRead};

use serde::Deserialize;

use super::blocks::lines;
use super::distribution::{Distribution, Observed};
use super::histogram::Histogram;
use super::interval_log::plain;
use super::phase::Phase;

/// The most points a line has, however long the run was.
pub(super) const POINTS: usize = 600;

/// A point of a latency covers at least this many samples, so that its p95 is more than the largest of a few.
const SAMPLES: u64 = 20;

/// Changes of stage that are kept; a run has a handful.
const STAGES_MAX: usize = 32;

/// Points of a spectrum for each ten times fewer samples beyond.
const PER_DECADE: f64 = 20.0;

/// A run over time.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What was counted and how full everything was.
    pub stretches: Vec<Stretch>,
    /// When the engine began to do something else, in seconds, and what.
    pub stages: Vec<(f64, String)>,
    /// The times of each step that was taken.
    pub steps: Vec<StepHistory>,
}

/// A second, or some seconds together: the most there was of each at once, and the sum of what was counted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Stretch {
    /// When it began, in seconds after the start.
    #[serde(skip)]
    pub from_s: f64,
    /// When it ended.
    #[serde(rename = "at_s")]
    pub until_s: f64,
    /// What the engine was doing when it began.
    pub stage: String,
    /// Customers logged in.
    pub connected: u64,
    /// Chats open.
    pub open_chats: u64,
    /// Customers waiting for an agent.
    pub waiting_for_agent: u64,
    /// Customers whose start was due.
    pub due: u64,
    /// Customers that were started.
    pub started: u64,
    /// Customers that found no slot free.
    pub dropped: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages acknowledged.
    pub acknowledged: u64,
    /// Customers' messages that were answered.
    pub replied: u64,
    /// Failures.
    pub errors: u64,
}

/// A step's times.
#[derive(Clone, Debug)]
pub struct StepHistory {
    /// Its journey, as tags spell it.
    pub journey: String,
    /// Its name, as tags spell it.
    pub step: String,
    /// What customers felt over time, warm-up included.
    pub points: Vec<Felt>,
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

/// A point of a percentile spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// One of so many samples is beyond: 20 at p95.
    pub one_in: f64,
    /// The time.
    pub ms: f64,
}

impl History {
    /// Reads `seconds.ndjson` and `intervals.hlog`.
    ///
    /// # Errors
    ///
    /// Those of reading, and a line that is none of these files.
    pub fn read(seconds: impl BufRead, intervals: impl BufRead) -> io::Result<Self> {
        let mut history = Self::default();
        history.read_seconds(seconds)?;
        let length = history.stretches.last().map_or(0.0, |last| last.until_s) / POINTS as f64;
        history.read_intervals(intervals, length)?;
        Ok(history)
    }

    /// A step's times, by its names in the scenario.
    pub fn step(&self, journey: &str, step: &str) -> Option<&StepHistory> {
        let (journey, step) = (plain(journey), plain(step));
        self.steps.iter().find(|known| known.journey == journey && known.step == step)
    }

    fn read_seconds(&mut self, seconds: impl BufRead) -> io::Result<()> {
        // How many lines make a point: doubled whenever there are too many points.
        let (mut lines_each, mut lines_in_last, mut from_s) = (1, usize::MAX, 0.0);
        for line in seconds.lines() {
            let mut second: Stretch = serde_json::from_str(&line?)?;
            second.from_s = from_s;
            from_s = second.until_s;
            if self.stages.last().is_none_or(|(_, stage)| *stage != second.stage)
                && self.stages.len() < STAGES_MAX
            {
                self.stages.push((second.from_s, second.stage.clone()));
            }
            match self.stretches.last_mut().filter(|_| lines_in_last < lines_each) {
                Some(last) => last.add(&second),
                None => {
                    if self.stretches.len() == POINTS {
                        self.halve();
                        lines_each *= 2;
                    }
                    self.stretches.push(second);
                    lines_in_last = 0;
                }
            }
            lines_in_last += 1;
        }
        Ok(())
    }

    fn halve(&mut self) {
        let pairs = self.stretches.chunks(2).map(|pair| {
            let mut sum = pair[0].clone();
            pair[1..].iter().for_each(|more| sum.add(more));
            sum
        });
        self.stretches = pairs.collect();
    }

    fn read_intervals(&mut self, intervals: impl BufRead, length: f64) -> io::Result<()> {
        let mut reading: Vec<Reading> = Vec::new();
        lines(intervals, |line| {
            let mut parts = line.tag.splitn(4, '/');
            let (Some(phase), Some(journey), Some(step), Some(kind)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Ok(());
            };
            if !matches!(kind, "service" | "response" | "failed") {
                return Ok(());
            }
            let nth = reading.iter().position(|known| known.is(journey, step)).unwrap_or_else(|| {
                reading.push(Reading::new(journey, step));
                reading.len() - 1
            });
            let known = &mut reading[nth];
            known.turn_to(line.from, line.from + line.length, length);
            known.take(phase == Phase::Steady.name(), kind, &Histogram::read(line.histogram)?);
            Ok(())
        })?;
        self.steps = reading.into_iter().map(Reading::done).collect();
        Ok(())
    }
}

impl Stretch {
    /// How long it was.
    pub fn length_s(&self) -> f64 {
        self.until_s - self.from_s
    }

    fn add(&mut self, later: &Self) {
        self.until_s = later.until_s;
        for (most, more) in [
            (&mut self.connected, later.connected),
            (&mut self.open_chats, later.open_chats),
            (&mut self.waiting_for_agent, later.waiting_for_agent),
        ] {
            *most = (*most).max(more);
        }
        for (sum, more) in [
            (&mut self.due, later.due),
            (&mut self.started, later.started),
            (&mut self.dropped, later.dropped),
            (&mut self.sent, later.sent),
            (&mut self.acknowledged, later.acknowledged),
            (&mut self.replied, later.replied),
            (&mut self.errors, later.errors),
        ] {
            *sum += more;
        }
    }
}

/// A step whose times are being read.
struct Reading {
    step: StepHistory,
    /// The point that is being made: successes and failures.
    values: Histogram,
    failed: u64,
    from_s: f64,
    until_s: f64,
}

impl Reading {
    fn new(journey: &str, step: &str) -> Self {
        let step = StepHistory {
            journey: journey.to_owned(),
            step: step.to_owned(),
            points: Vec::new(),
            service: Histogram::new(),
            response: Histogram::new(),
        };
        Self { step, values: Histogram::new(), failed: 0, from_s: 0.0, until_s: 0.0 }
    }

    fn is(&self, journey: &str, step: &str) -> bool {
        self.step.journey == journey && self.step.step == step
    }

    /// A line of a later time ends the point that is being made, if that is long and full enough.
    fn turn_to(&mut self, from_s: f64, until_s: f64, length: f64) {
        let full = self.values.count() + self.failed >= SAMPLES && from_s - self.from_s >= length;
        if from_s >= self.until_s && full {
            self.end_point();
        }
        if self.values.is_empty() && self.failed == 0 {
            self.from_s = from_s;
        }
        self.until_s = until_s;
    }

    fn take(&mut self, steady: bool, kind: &str, values: &Histogram) {
        match kind {
            "response" => {
                self.values.add(values);
                if steady {
                    self.step.response.add(values);
                }
            }
            "failed" => self.failed += values.count(),
            _ if steady => self.step.service.add(values),
            _ => {}
        }
    }

    fn end_point(&mut self) {
        let times = Distribution::with_failed(std::mem::take(&mut self.values), self.failed);
        self.failed = 0;
        let [p50_ms, p95_ms] = [0.5, 0.95].map(|quantile| ms(times.at(quantile)));
        self.step.points.push(Felt { from_s: self.from_s, until_s: self.until_s, p50_ms, p95_ms });
    }

    fn done(mut self) -> StepHistory {
        if self.values.count() + self.failed > 0 {
            self.end_point();
        }
        self.step
    }
}

/// The times that all but one in so many samples are at or below, from all to one; with failures, which rank
/// above every value, it ends where they begin.
pub fn spectrum(values: &Histogram, failed: u64) -> Vec<Quantile> {
    let times = Distribution::with_failed(values.clone(), failed);
    let all = times.count() as f64;
    let steps = (all.max(1.0).log10() * PER_DECADE).floor() as u32;
    let grid = (0..=steps).map(|nth| 10f64.powf(f64::from(nth) / PER_DECADE));
    grid.map_while(|one_in| Some(Quantile { one_in, ms: ms(times.at(1.0 - 1.0 / one_in))? })).collect()
}

fn ms(observed: Observed) -> Option<f64> {
    match observed {
        Observed::Time(time) => Some(time.as_secs_f64() * 1e3),
        Observed::Ratio(_) | Observed::Count(_) | Observed::Failed | Observed::TooFew { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::histogram::Encoder;
    use super::*;

    fn seconds(count: u64) -> String {
        let line = |at: u64| {
            let stage = if at <= 10 { "warm-up" } else { "steady" };
            format!("{{\"at_s\":{at}.0,\"stage\":\"{stage}\",\"connected\":{at},\"due\":2,\"x\":1}}\n")
        };
        (1..=count).map(line).collect()
    }

    fn hlog(lines: impl IntoIterator<Item = (&'static str, u64, Vec<u64>)>) -> String {
        let mut out = Vec::new();
        let mut encoder = Encoder::default();
        for (tag, second, values) in lines {
            let mut histogram = Histogram::new();
            values.iter().for_each(|ms| histogram.record(Duration::from_millis(*ms)));
            out.extend(format!("Tag={tag},{second}.000,1.000,1.000,").bytes());
            encoder.encode(&histogram, &mut out).unwrap();
            out.push(b'\n');
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_day_is_drawn_with_as_few_points_as_an_hour_and_nothing_counted_is_lost() {
        for count in [1, 600, 601, 3_600, 86_400] {
            let history = History::read(seconds(count).as_bytes(), &b""[..]).unwrap();
            let drawn = &history.stretches;
            assert!(
                drawn.len() <= POINTS && drawn.len() as u64 >= count.min(300),
                "{count}: {}",
                drawn.len()
            );
            assert_eq!(drawn.iter().map(|stretch| stretch.due).sum::<u64>(), 2 * count);
            assert_eq!(drawn.iter().map(|stretch| stretch.connected).max(), Some(count));
            assert!(drawn.windows(2).all(|pair| pair[0].until_s == pair[1].from_s));
        }
    }

    #[test]
    fn stages_are_named_once_with_when_they_began() {
        let history = History::read(seconds(20).as_bytes(), &b""[..]).unwrap();
        assert_eq!(history.stages, [(0.0, "warm-up".to_owned()), (10.0, "steady".to_owned())]);
    }

    #[test]
    fn a_point_has_samples_enough_and_failures_rank_above_every_success() {
        let ok = (0..8).map(|second| ("steady/j/open_it/response", second, vec![10; 10]));
        let bad = [("steady/j/open_it/failed", 8, vec![1; 60]), ("steady/j/open_it/tls", 9, vec![1; 60])];
        let history = History::read(seconds(10).as_bytes(), hlog(ok.chain(bad)).as_bytes()).unwrap();
        let step = history.step("j", "open it").unwrap();
        let spans: Vec<_> = step.points.iter().map(|point| (point.from_s, point.until_s)).collect();
        assert_eq!(spans, [(0.0, 2.0), (2.0, 4.0), (4.0, 6.0), (6.0, 8.0), (8.0, 9.0)]);
        assert!((step.points[0].p95_ms.unwrap() - 10.0).abs() < 0.02, "{:?}", step.points[0]);
        assert_eq!((step.points[4].p50_ms, step.points[4].p95_ms), (None, None));
        assert!(history.step("k", "open it").is_none());
    }

    #[test]
    fn the_spectrum_is_of_the_steady_state_and_ends_where_failures_begin() {
        let text = hlog([
            ("warm-up/j/s/service", 0, vec![900]),
            ("steady/j/s/service", 1, (1..=900).collect()),
            ("steady/j/s/response", 1, vec![5]),
        ]);
        let history = History::read(seconds(2).as_bytes(), text.as_bytes()).unwrap();
        let service = &history.step("j", "s").unwrap().service;
        let whole = spectrum(service, 0);
        assert!(whole.is_sorted_by(|a, b| a.one_in < b.one_in && a.ms <= b.ms));
        let median = whole.iter().find(|point| (point.one_in - 2.0).abs() < 0.01).unwrap();
        assert!((median.ms - 450.0).abs() < 2.0, "{median:?}");
        let with_failures = spectrum(service, 100);
        assert!(with_failures.last().unwrap().one_in <= 10.0 && with_failures.len() > 15);
        assert!(spectrum(&Histogram::new(), 3).is_empty());
    }

    #[test]
    fn a_torn_line_is_an_error() {
        assert!(History::read(&b"{\"at_s\":1.0"[..], &b""[..]).is_err());
    }
}
