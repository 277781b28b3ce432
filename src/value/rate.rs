//! How often something arrives: `8/s`, `500/m`, `1200/h`.

use std::fmt;
use std::str::FromStr;

use super::scalar::{number_and_rest, scalar};

/// So many in a unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    count: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    const fn seconds(self) -> f64 {
        match self {
            Unit::Second => 1.0,
            Unit::Minute => 60.0,
            Unit::Hour => 3600.0,
        }
    }

    const fn letter(self) -> char {
        match self {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
        }
    }
}

/// The highest rate that may be written, per second: far above what one machine can start.
pub const HIGHEST_PER_SECOND: f64 = 100_000.0;

impl Rate {
    /// So many a second.
    pub const fn per_second_of(count: f64) -> Rate {
        Rate { count, unit: Unit::Second }
    }

    /// How many a second.
    pub fn per_second(self) -> f64 {
        self.count / self.unit.seconds()
    }
}

/// What is wrong with a written rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateError(String);

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RateError {}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        let text = text.trim();
        let (number, rest) = number_and_rest(text);
        if number.is_empty() {
            return Err(RateError(format!("`{text}` is not a rate: write a count and a time, like `8/s`")));
        }
        let Some(unit) = rest.trim_start().strip_prefix('/') else {
            return Err(unitless(number));
        };
        let unit = match unit.trim() {
            "s" => Unit::Second,
            "m" => Unit::Minute,
            "h" => Unit::Hour,
            other => return Err(unknown_unit(number, other)),
        };
        let count: f64 =
            number.parse().map_err(|_| RateError(format!("`{number}` in `{text}` is not a number")))?;
        let rate = Rate { count, unit };
        if count < 0.0 {
            return Err(RateError(format!("`{text}` is impossible: a rate cannot be negative")));
        }
        if rate.per_second() > HIGHEST_PER_SECOND {
            return Err(RateError(format!(
                "`{text}` is impossible: at most {HIGHEST_PER_SECOND}/s can be asked for"
            )));
        }
        Ok(rate)
    }
}

fn unitless(number: &str) -> RateError {
    RateError(format!("`{number}` has no time: write `{number}/s`, `{number}/m` or `{number}/h`"))
}

fn unknown_unit(number: &str, unit: &str) -> RateError {
    let meant = match unit {
        "sec" | "second" | "seconds" => Some('s'),
        "min" | "minute" | "minutes" => Some('m'),
        "hr" | "hour" | "hours" => Some('h'),
        _ => None,
    };
    match meant {
        Some(meant) => RateError(format!("a rate is per `s`, `m` or `h`; did you mean `{number}/{meant}`?")),
        None => RateError(format!("`/{unit}` is not a time of a rate; use `/s`, `/m` or `/h`")),
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.unit.letter())
    }
}

scalar!(
    Rate,
    expecting: "a rate, like `8/s`, `500/m` or `1200/h`",
    number: unitless,
    pattern: r"^\s*\d+(\.\d+)?\s*/\s*(s|m|h)\s*$",
    examples: ["8/s", "500/m", "1200/h"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_compared_in_seconds() {
        for (text, per_second) in
            [("8/s", 8.0), ("30/m", 0.5), ("7200/h", 2.0), ("0/s", 0.0), ("1.5 / s", 1.5)]
        {
            let rate: Rate = text.parse().unwrap();
            assert!((rate.per_second() - per_second).abs() < 1e-12, "{text}");
        }
        assert_eq!("500/m".parse::<Rate>().unwrap().to_string(), "500/m");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("8", "write `8/s`"),
            ("8/min", "did you mean `8/m`"),
            ("8/d", "use `/s`, `/m` or `/h`"),
            ("-1/s", "impossible"),
            ("1000000/s", "impossible"),
            ("fast", "is not a rate"),
        ] {
            let error = text.parse::<Rate>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
