//! Was it asked? How many requests were like the one described, and which came near.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::sid::AccountSid;

use super::ask::{Answer, Ask, Problem};
use super::glob::glob;
use super::journal::{Told, parameters};
use super::word::{Method, word};
use crate::basis::RuleId;
use crate::journal::{Entry, Via};
use crate::operation::Operation;

/// How many near misses are told.
const NEAR: usize = 3;

/// How much may be different in a near miss.
const FAR: usize = 2;

/// What was meant to be asked. What is not said matches everything.
#[derive(Deserialize, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    #[serde(deserialize_with = "word")]
    via: Option<Via>,
    #[serde(deserialize_with = "word")]
    operation: Option<Operation>,
    #[serde(deserialize_with = "word")]
    method: Option<Method>,
    /// `*` stands for one part of the path.
    path: Option<String>,
    who: Option<String>,
    status: Option<u16>,
    code: Option<u32>,
    #[serde(deserialize_with = "word")]
    rule: Option<RuleId>,
    /// Parameters of the body: each has this value; null is one that was not sent.
    parameters: BTreeMap<String, Value>,
    /// Exactly so many; at least one unless said.
    times: Option<usize>,
    at_least: Option<usize>,
    at_most: Option<usize>,
}

/// What is meant.
pub(super) const LIKE: &str = r#"{"operation": "send_message", "status": 201, "times": 2}"#;

/// `POST /verify`: 409 if there were more or fewer than expected.
pub(super) fn verify(ask: &Ask<'_>) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Verified<'a> {
        account: AccountSid,
        verified: bool,
        matched: usize,
        /// What was expected of the number.
        expected: String,
        /// Requests that the journal has forgotten: among them may be others.
        forgotten: u64,
        near_misses: Vec<Miss<'a>>,
    }
    #[derive(Serialize)]
    struct Miss<'a> {
        differs: Vec<String>,
        entry: Told<'a>,
    }
    let wanted: Wanted = ask.json_or_default(LIKE)?;
    wanted.check()?;
    let journal = ask.account.journal();
    let entries = journal.entries();
    let judged: Vec<(Vec<String>, &Entry)> =
        entries.iter().map(|entry| (wanted.differences(entry), entry)).collect();
    let matched = judged.iter().filter(|(differs, _)| differs.is_empty()).count();
    let verified = wanted.is_met_by(matched);
    let is_near = |(differs, _): &(Vec<String>, _)| !verified && (1..=FAR).contains(&differs.len());
    let mut near: Vec<_> = judged.into_iter().filter(is_near).collect();
    // The fewest differences first, of those the newest.
    near.sort_by_key(|(differs, entry)| (differs.len(), std::cmp::Reverse(entry.nth)));
    let near = near.into_iter().take(NEAR).map(|(differs, entry)| Miss { differs, entry: Told::of(entry) });
    let told = Verified {
        account: ask.account_sid(),
        verified,
        matched,
        expected: wanted.number(),
        forgotten: journal.recorded().saturating_sub(entries.len() as u64),
        near_misses: near.collect(),
    };
    // A script sees by the status whether it holds: `curl --fail`.
    Ok(Answer::new(if verified { 200 } else { 409 }, &told))
}

impl Wanted {
    /// Refuses what describes nothing, and numbers that exclude each other.
    fn check(&self) -> Result<(), Problem> {
        let refused =
            |what: &str, place: &str| Err(Problem::new(400, what, place, format!("send JSON like {LIKE}")));
        if *self == Self::default() {
            return refused("nothing is said of the requests that are meant", "the body");
        }
        match (self.times, self.at_least, self.at_most) {
            (Some(_), Some(_), _) => refused(
                "`times` is exact: `at_least` says another number",
                "the body, `times` and `at_least`",
            ),
            (Some(_), _, Some(_)) => {
                refused("`times` is exact: `at_most` says another number", "the body, `times` and `at_most`")
            }
            (None, Some(least), Some(most)) if least > most => refused(
                "no number is both: `at_least` is more than `at_most`",
                "the body, `at_least` and `at_most`",
            ),
            _ => Ok(()),
        }
    }

    /// The least and the most there may be.
    fn bounds(&self) -> (usize, usize) {
        match self.times {
            Some(times) => (times, times),
            None => {
                let least = self.at_least.unwrap_or(usize::from(self.at_most.is_none()));
                (least, self.at_most.unwrap_or(usize::MAX))
            }
        }
    }

    fn is_met_by(&self, matched: usize) -> bool {
        let (least, most) = self.bounds();
        (least..=most).contains(&matched)
    }

    fn number(&self) -> String {
        match self.bounds() {
            (least, most) if least == most => format!("exactly {least}"),
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) => format!("{least} to {most}"),
        }
    }

    /// In what a request was not like the one described.
    fn differences(&self, entry: &Entry) -> Vec<String> {
        let mut differs = Vec::new();
        let mut compare = |what: &str, wanted: Option<Cow<'_, str>>, seen: &str| {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != seen) {
                differs.push(format!(
                    "{what}: wanted {wanted}, was {}",
                    if seen.is_empty() { "none" } else { seen }
                ));
            }
        };
        compare("via", self.via.map(|via| via.as_str().into()), entry.via.as_str());
        let seen = entry.operation.map_or("", |operation| operation.as_str());
        compare("operation", self.operation.map(|operation| operation.as_str().into()), seen);
        compare("method", self.method.map(|Method(method)| method.into()), &entry.method);
        compare("who", self.who.as_deref().map(Into::into), &entry.who);
        compare("status", self.status.map(|status| status.to_string().into()), &entry.status.to_string());
        let seen = entry.code.map(|code| code.to_string()).unwrap_or_default();
        compare("code", self.code.map(|code| code.to_string().into()), &seen);
        compare("rule", self.rule.map(|rule| rule.id().into()), entry.rule.id());
        if let Some(path) = self.path.as_deref().filter(|path| !glob(path, &entry.path)) {
            differs.push(format!("path: wanted {path}, was {}", entry.path));
        }
        if !self.parameters.is_empty() {
            self.compare_parameters(entry, &mut differs);
        }
        differs
    }

    fn compare_parameters(&self, entry: &Entry, differs: &mut Vec<String>) {
        let given = parameters(entry).unwrap_or_default();
        for (name, wanted) in &self.parameters {
            let seen = given.get(name).unwrap_or(&Value::Null);
            if same(wanted, seen) {
                continue;
            }
            let cut = if entry.body.len() < entry.body_length { " in what is kept of it" } else { "" };
            differs.push(format!("{name}: wanted {wanted}, was {seen}{cut}"));
        }
    }
}

/// Whether a parameter is as wanted. Forms have text only: a number is written as its digits there.
fn same(wanted: &Value, seen: &Value) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let plain = matches!(wanted, Value::Number(_) | Value::Bool(_));
    wanted == seen || (plain && seen.as_str().and_then(read).as_ref() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_are_wanted_is_at_least_one_unless_said() {
        let wanted = |json: &str| serde_json::from_str::<Wanted>(json).unwrap();
        let met = |json: &str| [0, 1, 2, 3].map(|matched| wanted(json).is_met_by(matched));
        assert_eq!(met("{}"), [false, true, true, true]);
        assert_eq!(met(r#"{"times":2}"#), [false, false, true, false]);
        assert_eq!(met(r#"{"at_most":1}"#), [true, true, false, false]);
        assert_eq!(met(r#"{"at_least":2,"at_most":2}"#), [false, false, true, false]);
        assert_eq!(met(r#"{"times":0}"#), [true, false, false, false]);
        assert!(serde_json::from_str::<Wanted>(r#"{"statsu":201}"#).is_err());
    }
}
