//! The second dialect of the Chat service's REST for devices, below `/Client/v2`, and the invites of the first.

use serde_json::{Value, json};

use crate::Probe;
use crate::aim::ada_in_a_chat;
use crate::api::Api;
use crate::device::{Device, Frame};

pub(crate) const PROBES: &[Probe] = &[
    ("aim.invite.create", a_member_invites),
    ("aim.invite.delete", who_is_invited_declines),
    ("aim.invite.unknown", who_is_not_invited_cannot_decline),
    ("aim.v2.configuration", the_second_configuration_keeps_to_its_paths),
    ("aim.v2.channel.create", a_conversation_is_private),
    ("aim.v2.my-channel.update", a_horizon_is_what_was_read),
    ("aim.v2.receipts", nothing_was_delivered),
    ("aim.v2.channel-metadata", a_message_has_no_metadata),
    ("aim.v2.recipients", nothing_was_mailed),
    ("aim.v2.content-templates", there_are_no_templates),
];

fn a_member_invites() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    bob.follow("Maps", "bob.channels");
    let below = format!("/Conversations/{channel}/Invites");
    let invite = ada.aim(&api, "POST", &below, json!({"identity": "bob"}), 201);
    assert_eq!((&invite["identity"], &invite["created_by"]), (&"bob".into(), &"ada".into()), "{invite}");
    let added = bob.hears("map_item_added").payload["events"][0].clone();
    assert_eq!(
        (&added["item_key"], &added["item_data"]["status"]),
        (&channel.clone().into(), &"invited".into())
    );
    // Who is invited sees the channel, and gets in.
    assert_eq!(bob.aim(&api, "GET", &format!("/Conversations/{channel}"), Value::Null, 200)["sid"], channel);
    bob.aim(&api, "POST", &format!("/Conversations/{channel}/Participants"), json!({"identity": "bob"}), 201);
    assert_eq!(bob.hears("map_item_updated").payload["events"][0]["item_data"]["status"], "joined");
}

fn who_is_invited_declines() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    let below = format!("/Conversations/{channel}/Invites");
    ada.aim(&api, "POST", &below, json!({"identity": "bob"}), 201);
    bob.follow("Maps", "bob.channels");
    assert_eq!(ada.aim(&api, "DELETE", &format!("{below}/bob"), Value::Null, 403)["code"], 50107);
    bob.aim(&api, "DELETE", &format!("{below}/bob"), Value::Null, 204);
    assert_eq!(bob.hears("map_item_removed").payload["events"][0]["item_key"], channel);
}

fn who_is_not_invited_cannot_decline() {
    let (api, channel, _ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    let refused = bob.aim(&api, "DELETE", &format!("/Conversations/{channel}/Invites/bob"), Value::Null, 404);
    assert_eq!(refused["code"], 50601);
}

/// A request below `/Client/v2`.
fn ask(device: &mut Device, method: &str, below: &str, body: &str) -> Frame {
    device.request(method, &format!("aim.us1.twilio.com/Client/v2{below}"), body)
}

/// Below a channel of the service.
fn of_channel(api: &Api, channel: &str, below: &str) -> String {
    format!("/Services/{}/Conversations/{channel}{below}", api.credentials().chat_service_sid)
}

/// The SID of a message that Ada posts.
fn said(api: &Api, channel: &str, ada: &mut Device) -> String {
    let sent = ask(ada, "POST", &of_channel(api, channel, "/Messages"), r#"{"body":"hello"}"#);
    assert_eq!(sent.status(), 201, "{sent:?}");
    sent.payload["sid"].as_str().unwrap().to_owned()
}

fn the_second_configuration_keeps_to_its_paths() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let told = ask(&mut ada, "GET", "/Configuration", "").payload;
    assert_eq!(told["identity"], "ada", "{told}");
    for link in ["my_conversations", "conversations", "users", "current_user", "messages_receipts"] {
        let url = told["links"][link].as_str().unwrap_or_default();
        assert!(url.starts_with("https://aim.us1.twilio.com/Client/v2/"), "{link}: {url}");
    }
    let mine = told["links"]["my_conversations"].as_str().unwrap().to_owned();
    let mine = ada.request("GET", &mine, "").payload["conversations"][0].clone();
    for link in ["messages", "participants", "conversation"] {
        let url = mine["links"][link].as_str().unwrap_or_default();
        assert!(url.starts_with("https://aim.us1.twilio.com/Client/v2/"), "{link}: {url}");
    }
}

fn a_conversation_is_private() {
    let (api, _, mut ada) = ada_in_a_chat();
    let below = format!("/Services/{}/Conversations", api.credentials().chat_service_sid);
    let made = ask(&mut ada, "POST", &below, r#"{"friendly_name":"Den"}"#);
    assert_eq!((made.status(), &made.payload["type"]), (201, &"private".into()), "{made:?}");
}

fn a_horizon_is_what_was_read() {
    let (api, channel, mut ada) = ada_in_a_chat();
    said(&api, &channel, &mut ada);
    said(&api, &channel, &mut ada);
    let user = api.get(&api.service("/Users/ada")).text("sid");
    let mine =
        format!("/Services/{}/Users/{user}/Conversations/{channel}", api.credentials().chat_service_sid);
    let moved = ask(&mut ada, "POST", &mine, r#"{"last_read_message_index":0}"#).payload;
    let told = (&moved["last_read_message_index"], &moved["unread_messages_count"]);
    assert_eq!(told, (&0.into(), &1.into()), "{moved}");
    // The other dialect's word means nothing here.
    let kept = ask(&mut ada, "POST", &mine, r#"{"last_consumed_message_index":1}"#).payload;
    assert_eq!(kept["last_read_message_index"], 0, "{kept}");
}

fn nothing_was_delivered() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let message = said(&api, &channel, &mut ada);
    let below = of_channel(&api, &channel, &format!("/Messages/{message}/Receipts"));
    let told = ask(&mut ada, "GET", &below, "");
    assert_eq!((told.status(), &told.payload["delivery_receipts"]), (200, &json!([])), "{told:?}");
    assert_eq!(told.payload["meta"]["next_token"], Value::Null);
}

fn a_message_has_no_metadata() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let message = said(&api, &channel, &mut ada);
    let below = of_channel(&api, &channel, &format!("/Messages/{message}/ChannelMetadata"));
    let told = ask(&mut ada, "GET", &below, "");
    assert_eq!((told.status(), &told.payload["code"]), (404, &50530.into()), "{told:?}");
}

fn nothing_was_mailed() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let told = ask(&mut ada, "GET", &of_channel(&api, &channel, "/MessageRecipients"), "");
    assert_eq!((told.status(), &told.payload["message_recipients"]), (200, &json!([])), "{told:?}");
}

fn there_are_no_templates() {
    let (_api, _, mut ada) = ada_in_a_chat();
    let told = ask(&mut ada, "GET", "/ContentTemplates?PageSize=100", "");
    assert_eq!((told.status(), &told.payload["templates"]), (200, &json!([])), "{told:?}");
}
