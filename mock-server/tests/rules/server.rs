//! The server, its limits and its faults: what happens to requests whatever they ask for.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use mock_server::{Config, Counters, Limits};
use tokio::time::Instant;

use crate::Probe;
use crate::api::{Api, Reply, parse, request};
use crate::device::patience;

pub(crate) const PROBES: &[Probe] = &[
    ("server.connections", a_connection_beyond_the_cap_is_turned_away),
    ("server.head.slow", who_does_not_finish_a_head_is_cut_off),
    ("server.head.large", a_head_beyond_the_cap_is_refused),
    ("server.malformed", what_is_no_http_is_refused_in_twilios_shape),
    ("server.answer.slow", who_does_not_take_an_answer_is_cut_off),
    ("limit.flex", the_eleventh_create_in_a_second_is_refused),
    ("limit.channel-actions", changes_to_one_channel_are_limited),
    ("limit.service-actions", changes_to_a_service_are_limited),
];

/// What comes back until the mock closes; a reset is an end, too.
fn rest(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the connection is held");
    }
    String::from_utf8(answer).unwrap()
}

fn a_connection_beyond_the_cap_is_turned_away() {
    let api = Api::with(Config { max_connections: 1, ..Config::default() });
    let held = TcpStream::connect(api.authority()).unwrap();
    parse(&rest(TcpStream::connect(api.authority()).unwrap())).refuses(503, 20503);
    drop(held);
}

fn who_does_not_finish_a_head_is_cut_off() {
    let api = Api::with(Config { header_deadline: Duration::from_millis(100), ..Config::default() });
    let begun = Instant::now();
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    stream.write_all(b"GET /v1/Channels HTTP/1.1\r\nhost: x\r\n").unwrap();
    rest(stream);
    rest(TcpStream::connect(api.authority()).unwrap());
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
}

fn a_head_beyond_the_cap_is_refused() {
    let api = Api::start();
    let long = format!("x: {}\r\n", "y".repeat(40 * 1024));
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    for head in [long, many] {
        let mut stream = TcpStream::connect(api.authority()).unwrap();
        // It may be refused before it is all written.
        let _ = stream.write_all(request("GET", "/v1/Channels", &head, "").as_bytes());
        parse(&rest(stream)).refuses(431, 20001);
    }
}

fn what_is_no_http_is_refused_in_twilios_shape() {
    let api = Api::start();
    for nonsense in ["GET\r\n\r\n", "GET /v1/Channels HTTP/1.1\r\n: x\r\n\r\n", "\u{7f}\u{1}\u{2}\r\n\r\n"] {
        let mut stream = TcpStream::connect(api.authority()).unwrap();
        stream.write_all(nonsense.as_bytes()).unwrap();
        parse(&rest(stream)).refuses(400, 20001);
    }
}

fn who_does_not_take_an_answer_is_cut_off() {
    let api = Api::with(Config {
        limits: Limits::Off,
        write_deadline: Duration::from_millis(50),
        ..Config::default()
    });
    let path = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    assert_eq!(api.repeat(40, "POST", &path, &format!("Body={}", "x".repeat(30_000))), 40);
    let head = format!("authorization: {}\r\n", api.authorization);
    let last = request("GET", &path, &head, "");
    let asked = format!("{}{last}", last.replace("connection: close\r\n", "").repeat(9));
    let before = api.mock.counters().accepted;
    let mut stream = api.narrow();
    stream.write_all(asked.as_bytes()).unwrap();
    // Until the mock has hung up, which it cannot before it took the line: the lines before had one request each.
    let given_up = Instant::now() + patience().max(Duration::from_millis(300));
    let served = |counters: Counters| counters.accepted > before && counters.open == 0;
    while !served(api.mock.counters()) && Instant::now() < given_up {
        thread::sleep(Duration::from_millis(10));
    }
    let answers = rest(stream).matches("HTTP/1.1 200").count();
    assert!(answers < 10, "the connection was held for who does not read");
}

fn limited(limits: &str) -> Api {
    Api::with(Config { limits: serde_json::from_str(limits).unwrap(), ..Config::default() })
}

fn the_eleventh_create_in_a_second_is_refused() {
    let table = Limits::Documented.table();
    let documented = [
        (table.channels_list, 5),
        (table.channels_fetch, 3),
        (table.channels_create, 10),
        (table.channels_delete, 10),
        (table.flows_list, 10),
        (table.flows_fetch, 2),
        (table.flows_create, 2),
        (table.flows_update, 1),
        (table.flows_delete, 2),
        (table.web_channels_list, 1),
        (table.web_channels_fetch, 1),
        (table.web_channels_create, 5),
        (table.web_channels_update, 1),
        (table.web_channels_delete, 1),
    ];
    assert!(documented.iter().all(|(allowed, says)| allowed.is_some_and(|rate| rate.count == *says)));
    let api = limited("\"documented\"");
    let flow = api.credentials().flex_flow_sid.to_string();
    let begun = Instant::now();
    for n in 0..10 {
        api.post("/v1/Channels", &api.create(&flow, &format!("c-{n}"))).is(201);
    }
    let eleventh = api.post("/v1/Channels", &api.create(&flow, "one more"));
    assert!(begun.elapsed() < Duration::from_millis(900), "this machine is too slow to tell");
    eleventh.refuses(429, 45010);
    api.get(&api.service("/Users/one%20more")).refuses(404, 20404);
}

/// One request: its method, path and parameters.
type Action<'a> = (&'a str, String, &'a [(&'a str, &'a str)]);

fn act(api: &Api, (method, path, parameters): Action<'_>) -> Reply {
    if method == "DELETE" { api.delete(&path) } else { api.post(&path, parameters) }
}

fn changes_to_one_channel_are_limited() {
    assert_eq!(Limits::Documented.table().channel_actions.map(|rate| rate.count), Some(30));
    // One a second over five seconds: five at once, whatever they change.
    let api = limited(r#"{"channel_actions":"1/s"}"#);
    let path = |identity: &str| api.service(&format!("/Channels/{}", api.open(identity)));
    let (channel, role) =
        (path("ada"), api.get(&api.service("/Roles")).is(200).body["roles"][3]["sid"].clone());
    let message = act(&api, ("POST", format!("{channel}/Messages"), &[("Body", "hi")])).is(201).text("sid");
    let of_role = [("RoleSid", role.as_str().unwrap())];
    let message = format!("{channel}/Messages/{message}");
    act(&api, ("POST", channel.clone(), &[("FriendlyName", "x")])).is(200);
    act(&api, ("POST", format!("{channel}/Members"), &[("Identity", "bob")])).is(201);
    act(&api, ("POST", format!("{channel}/Members/bob"), &of_role)).is(200);
    act(&api, ("POST", format!("{channel}/Invites"), &[("Identity", "carl")])).is(201);
    for one_more in [
        ("POST", channel.clone(), &[("FriendlyName", "x")][..]),
        ("POST", format!("{channel}/Members"), &[("Identity", "dora")]),
        ("POST", format!("{channel}/Members/bob"), &of_role),
        ("DELETE", format!("{channel}/Members/bob"), &[]),
        ("POST", format!("{channel}/Messages"), &[("Body", "hi")]),
        ("POST", message.clone(), &[("Body", "ho")]),
        ("DELETE", message.clone(), &[]),
        ("POST", format!("{channel}/Invites"), &[("Identity", "dora")]),
    ] {
        act(&api, one_more).refuses(429, 50063);
    }
    api.get(&message).is(200);
    act(&api, ("POST", path("bob"), &[("FriendlyName", "x")])).is(200);
}

fn changes_to_a_service_are_limited() {
    assert_eq!(Limits::Documented.table().service_actions.map(|rate| rate.count), Some(30));
    let api = limited(r#"{"service_actions":"1/s"}"#);
    let at = |below: &str| api.service(below);
    let role = [("FriendlyName", "x"), ("Type", "channel"), ("Permission", "sendMessage")];
    let new_name = [("FriendlyName", "x")];
    let channel = act(&api, ("POST", at("/Channels"), &[])).is(201).text("sid");
    act(&api, ("POST", at("/Users"), &[("Identity", "ada")])).is(201);
    act(&api, ("POST", at("/Users/ada"), &new_name)).is(200);
    let made = act(&api, ("POST", at("/Roles"), &role)).is(201).text("sid");
    act(&api, ("DELETE", at(&format!("/Channels/{channel}")), &[])).is(204);
    for one_more in [
        ("POST", at("/Channels"), &[][..]),
        ("POST", at("/Users"), &[("Identity", "bob")]),
        ("POST", at("/Users/ada"), &new_name),
        ("DELETE", at("/Users/ada"), &[]),
        ("POST", at("/Roles"), &role),
        ("POST", at(&format!("/Roles/{made}")), &role[2..]),
        ("DELETE", at(&format!("/Roles/{made}")), &[]),
    ] {
        act(&api, one_more).refuses(429, 50074);
    }
    api.get(&at("/Users/ada")).is(200);
    api.mock.accounts().first().advance(Duration::from_secs(6)).unwrap();
    act(&api, ("DELETE", at("/Users/ada"), &[])).is(204);
}
