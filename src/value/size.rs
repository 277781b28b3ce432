//! A number of bytes with its unit: `500B`, `32KiB`, `1.5MB`.

use std::fmt;
use std::str::FromStr;

use super::scalar::{number_and_rest, scalar};
use super::suggest;

/// So many bytes, at most 1 TiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

const UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];
const LARGEST: u64 = 1 << 40;

impl Size {
    /// In bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// What is wrong with a written size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeError(String);

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SizeError {}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Size, SizeError> {
        let text = text.trim();
        let (number, unit) = number_and_rest(text);
        let unit = unit.trim_start();
        if unit.is_empty() && !number.is_empty() {
            return Err(unitless(number));
        }
        let value: f64 = number.parse().map_err(|_| {
            SizeError(format!("`{text}` is not a size: write a number and a unit, like `32KiB`"))
        })?;
        let Some((_, bytes)) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
            let units = suggest::list(UNITS.iter().map(|(name, _)| *name));
            return Err(SizeError(format!("`{unit}` is not a unit of size; use {units}")));
        };
        let bytes = value * *bytes as f64;
        if !(0.0..=LARGEST as f64).contains(&bytes) {
            return Err(SizeError(format!("`{text}` is impossible: a size lies between 0B and 1024GiB")));
        }
        Ok(Size(bytes.round() as u64))
    }
}

fn unitless(number: &str) -> SizeError {
    SizeError(format!("`{number}` has no unit: write `{number}B` or `{number}KiB`"))
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, bytes) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
            if self.0 > 0 && self.0.is_multiple_of(bytes) {
                return write!(f, "{}{unit}", self.0 / bytes);
            }
        }
        write!(f, "{}B", self.0)
    }
}

scalar!(
    Size,
    expecting: "a size with its unit, like `500B` or `32KiB`",
    number: unitless,
    pattern: r"^\s*\d+(\.\d+)?\s*(B|kB|KiB|MB|MiB|GB|GiB)\s*$",
    examples: ["500B", "32KiB"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read() {
        for (text, bytes) in
            [("500B", 500), ("32KiB", 32_768), ("1.5kB", 1_500), ("2MiB", 2_097_152), ("4GiB", 1 << 32)]
        {
            assert_eq!(text.parse::<Size>().unwrap().bytes(), bytes, "{text}");
        }
        assert_eq!("32KiB".parse::<Size>().unwrap().to_string(), "32KiB");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("32", "write `32B`"),
            ("3 parsecs", "use `B`"),
            ("9999GiB", "impossible"),
            ("big", "not a size"),
        ] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
