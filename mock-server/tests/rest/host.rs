//! One port for all of Twilio's hosts: by path, by `Host`, by prefix.

use mock_server::Config;

use crate::support::{Api, request};

#[test]
fn a_client_behind_a_dns_override_reaches_each_host_and_nothing_of_another() {
    let api = Api::start();
    let head = format!("authorization: {}\r\n", api.authorization);
    let ask = |host: &str, path: &str| {
        let sent =
            request("GET", path, &head, "").replacen("host: mock\r\n", &format!("host: {host}\r\n"), 1);
        api.raw(&sent)
    };
    ask("flex-api.twilio.com", "/v1/Channels").is(200);
    ask("chat.twilio.com", "/v2/Services").is(200);
    ask("chat.twilio.com", "/v1/Channels").refuses(404, 20404);
    ask("verify.twilio.com", "/v2/Services").refuses(404, 20404);
}

#[test]
fn a_base_url_with_a_prefix_reaches_the_host_it_names() {
    let api = Api::start();
    api.get("/_host/chat.twilio.com/v2/Services").is(200);
    let refused = api.get("/_host/chat.twilio.com/v1/Channels").refuses(404, 20404);
    assert_eq!(refused.text("message"), "The requested resource /Channels was not found");
}

#[test]
fn links_begin_with_the_public_url() {
    let public_url = Some("https://mock.example.test".to_owned());
    let api = Api::with(Config { public_url, ..Config::default() });
    let service = api.get(&api.service("")).is(200);
    assert!(service.text("url").starts_with("https://mock.example.test/v2/Services/IS"));
    assert_eq!(api.mock.socket_url(), "wss://mock.example.test/v3/wsconnect");
}
