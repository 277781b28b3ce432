//! A run that proves nothing says so, and a threshold that is missed is told.

use crate::relay::Relay;
use crate::support::{CHAT, Here, Mock, count};

/// The chat without its thresholds: nothing but the counts can tell that nothing happened.
fn unjudged() -> String {
    CHAT.split("thresholds:").next().expect("a head").to_owned()
}

#[test]
fn a_load_in_which_nobody_is_due_is_9() {
    let ran = Here::new()
        .run(&unjudged(), &["--set", "load.phases=[{ hold: { rate: 1/h, for: 300ms, arrivals: poisson } }]"]);
    ran.says(9, &["no customer was due: nothing was proven"]);
    let run = ran.json();
    assert_eq!(run["verdict"]["outcome"], "inconclusive");
    assert_eq!(count(&run["totals"], "due"), 0);
}

#[test]
fn a_threshold_on_what_never_happened_is_9() {
    let scenario = format!("{}thresholds: [\"leave.response.p95 < 1s\"]\n", unjudged());
    Here::new()
        .run(
            &scenario,
            &["--set", "steps.5={ one_of: [{ weight: 1000000, steps: [] }, { steps: [leave] }] }"],
        )
        .says(9, &["leave.response.p95", "n/a"]);
}

#[test]
fn a_target_that_refuses_every_message_is_9() {
    let ran = Here::new()
        .run(&unjudged(), &["--set", "mock.faults=[{ status: { operation: send_message, status: 503 } }]"]);
    ran.says(9, &["no message was delivered: nothing was proven", "status 503 (20503)"]);
    let run = ran.json();
    assert_eq!(count(&run["totals"], "errors"), 5);
    assert_eq!(count(&run["totals"], "acknowledged"), 0);
}

#[test]
fn agents_who_never_answer_are_9() {
    let never = ["--set", "agents.reply_after=1h", "--set", "steps.4.await_reply.within=200ms"];
    let ran = Here::new().run(&unjudged(), &never);
    ran.says(9, &["no message was answered: nothing was proven", "await_reply: timeout"]);
    assert_eq!(ran.total("acknowledged"), 5);
}

#[test]
fn a_target_that_takes_messages_and_never_acknowledges_one_is_9() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let relay = Relay::silent_once_seen(&file, "\"IM");
    relay.is_the_socket_of(&here, &file);
    let ran = here.run(&unjudged(), &["--target", "mock", "--set", "steps.3.send_message.timeout=300ms"]);
    ran.says(9, &["no message was delivered: nothing was proven", "send_message: timeout"]);
    assert_eq!(ran.total("sent"), 5);
    assert_eq!(ran.total("pushed"), 0);
}

#[test]
fn a_smoke_test_of_a_mock_that_refuses_every_third_message_is_5() {
    let smoke = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/smoke.yaml");
    let ran = Here::new().run_file(
        smoke,
        &[
            "--set",
            "load.phases=[{ hold: { rate: 6/s, for: 1s } }]",
            "--set",
            "mock.faults=[{ status: { operation: send_message, status: 503, every: 3 } }]",
            // Agents' messages are refused as well: what they would have said is not waited for as long.
            "--set",
            "steps.3.repeat.steps.3.await_reply.within=2s",
        ],
    );
    ran.says(5, &["FAILED", "errors.rate == 0%", "status 503 (20503)"]);
    let run = ran.json();
    assert_eq!(run["verdict"]["outcome"], "failed");
    let missed = run["thresholds"].as_array().expect("thresholds");
    assert!(missed.iter().any(|row| row["text"] == "errors.rate == 0%" && row["outcome"] == "missed"));
    assert!(count(&run["totals"], "errors") > 0);
}

#[test]
fn without_simulated_agents_the_mock_answers_nobody() {
    let here = Here::new();
    let scenario = CHAT
        .replace("agents: { count: 1, chats_each: 5, reply_after: 50ms }\n", "")
        .replace("within: 20s", "within: 200ms, timeout: 400ms");
    let ran = here.run(&scenario, &[]);
    ran.says(5, &[":5  warning: `await_reply`, and no simulated agent", "await_reply: timeout"]);
    assert!(!ran.ended.err.contains("warning: s.yaml"), "{}", ran.ended.err);
}
