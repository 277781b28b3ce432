//! Reads a threshold's sentence:
//!
//! ```text
//! METRIC [of journey NAME] [in warm-up] COMPARISON LIMIT [for WINDOW] [abort]
//! ```

use std::ops::Range;

use super::{Limit, OPERATORS, Operator, Threshold};
use crate::scenario::metric::{Known, Metric, Selection, Statistic, Unit};
use crate::value::suggest;
use crate::value::{Rate, Span};

/// A window is judged once a second, so it holds at least one.
const SHORTEST: Span = Span::seconds(1);
/// What a window holds is kept in memory.
const LONGEST: Span = Span::seconds(3600);

/// What is wrong with a sentence, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scenario) struct SentenceError {
    pub(in crate::scenario) at: Range<usize>,
    pub(in crate::scenario) message: String,
    pub(in crate::scenario) help: String,
}

/// What is wrong with a word, and what to write instead.
type Wrong = (String, String);

/// A sentence that is being read, word by word.
struct Sentence<'a> {
    text: &'a str,
    words: std::vec::IntoIter<Range<usize>>,
}

impl<'a> Sentence<'a> {
    /// The next word, which has to be there.
    fn word(&mut self, missing: &str, help: &str) -> Result<(Range<usize>, &'a str), SentenceError> {
        let end = self.text.len();
        match self.words.next() {
            Some(at) => Ok((at.clone(), &self.text[at])),
            None => Err(SentenceError { at: end..end, message: missing.to_owned(), help: help.to_owned() }),
        }
    }

    /// Takes the next word if it is this one.
    fn takes(&mut self, word: &str) -> Option<Range<usize>> {
        let next = self.words.as_slice().first().filter(|at| &self.text[(*at).clone()] == word)?.clone();
        self.words.next();
        Some(next)
    }
}

fn wrong(at: Range<usize>) -> impl FnOnce(Wrong) -> SentenceError {
    move |(message, help)| SentenceError { at, message, help }
}

/// Reads one sentence; the metric must be one of those the scenario can produce.
pub(in crate::scenario) fn parse(text: &str, known: &Known) -> Result<Threshold, SentenceError> {
    let mut sentence = Sentence { text, words: words(text).into_iter() };
    if sentence.words.as_slice().is_empty() {
        return Err(wrong(0..text.len())(("an empty threshold".into(), "write `METRIC < LIMIT`".into())));
    }
    let (metric_at, name) = sentence.word("a threshold without a metric", "write it first")?;
    let metric = find(name, &known.metrics).map_err(wrong(metric_at))?;
    let of = selection(&mut sentence, &metric, known)?;
    let (at, symbol) = sentence.word("a threshold without a comparison", "write `< LIMIT` after it")?;
    let operator = operator(symbol).map_err(wrong(at.clone()))?;
    let (limit_at, written) =
        sentence.word("a threshold without a limit", "write it after the comparison")?;
    let limit = limit(written, metric.statistic).map_err(wrong(limit_at))?;
    let window = match sentence.takes("for") {
        Some(_) => Some(window(&mut sentence)?),
        None => None,
    };
    let abort = sentence.takes("abort").is_some();
    if let Some(more) = sentence.words.next() {
        return Err(wrong(more.start..text.trim_end().len())(leftover(&text[more], abort)));
    }
    if (window.is_some() || abort) && !bounds_from_above(metric.statistic, operator, limit) {
        return Err(wrong(at)((
            format!("`{name} {operator} {limit}` is missed before anything has happened"),
            "without `for` and `abort` it is judged at the end".to_owned(),
        )));
    }
    Ok(Threshold { text: text.to_owned(), metric, of, operator, limit, window, abort, place: None })
}

/// A count begins at zero: while the run goes on it can only be held below something.
fn bounds_from_above(statistic: Statistic, operator: Operator, limit: Limit) -> bool {
    match operator {
        Operator::Below | Operator::AtMost => true,
        Operator::Equal => statistic.unit() != Unit::Number || limit.value() == 0.0,
        Operator::Above | Operator::AtLeast => statistic.unit() != Unit::Number,
    }
}

/// `of journey NAME`, `in warm-up`, in either order.
fn selection(
    sentence: &mut Sentence<'_>,
    metric: &Metric,
    known: &Known,
) -> Result<Selection, SentenceError> {
    let mut selection = Selection::default();
    loop {
        if let Some(of) = sentence.takes("of").filter(|_| selection.journey.is_none()) {
            let (at, word) = sentence.word("`of` what?", "write `of journey NAME`")?;
            if word != "journey" {
                let message = format!("`{word}` after `of`");
                return Err(wrong(at)((message, "write `of journey NAME`".to_owned())));
            }
            let (at, name) = sentence.word("`of journey` without its name", "write it after `journey`")?;
            let all = of.start..at.end;
            selection.journey = Some(known.journey(name).map_err(wrong(at))?.clone());
            known.has(metric, &selection).map_err(wrong(all))?;
        } else if let Some(within) = sentence.takes("in").filter(|_| !selection.warm_up) {
            let (at, word) = sentence.word("`in` what?", "write `in warm-up`")?;
            if word != "warm-up" {
                let message = format!("`{word}` after `in`");
                let help = "write `in warm-up`; without it the steady state is judged";
                return Err(wrong(at)((message, help.to_owned())));
            }
            selection.warm_up = true;
            known.has(metric, &selection).map_err(wrong(within.start..at.end))?;
        } else {
            return Ok(selection);
        }
    }
}

fn operator(symbol: &str) -> Result<Operator, Wrong> {
    let found = OPERATORS.iter().find(|(known, _)| *known == symbol).map(|(_, operator)| *operator);
    found.ok_or_else(|| {
        let known = suggest::list(OPERATORS.iter().map(|(symbol, _)| *symbol));
        (format!("`{symbol}` is not a comparison"), format!("use {known}"))
    })
}

/// What comes after `for`.
fn window(sentence: &mut Sentence<'_>) -> Result<Span, SentenceError> {
    let (at, written) = sentence.word("`for` without a time", "write it after `for`, like `for 30s`")?;
    let span = written.parse::<Span>().map_err(|error| {
        wrong(at.clone())((error.to_string(), "a window is a time, like `for 30s`".to_owned()))
    })?;
    if (SHORTEST..=LONGEST).contains(&span) {
        return Ok(span);
    }
    let message = format!("a window of {span}");
    let help = if span < SHORTEST {
        format!("what is measured is looked at once a second: at least `{SHORTEST}`")
    } else {
        format!("what it holds is kept in memory: at most `{LONGEST}`")
    };
    Err(wrong(at)((message, help)))
}

fn leftover(word: &str, abort: bool) -> Wrong {
    let help = match suggest::nearest(word, ["for", "abort"]) {
        Some("for") if abort => "write `for` before `abort`".to_owned(),
        Some(meant) if !abort && meant != word => format!("did you mean `{meant}`?"),
        _ => "leave it out".to_owned(),
    };
    (format!("`{word}` after the limit"), help)
}

/// Words are separated by spaces and commas, and an operator stands for itself (`a<1s` is three words).
fn words(text: &str) -> Vec<Range<usize>> {
    let is_operator = |c: char| matches!(c, '<' | '>' | '=' | '!');
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last: Option<bool> = None;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if c.is_whitespace() || c == ',' {
            last = None;
        } else if last == Some(is_operator(c)) {
            if let Some(word) = words.last_mut() {
                word.end = end;
            }
        } else {
            words.push(at..end);
            last = Some(is_operator(c));
        }
    }
    words
}

fn find(name: &str, known: &[Metric]) -> Result<Metric, Wrong> {
    let names: Vec<String> = known.iter().map(Metric::to_string).collect();
    if let Some(at) = names.iter().position(|known| known == name) {
        return Ok(known[at].clone());
    }
    let message = format!("the scenario has no metric `{name}`");
    if name == "abort" {
        let help = "between `[` and `]` a comma begins the next sentence: put the sentence in quotes";
        return Err((message, help.to_owned()));
    }
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let subject = stem(name);
    let same: Vec<&str> = names.iter().map(String::as_str).filter(|name| stem(name) == subject).collect();
    if let Some(meant) = suggest::nearest(name, names.iter().map(String::as_str)) {
        return Err((message, format!("did you mean `{meant}`?")));
    }
    if !same.is_empty() {
        let stems = stems(known.iter().filter(|metric| metric.subject == subject));
        return Err((
            message,
            format!("`{subject}` has {}", suggest::list(stems.iter().map(String::as_str))),
        ));
    }
    let mut subjects: Vec<&str> = known.iter().map(|metric| metric.subject.as_str()).collect();
    subjects.dedup();
    Err((message, format!("metrics begin with {}", suggest::list(subjects))))
}

/// `response.p50…max`: one entry a part, with all its statistics.
fn stems<'a>(metrics: impl Iterator<Item = &'a Metric>) -> Vec<String> {
    let mut parts: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    for metric in metrics {
        match parts.last_mut() {
            Some((part, statistics)) if *part == metric.part => statistics.push(metric.statistic.name()),
            _ => parts.push((metric.part, vec![metric.statistic.name()])),
        }
    }
    parts
        .into_iter()
        .map(|(part, statistics)| match part {
            Some(part) => format!("{part}.{{{}}}", statistics.join(",")),
            None => format!("{{{}}}", statistics.join(",")),
        })
        .collect()
}

fn limit(text: &str, statistic: Statistic) -> Result<Limit, Wrong> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    match statistic.unit() {
        Unit::Time => text.parse::<Span>().map(Limit::Time).map_err(|error| {
            (error.to_string(), format!("`{}` is compared with a time, like `800ms`", statistic.name()))
        }),
        Unit::Share => {
            let share = match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|percent| percent / 100.0),
                None => number(text),
            };
            share.filter(|share| *share <= 1.0).map(Limit::Share).ok_or_else(|| {
                let why = if text.parse::<Rate>().is_ok() { "; this is a rate of arrivals" } else { "" };
                (format!("`{text}` is not a share of all{why}"), "write a percentage, like `1%`".to_owned())
            })
        }
        Unit::Number => number(text).map(Limit::Number).ok_or_else(|| {
            (format!("`{text}` is not a number"), "`count` is compared with a number, like `0`".to_owned())
        }),
    }
}
