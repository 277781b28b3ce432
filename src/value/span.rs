//! A duration with its unit: `500ms`, `3s`, `2m`, `1.5h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::scalar::{number_and_rest, scalar};
use super::suggest;

/// A duration as an author writes it; never negative, at most 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(Duration);

const UNITS: [(&str, u64); 5] =
    [("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(Duration::ZERO);

    /// So many whole seconds.
    pub const fn seconds(seconds: u64) -> Span {
        Span(Duration::from_secs(seconds))
    }

    /// So many milliseconds.
    pub const fn millis(millis: u64) -> Span {
        Span(Duration::from_millis(millis))
    }

    /// As the standard library's duration.
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// In seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0.as_secs_f64()
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Duration {
        span.0
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Span {
        Span(duration)
    }
}

/// What is wrong with a written duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanError(String);

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Span, SpanError> {
        let text = text.trim();
        let (number, unit) = number_and_rest(text);
        let unit = unit.trim_start();
        if number.is_empty() {
            return Err(SpanError(format!(
                "`{text}` is not a duration: write a number and a unit, like `3s`"
            )));
        }
        if unit.is_empty() {
            return Err(unitless(number));
        }
        let Some((_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(unknown_unit(number, unit));
        };
        let value: f64 =
            number.parse().map_err(|_| SpanError(format!("`{number}` in `{text}` is not a number")))?;
        if value < 0.0 {
            return Err(SpanError(format!("`{text}` is negative: a duration cannot be")));
        }
        let nanos = value * *nanos as f64;
        if nanos > LONGEST.as_nanos() as f64 {
            return Err(SpanError(format!("`{text}` is longer than 30 days")));
        }
        Ok(Span(Duration::from_nanos(nanos.round() as u64)))
    }
}

fn unitless(number: &str) -> SpanError {
    SpanError(format!("`{number}` has no unit: write `{number}s`, `{number}ms` or `{number}m`"))
}

fn unknown_unit(number: &str, unit: &str) -> SpanError {
    let meant = match unit {
        "sec" | "secs" | "second" | "seconds" | "S" => Some("s"),
        "min" | "mins" | "minute" | "minutes" | "M" => Some("m"),
        "msec" | "millis" | "milliseconds" | "MS" => Some("ms"),
        "hr" | "hour" | "hours" | "H" => Some("h"),
        "µs" | "μs" | "usec" => Some("us"),
        _ => None,
    };
    match meant {
        Some(meant) => SpanError(format!("`{unit}` is not a unit of time; did you mean `{number}{meant}`?")),
        None => SpanError(format!(
            "`{unit}` is not a unit of time; use {}",
            suggest::list(UNITS.iter().map(|(name, _)| *name))
        )),
    }
}

impl fmt::Display for Span {
    /// The largest unit that divides it: `90s`, `2m`, `1500ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        if nanos == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in UNITS.iter().rev() {
            if nanos.is_multiple_of(u128::from(*size)) {
                return write!(f, "{}{unit}", nanos / u128::from(*size));
            }
        }
        write!(f, "{}us", nanos as f64 / 1e3)
    }
}

scalar!(
    Span,
    expecting: "a duration with its unit, like `3s`, `500ms` or `2m`",
    number: unitless,
    pattern: r"^\s*\d+(\.\d+)?\s*(us|ms|s|m|h)\s*$",
    examples: ["500ms", "3s", "2m"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read_and_printed_again() {
        for (text, millis) in
            [("500ms", 500), ("3s", 3_000), ("1.5s", 1_500), ("2m", 120_000), ("1h", 3_600_000)]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!(span, Span::millis(millis), "{text}");
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span, "{text}");
        }
        assert_eq!("250us".parse::<Span>().unwrap().to_string(), "250us");
        assert_eq!("0s".parse::<Span>().unwrap().to_string(), "0s");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("3", "write `3s`"),
            ("3 sec", "did you mean `3s`"),
            ("3d", "`d` is not a unit of time; use `us`, `ms`, `s`, `m` or `h`"),
            ("soon", "is not a duration"),
            ("-3s", "negative"),
            ("1.2.3s", "is not a number"),
            ("9000h", "longer than 30 days"),
        ] {
            let error = text.parse::<Span>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
