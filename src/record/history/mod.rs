//! How a run went over time, read back from its core files and thinned out to what can be drawn.
//!
//! What is thinned stays true: counts are summed, gauges keep their most, histograms are added and percentiles read
//! from the sum.

mod spectrum;
mod step;
mod stretch;

use std::io::{self, BufRead, Read};

use super::blocks::lines;
use super::distribution::Observed;
use super::histogram::Histogram;
use super::interval_log::plain;

pub use spectrum::{Quantile, spectrum};
pub use step::{Felt, StepHistory, Tail};
pub use stretch::Stretch;

use step::Reading;

/// The most points a line has, however long the run was.
pub(super) const POINTS: usize = 600;

/// Changes of stage, and jumps of the clock, that are kept; a run has a handful.
const EVENTS_MAX: usize = 32;

/// The longest line of `seconds.ndjson` that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// A run over time.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What was counted and how full everything was.
    pub stretches: Vec<Stretch>,
    /// When the engine began to do something else, in seconds, and what.
    pub stages: Vec<(f64, String)>,
    /// When the wall clock jumped, in seconds, and how far, in milliseconds.
    pub clock_steps: Vec<(f64, f64)>,
    /// The times of each step that was taken.
    pub steps: Vec<StepHistory>,
    /// What could not be read, in words.
    pub notes: Vec<String>,
}

impl History {
    /// Reads `seconds.ndjson` and `intervals.hlog`. A last line that was not written to its end, as a crash or a
    /// full disk leave it, is left out with a note.
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

    /// How long the run was, in seconds.
    pub fn length_s(&self) -> f64 {
        self.stretches.last().map_or(0.0, |last| last.until_s)
    }

    fn read_seconds(&mut self, mut seconds: impl BufRead) -> io::Result<()> {
        // How many lines make a point: doubled whenever there are too many points.
        let (mut lines_each, mut lines_in_last, mut from_s) = (1, usize::MAX, 0.0);
        let mut text = Vec::new();
        for number in 1_u64.. {
            text.clear();
            if seconds.by_ref().take(LONGEST).read_until(b'\n', &mut text)? == 0 {
                break;
            }
            let mut second: Stretch = match serde_json::from_slice(&text) {
                Ok(second) => second,
                Err(_) if text.last() != Some(&b'\n') && (text.len() as u64) < LONGEST => {
                    self.note_torn("seconds.ndjson");
                    break;
                }
                Err(error) => return Err(not_a_second(number, &error)),
            };
            second.from_s = from_s;
            from_s = second.until_s;
            second.bound();
            self.note_events(&second);
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

    fn note_events(&mut self, second: &Stretch) {
        let another = self.stages.last().is_none_or(|(_, stage)| *stage != second.stage);
        if another && self.stages.len() < EVENTS_MAX {
            self.stages.push((second.from_s, second.stage.clone()));
        }
        let jumped = second.health.clock_step_ms.filter(|ms| *ms != 0.0);
        if let Some(ms) = jumped.filter(|_| self.clock_steps.len() < EVENTS_MAX) {
            self.clock_steps.push((second.until_s, ms));
        }
    }

    fn note_torn(&mut self, file: &str) {
        self.notes.push(torn(file));
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
        let whole = lines(intervals, |line| {
            let mut parts = line.tag.splitn(4, '/');
            let (Some(phase), Some(journey), Some(step), Some(kind)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return Ok(());
            };
            if !matches!(kind, "service" | "response" | "failed") {
                return Ok(());
            }
            let values = Histogram::read(line.histogram)?;
            let nth = reading.iter().position(|known| known.is(journey, step)).unwrap_or_else(|| {
                reading.push(Reading::new(journey, step));
                reading.len() - 1
            });
            let known = &mut reading[nth];
            known.turn_to(line, length);
            known.take(phase, kind, &values);
            Ok(())
        })?;
        if !whole {
            self.note_torn("intervals.hlog");
        }
        self.steps = reading.into_iter().map(Reading::done).collect();
        Ok(())
    }
}

/// What is said of a file that ends in the middle of a line.
pub fn torn(file: &str) -> String {
    format!("{file} ends in the middle of a line, which is left out here")
}

fn not_a_second(number: u64, error: &serde_json::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("seconds.ndjson line {number}: {error}"))
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
    fn the_99th_percentile_has_points_of_its_own_of_a_thousand_samples() {
        let ok = (0..30).map(|second| ("steady/j/s/response", second, vec![10; 100]));
        let bad = [("steady/j/s/failed", 15, vec![1; 50])];
        let text = hlog(ok.clone().take(15).chain(bad).chain(ok.skip(15)));
        let history = History::read(seconds(30).as_bytes(), text.as_bytes()).unwrap();
        let step = history.step("j", "s").unwrap();
        let spans: Vec<_> = step.tails.iter().map(|tail| (tail.from_s, tail.until_s)).collect();
        assert_eq!(spans, [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)]);
        let seen: Vec<bool> = step.tails.iter().map(|tail| tail.p99_ms.is_some()).collect();
        assert_eq!(seen, [true, false, true], "fifty of a thousand failed");
        let few =
            History::read(seconds(9).as_bytes(), hlog([("steady/j/s/response", 0, vec![1; 999])]).as_bytes());
        assert!(few.unwrap().steps[0].tails.is_empty());
    }

    #[test]
    fn a_jump_of_the_clock_is_an_event_and_failures_keep_their_kind() {
        let text = "{\"at_s\":1,\"clock_step_ms\":0,\"errors_by_kind\":{\"timeout\":2}}\n\
                    {\"at_s\":2,\"clock_step_ms\":-3600000}\n";
        let history = History::read(text.as_bytes(), &b""[..]).unwrap();
        assert_eq!(history.clock_steps, [(2.0, -3_600_000.0)]);
        assert_eq!(history.stretches[0].errors_by_kind["timeout"], 2);
    }

    #[test]
    fn files_torn_at_any_byte_of_their_last_line_are_read_up_to_it_with_a_note() {
        let text = hlog((0..3).map(|second| ("steady/j/s/response", second, vec![10; 20])));
        let [all, last] = [text.len(), text.trim_end().rfind('\n').unwrap() + 1];
        for end in last + 1..all - 1 {
            let history = History::read(seconds(3).as_bytes(), &text.as_bytes()[..end]).unwrap();
            // The last bytes are a checksum: without them the histogram is still whole.
            let read = (history.steps[0].points.len(), history.notes.len());
            assert!(read == (2, 1) || (read == (3, 0) && all - end < 16), "{end} of {all}: {read:?}");
        }
        let text = seconds(3);
        let [all, last] = [text.len(), text.trim_end().rfind('\n').unwrap() + 1];
        for end in last + 1..all - 1 {
            let history = History::read(&text.as_bytes()[..end], &b""[..]).unwrap();
            assert_eq!(history.stretches.len(), 2, "{end}");
            assert_eq!(
                history.notes,
                ["seconds.ndjson ends in the middle of a line, which is left out here"],
                "{end}"
            );
        }
    }

    #[test]
    fn only_the_newline_is_missing_and_so_nothing_is() {
        let text = seconds(3);
        let history = History::read(text.trim_end().as_bytes(), &b""[..]).unwrap();
        assert_eq!((history.stretches.len(), history.notes.len()), (3, 0));
    }

    #[test]
    fn a_line_in_the_middle_that_is_none_is_an_error_with_its_number() {
        let error = History::read(&b"{\"at_s\":1.0}\n{\"at_s\":\n{}\n"[..], &b""[..]).unwrap_err();
        assert!(error.to_string().starts_with("seconds.ndjson line 2: "), "{error}");
        let error = History::read(&b""[..], &b"Tag=steady/j/s/response,x\n#\n"[..]).unwrap_err();
        assert!(error.to_string().contains("not a line of an interval log"), "{error}");
    }
}
