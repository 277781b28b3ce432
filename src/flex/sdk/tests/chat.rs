//! What happens in a chat, and what the client makes of it.

use super::*;
use crate::flex::sdk::{Answer, ErrorKind, History, Ticket};

fn replies(stage: &mut Stage) -> Vec<(Ticket, Result<Answer, ErrorKind>)> {
    let replies = stage.events().into_iter().filter_map(|event| match event {
        Event::Reply { ticket, result, .. } => Some((ticket, result.map_err(|error| error.kind))),
        _ => None,
    });
    replies.collect()
}

fn page(indices: &[u64], more: bool) -> Value {
    let items: Vec<Value> = indices
        .iter()
        .map(|i| json!({"index": i, "last_event_id": i, "data": message_data(*i, "bob", &format!("text {i}"))}))
        .collect();
    json!({"items": items, "meta": {"next_token": if more { json!("more") } else { Value::Null }, "previous_token": null}})
}

#[test]
fn a_message_sent_is_answered_echoed_once_and_both_events_are_acknowledged() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.send_message(sid, "hello", r#"{"a":1}"#, now, out));
    let request = stage.request("POST aim");
    assert_eq!(request.body, r#"{"body":"hello","attributes":"{\"a\":1}"}"#);
    stage.unanswered.push(request);
    stage.sent();
    stage.live("list_item_added", &message_added(sid, 0, "ada@x", "hello"));
    let data = json!({"attributes": r#"{"status":"ACTIVE"}"#, "lastMessage": {"index": 0}});
    let updated = json!({"id": 0, "document_sid": format!("ET{}", digits(sid)), "document_data": data});
    stage.live("document_updated", &updated);
    stage.answer("POST aim", 201, &json!({"index": 0, "sid": MessageSid::mock(1, 0)}));
    assert_eq!(stage.sent(), ["ack", "ack"]);
    stage.live("list_item_added", &message_added(sid, 0, "ada@x", "hello"));
    let events = stage.events();
    let [
        Event::MessageAdded { channel, message, .. },
        Event::Reply { ticket: answered, result, attempts, .. },
    ] = &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!((*channel, message.index, &*message.author, &*message.body), (sid, 0, "ada@x", "hello"));
    assert_eq!((*answered, *attempts), (ticket, 1));
    assert_eq!(result.clone().unwrap(), Answer::Sent { index: 0, sid: Some(MessageSid::mock(1, 0)) });
}

#[test]
fn a_refused_message_is_not_sent_again() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.send_message(sid, "hello", "{}", now, out));
    stage.answer("POST aim", 429, &json!({"code": 20429, "message": "slow down"}));
    assert_eq!(replies(&mut stage), [(ticket, Err(ErrorKind::Http { status: 429, code: 20429 }))]);
    stage.sent();
    stage.pass(120_000);
    assert_eq!(stage.sent(), [""; 0]);
}

#[test]
fn a_message_without_an_answer_times_out_after_thirty_seconds() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.send_message(sid, "hello", "{}", now, out));
    stage.pass(29_999);
    assert_eq!(replies(&mut stage), []);
    stage.pass(1);
    assert_eq!(replies(&mut stage), [(ticket, Err(ErrorKind::Timeout))]);
    stage.answer("POST aim", 201, &json!({"index": 0}));
    assert_eq!(replies(&mut stage), [], "too late");
}

#[test]
fn a_message_applied_before_is_looked_up() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.send_message(sid, "hello", "{}", now, out));
    let url = "https://aim.us1.twilio.com/Client/v1/Somewhere/IM1";
    stage.answer("POST aim", 202, &json!({"resource_sid": "IM1", "resource_url": url}));
    stage.answer("GET aim /Client/v1/Somewhere/IM1", 200, &json!({"index": "12"}));
    assert_eq!(replies(&mut stage), [(ticket, Ok(Answer::Sent { index: 12, sid: None }))]);
}

#[test]
fn marking_read_looks_for_the_newest_message_once() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    stage.live("list_item_added", &message_added(sid, 0, "ada@x", "one"));
    stage.live("list_item_added", &message_added(sid, 1, "bob", "two"));
    stage.sent();
    let ticket = stage.act(|s, now, out| s.mark_read(sid, now, out));
    let items = format!("GET cds /v3/Services/{SERVICE}/Lists/ES{}/Items", digits(sid));
    assert_eq!(stage.sent(), [format!("{items}?HideExpired=true&PageSize=10&Order=desc")]);
    stage.answer("GET cds", 200, &page(&[1, 0], false));
    assert_eq!(
        stage.sent(),
        [format!("POST aim /Client/v1/Services/{SERVICE}/Users/{USER}/Conversations/{sid}")]
    );
    let request = stage.request("POST aim");
    assert_eq!(request.body, r#"{"last_consumed_message_index":1}"#);
    stage.unanswered.push(request);
    stage.answer("POST aim", 200, &json!({"unread_messages_count": 0}));
    assert!(replies(&mut stage).contains(&(ticket, Ok(Answer::Read { unread: Some(0) }))));

    stage.live("list_item_added", &message_added(sid, 2, "bob", "three"));
    stage.sent();
    stage.act(|s, now, out| s.mark_read(sid, now, out));
    assert_eq!(stage.request("").body, r#"{"last_consumed_message_index":2}"#, "now the SDK knows the end");
}

#[test]
fn marking_an_empty_channel_read_moves_nothing() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.mark_read(sid, now, out));
    stage.answer("GET cds", 200, &page(&[], false));
    assert_eq!(stage.lines(), [""; 0]);
    assert_eq!(replies(&mut stage), [(ticket, Ok(Answer::Read { unread: Some(0) }))]);
}

#[test]
fn history_is_read_page_by_page_and_is_not_news() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.history(sid, None, now, out));
    let newest: Vec<u64> = (31..61).rev().collect();
    stage.answer("GET cds", 200, &page(&newest, true));
    let [(answered, Ok(Answer::History(History { messages, more })))] = &replies(&mut stage)[..] else {
        panic!()
    };
    assert_eq!((*answered, messages.len(), *more), (ticket, 30, true));
    assert_eq!((messages[0].index, &*messages[29].body), (31, "text 60"));

    stage.sent();
    let ticket = stage.act(|s, now, out| s.history(sid, Some(31), now, out));
    let items = format!("GET cds /v3/Services/{SERVICE}/Lists/ES{}/Items", digits(sid));
    assert_eq!(stage.sent(), [format!("{items}?HideExpired=true&From=31&PageSize=31&Order=desc")]);
    let older: Vec<u64> = (20..32).rev().collect();
    stage.answer("GET cds", 200, &page(&older, false));
    let [(answered, Ok(Answer::History(History { messages, more })))] = &replies(&mut stage)[..] else {
        panic!()
    };
    assert_eq!((*answered, messages.len(), *more), (ticket, 11, false));

    stage.live("list_item_added", &message_added(sid, 60, "bob", "text 60"));
    assert_eq!(stage.events(), []);
    stage.live("list_item_added", &message_added(sid, 61, "bob", "text 61"));
    assert_eq!(stage.events().len(), 1);
}

#[test]
fn typing_is_told_once_in_the_services_time() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    stage.act(|s, now, out| s.typing(sid, now, out));
    let request = stage.request("POST aim /v1/Instances");
    assert_eq!(request.body, format!("ChannelSid={sid}"));
    stage.unanswered.push(request);
    stage.answer("POST aim", 200, &json!({"typing_timeout": 2}));
    stage.act(|s, now, out| s.typing(sid, now, out));
    stage.pass(2000);
    stage.act(|s, now, out| s.typing(sid, now, out));
    stage.answer("POST aim", 200, &json!({"typing_timeout": 2}));
    let said: Vec<_> = replies(&mut stage).into_iter().map(|(_, result)| result.unwrap()).collect();
    assert_eq!(said, [Answer::Typing(true), Answer::Typing(false), Answer::Typing(true)]);
}

#[test]
fn others_who_type_must_be_known_members() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    for identity in ["stranger", "ada@x"] {
        let payload = json!({"channel_sid": sid, "identity": identity, "typing_timeout": 6});
        stage.notify("twilio.ipmsg.typing_indicator", &payload);
    }
    let events = stage.events();
    assert!(matches!(&events[..], [Event::Typing { identity, .. }] if identity == "ada@x"), "{events:?}");
}

#[test]
fn members_come_and_go_once() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let map = format!("MP{}", digits(sid));
    let event = |id: i64, data: &Value| json!({"id": id, "map_sid": map, "item_key": data["key"], "item_data": data["data"]});
    stage.live("map_item_added", &event(0, &roster_item(1, "ada@x", 0)));
    stage.live("map_item_added", &event(1, &roster_item(2, "bob", 1)));
    stage.live("map_item_updated", &event(2, &roster_item(2, "bob", 2)));
    stage.live("map_item_removed", &event(3, &roster_item(2, "bob", 3)));
    stage.live("map_item_removed", &event(4, &roster_item(9, "eve", 4)));
    let events = stage.events();
    let [Event::MemberJoined { identity: came, .. }, Event::MemberLeft { identity: went, .. }] = &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!((came, went), (went, came));
    assert_eq!(came, "bob");
}

#[test]
fn changed_attributes_are_told_a_new_last_message_is_not() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let event = |id: i64, attributes: &str| json!({"id": id, "document_sid": format!("ET{}", digits(sid)), "document_data": channel_data(sid, attributes)});
    stage.live("document_updated", &event(0, r#"{"status":"ACTIVE"}"#));
    assert_eq!(stage.events(), []);
    stage.live("document_updated", &event(1, r#"{"status":"INACTIVE"}"#));
    stage.live("document_updated", &event(1, r#"{"status":"OLD"}"#));
    let events = stage.events();
    assert!(
        matches!(&events[..], [Event::ChannelUpdated { attributes, .. }] if &**attributes == r#"{"status":"INACTIVE"}"#),
        "{events:?}"
    );
}

#[test]
fn a_channel_joined_later_is_loaded_subscribed_to_and_announced() {
    let mut stage = logged_in(&[]);
    let sid = channel(9);
    stage.live("map_item_added", &my_channel_event(1, sid, "joined"));
    assert_eq!(stage.sent(), ["ack".to_owned(), format!("GET cds /v3/Documents/{sid}.channel")]);
    stage.live("map_item_added", &my_channel_event(1, sid, "joined"));
    assert_eq!(stage.sent(), ["ack"], "the same event twice is one");
    stage.load(sid);
    assert_eq!(stage.events(), []);
    stage.pass(150);
    let asked = stage.establish();
    assert_eq!(asked["requests"].as_array().unwrap().len(), 3);
    assert!(matches!(stage.events()[..], [Event::ChannelJoined { channel, .. }] if channel == sid));
    stage.sent();
    stage.act(|s, now, out| s.open(sid, now, out));
    assert_eq!(stage.sent(), [""; 0], "it is known already");
    assert_eq!(replies(&mut stage).len(), 1);
}

#[test]
fn a_channel_of_the_login_is_looked_up_once() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    stage.act(|s, now, out| s.open(sid, now, out));
    let key = format!("GET cds /v3/Services/{SERVICE}/Maps/{MY_CHANNELS}/Items?HideExpired=true&Key={sid}");
    assert_eq!(stage.sent(), [key]);
    let mut item = my_channel_event(0, sid, "joined");
    item = json!({"key": sid, "last_event_id": 0, "data": item["item_data"]});
    stage.answer("GET cds", 200, &json!({"items": [item], "meta": {}}));
    stage.act(|s, now, out| s.open(sid, now, out));
    assert_eq!(stage.sent(), [""; 0]);
    assert_eq!(replies(&mut stage).len(), 2);
}

#[test]
fn leaving_cancels_the_subscriptions_and_forgets_the_channel() {
    let sid = channel(7);
    let mut stage = logged_in(&[sid]);
    let ticket = stage.act(|s, now, out| s.leave(sid, now, out));
    let request = stage.request("DELETE aim");
    assert!(request.line.ends_with(&format!("/Conversations/{sid}/Participants/ada@x")), "{}", request.line);
    assert_eq!(request.body, "null");
    stage.unanswered.push(request);
    stage.answer("DELETE aim", 204, &Value::Null);
    stage.live("map_item_removed", &my_channel_event(1, sid, "joined"));
    let events = stage.events();
    assert!(
        matches!(&events[..], [Event::Reply { ticket: t, .. }, Event::ChannelLeft { .. }] if *t == ticket),
        "{events:?}"
    );
    stage.pass(150);
    let cancel = stage.request("POST cds /v4/Subscriptions");
    let body: Value = serde_json::from_str(&cancel.body).unwrap();
    assert_eq!(body["action"], "cancel");
    assert_eq!(
        body["requests"][0],
        json!({"object_sid": format!("ET{}", digits(sid)), "object_type": "document"})
    );
    assert_eq!(body["requests"].as_array().unwrap().len(), 3);
    stage.sent();
    stage.live("map_item_updated", &my_channel_event(0, sid, "joined"));
    assert_eq!(stage.sent(), ["ack"], "an older event about it is not news");
    let ticket = stage.act(|s, now, out| s.send_message(sid, "late", "{}", now, out));
    assert_eq!(replies(&mut stage), [(ticket, Err(ErrorKind::UnknownChannel))]);
}

#[test]
fn a_channel_that_cannot_be_loaded_is_told() {
    let mut stage = logged_in(&[]);
    let sid = channel(9);
    stage.live("map_item_added", &my_channel_event(1, sid, "joined"));
    stage.answer("GET cds", 403, &json!({"code": 54007}));
    let events = stage.events();
    let [Event::ChannelFailed { channel, error, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*channel, error.kind), (sid, ErrorKind::Http { status: 403, code: 54007 }));
}
