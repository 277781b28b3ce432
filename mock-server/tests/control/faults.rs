//! Faults, planted and taken away while the mock runs.

use crate::panel::Panel;

const THIRD: &str = r#"[{"status": {"operation": "send_message", "status": 503, "every": 3}}]"#;

#[test]
fn a_fault_planted_while_the_mock_runs_strikes_and_is_counted() {
    let panel = Panel::start();
    let messages = panel.api.service(&format!("/Channels/{}/Messages", panel.api.open("ada")));
    let send = || panel.api.post(&messages, &[("Body", "hi")]).status;
    assert_eq!([send(), send(), send()], [201, 201, 201]);
    panel.send("PUT", "/faults", THIRD).is(200);
    assert_eq!([send(), send(), send()], [201, 201, 503]);
    let told = panel.get("/faults");
    assert_eq!(told["faults"][0]["times"], 1);
    assert_eq!(told["faults"][0]["fault"]["status"]["operation"], "send_message");
    assert_eq!(panel.get("/counters")["planted"], told["faults"]);
    let done = panel.send("DELETE", "/faults", "").is(200).body;
    assert_eq!((&done["faults"], &done["removed"][0]["times"]), (&serde_json::json!([]), &1.into()));
    assert_eq!([send(), send(), send()], [201, 201, 201]);
    assert_eq!(panel.get("/faults")["faults"], serde_json::json!([]));
}

#[test]
fn what_was_answered_can_be_sent_back() {
    let panel = Panel::start();
    let before = panel.send("PUT", "/faults", THIRD).is(200).body;
    panel.send("DELETE", "/faults", "").is(200);
    assert_eq!(panel.send("PUT", "/faults", &before.to_string()).is(200).body, before);
    assert_eq!(panel.send("PUT", "/faults", &format!(r#"{{"faults": {THIRD}}}"#)).is(200).body, before);
    let said = panel.refused(
        "PUT",
        "/faults",
        r#"{"faults": [{"status": {"operation": "x", "status": 503}}]}"#,
        400,
    );
    assert!(said.contains("`x`"), "{said}");
}

#[test]
fn what_is_no_fault_is_refused_and_those_there_were_stay() {
    let panel = Panel::start();
    panel.send("PUT", "/faults", THIRD).is(200);
    let said =
        panel.refused("PUT", "/faults", r#"[{"status": {"operation": "send_mesage", "status": 503}}]"#, 400);
    assert!(said.contains("send_mesage"), "{said}");
    assert_eq!(panel.get("/faults")["faults"].as_array().unwrap().len(), 1);
}
