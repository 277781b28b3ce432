//! Chat channels and their messages, and what is demanded of names, attributes and bodies.

use mock_server::{Caps, Config, Limits};
use serde_json::Value;

use crate::Probe;
use crate::api::{Api, Reply};

pub(crate) const PROBES: &[Probe] = &[
    ("chat.channel.create", a_channel_is_made),
    ("chat.channel.create.parameters", a_channels_type_is_public_or_private),
    ("chat.channel.fetch", a_channel_is_read_by_sid_and_by_name),
    ("chat.channel.full", a_mock_holds_so_many_channels),
    ("chat.channel.list", public_channels_are_listed_unless_others_are_asked_for),
    ("chat.channel.list.type", a_listed_type_is_public_or_private),
    ("chat.channel.unique-name-taken", a_unique_name_is_had_once),
    ("chat.channel.unknown", an_unknown_channel_is_not_found),
    ("chat.channel.update", a_channel_is_changed),
    ("chat.channel.update.empty", a_channels_update_must_say_something),
    ("chat.channel.delete", a_deleted_channel_is_gone),
    ("chat.attributes.json", attributes_are_json),
    ("chat.attributes.long", attributes_have_32_kb_at_most),
    ("chat.friendly-name.long", a_friendly_name_has_256_characters_at_most),
    ("chat.unique-name.long", a_unique_name_has_256_characters_at_most),
    ("chat.unique-name.sid", a_unique_name_is_no_sid),
    ("chat.message.create", messages_are_numbered_and_echoed),
    ("chat.message.body-missing", a_message_needs_a_body),
    ("chat.message.body-long", a_body_has_32_kb_at_most),
    ("chat.message.fetch", a_message_is_read_back),
    ("chat.message.full", a_channel_holds_so_many_messages),
    ("chat.message.list", messages_are_listed_in_either_order),
    ("chat.message.list.order", an_order_is_asc_or_desc),
    ("chat.message.unknown", an_unknown_message_is_not_found),
    ("chat.message.update", an_edited_message_says_so),
    ("chat.message.update.empty", a_messages_update_must_say_something),
    ("chat.message.delete", a_deleted_messages_number_is_not_used_again),
];

fn create(api: &Api, parameters: &[(&str, &str)]) -> Reply {
    api.post(&api.service("/Channels"), parameters)
}

/// A new channel's path.
fn channel(api: &Api, parameters: &[(&str, &str)]) -> String {
    api.service(&format!("/Channels/{}", create(api, parameters).is(201).text("sid")))
}

/// The path of a new channel's messages.
fn messages(api: &Api) -> String {
    format!("{}/Messages", channel(api, &[]))
}

fn a_channel_is_made() {
    let api = Api::start();
    let made = create(&api, &[("FriendlyName", "Room"), ("Attributes", r#"{"a":1}"#)]).is(201);
    assert!(made.text("sid").starts_with("CH"));
    for (field, value) in [
        ("type", "public"),
        ("created_by", "system"),
        ("friendly_name", "Room"),
        ("attributes", r#"{"a":1}"#),
    ] {
        assert_eq!(made.text(field), value, "{field}");
    }
    assert_eq!((&made.body["members_count"], &made.body["messages_count"]), (&0.into(), &0.into()));
}

fn a_channels_type_is_public_or_private() {
    create(&Api::start(), &[("Type", "secret")]).refuses(400, 20001);
}

fn a_channel_is_read_by_sid_and_by_name() {
    let api = Api::start();
    let made = create(&api, &[("UniqueName", "room")]).is(201);
    for name in [made.text("sid"), "room".to_owned()] {
        assert_eq!(api.get(&api.service(&format!("/Channels/{name}"))).is(200).body, made.body);
    }
}

fn bounded(caps: Caps) -> Api {
    Api::with(Config { limits: Limits::Off, caps, ..Config::default() })
}

fn a_mock_holds_so_many_channels() {
    let api = bounded(Caps { channels: 1, ..Caps::default() });
    create(&api, &[]).is(201);
    create(&api, &[]).refuses(503, 20503);
}

fn public_channels_are_listed_unless_others_are_asked_for() {
    let api = Api::start();
    channel(&api, &[]);
    let private = api.open("ada");
    let listed = |query: &str| {
        let page = api.get(&api.service(&format!("/Channels{query}"))).is(200);
        page.body["channels"].as_array().unwrap().clone()
    };
    assert_eq!((listed("").len(), listed("?Type=public&Type=private").len()), (1, 2));
    assert_eq!(listed("?Type=private")[0]["sid"], private);
}

fn a_listed_type_is_public_or_private() {
    let api = Api::start();
    api.get(&api.service("/Channels?Type=secret")).refuses(400, 20001);
}

fn a_unique_name_is_had_once() {
    let api = Api::start();
    channel(&api, &[("UniqueName", "room")]);
    create(&api, &[("UniqueName", "room")]).refuses(409, 50307);
}

fn an_unknown_channel_is_not_found() {
    let api = Api::start();
    for name in ["CH00000000000000000000000000000000", "nowhere"] {
        let path = api.service(&format!("/Channels/{name}"));
        api.get(&path).refuses(404, 20404);
        api.post(&format!("{path}/Messages"), &[("Body", "hi")]).refuses(404, 20404);
    }
}

fn a_channel_is_changed() {
    let api = Api::start();
    let path = channel(&api, &[("UniqueName", "room")]);
    let after = api.post(&path, &[("FriendlyName", "New"), ("Attributes", r#"{"a":1}"#)]).is(200);
    assert_eq!((after.text("friendly_name"), after.text("unique_name")), ("New".into(), "room".into()));
    assert_eq!(api.get(&path).is(200).body, after.body);
}

fn a_channels_update_must_say_something() {
    let api = Api::start();
    api.post(&channel(&api, &[]), &[]).refuses(400, 20161);
}

fn a_deleted_channel_is_gone() {
    let api = Api::start();
    let path = channel(&api, &[("UniqueName", "room")]);
    assert!(api.delete(&path).is(204).body.is_null());
    api.get(&path).refuses(404, 20404);
    api.delete(&path).refuses(404, 20404);
    channel(&api, &[("UniqueName", "room")]);
}

fn attributes_are_json() {
    let api = Api::start();
    create(&api, &[("Attributes", "{no json")]).refuses(400, 50304);
    api.post(&messages(&api), &[("Body", "hi"), ("Attributes", "{no json")]).refuses(400, 50304);
    api.post(&channel(&api, &[]), &[("Attributes", "")]).refuses(400, 50304);
}

fn attributes_have_32_kb_at_most() {
    let api = Api::start();
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    create(&api, &[("Attributes", &text(32 * 1024))]).is(201);
    create(&api, &[("Attributes", &text(32 * 1024 + 1))]).refuses(400, 50303);
}

fn a_friendly_name_has_256_characters_at_most() {
    let api = Api::start();
    create(&api, &[("FriendlyName", &"\u{e9}".repeat(256))]).is(201);
    create(&api, &[("FriendlyName", &"\u{e9}".repeat(257))]).refuses(400, 50003);
}

fn a_unique_name_has_256_characters_at_most() {
    let api = Api::start();
    create(&api, &[("UniqueName", &"x".repeat(256))]).is(201);
    create(&api, &[("UniqueName", &"x".repeat(257))]).refuses(400, 50004);
}

fn a_unique_name_is_no_sid() {
    create(&Api::start(), &[("UniqueName", "CHffffffffffffffffffffffffffffffff")]).refuses(400, 50306);
}

fn messages_are_numbered_and_echoed() {
    let api = Api::start();
    let path = messages(&api);
    for index in 0..3 {
        let body = format!("hi \u{e9} {index}");
        let sent = api.post(&path, &[("Body", &body), ("From", "ada"), ("Attributes", r#"{"x":1}"#)]).is(201);
        assert_eq!((&sent.body["index"], sent.text("body")), (&index.into(), body));
        assert_eq!((sent.text("from"), sent.text("attributes")), ("ada".into(), r#"{"x":1}"#.into()));
        assert_eq!((&sent.body["was_edited"], &sent.body["last_updated_by"]), (&false.into(), &Value::Null));
    }
    let read = api.get(&path).is(200);
    assert_eq!(read.body["messages"].as_array().unwrap().len(), 3);
    assert_eq!(api.post(&path, &[("Body", "x")]).is(201).text("from"), "system");
}

fn a_message_needs_a_body() {
    let api = Api::start();
    api.post(&messages(&api), &[]).refuses(400, 50503);
}

fn a_body_has_32_kb_at_most() {
    let api = Api::start();
    let path = messages(&api);
    api.post(&path, &[("Body", &"x".repeat(32 * 1024))]).is(201);
    for length in [32 * 1024 + 1, 64 * 1024] {
        api.post(&path, &[("Body", &"x".repeat(length))]).refuses(400, 50504);
    }
}

fn a_message_is_read_back() {
    let api = Api::start();
    let path = messages(&api);
    let sent = api.post(&path, &[("Body", "hi")]).is(201);
    assert_eq!(api.get(&format!("{path}/{}", sent.text("sid"))).is(200).body, sent.body);
}

fn a_channel_holds_so_many_messages() {
    for caps in [
        Caps { messages_per_channel: 2, ..Caps::default() },
        Caps { message_bytes: 2 * 1_000, ..Caps::default() },
    ] {
        let api = bounded(caps);
        let path = messages(&api);
        let body = "x".repeat(700);
        for _ in 0..2 {
            api.post(&path, &[("Body", &body)]).is(201);
        }
        api.post(&path, &[("Body", &body)]).refuses(503, 20503);
    }
}

fn bodies(page: &Reply) -> String {
    let list = page.body["messages"].as_array().unwrap();
    list.iter().map(|message| message["body"].as_str().unwrap()).collect()
}

fn messages_are_listed_in_either_order() {
    let api = Api::start();
    let path = messages(&api);
    for body in ["a", "b", "c"] {
        api.post(&path, &[("Body", body)]).is(201);
    }
    for (query, order) in
        [("", "abc"), ("?Order=asc", "abc"), ("?Order=desc", "cba"), ("?Order=desc&PageSize=2", "cb")]
    {
        assert_eq!(bodies(&api.get(&format!("{path}{query}")).is(200)), order, "{query}");
    }
}

fn an_order_is_asc_or_desc() {
    let api = Api::start();
    api.get(&format!("{}?Order=random", messages(&api))).refuses(400, 20001);
}

fn an_unknown_message_is_not_found() {
    let api = Api::start();
    let path = messages(&api);
    let nowhere = format!("{path}/IM00000000000000000000000000000000");
    api.get(&nowhere).refuses(404, 20404);
    api.post(&nowhere, &[("Body", "x")]).refuses(404, 20404);
    api.delete(&nowhere).refuses(404, 20404);
}

fn an_edited_message_says_so() {
    let api = Api::start();
    let path = messages(&api);
    let path = format!("{path}/{}", api.post(&path, &[("Body", "a")]).is(201).text("sid"));
    let edited = api.post(&path, &[("Body", "b"), ("LastUpdatedBy", "ada")]).is(200);
    assert_eq!((edited.text("body"), edited.text("last_updated_by")), ("b".into(), "ada".into()));
    assert_eq!(edited.body["was_edited"], true);
    assert_eq!(api.get(&path).is(200).body, edited.body);
}

fn a_messages_update_must_say_something() {
    let api = Api::start();
    let path = messages(&api);
    let sid = api.post(&path, &[("Body", "a")]).is(201).text("sid");
    api.post(&format!("{path}/{sid}"), &[]).refuses(400, 20161);
}

fn a_deleted_messages_number_is_not_used_again() {
    let api = Api::start();
    let path = messages(&api);
    let one = format!("{path}/{}", api.post(&path, &[("Body", "a")]).is(201).text("sid"));
    assert!(api.delete(&one).is(204).body.is_null());
    api.get(&one).refuses(404, 20404);
    assert_eq!(api.post(&path, &[("Body", "b")]).is(201).body["index"], 1);
}
