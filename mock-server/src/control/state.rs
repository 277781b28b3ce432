//! The state of an account: taken, put back, begun with.

use serde::Serialize;
use wire::sid::AccountSid;

use super::ask::{Answer, Ask, Problem};
use crate::state::State;

/// `GET /snapshot`
pub(super) fn snapshot(ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(Answer::ok(&ask.account.snapshot()))
}

/// What is meant.
pub(super) const LIKE: &str =
    r#"{"services": [{"channels": [{"unique_name": "support", "members": [{"identity": "ada"}]}]}]}"#;

/// `POST /seed` and `POST /snapshot`
pub(super) fn restore(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Restored {
        account: AccountSid,
        channels: usize,
        users: usize,
    }
    let state: State = ask.json(LIKE)?;
    ask.account.restore(&state).map_err(|error| {
        Problem::new(
            400,
            error.what,
            format!("the body, {}", error.place),
            "mend it there; nothing was changed",
        )
    })?;
    let population = ask.account.room().world.population();
    let (channels, users) = (population.channels, population.users);
    Ok(Answer::ok(&Restored { account: ask.account_sid(), channels, users }))
}
