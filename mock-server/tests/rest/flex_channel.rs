//! `/v1/Channels`.

use serde_json::Value;

use crate::support::{Api, request};

/// The attributes of the Chat channel behind a Flex Channel.
fn attributes(api: &Api, sid: &str) -> Value {
    let channel = api.get(&api.service(&format!("/Channels/{sid}"))).is(200);
    serde_json::from_str(&channel.text("attributes")).unwrap()
}

#[test]
fn the_chat_side_has_a_private_channel_a_user_and_a_member() {
    let api = Api::start();
    let flow = api.credentials().task_flow_sid.to_string();
    let mut create = api.create(&flow, "ada");
    create.extend([
        ("Target", "ada@shop"),
        ("ChatUniqueName", "ada-1"),
        ("PreEngagementData", r#"{"page":"/pricing"}"#),
    ]);
    let flex = api.post("/v1/Channels", &create).is(201);
    let sid = flex.text("sid");
    let channel = api.get(&api.service("/Channels/ada-1")).is(200);
    assert_eq!(channel.text("sid"), sid);
    assert_eq!(channel.text("type"), "private");
    assert_eq!(channel.text("created_by"), "system");
    assert_eq!(channel.text("friendly_name"), "Chat with Jane");
    assert_eq!(channel.body["members_count"], 1);
    assert_eq!(channel.body["links"]["last_message"], Value::Null);
    let attributes = attributes(&api, &sid);
    assert_eq!(attributes["task_sid"], flex.body["task_sid"]);
    assert_eq!(attributes["from"], "ada@shop");
    assert_eq!(attributes["channel_type"], "custom");
    assert_eq!(attributes["status"], "ACTIVE");
    assert_eq!(attributes["long_lived"], false);
    assert_eq!(attributes["pre_engagement_data"]["page"], "/pricing");
    let user = api.get(&api.service("/Users/ada")).is(200);
    assert_eq!(user.text("sid"), flex.text("user_sid"));
    assert_eq!(user.text("friendly_name"), "Jane");
    let member = api.get(&api.service(&format!("/Channels/{sid}/Members/ada"))).is(200);
    assert_eq!(member.text("identity"), "ada");
}

#[test]
fn without_a_target_the_identity_tells_chats_apart() {
    let api = Api::start();
    assert_eq!(api.open("ada"), api.open("ada"));
    assert_ne!(api.open("ada"), api.open("bob"));
}

#[test]
fn an_inactive_channel_is_followed_by_a_new_one() {
    let api = Api::start();
    let first = api.open("ada");
    for closed in ["INACTIVE", "inactive"] {
        let before = api.open("ada");
        let status = format!(r#"{{"status":"{closed}"}}"#);
        api.post(&api.service(&format!("/Channels/{before}")), &[("Attributes", &status)]).is(200);
        assert_ne!(api.open("ada"), before);
    }
    assert_ne!(api.open("ada"), first);
}

#[test]
fn a_long_lived_channel_comes_back_until_it_is_ended_and_inactive() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    let mut create = api.create(&flow, "ada");
    create.push(("LongLived", "True"));
    let open = || api.post("/v1/Channels", &create).is(201).text("sid");
    let sid = open();
    assert_eq!(attributes(&api, &sid)["long_lived"], true);
    let set = |attributes: &str| {
        api.post(&api.service(&format!("/Channels/{sid}")), &[("Attributes", attributes)]).is(200);
    };
    set(r#"{"status":"INACTIVE","long_lived":true}"#);
    assert_eq!(open(), sid);
    set(r#"{"status":"INACTIVE","long_lived":false}"#);
    assert_ne!(open(), sid);
}

#[test]
fn a_user_who_is_there_already_is_used() {
    let api = Api::start();
    let user = api.post(&api.service("/Users"), &[("Identity", "ada")]).is(201);
    let flow = api.credentials().flex_flow_sid.to_string();
    let channel = api.post("/v1/Channels", &api.create(&flow, "ada")).is(201);
    assert_eq!(channel.text("user_sid"), user.text("sid"));
}

#[test]
fn what_is_no_sid_and_what_is_no_boolean_is_refused() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    api.post("/v1/Channels", &api.create("FW0", "ada")).refuses(400, 20001);
    let mut create = api.create(&flow, "ada");
    create.push(("LongLived", "perhaps"));
    assert!(api.post("/v1/Channels", &create).refuses(400, 20001).text("message").contains("LongLived"));
}

#[test]
fn what_the_helper_libraries_send_is_understood() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid;
    let head = format!(
        "authorization: {}\r\naccept: application/json\r\naccept-charset: utf-8\r\nx-twilio-webhook-enabled: true\r\n\
        user-agent: twilio-node/4.23.0 (linux x64) node/v20.20.2\r\n",
        api.authorization
    );
    for (n, tail) in
        ["ChatFriendlyName=Chat%20with&LongLived=true", "ChatFriendlyName=Chat+with&LongLived=True"]
            .iter()
            .enumerate()
    {
        let body = format!("FlexFlowSid={flow}&Identity=abc{n}&ChatUserFriendlyName=Jane&{tail}");
        let sid = api.raw(&request("POST", "/v1/Channels", &head, &body)).is(201).text("sid");
        let channel = api.get(&api.service(&format!("/Channels/{sid}"))).is(200);
        assert_eq!(channel.text("friendly_name"), "Chat with");
        assert_eq!(attributes(&api, &sid)["long_lived"], true);
    }
}

#[test]
fn a_disabled_flow_still_opens_channels_when_it_is_named() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    api.post(&format!("/v1/FlexFlows/{flow}"), &[("Enabled", "false")]).is(200);
    api.post("/v1/Channels", &api.create(&flow, "ada")).is(201);
}
