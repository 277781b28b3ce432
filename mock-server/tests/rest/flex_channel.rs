//! `/v1/Channels`.

use serde_json::Value;

use crate::support::{Api, request};

const FIELDS: [&str; 8] =
    ["flex_flow_sid", "account_sid", "sid", "task_sid", "user_sid", "date_created", "date_updated", "url"];

/// The attributes of the Chat channel behind a Flex Channel.
fn attributes(api: &Api, sid: &str) -> Value {
    let channel = api.get(&api.service(&format!("/Channels/{sid}"))).is(200);
    serde_json::from_str(&channel.text("attributes")).unwrap()
}

#[test]
fn a_create_answers_201_with_exactly_eight_fields() {
    let api = Api::start();
    let flow = api.credentials().task_flow_sid.to_string();
    let reply = api.post("/v1/Channels", &api.create(&flow, "ada")).is(201);
    let object = reply.body.as_object().unwrap();
    assert_eq!(object.len(), FIELDS.len());
    assert!(FIELDS.iter().all(|field| object.contains_key(*field)));
    assert_eq!(reply.text("flex_flow_sid"), flow);
    assert_eq!(reply.text("account_sid"), api.credentials().account_sid.to_string());
    assert!(reply.text("sid").starts_with("CHf1e0"));
    assert!(reply.text("user_sid").starts_with("USf1e0"));
    let date = reply.text("date_created");
    assert!(date.len() == 20 && date.ends_with('Z'), "{date}");
    assert_eq!(reply.text("url"), format!("{}/v1/Channels/{}", api.mock.url(), reply.text("sid")));
    assert_eq!(api.get(&format!("/v1/Channels/{}", reply.text("sid"))).is(200).body, reply.body);
}

#[test]
fn a_task_sid_comes_with_a_task_flow_only() {
    let api = Api::start();
    let credentials = api.credentials();
    let task_sid =
        |flow: String| api.post("/v1/Channels", &api.create(&flow, &flow)).is(201).body["task_sid"].clone();
    assert!(task_sid(credentials.task_flow_sid.to_string()).as_str().unwrap().starts_with("WT"));
    assert_eq!(task_sid(credentials.studio_flow_sid.to_string()), Value::Null);
    assert_eq!(task_sid(credentials.external_flow_sid.to_string()), Value::Null);
}

#[test]
fn a_task_sid_that_is_given_is_attached_to() {
    let api = Api::start();
    let flow = api.credentials().task_flow_sid.to_string();
    let mut create = api.create(&flow, "ada");
    create.push(("TaskSid", "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    let reply = api.post("/v1/Channels", &create).is(201);
    assert_eq!(reply.text("task_sid"), "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
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
fn channels_of_studio_and_external_flows_have_no_task_in_their_attributes() {
    let api = Api::start();
    let flow = api.credentials().studio_flow_sid.to_string();
    let sid = api.post("/v1/Channels", &api.create(&flow, "ada")).is(201).text("sid");
    assert!(attributes(&api, &sid).get("task_sid").is_none());
}

#[test]
fn the_same_flow_and_target_give_the_active_channel_again() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    let mut create = api.create(&flow, "ada");
    create.push(("Target", "ada@shop"));
    let first = api.post("/v1/Channels", &create).is(201);
    let again = api.post("/v1/Channels", &create).is(201);
    assert_eq!(first.body, again.body);
    let other_flow = api.credentials().studio_flow_sid.to_string();
    create[0].1 = &other_flow;
    assert_ne!(api.post("/v1/Channels", &create).is(201).text("sid"), first.text("sid"));
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
fn a_deleted_channel_is_followed_by_a_new_one() {
    let api = Api::start();
    let sid = api.open("ada");
    let gone = api.delete(&format!("/v1/Channels/{sid}")).is(204);
    assert_eq!(gone.body, Value::Null);
    api.get(&format!("/v1/Channels/{sid}")).refuses(404, 20404);
    api.get(&api.service(&format!("/Channels/{sid}"))).refuses(404, 20404);
    assert_ne!(api.open("ada"), sid);
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
fn a_unique_name_that_is_taken_is_409_with_45208() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    let mut create = api.create(&flow, "ada");
    create.push(("ChatUniqueName", "the-one"));
    api.post("/v1/Channels", &create).is(201);
    create[1].1 = "bob";
    api.post("/v1/Channels", &create).refuses(409, 45208);
}

#[test]
fn an_unknown_flow_is_404_with_45205() {
    let api = Api::start();
    let create = api.create("FOffffffffffffffffffffffffffffffff", "ada");
    api.post("/v1/Channels", &create).refuses(404, 45205);
}

#[test]
fn each_required_parameter_is_missed_by_name() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    for missing in 0..4 {
        let mut create = api.create(&flow, "ada");
        let (name, _) = create.remove(missing);
        let reply = api.post("/v1/Channels", &create).refuses(400, 20001);
        assert_eq!(reply.text("message"), format!("Missing required parameter {name} in the post body"));
    }
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
