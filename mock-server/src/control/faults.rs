//! Faults, planted and taken away while the mock runs.

use serde::Serialize;

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

/// `PUT /faults`
pub(super) fn replace(ask: &Ask<'_>) -> Result<Answer, Problem> {
    const LIKE: &str = r#"[{"status": {"operation": "send_message", "status": 503, "every": 3}}]"#;
    let faults: Vec<Fault> = ask.json(LIKE)?;
    ask.account.plant(&faults);
    Ok(told(ask))
}

/// `DELETE /faults`: answers what those there were had done.
pub(super) fn remove(ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(Answer::ok(&Told { faults: ask.account.plant(&[]) }))
}
