//! A share of all: `99%`, `0.5%`.

use std::fmt;
use std::str::FromStr;

use super::scalar::scalar;

/// A share of all, from 0 to 100 %.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// So many percent; at most all.
    #[must_use]
    pub const fn percent(percent: u8) -> Share {
        Share(if percent > 100 { 1.0 } else { percent as f64 / 100.0 })
    }

    /// As a number from 0 to 1.
    #[must_use]
    pub const fn of_one(self) -> f64 {
        self.0
    }
}

/// What is wrong with a written share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareError(String);

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ShareError {}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Share, ShareError> {
        let text = text.trim();
        let Some(number) = text.strip_suffix('%') else {
            return Err(if text.parse::<f64>().is_ok() {
                unitless(text)
            } else {
                ShareError(format!("`{text}` is not a share of all: write a percentage, like `5%`"))
            });
        };
        match number.trim_end().parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Share(percent / 100.0)),
            Ok(_) => Err(ShareError(format!("`{text}` is impossible: a share lies between 0% and 100%"))),
            Err(_) => {
                Err(ShareError(format!("`{text}` is not a share of all: write a number before the `%`")))
            }
        }
    }
}

fn unitless(number: &str) -> ShareError {
    ShareError(format!("`{number}` has no unit: write a percentage, like `5%`"))
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded to where binary fractions of a percent no longer show.
        write!(f, "{}%", (self.0 * 1e10).round() / 1e8)
    }
}

scalar!(
    Share,
    expecting: "a share of all, like `99%`",
    number: unitless,
    pattern: r"^\s*\d+(\.\d+)?\s*%\s*$",
    examples: ["99%", "0.5%"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_and_printed_in_percent() {
        for (text, share, printed) in
            [("99%", 0.99, "99%"), (" 0.5 % ", 0.005, "0.5%"), ("0%", 0.0, "0%"), ("100%", 1.0, "100%")]
        {
            let read: Share = text.parse().unwrap();
            assert_eq!((read.of_one(), read.to_string().as_str()), (share, printed));
        }
        assert_eq!(Share::percent(7).to_string(), "7%");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("99", "write a percentage"),
            ("0.99", "has no unit"),
            ("101%", "between 0% and 100%"),
            ("-1%", "between 0% and 100%"),
            ("NaN%", "between 0% and 100%"),
            ("%", "a number before"),
            ("most", "not a share"),
        ] {
            let error = text.parse::<Share>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
