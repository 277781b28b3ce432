//! What all of REST has in common: who may pass, headers, paths, bodies, pages.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use mock_server::{Config, Limits};
use serde_json::json;

use crate::Probe;
use crate::aim::ada_in_a_chat;
use crate::api::{Api, Reply, basic, parse, request};

pub(crate) const PROBES: &[Probe] = &[
    ("rest.auth.refused", missing_or_wrong_credentials_are_401),
    ("rest.auth.challenge", a_401_asks_for_credentials),
    ("rest.envelope", a_refusal_has_twilios_envelope),
    ("rest.envelope.path", what_is_not_found_is_named_without_its_version),
    ("rest.basis", an_answer_that_rests_on_a_guess_says_so),
    ("rest.headers", every_answer_has_the_headers_of_the_edge),
    ("rest.path.unknown", a_path_no_resource_has_is_not_found),
    ("rest.path.sid", what_is_no_sid_is_not_found),
    ("rest.method", a_method_a_resource_does_not_have_is_refused),
    ("rest.body.large", a_body_beyond_the_cap_is_refused),
    ("rest.body.slow", a_body_that_does_not_come_is_not_waited_for),
    ("rest.body.broken", a_body_that_breaks_off_is_refused),
    ("rest.form.pairs", too_many_pairs_are_refused),
    ("rest.page.envelope", next_page_url_leads_through_the_whole_list),
    ("rest.page.back", the_second_page_leads_back),
    ("rest.page.clamped", a_page_size_beyond_the_most_is_taken_for_the_most),
    ("rest.page.parameters", pages_cannot_be_made_up),
];

fn missing_or_wrong_credentials_are_401() {
    let mut api = Api::start();
    let without = api.raw(&request("GET", "/v1/Channels", "", "")).refuses(401, 20003);
    assert_eq!((without.text("message"), without.text("detail")), ("Authenticate".into(), String::new()));
    api.authorization = basic(&api.credentials().account_sid.text(), "wrong");
    api.post("/v1/Channels", &[]).refuses(401, 20003);
    let (key, secret) = (api.credentials().api_key_sid, api.credentials().api_key_secret.clone());
    api.authorization = basic(&key.text(), secret.expose());
    api.get("/v1/Channels").is(200);
}

fn a_401_asks_for_credentials() {
    let api = Api::start();
    let refused = api.raw(&request("GET", "/v1/Channels", "", ""));
    assert_eq!(refused.headers["www-authenticate"], "Basic realm=\"Twilio API\"");
    assert!(!api.get("/v1/Channels").headers.contains_key("www-authenticate"));
}

fn a_refusal_has_twilios_envelope() {
    let refused = Api::start().get("/v1/Nothing");
    let message = "The requested resource /Nothing was not found";
    let more_info = "https://www.twilio.com/docs/errors/20404";
    assert_eq!(
        refused.body,
        json!({"code": 20404, "message": message, "more_info": more_info, "status": 404})
    );
}

fn what_is_not_found_is_named_without_its_version() {
    let api = Api::start();
    for (path, named) in
        [("/v1/Nothing", "/Nothing"), ("/v2/Services/IS0", "/Services/IS0"), ("/none", "/none")]
    {
        let message = api.get(path).refuses(404, 20404).text("message");
        assert_eq!(message, format!("The requested resource {named} was not found"));
    }
}

fn an_answer_that_rests_on_a_guess_says_so() {
    let (api, _, mut ada) = ada_in_a_chat();
    let guessed = api.post("/v1/Channels", &[]).refuses(400, 20001);
    assert_eq!(guessed.headers["x-mock-basis"], "inferred");
    assert!(!api.get("/v1/Channels").headers.contains_key("x-mock-basis"));
    let guessed = ada.request("GET", "aim.us1.twilio.com/Client/v1/Nothing", "").head;
    assert_eq!(guessed["http_headers"]["x-mock-basis"], "inferred");
    let known = ada.request("GET", "aim.us1.twilio.com/Client/v1/Configuration", "").head;
    assert!(known["http_headers"].get("x-mock-basis").is_none());
}

fn every_answer_has_the_headers_of_the_edge() {
    let api = Api::start();
    let (one, other) = (api.get("/v1/Channels"), api.get("/v1/Nothing"));
    for reply in [&one, &other] {
        assert!(reply.headers["twilio-request-id"].starts_with("RQ"));
        assert_eq!(reply.headers["twilio-concurrent-requests"], "1");
        assert_eq!(reply.headers["x-shenanigans"], "none");
        assert!(reply.headers.contains_key("twilio-request-duration"));
    }
    assert_ne!(one.headers["twilio-request-id"], other.headers["twilio-request-id"]);
}

fn a_path_no_resource_has_is_not_found() {
    let reply = Api::start().get("/v1/Nothing/here").refuses(404, 20404);
    assert_eq!(reply.text("message"), "The requested resource /Nothing/here was not found");
}

fn what_is_no_sid_is_not_found() {
    let api = Api::start();
    api.get("/v1/FlexFlows/nonsense").refuses(404, 20404);
    api.get("/v1/Channels/nonsense").refuses(404, 20404);
    let reply = api.get("/v2/Services/nonsense/Channels").refuses(404, 20404);
    assert_eq!(reply.text("message"), "The requested resource /Services/nonsense/Channels was not found");
}

fn a_method_a_resource_does_not_have_is_refused() {
    let api = Api::start();
    assert_eq!(api.send("PUT", "/v1/Channels", "").refuses(405, 20004).text("message"), "Method not allowed");
}

/// Sends bytes and reads what comes back until the mock closes.
fn answer(api: &Api, sent: &str, and_stop: bool) -> Reply {
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    if and_stop {
        stream.shutdown(Shutdown::Write).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    parse(&answer)
}

/// The head of a create that announces a body in this way.
fn head(api: &Api, length: &str) -> String {
    format!(
        "POST /v1/Channels HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n{length}\r\n\r\n",
        api.authorization
    )
}

fn a_body_beyond_the_cap_is_refused() {
    let api = Api::start();
    let body = format!("Identity={}", "x".repeat(256 * 1024));
    let refused =
        answer(&api, &format!("{}{body}", head(&api, &format!("content-length: {}", body.len()))), false);
    assert_eq!(refused.refuses(413, 20413).headers["connection"], "close");
}

fn a_body_that_does_not_come_is_not_waited_for() {
    let api = Api::with(Config {
        limits: Limits::Off,
        body_deadline: Duration::from_millis(50),
        ..Config::default()
    });
    let refused = answer(&api, &format!("{}abc", head(&api, "content-length: 10")), false);
    assert_eq!(refused.refuses(408, 20001).headers["connection"], "close");
}

fn a_body_that_breaks_off_is_refused() {
    let api = Api::start();
    let broken = format!("{}zz\r\n", head(&api, "transfer-encoding: chunked"));
    assert_eq!(answer(&api, &broken, true).refuses(400, 20001).headers["connection"], "close");
}

fn too_many_pairs_are_refused() {
    let api = Api::start();
    let pairs = "a=b&".repeat(257);
    api.send("POST", "/v1/Channels", &pairs).refuses(400, 20001);
    let query = api.get(&format!("/v1/Channels?{pairs}")).refuses(400, 20001);
    assert!(query.text("message").contains("pairs"), "{query:?}");
}

/// The path and query of a link of this mock.
fn path(api: &Api, page: &Reply, link: &str) -> Option<String> {
    let url = page.body["meta"][link].as_str()?;
    Some(url.strip_prefix(&api.mock.url()).expect("a link leads elsewhere").to_owned())
}

fn next_page_url_leads_through_the_whole_list() {
    let api = Api::start();
    let mut opened: Vec<String> = (0..7).map(|n| api.open(&format!("c-{n}"))).collect();
    let mut next = Some("/v1/Channels?PageSize=3".to_owned());
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    while let Some(at) = next {
        let page = api.get(&at).is(200);
        assert_eq!(page.body["meta"]["key"], "flex_chat_channels");
        let items = page.body["flex_chat_channels"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["sid"].as_str().unwrap().to_owned()));
        sizes.push(items.len());
        next = path(&api, &page, "next_page_url");
    }
    assert_eq!(sizes, [3, 3, 1]);
    seen.sort_unstable();
    opened.sort_unstable();
    assert_eq!(seen, opened);
    let url = format!("{}/v1/FlexFlows?PageSize=50&Page=0", api.mock.url());
    let meta = json!({
        "page": 0, "page_size": 50, "first_page_url": url, "previous_page_url": null,
        "url": url, "next_page_url": null, "key": "flex_flows",
    });
    assert_eq!(api.get("/v1/FlexFlows").is(200).body["meta"], meta);
    let filtered = api.get(&api.service("/Channels?Type=private&PageSize=2")).is(200);
    assert!(
        path(&api, &filtered, "next_page_url")
            .unwrap()
            .contains("?Type=private&PageSize=2&Page=1&PageToken=PA")
    );
}

fn the_second_page_leads_back() {
    let api = Api::start();
    let first = api.get("/v1/FlexFlows?PageSize=2").is(200);
    assert!(path(&api, &first, "previous_page_url").is_none());
    let second = api.get(&path(&api, &first, "next_page_url").expect("more")).is(200);
    assert_eq!(second.body["meta"]["previous_page_url"], first.body["meta"]["first_page_url"]);
}

fn a_page_size_beyond_the_most_is_taken_for_the_most() {
    let api = Api::start();
    let size = |path: &str| api.get(path).is(200).body["meta"]["page_size"].clone();
    assert_eq!(size("/v1/Channels?PageSize=5000"), 1000);
    assert_eq!(size(&api.service("/Channels?PageSize=5000")), 100);
    assert_eq!(size("/v1/Channels?PageSize=0"), 1);
    assert_eq!(size("/v1/Channels?PageSize=20"), 20);
}

fn pages_cannot_be_made_up() {
    let api = Api::start();
    for query in ["Page=1", "PageToken=PB00", "PageSize=many", "PageToken=PA1"] {
        api.get(&format!("/v1/Channels?{query}")).refuses(400, 20001);
    }
}
