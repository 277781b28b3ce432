//! A threshold is a sentence: `open_channel.response.p95 < 800ms`.

use std::fmt;
use std::ops::Range;

use super::diagnostic::Place;
use super::metric::{Metric, Statistic, Unit};
use crate::value::suggest;
use crate::value::{Rate, Span};

/// What must hold at the end of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As written.
    pub text: String,
    /// Which number.
    pub metric: Metric,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    pub limit: Limit,
    /// Where it is written; `None` when an option set it.
    pub place: Option<Place>,
}

/// How the number compares with the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

const OPERATORS: [(&str, Operator); 5] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("==", Operator::Equal),
    ("<", Operator::Below),
    (">", Operator::Above),
];

impl Operator {
    /// Whether `value` stands so to `limit`.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Operator::Below => value < limit,
            Operator::AtMost => value <= limit,
            Operator::Above => value > limit,
            Operator::AtLeast => value >= limit,
            Operator::Equal => value == limit,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(OPERATORS.iter().find(|(_, operator)| operator == self).map_or("", |(text, _)| text))
    }
}

/// What the number is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A time.
    Time(Span),
    /// A share of all, from 0 to 1.
    Share(f64),
    /// A number.
    Number(f64),
}

impl Limit {
    /// As a plain number: seconds, a share from 0 to 1, or a count.
    pub fn value(self) -> f64 {
        match self {
            Limit::Time(span) => span.as_secs_f64(),
            Limit::Share(value) | Limit::Number(value) => value,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Time(span) => span.fmt(f),
            // Rounded to where binary fractions of a percent no longer show.
            Limit::Share(share) => write!(f, "{}%", (share * 1e10).round() / 1e8),
            Limit::Number(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.metric, self.operator, self.limit)
    }
}

/// What is wrong with a sentence, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentenceError {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// Reads one sentence; the metric must be one of those the scenario can produce.
pub(super) fn parse(text: &str, known: &[Metric]) -> Result<Threshold, SentenceError> {
    let words = words(text);
    let error = |at: Range<usize>, message: String, help: &str| {
        Err(SentenceError { at, message, help: help.to_owned() })
    };
    let Some(first) = words.first() else {
        return error(0..text.len(), "an empty threshold".to_owned(), "write `METRIC < LIMIT`");
    };
    let metric = find(&text[first.clone()], known).map_err(|(message, help)| SentenceError {
        at: first.clone(),
        message,
        help,
    })?;
    let Some(second) = words.get(1) else {
        return error(
            text.len()..text.len(),
            "a threshold without a comparison".to_owned(),
            "write `< LIMIT` after it",
        );
    };
    let Some((_, operator)) = OPERATORS.iter().find(|(symbol, _)| *symbol == &text[second.clone()]) else {
        let known = suggest::list(OPERATORS.iter().map(|(symbol, _)| *symbol));
        let message = format!("`{}` is not a comparison", &text[second.clone()]);
        return error(second.clone(), message, &format!("use {known}"));
    };
    let Some(third) = words.get(2) else {
        return error(
            text.len()..text.len(),
            "a threshold without a limit".to_owned(),
            "write it after the comparison",
        );
    };
    let limit = limit(&text[third.clone()], metric.statistic).map_err(|(message, help)| SentenceError {
        at: third.clone(),
        message,
        help,
    })?;
    if let Some(more) = words.get(3) {
        let word = &text[more.clone()];
        let message = match word {
            "for" | "abort" => {
                format!("`{word}` is not available yet: thresholds are judged at the end of the run")
            }
            _ => format!("`{word}` after the limit"),
        };
        return error(more.start..text.trim_end().len(), message, "leave it out");
    }
    Ok(Threshold { text: text.to_owned(), metric, operator: *operator, limit, place: None })
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

fn find(name: &str, known: &[Metric]) -> Result<Metric, (String, String)> {
    let names: Vec<String> = known.iter().map(Metric::to_string).collect();
    if let Some(at) = names.iter().position(|known| known == name) {
        return Ok(known[at].clone());
    }
    let message = format!("the scenario has no metric `{name}`");
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

fn limit(text: &str, statistic: Statistic) -> Result<Limit, (String, String)> {
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
