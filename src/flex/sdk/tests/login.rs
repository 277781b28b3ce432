//! What a login asks for, in which order and batches.

use super::*;
use crate::flex::sdk::{Doing, ErrorKind};

#[test]
fn a_login_sends_what_the_sdk_was_recorded_to_send() {
    let mut stage = Stage::new();
    let sid = channel(7);
    assert_eq!(stage.sent(), ["init"]);
    stage.verdict("init", &ok(), "");
    assert_eq!(stage.sent(), ["GET aim /Client/v1/Configuration"]);
    stage.answer("GET aim", 200, &configuration());
    let info = format!("GET cds /v3/Maps/{USER}.info?Include=items");
    assert_eq!(stage.sent(), ["GET cds /v3/Maps/ada%40x.channels", &*info]);
    stage.answer("GET cds /v3/Maps/ada%40x.channels", 200, &descriptor(MY_CHANNELS, 0, &json!({})));
    stage.answer("GET cds", 200, &my_user());
    assert_eq!(stage.sent(), [format!("GET aim /Client/v1/Services/{SERVICE}/Users/{USER}/Conversations")]);
    stage.answer(
        "GET aim",
        200,
        &json!({"conversations": [conversation(sid)], "meta": {"next_token": null}}),
    );
    assert_eq!(stage.sent(), [format!("GET cds /v3/Documents/{sid}.channel")]);
    stage.answer("GET cds", 200, &document(sid, -1));
    assert_eq!(
        stage.sent(),
        [format!("GET cds /v3/Lists/{sid}.messages"), format!("GET cds /v3/Maps/{sid}.roster")]
    );
    stage.answer("GET cds /v3/Lists", 200, &list(sid, -1));
    let roster = format!("MP{}", digits(sid));
    stage.answer("GET cds /v3/Maps", 200, &descriptor(&roster, 0, &json!({})));
    let items =
        format!("GET cds /v3/Services/{SERVICE}/Maps/{roster}/Items?HideExpired=true&PageSize=50&Order=asc");
    assert_eq!(stage.sent(), [items]);
    stage.answer("GET cds", 200, &json!({"items": [roster_item(1, "ada@x", 0)], "meta": {}}));

    assert_eq!(stage.sent(), [""; 0]);
    stage.pass(99);
    assert_eq!(stage.sent(), [""; 0], "the batch leaves 100 to 120 ms after the connection stood");
    stage.pass(21);
    assert_eq!(stage.sent(), ["POST cds /v4/Subscriptions"]);
    let asked = stage.establish();
    assert_eq!(stage.sent(), ["ack"]);
    let objects: Vec<String> = asked["requests"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(
        objects,
        [
            format!(r#"{{"last_event_id":0,"object_sid":"{MY_CHANNELS}","object_type":"map"}}"#),
            format!(r#"{{"last_event_id":3,"object_sid":"{MY_USER}","object_type":"map"}}"#),
            format!(r#"{{"last_event_id":-1,"object_sid":"ET{}","object_type":"document"}}"#, digits(sid)),
            format!(r#"{{"last_event_id":-1,"object_sid":"ES{}","object_type":"list"}}"#, digits(sid)),
            format!(r#"{{"last_event_id":0,"object_sid":"{roster}","object_type":"map"}}"#),
        ]
    );
    assert!(stage.session.ready().is_some());
    assert_eq!(stage.session.joined().collect::<Vec<_>>(), [sid]);
    assert_eq!(stage.events(), [], "what was there at the login is not announced");
    stage.pass(5000);
    assert_eq!(stage.sent(), [""; 0], "an idle client is silent");
}

#[test]
fn the_bytes_are_those_of_the_sdk() {
    let mut stage = logged_in(&[channel(7)]);
    stage.act(|s, now, out| s.send_message(channel(7), "hello, I need \"help\"", "{}", now, out));
    let sent = stage.request("POST aim");
    let text = String::from_utf8(sent.bytes).unwrap();
    let uuid = |at: &str| {
        let start = text.find(at).unwrap() + at.len();
        text[start..start + 36].to_owned()
    };
    let (id, mutation) = (uuid("\"id\":\"TM"), uuid("Mutation-Id\":\""));
    let body = r#"{"body":"hello, I need \"help\"","attributes":"{}"}"#;
    let header = format!(
        concat!(
            r#"{{"id":"TM{}","method":"message","active_grant":"ip_messaging","#,
            r#""payload_type":"application/json; charset=utf-8","http_request":{{"host":"aim.us1.twilio.com","#,
            r#""path":"/Client/v1/Services/{}/Conversations/{}/Messages","method":"POST","params":{{}},"#,
            r#""headers":{{"Content-Type":"application/json; charset=utf-8","X-Twilio-Mutation-Id":"{}"}}}},"payload_size":{}}}"#
        ),
        id,
        SERVICE,
        channel(7),
        mutation,
        body.len()
    );
    assert_eq!(text, format!("TWILSOCK V3.0 {}\r\n{header}\r\n{body}", header.len()));

    stage.act(|s, now, out| s.history(channel(7), None, now, out));
    let text = String::from_utf8(stage.request("GET cds").bytes).unwrap();
    let keys = [
        r#""active_grant":"ip_messaging","payload_type":"application/json","http_request":{"host":"cds.us1.twilio.com""#,
        r#""params":{"HideExpired":"true","PageSize":"30","Order":"desc"},"headers":{"Content-Type":"application/json","#,
        r#""Twilio-Sync-Client-Info":"{\"sdk\":\"flexload\",\"sdkVer\":\""#,
        r#"","Twilio-Request-Id":"RQ"#,
    ];
    for key in keys {
        assert!(text.contains(key), "{key} in {text}");
    }
}

#[test]
fn on_a_slow_line_a_login_subscribes_twice() {
    let mut stage = Stage::new();
    let sid = channel(7);
    let late = 80;
    stage.pass(late);
    stage.verdict("init", &ok(), "");
    stage.pass(late);
    stage.answer("GET aim", 200, &configuration());
    stage.pass(late);
    stage.answer("GET cds /v3/Maps/ada", 200, &descriptor(MY_CHANNELS, 0, &json!({})));
    stage.answer("GET cds /v3/Maps/US", 200, &my_user());
    stage.pass(late);
    stage.answer(
        "GET aim",
        200,
        &json!({"conversations": [conversation(sid)], "meta": {"next_token": null}}),
    );
    stage.pass(late);
    stage.load(sid);
    stage.pass(late);
    let asked = stage.establish();
    assert_eq!(asked["requests"].as_array().unwrap().len(), 2, "the two maps: {asked}");
    assert!(stage.session.ready().is_none());
    stage.pass(150);
    let asked = stage.establish();
    assert_eq!(asked["requests"].as_array().unwrap().len(), 3, "the channel: {asked}");
    assert!(stage.session.ready().is_some());
}

#[test]
fn more_pages_of_channels_and_members_are_fetched() {
    let mut stage = Stage::new();
    let (first, second) = (channel(1), channel(2));
    stage.verdict("init", &ok(), "");
    stage.answer("GET aim", 200, &configuration());
    stage.answer("GET cds /v3/Maps/ada", 200, &descriptor(MY_CHANNELS, 0, &json!({})));
    stage.answer(
        "GET aim",
        200,
        &json!({"conversations": [conversation(first)], "meta": {"next_token": "a b"}}),
    );
    stage.answer(
        &format!("GET aim /Client/v1/Services/{SERVICE}/Users/{USER}/Conversations?PageToken=a%20b"),
        200,
        &json!({"conversations": [conversation(second)], "meta": {"next_token": null}}),
    );
    stage.load(first);
    stage.answer(&format!("GET cds /v3/Documents/{second}"), 200, &document(second, 4));
    stage.answer("GET cds /v3/Lists", 200, &list(second, 2));
    stage.answer(
        &format!("GET cds /v3/Maps/{second}"),
        200,
        &descriptor(&format!("MP{}", digits(second)), 0, &json!({})),
    );
    let members = [roster_item(1, "ada@x", 0), roster_item(2, "bob", 1)];
    stage.answer("GET cds /v3/Services", 200, &json!({"items": members, "meta": {"next_token": "more"}}));
    let from = MemberSid::mock(1, 2);
    stage.answer(
        &format!("GET cds /v3/Services/{SERVICE}/Maps/MP{}/Items?HideExpired=true&From={from}&PageSize=51&Order=asc", digits(second)),
        200,
        &json!({"items": [], "meta": {}}),
    );
    stage.answer("GET cds /v3/Maps/US", 200, &my_user());
    stage.pass(150);
    assert_eq!(stage.establish()["requests"].as_array().unwrap().len(), 8);
    assert!(stage.session.ready().is_some());
}

#[test]
fn items_of_my_user_that_did_not_come_along_are_fetched_one_by_one() {
    let mut stage = Stage::new();
    stage.verdict("init", &ok(), "");
    stage.answer("GET aim", 200, &configuration());
    stage.sent();
    stage.answer("GET cds /v3/Maps/US", 200, &descriptor(MY_USER, 3, &json!({})));
    let path = format!("GET cds /v3/Services/{SERVICE}/Maps/{MY_USER}/Items?HideExpired=true&Key=");
    let keys = ["friendlyName", "attributes", "reachability"];
    assert_eq!(stage.sent(), keys.map(|key| format!("{path}{key}")));
}

#[test]
fn a_refused_token_ends_the_login_with_a_good_bye() {
    let mut stage = Stage::new();
    stage.sent();
    stage.verdict("init", &refusal(401, 20104), "");
    assert_eq!(stage.sent(), ["close"]);
    let error = stage.session.failed().unwrap();
    assert_eq!(error.kind, ErrorKind::Denied { status: 401, code: 20104 });
    assert_eq!(error.detail.as_deref(), Some("because"));
    assert!(!stage.session.wants_link());
    assert!(matches!(stage.events()[..], [Event::TokenExpired { .. }, Event::Denied { .. }]));
    stage.pass(600_000);
    assert!(!stage.session.wants_link(), "not tried again");
    stage.act(|s, now, out| s.update_token("token-2", now, out));
    assert!(stage.session.wants_link(), "but with another token");
}

#[test]
fn the_configuration_is_asked_for_six_times() {
    let mut stage = Stage::new();
    stage.verdict("init", &ok(), "");
    for _ in 0..5 {
        stage.answer("GET aim", 403, &json!({"code": 50403}));
        assert!(stage.session.failed().is_none());
        stage.pass(800);
    }
    stage.answer("GET aim", 403, &json!({"code": 50403, "message": "forbidden"}));
    let error = stage.session.failed().unwrap();
    assert_eq!(error.kind, ErrorKind::Http { status: 403, code: 50403 });
    assert_eq!(error.doing, Doing::Loading("the configuration"));
    assert_eq!(error.detail.as_deref(), Some("forbidden"));
}

#[test]
fn a_throttled_object_is_asked_for_again_after_four_seconds_with_the_same_request_id() {
    let mut stage = Stage::new();
    stage.verdict("init", &ok(), "");
    stage.answer("GET aim", 200, &configuration());
    let rq = |sent: &Sent| {
        let text = String::from_utf8(sent.bytes.clone()).unwrap();
        text[text.find("\"RQ").unwrap() + 1..][..34].to_owned()
    };
    let first = stage.request("GET cds /v3/Maps/ada");
    stage.unanswered.insert(0, first.clone());
    stage.answer("GET cds /v3/Maps/ada", 429, &json!({"code": 20429}));
    stage.pass(3100);
    assert!(!stage.lines().iter().any(|line| line.contains("ada")));
    stage.pass(1800);
    let second = stage.request("GET cds /v3/Maps/ada");
    assert_ne!(first.id, second.id);
    assert_eq!(rq(&first), rq(&second));
    stage.unanswered.push(second);
    stage.answer("GET cds /v3/Maps/ada", 404, &json!({"code": 54150}));
    assert_eq!(stage.session.failed().unwrap().kind, ErrorKind::Http { status: 404, code: 54150 });
}

#[test]
fn a_lean_login_needs_four_requests() {
    let claims = "eyJncmFudHMiOnsiaWRlbnRpdHkiOiJhZGFAeCJ9fQ";
    let mut stage = Stage::with(Login::Lean, &format!("h.{claims}.s"));
    let sid = channel(3);
    stage.verdict("init", &ok(), "");
    stage.sent();
    let item = json!({"key": sid, "last_event_id": 0, "data": {"channel": format!("{sid}.channel"), "status": "joined"}});
    stage.answer(
        "GET cds /v3/Maps/ada%40x.channels?Include=items",
        200,
        &descriptor(MY_CHANNELS, 0, &json!({"items": [item]})),
    );
    stage.answer("GET cds /v3/Documents", 200, &document(sid, -1));
    stage.answer("GET cds /v3/Lists", 200, &list(sid, -1));
    stage.pass(150);
    assert_eq!(stage.establish()["requests"].as_array().unwrap().len(), 3);
    assert!(stage.session.ready().is_some());
    assert_eq!(stage.sent().iter().filter(|line| *line != "ack").count(), 3, "and one before");
    stage.act(|s, now, out| s.send_message(sid, "hi", "{}", now, out));
    assert_eq!(
        stage.sent(),
        [format!("POST aim /Client/v1/Services/{SERVICE}/Conversations/{sid}/Messages")]
    );
}
