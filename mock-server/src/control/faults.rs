//! Faults, planted and taken away while the mock runs.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ask::{Answer, Ask, Problem};
use crate::fault::{Fault, Planted};

#[derive(Serialize)]
struct Told {
    faults: Vec<Planted>,
}

fn told(ask: &Ask<'_>) -> Answer {
    Answer::ok(&Told { faults: ask.account.room().guard.planted() })
}

/// `GET /faults`
pub(super) fn read(ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(told(ask))
}

/// What is meant.
pub(super) const LIKE: &str = r#"[{"status": {"operation": "send_message", "status": 503, "every": 3}}]"#;

/// The same, as `GET /faults` answers it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    faults: Vec<One>,
}

/// A fault, or one with what it has done.
struct One(Fault);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut said = Value::deserialize(deserializer)?;
        let fault = said.get_mut("fault").map(Value::take).unwrap_or(said);
        Fault::deserialize(fault).map(Self).map_err(D::Error::custom)
    }
}

/// `PUT /faults`
pub(super) fn replace(ask: &Ask<'_>) -> Result<Answer, Problem> {
    let faults: Vec<Fault> = match ask.body.trim_ascii_start() {
        [b'{', ..] => ask.json::<Wrapped>(LIKE)?.faults.into_iter().map(|One(fault)| fault).collect(),
        _ => ask.json(LIKE)?,
    };
    ask.account.plant(&faults);
    Ok(told(ask))
}

/// `DELETE /faults`: answers what those there were had done.
pub(super) fn remove(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Removed {
        faults: [Planted; 0],
        removed: Vec<Planted>,
    }
    Ok(Answer::ok(&Removed { faults: [], removed: ask.account.plant(&[]) }))
}
