//! The clock of an account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ask::{Answer, Ask, Problem};
use crate::duration::seconds;

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
    Duration::try_from_secs_f64(seconds(text)?).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_clock_has_is_too_long() {
        assert_eq!(duration("2d"), Ok(Duration::from_secs(172_800)));
        assert!(duration("99999999999999999999999d").unwrap_err().contains("too long"));
    }
}
