//! Roles: the four of a new service, one's own, and who may be given which.

use mock_server::{Caps, Config, Limits};

use crate::Probe;
use crate::api::Api;

pub(crate) const PROBES: &[Probe] = &[
    ("chat.role.create", a_role_is_made_changed_and_deleted),
    ("chat.role.create.parameters", a_role_is_made_changed_and_deleted),
    ("chat.role.create.friendly-name-missing", a_role_is_made_changed_and_deleted),
    ("chat.role.create.friendly-name-long", a_role_is_made_changed_and_deleted),
    ("chat.role.type", a_role_is_made_changed_and_deleted),
    ("chat.role.permission", a_role_is_made_changed_and_deleted),
    ("chat.role.permission-type", a_role_is_made_changed_and_deleted),
    ("chat.role.update", a_role_is_made_changed_and_deleted),
    ("chat.role.update.parameters", a_role_is_made_changed_and_deleted),
    ("chat.role.delete", a_role_is_made_changed_and_deleted),
    ("chat.role.delete.default", a_role_is_made_changed_and_deleted),
    ("chat.role.unknown", a_role_is_made_changed_and_deleted),
    ("chat.role.defaults", a_service_begins_with_four_roles_and_gives_three_of_them),
    ("chat.role.list", a_service_begins_with_four_roles_and_gives_three_of_them),
    ("chat.role.fetch", a_service_begins_with_four_roles_and_gives_three_of_them),
    ("chat.role.not-of-channel", users_are_given_deployment_roles_and_members_channel_roles),
    ("chat.role.not-of-service", users_are_given_deployment_roles_and_members_channel_roles),
    ("chat.role.not-of-creator", users_are_given_deployment_roles_and_members_channel_roles),
    ("chat.role.full", a_service_has_so_many_roles_and_no_more),
];

/// The role of this name of the Flex Chat Service.
fn role(api: &Api, name: &str) -> String {
    let listed = api.get(&api.service("/Roles")).is(200);
    let roles = listed.body["roles"].as_array().unwrap().clone();
    let found = roles.iter().find(|role| role["friendly_name"] == name).unwrap();
    found["sid"].as_str().unwrap().to_owned()
}

fn a_service_begins_with_four_roles_and_gives_three_of_them() {
    let api = Api::start();
    let listed = api.get(&api.service("/Roles")).is(200);
    let roles = listed.body["roles"].as_array().unwrap().clone();
    let about = |role: &serde_json::Value| format!("{} {}", role["friendly_name"], role["type"]);
    let named: Vec<String> = roles.iter().map(|role| about(role).replace('"', "")).collect();
    assert_eq!(
        named,
        [
            "service admin deployment",
            "service user deployment",
            "channel admin channel",
            "channel user channel"
        ]
    );
    assert!(roles.iter().all(|role| !role["permissions"].as_array().unwrap().is_empty()));
    let service = api.get(&api.service("")).is(200);
    assert_eq!(service.body["default_service_role_sid"], roles[1]["sid"]);
    assert_eq!(service.body["default_channel_role_sid"], roles[3]["sid"]);
    assert_eq!(service.body["default_channel_creator_role_sid"], roles[2]["sid"]);
    let one = api.get(&api.service(&format!("/Roles/{}", role(&api, "channel user")))).is(200);
    assert_eq!(one.body, roles[3]);
}

fn a_role_is_made_changed_and_deleted() {
    let api = Api::start();
    let roles = api.service("/Roles");
    let talk = ("Permission", "sendMessage");
    let named = ("FriendlyName", "guest");
    let made = api.post(&roles, &[named, ("Type", "channel"), talk, ("Permission", "leaveChannel")]).is(201);
    assert_eq!(made.body["permissions"], serde_json::json!(["sendMessage", "leaveChannel"]));
    let path = format!("{roles}/{}", made.text("sid"));
    let changed = api.post(&path, &[("Permission", "addMember")]).is(200);
    assert_eq!(changed.body["permissions"], serde_json::json!(["addMember"]));
    api.post(&path, &[]).refuses(400, 20001);
    api.post(&path, &[("Permission", "createChannel")]).refuses(400, 50104);
    api.delete(&path).is(204);
    api.get(&path).refuses(404, 20404);
    api.post(&roles, &[("Type", "channel"), talk]).refuses(400, 50000);
    api.post(&roles, &[named, talk]).refuses(400, 20001);
    api.post(&roles, &[named, ("Type", "channel")]).refuses(400, 20001);
    api.post(&roles, &[named, ("Type", "guild"), talk]).refuses(400, 50105);
    api.post(&roles, &[named, ("Type", "channel"), ("Permission", "fly")]).refuses(400, 50104);
    api.post(&roles, &[named, ("Type", "deployment"), talk]).refuses(400, 50104);
    let long = "x".repeat(65);
    api.post(&roles, &[("FriendlyName", long.as_str()), ("Type", "channel"), talk]).refuses(400, 50003);
    api.delete(&format!("{roles}/{}", role(&api, "channel user"))).refuses(409, 20409);
}

fn users_are_given_deployment_roles_and_members_channel_roles() {
    let api = Api::start();
    let (user, member) = (role(&api, "service admin"), role(&api, "channel admin"));
    let users = api.service("/Users");
    let ada = ("Identity", "ada");
    api.post(&users, &[ada, ("RoleSid", &member)]).refuses(400, 50102);
    assert_eq!(api.post(&users, &[ada, ("RoleSid", &user)]).is(201).text("role_sid"), user);
    api.post(&api.service("/Users/ada"), &[("RoleSid", &member)]).refuses(400, 50102);
    let sid = api.post(&api.service("/Channels"), &[]).is(201).text("sid");
    let members = api.service(&format!("/Channels/{sid}/Members"));
    api.post(&members, &[ada, ("RoleSid", &user)]).refuses(400, 50101);
    assert_eq!(api.post(&members, &[ada, ("RoleSid", &member)]).is(201).text("role_sid"), member);
    api.post(&format!("{members}/ada"), &[("RoleSid", &user)]).refuses(400, 50101);
    let invites = api.service(&format!("/Channels/{sid}/Invites"));
    let bob = ("Identity", "bob");
    api.post(&invites, &[bob, ("RoleSid", &user)]).refuses(400, 50101);
    api.post(&invites, &[bob, ("RoleSid", &member)]).is(201);
    assert_eq!(api.post(&members, &[bob]).is(201).text("role_sid"), member, "the invite's role");
    api.post(&api.service(""), &[("DefaultServiceRoleSid", &member)]).refuses(400, 50102);
    api.post(&api.service(""), &[("DefaultChannelRoleSid", &user)]).refuses(400, 50101);
    api.post(&api.service(""), &[("DefaultChannelCreatorRoleSid", &user)]).refuses(400, 50106);
    let changed = api.post(&api.service(""), &[("DefaultChannelRoleSid", &member)]).is(200);
    assert_eq!(changed.text("default_channel_role_sid"), member);
}

fn a_service_has_so_many_roles_and_no_more() {
    let caps = Caps { roles_per_service: 4, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let new = [("FriendlyName", "fifth"), ("Type", "channel"), ("Permission", "sendMessage")];
    api.post(&api.service("/Roles"), &new).refuses(503, 20503);
}
