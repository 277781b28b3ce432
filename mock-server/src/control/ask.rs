//! A request to the control API, and what can be answered to it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::sid::AccountSid;

use super::word::Word;
use crate::account::Account;
use crate::server::Mock;

/// The parameters of a query, in their order.
pub(super) type Query = Vec<(String, String)>;

/// One request.
pub(super) struct Ask<'a> {
    pub(super) mock: &'a Mock,
    /// All that can be asked.
    pub(super) endpoints: &'static [Endpoint],
    /// Whom it is about.
    pub(super) account: Arc<Account>,
    /// What the query says besides the account.
    pub(super) query: Query,
    /// What stands in the path where its pattern has a name.
    pub(super) named: &'a str,
    pub(super) body: &'a [u8],
}

/// What answers a request.
type Run = fn(&Ask<'_>) -> Result<Answer, Problem>;

/// Something that can be asked.
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    /// A last part in braces stands for any text.
    pub(super) path: &'static str,
    /// Parameters of the query, besides the account.
    pub(super) query: &'static [&'static str],
    pub(super) says: &'static str,
    /// A body, where it takes one: JSON.
    pub(super) example: Option<&'static str>,
    pub(super) run: Run,
}

/// An answer: JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn ok(body: &impl Serialize) -> Self {
        Self::new(200, body)
    }

    pub(super) fn new(status: u16, body: &impl Serialize) -> Self {
        // Text, numbers and maps with text keys: writing them into memory cannot fail.
        Self { status, body: serde_json::to_vec(body).unwrap_or_default() }
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    #[serde(skip)]
    pub(super) status: u16,
    /// What is wrong.
    pub(super) what: String,
    /// With which part of the request.
    #[serde(rename = "where")]
    pub(super) place: String,
    /// What to do about it.
    pub(super) next: String,
}

impl Problem {
    pub(super) fn new(
        status: u16,
        what: impl Into<String>,
        place: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { status, what: what.into(), place: place.into(), next: next.into() }
    }

    /// The answer that says so.
    pub(super) fn answer(&self) -> Answer {
        #[derive(Serialize)]
        struct Refused<'a> {
            error: &'a Problem,
        }
        Answer::new(self.status, &Refused { error: self })
    }
}

impl Ask<'_> {
    /// The body's JSON; `like` shows what is meant.
    pub(super) fn json<T: DeserializeOwned>(&self, like: &str) -> Result<T, Problem> {
        serde_json::from_slice(self.body).map_err(|error| {
            let place = format!("the body, line {} column {}", error.line(), error.column());
            let what = error.to_string();
            // The place is said already.
            let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
            Problem::new(400, what, place, format!("send JSON like {like}"))
        })
    }

    /// The same, and nothing at all is taken for `{}`.
    pub(super) fn json_or_default<T: DeserializeOwned + Default>(&self, like: &str) -> Result<T, Problem> {
        if self.body.trim_ascii().is_empty() { Ok(T::default()) } else { self.json(like) }
    }

    /// A parameter of the query.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A number in the query.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| {
            let refused = || {
                let what = format!("`{text}` is no number that may stand there");
                Problem::new(400, what, format!("the query, `{name}`"), format!("write it like {name}=20"))
            };
            text.parse().map_err(|_| refused())
        };
        self.param(name).map(read).transpose()
    }

    /// A word in the query.
    pub(super) fn word<T: Word>(&self, name: &str) -> Result<Option<T>, Problem> {
        let refused =
            |what| Problem::new(400, what, format!("the query, `{name}`"), "mend it, or leave it out");
        self.param(name).map(T::named).transpose().map_err(refused)
    }

    /// The SID of the account.
    pub(super) fn account_sid(&self) -> AccountSid {
        self.account.credentials().account_sid
    }
}

/// The account with this SID.
pub(super) fn account_of(mock: &Mock, sid: &str, place: &str) -> Result<Arc<Account>, Problem> {
    let found = sid.parse::<AccountSid>().ok().and_then(|sid| mock.accounts().find(sid));
    found.ok_or_else(|| {
        let what = format!("the mock has no account `{sid}`");
        Problem::new(404, what, place, "GET /accounts lists them, POST /accounts makes one")
    })
}
