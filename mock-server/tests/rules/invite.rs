//! Invites.

use mock_server::{Caps, Config, Limits};
use serde_json::{Value, json};

use crate::Probe;
use crate::api::Api;
use crate::device::Device;

pub(crate) const PROBES: &[Probe] = &[
    ("chat.invite.create", an_invite_is_made_read_listed_and_deleted),
    ("chat.invite.create.invited", an_invite_is_made_read_listed_and_deleted),
    ("chat.invite.fetch", an_invite_is_made_read_listed_and_deleted),
    ("chat.invite.list", an_invite_is_made_read_listed_and_deleted),
    ("chat.invite.delete", an_invite_is_made_read_listed_and_deleted),
    ("chat.invite.unknown", an_invite_is_made_read_listed_and_deleted),
    ("chat.invite.create.member", an_invite_shows_among_the_users_channels_until_they_join),
    ("chat.invite.create.parameters", an_invites_role_is_a_sid),
    ("chat.invite.full", a_channel_has_so_many_invites_and_no_more),
    ("chat.invite.decline.member", a_member_has_nothing_to_decline),
];

/// A new channel.
fn channel(api: &Api) -> String {
    api.post(&api.service("/Channels"), &[("Type", "private")]).is(201).text("sid")
}

fn an_invite_is_made_read_listed_and_deleted() {
    let api = Api::start();
    let invites = api.service(&format!("/Channels/{}/Invites", channel(&api)));
    let ada = api.post(&invites, &[("Identity", "ada")]).is(201);
    api.post(&invites, &[("Identity", "bob")]).is(201);
    assert_eq!((ada.text("identity"), ada.text("created_by")), ("ada".to_owned(), "system".to_owned()));
    let one = format!("{invites}/{}", ada.text("sid"));
    assert_eq!(ada.text("url"), format!("{}{one}", api.mock.url()));
    assert_eq!(api.get(&one).is(200).body, ada.body);
    let listed = |query: &str| api.get(&format!("{invites}{query}")).is(200).body["invites"].clone();
    assert_eq!(listed("").as_array().unwrap().len(), 2);
    assert_eq!(listed("?Identity=ada&Identity=nobody"), json!([ada.body]));
    api.post(&invites, &[]).refuses(400, 50204);
    api.post(&invites, &[("Identity", "ada")]).refuses(409, 50212);
    api.delete(&one).is(204);
    api.delete(&one).refuses(404, 20404);
    api.post(&invites, &[("Identity", "ada")]).is(201);
}

fn an_invite_shows_among_the_users_channels_until_they_join() {
    let api = Api::start();
    let sid = channel(&api);
    let invites = api.service(&format!("/Channels/{sid}/Invites"));
    api.post(&invites, &[("Identity", "ada")]).is(201);
    let mine = api.service(&format!("/Users/ada/Channels/{sid}"));
    let invited = api.get(&mine).is(200);
    assert_eq!((invited.text("status"), &invited.body["member_sid"]), ("invited".to_owned(), &Value::Null));
    assert_eq!(api.get(&api.service("/Users/ada")).is(200).body["joined_channels_count"], 0);
    let members = api.service(&format!("/Channels/{sid}/Members"));
    let member = api.post(&members, &[("Identity", "ada")]).is(201).text("sid");
    let joined = api.get(&mine).is(200);
    assert_eq!((joined.text("status"), joined.text("member_sid")), ("joined".to_owned(), member));
    assert_eq!(api.get(&api.service("/Users/ada")).is(200).body["joined_channels_count"], 1);
    assert_eq!(api.get(&invites).is(200).body["invites"], json!([]));
    api.post(&invites, &[("Identity", "ada")]).refuses(409, 50404);
}

fn an_invites_role_is_a_sid() {
    let api = Api::start();
    let invites = api.service(&format!("/Channels/{}/Invites", channel(&api)));
    api.post(&invites, &[("Identity", "ada"), ("RoleSid", "RL0")]).refuses(400, 20001);
}

fn a_channel_has_so_many_invites_and_no_more() {
    let caps = Caps { invites_per_channel: 1, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let invites = api.service(&format!("/Channels/{}/Invites", channel(&api)));
    api.post(&invites, &[("Identity", "ada")]).is(201);
    api.post(&invites, &[("Identity", "bob")]).refuses(503, 20503);
}

fn a_member_has_nothing_to_decline() {
    let api = Api::start();
    let sid = api.open("ada");
    let service = api.credentials().chat_service_sid;
    let url = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{sid}/Invites/ada");
    let refused = Device::login(&api, "ada").request("DELETE", &url, "");
    assert_eq!((refused.status(), &refused.payload["code"]), (400, &50602.into()), "{refused:?}");
}
