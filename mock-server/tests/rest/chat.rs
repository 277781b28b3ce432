//! `/v2/Services`: channels, members, messages, users.

use serde_json::Value;

use crate::support::Api;

/// A channel made by REST, and the path of what is in it.
fn channel(api: &Api, parameters: &[(&str, &str)]) -> String {
    let sid = api.post(&api.service("/Channels"), parameters).is(201).text("sid");
    api.service(&format!("/Channels/{sid}"))
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
