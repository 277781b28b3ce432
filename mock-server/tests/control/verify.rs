//! Was it asked?

use crate::panel::Panel;

/// Two messages sent, one refused.
fn panel() -> Panel {
    let panel = Panel::start();
    let messages = panel.api.service(&format!("/Channels/{}/Messages", panel.api.open("ada")));
    panel.api.post(&messages, &[("Body", "hi"), ("From", "ada")]).is(201);
    panel.api.post(&messages, &[("Body", "bye"), ("From", "ada")]).is(201);
    panel.api.post(&messages, &[("From", "ada")]).is(400);
    panel
}

fn verified(panel: &Panel, wanted: &str) -> (bool, u64) {
    let reply = panel.send("POST", "/verify", wanted);
    let told = reply.body;
    assert_eq!(reply.status, if told["verified"] == true { 200 } else { 409 });
    (told["verified"].as_bool().unwrap(), told["matched"].as_u64().unwrap())
}

#[test]
fn what_was_asked_is_counted() {
    let panel = panel();
    assert_eq!(verified(&panel, r#"{"operation": "send_message"}"#), (true, 3));
    assert_eq!(verified(&panel, r#"{"operation": "send_message", "status": 201, "times": 2}"#), (true, 2));
    assert_eq!(verified(&panel, r#"{"operation": "send_message", "times": 2}"#), (false, 3));
    assert_eq!(verified(&panel, r#"{"method": "DELETE", "times": 0}"#), (true, 0));
    assert_eq!(verified(&panel, r#"{"parameters": {"Body": "hi"}}"#), (true, 1));
    assert_eq!(verified(&panel, r#"{"operation": "send_message", "parameters": {"Body": null}}"#), (true, 1));
    assert_eq!(
        verified(&panel, r#"{"path": "/v2/Services/*/Channels/*/Messages", "code": 50503}"#),
        (true, 1)
    );
}

#[test]
fn what_was_asked_a_little_differently_is_explained() {
    let panel = panel();
    let told = panel
        .send(
            "POST",
            "/verify",
            r#"{"operation": "send_message", "parameters": {"Body": "hi!"}, "status": 201}"#,
        )
        .is(409)
        .body;
    assert_eq!((&told["verified"], &told["expected"]), (&false.into(), &"at least 1".into()));
    let misses = told["near_misses"].as_array().unwrap();
    assert_eq!(misses[0]["differs"], serde_json::json!([r#"Body: wanted "hi!", was "bye""#]));
    assert_eq!(misses[1]["differs"], serde_json::json!([r#"Body: wanted "hi!", was "hi""#]));
    assert_eq!(misses[0]["entry"]["operation"], "send_message");
}

#[test]
fn what_cannot_be_wanted_is_refused() {
    let panel = panel();
    assert!(panel.refused("POST", "/verify", r#"{"operaton": "send_message"}"#, 400).contains("operaton"));
    assert!(
        panel.refused("POST", "/verify", r#"{"operation": "sendmessage"}"#, 400).contains("`send_message`?")
    );
    for (body, says) in [
        ("", "nothing is said"),
        ("{}", "nothing is said"),
        (r#"{"at_least": 3, "at_most": 2}"#, "`at_least` and `at_most`"),
        (r#"{"times": 1, "at_most": 2}"#, "`times` and `at_most`"),
        (r#"{"times": 1, "at_least": 1}"#, "`times` and `at_least`"),
        (r#"{"rule": "chat.message.creat"}"#, "`chat.message.create`?"),
    ] {
        let told = panel.refused("POST", "/verify", body, 400);
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn what_holds_needs_no_explanation() {
    let panel = panel();
    let told = panel.post("/verify", r#"{"operation": "send_message", "status": 201, "times": 2}"#);
    assert_eq!(told["near_misses"], serde_json::json!([]));
}
