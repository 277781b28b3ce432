//! The page for people who have none, and what its server would do.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mock_server::{Config, Limits};
use serde_json::json;

use crate::Probe;
use crate::api::{Api, Reply, request};
use crate::device::Device;

pub(crate) const PROBES: &[Probe] = &[
    ("customer.page", the_page_says_what_it_is),
    ("customer.sdk", the_sdk_is_the_file_the_mock_was_given),
    ("customer.token", a_token_opens_the_socket),
    ("customer.channel", a_channel_is_opened),
    ("customer.nobody", nobody_gets_neither),
];

/// What is served there, as it is.
fn page(api: &Api, path: &str) -> String {
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    stream.write_all(request("GET", path, "", "").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn ask(api: &Api, what: &str, body: &str) -> Reply {
    api.raw(&request("POST", &format!("/_mock/{what}"), "", body))
}

fn the_page_says_what_it_is() {
    let page = page(&Api::start(), "/_mock/customer");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("content-type: text/html; charset=utf-8\r\n"));
    assert!(page.contains("flexload mock") && page.contains("data-sdk=\"none\""), "{page}");
}

fn the_sdk_is_the_file_the_mock_was_given() {
    let api = Api::with(Config { limits: Limits::Off, sdk: Some(b"let sdk;".to_vec()), ..Config::default() });
    assert!(page(&api, "/_mock/sdk.js").ends_with("\r\n\r\nlet sdk;"));
    assert!(page(&api, "/_mock/customer").contains("data-sdk=\"served\""));
    assert!(page(&Api::start(), "/_mock/sdk.js").starts_with("HTTP/1.1 404"));
}

fn a_token_opens_the_socket() {
    let api = Api::start();
    let told = ask(&api, "token", r#"{"identity":"ada"}"#).is(200);
    assert_eq!(told.text("chat_service_sid"), api.credentials().chat_service_sid.to_string());
    let reply = Device::connect(&api).init(&told.text("token"));
    assert_eq!(reply["status"]["code"], 200, "{reply}");
}

fn a_channel_is_opened() {
    let api = Api::start();
    let body = json!({ "identity": "ada", "name": "Ada" }).to_string();
    let (one, again) = (ask(&api, "channel", &body).is(201), ask(&api, "channel", &body).is(201));
    assert_eq!(one.text("sid"), again.text("sid"));
    let channel = api.get(&api.service(&format!("/Channels/{}", one.text("sid")))).is(200);
    assert_eq!(channel.text("friendly_name"), "Chat with Ada");
}

fn nobody_gets_neither() {
    let api = Api::start();
    for body in ["", "{}", r#"{"identity":""}"#] {
        ask(&api, "token", body).refuses(400, 20001);
        ask(&api, "channel", body).refuses(400, 20001);
    }
}
