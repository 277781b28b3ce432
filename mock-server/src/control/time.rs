//! The clock of an account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ask::{Answer, Ask, Problem};

#[derive(Serialize)]
struct Told {
    now: String,
    ahead_seconds: f64,
}

fn told(ask: &Ask<'_>) -> Answer {
    let clock = ask.account.clock();
    Answer::ok(&Told { now: clock.now().sync().to_string(), ahead_seconds: clock.ahead().as_secs_f64() })
}

/// `GET /clock`
pub(super) fn read(ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(told(ask))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

/// What is meant.
pub(super) const LIKE: &str = r#"{"by": "90s"}"#;

/// `POST /clock/advance`
pub(super) fn advance(ask: &Ask<'_>) -> Result<Answer, Problem> {
    let Advance { by } = ask.json(LIKE)?;
    let refused = |what: String| Problem::new(400, what, "the body, `by`", format!("send JSON like {LIKE}"));
    let span = duration(&by).map_err(refused)?;
    ask.account.advance(span).map_err(|error| refused(error.to_string()))?;
    Ok(told(ask))
}

/// A number with its unit.
fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 5] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| format!("`{text}` is not a duration"))?;
    let size = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).map(|(_, size)| size);
    let size = size.ok_or_else(|| format!("`{text}` has no unit: ms, s, m, h or d"))?;
    Duration::try_from_secs_f64(number * size).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5 h"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("2d"), Ok(Duration::from_secs(172_800)));
        for wrong in ["", "90", "s", "-5s", "1y", "1e9s", "99999999999999999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
