//! The socket itself: who may have one, what is said on it unasked, and what ends it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use std::{iter, thread};

use mock_server::{Caps, Config, Limits};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use wire::sid::{ApiKeySid, ChatServiceSid};
use wire::token::{Claims, Like, Signer};

use crate::Probe;
use crate::api::{Api, parse, request};
use crate::device::{Device, Frame, Heard, token, token_of};

pub(crate) const PROBES: &[Probe] = &[
    ("socket.upgrade", a_handshake_opens_a_socket),
    ("socket.upgrade.none", what_is_no_handshake_is_told_so),
    ("socket.init", init_is_answered_as_recorded),
    ("socket.init.token", a_bad_token_is_refused_with_its_code),
    ("socket.init.no-service", a_token_for_another_service_is_refused),
    ("socket.init.no-user", an_identity_that_cannot_be_a_user_is_refused),
    ("socket.init.connections", an_identity_has_so_many_connections),
    ("socket.init.late", who_says_nothing_is_closed),
    ("socket.not-logged-in", a_stranger_gets_nothing),
    ("socket.garbled", what_is_no_frame_ends_the_line),
    ("socket.update", a_new_token_is_taken),
    ("socket.update.identity", another_identitys_token_is_not_taken),
    ("socket.notification-context", older_sdks_register_later),
    ("socket.ping", the_service_pings),
    ("socket.silent", who_acknowledges_nothing_is_closed),
    ("socket.token.about-to-expire", a_token_that_ends_is_announced),
    ("socket.token.expired", a_token_that_has_ended_ends_the_line),
    ("socket.frame.large", a_frame_beyond_the_cap_ends_the_line),
    ("socket.frame.malformed", what_is_no_websocket_frame_ends_the_line_with_words),
    ("socket.outbox.overflow", who_does_not_read_is_closed_once_too_much_waits),
    ("socket.stalled", who_takes_nothing_is_dropped),
    ("socket.offload", a_mock_that_stops_sends_its_clients_away),
    ("socket.typing", typing_reaches_the_other_side),
];

fn a_handshake_opens_a_socket() {
    let api = Api::start();
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    let handshake = "GET /v3/wsconnect HTTP/1.1\r\nhost: mock\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(handshake.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut answer = Vec::new();
    // Nothing follows the head before something is said.
    while !answer.ends_with(b"\r\n\r\n") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).unwrap();
        assert_ne!(read, 0, "closed after {answer:?}");
        answer.extend_from_slice(&piece[..read]);
    }
    let answer = String::from_utf8(answer).unwrap();
    let reply = parse(&answer);
    assert_eq!(reply.status, 101);
    assert_eq!(reply.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

fn what_is_no_handshake_is_told_so() {
    let api = Api::start();
    let reply = api.raw(&request("GET", "/v3/wsconnect", "", "")).refuses(426, 20426);
    assert_eq!(reply.headers["upgrade"], "websocket");
}

fn init_is_answered_as_recorded() {
    let api = Api::start();
    let mut ada = Device::connect(&api);
    let reply = ada.init(&token(&api, "ada"));
    assert_eq!(reply["status"], json!({"code": 200, "status": "OK"}));
    assert_eq!(reply["capabilities"], json!(["client_update", "offline_storage"]));
    assert_eq!(reply["continuation_token_status"]["reissue_reason"], "MISSING");
    assert_eq!(reply["init_registrations"][0]["product"], "ip_messaging");
    let python = token_of(&api, "ada", |claims| claims.like = Like::Python);
    assert_eq!(Device::connect(&api).init(&python)["status"]["code"], 200);
    let mut again = Device::connect(&api);
    let kept =
        again.init_with(&token(&api, "ada"), json!({"continuation_token": reply["continuation_token"]}));
    assert_eq!(kept["continuation_token"], reply["continuation_token"]);
    assert_eq!(kept["continuation_token_status"], json!({"reissued": false}));
}

/// How a login with this token is refused: status and code.
fn refused(api: &Api, token: &str) -> (u64, u64) {
    let mut client = Device::connect(api);
    let status = client.init(token)["status"].clone();
    client.closed();
    (status["code"].as_u64().unwrap(), status["errorCode"].as_u64().unwrap())
}

fn a_bad_token_is_refused_with_its_code() {
    let api = Api::start();
    let mut forged = token(&api, "ada");
    forged.replace_range(forged.len() - 4.., "AAAA");
    assert_eq!(refused(&api, &forged), (401, 20107));
    assert_eq!(refused(&api, "nonsense"), (401, 20101));
    let old = token_of(&api, "ada", |claims| claims.issued_at -= 7200);
    assert_eq!(refused(&api, &old), (401, 20104));
    let (now_and_a_day, who) = (90_000, api.credentials());
    let early = token_of(&api, "ada", |claims| claims.not_before = Some(claims.issued_at + 600));
    assert_eq!(refused(&api, &early), (401, 20105));
    let ungranted = token_of(&api, "ada", |claims| claims.service_sid = None);
    assert_eq!(refused(&api, &ungranted), (401, 20106));
    let lasting = token_of(&api, "ada", |claims| claims.ttl = now_and_a_day);
    assert_eq!(refused(&api, &lasting), (401, 20157));
    let other = Signer::new(who.account_sid, ApiKeySid::mock(9, 9), &who.api_key_secret, None).unwrap();
    let strange = other.mint(&Claims::new("ada", who.chat_service_sid, 1_700_000_000));
    assert_eq!(refused(&api, &strange), (401, 20103));
    let mut ada = Device::login(&api, "ada");
    assert_eq!(ada.update(&old)["status"]["errorCode"], 20104);
}

fn a_token_for_another_service_is_refused() {
    let api = Api::start();
    let elsewhere = token_of(&api, "ada", |claims| claims.service_sid = Some(ChatServiceSid::mock(9, 900)));
    assert_eq!(refused(&api, &elsewhere), (403, 51101));
}

fn an_identity_that_cannot_be_a_user_is_refused() {
    let api = Api::start();
    assert_eq!(refused(&api, &token(&api, "system")), (403, 50203));
}

fn bounded(caps: Caps) -> Api {
    Api::with(Config { limits: Limits::Off, caps, ..Config::default() })
}

fn an_identity_has_so_many_connections() {
    let api = bounded(Caps { connections_per_user: 2, ..Caps::default() });
    let _two = [Device::login(&api, "ada"), Device::login(&api, "ada")];
    assert_eq!(refused(&api, &token(&api, "ada")), (429, 51124));
    Device::login(&api, "bob");
}

/// How the mock closes.
fn closes(device: &mut Device) -> CloseCode {
    device.closed().expect("a close with a code").code
}

fn who_says_nothing_is_closed() {
    let api = Api::with(Config { init_deadline: Duration::from_millis(50), ..Config::default() });
    assert_eq!(closes(&mut Device::connect(&api)), CloseCode::Policy);
}

/// The next frame, which says `close` with this code; then the line ends.
#[track_caller]
fn says_close(device: &mut Device, code: u64) {
    let close = device.hears("close");
    assert_eq!(close.head["status"]["code"], code, "{close:?}");
    device.closed();
}

fn a_stranger_gets_nothing() {
    let api = Api::start();
    let mut client = Device::connect(&api);
    client.send(&json!({"id": "TM1", "method": "update", "token": "x"}), b"");
    says_close(&mut client, 401);
}

fn what_is_no_frame_ends_the_line() {
    let api = Api::start();
    let nonsense = || Message::Binary("GET / HTTP/1.1".into());
    let (mut stranger, mut ada) = (Device::connect(&api), Device::login(&api, "ada"));
    for device in [&mut stranger, &mut ada] {
        device.socket.send(nonsense()).unwrap();
        says_close(device, 406);
    }
    let mut twice = Device::login(&api, "ada");
    twice.send(&json!({"id": "TM2", "method": "init", "token": token(&api, "ada"), "capabilities": []}), b"");
    says_close(&mut twice, 406);
}

fn a_new_token_is_taken() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    assert_eq!(ada.update(&token(&api, "ada"))["status"], json!({"code": 200, "status": "OK"}));
}

fn another_identitys_token_is_not_taken() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let status = ada.update(&token(&api, "bob"))["status"].clone();
    assert_eq!((&status["code"], &status["errorCode"]), (&403.into(), &51007.into()));
}

fn older_sdks_register_later() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    for method in ["put_notification_ctx", "delete_notification_ctx"] {
        let reply = ada.ask(json!({"method": method, "notification_ctx_id": "x"}), b"{}");
        assert_eq!(reply.head["status"]["code"], 200);
    }
}

fn pinging(every: u64) -> Api {
    Api::with(Config { ping_every: Duration::from_millis(every), ..Config::default() })
}

fn the_service_pings() {
    assert_eq!(Config::default().ping_every, Duration::from_secs(30));
    let api = pinging(50);
    let mut ada = Device::login(&api, "ada");
    for _ in 0..5 {
        ada.hears("ping");
    }
}

fn who_acknowledges_nothing_is_closed() {
    let api = pinging(50);
    let mut ada = Device::login(&api, "ada");
    ada.acknowledges = false;
    for _ in 0..3 {
        ada.hears("ping");
    }
    assert_eq!(closes(&mut ada), CloseCode::Policy);
}

/// Lets minutes pass for the mock.
fn minutes(api: &Api, minutes: u64) {
    api.mock.accounts().first().advance(Duration::from_secs(minutes * 60)).unwrap();
}

fn a_token_that_ends_is_announced() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    minutes(&api, 56);
    // What is told would come before this answer.
    ada.sync("/Maps/ada.channels");
    assert_eq!(ada.heard_kinds(), Vec::<String>::new());
    minutes(&api, 1);
    let warning = ada.hears("client_update");
    assert_eq!(warning.head["client_update_type"], "token_about_to_expire");
}

fn a_token_that_has_ended_ends_the_line() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    minutes(&api, 60);
    says_close(&mut ada, 410);
}

fn a_frame_beyond_the_cap_ends_the_line() {
    let api = Api::start();
    for mut device in [Device::login(&api, "ada"), Device::connect(&api)] {
        device.socket.send(Message::Binary(vec![b' '; 512 * 1024 + 1].into())).unwrap();
        assert_eq!(closes(&mut device), CloseCode::Size);
    }
}

fn what_is_no_websocket_frame_ends_the_line_with_words() {
    let api = Api::start();
    // An unmasked frame with a reserved bit; text that is no UTF-8, masked with zeros.
    let wrong: [(&[u8], CloseCode); 2] =
        [(b"\xf2\x00", CloseCode::Protocol), (b"\x81\x81\0\0\0\0\xff", CloseCode::Invalid)];
    for (bytes, code) in wrong {
        let mut ada = Device::login(&api, "ada");
        ada.socket.get_mut().write_all(bytes).unwrap();
        assert_eq!(closes(&mut ada), code);
    }
}

/// A channel with so many long messages, and the path to post more.
fn long_chat(api: &Api, messages: usize) -> (String, String) {
    let channel = api.open("ada");
    let path = api.service(&format!("/Channels/{channel}/Messages"));
    assert_eq!(api.repeat(messages, "POST", &path, &format!("Body={}", "x".repeat(30_000))), messages);
    (channel, path)
}

/// A device that will not read, on a line that holds little.
fn unread(api: &Api, stream: TcpStream) -> Device {
    let mut device = Device::on(stream, api);
    assert_eq!(device.init(&token(api, "ada"))["status"]["code"], 200);
    device
}

fn who_does_not_read_is_closed_once_too_much_waits() {
    let api = bounded(Caps { outbox_bytes: 50_000, ..Caps::default() });
    let (channel, path) = long_chat(&api, 1);
    let mut ada = unread(&api, api.narrow());
    ada.follow("Lists", &format!("{channel}.messages"));
    let body = format!("Body={}", "x".repeat(30_000));
    assert_eq!(api.repeat(200, "POST", &path, &body), 200);
    ada.acknowledges = false;
    assert_eq!(closes(&mut ada), CloseCode::Policy);
}

fn who_takes_nothing_is_dropped() {
    let api = Api::with(Config {
        limits: Limits::Off,
        write_deadline: Duration::from_millis(50),
        ..Config::default()
    });
    let (channel, _) = long_chat(&api, 40);
    let mut ada = unread(&api, api.narrow());
    let page = json!({"id": "TM3", "method": "message", "http_request": {
        "host": "cds.us1.twilio.com", "path": format!("/v3/Lists/{channel}.messages/Items"), "method": "GET",
        "params": {"PageSize": "100"}, "headers": {}}});
    for _ in 0..10 {
        ada.send(&page, b"");
    }
    thread::sleep(Duration::from_millis(300));
    let answers = iter::from_fn(|| match ada.next() {
        Heard::Frame(frame) => Some(frame),
        Heard::Closed(_) | Heard::Broken => None,
    });
    assert!(answers.count() < 10, "the line was held for who does not read");
}

fn a_mock_that_stops_sends_its_clients_away() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    let stopping = thread::spawn(move || api.mock.stop());
    says_close(&mut ada, 308);
    drop(ada);
    stopping.join().unwrap();
}

fn typing_reaches_the_other_side() {
    let api = Api::start();
    let channel = api.open("ada");
    api.post(&api.service(&format!("/Channels/{channel}/Members")), &[("Identity", "agent")]).is(201);
    let (mut ada, mut agent) = (Device::login(&api, "ada"), Device::login(&api, "agent"));
    ada.types(&api, &channel);
    let Frame { head, payload } = agent.hears("notification");
    assert_eq!(head["message_type"], "twilio.ipmsg.typing_indicator");
    assert_eq!((&payload["identity"], &payload["typing_timeout"]), (&"ada".into(), &6.into()));
}
