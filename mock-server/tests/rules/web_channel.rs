//! `/v1/WebChannels`.

use serde_json::{Value, json};

use crate::Probe;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[
    ("flex.web-channel.create", a_web_channel_is_made_read_listed_and_deleted),
    ("flex.web-channel.fetch", a_web_channel_is_made_read_listed_and_deleted),
    ("flex.web-channel.list", a_web_channel_is_made_read_listed_and_deleted),
    ("flex.web-channel.delete", a_web_channel_is_made_read_listed_and_deleted),
    ("flex.web-channel.unknown", a_web_channel_is_made_read_listed_and_deleted),
    ("flex.web-channel.create.parameters", a_create_needs_all_that_is_required),
    ("flex.web-channel.create.not-web", a_flow_of_another_type_is_taken_as_a_guess),
    ("flex.web-channel.update", a_web_channel_is_ended_and_spoken_of),
    ("flex.web-channel.update.parameters", a_web_channel_is_ended_and_spoken_of),
    ("flex.web-channel.update.inactive", a_web_channel_is_ended_and_spoken_of),
    ("flex.web-channel.update.post-engagement", a_web_channel_is_ended_and_spoken_of),
];

const CHANNELS: &str = "/v1/WebChannels";

/// A flow for the web.
fn flow(api: &Api) -> String {
    let service = api.credentials().chat_service_sid.to_string();
    let studio = api.credentials().studio_sid.to_string();
    let new = [
        ("FriendlyName", "Web"),
        ("ChatServiceSid", service.as_str()),
        ("ChannelType", "web"),
        ("Integration.FlowSid", studio.as_str()),
    ];
    api.post("/v1/FlexFlows", &new).is(201).text("sid")
}

fn create<'a>(flow: &'a str, identity: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("FlexFlowSid", flow),
        ("Identity", identity),
        ("CustomerFriendlyName", "Ada"),
        ("ChatFriendlyName", "Chat with Ada"),
        ("PreEngagementData", r#"{"topic":"shoes"}"#),
    ]
}

/// The Chat channel's attributes.
fn attributes(api: &Api, sid: &str) -> Value {
    let channel = api.get(&api.service(&format!("/Channels/{sid}"))).is(200);
    serde_json::from_str(&channel.text("attributes")).unwrap()
}

fn a_web_channel_is_made_read_listed_and_deleted() {
    let api = Api::start();
    let flow = flow(&api);
    let made = api.post(CHANNELS, &create(&flow, "ada")).is(201);
    assert!(!made.headers.contains_key("x-mock-basis"));
    let sid = made.text("sid");
    let one = format!("{CHANNELS}/{sid}");
    assert_eq!(made.text("url"), format!("{}{one}", api.mock.url()));
    assert_eq!(made.body.as_object().unwrap().len(), 6);
    assert_eq!(attributes(&api, &sid)["channel_type"], "web");
    assert_eq!(attributes(&api, &sid)["pre_engagement_data"]["topic"], "shoes");
    assert_eq!(api.post(CHANNELS, &create(&flow, "ada")).is(201).text("sid"), sid, "it is still active");
    assert_eq!(api.get(&one).is(200).body, made.body);
    assert_eq!(api.get(CHANNELS).is(200).body["flex_chat_channels"], json!([made.body]));
    assert_eq!(api.get("/v1/Channels").is(200).body["flex_chat_channels"], json!([]));
    let flex = api.open("ada");
    api.get(&format!("{CHANNELS}/{flex}")).refuses(404, 20404);
    api.delete(&one).is(204);
    api.get(&one).refuses(404, 20404);
}

fn a_create_needs_all_that_is_required() {
    let api = Api::start();
    let flow = flow(&api);
    for missing in 0..4 {
        let mut some = create(&flow, "ada").to_vec();
        some.remove(missing);
        api.post(CHANNELS, &some).refuses(400, 20001);
    }
}

fn a_flow_of_another_type_is_taken_as_a_guess() {
    let api = Api::start();
    let flow = api.credentials().flex_flow_sid.to_string();
    let made = api.post(CHANNELS, &create(&flow, "ada")).is(201);
    assert_eq!(made.headers["x-mock-basis"], "inferred");
}

fn a_web_channel_is_ended_and_spoken_of() {
    let api = Api::start();
    let flow = flow(&api);
    let sid = api.post(CHANNELS, &create(&flow, "ada")).is(201).text("sid");
    let one = format!("{CHANNELS}/{sid}");
    api.post(&one, &[("PostEngagementData", r#"{"stars":5}"#)]).is(200);
    assert_eq!(attributes(&api, &sid)["post_engagement_data"]["stars"], 5);
    assert_eq!(attributes(&api, &sid)["status"], "ACTIVE");
    assert_eq!(api.post(&one, &[("ChatStatus", "inactive")]).is(200).text("sid"), sid);
    assert_eq!(attributes(&api, &sid)["status"], "INACTIVE");
    api.post(&one, &[("ChatStatus", "asleep")]).refuses(400, 20001);
    assert_ne!(api.post(CHANNELS, &create(&flow, "ada")).is(201).text("sid"), sid);
}
