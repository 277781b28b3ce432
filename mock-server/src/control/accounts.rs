//! Accounts: isolated from each other, so that tests can run side by side on one mock.

use serde::{Deserialize, Serialize};
use wire::sid::AccountSid;

use super::ask::{Answer, Ask, Problem, account_of};
use crate::account::NoAccount;
use crate::ready::Ready;

/// `GET /accounts`
pub(super) fn list(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Accounts {
        accounts: Vec<One>,
    }
    #[derive(Serialize)]
    struct One {
        account_sid: AccountSid,
        asked: u64,
        channels: usize,
    }
    let accounts = ask.mock.accounts().all();
    let one = |account: &std::sync::Arc<crate::account::Account>| One {
        account_sid: account.credentials().account_sid,
        asked: account.journal().recorded(),
        channels: account.room().world.population().channels,
    };
    Ok(Answer::ok(&Accounts { accounts: accounts.iter().map(one).collect() }))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct New {
    #[serde(default)]
    seed: Option<u64>,
}

/// What is meant.
pub(super) const LIKE: &str = r#"{"seed": 7}"#;

/// `POST /accounts`
pub(super) fn add(ask: &Ask<'_>) -> Result<Answer, Problem> {
    let New { seed } = ask.json_or_default(LIKE)?;
    let account = ask.mock.accounts().add(seed).map_err(|error| {
        let (status, next) = match error {
            NoAccount::Known(_) => (409, "leave the seed out, or take another"),
            NoAccount::Full => (409, "DELETE /accounts/{sid} takes one away"),
        };
        Problem::new(status, error.to_string(), "the body, `seed`", next)
    })?;
    Ok(Answer::new(201, &Ready::new(ask.mock.url(), account.credentials())))
}

/// `DELETE /accounts/{sid}`
pub(super) fn remove(ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = account_of(ask.mock, ask.named, "the path")?;
    let account_sid = account.credentials().account_sid;
    if !ask.mock.accounts().remove(account_sid) {
        let what = format!("{account_sid} is the account the mock began with, and stays");
        return Err(Problem::new(409, what, "the path", "POST /reset empties it"));
    }
    #[derive(Serialize)]
    struct Removed {
        account_sid: AccountSid,
    }
    Ok(Answer::ok(&Removed { account_sid }))
}
