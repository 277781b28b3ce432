//! Push credentials and bindings.

use mock_server::{Caps, Config, Limits};
use serde_json::{Value, json};

use crate::Probe;
use crate::api::Api;
use crate::device::Device;

pub(crate) const PROBES: &[Probe] = &[
    ("chat.credential.create", a_credential_is_made_read_listed_changed_and_deleted),
    ("chat.credential.fetch", a_credential_is_made_read_listed_changed_and_deleted),
    ("chat.credential.list", a_credential_is_made_read_listed_changed_and_deleted),
    ("chat.credential.update", a_credential_is_made_read_listed_changed_and_deleted),
    ("chat.credential.delete", a_credential_is_made_read_listed_changed_and_deleted),
    ("chat.credential.unknown", a_credential_is_made_read_listed_changed_and_deleted),
    ("chat.credential.create.parameters", a_credential_has_a_type_and_a_short_name),
    ("chat.credential.update.parameters", a_credential_has_a_type_and_a_short_name),
    ("chat.credential.update.empty", a_credential_has_a_type_and_a_short_name),
    ("chat.credential.friendly-name-long", a_credential_has_a_type_and_a_short_name),
    ("chat.credential.full", an_account_has_so_many_credentials_and_no_more),
    ("ers.registration.binding", a_registered_device_is_a_binding_of_the_service),
    ("ers.registration.long", a_registration_is_not_too_long),
    ("chat.binding.fetch", a_registered_device_is_a_binding_of_the_service),
    ("chat.binding.list", a_registered_device_is_a_binding_of_the_service),
    ("chat.binding.list.type", a_registered_device_is_a_binding_of_the_service),
    ("chat.binding.delete", a_registered_device_is_a_binding_of_the_service),
    ("chat.binding.unknown", a_registered_device_is_a_binding_of_the_service),
    ("chat.binding.full", a_user_has_so_many_bindings_and_no_more),
    ("chat.user-binding.fetch", a_registered_device_is_a_binding_of_its_user),
    ("chat.user-binding.list", a_registered_device_is_a_binding_of_its_user),
    ("chat.user-binding.delete", a_registered_device_is_a_binding_of_its_user),
];

const CREDENTIALS: &str = "/v2/Credentials";

fn a_credential_is_made_read_listed_changed_and_deleted() {
    let api = Api::start();
    let secrets = [("Certificate", "c-hunter2"), ("PrivateKey", "p-hunter2"), ("Sandbox", "true")];
    let made =
        api.post(CREDENTIALS, &[&[("Type", "apn"), ("FriendlyName", "ours")], &secrets[..]].concat()).is(201);
    assert!(made.text("sid").starts_with("CR"));
    assert_eq!((made.text("type"), made.text("sandbox")), ("apn".to_owned(), "True".to_owned()));
    assert!(!made.body.to_string().contains("hunter2"));
    let one = format!("{CREDENTIALS}/{}", made.text("sid"));
    assert_eq!(made.text("url"), format!("{}{one}", api.mock.url()));
    assert_eq!(api.get(&one).is(200).body, made.body);
    assert_eq!(api.get(CREDENTIALS).is(200).body["credentials"], json!([made.body]));
    let changed = api.post(&one, &[("FriendlyName", "theirs"), ("Sandbox", "false")]).is(200);
    assert_eq!((changed.text("friendly_name"), changed.text("sandbox")), ("theirs".into(), "False".into()));
    api.post(&one, &[("PrivateKey", "new-hunter2")]).is(200);
    api.delete(&one).is(204);
    api.get(&one).refuses(404, 20404);
    let other = api.post(CREDENTIALS, &[("Type", "fcm"), ("Secret", "s-hunter2")]).is(201);
    assert_eq!(other.body["sandbox"], Value::Null);
}

fn a_credential_has_a_type_and_a_short_name() {
    let api = Api::start();
    api.post(CREDENTIALS, &[]).refuses(400, 20001);
    api.post(CREDENTIALS, &[("Type", "pigeon")]).refuses(400, 20001);
    let long = "x".repeat(65);
    api.post(CREDENTIALS, &[("Type", "fcm"), ("FriendlyName", long.as_str())]).refuses(400, 50003);
    let sid = api.post(CREDENTIALS, &[("Type", "fcm")]).is(201).text("sid");
    let one = format!("{CREDENTIALS}/{sid}");
    api.post(&one, &[("Sandbox", "perhaps")]).refuses(400, 20001);
    api.post(&one, &[]).refuses(400, 20161);
}

fn an_account_has_so_many_credentials_and_no_more() {
    let api = capped(Caps { push_credentials: 1, ..Caps::default() });
    api.post(CREDENTIALS, &[("Type", "fcm")]).is(201);
    api.post(CREDENTIALS, &[("Type", "fcm")]).refuses(503, 20503);
}

fn capped(caps: Caps) -> Api {
    Api::with(Config { limits: Limits::Off, caps, ..Config::default() })
}

/// Registers a device by this name, as the SDK does; what is answered.
fn register(device: &mut Device, name: &str) -> (u64, Value) {
    register_for(device, name, &["twilio.channel.new_message", "twilio.channel.added_to_channel"])
}

fn register_for(device: &mut Device, name: &str, message_types: &[&str]) -> (u64, Value) {
    let body = json!({
        "endpoint_platform": "web", "channel_type": "fcm", "version": "3",
        "message_types": message_types, "data": { "registration_id": name },
    });
    let url = "ers.us1.twilio.com/v1/registrations?productId=ip_messaging";
    let answer = device.request("POST", url, &body.to_string());
    (answer.status(), answer.payload)
}

fn a_registered_device_is_a_binding_of_the_service() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let (status, registered) = register(&mut ada, "phone");
    assert_eq!(status, 200);
    let bindings = api.service("/Bindings");
    let sid = format!("BS{}", registered["id"].as_str().unwrap());
    let one = api.get(&format!("{bindings}/{sid}")).is(200);
    assert_eq!((one.text("endpoint"), one.text("identity")), ("phone".to_owned(), "ada".to_owned()));
    assert_eq!(one.text("binding_type"), "fcm");
    assert_eq!(one.body["message_types"], json!(["new_message", "added_to_channel"]));
    let listed = |query: &str| api.get(&format!("{bindings}{query}")).is(200).body["bindings"].clone();
    assert_eq!(listed("?BindingType=fcm&Identity=ada"), json!([one.body]));
    assert_eq!(listed("?BindingType=apn"), json!([]));
    assert_eq!(listed("?Identity=bob"), json!([]));
    assert_eq!(register(&mut ada, "phone").1, registered, "the same device again is the same binding");
    api.get(&format!("{bindings}?BindingType=pigeon")).refuses(400, 50209);
    api.delete(&format!("{bindings}/{sid}")).is(204);
    api.get(&format!("{bindings}/{sid}")).refuses(404, 20404);
}

fn a_registered_device_is_a_binding_of_its_user() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    Device::login(&api, "bob");
    let registered = register(&mut ada, "phone").1;
    let bindings = api.service("/Users/ada/Bindings");
    let listed = api.get(&format!("{bindings}?BindingType=fcm")).is(200).body["bindings"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(api.get(&api.service("/Users/ada")).is(200).body["is_notifiable"], true);
    let sid = format!("BS{}", registered["id"].as_str().unwrap());
    let one = api.get(&format!("{bindings}/{sid}")).is(200);
    assert_eq!(one.body, listed[0]);
    assert!(one.text("user_sid").starts_with("US"));
    api.get(&api.service(&format!("/Users/bob/Bindings/{sid}"))).refuses(404, 20404);
    api.delete(&format!("{bindings}/{sid}")).is(204);
    assert_eq!(api.get(&bindings).is(200).body["bindings"], json!([]));
    assert_eq!(api.get(&api.service("/Users/ada")).is(200).body["is_notifiable"], false);
}

fn a_user_has_so_many_bindings_and_no_more() {
    let api = capped(Caps { bindings_per_user: 1, ..Caps::default() });
    let mut ada = Device::login(&api, "ada");
    assert_eq!(register(&mut ada, "phone").0, 200);
    let (status, refused) = register(&mut ada, "tablet");
    assert_eq!((status, &refused["code"]), (503, &20503.into()));
    let api = capped(Caps { binding_bytes: 1_000, ..Caps::default() });
    let mut ada = Device::login(&api, "ada");
    let long = "x".repeat(500);
    // The same device again takes no more room.
    assert_eq!([(); 3].map(|()| register(&mut ada, &long).0), [200; 3]);
    let (status, refused) = register(&mut ada, "tablet");
    assert_eq!((status, &refused["code"]), (503, &20503.into()));
    api.delete(&api.service("/Users/ada")).is(204);
    assert_eq!(register(&mut Device::login(&api, "bob"), &long).0, 200, "a deleted user's make room");
}

fn a_registration_is_not_too_long() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    assert_eq!(register(&mut ada, &"x".repeat(4096)).0, 200);
    let (name, kind) = ("x".repeat(4097), "x".repeat(257));
    for (name, kinds) in [(name.as_str(), vec![]), ("a", vec![kind.as_str()]), ("a", vec!["a"; 33])] {
        let (status, refused) = register_for(&mut ada, name, &kinds);
        assert_eq!((status, &refused["code"]), (400, &20001.into()));
    }
    assert_eq!(api.get(&api.service("/Bindings")).is(200).body["bindings"].as_array().unwrap().len(), 1);
}
