//! Members, users, and what a user has of a channel.

use mock_server::{Caps, Config, Limits};

use serde_json::json;

use crate::Probe;
use crate::aim::ada_in_a_chat;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[
    ("chat.member.create", a_member_is_added),
    ("chat.member.create.exists", nobody_is_added_twice),
    ("chat.member.create.limit", a_channel_has_so_many_members),
    ("chat.member.create.parameters", a_members_role_is_a_sid),
    ("chat.member.create.user-limit", a_user_is_in_so_many_channels),
    ("chat.member.fetch", a_member_is_read_by_sid_and_by_identity),
    ("chat.member.list", members_are_listed_all_or_some),
    ("chat.member.unknown", an_unknown_member_is_not_found),
    ("chat.member.update", a_members_horizon_moves),
    ("chat.member.update.empty", a_members_update_must_say_something),
    ("chat.member.update.parameters", a_members_new_role_is_a_sid),
    ("chat.member.delete", a_removed_member_is_gone),
    ("chat.identity.long", an_identity_has_256_characters_at_most),
    ("chat.identity.missing", an_identity_is_not_empty),
    ("chat.identity.reserved", nobody_is_called_system),
    ("chat.identity.sid", an_identity_is_no_sid),
    ("chat.parameter.identity", an_identity_must_be_given),
    ("chat.parameter.date-created", a_date_of_creation_is_a_moment),
    ("chat.parameter.date-updated", a_date_of_change_is_a_moment),
    ("chat.parameter.consumption-timestamp", a_consumption_timestamp_is_a_moment),
    ("chat.parameter.consumed-index", a_consumed_index_is_an_index),
    ("chat.parameter.notification-level", a_notification_level_is_default_or_muted),
    ("chat.user.create", a_user_is_made),
    ("chat.user.create.exists", an_identity_is_had_once),
    ("chat.user.create.parameters", a_users_role_is_a_sid),
    ("chat.user.fetch", a_user_is_read_by_sid_and_by_identity),
    ("chat.user.full", a_mock_holds_so_many_users),
    ("chat.user.list", users_are_listed),
    ("chat.user.reachability", reachability_is_told_of_one_user_at_a_time),
    ("chat.user.unknown", an_unknown_user_is_not_found),
    ("chat.user.update", a_user_is_changed),
    ("chat.user.update.empty", a_users_update_must_say_something),
    ("chat.user.update.parameters", a_users_new_role_is_a_sid),
    ("chat.user.delete", a_deleted_user_is_gone),
    ("chat.user-channel.fetch", what_a_user_has_of_a_channel_is_read),
    ("chat.user-channel.list", a_users_channels_are_listed),
    ("chat.user-channel.unknown", a_channel_one_is_not_in_is_not_found),
    ("chat.user-channel.update", a_channel_is_muted_and_read),
    ("chat.user-channel.update.empty", an_update_of_ones_side_must_say_something),
    ("chat.user-channel.delete", a_user_leaves_a_channel),
];

/// The path of a new channel.
fn channel(api: &Api) -> String {
    let sid = api.post(&api.service("/Channels"), &[]).is(201).text("sid");
    api.service(&format!("/Channels/{sid}"))
}

/// The path of a new channel's members, of which ada is one; and ada's own.
fn with_ada(api: &Api) -> (String, String) {
    let members = format!("{}/Members", channel(api));
    api.post(&members, &[("Identity", "ada")]).is(201);
    (members.clone(), format!("{members}/ada"))
}

fn a_member_is_added() {
    let api = Api::start();
    let members = format!("{}/Members", channel(&api));
    let new = [("Identity", "ada"), ("Attributes", r#"{"member_type":"agent"}"#)];
    let ada = api.post(&members, &new).is(201);
    assert!(ada.text("sid").starts_with("MB"));
    assert_eq!((ada.text("identity"), ada.text("attributes")), ("ada".into(), new[1].1.into()));
    assert!(ada.body["last_consumed_message_index"].is_null());
    api.get(&api.service("/Users/ada")).is(200);
}

fn nobody_is_added_twice() {
    let api = Api::start();
    let (members, _) = with_ada(&api);
    api.post(&members, &[("Identity", "ada")]).refuses(409, 50404);
}

fn a_channel_has_so_many_members() {
    let api = Api::start();
    api.post(&api.service(""), &[("Limits.ChannelMembers", "1")]).is(200);
    let (members, _) = with_ada(&api);
    api.post(&members, &[("Identity", "bob")]).refuses(403, 50403);
}

fn a_members_role_is_a_sid() {
    let api = Api::start();
    let members = format!("{}/Members", channel(&api));
    api.post(&members, &[("Identity", "ada"), ("RoleSid", "nonsense")]).refuses(400, 20001);
}

fn a_user_is_in_so_many_channels() {
    let api = Api::start();
    api.post(&api.service(""), &[("Limits.UserChannels", "1")]).is(200);
    with_ada(&api);
    api.post(&format!("{}/Members", channel(&api)), &[("Identity", "ada")]).refuses(403, 50208);
}

fn a_member_is_read_by_sid_and_by_identity() {
    let api = Api::start();
    let members = format!("{}/Members", channel(&api));
    let ada = api.post(&members, &[("Identity", "ada@shop")]).is(201);
    for name in ["ada%40shop", &ada.text("sid")] {
        assert_eq!(api.get(&format!("{members}/{name}")).is(200).body, ada.body);
    }
}

fn members_are_listed_all_or_some() {
    let api = Api::start();
    let (members, _) = with_ada(&api);
    api.post(&members, &[("Identity", "bob")]).is(201);
    let count = |query: &str| {
        let page = api.get(&format!("{members}{query}")).is(200);
        page.body["members"].as_array().unwrap().len()
    };
    assert_eq!((count(""), count("?Identity=bob&Identity=nobody")), (2, 1));
}

fn an_unknown_member_is_not_found() {
    let api = Api::start();
    let (members, _) = with_ada(&api);
    for name in ["nobody", "MB00000000000000000000000000000000"] {
        api.get(&format!("{members}/{name}")).refuses(404, 20404);
        api.delete(&format!("{members}/{name}")).refuses(404, 20404);
    }
}

fn a_members_horizon_moves() {
    let api = Api::start();
    let (_, ada) = with_ada(&api);
    let after = api.post(&ada, &[("LastConsumedMessageIndex", "3")]).is(200);
    assert_eq!(after.body["last_consumed_message_index"], 3);
    assert_eq!(api.get(&ada).is(200).body, after.body);
}

fn a_members_update_must_say_something() {
    let api = Api::start();
    api.post(&with_ada(&api).1, &[]).refuses(400, 20161);
}

fn a_members_new_role_is_a_sid() {
    let api = Api::start();
    api.post(&with_ada(&api).1, &[("RoleSid", "nonsense")]).refuses(400, 20001);
}

fn a_removed_member_is_gone() {
    let api = Api::start();
    let (_, ada) = with_ada(&api);
    assert!(api.delete(&ada).is(204).body.is_null());
    api.get(&ada).refuses(404, 20404);
    api.delete(&ada).refuses(404, 20404);
}

/// That nobody of this identity can be made, as a user or as a member.
#[track_caller]
fn nobody_is(identity: &str, status: u16, code: u64) {
    let api = Api::start();
    api.post(&api.service("/Users"), &[("Identity", identity)]).refuses(status, code);
    api.post(&format!("{}/Members", channel(&api)), &[("Identity", identity)]).refuses(status, code);
}

fn an_identity_has_256_characters_at_most() {
    let api = Api::start();
    api.post(&api.service("/Users"), &[("Identity", &"\u{e9}".repeat(256))]).is(201);
    nobody_is(&"x".repeat(257), 400, 50207);
}

fn an_identity_is_not_empty() {
    // In a form an empty value is none: only a device can say so.
    let (api, channel, mut ada) = ada_in_a_chat();
    let path = format!("/Conversations/{channel}/Participants");
    let refused = ada.aim(&api, "POST", &path, json!({"identity": ""}), 400);
    assert_eq!(refused["code"], 50204);
}

fn nobody_is_called_system() {
    nobody_is("system", 403, 50203);
}

fn an_identity_is_no_sid() {
    nobody_is("USffffffffffffffffffffffffffffffff", 400, 50206);
}

fn an_identity_must_be_given() {
    let api = Api::start();
    api.post(&api.service("/Users"), &[("FriendlyName", "x")]).refuses(400, 50204);
    api.post(&format!("{}/Members", channel(&api)), &[("RoleSid", "x")]).refuses(400, 50204);
}

fn a_date_of_creation_is_a_moment() {
    let api = Api::start();
    api.post(&api.service("/Channels"), &[("DateCreated", "soon")]).refuses(400, 50308);
    let messages = format!("{}/Messages", channel(&api));
    api.post(&messages, &[("Body", "x"), ("DateCreated", "soon")]).refuses(400, 50308);
}

fn a_date_of_change_is_a_moment() {
    let api = Api::start();
    api.post(&api.service("/Channels"), &[("DateUpdated", "soon")]).refuses(400, 50309);
}

fn a_consumption_timestamp_is_a_moment() {
    let api = Api::start();
    api.post(&with_ada(&api).1, &[("LastConsumptionTimestamp", "soon")]).refuses(400, 50405);
}

fn a_consumed_index_is_an_index() {
    let api = Api::start();
    api.post(&with_ada(&api).1, &[("LastConsumedMessageIndex", "-1")]).refuses(400, 50406);
}

fn a_notification_level_is_default_or_muted() {
    let api = Api::start();
    api.post(&of_ada(&api), &[("NotificationLevel", "loud")]).refuses(400, 50210);
}

fn a_user_is_made() {
    let api = Api::start();
    let new = [("Identity", "ada"), ("FriendlyName", "Ada"), ("Attributes", r#"{"a":1}"#)];
    let ada = api.post(&api.service("/Users"), &new).is(201);
    assert!(ada.text("sid").starts_with("US"));
    assert_eq!((ada.text("identity"), ada.text("friendly_name")), ("ada".into(), "Ada".into()));
    assert_eq!(ada.body["joined_channels_count"], 0);
}

fn an_identity_is_had_once() {
    let api = Api::start();
    api.post(&api.service("/Users"), &[("Identity", "ada")]).is(201);
    api.post(&api.service("/Users"), &[("Identity", "ada")]).refuses(409, 50201);
}

fn a_users_role_is_a_sid() {
    let api = Api::start();
    api.post(&api.service("/Users"), &[("Identity", "ada"), ("RoleSid", "nonsense")]).refuses(400, 20001);
}

/// A new user's path.
fn ada(api: &Api) -> String {
    api.post(&api.service("/Users"), &[("Identity", "ada")]).is(201);
    api.service("/Users/ada")
}

fn a_user_is_read_by_sid_and_by_identity() {
    let api = Api::start();
    let by_identity = api.get(&ada(&api)).is(200);
    assert_eq!(by_identity.text("identity"), "ada");
    let by_sid = api.get(&api.service(&format!("/Users/{}", by_identity.text("sid")))).is(200);
    assert_eq!(by_sid.body, by_identity.body);
}

fn a_mock_holds_so_many_users() {
    let caps = Caps { users: 1, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    ada(&api);
    api.post(&api.service("/Users"), &[("Identity", "bob")]).refuses(503, 20503);
}

fn users_are_listed() {
    let api = Api::start();
    ada(&api);
    let listed = api.get(&api.service("/Users")).is(200);
    assert_eq!(
        (&listed.body["users"][0]["identity"], &listed.body["meta"]["key"]),
        (&"ada".into(), &"users".into())
    );
}

fn reachability_is_told_of_one_user_at_a_time() {
    let api = Api::start();
    let made = api.post(&api.service("/Users"), &[("Identity", "ada")]).is(201);
    assert!(made.body["is_online"].is_null() && made.body["is_notifiable"].is_null());
    api.post(&api.service(""), &[("ReachabilityEnabled", "true")]).is(200);
    assert_eq!(api.get(&api.service("/Users/ada")).is(200).body["is_online"], false);
    assert!(api.get(&api.service("/Users")).is(200).body["users"][0]["is_online"].is_null());
}

fn an_unknown_user_is_not_found() {
    let api = Api::start();
    for name in ["nobody", "US00000000000000000000000000000000"] {
        api.get(&api.service(&format!("/Users/{name}"))).refuses(404, 20404);
        api.get(&api.service(&format!("/Users/{name}/Channels"))).refuses(404, 20404);
    }
}

fn a_user_is_changed() {
    let api = Api::start();
    let path = ada(&api);
    let after = api.post(&path, &[("FriendlyName", "Countess")]).is(200);
    assert_eq!(after.text("friendly_name"), "Countess");
    assert_eq!(api.get(&path).is(200).body, after.body);
}

fn a_users_update_must_say_something() {
    let api = Api::start();
    api.post(&ada(&api), &[]).refuses(400, 20161);
}

fn a_users_new_role_is_a_sid() {
    let api = Api::start();
    api.post(&ada(&api), &[("RoleSid", "nonsense")]).refuses(400, 20001);
}

fn a_deleted_user_is_gone() {
    let api = Api::start();
    let (_, member) = with_ada(&api);
    let path = api.service("/Users/ada");
    assert!(api.delete(&path).is(204).body.is_null());
    api.get(&path).refuses(404, 20404);
    api.delete(&path).refuses(404, 20404);
    api.get(&member).refuses(404, 20404);
}

/// The path of what ada has of a new channel.
fn of_ada(api: &Api) -> String {
    let (members, _) = with_ada(api);
    api.service(&format!("/Users/ada/Channels/{}", members.rsplit('/').nth(1).unwrap()))
}

fn what_a_user_has_of_a_channel_is_read() {
    let api = Api::start();
    let path = of_ada(&api);
    let mine = api.get(&path).is(200);
    assert_eq!(
        (mine.text("channel_sid"), mine.text("status")),
        (path.rsplit('/').next().unwrap().into(), "joined".into())
    );
    assert!(mine.text("member_sid").starts_with("MB"));
}

fn a_users_channels_are_listed() {
    let api = Api::start();
    let mine = api.get(&of_ada(&api)).is(200);
    let listed = api.get(&api.service("/Users/ada/Channels?PageSize=1000")).is(200);
    assert_eq!(listed.body["channels"][0]["channel_sid"], mine.body["channel_sid"]);
    assert_eq!(
        (&listed.body["meta"]["key"], &listed.body["meta"]["page_size"]),
        (&"channels".into(), &50.into())
    );
}

fn a_channel_one_is_not_in_is_not_found() {
    let api = Api::start();
    of_ada(&api);
    let other = channel(&api);
    let path = api.service(&format!("/Users/ada/Channels/{}", other.rsplit('/').next().unwrap()));
    api.get(&path).refuses(404, 20404);
}

fn a_channel_is_muted_and_read() {
    let api = Api::start();
    let path = of_ada(&api);
    let after = api.post(&path, &[("NotificationLevel", "muted"), ("LastConsumedMessageIndex", "0")]).is(200);
    assert_eq!(
        (after.text("notification_level"), &after.body["last_consumed_message_index"]),
        ("muted".into(), &0.into())
    );
    assert_eq!(api.get(&path).is(200).body, after.body);
}

fn an_update_of_ones_side_must_say_something() {
    let api = Api::start();
    api.post(&of_ada(&api), &[]).refuses(400, 20161);
}

fn a_user_leaves_a_channel() {
    let api = Api::start();
    let path = of_ada(&api);
    assert!(api.delete(&path).is(204).body.is_null());
    api.get(&path).refuses(404, 20404);
    let listed = api.get(&api.service("/Users/ada/Channels")).is(200);
    assert_eq!(listed.body["channels"].as_array().map(Vec::len), Some(0));
}
