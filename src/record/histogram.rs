//! The one file that knows hdrhistogram: 1 µs to 1 h at 3 significant digits.

mod few;

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

/// The largest value told apart, in microseconds. What is above is counted as this *and* as saturated.
pub(crate) const MAX_US: u64 = 3_600_000_000;

const DIGITS: u8 = 3;

/// So many values are kept as they came: as much memory as the smallest counters.
const FEW: usize = 2048;

// u32 counters: one bucket would need 4 billion equal values to saturate, and adding saturates.
type Counts = hdrhistogram::Histogram<u32>;

/// A histogram of times in microseconds.
///
/// It costs nothing until its first value. A few values it keeps as they came, more it counts, in as many counters as
/// the range takes that it has seen (8 KiB below 2 ms, 94 KiB for an hour): a run has a hundred of these per worker,
/// and hands them over, adds and writes them each second. Of few values that costs what the values cost; going through
/// all counters each time was a tenth of a run of a hundred messages a second.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// In microseconds; empty when values are counted.
    few: Vec<u32>,
    /// Without values, or not there, when those are few.
    counts: Option<Counts>,
    saturated: u64,
}

/// Values that are not told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The least value that falls into it, in microseconds.
    pub(super) lowest_us: u64,
    /// The value in its middle, in microseconds.
    pub(super) middle_us: u64,
    /// How many there are.
    pub(super) count: u64,
}

impl Histogram {
    /// A histogram without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records one time.
    pub fn record(&mut self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.saturated += u64::from(us > MAX_US);
        let us = us.min(MAX_US) as u32;
        if self.few.len() < FEW && !self.is_counted() {
            self.few.push(us);
        } else if let Some(counts) = self.counted() {
            record(counts, us);
        }
    }

    /// Adds another histogram's values.
    pub fn add(&mut self, other: &Self) {
        self.saturated += other.saturated;
        if other.is_empty() {
            return;
        }
        if self.few.len() + other.few.len() <= FEW && !self.is_counted() && !other.is_counted() {
            self.few.extend_from_slice(&other.few);
        } else if let Some(counts) = self.counted() {
            other.few.iter().for_each(|us| record(counts, *us));
            if let Some(more) = &other.counts {
                // Fails as little as recording.
                let _ = counts.add(more);
            }
        }
    }

    /// Forgets all values but keeps the memory.
    pub fn clear(&mut self) {
        self.saturated = 0;
        self.few.clear();
        if let Some(counts) = self.counts.as_mut().filter(|counts| !counts.is_empty()) {
            counts.reset();
        }
    }

    /// How many values it holds.
    pub fn count(&self) -> u64 {
        self.few.len() as u64 + self.counts.as_ref().map_or(0, Counts::len)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many values were above an hour.
    pub fn saturated(&self) -> u64 {
        self.saturated
    }

    /// The largest value, within the resolution.
    pub fn max(&self) -> Option<Duration> {
        let of_few = self.few.iter().max().map(|us| few::highest_equivalent(*us));
        let max = of_few.or_else(|| Some(self.counts.as_ref().filter(|counts| !counts.is_empty())?.max()));
        max.map(Duration::from_micros)
    }

    /// The smallest value, within the resolution.
    pub fn min(&self) -> Option<Duration> {
        self.seen().map(|counts| Duration::from_micros(counts.min()))
    }

    /// The mean.
    pub fn mean(&self) -> Option<Duration> {
        self.seen().map(|counts| Duration::from_secs_f64(counts.mean() / 1e6))
    }

    /// The standard deviation.
    pub fn stdev(&self) -> Option<Duration> {
        self.seen().map(|counts| Duration::from_secs_f64(counts.stdev() / 1e6))
    }

    /// How many powers of two its range covers.
    pub fn buckets(&self) -> u8 {
        self.seen().map_or(0, |counts| counts.buckets())
    }

    /// The value that `rank` values (counted from 1) are at or below; `None` beyond the last.
    ///
    /// By rank and not by quantile, because failures, which are no values, rank above all of these.
    pub fn at_rank(&self, rank: u64) -> Option<Duration> {
        let nth = usize::try_from(rank.saturating_sub(1)).ok()?;
        if !self.few.is_empty() {
            let mut few = self.few.clone();
            let us = (nth < few.len()).then(|| *few.select_nth_unstable(nth).1)?;
            return Some(Duration::from_micros(few::highest_equivalent(us)));
        }
        let counts = self.counts.as_ref()?;
        let mut below = 0;
        for step in counts.iter_recorded() {
            below += u64::from(step.count_at_value());
            if below >= rank.max(1) {
                return Some(Duration::from_micros(counts.highest_equivalent(step.value_iterated_to())));
            }
        }
        None
    }

    /// How many values are at or below this one, within the resolution.
    pub(super) fn count_up_to(&self, value: Duration) -> u64 {
        let us = u64::try_from(value.as_micros()).unwrap_or(u64::MAX).min(MAX_US);
        self.seen().map_or(0, |counts| counts.count_between(0, us))
    }

    /// Reads what [`Encoder`] wrote.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub(super) fn read(base64: &str) -> io::Result<Self> {
        let wrong = |what: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidData, format!("not a histogram: {what}"))
        };
        let bytes = STANDARD.decode(base64).map_err(|error| wrong(&error))?;
        let counts = Deserializer::new().deserialize(&mut &bytes[..]).map_err(|error| wrong(&error))?;
        Ok(Self { counts: Some(counts), ..Self::default() })
    }

    /// Each distinct value with how many values are at or below it, in order.
    pub(crate) fn cumulative(&self) -> Vec<(Duration, u64)> {
        let Some(counts) = self.seen() else { return Vec::new() };
        let mut below = 0;
        counts
            .iter_recorded()
            .map(|step| {
                below += u64::from(step.count_at_value());
                (Duration::from_micros(counts.highest_equivalent(step.value_iterated_to())), below)
            })
            .collect()
    }

    /// Tells of every cell that holds values, in order.
    pub(super) fn each(&self, mut tell: impl FnMut(Cell)) {
        let Some(counts) = self.seen() else { return };
        for step in counts.iter_recorded() {
            let value = step.value_iterated_to();
            tell(Cell {
                lowest_us: counts.lowest_equivalent(value),
                middle_us: counts.median_equivalent(value),
                count: u64::from(step.count_at_value()),
            });
        }
    }

    /// Whether the values are in counters.
    fn is_counted(&self) -> bool {
        self.counts.as_ref().is_some_and(|counts| !counts.is_empty())
    }

    /// All values in counters, if there are any.
    fn seen(&self) -> Option<Cow<'_, Counts>> {
        if self.few.is_empty() {
            return self.counts.as_ref().filter(|counts| !counts.is_empty()).map(Cow::Borrowed);
        }
        let mut counts = Counts::new(DIGITS).ok()?;
        self.few.iter().for_each(|us| record(&mut counts, *us));
        Some(Cow::Owned(counts))
    }

    /// The counters, with all values in them from now on.
    fn counted(&mut self) -> Option<&mut Counts> {
        if self.counts.is_none() {
            // Fails only for digits there are none of.
            self.counts = Counts::new(DIGITS).ok();
        }
        let counts = self.counts.as_mut()?;
        self.few.drain(..).for_each(|us| record(counts, us));
        Some(counts)
    }
}

/// Fails only for ranges beyond the address space, which an hour is not. `saturating_record` is no help here: it clamps
/// to the present range instead of growing it.
fn record(counts: &mut Counts, us: u32) {
    let _ = counts.record(u64::from(us));
}

/// Writes histograms as the interval log spells them: V2, DEFLATE, base64.
#[derive(Default)]
pub(crate) struct Encoder {
    serializer: V2DeflateSerializer,
    few: Vec<u32>,
    bytes: Vec<u8>,
    text: String,
}

impl Encoder {
    /// Appends the histogram to `out`; an empty one is nothing.
    pub(crate) fn encode(&mut self, histogram: &Histogram, out: &mut dyn Write) -> io::Result<()> {
        self.bytes.clear();
        self.text.clear();
        if !histogram.few.is_empty() {
            self.few.clone_from(&histogram.few);
            few::write(&mut self.few, &mut self.bytes);
        } else if let Some(counts) = histogram.counts.as_ref().filter(|counts| !counts.is_empty()) {
            self.serializer.serialize(counts, &mut self.bytes).map_err(io::Error::other)?;
        } else {
            return Ok(());
        }
        STANDARD.encode_string(&self.bytes, &mut self.text);
        out.write_all(self.text.as_bytes())
    }
}

/// An interval as [`read_log`] gives it: tag, start and length in seconds, histogram.
#[cfg(test)]
pub(crate) type Interval = (String, f64, f64, Histogram);

/// Reads a whole interval log by the library's own reader.
#[cfg(test)]
pub(crate) fn read_log(text: &str) -> Vec<Interval> {
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
    let entries = IntervalLogIterator::new(text.as_bytes()).map(|entry| entry.unwrap());
    let interval = |entry| match entry {
        LogEntry::Interval(line) => Some((
            line.tag().unwrap().as_str().to_owned(),
            line.start_timestamp().as_secs_f64(),
            line.duration().as_secs_f64(),
            Histogram::read(line.encoded_histogram()).unwrap(),
        )),
        LogEntry::StartTime(_) | LogEntry::BaseTime(_) => None,
    };
    entries.filter_map(interval).collect()
}

/// As a line of the log holds it.
#[cfg(test)]
pub(crate) fn encoded(values: &Histogram) -> String {
    let mut out = Vec::new();
    Encoder::default().encode(values, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new();
        values.into_iter().for_each(|us| histogram.record(Duration::from_micros(us)));
        histogram
    }

    #[test]
    fn ranks_agree_with_a_sorted_list_within_three_digits() {
        let mut values: Vec<u64> = (0..5000u64).map(|n| (n * 7919) % 1_000_003 + 1).collect();
        let histogram = of(values.iter().copied());
        values.sort_unstable();
        for rank in [1, 2, 50, 2500, 4750, 4950, 4999, 5000] {
            let truth = values[rank as usize - 1] as f64;
            let seen = histogram.at_rank(rank).unwrap().as_micros() as f64;
            assert!((seen - truth).abs() <= truth / 1000.0 + 1.0, "rank {rank}: {seen} for {truth}");
        }
        assert_eq!(histogram.at_rank(5001), None);
        assert_eq!(histogram.cumulative().last().unwrap().1, 5000);
    }

    #[test]
    fn above_an_hour_is_an_hour_and_counted() {
        let histogram = of([1, MAX_US, MAX_US + 1, u64::MAX]);
        assert_eq!(histogram.count(), 4);
        assert_eq!(histogram.saturated(), 2);
        let max = histogram.max().unwrap().as_secs_f64();
        assert!((3600.0..3604.0).contains(&max), "{max}");
    }

    #[test]
    fn adding_is_the_same_as_recording_everything_in_one() {
        let (small, large) = (of([5, 6, 7]), of([900_000, 3_000_000]));
        for (mut sum, other) in [(small.clone(), large.clone()), (large, small)] {
            sum.add(&other);
            assert_eq!(sum.cumulative(), of([5, 6, 7, 900_000, 3_000_000]).cumulative());
        }
        // Few to few, few to many, many to few, many to many.
        let counts = [1, FEW as u64 - 1, FEW as u64, FEW as u64 + 1];
        for (one, two) in counts.iter().flat_map(|one| counts.iter().map(move |two| (*one, *two))) {
            let values = |from: u64, count: u64| (from..from + count).map(|n| n * n % 60_000_000);
            let mut sum = of(values(0, one));
            sum.add(&of(values(one, two)));
            let whole = of(values(0, one + two));
            assert_eq!((sum.count(), sum.max()), (one + two, whole.max()), "{one} and {two}");
            assert_eq!(sum.cumulative(), whole.cumulative(), "{one} and {two}");
        }
    }

    #[test]
    fn few_values_say_the_same_as_many() {
        let values: Vec<u64> = (1..=FEW as u64).map(|n| n * n * 700 % 3_000_000_000).collect();
        let few = of(values.iter().copied());
        let mut many = of(values.iter().copied());
        many.counted();
        assert!(!few.is_counted() && many.is_counted());
        assert_eq!((few.count(), few.min(), few.max()), (many.count(), many.min(), many.max()));
        assert_eq!((few.mean(), few.stdev(), few.buckets()), (many.mean(), many.stdev(), many.buckets()));
        assert_eq!(few.cumulative(), many.cumulative());
        for rank in [0, 1, 2, 1000, 2047, 2048, 2049] {
            assert_eq!(few.at_rank(rank), many.at_rank(rank), "rank {rank}");
        }
        for ms in [0, 1, 50, 2_000, 4_000_000] {
            let value = Duration::from_millis(ms);
            assert_eq!(few.count_up_to(value), many.count_up_to(value), "{value:?}");
        }
    }

    #[test]
    fn what_was_forgotten_is_in_nothing_that_comes_later() {
        for count in [10, 3 * FEW as u64] {
            let mut histogram = of((0..count).map(|n| n * 1000));
            histogram.clear();
            assert!(histogram.is_empty() && histogram.max().is_none());
            histogram.add(&of([7]));
            histogram.record(Duration::from_micros(9));
            assert_eq!(histogram.cumulative(), of([7, 9]).cumulative());
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let mut encoder = Encoder::default();
        for count in [2000, 5000] {
            let histogram = of((1..count).map(|n| n * n));
            let mut text = Vec::new();
            encoder.encode(&histogram, &mut text).unwrap();
            let back = Histogram::read(std::str::from_utf8(&text).unwrap()).unwrap();
            assert_eq!(back.cumulative(), histogram.cumulative());
        }
    }

    #[test]
    fn an_unused_histogram_has_no_values() {
        let mut histogram = Histogram::new();
        histogram.clear();
        histogram.add(&Histogram::new());
        assert!(histogram.is_empty() && histogram.max().is_none() && histogram.at_rank(1).is_none());
    }
}
