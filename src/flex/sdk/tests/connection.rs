//! Losing the connection, being sent away, coming back.

use super::*;
use crate::flex::sdk::{Answer, Doing, ErrorKind, SdkError};

fn reset() -> SdkError {
    SdkError::new(ErrorKind::Reset, Doing::Connecting)
}

/// Passes time until the client wants a connection; says after how long.
fn until_dialing(stage: &mut Stage) -> Duration {
    let began = stage.now;
    while !stage.session.wants_link() {
        stage.pass(1);
        assert!(stage.now - began < Duration::from_secs(600), "never");
    }
    stage.now - began
}

fn near(delay: Duration, ms: f64) {
    let seen = delay.as_secs_f64() * 1000.0;
    assert!((seen - ms).abs() <= ms * 0.2 + 2.0, "{seen} ms is not {ms} ms ±20 %");
}

#[test]
fn a_lost_connection_fails_what_was_sent_and_is_made_again() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    stage.live("list_item_added", &message_added(sid, 4, "bob", "hi"));
    stage.act(|s, now, out| s.send_message(sid, "lost", "{}", now, out));
    stage.events();
    stage.session.lost(&reset(), stage.now);
    let events = stage.events();
    let [Event::Disconnected { .. }, Event::Reply { result: Err(error), .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(error.kind, ErrorKind::Disconnected);
    near(until_dialing(&mut stage), 1000.0);

    stage.session.lost(&reset(), stage.now);
    near(until_dialing(&mut stage), 2000.0);
    stage.act(|s, now, out| s.send_message(sid, "waits", "{}", now, out));
    stage.sent();
    stage.unanswered.clear();
    stage.open();
    assert_eq!(stage.sent(), ["init"]);
    stage.verdict("init", &ok(), "");
    assert_eq!(stage.sent().len(), 1, "the message that waited, and nothing is loaded again");
    stage.pass(120);
    let asked = stage.establish();
    assert_eq!(asked["requests"].as_array().unwrap().len(), 5);
    assert_eq!(asked["requests"][3]["last_event_id"], 4, "{asked}");
    let events = stage.events();
    assert!(matches!(events[..], [Event::Disconnected { .. }, Event::Reconnected { .. }]), "{events:?}");
}

#[test]
fn a_request_waits_twenty_seconds_for_a_connection() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    stage.session.lost(&reset(), stage.now);
    stage.act(|s, now, out| s.send_message(sid, "waits", "{}", now, out));
    stage.events();
    stage.pass(19_999);
    assert_eq!(stage.events(), []);
    stage.pass(1);
    let events = stage.events();
    let [Event::Reply { result: Err(error), attempts: 0, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(error.kind, ErrorKind::Unsent);
}

#[test]
fn missed_events_are_replayed_and_told_once() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    stage.live("list_item_added", &message_added(sid, 0, "bob", "one"));
    stage.session.lost(&reset(), stage.now);
    until_dialing(&mut stage);
    stage.open();
    stage.verdict("init", &ok(), "");
    stage.pass(120);
    stage.events();
    let request = stage.request("POST cds");
    let asked: Value = serde_json::from_str(&request.body).unwrap();
    // A live event overtakes the replay: it must not move the place a replay would begin.
    stage.live("list_item_added", &message_added(sid, 2, "bob", "three"));
    for index in [1, 2] {
        let event = message_added(sid, index, "bob", "again");
        let replay = json!({"event_type": "list_item_added", "event_protocol_version": 4,
            "correlation_id": asked["correlation_id"], "events": [event]});
        stage.notify("twilio.sync.event", &replay);
    }
    let seen: Vec<u32> = stage
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::MessageAdded { message, .. } => Some(message.index),
            _ => None,
        })
        .collect();
    assert_eq!(seen, [2, 1]);
}

#[test]
fn an_offload_waits_three_seconds_and_obeys_the_server() {
    let sid = channel(7);
    for (policy, delay) in [("", 1000.0), (r#"{"backoff_policy":{"reconnect_min_ms":2500}}"#, 2500.0)] {
        let mut stage = logged_in(&[sid]);
        let ticket = stage.act(|s, now, out| s.send_message(sid, "in flight", "{}", now, out));
        stage.sent();
        stage.close(308, policy);
        assert_eq!(stage.sent(), ["ack"]);
        assert!(!stage.session.wants_link());
        let waited = until_dialing(&mut stage);
        near(waited - Duration::from_secs(3), delay);
        stage.events();
        stage.pass(30_000 - waited.as_millis() as u64);
        let events = stage.events();
        assert!(
            matches!(&events[..], [Event::Reply { ticket: t, result: Err(e), .. }] if *t == ticket && e.kind == ErrorKind::Timeout),
            "what was in flight times out, as in the SDK: {events:?}"
        );
    }
}

#[test]
fn an_expired_token_ends_the_session_until_there_is_another() {
    let mut stage = logged_in(&[]);
    stage.close(410, "");
    assert!(matches!(stage.events()[..], [Event::TokenExpired { .. }, Event::Disconnected { .. }]));
    stage.pass(2999);
    assert_eq!(stage.events(), []);
    stage.pass(1);
    assert!(matches!(stage.events()[..], [Event::Closed { code: 410, .. }]));
    let ticket = stage.act(|s, now, out| s.leave(channel(1), now, out));
    assert!(matches!(stage.events()[..], [Event::Reply { ticket: t, .. }] if t == ticket));
    let ticket = stage.act(|s, now, out| s.update_token("token-2", now, out));
    assert!(stage.session.wants_link());
    stage.open();
    stage.verdict("init", &ok(), "");
    let events = stage.events();
    assert!(
        matches!(&events[..], [Event::Reply { ticket: t, result: Ok(Answer::TokenUpdated), .. }] if *t == ticket),
        "{events:?}"
    );
}

#[test]
fn some_closes_are_final() {
    for (code, wait, good_bye) in [(401, 3000, false), (406, 0, true), (417, 0, true)] {
        let mut stage = logged_in(&[]);
        stage.close(code, "");
        let frames: &[&str] = if good_bye { &["ack", "close"] } else { &["ack"] };
        assert_eq!(stage.sent(), frames);
        stage.pass(wait);
        assert!(matches!(stage.events().last(), Some(Event::Closed { code: c, .. }) if *c == code));
        stage.pass(600_000);
        assert!(!stage.session.wants_link());
    }
}

#[test]
fn other_closes_lead_back() {
    let mut stage = logged_in(&[]);
    stage.close(503, "");
    near(until_dialing(&mut stage) - Duration::from_secs(3), 1000.0);
}

#[test]
fn a_refused_init_is_repeated_unless_the_token_is_to_blame() {
    for (code, policy, delay, good_bye) in [
        (429, r#"{"backoff_policy":{"reconnect_min_ms":3000}}"#, 3000.0, true),
        (500, "", 1000.0, false),
        (503, "", 1000.0, true),
    ] {
        let mut stage = Stage::new();
        stage.sent();
        stage.verdict("init", &refusal(code, 51202), policy);
        assert_eq!(stage.sent().len(), usize::from(good_bye));
        let (error, _) = stage.session.trouble().unwrap();
        assert_eq!(error.kind, ErrorKind::Transport { status: code, code: 51202 });
        near(until_dialing(&mut stage), delay);
        stage.open();
        stage.log_in(&[]);
    }
}

#[test]
fn an_init_without_an_answer_is_given_up_after_thirty_seconds() {
    let mut stage = Stage::new();
    stage.sent();
    stage.pass(30_000);
    assert_eq!(stage.sent(), ["close"]);
    assert!(!stage.session.wants_link());
    until_dialing(&mut stage);
}

#[test]
fn a_new_token_is_handed_over_on_the_line() {
    let mut stage = logged_in(&[]);
    stage.push_frame("client_update", &json!({"client_update_type": "token_about_to_expire"}), "");
    assert!(matches!(stage.events()[..], [Event::TokenAboutToExpire { .. }]));
    assert_eq!(stage.sent(), ["ack"]);
    let ticket = stage.act(|s, now, out| s.update_token("token-2", now, out));
    assert_eq!(stage.sent(), ["update"]);
    stage.verdict("update", &ok(), "");
    let same = stage.act(|s, now, out| s.update_token("token-2", now, out));
    assert_eq!(stage.sent(), [""; 0], "the same token is not handed over again");
    let answered: Vec<_> = stage
        .events()
        .into_iter()
        .map(|event| match event {
            Event::Reply { ticket, result, .. } => (ticket, result.unwrap()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(answered, [(ticket, Answer::TokenUpdated), (same, Answer::TokenUpdated)]);
}

#[test]
fn a_refused_new_token_ends_the_session() {
    let mut stage = logged_in(&[]);
    stage.act(|s, now, out| s.update_token("token-2", now, out));
    stage.sent();
    stage.verdict("update", &refusal(403, 51004), "");
    assert_eq!(stage.sent(), ["close"]);
    let events = stage.events();
    assert!(matches!(events[..], [Event::Reply { result: Err(_), .. }, Event::Denied { .. }]), "{events:?}");
}

#[test]
fn the_continuation_token_is_shown_at_the_next_init() {
    let mut stage = Stage::new();
    let init = stage.request("init");
    stage.receive(
        json!({"method": "reply", "id": init.id, "status": ok(), "continuation_token": "abc.def"}),
        "",
    );
    stage.session.lost(&reset(), stage.now);
    until_dialing(&mut stage);
    stage.open();
    let text = String::from_utf8(stage.request("init").bytes).unwrap();
    assert!(text.contains(r#""token":"token-1","continuation_token":"abc.def""#), "{text}");
}

#[test]
fn every_frame_that_is_no_reply_is_acknowledged_even_if_it_means_nothing() {
    let mut stage = logged_in(&[]);
    stage.push_frame("ping", &json!({}), "");
    stage.push_frame("never_heard_of", &json!({}), "");
    stage.notify("com.example.other", &json!({}));
    stage.notify("twilio.sync.event", &json!("not an event"));
    assert_eq!(stage.sent(), ["ack"; 4]);
    stage.act(|s, now, out| s.frame(b"TWILSOCK V2.0 2\r\n{}\r\n", now, out));
    assert_eq!(stage.sent(), [""; 0], "what is no frame is dropped");
}
