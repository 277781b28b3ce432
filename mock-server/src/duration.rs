//! Times as people write them: a number with its unit.

const UNITS: [(&str, f64); 6] =
    [("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];

/// The seconds of a text like `500ms`, `3s` or `1.5 h`.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    let number: f64 = number
        .parse()
        .map_err(|_| format!("`{text}` is not a duration: write a number and a unit, like `3s`"))?;
    if unit.is_empty() {
        return Err(unitless(text));
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let unknown = || format!("`{unit}` is not a unit of time; use `us`, `ms`, `s`, `m`, `h` or `d`");
    known.map(|(_, size)| number * size).ok_or_else(unknown)
}

/// What is said of a number alone.
pub(crate) fn unitless(number: &str) -> String {
    format!("`{number}` has no unit: write `{number}s` or `{number}ms`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        assert_eq!(seconds("90s"), Ok(90.0));
        assert_eq!(seconds(" 1.5 h"), Ok(5_400.0));
        assert_eq!(seconds("250ms"), Ok(0.25));
        assert_eq!(seconds("2d"), Ok(172_800.0));
        for wrong in ["", "90", "s", "-5s", "1y", "1e9s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
