//! A threshold is a sentence: `open_channel.response.p95 < 800ms`, `errors.rate < 1% for 30s, abort`.

mod sentence;

use std::fmt;

use super::diagnostic::Place;
use super::metric::{Metric, Selection};
use crate::value::Span;

pub(super) use sentence::parse;

/// What must hold: at the end of a run, or all along.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As written.
    pub text: String,
    /// Which number.
    pub metric: Metric,
    /// Which of its samples count.
    pub of: Selection,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    pub limit: Limit,
    /// It must hold of the last so much time, at each second of the run; `None`: of the run as a whole.
    pub window: Option<Span>,
    /// Whether the run ends as soon as it is missed.
    pub abort: bool,
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
        write!(f, "{}{} {} {}", self.metric, self.of, self.operator, self.limit)?;
        if let Some(window) = self.window {
            write!(f, " for {window}")?;
        }
        f.write_str(if self.abort { ", abort" } else { "" })
    }
}
