//! Batches of subscriptions: when they leave, what happens when they are not answered.

use super::*;
use crate::flex::sdk::ErrorKind;

/// A client that has just asked for its two maps.
fn asking() -> (Stage, Value) {
    let mut stage = Stage::new();
    stage.verdict("init", &ok(), "");
    stage.answer("GET aim", 200, &configuration());
    stage.answer("GET cds /v3/Maps/ada", 200, &descriptor(MY_CHANNELS, 0, &json!({})));
    stage.answer("GET cds /v3/Maps/US", 200, &my_user());
    stage.answer("GET aim", 200, &json!({"conversations": [], "meta": {"next_token": null}}));
    stage.pass(120);
    let request = stage.request("POST cds");
    let asked = serde_json::from_str(&request.body).unwrap();
    stage.unanswered.push(request);
    (stage, asked)
}

fn body(stage: &mut Stage) -> Value {
    serde_json::from_str(&stage.request("POST cds").body).unwrap()
}

#[test]
fn silence_for_the_estimated_time_repeats_the_batch() {
    let (mut stage, first) = asking();
    stage.answer("POST cds", 202, &accepted());
    stage.pass(9_999);
    assert_eq!(stage.lines(), [""; 0]);
    stage.pass(150);
    let second = body(&mut stage);
    assert_eq!(second["retried_requests"], 2);
    assert_eq!(second["requests"], first["requests"]);
    assert_ne!(second["correlation_id"], first["correlation_id"]);
    stage.confirm(&first);
    assert!(stage.session.ready().is_none(), "the first batch's confirmation comes too late");
    stage.confirm(&second);
    assert!(stage.session.ready().is_some(), "and a confirmation may overtake the 202");
}

#[test]
fn a_refused_batch_is_repeated_with_a_growing_delay() {
    let (mut stage, _) = asking();
    for least in [200, 400, 800] {
        stage.answer("POST cds", 429, &json!({"code": 20429}));
        stage.pass(least - 1);
        assert_eq!(stage.lines(), [""; 0], "before {least} ms");
        stage.pass(least / 5 + 1);
        assert_eq!(stage.lines(), ["POST cds /v4/Subscriptions"], "after {least} ms");
    }
    stage.answer("POST cds", 202, &accepted());
}

#[test]
fn an_interrupted_replay_is_continued() {
    let (mut stage, asked) = asking();
    stage.answer("POST cds", 202, &accepted());
    let event = json!({"object_sid": MY_CHANNELS, "object_type": "map", "replay_status": "interrupted", "last_event_id": 5});
    let payload = json!({"event_type": "subscription_established", "correlation_id": asked["correlation_id"],
        "event_protocol_version": 3, "event": event});
    stage.notify("twilio.sync.event", &payload);
    stage.pass(120);
    let again = body(&mut stage);
    assert_eq!(again["requests"].as_array().unwrap().len(), 1);
    assert_eq!(again["requests"][0]["last_event_id"], 0, "from where the client is");
}

#[test]
fn a_failed_subscription_fails_the_login_unless_the_object_is_gone() {
    for (status, fails) in [(403, true), (404, false)] {
        let (mut stage, asked) = asking();
        stage.answer("POST cds", 202, &accepted());
        let failed = json!({"object_sid": MY_USER, "object_type": "map", "error": {"status": status, "code": 54007, "message": "no"}});
        let payload = json!({"event_type": "subscription_failed", "correlation_id": asked["correlation_id"],
            "event_protocol_version": 4, "events": [failed]});
        stage.notify("twilio.sync.event", &payload);
        let error = stage.session.failed();
        assert_eq!(
            error.map(|error| error.kind),
            fails.then_some(ErrorKind::Http { status: 403, code: 54007 })
        );
        let mut rest = asked.clone();
        rest["requests"] = json!([asked["requests"][0]]);
        stage.confirm(&rest);
        stage.pass(1000);
        assert!(fails || stage.session.ready().is_some());
    }
}

#[test]
fn after_its_time_everything_is_subscribed_to_again() {
    let (mut stage, asked) = asking();
    stage.answer(
        "POST cds",
        202,
        &json!({"estimated_delivery_in_ms": 10000, "max_batch_size": 1000, "ttl_in_s": 60}),
    );
    stage.confirm(&asked);
    stage.pass(59_000);
    assert_eq!(stage.lines(), [""; 0]);
    stage.pass(1_200);
    let again = body(&mut stage);
    assert_eq!(again["reason"], "ttl");
    assert_eq!(again["requests"], asked["requests"]);
}

#[test]
fn what_is_opened_while_a_batch_travels_leaves_with_its_confirmation() {
    let (mut stage, asked) = asking();
    let sid = channel(4);
    stage.live("map_item_added", &my_channel_event(1, sid, "joined"));
    stage.load(sid);
    stage.answer("POST cds", 202, &accepted());
    stage.pass(5_000);
    assert_eq!(stage.lines(), [""; 0], "the 202 stopped the timer");
    stage.confirm(&asked);
    stage.pass(120);
    assert_eq!(body(&mut stage)["requests"].as_array().unwrap().len(), 3);
}

#[test]
fn at_most_what_the_service_allows_goes_into_a_batch() {
    let (mut stage, asked) = asking();
    stage.answer(
        "POST cds",
        202,
        &json!({"estimated_delivery_in_ms": 10000, "max_batch_size": 2, "ttl_in_s": -1}),
    );
    stage.confirm(&asked);
    let sid = channel(4);
    stage.live("map_item_added", &my_channel_event(1, sid, "joined"));
    stage.load(sid);
    stage.pass(120);
    let first = body(&mut stage);
    assert_eq!(first["requests"].as_array().unwrap().len(), 2);
    stage.confirm(&first);
    stage.pass(120);
    let second = body(&mut stage);
    assert_eq!(second["requests"].as_array().unwrap().len(), 1);
    stage.confirm(&second);
    assert!(matches!(stage.events().last(), Some(Event::ChannelJoined { .. })));
}
