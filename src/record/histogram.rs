//! The one file that knows hdrhistogram: 1 µs to 1 h at 3 significant digits.

use std::io::{self, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

/// The largest value told apart, in microseconds. What is above is counted as this *and* as saturated.
pub(crate) const MAX_US: u64 = 3_600_000_000;

const DIGITS: u8 = 3;

/// A histogram of times in microseconds.
///
/// It costs nothing until its first value and then grows to the range it has seen (8 KiB below 2 ms,
/// 94 KiB for an hour): a run has a hundred of these per worker and most stay small.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    // u32 counters: one bucket would need 4 billion equal values to saturate, and adding saturates.
    counts: Option<hdrhistogram::Histogram<u32>>,
    saturated: u64,
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
        // Both calls fail only for bounds or ranges beyond the address space, which these constants are not.
        // `saturating_record` is no help here: it clamps to the present range instead of growing it.
        if let Some(counts) = self.grown() {
            let _ = counts.record(us.min(MAX_US));
        }
    }

    /// Adds another histogram's values.
    pub fn add(&mut self, other: &Self) {
        self.saturated += other.saturated;
        if let Some(from) = other.counts.as_ref().filter(|from| !from.is_empty())
            && let Some(counts) = self.grown()
        {
            let _ = counts.add(from);
        }
    }

    /// Forgets all values but keeps the memory.
    pub fn clear(&mut self) {
        self.saturated = 0;
        if let Some(counts) = self.counts.as_mut().filter(|counts| !counts.is_empty()) {
            counts.reset();
        }
    }

    /// How many values it holds.
    pub fn count(&self) -> u64 {
        self.counts.as_ref().map_or(0, hdrhistogram::Histogram::len)
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
        self.seen().map(|counts| Duration::from_micros(counts.max()))
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
        self.counts.as_ref().map_or(0, hdrhistogram::Histogram::buckets)
    }

    /// The value that `rank` values (counted from 1) are at or below; `None` beyond the last.
    ///
    /// By rank and not by quantile, because failures, which are no values, rank above all of these.
    pub fn at_rank(&self, rank: u64) -> Option<Duration> {
        let counts = self.seen()?;
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
        Ok(Self { counts: Some(counts), saturated: 0 })
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

    fn seen(&self) -> Option<&hdrhistogram::Histogram<u32>> {
        self.counts.as_ref().filter(|counts| !counts.is_empty())
    }

    fn grown(&mut self) -> Option<&mut hdrhistogram::Histogram<u32>> {
        if self.counts.is_none() {
            self.counts = hdrhistogram::Histogram::new(DIGITS).ok();
        }
        self.counts.as_mut()
    }
}

/// Writes histograms as the interval log spells them: V2, DEFLATE, base64.
#[derive(Default)]
pub(crate) struct Encoder {
    serializer: V2DeflateSerializer,
    bytes: Vec<u8>,
    text: String,
}

impl Encoder {
    /// Appends the histogram to `out`; an empty one is nothing.
    pub(crate) fn encode(&mut self, histogram: &Histogram, out: &mut dyn Write) -> io::Result<()> {
        let Some(counts) = histogram.seen() else { return Ok(()) };
        self.bytes.clear();
        self.text.clear();
        self.serializer.serialize(counts, &mut self.bytes).map_err(io::Error::other)?;
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
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let histogram = of((1..2000).map(|n| n * n));
        let mut text = Vec::new();
        Encoder::default().encode(&histogram, &mut text).unwrap();
        let back = Histogram::read(std::str::from_utf8(&text).unwrap()).unwrap();
        assert_eq!(back.cumulative(), histogram.cumulative());
    }

    #[test]
    fn an_unused_histogram_has_no_values() {
        let mut histogram = Histogram::new();
        histogram.clear();
        histogram.add(&Histogram::new());
        assert!(histogram.is_empty() && histogram.max().is_none() && histogram.at_rank(1).is_none());
    }
}
