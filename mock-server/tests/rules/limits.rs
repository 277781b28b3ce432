//! What is judged wherever it stands: authors, attributes, the header that asks for webhooks, a flow's type.

use mock_server::{Caps, Config, Limits};
use wire::form::{Encoder, Style};

use crate::Probe;
use crate::api::{Api, Reply, request};

pub(crate) const PROBES: &[Probe] = &[
    ("chat.author.long", an_author_has_256_characters_at_most),
    ("chat.editor.long", an_editor_has_256_characters_at_most),
    ("chat.attributes.deep", attributes_are_64_deep_at_most),
    ("chat.attributes.full", all_attributes_have_so_many_bytes_and_no_more),
    ("chat.webhook-enabled", the_header_is_true_or_false),
    ("flex.channel.create.not-custom", a_flow_of_another_type_is_taken_as_a_guess),
];

/// The messages of a new channel.
fn messages(api: &Api) -> String {
    let sid = api.post(&api.service("/Channels"), &[]).is(201).text("sid");
    api.service(&format!("/Channels/{sid}/Messages"))
}

fn an_author_has_256_characters_at_most() {
    let api = Api::start();
    let messages = messages(&api);
    let long = "é".repeat(257);
    api.post(&messages, &[("Body", "hi"), ("From", &long[2..])]).is(201);
    api.post(&messages, &[("Body", "hi"), ("From", &long)]).refuses(400, 50310);
    api.post(&api.service("/Channels"), &[("CreatedBy", &long)]).refuses(400, 50310);
}

fn an_editor_has_256_characters_at_most() {
    let api = Api::start();
    let long = "x".repeat(257);
    api.post(&messages(&api), &[("Body", "hi"), ("LastUpdatedBy", &long)]).refuses(400, 50505);
}

fn attributes_are_64_deep_at_most() {
    let api = Api::start();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    api.post(&api.service("/Channels"), &[("Attributes", &nested(64))]).is(201);
    api.post(&api.service("/Channels"), &[("Attributes", &nested(65))]).refuses(400, 50304);
}

fn all_attributes_have_so_many_bytes_and_no_more() {
    let caps = Caps { attribute_bytes: 100, ..Caps::default() };
    let api = Api::with(Config { limits: Limits::Off, caps, ..Config::default() });
    let text = format!("\"{}\"", "x".repeat(58));
    let (half, name) = (("Attributes", text.as_str()), ("Identity", "ada"));
    let channel = api.post(&api.service("/Channels"), &[half]).is(201).text("sid");
    let channel = api.service(&format!("/Channels/{channel}"));
    let (users, members) = (api.service("/Users"), format!("{channel}/Members"));
    api.post(&api.service("/Channels"), &[half]).refuses(503, 20503);
    api.post(&users, &[name, half]).refuses(503, 20503);
    api.post(&members, &[name, half]).refuses(503, 20503);
    api.post(&channel, &[half]).is(200);
    api.post(&channel, &[("Attributes", "{}")]).is(200);
    api.post(&members, &[name, half]).is(201);
    api.post(&format!("{users}/ada"), &[half]).refuses(503, 20503);
    api.delete(&format!("{members}/ada")).is(204);
    api.post(&format!("{users}/ada"), &[half]).is(200);
    api.delete(&format!("{users}/ada")).is(204);
    api.post(&channel, &[half]).is(200);
    api.delete(&channel).is(204);
    api.post(&users, &[name, half]).is(201);
}

/// Asks for webhooks in this word.
fn enabled(api: &Api, method: &str, path: &str, word: &str, parameters: &[(&str, &str)]) -> Reply {
    let mut form = Encoder::new(Style::Node);
    for (name, value) in parameters {
        form.text(name, value);
    }
    let head = format!("authorization: {}\r\nx-twilio-webhook-enabled: {word}\r\n", api.authorization);
    api.raw(&request(method, path, &head, &form.finish()))
}

fn the_header_is_true_or_false() {
    let api = Api::start();
    let messages = messages(&api);
    let hi: &[(&str, &str)] = &[("Body", "hi")];
    let message = enabled(&api, "POST", &messages, "true", hi).is(201).text("sid");
    enabled(&api, "POST", &messages, "False", hi).is(201);
    let channel = messages.trim_end_matches("/Messages");
    let members = format!("{channel}/Members");
    let ada: &[(&str, &str)] = &[("Identity", "ada")];
    api.post(&members, ada).is(201);
    let (users, name) = (api.service("/Users"), [("FriendlyName", "new")]);
    let mine = format!("{users}/ada/Channels/{}", channel.rsplit('/').next().unwrap());
    for (method, path, parameters) in [
        ("POST", messages.clone(), hi),
        ("POST", format!("{messages}/{message}"), hi),
        ("DELETE", format!("{messages}/{message}"), &[]),
        ("POST", api.service("/Channels"), &[]),
        ("POST", channel.to_owned(), &name),
        ("DELETE", channel.to_owned(), &[]),
        ("POST", members.clone(), &[("Identity", "bob")]),
        ("POST", format!("{members}/ada"), &[("Attributes", "{}")]),
        ("DELETE", format!("{members}/ada"), &[]),
        ("POST", users.clone(), &[("Identity", "eve")]),
        ("POST", format!("{users}/ada"), &name),
        ("DELETE", mine, &[]),
    ] {
        enabled(&api, method, &path, "yes", parameters).refuses(400, 20001);
    }
}

fn a_flow_of_another_type_is_taken_as_a_guess() {
    let api = Api::start();
    let credentials = api.credentials();
    let (service, studio) = (credentials.chat_service_sid.to_string(), credentials.studio_sid.to_string());
    let new = [
        ("FriendlyName", "Texts"),
        ("ChatServiceSid", service.as_str()),
        ("ChannelType", "sms"),
        ("Integration.FlowSid", studio.as_str()),
    ];
    let flow = api.post("/v1/FlexFlows", &new).is(201).text("sid");
    let made = api.post("/v1/Channels", &api.create(&flow, "ada")).is(201);
    assert_eq!(made.headers["x-mock-basis"], "inferred");
    let channel = api.get(&api.service(&format!("/Channels/{}", made.text("sid")))).is(200);
    assert!(channel.text("attributes").contains(r#""channel_type":"sms""#));
    let own = api.post("/v1/Channels", &api.create(&credentials.flex_flow_sid.text(), "ada")).is(201);
    assert!(!own.headers.contains_key("x-mock-basis"));
}
