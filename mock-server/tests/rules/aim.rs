//! The Chat service's REST for devices, through the socket's tunnel.

use serde_json::{Value, json};

use crate::Probe;
use crate::api::Api;
use crate::device::Device;

pub(crate) const PROBES: &[Probe] = &[
    ("aim.configuration", the_configuration_says_who_one_is),
    ("aim.service", another_services_paths_are_forbidden),
    ("aim.channel", a_channel_is_read_by_sid_and_by_name),
    ("aim.channel.create", a_device_makes_a_channel),
    ("aim.channel.update", a_member_renames_the_channel),
    ("aim.channel.delete", who_made_a_channel_deletes_it),
    ("aim.channel.list", public_channels_are_listed),
    ("aim.channel.unknown", an_unknown_channel_is_not_found),
    ("aim.my-channels", ones_own_channels_are_listed),
    ("aim.my-channel", ones_own_side_of_a_channel_is_read),
    ("aim.my-channel.update", a_horizon_moves),
    ("aim.member", a_member_is_read_by_sid_and_by_identity),
    ("aim.member.create", who_made_a_channel_joins_and_adds_others),
    ("aim.member.update", ones_own_attributes_change),
    ("aim.member.delete", one_leaves_and_removes_others),
    ("aim.member.unknown", an_unknown_member_is_not_found),
    ("aim.message", a_message_is_read),
    ("aim.message.create", a_message_is_posted_as_oneself),
    ("aim.message.update", ones_own_message_is_edited),
    ("aim.message.delete", ones_own_message_is_deleted),
    ("aim.message.unknown", an_unknown_message_is_not_found),
    ("aim.mutation.repeated", the_same_mutation_is_made_once),
    ("aim.not-a-member", who_is_no_member_may_not_read),
    ("aim.not-allowed", others_things_are_theirs),
    ("aim.typing", typing_is_answered_with_the_timeout),
    ("aim.user", a_user_is_read_by_sid_and_by_identity),
    ("aim.user.list", the_users_of_a_channel_are_listed),
    ("aim.user.unknown", an_unknown_user_is_not_found),
    ("aim.user.update", one_changes_oneself),
];

/// Ada, logged in, in a Flex Channel of her own.
pub(crate) fn ada_in_a_chat() -> (Api, String, Device) {
    let api = Api::start();
    let channel = api.open("ada");
    let ada = Device::login(&api, "ada");
    (api, channel, ada)
}

/// A channel that the device makes and joins.
fn den(api: &Api, device: &mut Device, identity: &str, kind: &str) -> String {
    let den = json!({"type": kind, "unique_name": format!("{identity}'s den"), "attributes": "{}"});
    let sid = text(&device.aim(api, "POST", "/Conversations", den, 201), "sid");
    device.aim(
        api,
        "POST",
        &format!("/Conversations/{sid}/Participants"),
        json!({"identity": identity}),
        201,
    );
    sid
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

fn the_configuration_says_who_one_is() {
    let (api, _, mut ada) = ada_in_a_chat();
    let configuration = ada.request("GET", "aim.us1.twilio.com/Client/v1/Configuration", "");
    assert_eq!(configuration.status(), 200);
    let configuration = configuration.payload;
    assert_eq!(
        (&configuration["identity"], &configuration["sync_objects"]["my_conversations"]),
        (&"ada".into(), &"ada.channels".into())
    );
    let service = api.credentials().chat_service_sid.to_string();
    assert!(
        text(&configuration["links"], "conversations")
            .ends_with(&format!("/Services/{service}/Conversations"))
    );
}

fn another_services_paths_are_forbidden() {
    let (_api, channel, mut ada) = ada_in_a_chat();
    let url = "aim.us1.twilio.com/Client/v1/Services/IS00000000000000000000000000000000";
    let refused = ada.request("GET", &format!("{url}/Conversations/{channel}"), "");
    assert_eq!((refused.status(), &refused.payload["code"]), (403, &50107.into()));
}

fn a_channel_is_read_by_sid_and_by_name() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let sid = den(&api, &mut ada, "ada", "private");
    for name in [&*sid, "ada%27s%20den"] {
        let channel = ada.aim(&api, "GET", &format!("/Conversations/{name}"), Value::Null, 200);
        assert_eq!((&channel["sid"], &channel["participants_count"]), (&sid.clone().into(), &1.into()));
        assert_eq!(channel["messages_count"], 0);
    }
}

fn a_device_makes_a_channel() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let new = json!({"type": "public", "friendly_name": "Den", "attributes": "{\"a\":1}"});
    let made = ada.aim(&api, "POST", "/Conversations", new, 201);
    assert_eq!((text(&made, "created_by"), text(&made, "friendly_name")), ("ada".into(), "Den".into()));
    let seen = api.get(&api.service(&format!("/Channels/{}", text(&made, "sid")))).is(200);
    assert_eq!((seen.text("type"), seen.text("attributes")), ("public".into(), "{\"a\":1}".into()));
}

fn a_member_renames_the_channel() {
    let (api, channel, mut ada) = ada_in_a_chat();
    ada.follow("Documents", &format!("{channel}.channel"));
    let path = format!("/Conversations/{channel}");
    let after = ada.aim(&api, "POST", &path, json!({"friendly_name": "New name"}), 200);
    assert_eq!(text(&after, "friendly_name"), "New name");
    let event = ada.hears("document_updated");
    assert_eq!(event.payload["events"][0]["document_data"]["friendlyName"], "New name");
}

fn who_made_a_channel_deletes_it() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let path = format!("/Conversations/{}", den(&api, &mut ada, "ada", "private"));
    ada.aim(&api, "DELETE", &path, Value::Null, 204);
    ada.aim(&api, "GET", &path, Value::Null, 404);
}

fn public_channels_are_listed() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let public = den(&api, &mut ada, "ada", "public");
    let mut bob = Device::login(&api, "bob");
    den(&api, &mut bob, "bob", "private");
    let listed = bob.aim(&api, "GET", "/Conversations", Value::Null, 200);
    assert_eq!(listed["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed["conversations"][0]["sid"], &listed["meta"]["next_token"]),
        (&public.into(), &Value::Null)
    );
}

/// Asserts a refusal: method, path, status, code.
fn refuses(api: &Api, device: &mut Device, method: &str, below: &str, status: u64, code: u64) {
    let body = if method == "POST" { json!({"body": "x"}) } else { Value::Null };
    let refused = device.aim(api, method, below, body, status);
    assert_eq!(refused["code"], code, "{below}: {refused}");
}

fn an_unknown_channel_is_not_found() {
    let (api, _, mut ada) = ada_in_a_chat();
    for below in ["/Conversations/nowhere", "/Conversations/CH00000000000000000000000000000000"] {
        refuses(&api, &mut ada, "GET", below, 404, 50300);
    }
}

fn ones_own_channels_are_listed() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let mine = ada.aim(&api, "GET", "/Users/ada/Conversations", Value::Null, 200);
    assert_eq!(mine["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(mine["conversations"][0]["conversation_sid"], channel);
    let second = api.post("/v1/Channels", &api.create(&api.credentials().studio_flow_sid.to_string(), "ada"));
    let second = second.is(201).text("sid");
    let page = ada.aim(&api, "GET", "/Users/ada/Conversations?PageSize=1", Value::Null, 200);
    let next = format!("/Users/ada/Conversations?PageSize=1&PageToken={}", text(&page["meta"], "next_token"));
    let rest = ada.aim(&api, "GET", &next, Value::Null, 200);
    let mut found = [page, rest].map(|page| text(&page["conversations"][0], "conversation_sid"));
    found.sort_unstable();
    let mut both = [channel, second];
    both.sort_unstable();
    assert_eq!(found, both);
}

fn ones_own_side_of_a_channel_is_read() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let mine = ada.aim(&api, "GET", &format!("/Users/ada/Conversations/{channel}"), Value::Null, 200);
    assert_eq!((&mine["conversation_sid"], &mine["status"]), (&channel.into(), &"joined".into()));
    assert_eq!(mine["last_consumed_message_index"], Value::Null);
}

fn a_horizon_moves() {
    let (api, channel, mut ada) = ada_in_a_chat();
    says(&api, &channel, "agent");
    says(&api, &channel, "agent");
    let path = format!("/Users/ada/Conversations/{channel}");
    let read = ada.aim(&api, "POST", &path, json!({"last_consumed_message_index": 0}), 200);
    assert_eq!(
        (&read["last_consumed_message_index"], &read["unread_messages_count"]),
        (&0.into(), &1.into())
    );
    let quiet = ada.aim(&api, "POST", &path, json!({"notification_level": "muted"}), 200);
    assert_eq!(quiet["notification_level"], "muted");
    let none = ada.aim(&api, "POST", &path, json!({"last_consumed_message_index": null}), 200);
    assert_eq!(none["last_consumed_message_index"], Value::Null);
}

/// A message by REST: its SID.
fn says(api: &Api, channel: &str, from: &str) -> String {
    let path = api.service(&format!("/Channels/{channel}/Messages"));
    api.post(&path, &[("From", from), ("Body", "hello")]).is(201).text("sid")
}

fn participants(channel: &str) -> String {
    format!("/Conversations/{channel}/Participants")
}

fn a_member_is_read_by_sid_and_by_identity() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let member = ada.aim(&api, "GET", &format!("{}/ada", participants(&channel)), Value::Null, 200);
    assert_eq!(member["identity"], "ada");
    let sid = text(&member, "sid");
    assert_eq!(ada.aim(&api, "GET", &format!("{}/{sid}", participants(&channel)), Value::Null, 200), member);
}

fn who_made_a_channel_joins_and_adds_others() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let den = den(&api, &mut ada, "ada", "private");
    let bob = ada.aim(&api, "POST", &participants(&den), json!({"identity": "bob smith"}), 201);
    assert_eq!((text(&bob, "identity"), text(&bob, "sid").len()), ("bob smith".into(), 34));
    let members = api.get(&api.service(&format!("/Channels/{den}/Members"))).is(200);
    assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
}

fn ones_own_attributes_change() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let path = format!("{}/ada", participants(&channel));
    let after = ada.aim(&api, "POST", &path, json!({"attributes": "{\"mood\":\"good\"}"}), 200);
    let seen: Value = match &after["attributes"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        seen => seen.clone(),
    };
    assert_eq!(seen["mood"], "good");
}

fn one_leaves_and_removes_others() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let path = participants(&den(&api, &mut ada, "ada", "private"));
    ada.aim(&api, "POST", &path, json!({"identity": "bob smith"}), 201);
    ada.aim(&api, "DELETE", &format!("{path}/bob%20smith"), Value::Null, 204);
    ada.aim(&api, "GET", &format!("{path}/bob%20smith"), Value::Null, 404);
    ada.aim(&api, "DELETE", &format!("{path}/ada"), Value::Null, 204);
    ada.aim(&api, "GET", &format!("{path}/ada"), Value::Null, 403);
}

fn an_unknown_member_is_not_found() {
    let (api, channel, mut ada) = ada_in_a_chat();
    refuses(&api, &mut ada, "GET", &format!("{}/nobody", participants(&channel)), 404, 50402);
}

fn messages(channel: &str) -> String {
    format!("/Conversations/{channel}/Messages")
}

fn a_message_is_read() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let sid = says(&api, &channel, "agent");
    let message = ada.aim(&api, "GET", &format!("{}/{sid}", messages(&channel)), Value::Null, 200);
    assert_eq!((text(&message, "body"), text(&message, "author")), ("hello".into(), "agent".into()));
}

fn a_message_is_posted_as_oneself() {
    let (api, channel, mut ada) = ada_in_a_chat();
    for index in 0..2 {
        let new = json!({"body": "hi", "attributes": "{}"});
        let sent = ada.aim(&api, "POST", &messages(&channel), new, 201);
        assert_eq!((&sent["index"], text(&sent, "author")), (&index.into(), "ada".into()));
    }
    let read = api.get(&api.service(&format!("/Channels/{channel}/Messages"))).is(200);
    assert_eq!(read.body["messages"][1]["body"], "hi");
}

fn ones_own_message_is_edited() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let path = format!("{}/{}", messages(&channel), says(&api, &channel, "ada"));
    ada.follow("Lists", &format!("{channel}.messages"));
    let after = ada.aim(&api, "POST", &path, json!({"body": "better"}), 200);
    assert_eq!(text(&after, "body"), "better");
    assert_eq!(ada.hears("list_item_updated").payload["events"][0]["item_data"]["text"], "better");
}

fn ones_own_message_is_deleted() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let path = format!("{}/{}", messages(&channel), says(&api, &channel, "ada"));
    ada.follow("Lists", &format!("{channel}.messages"));
    ada.aim(&api, "DELETE", &path, Value::Null, 204);
    ada.hears("list_item_removed");
    refuses(&api, &mut ada, "GET", &path, 404, 50500);
}

fn an_unknown_message_is_not_found() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let path = format!("{}/IM00000000000000000000000000000000", messages(&channel));
    refuses(&api, &mut ada, "GET", &path, 404, 50500);
    refuses(&api, &mut ada, "GET", &format!("{}/nothing", messages(&channel)), 404, 50500);
}

fn the_same_mutation_is_made_once() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let service = api.credentials().chat_service_sid;
    let url = format!("aim.us1.twilio.com/Client/v1/Services/{service}{}", messages(&channel));
    let id = json!({"X-Twilio-Mutation-Id": "aee194af-bca1-4260-ae5c-0ebf41f863eb"});
    let first = ada.request_with("POST", &url, r#"{"body":"once"}"#, id.clone());
    assert_eq!(first.status(), 201);
    // On another line, too.
    let mut ada = Device::login(&api, "ada");
    let again = ada.request_with("POST", &url, r#"{"body":"once"}"#, id);
    assert_eq!(again.status(), 202);
    assert_eq!(again.payload["resource_sid"], first.payload["sid"]);
    let read = ada.request("GET", &text(&again.payload, "resource_url"), "");
    assert_eq!((read.status(), &read.payload["body"]), (200, &"once".into()));
    let read = api.get(&api.service(&format!("/Channels/{channel}"))).is(200);
    assert_eq!(read.body["messages_count"], 1);
}

fn who_is_no_member_may_not_read() {
    let (api, channel, _ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    refuses(&api, &mut bob, "GET", &format!("/Conversations/{channel}"), 403, 50400);
    refuses(&api, &mut bob, "POST", &messages(&channel), 403, 50400);
}

fn others_things_are_theirs() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let theirs = format!("{}/{}", messages(&channel), says(&api, &channel, "agent"));
    refuses(&api, &mut ada, "POST", &theirs, 403, 50107);
    refuses(&api, &mut ada, "DELETE", &theirs, 403, 50107);
    refuses(&api, &mut ada, "DELETE", &format!("/Conversations/{channel}"), 403, 50107);
}

fn typing_is_answered_with_the_timeout() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let answer = ada.types(&api, &channel);
    assert_eq!((answer.status(), answer.payload), (200, json!({"typing_timeout": 5})));
}

fn a_user_is_read_by_sid_and_by_identity() {
    let (api, _, mut ada) = ada_in_a_chat();
    let user = ada.aim(&api, "GET", "/Users/ada", Value::Null, 200);
    assert_eq!((&user["identity"], &user["is_online"]), (&"ada".into(), &true.into()));
    let again = ada.aim(&api, "GET", &format!("/Users/{}", text(&user, "sid")), Value::Null, 200);
    assert_eq!(again["identity"], "ada");
}

fn the_users_of_a_channel_are_listed() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let listed = ada.aim(&api, "GET", &format!("/Users?ConversationSid={channel}"), Value::Null, 200);
    assert_eq!(listed["users"].as_array().unwrap().len(), 1);
    assert_eq!(listed["users"][0]["identity"], "ada");
}

fn an_unknown_user_is_not_found() {
    let (api, _, mut ada) = ada_in_a_chat();
    refuses(&api, &mut ada, "GET", "/Users/nobody", 404, 50200);
}

fn one_changes_oneself() {
    let (api, _, mut ada) = ada_in_a_chat();
    let configuration = ada.request("GET", "aim.us1.twilio.com/Client/v1/Configuration", "").payload;
    ada.follow("Maps", &text(&configuration["sync_objects"], "my_user_info"));
    let after = ada.aim(&api, "POST", "/Users/ada", json!({"friendly_name": "Ada L."}), 200);
    assert_eq!(text(&after, "friendly_name"), "Ada L.");
    assert_eq!(ada.hears("map_item_updated").payload["events"][0]["item_key"], "friendlyName");
}
