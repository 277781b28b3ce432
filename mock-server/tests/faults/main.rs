//! What faults have in common: when they strike, what of them is counted, how they are exchanged, and that one which
//! is not configured costs nothing. What a client sees of each is under `tests/rules/`: a fault is a rule of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]

use std::collections::BTreeSet;

use mock_server::fault::{Fault, Planted};
use mock_server::{Config, Limits, rules};

#[allow(dead_code, reason = "the tests of the rules use more of it")]
#[path = "../support/api.rs"]
mod api;
mod select;
mod swap;

use api::Api;

/// A mock without limits on which this goes wrong.
fn planted(faults: &str) -> Api {
    let faults = serde_json::from_str(faults).unwrap();
    Api::with(Config { faults, limits: Limits::Off, ..Config::default() })
}

/// What the only fault of a mock has done.
fn told(api: &Api) -> Planted {
    let planted = api.mock.counters().planted;
    assert_eq!(planted.len(), 1);
    planted[0].clone()
}

#[test]
fn every_fault_is_a_rule_of_its_own_and_so_has_a_test_of_its_own() {
    let rules: BTreeSet<String> = rules::all().iter().map(|rule| rule.id().to_owned()).collect();
    let named = |name: &&str| format!("fault.{}", name.replace('_', "-"));
    let faults: BTreeSet<String> = Fault::NAMES.iter().map(named).collect();
    let missing: Vec<_> = faults.difference(&rules).collect();
    assert!(missing.is_empty(), "no rule, and so no test, for {missing:?}");
    let without: Vec<_> =
        rules.iter().filter(|rule| rule.starts_with("fault.") && !faults.contains(*rule)).collect();
    assert!(without.is_empty(), "rules of no fault: {without:?}");
}

#[test]
fn a_fault_that_can_never_strike_is_refused_in_words() {
    let refused = |fault: &str| serde_json::from_str::<Fault>(fault).unwrap_err().to_string();
    for (settings, says) in [
        (r#""for":"0s""#, "`status`: it never strikes: `for` is no time at all"),
        (r#""probability":0"#, "`probability` is 0"),
        (r#""first":0"#, "`first` is 0"),
        (r#""first":2,"every":3"#, "`first: 2` is over before `every: 3`"),
        (r#""operation":"typing","via":"rest""#, "no `typing` comes by `rest`"),
        (
            r#""operation":["open_channel","create_flow"],"via":"socket""#,
            "no `open_channel`, `create_flow` comes by",
        ),
    ] {
        let error = refused(&format!(r#"{{"status":{{"status":503,{settings}}}}}"#));
        assert!(error.contains(says), "{settings}: {error}");
    }
    let socket = refused(r#"{"withhold_reply":{"operation":"open_channel"}}"#);
    assert!(socket.contains("no `open_channel` comes by `socket`"), "{socket}");
    let some =
        r#"{"status":{"status":503,"first":3,"every":3,"operation":["open_channel","typing"],"via":"rest"}}"#;
    assert!(serde_json::from_str::<Fault>(some).is_ok());
}

#[test]
fn a_fault_is_one_key_and_knows_its_settings() {
    for (json, says) in [
        (r#"{"statsu":{}}"#, "unknown variant `statsu`"),
        (r#"{"delay":{"by":"5ms"},"reset":{}}"#, "`reset` beside `delay`"),
        ("{}", "the fault is empty"),
        (r#"{"delay":{"by":"5ms","evry":2}}"#, "unknown field `evry`"),
        (r#""freeze""#, "a fault, like `status"),
    ] {
        let error = serde_json::from_str::<Fault>(json).unwrap_err().to_string();
        assert!(error.contains(says), "{json}: {error}");
    }
}
