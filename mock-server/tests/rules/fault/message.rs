//! Faults of messages.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Chat, heard, times, told};
use crate::Probe;
use crate::device::Device;

pub(crate) const PROBES: &[Probe] = &[
    ("fault.forget-message", an_acknowledged_message_is_nowhere),
    ("fault.store-twice", a_message_is_there_twice),
    ("fault.refuse-stored", a_refused_message_is_there),
    ("fault.index-gap", indexes_are_skipped),
    ("fault.index-clash", two_messages_have_one_index),
    ("fault.index-diverge", push_and_history_disagree),
    ("fault.sender-order", a_senders_messages_are_in_the_wrong_order),
    ("fault.real-time", a_later_message_has_the_lower_index),
    ("fault.forge-message", there_is_a_message_nobody_sent),
    ("fault.cross-talk", a_message_of_another_channel_is_heard),
    ("fault.former-member", who_has_left_hears_more),
    ("fault.silent-inactive", a_chat_ends_and_nobody_says_so),
];

fn an_acknowledged_message_is_nowhere() {
    let mut chat = Chat::with("forget_message", json!({"first": 1}));
    assert_eq!((chat.says("ada", "lost"), chat.says("ada", "kept")), (0, 1));
    let kept = told(&[(1, "kept")]);
    assert_eq!((heard(&mut chat.bob, "bob"), chat.history()), (kept.clone(), kept));
    assert_eq!(times(&chat.api), 1);
}

fn a_message_is_there_twice() {
    let mut chat = Chat::with("store_twice", json!({"identity": "ada"}));
    assert_eq!((chat.says("ada", "one"), chat.says("bob", "two")), (0, 2));
    let twice = told(&[(0, "one"), (1, "one"), (2, "two")]);
    assert_eq!((heard(&mut chat.bob, "bob"), chat.history()), (twice.clone(), twice));
    let sids: Vec<Value> = chat.api.get(&chat.messages()).body["messages"].as_array().unwrap().clone();
    assert_ne!(sids[0]["sid"], sids[1]["sid"]);
    assert_eq!(times(&chat.api), 1);
}

fn a_refused_message_is_there() {
    let mut chat = Chat::with("refuse_stored", json!({"status": 400, "code": 20001}));
    chat.api.post(&chat.messages(), &[("Body", "hi")]).refuses(400, 20001);
    let there = told(&[(0, "hi")]);
    assert_eq!((heard(&mut chat.bob, "bob"), chat.history()), (there.clone(), there));
    assert_eq!(times(&chat.api), 1);
}

fn indexes_are_skipped() {
    let mut chat = Chat::with("index_gap", json!({"after": 1, "first": 1, "by": 2}));
    let indexes = ["a", "b", "c"].map(|text| chat.says("ada", text));
    assert_eq!(indexes, [0, 3, 4]);
    let all = told(&[(0, "a"), (3, "b"), (4, "c")]);
    assert_eq!((heard(&mut chat.bob, "bob"), chat.history()), (all.clone(), all));
    assert_eq!(times(&chat.api), 1);
}

fn two_messages_have_one_index() {
    let mut chat = Chat::with("index_clash", json!({"after": 1, "first": 1}));
    let indexes = ["a", "b", "c"].map(|text| chat.says("ada", text));
    assert_eq!(indexes, [0, 0, 1]);
    let all = told(&[(0, "a"), (0, "b"), (1, "c")]);
    assert_eq!((heard(&mut chat.bob, "bob"), chat.history()), (all.clone(), all));
    assert_eq!(times(&chat.api), 1);
}

fn push_and_history_disagree() {
    let mut chat = Chat::with("index_diverge", json!({"first": 1}));
    assert_eq!((chat.says("ada", "a"), chat.says("ada", "b")), (0, 2));
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(1, "a"), (2, "b")]));
    assert_eq!((chat.history(), times(&chat.api)), (told(&[(0, "a"), (2, "b")]), 1));
}

fn a_senders_messages_are_in_the_wrong_order() {
    let mut chat = Chat::with("sender_order", json!({"first": 1}));
    let indexes = [("ada", "a"), ("bob", "b"), ("ada", "c")].map(|(who, text)| chat.says(who, text));
    assert_eq!(indexes, [1, 2, 0]);
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(1, "a"), (2, "b"), (0, "c")]));
    assert_eq!((chat.history(), times(&chat.api)), (told(&[(0, "c"), (1, "a"), (2, "b")]), 1));
    // Each is still found by its SID.
    for message in chat.api.get(&chat.messages()).body["messages"].as_array().unwrap() {
        let found =
            chat.api.get(&format!("{}/{}", chat.messages(), message["sid"].as_str().unwrap())).is(200);
        assert_eq!(found.body["body"], message["body"]);
    }
}

fn a_later_message_has_the_lower_index() {
    let mut chat = Chat::with("real_time", json!({"first": 1, "apart": "50ms"}));
    let indexes = [("ada", "a"), ("bob", "b")].map(|(who, text)| chat.says(who, text));
    // So soon after, the second may have been sent before the first was acknowledged.
    assert_eq!((indexes, times(&chat.api)), ([1, 2], 0));
    sleep(Duration::from_millis(60));
    assert_eq!(chat.says("ada", "not another's"), 3);
    assert_eq!(chat.says("bob", "late"), 0);
    assert_eq!(heard(&mut chat.ada, "ada").last(), Some(&(0, "late".to_owned())));
    assert_eq!((chat.history()[0].clone(), times(&chat.api)), ((0, "late".to_owned()), 1));
}

fn there_is_a_message_nobody_sent() {
    let mut chat = Chat::with("forge_message", json!({"first": 1}));
    let mark = [("From", "ada"), ("Body", "a"), ("Attributes", r#"{"mark":"a1"}"#)];
    chat.api.post(&chat.messages(), &mark).is(201);
    assert_eq!(chat.says("ada", "b"), 2);
    let all = told(&[(0, "a"), (1, "Nobody sent this"), (2, "b")]);
    assert_eq!((heard(&mut chat.bob, "bob"), chat.history()), (all.clone(), all));
    let forged = &chat.api.get(&chat.messages()).body["messages"][1];
    assert_eq!((&forged["from"], &forged["attributes"]), (&"ada".into(), &r#"{"mark":"a2"}"#.into()));
    assert_eq!(times(&chat.api), 1);
    let mut unstored = Chat::with("forge_message", json!({"stored": false, "author": "eve", "body": "psst"}));
    unstored.says("ada", "a");
    assert_eq!(heard(&mut unstored.bob, "bob"), told(&[(0, "a"), (1, "psst")]));
    assert_eq!((unstored.history().len(), times(&unstored.api)), (1, 1));
}

fn a_message_of_another_channel_is_heard() {
    let mut chat = Chat::with("cross_talk", json!({}));
    let other = chat.api.open("cyd");
    let messages = chat.api.service(&format!("/Channels/{other}/Messages"));
    let stray = chat.api.post(&messages, &[("Body", "not for you")]).is(201).text("sid");
    assert_eq!((chat.says("bob", "a"), times(&chat.api)), (0, 1));
    chat.ada.sync("/Maps/ada.channels");
    let heard: Vec<_> =
        chat.ada.heard().into_iter().filter(|frame| frame.kind() == "list_item_added").collect();
    assert_eq!(heard[1].payload["events"][0]["item_data"]["text"], "not for you");
    assert_eq!(heard[1].payload["events"][0]["item_data"]["sid"], *stray);
    assert_eq!(heard[1].payload["events"][0]["list_sid"], heard[0].payload["events"][0]["list_sid"]);
    // Nobody else gets its index, and one receiver is all.
    assert_eq!((chat.says("bob", "b"), chat.history().len()), (2, 2));
    assert_eq!(super::heard(&mut chat.bob, "bob").len(), 2);
}

fn who_has_left_hears_more() {
    let mut chat = Chat::with("former_member", json!({}));
    chat.says("ada", "all are here");
    assert_eq!(times(&chat.api), 0);
    let member = chat.api.service(&format!("/Channels/{}/Members/bob", chat.channel));
    chat.api.delete(&member).is(204);
    chat.says("ada", "not for bob");
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(0, "all are here"), (1, "not for bob")]));
    assert_eq!((heard(&mut chat.ada, "ada").len(), times(&chat.api)), (2, 1));
}

fn a_chat_ends_and_nobody_says_so() {
    let chat = Chat::with("silent_inactive", json!({}));
    let mut cyd = Device::login(&chat.api, "bob");
    cyd.follow("Documents", &format!("{}.channel", chat.channel));
    chat.says("ada", "bye");
    cyd.sync("/Maps/bob.channels");
    let told = cyd.heard();
    let last = &told.iter().rfind(|frame| frame.kind() == "document_updated").unwrap().payload["events"][0];
    assert_eq!(last["document_data"]["attributes"]["status"], "ACTIVE");
    let channel = chat.api.get(&chat.api.service(&format!("/Channels/{}", chat.channel))).is(200);
    let attributes: Value = serde_json::from_str(&channel.text("attributes")).unwrap();
    assert_eq!((&attributes["status"], times(&chat.api)), (&"INACTIVE".into(), 1));
}
