//! `/v2/Services`: channels, members, messages, users.

use mock_server::{Caps, Config, Limits};
use serde_json::Value;

use crate::support::Api;

/// A channel made by REST, and the path of what is in it.
fn channel(api: &Api, parameters: &[(&str, &str)]) -> String {
    let sid = api.post(&api.service("/Channels"), parameters).is(201).text("sid");
    api.service(&format!("/Channels/{sid}"))
}

#[test]
fn the_flex_chat_service_has_the_documented_limits() {
    let api = Api::start();
    let service = api.get(&api.service("")).is(200);
    assert_eq!(service.body["limits"]["channel_members"], 100);
    assert_eq!(service.body["limits"]["user_channels"], 250);
    assert_eq!(service.body["typing_indicator_timeout"], 5);
    assert_eq!(service.body["media"]["size_limit_mb"], 150);
    assert_eq!(service.text("url"), format!("{}{}", api.mock.url(), api.service("")));
}

#[test]
fn services_are_made_changed_and_deleted() {
    let api = Api::start();
    api.post("/v2/Services", &[]).refuses(400, 50000);
    let sid = api.post("/v2/Services", &[("FriendlyName", "two")]).is(201).text("sid");
    let path = format!("/v2/Services/{sid}");
    let updated = api.post(&path, &[("Limits.UserChannels", "3"), ("ReachabilityEnabled", "true")]).is(200);
    assert_eq!(updated.body["limits"]["user_channels"], 3);
    assert_eq!(updated.body["reachability_enabled"], true);
    assert_eq!(api.get("/v2/Services").is(200).body["services"].as_array().unwrap().len(), 2);
    api.delete(&path).is(204);
    api.get(&path).refuses(404, 20404);
}

#[test]
fn a_channel_made_by_rest_is_public_and_made_by_system() {
    let api = Api::start();
    let path = channel(&api, &[("UniqueName", "room"), ("FriendlyName", "Room")]);
    let by_sid = api.get(&path).is(200);
    let by_name = api.get(&api.service("/Channels/room")).is(200);
    assert_eq!(by_sid.body, by_name.body);
    assert_eq!(by_sid.text("type"), "public");
    assert_eq!(by_sid.text("created_by"), "system");
    assert_eq!(by_sid.text("attributes"), "{}");
    assert_eq!(by_sid.text("url"), format!("{}{path}", api.mock.url()));
    assert_eq!(by_sid.body["links"]["messages"], format!("{}{path}/Messages", api.mock.url()));
}

#[test]
fn channels_are_listed_by_type_and_public_ones_are_the_default() {
    let api = Api::start();
    channel(&api, &[]);
    let private = api.open("ada");
    let listed = |query: &str| {
        let reply = api.get(&api.service(&format!("/Channels{query}"))).is(200);
        reply.body["channels"].as_array().unwrap().len()
    };
    assert_eq!(listed(""), 1);
    assert_eq!(listed("?Type=private"), 1);
    assert_eq!(listed("?Type=public&Type=private"), 2);
    let reply = api.get(&api.service("/Channels?Type=private"));
    assert_eq!(reply.body["channels"][0]["sid"], private.as_str());
    api.get(&api.service("/Channels?Type=secret")).refuses(400, 20001);
}

#[test]
fn attributes_must_be_json_and_a_unique_name_unique() {
    let api = Api::start();
    channel(&api, &[("UniqueName", "room")]);
    let channels = api.service("/Channels");
    api.post(&channels, &[("Attributes", "{no json")]).refuses(400, 50304);
    api.post(&channels, &[("UniqueName", "room")]).refuses(409, 50307);
    api.post(&channels, &[("UniqueName", "CHffffffffffffffffffffffffffffffff")]).refuses(400, 50306);
    api.post(&channels, &[("Type", "secret")]).refuses(400, 20001);
}

#[test]
fn a_channel_is_updated_and_deleted() {
    let api = Api::start();
    let path = channel(&api, &[("UniqueName", "room")]);
    let updated = api.post(&path, &[("FriendlyName", "New"), ("Attributes", r#"{"a":1}"#)]).is(200);
    assert_eq!(updated.text("friendly_name"), "New");
    assert_eq!(updated.text("attributes"), r#"{"a":1}"#);
    assert_eq!(updated.text("unique_name"), "room");
    api.delete(&path).is(204);
    api.get(&path).refuses(404, 20404);
    api.get(&api.service("/Channels/room")).refuses(404, 20404);
    channel(&api, &[("UniqueName", "room")]);
}

#[test]
fn messages_are_numbered_from_0_and_come_from_system_unless_somebody_is_named() {
    let api = Api::start();
    let path = channel(&api, &[]);
    let messages = format!("{path}/Messages");
    let first = api.post(&messages, &[("Body", "hi \u{e9}")]).is(201);
    let second =
        api.post(&messages, &[("Body", "ho"), ("From", "ada"), ("Attributes", r#"{"x":1}"#)]).is(201);
    assert_eq!((&first.body["index"], &second.body["index"]), (&0.into(), &1.into()));
    assert_eq!(first.text("from"), "system");
    assert_eq!(first.text("body"), "hi \u{e9}");
    assert_eq!(first.text("type"), "text");
    assert_eq!(first.body["media"], Value::Null);
    assert_eq!(first.body["was_edited"], false);
    assert_eq!(first.body["last_updated_by"], Value::Null);
    assert_eq!(first.body["to"], first.body["channel_sid"]);
    assert_eq!(second.text("from"), "ada");
    assert_eq!(second.text("attributes"), r#"{"x":1}"#);
    let one = format!("{messages}/{}", first.text("sid"));
    assert_eq!(api.get(&one).is(200).body, first.body);
    let channel = api.get(&path).is(200);
    assert_eq!(channel.body["messages_count"], 2);
    let last = format!("{}{messages}/{}", api.mock.url(), second.text("sid"));
    assert_eq!(channel.body["links"]["last_message"], last);
}

#[test]
fn a_message_is_named_by_its_sid_only() {
    let api = Api::start();
    let path = channel(&api, &[]);
    api.post(&format!("{path}/Messages"), &[("Body", "hi")]).is(201);
    api.get(&format!("{path}/Messages/0")).refuses(404, 20404);
}

#[test]
fn messages_are_listed_in_either_order() {
    let api = Api::start();
    let messages = format!("{}/Messages", channel(&api, &[]));
    for body in ["a", "b", "c"] {
        api.post(&messages, &[("Body", body)]).is(201);
    }
    let bodies = |query: &str| {
        let reply = api.get(&format!("{messages}{query}")).is(200);
        let list = reply.body["messages"].as_array().unwrap().clone();
        list.iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(bodies(""), "abc");
    assert_eq!(bodies("?Order=asc"), "abc");
    assert_eq!(bodies("?Order=desc"), "cba");
    assert_eq!(bodies("?Order=desc&PageSize=2"), "cb");
    api.get(&format!("{messages}?Order=random")).refuses(400, 20001);
}

#[test]
fn a_body_may_have_32_kb_and_not_one_byte_more() {
    let api = Api::start();
    let messages = format!("{}/Messages", channel(&api, &[]));
    api.post(&messages, &[("Body", &"x".repeat(32 * 1024))]).is(201);
    api.post(&messages, &[("Body", &"x".repeat(32 * 1024 + 1))]).refuses(400, 50504);
    api.post(&messages, &[]).refuses(400, 50503);
}

#[test]
fn an_edited_message_says_so_and_a_deleted_one_leaves_its_number_unused() {
    let api = Api::start();
    let messages = format!("{}/Messages", channel(&api, &[]));
    let first = api.post(&messages, &[("Body", "a")]).is(201);
    let path = format!("{messages}/{}", first.text("sid"));
    let edited = api.post(&path, &[("Body", "b"), ("LastUpdatedBy", "ada")]).is(200);
    assert_eq!((edited.text("body"), edited.text("last_updated_by")), ("b".to_owned(), "ada".to_owned()));
    assert_eq!(edited.body["was_edited"], true);
    api.delete(&path).is(204);
    api.get(&path).refuses(404, 20404);
    assert_eq!(api.post(&messages, &[("Body", "c")]).is(201).body["index"], 1);
}

#[test]
fn members_are_added_once_and_named_by_sid_or_identity() {
    let api = Api::start();
    let members = format!("{}/Members", channel(&api, &[]));
    api.post(&members, &[]).refuses(400, 50204);
    let ada =
        api.post(&members, &[("Identity", "ada"), ("Attributes", r#"{"member_type":"agent"}"#)]).is(201);
    api.post(&members, &[("Identity", "ada")]).refuses(409, 50404);
    api.post(&members, &[("Identity", "bob@shop")]).is(201);
    assert_eq!(ada.body["last_consumed_message_index"], Value::Null);
    assert_eq!(ada.text("attributes"), r#"{"member_type":"agent"}"#);
    for name in ["ada", &ada.text("sid")] {
        assert_eq!(api.get(&format!("{members}/{name}")).is(200).body, ada.body);
    }
    api.get(&format!("{members}/bob%40shop")).is(200);
    let some = api.get(&format!("{members}?Identity=bob%40shop&Identity=nobody")).is(200);
    assert_eq!(some.body["members"].as_array().unwrap().len(), 1);
}

#[test]
fn a_members_horizon_is_moved_and_the_member_removed() {
    let api = Api::start();
    let path = channel(&api, &[]);
    for body in ["a", "b"] {
        api.post(&format!("{path}/Messages"), &[("Body", body)]).is(201);
    }
    let ada = format!("{path}/Members/ada");
    api.post(&format!("{path}/Members"), &[("Identity", "ada")]).is(201);
    let moved = api.post(&ada, &[("LastConsumedMessageIndex", "0")]).is(200);
    assert_eq!(moved.body["last_consumed_message_index"], 0);
    let sid = path.rsplit('/').next().unwrap();
    let mine = api.get(&api.service(&format!("/Users/ada/Channels/{sid}"))).is(200);
    assert_eq!(mine.body["last_consumed_message_index"], 0);
    assert_eq!(mine.body["unread_messages_count"], 1);
    api.delete(&ada).is(204);
    api.get(&ada).refuses(404, 20404);
    assert_eq!(api.get(&path).is(200).body["members_count"], 0);
}

#[test]
fn users_are_made_once_changed_and_deleted() {
    let api = Api::start();
    let users = api.service("/Users");
    let ada = api.post(&users, &[("Identity", "ada"), ("FriendlyName", "Ada")]).is(201);
    assert_eq!(ada.body["is_notifiable"], Value::Null);
    api.post(&users, &[("Identity", "ada")]).refuses(409, 50201);
    api.post(&users, &[("Identity", "system")]).refuses(403, 50203);
    api.post(&users, &[]).refuses(400, 50204);
    let path = format!("{users}/ada");
    let changed = api.post(&path, &[("FriendlyName", "Countess")]).is(200);
    assert_eq!(changed.text("friendly_name"), "Countess");
    assert_eq!(api.get(&users).is(200).body["users"].as_array().unwrap().len(), 1);
    api.delete(&path).is(204);
    api.get(&path).refuses(404, 20404);
}

#[test]
fn a_users_channels_are_listed_muted_and_left() {
    let api = Api::start();
    let sid = api.open("ada");
    let channels = api.service("/Users/ada/Channels");
    let listed = api.get(&channels).is(200);
    assert_eq!(listed.body["channels"][0]["channel_sid"], sid.as_str());
    assert_eq!(listed.body["channels"][0]["status"], "joined");
    assert_eq!(listed.body["meta"]["key"], "channels");
    let one = format!("{channels}/{sid}");
    let muted = api.post(&one, &[("NotificationLevel", "muted")]).is(200);
    assert_eq!(muted.text("notification_level"), "muted");
    api.post(&one, &[("NotificationLevel", "loud")]).refuses(400, 50210);
    api.delete(&one).is(204);
    assert_eq!(api.get(&channels).is(200).body["channels"], Value::Array(Vec::new()));
}

#[test]
fn an_update_that_says_nothing_is_400_with_20161() {
    let api = Api::start();
    let path = channel(&api, &[]);
    let message = api.post(&format!("{path}/Messages"), &[("Body", "hi")]).is(201).text("sid");
    api.post(&format!("{path}/Members"), &[("Identity", "ada")]).is(201);
    for path in [
        api.service(""),
        path.clone(),
        format!("{path}/Messages/{message}"),
        format!("{path}/Members/ada"),
        api.service("/Users/ada"),
        api.service(&format!("/Users/ada/Channels/{}", path.rsplit('/').next().unwrap())),
    ] {
        api.post(&path, &[]).refuses(400, 20161);
        api.post(&path, &[("Foo", "x")]).refuses(400, 20161);
    }
}

#[test]
fn no_identity_and_no_name_is_longer_than_256() {
    let api = Api::start();
    let long = "x".repeat(257);
    let path = channel(&api, &[]);
    let messages = format!("{path}/Messages");
    for (name, code) in [("From", 50310), ("LastUpdatedBy", 50505)] {
        api.post(&messages, &[("Body", "hi"), (name, &long)]).refuses(400, code);
    }
    let message = api.post(&messages, &[("Body", "hi")]).is(201).text("sid");
    api.post(&format!("{messages}/{message}"), &[("From", &long)]).refuses(400, 50310);
    api.post(&path, &[("CreatedBy", &long)]).refuses(400, 50310);
    api.post(&api.service("/Channels"), &[("CreatedBy", &long)]).refuses(400, 50310);
    api.post("/v2/Services", &[("FriendlyName", &long)]).refuses(400, 50003);
    api.post(&api.service(""), &[("FriendlyName", &long)]).refuses(400, 50003);
    let flow = format!("/v1/FlexFlows/{}", api.credentials().flex_flow_sid);
    api.post(&flow, &[("FriendlyName", &long)]).refuses(400, 50003);
}

#[test]
fn an_empty_unique_name_is_none() {
    let api = Api::start();
    let nameless = || channel(&api, &[("UniqueName", "")]);
    assert_ne!(nameless(), nameless());
    let path = channel(&api, &[("UniqueName", "room")]);
    api.post(&path, &[("UniqueName", "")]).is(200);
    assert_eq!(api.get(&path).is(200).body["unique_name"], serde_json::Value::Null);
    api.post(&api.service("/Channels"), &[("UniqueName", "room")]).is(201);
}

#[test]
fn a_mock_that_keeps_the_last_messages_forgets_older_ones_and_says_from_where_it_knows() {
    let caps = Caps { retained_messages: std::num::NonZeroUsize::new(3), ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("jane")));
    let indexes = || {
        let list = api.get(&messages).is(200);
        let first = list.headers.get("x-mock-first-index").cloned();
        let found =
            list.body["messages"].as_array().unwrap().iter().map(|one| one["index"].as_u64().unwrap());
        (found.collect::<Vec<_>>(), first)
    };
    let sent: Vec<String> =
        (0..3).map(|_| api.post(&messages, &[("Body", "x")]).is(201).text("sid")).collect();
    assert_eq!(indexes(), (vec![0, 1, 2], None));
    api.post(&messages, &[("Body", "y")]).is(201);
    assert_eq!(indexes(), (vec![1, 2, 3], Some("1".to_owned())));
    api.get(&format!("{messages}/{}", sent[0])).refuses(404, 20404);
    let channel = api.get(messages.trim_end_matches("/Messages")).is(200);
    assert_eq!(channel.body["messages_count"], 4);
}

#[test]
fn messages_are_kept_up_to_the_memory_there_is_and_then_refused() {
    let caps = Caps { message_bytes: 10_000, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("jane")));
    let body = "x".repeat(3_000);
    for _ in 0..3 {
        api.post(&messages, &[("Body", &body)]).is(201);
    }
    api.post(&messages, &[("Body", &body)]).refuses(503, 20503);
    assert_eq!(api.get(&messages).is(200).body["messages"].as_array().unwrap().len(), 3);
}

#[test]
fn an_invite_ends_with_its_channel_its_user_or_when_it_is_left() {
    let api = Api::start();
    let invited = |identity: &str| {
        let path = channel(&api, &[]);
        let sid = path.rsplit('/').next().unwrap().to_owned();
        let invites = api.service(&format!("/Channels/{sid}/Invites"));
        api.post(&invites, &[("Identity", identity)]).is(201);
        (sid, invites)
    };
    let (sid, invites) = invited("ada");
    api.delete(&api.service(&format!("/Users/ada/Channels/{sid}"))).is(204);
    assert_eq!(api.get(&invites).is(200).body["invites"], Value::Array(Vec::new()));
    let (_, invites) = invited("ada");
    api.delete(&api.service("/Users/ada")).is(204);
    assert_eq!(api.get(&invites).is(200).body["invites"], Value::Array(Vec::new()));
    let (sid, _) = invited("ada");
    api.delete(&api.service(&format!("/Channels/{sid}"))).is(204);
    assert_eq!(
        api.get(&api.service("/Users/ada/Channels")).is(200).body["channels"],
        Value::Array(Vec::new())
    );
}
