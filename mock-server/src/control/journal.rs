//! The journal as it is told: what is hidden, and what is asked for.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};
use wire::form::Form;
use wire::sid::AccountSid;

use super::ask::{Answer, Ask, Problem};
use super::glob::glob;
use super::word::Method;
use crate::basis::RuleId;
use crate::journal::{Entry, KEPT, Via};
use crate::operation::Operation;

/// What the query of `GET /journal` may say.
pub(super) const FILTERS: &[&str] =
    &["limit", "since", "operation", "method", "path", "status", "code", "who", "via", "rule", "warnings"];

/// Parameters whose values are nobody's business. Tokens are told by what they look like.
const HIDDEN: [&str; 6] = ["privatekey", "certificate", "secret", "apikey", "authtoken", "password"];

/// In the place of what is hidden.
const STARS: &str = "***";

/// An entry as it is told.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    nth: u64,
    at: String,
    via: &'static str,
    operation: Option<&'static str>,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    query: String,
    who: &'a str,
    status: u16,
    code: Option<u32>,
    rule: &'static str,
    took_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Body>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_cut_from: Option<usize>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [Cow<'static, str>],
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body {
    Parameters(Map<String, Value>),
    Text(String),
}

impl<'a> Told<'a> {
    pub(super) fn of(entry: &'a Entry) -> Self {
        Self {
            nth: entry.nth,
            at: entry.at.sync().to_string(),
            via: entry.via.as_str(),
            operation: entry.operation.map(|operation| operation.as_str()),
            method: &entry.method,
            path: &entry.path,
            query: query(&entry.query),
            who: &entry.who,
            status: entry.status,
            code: entry.code,
            rule: entry.rule.id(),
            took_ms: entry.took.as_secs_f64() * 1e3,
            body: body(entry),
            body_cut_from: (entry.body.len() < entry.body_length).then_some(entry.body_length),
            notes: &entry.notes,
        }
    }
}

fn body(entry: &Entry) -> Option<Body> {
    if entry.body.is_empty() {
        return None;
    }
    if let Some(parameters) = parameters(entry) {
        return Some(Body::Parameters(parameters));
    }
    if matches!(entry.body.first(), Some(b'{' | b'[')) {
        // Cut or broken, it cannot be told which of it is to be hidden.
        return Some(Body::Text("JSON that is not told: it was cut, or is none".to_owned()));
    }
    Some(Body::Text(String::from_utf8_lossy(&entry.body).into_owned()))
}

/// A query without what is hidden.
fn query(query: &str) -> String {
    let told = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if hides(name, &value.into()) => format!("{name}={STARS}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(told).collect::<Vec<_>>().join("&")
}

/// The parameters of a request, those not fit to be told hidden; `None` if its body has none.
pub(super) fn parameters(entry: &Entry) -> Option<Map<String, Value>> {
    let given = match entry.body.first() {
        Some(b'{') => serde_json::from_slice::<Map<String, Value>>(&entry.body).ok()?,
        Some(_) if entry.body.contains(&b'=') => {
            let form = Form::parse(&entry.body).ok()?;
            let mut all: Map<String, Value> = Map::new();
            for (name, value) in form.pairs() {
                match all.get_mut(name) {
                    Some(Value::Array(values)) => values.push(value.into()),
                    Some(one) => *one = Value::Array(vec![one.take(), value.into()]),
                    None => drop(all.insert(name.to_owned(), value.into())),
                }
            }
            all
        }
        Some(_) | None => return None,
    };
    Some(
        given
            .into_iter()
            .map(|(name, value)| if hides(&name, &value) { (name, STARS.into()) } else { (name, value) })
            .collect(),
    )
}

fn hides(name: &str, value: &Value) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let token = |text: &str| text.starts_with("eyJ") && text.matches('.').count() == 2;
    HIDDEN.iter().any(|hidden| plain.contains(hidden)) || value.as_str().is_some_and(token)
}

/// `GET /journal`
pub(super) fn read(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Journal<'a> {
        account: AccountSid,
        /// Requests there were; the oldest are forgotten.
        recorded: u64,
        kept: usize,
        matched: usize,
        entries: Vec<Told<'a>>,
    }
    let limit = ask.number("limit")?.unwrap_or(KEPT);
    let since = ask.number::<u64>("since")?;
    let status = ask.number::<u16>("status")?;
    let code = ask.number::<u32>("code")?;
    let operation = ask.word::<Operation>("operation")?;
    let method = ask.word::<Method>("method")?;
    let via = ask.word::<Via>("via")?;
    let rule = ask.word::<RuleId>("rule")?;
    let warned = ask.word::<bool>("warnings")?;
    let journal = ask.account.journal();
    let all = journal.entries();
    let matching = |entry: &&Entry| {
        since.is_none_or(|since| entry.nth >= since)
            && status.is_none_or(|status| entry.status == status)
            && code.is_none_or(|code| entry.code == Some(code))
            && operation.is_none_or(|operation| entry.operation == Some(operation))
            && method.is_none_or(|Method(method)| entry.method.eq_ignore_ascii_case(method))
            && via.is_none_or(|via| entry.via == via)
            && rule.is_none_or(|rule| entry.rule == rule)
            && warned.is_none_or(|warned| warned != entry.notes.is_empty())
            && ask.param("who").is_none_or(|who| entry.who == who)
            && ask.param("path").is_none_or(|path| glob(path, &entry.path))
    };
    let matched: Vec<&Entry> = all.iter().filter(matching).collect();
    let latest = &matched[matched.len().saturating_sub(limit)..];
    Ok(Answer::ok(&Journal {
        account: ask.account_sid(),
        recorded: journal.recorded(),
        kept: all.len(),
        matched: matched.len(),
        entries: latest.iter().map(|entry| Told::of(entry)).collect(),
    }))
}
