//! Thresholds that are judged while the run goes on.

use serde_json::Value;

use crate::support::{CHAT, Here, Ran, count};

/// Twenty chats a second for a minute that no run here comes to the end of.
fn busy(faults: &str, thresholds: &str) -> Ran {
    let chat = CHAT.split("thresholds:").next().expect("a head");
    let scenario = format!("{chat}thresholds:\n  - {thresholds}\n");
    let set = [
        "customers.count=2000",
        "agents.count=20",
        "load={ max_open: 500, phases: [{ hold: { rate: 20/s, for: 1m } }], drain: 20s }",
        &format!("mock.faults=[{faults}]"),
    ];
    let set: Vec<&str> = set.iter().flat_map(|change| ["--set", change]).collect();
    Here::new().run(&scenario, &set)
}

fn threshold(run: &Value) -> &Value {
    &run["thresholds"][0]
}

fn number(of: &Value) -> f64 {
    of.as_f64().unwrap_or_else(|| panic!("no number in {of:#}"))
}

/// Asserts a run that was broken off after the fault began, with a whole report of what there was.
fn aborted(ran: &Ran, after: f64) {
    let run = ran.json();
    ran.says(6, &["ABORTED", "aborted at ", ", abort (seen: "]);
    assert_eq!(run["verdict"]["outcome"], "aborted");
    let windows = &threshold(&run)["windows"];
    let at = number(&windows["first_missed_s"]);
    assert!(at > after && at <= number(&run["elapsed_s"]), "{run:#}");
    assert!(number(&run["elapsed_s"]) < 55.0, "it did not come to its end: {run:#}");
    assert_eq!((&windows["aborted"], &windows["missed"]), (&true.into(), &1.into()));
    assert_eq!(threshold(&run)["outcome"], "missed");
    // Nobody is left in the middle: every customer has ended, and every agent has closed its chats.
    let totals = &run["totals"];
    assert!(count(totals, "customers") > 0);
    assert_eq!(count(totals, "customers"), count(totals, "finished"), "{totals:#}");
    assert_eq!(run["littles_law"]["held"], true, "{:#}", run["littles_law"]);
    let steps = run["steps"].as_array().expect("steps");
    let wrap_up = steps.iter().find(|step| step["name"] == "agent_wrap_up").expect("a row");
    assert_eq!(count(wrap_up, "errors"), 0, "{wrap_up:#}");
    for file in ["intervals.hlog", "seconds.ndjson", "effective.yaml", "env.json"] {
        assert!(!ran.file(file).is_empty(), "{file}");
    }
}

#[test]
fn errors_that_begin_during_a_run_end_it() {
    let faults = "{ status: { operation: send_message, status: 503, from: 3s } }";
    let ran = busy(faults, "errors.rate < 1% for 3s, abort");
    aborted(&ran, 2.0);
    ran.says(6, &["by errors.rate < 1% for 3s, abort", "over the last "]);
}

#[test]
fn a_target_that_is_slow_ends_it() {
    let faults = "{ delay: { operation: open_channel, by: 700ms } }";
    aborted(&busy(faults, "open_channel.response.p50 < 300ms, abort"), 0.0);
}

#[test]
fn what_recovers_was_missed_all_the_same() {
    let chat = CHAT.split("thresholds:").next().expect("a head");
    let scenario = format!("{chat}thresholds: [errors.rate < 20% for 2s, errors.rate < 90%]\n");
    let set = [
        "customers.count=200",
        "agents.count=20",
        "load.phases=[{ hold: { rate: 20/s, for: 10s } }]",
        "mock.faults=[{ status: { operation: send_message, status: 503, from: 2s, for: 3s } }]",
    ];
    let set: Vec<&str> = set.iter().flat_map(|change| ["--set", change]).collect();
    let ran = Here::new().run(&scenario, &set);
    ran.says(5, &["missed: errors.rate < 20% for 2s", "the first at ", "the worst at ", "budget used: "]);
    let run = ran.json();
    let windows = &threshold(&run)["windows"];
    let (judged, missed) = (count(windows, "judged"), count(windows, "missed"));
    assert!(0 < missed && missed < judged, "{windows:#}");
    assert_eq!(run["thresholds"][1]["outcome"], "held");
    assert!(number(&run["thresholds"][1]["budget_used"]) < 1.0);
}

#[test]
fn a_window_that_never_holds_enough_is_9() {
    let ran =
        Here::new().run(CHAT, &["--set", "thresholds=['await_reply.time_to_reply.p95 < 5s for 3s, abort']"]);
    ran.says(9, &["n/a (", " of 400 samples)", "no window held enough samples"]);
}

/// Customers who do nothing but log in, with a fault, judged by the parts of the login.
fn logins(fault: &str, timeout: &str) -> Ran {
    let scenario = format!(
        "\
version: 1
name: logins
customers: {{ count: 40, identity: \"c-{{{{ customer.index }}}}\" }}
load: {{ phases: [{{ hold: {{ rate: 20/s, for: 1s }} }}], drain: 2s }}
mock: {{ faults: [{fault}] }}
validity: {{ starts: 50%, lag: 10s, busy: 100%, throttled_seconds: 100% }}
steps: [mint_token, {{ connect: {{ timeout: {timeout} }} }}]
thresholds: [connect.tcp.p90 < 1s, connect.init.p90 < 20s]
"
    );
    Here::new().run(&scenario, &[])
}

/// Asserts that what logins failed at was missed, and what was over before it was not.
fn fail_at_init(ran: &Ran, errors: u64) {
    ran.says(5, &["missed: connect.init.p90 < 20s (seen: failed)"]);
    let run = ran.json();
    let rows = run["thresholds"].as_array().expect("thresholds");
    let outcomes: Vec<&Value> = rows.iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, ["held", "missed"], "{rows:#?}");
    let parts = run["parts"].as_array().expect("parts");
    for (name, failed) in [("dns", 0), ("tcp", 0), ("tls", 0), ("init", errors), ("ready", errors)] {
        let name = format!("connect.{name}");
        let part = parts.iter().find(|part| part["name"] == *name).expect("a row");
        assert_eq!(count(&part["times"], "failed"), failed, "{part:#}");
    }
}

#[test]
fn a_refused_login_fails_at_init_and_not_before() {
    let ran = logins("{ refuse_login: { status: 403, after: 5 } }", "5s");
    fail_at_init(&ran, 15);
}

#[test]
fn a_login_that_times_out_or_is_cut_off_fails_where_it_stood() {
    for timeout in ["500ms", "20s"] {
        let ran = logins("{ freeze_mock: { from: 0s, for: 60s } }", timeout);
        fail_at_init(&ran, 20);
    }
}
