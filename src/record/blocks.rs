//! What a run's interval log says of equal stretches of its steady state: the evidence of how far a percentile of
//! one run can be trusted.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::time::Duration;

use super::histogram::Histogram;

/// Into how many stretches the steady state is cut.
pub const BLOCKS: usize = 20;

/// How long each must be at least: shorter ones are too much alike to their neighbours.
const SHORTEST_BLOCK: Duration = Duration::from_secs(10);

/// One stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Samples at or below the value asked about.
    pub at_or_below: u64,
    /// All samples, failures included.
    pub all: u64,
}

/// The steady state, cut into equal stretches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How long each stretch is.
    pub length: Duration,
    /// What lies in each.
    pub blocks: [Block; BLOCKS],
}

/// A question to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The tags whose values count.
    pub values: Vec<String>,
    /// The tags of what failed instead: larger than any value.
    pub failures: Vec<String>,
    /// The value asked about.
    pub value: Duration,
}

/// How a tag bears on a question.
#[derive(Clone, Copy)]
struct Bears {
    question: usize,
    as_failure: bool,
}

/// Answers questions from a log that is read twice; `None` where the steady state was too short to be cut.
///
/// # Errors
///
/// Those of reading, and a line that is none of this log.
pub fn read_blocks<R: BufRead>(
    mut open: impl FnMut() -> io::Result<R>,
    questions: &[Question],
) -> io::Result<Option<Vec<Cut>>> {
    let Some((from, until)) = steady(open()?)? else { return Ok(None) };
    let length = (until - from) / BLOCKS as f64;
    if length < SHORTEST_BLOCK.as_secs_f64() {
        return Ok(None);
    }
    let empty = Cut { length: Duration::from_secs_f64(length), blocks: [Block::default(); BLOCKS] };
    let mut tags: HashMap<&str, Vec<Bears>> = HashMap::new();
    for (question, asked) in questions.iter().enumerate() {
        for (names, as_failure) in [(&asked.values, false), (&asked.failures, true)] {
            for name in names {
                tags.entry(name).or_default().push(Bears { question, as_failure });
            }
        }
    }
    let mut cuts = vec![empty; questions.len()];
    let whole = lines(open()?, |line| {
        let Some(bearing) = tags.get(line.tag) else { return Ok(()) };
        let histogram = Histogram::read(line.histogram)?;
        let middle = line.from + line.length / 2.0;
        let nth = (((middle - from) / length).max(0.0) as usize).min(BLOCKS - 1);
        for Bears { question, as_failure } in bearing {
            let block = &mut cuts[*question].blocks[nth];
            block.all += histogram.count();
            if !as_failure {
                block.at_or_below += histogram.count_up_to(questions[*question].value);
            }
        }
        Ok(())
    })?;
    if whole { Ok(Some(cuts)) } else { Err(not_a_line("the end of one")) }
}

/// When the steady state's first line began and its last ended.
fn steady(log: impl BufRead) -> io::Result<Option<(f64, f64)>> {
    let mut seen: Option<(f64, f64)> = None;
    lines(log, |line| {
        if line.tag.starts_with("steady/") {
            let (from, until) = (line.from, line.from + line.length);
            seen = Some(seen.map_or((from, until), |(first, last)| (first.min(from), last.max(until))));
        }
        Ok(())
    })?;
    Ok(seen)
}

/// A line of the log.
pub(super) struct Line<'a> {
    pub(super) tag: &'a str,
    pub(super) from: f64,
    pub(super) length: f64,
    pub(super) histogram: &'a str,
}

/// Reads the lines that hold a histogram. Whether the last one was written to its end: one that was not is left
/// out.
pub(super) fn lines(
    mut log: impl BufRead,
    mut each: impl FnMut(&Line<'_>) -> io::Result<()>,
) -> io::Result<bool> {
    let mut bytes = Vec::new();
    while log.read_until(b'\n', &mut bytes)? > 0 {
        let ended = bytes.last() == Some(&b'\n');
        let text = String::from_utf8_lossy(&bytes);
        match text.strip_prefix("Tag=") {
            Some(line) => {
                let read = read_line(line.trim_end()).ok_or_else(|| not_a_line(line));
                match read.and_then(|line| each(&line)) {
                    Err(error) if !ended && error.kind() == io::ErrorKind::InvalidData => return Ok(false),
                    read => read?,
                }
            }
            None if !ended => return Ok(false),
            None => {}
        }
        bytes.clear();
    }
    Ok(true)
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let mut fields = line.split(',');
    let tag = fields.next()?;
    let (from, length) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let histogram = fields.nth(1)?;
    Some(Line { tag, from, length, histogram })
}

fn not_a_line(line: &str) -> io::Error {
    let shown: String = line.chars().take(60).collect();
    io::Error::new(io::ErrorKind::InvalidData, format!("not a line of an interval log: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::histogram::Encoder;

    /// A log with a value of so many milliseconds in each second.
    fn log(seconds: impl IntoIterator<Item = (&'static str, u64, u64)>) -> String {
        let mut out = b"#[Histogram log format version 1.3]\n".to_vec();
        let mut encoder = Encoder::default();
        for (tag, second, ms) in seconds {
            let mut histogram = Histogram::new();
            histogram.record(Duration::from_millis(ms));
            out.extend(format!("Tag={tag},{second}.000,1.000,{ms}.000,").bytes());
            encoder.encode(&histogram, &mut out).unwrap();
            out.push(b'\n');
        }
        String::from_utf8(out).unwrap()
    }

    fn question(value: u64) -> Question {
        let [values, failures] = ["steady/j/s/response", "steady/j/s/failed"].map(|tag| vec![tag.to_owned()]);
        Question { values, failures, value: Duration::from_millis(value) }
    }

    #[test]
    fn each_stretch_counts_what_was_at_or_below_the_value() {
        let values =
            (0..200).map(|second| ("steady/j/s/response", second, if second < 100 { 10 } else { 30 }));
        let failures =
            [("steady/j/s/failed", 5, 1), ("warm-up/j/s/response", 5, 1), ("steady/x/s/response", 5, 1)];
        let text = log(values.chain(failures));
        let cuts = read_blocks(|| Ok(text.as_bytes()), &[question(20)]).unwrap().unwrap();
        let Cut { length, blocks } = cuts[0];
        assert_eq!(length, Duration::from_secs(10));
        assert_eq!(blocks[0], Block { at_or_below: 10, all: 11 });
        assert_eq!(blocks[9], Block { at_or_below: 10, all: 10 });
        assert_eq!(blocks[10], Block { at_or_below: 0, all: 10 });
        assert_eq!(blocks.iter().map(|block| block.all).sum::<u64>(), 201);
    }

    #[test]
    fn a_steady_state_under_twenty_times_ten_seconds_is_not_cut() {
        let text = log((0..199).map(|second| ("steady/j/s/response", second, 1)));
        assert_eq!(read_blocks(|| Ok(text.as_bytes()), &[question(20)]).unwrap(), None);
    }

    #[test]
    fn what_is_no_line_of_the_log_is_said() {
        let error = read_blocks(|| Ok(&b"Tag=steady/x,nonsense\n"[..]), &[]).unwrap_err();
        assert!(error.to_string().contains("not a line of an interval log: steady/x"), "{error}");
    }
}
