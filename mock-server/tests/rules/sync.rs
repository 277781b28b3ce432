//! Sync: the objects a device reads, the subscriptions it makes, and the events it hears.

use mock_server::{Caps, Config, Limits};
use serde_json::{Value, json};

use crate::Probe;
use crate::aim::ada_in_a_chat;
use crate::api::Api;
use crate::device::{Device, Frame};

pub(crate) const PROBES: &[Probe] = &[
    ("sync.object", an_object_is_read_by_sid_and_by_name),
    ("sync.object.unknown", an_unknown_object_is_not_found),
    ("sync.object.forbidden", others_objects_are_forbidden),
    ("sync.items", items_are_read_by_key_and_by_pages),
    ("sync.items.token", a_page_token_leads_on),
    ("sync.items.large", a_page_ends_before_it_is_too_long),
    ("sync.subscriptions", a_request_to_subscribe_is_accepted),
    ("sync.subscriptions.batch", too_many_objects_at_once_are_refused),
    ("sync.subscriptions.crowded", a_connection_has_so_many_subscriptions),
    ("sync.subscription.established", a_subscription_is_established_after_its_replay),
    ("sync.subscription.interrupted", a_long_replay_is_interrupted),
    ("sync.subscription.failed", a_subscription_to_nothing_fails),
    ("sync.subscription.full", an_object_has_so_many_subscribers),
    ("sync.subscription.canceled", a_canceled_subscription_is_confirmed),
    ("sync.message.added", a_message_is_told),
    ("sync.message.updated", an_edited_message_is_told),
    ("sync.message.removed", a_deleted_message_is_told),
    ("sync.member.added", a_new_member_is_told),
    ("sync.member.updated", a_moved_horizon_is_told_twice),
    ("sync.member.removed", who_leaves_is_told_and_hears_no_more),
    ("sync.channel.updated", a_changed_channel_is_told),
    ("sync.channel.removed", a_deleted_channel_is_told),
    ("sync.user-info.updated", a_changed_user_is_told),
    ("sync.user.removed", a_deleted_user_is_told),
];

fn an_object_is_read_by_sid_and_by_name() {
    let (_api, channel, mut ada) = ada_in_a_chat();
    let by_name = ada.sync(&format!("/Documents/{channel}.channel"));
    assert_eq!(by_name["unique_name"], format!("{channel}.channel"));
    let sid = by_name["sid"].as_str().unwrap();
    assert_eq!(ada.sync(&format!("/Documents/{sid}")), by_name);
    let roster = ada.sync(&format!("/Maps/{channel}.roster?Include=items"));
    assert_eq!(roster["items"][0]["data"]["identity"], "ada");
    assert!(ada.sync(&format!("/Maps/{channel}.roster")).get("items").is_none());
}

#[track_caller]
fn refused(device: &mut Device, below: &str, status: u64, code: u64) {
    let answer = device.request("GET", &format!("cds.us1.twilio.com/v3{below}"), "");
    assert_eq!((answer.status(), &answer.payload["code"]), (status, &code.into()), "{below}: {answer:?}");
}

fn an_unknown_object_is_not_found() {
    let (_api, _, mut ada) = ada_in_a_chat();
    refused(&mut ada, "/Documents/CH00000000000000000000000000000000.channel", 404, 54100);
    refused(&mut ada, "/Lists/CH00000000000000000000000000000000.messages", 404, 54150);
    refused(&mut ada, "/Maps/nobody.channels", 404, 54200);
}

fn others_objects_are_forbidden() {
    let (api, channel, _ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    refused(&mut bob, &format!("/Documents/{channel}.channel"), 403, 54007);
    refused(&mut bob, "/Maps/ada.channels", 403, 54007);
}

/// Where messages are posted.
fn messages(api: &Api, channel: &str) -> String {
    api.service(&format!("/Channels/{channel}/Messages"))
}

/// So many messages, as long as said; the list's path below `/v3`.
fn list_of(api: &Api, channel: &str, count: usize, length: usize) -> String {
    let body = format!("Body={}", "x".repeat(length));
    assert_eq!(api.repeat(count, "POST", &messages(api, channel), &body), count);
    format!("/Lists/{channel}.messages")
}

fn indexes(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|item| item["index"].as_u64().unwrap()).collect()
}

fn items_are_read_by_key_and_by_pages() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let list = list_of(&api, &channel, 5, 3);
    assert_eq!(indexes(&ada.sync(&format!("{list}/Items?Index=3"))), [3]);
    assert_eq!(indexes(&ada.sync(&format!("{list}/Items?From=1&PageSize=2&Order=asc"))), [1, 2]);
    assert_eq!(indexes(&ada.sync(&format!("{list}/Items?PageSize=3&Order=desc"))), [4, 3, 2]);
    let mine = ada.sync(&format!("/Maps/ada.channels/Items?Key={channel}"));
    assert_eq!(mine["items"][0]["data"]["channel"], format!("{channel}.channel"));
}

fn a_page_token_leads_on() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let list = list_of(&api, &channel, 5, 3);
    let first = ada.sync(&format!("{list}/Items?PageSize=2&Order=desc"));
    let next = first["meta"]["next_token"].as_str().unwrap();
    assert_eq!(indexes(&ada.sync(&format!("{list}/Items?PageToken={next}"))), [2, 1]);
    refused(&mut ada, &format!("{list}/Items?PageToken=nonsense"), 400, 20001);
}

fn a_page_ends_before_it_is_too_long() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let list = list_of(&api, &channel, 40, 30_000);
    let page = ada.sync(&format!("{list}/Items?PageSize=100&Order=asc"));
    let (held, next) = (indexes(&page), page["meta"]["next_token"].as_str());
    assert!(held.len() < 40 && page.to_string().len() < 1_200_000, "{} items", held.len());
    let rest = ada.sync(&format!("{list}/Items?PageToken={}", next.expect("more")));
    assert_eq!(indexes(&rest).first(), held.last().map(|last| last + 1).as_ref());
}

fn subscription(sid: &Value, kind: &str, seen: i64) -> Value {
    json!([{"object_sid": sid, "object_type": kind, "last_event_id": seen}])
}

fn a_request_to_subscribe_is_accepted() {
    let (_api, channel, mut ada) = ada_in_a_chat();
    let document = ada.sync(&format!("/Documents/{channel}.channel"));
    let answer = ada.subscriptions("establish", subscription(&document["sid"], "document", -1));
    assert_eq!((answer.status(), &answer.payload["max_batch_size"]), (202, &1000.into()));
    ada.hears("subscription_established");
    let answer = ada.subscriptions("cancel", subscription(&document["sid"], "document", -1));
    assert_eq!((answer.status(), &answer.payload["max_batch_size"]), (202, &1000.into()));
}

fn too_many_objects_at_once_are_refused() {
    let (_api, channel, mut ada) = ada_in_a_chat();
    let sid = ada.sync(&format!("/Documents/{channel}.channel"))["sid"].clone();
    let one = json!({"object_sid": sid, "object_type": "document", "last_event_id": -1});
    let answer = ada.subscriptions("establish", vec![one; 1001].into());
    assert_eq!((answer.status(), &answer.payload["code"]), (400, &54009.into()));
}

fn bounded(caps: Caps) -> (Api, String, Device) {
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let channel = api.open("ada");
    let ada = Device::login(&api, "ada");
    (api, channel, ada)
}

/// What came of a subscription that must have failed: status and code.
fn failure(frames: &[Frame]) -> (u64, u64) {
    let failed = frames.iter().find(|frame| frame.kind() == "subscription_failed").expect("a failure");
    let error = &failed.payload["events"][0]["error"];
    (error["status"].as_u64().unwrap(), error["code"].as_u64().unwrap())
}

fn a_connection_has_so_many_subscriptions() {
    let (_api, channel, mut ada) = bounded(Caps { subscriptions_per_connection: 1, ..Caps::default() });
    ada.follow("Documents", &format!("{channel}.channel"));
    let list = ada.sync(&format!("/Lists/{channel}.messages"));
    let outcome = ada.subscribe(subscription(&list["sid"], "list", -1));
    assert_eq!(failure(&outcome), (503, 20503));
}

fn a_subscription_is_established_after_its_replay() {
    let (api, channel, mut ada) = ada_in_a_chat();
    list_of(&api, &channel, 2, 3);
    let list = ada.sync(&format!("/Lists/{channel}.messages"));
    let frames = ada.subscribe(subscription(&list["sid"], "list", -1));
    let kinds: Vec<&str> = frames.iter().map(Frame::kind).collect();
    assert_eq!(kinds, ["list_item_added", "list_item_added", "subscription_established"]);
    let established = &frames[2].payload["events"][0];
    assert_eq!(established["replay_status"], "completed");
    assert_eq!(established["last_event_id"], list["last_event_id"]);
    assert_eq!(frames[2].payload["correlation_id"], 77);
}

fn a_long_replay_is_interrupted() {
    let (api, channel, mut ada) = ada_in_a_chat();
    list_of(&api, &channel, 45, 30_000);
    let list = ada.sync(&format!("/Lists/{channel}.messages"));
    let frames = ada.subscribe(subscription(&list["sid"], "list", -1));
    let established = &frames.last().unwrap().payload["events"][0];
    assert_eq!(established["replay_status"], "interrupted");
    // The client asks again from there.
    let again =
        ada.subscribe(subscription(&list["sid"], "list", established["last_event_id"].as_i64().unwrap()));
    assert_eq!(again.last().unwrap().payload["events"][0]["replay_status"], "completed");
    assert_eq!(frames.len() + again.len(), 45 + 2);
}

fn a_subscription_to_nothing_fails() {
    let (api, channel, _ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    let nothing = subscription(&"MP00000000000000000000000000000000".into(), "map", -1);
    assert_eq!(failure(&bob.subscribe(nothing)), (404, 54200));
    let mut ada = Device::login(&api, "ada");
    let theirs = ada.sync(&format!("/Documents/{channel}.channel"));
    assert_eq!(failure(&bob.subscribe(subscription(&theirs["sid"], "document", -1))), (403, 54007));
}

fn an_object_has_so_many_subscribers() {
    let (api, channel, mut ada) = bounded(Caps { subscribers_per_object: 1, ..Caps::default() });
    let mut second = Device::login(&api, "ada");
    let name = format!("{channel}.messages");
    ada.follow("Lists", &name);
    let list = second.sync(&format!("/Lists/{name}"));
    assert_eq!(failure(&second.subscribe(subscription(&list["sid"], "list", -1))), (503, 20503));
}

fn a_canceled_subscription_is_confirmed() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let sid = ada.follow("Lists", &format!("{channel}.messages"));
    ada.subscriptions("cancel", subscription(&sid.clone().into(), "list", -1));
    let canceled = ada.hears("subscription_canceled");
    assert_eq!(canceled.payload["events"][0]["object_sid"], sid);
    list_of(&api, &channel, 1, 3);
    // What is told would have come before this answer.
    ada.sync(&format!("/Lists/{channel}.messages"));
    assert_eq!(ada.heard_kinds(), Vec::<String>::new());
}

/// The data of the one item of an event.
fn item(frame: &Frame) -> &Value {
    &frame.payload["events"][0]["item_data"]
}

fn a_message_is_told() {
    let (api, channel, mut ada) = ada_in_a_chat();
    ada.follow("Lists", &format!("{channel}.messages"));
    ada.follow("Documents", &format!("{channel}.channel"));
    let new = [("From", "agent"), ("Body", "hello")];
    let posted = api.post(&messages(&api, &channel), &new).is(201);
    let added = ada.hear();
    assert_eq!(
        (added.kind(), &added.head["message_type"]),
        ("list_item_added", &"com.twilio.rtd.cds.list".into())
    );
    assert_eq!((&item(&added)["text"], &item(&added)["author"]), (&"hello".into(), &"agent".into()));
    assert_eq!(item(&added)["sid"], posted.text("sid"));
    assert_eq!(ada.hear().kind(), "document_updated");
}

fn an_edited_message_is_told() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let sid = api.post(&messages(&api, &channel), &[("Body", "helo")]).is(201).text("sid");
    ada.follow("Lists", &format!("{channel}.messages"));
    api.post(&format!("{}/{sid}", messages(&api, &channel)), &[("Body", "hello")]).is(200);
    assert_eq!(item(&ada.hears("list_item_updated"))["text"], "hello");
}

fn a_deleted_message_is_told() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let sid = api.post(&messages(&api, &channel), &[("Body", "hello")]).is(201).text("sid");
    ada.follow("Lists", &format!("{channel}.messages"));
    api.delete(&format!("{}/{sid}", messages(&api, &channel))).is(204);
    assert_eq!(ada.hears("list_item_removed").payload["events"][0]["item_index"], 0);
}

fn a_new_member_is_told() {
    let (api, channel, mut ada) = ada_in_a_chat();
    let mut agent = Device::login(&api, "agent");
    ada.follow("Maps", &format!("{channel}.roster"));
    agent.follow("Maps", "agent.channels");
    api.post(&api.service(&format!("/Channels/{channel}/Members")), &[("Identity", "agent")]).is(201);
    assert_eq!(item(&ada.hears("map_item_added"))["identity"], "agent");
    assert_eq!(item(&agent.hears("map_item_added"))["channel"], format!("{channel}.channel"));
}

fn a_moved_horizon_is_told_twice() {
    let (api, channel, mut ada) = ada_in_a_chat();
    list_of(&api, &channel, 1, 3);
    ada.follow("Maps", &format!("{channel}.roster"));
    ada.follow("Maps", "ada.channels");
    let moved = json!({"last_consumed_message_index": 0});
    ada.aim(&api, "POST", &format!("/Users/ada/Conversations/{channel}"), moved, 200);
    let told = [ada.hears("map_item_updated"), ada.hears("map_item_updated")];
    assert!(told.iter().all(|frame| item(frame)["lastConsumedMessageIndex"] == 0), "{told:?}");
    let keys = told.each_ref().map(|frame| frame.payload["events"][0]["item_key"].as_str().unwrap());
    assert!(
        keys.contains(&&*channel) && keys[0] != keys[1],
        "one on the roster, one on her channels: {keys:?}"
    );
}

fn who_leaves_is_told_and_hears_no_more() {
    let (api, channel, mut ada) = ada_in_a_chat();
    ada.follow("Maps", "ada.channels");
    ada.follow("Lists", &format!("{channel}.messages"));
    api.delete(&api.service(&format!("/Channels/{channel}/Members/ada"))).is(204);
    assert_eq!(ada.hears("map_item_removed").payload["events"][0]["item_key"], channel);
    list_of(&api, &channel, 1, 3);
    ada.sync("/Maps/ada.channels");
    assert_eq!(ada.heard_kinds(), Vec::<String>::new());
}

fn a_changed_channel_is_told() {
    let (api, channel, mut ada) = ada_in_a_chat();
    ada.follow("Documents", &format!("{channel}.channel"));
    api.post(&api.service(&format!("/Channels/{channel}")), &[("FriendlyName", "New name")]).is(200);
    let told = ada.hears("document_updated");
    assert_eq!(told.payload["events"][0]["document_data"]["friendlyName"], "New name");
}

fn a_deleted_channel_is_told() {
    let (api, channel, mut ada) = ada_in_a_chat();
    for (collection, name) in [("Documents", "channel"), ("Lists", "messages"), ("Maps", "roster")] {
        ada.follow(collection, &format!("{channel}.{name}"));
    }
    ada.follow("Maps", "ada.channels");
    api.delete(&api.service(&format!("/Channels/{channel}"))).is(204);
    let mut told: Vec<String> = (0..4).map(|_| ada.hear_change().kind().to_owned()).collect();
    told.sort_unstable();
    assert_eq!(told, ["document_removed", "list_removed", "map_item_removed", "map_removed"]);
}

fn a_changed_user_is_told() {
    let (api, _, mut ada) = ada_in_a_chat();
    let user = api.get(&api.service("/Users/ada")).is(200).text("sid");
    ada.follow("Maps", &format!("{user}.info"));
    api.post(&api.service("/Users/ada"), &[("FriendlyName", "Ada L.")]).is(200);
    assert_eq!(ada.hear_change().payload["events"][0]["item_key"], "friendlyName");
}

fn a_deleted_user_is_told() {
    let (api, _, _ada) = ada_in_a_chat();
    let mut bob = Device::login(&api, "bob");
    let user = api.get(&api.service("/Users/ada")).is(200).text("sid");
    bob.follow("Maps", &format!("{user}.info"));
    api.delete(&api.service("/Users/ada")).is(204);
    bob.hears("map_removed");
}
