//! Faults of answers.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Chat, planted, times};
use crate::Probe;
use crate::api::{Api, request};
use crate::device::{Device, Heard};

pub(crate) const PROBES: &[Probe] = &[
    ("fault.status", an_operation_is_refused),
    ("fault.delay", an_answer_comes_late),
    ("fault.reset", a_line_is_reset),
    ("fault.truncate", half_of_the_body_comes),
    ("fault.half-json", half_of_the_json_comes),
    ("fault.dribble", a_body_dribbles),
    ("fault.freeze", no_answer_comes),
    ("fault.freeze-mock", everything_stands_still),
    ("fault.withhold-reply", a_reply_is_withheld),
];

/// Sends a request, and does not read the answer yet.
fn ask(api: &Api, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let head = format!("authorization: {}\r\n", api.authorization);
    stream.write_all(request(method, path, &head, body).as_bytes()).unwrap();
    stream
}

/// All that comes until the end, and how that was: head, body, end.
fn read(mut stream: TcpStream) -> (String, String, io::Result<()>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        match stream.read(&mut piece) {
            Ok(0) => break Ok(()),
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) => break Err(error),
        }
    };
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (head.to_lowercase(), body.to_owned(), end)
}

/// What the head says of the body's length.
fn length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    line.unwrap_or_else(|| panic!("no length in {head}")).parse().unwrap()
}

/// The tunnelled request that posts a message.
fn post(device: &mut Device, api: &Api, channel: &str) -> crate::device::Frame {
    let service = api.credentials().chat_service_sid;
    let url = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{channel}/Messages");
    device.request("POST", &url, r#"{"body":"hi"}"#)
}

/// The same without waiting for an answer.
fn send(device: &mut Device, api: &Api, channel: &str) {
    let service = api.credentials().chat_service_sid;
    let path = format!("/Client/v1/Services/{service}/Conversations/{channel}/Messages");
    let header = json!({
        "id": "TM00000000000000000000000000000099", "method": "message", "payload_type": "application/json",
        "http_request": {"host": "aim.us1.twilio.com", "path": path, "method": "POST", "params": {},
            "headers": {}},
    });
    device.send(&header, br#"{"body":"hi"}"#);
}

fn an_operation_is_refused() {
    let chat = Chat::with(
        "status",
        json!({"operation": ["send_message", "login", "typing"], "status": 429, "retry_after": 7, "after": 2}),
    );
    let reply = chat.api.post(&chat.messages(), &[("Body", "hi")]).refuses(429, 20429);
    assert_eq!(reply.headers["retry-after"], "7");
    assert_eq!(reply.text("message"), "Too Many Requests");
    assert_eq!(chat.history(), []);
    let Chat { api, channel, mut ada, .. } = chat;
    let reply = post(&mut ada, &api, &channel);
    assert_eq!((reply.status(), &reply.payload["code"]), (429, &20429.into()));
    assert_eq!(reply.head["http_headers"]["retry-after"], "7");
    assert_eq!(ada.types(&api, &channel).status(), 429);
    let refused = Device::connect(&api).init(&crate::device::token(&api, "cyd"));
    assert_eq!((&refused["status"]["code"], &refused["status"]["errorCode"]), (&429.into(), &20429.into()));
    assert_eq!(times(&api), 4);
    drop(ada);
    let without = planted("status", json!({"operation": "list_flows", "status": 429}));
    let reply = without.get("/v1/FlexFlows").refuses(429, 20429);
    assert!(!reply.headers.contains_key("retry-after"));
}

fn an_answer_comes_late() {
    let chat = Chat::with("delay", json!({"operation": "send_message", "by": "150ms"}));
    let asked = Instant::now();
    chat.says("ada", "hi");
    assert!(asked.elapsed() >= Duration::from_millis(150), "{:?}", asked.elapsed());
    let Chat { api, channel, mut ada, mut bob } = chat;
    let asked = Instant::now();
    send(&mut ada, &api, &channel);
    // What was asked for is done at once, and others are served meanwhile.
    bob.hears("list_item_added");
    ada.sync("/Maps/ada.channels");
    assert!(asked.elapsed() < Duration::from_millis(140), "{:?}", asked.elapsed());
    let replied = |heard: &Heard| matches!(heard, Heard::Frame(frame) if frame.head["method"] == "reply");
    while !replied(&ada.next()) {}
    assert!(asked.elapsed() >= Duration::from_millis(150), "{:?}", asked.elapsed());
    assert_eq!(times(&api), 2);
}

fn a_line_is_reset() {
    for (when, stored) in [("before", 0), ("after", 2)] {
        let chat = Chat::with("reset", json!({"operation": "send_message", "when": when}));
        let (head, _, end) = read(ask(&chat.api, "POST", &chat.messages(), "Body=hi"));
        assert_eq!((&*head, end.unwrap_err().kind()), ("", io::ErrorKind::ConnectionReset));
        let Chat { api, channel, mut ada, bob } = chat;
        // What is acknowledged after the reset would find no line.
        ada.acknowledges = false;
        send(&mut ada, &api, &channel);
        while let heard @ (Heard::Frame(_) | Heard::Closed(_)) = ada.next() {
            assert!(matches!(heard, Heard::Frame(_)), "a good-bye");
        }
        let chat = Chat { api, channel, ada, bob };
        assert_eq!((chat.history().len(), times(&chat.api)), (stored, 2));
    }
}

fn half_of_the_body_comes() {
    let chat = Chat::with("truncate", json!({"operation": "send_message"}));
    let (head, body, _) = read(ask(&chat.api, "POST", &chat.messages(), "Body=hi"));
    assert!(head.starts_with("http/1.1 201"), "{head}");
    assert_eq!(body.len(), length(&head) / 2);
    let Chat { api, channel, mut ada, .. } = chat;
    send(&mut ada, &api, &channel);
    // Among the events there is a frame that is shorter than it says.
    let broken = (0..4).any(|_| wire::frame::decode(&ada.socket.read().unwrap().into_data()).is_err());
    assert!(broken);
    assert_eq!(times(&api), 2);
}

fn half_of_the_json_comes() {
    let chat = Chat::with("half_json", json!({"operation": "send_message"}));
    let (head, body, end) = read(ask(&chat.api, "POST", &chat.messages(), "Body=hi"));
    assert!(head.starts_with("http/1.1 201") && end.is_ok());
    assert_eq!(length(&head), body.len());
    assert!(body.starts_with('{') && serde_json::from_str::<Value>(&body).is_err(), "{body}");
    let Chat { api, channel, mut ada, .. } = chat;
    let reply = post(&mut ada, &api, &channel);
    assert_eq!((reply.status(), reply.payload), (201, Value::Null));
    assert_eq!(times(&api), 2);
}

fn a_body_dribbles() {
    let api = planted("dribble", json!({"operation": "list_flows", "bytes": 200, "each": "20ms"}));
    let asked = Instant::now();
    let (head, body, end) = read(ask(&api, "GET", "/v1/FlexFlows", ""));
    let took = asked.elapsed();
    assert!(end.is_ok() && length(&head) == body.len());
    assert!(serde_json::from_str::<Value>(&body).unwrap()["flex_flows"].is_array());
    let pauses = u32::try_from((body.len() - 1) / 200).unwrap();
    assert!(pauses > 3 && took >= Duration::from_millis(20) * pauses, "{pauses} pauses in {took:?}");
    assert_eq!(times(&api), 1);
}

fn no_answer_comes() {
    let chat = Chat::with("freeze", json!({"operation": "send_message", "every": 2}));
    chat.says("ada", "one");
    let waiting = ask(&chat.api, "POST", &chat.messages(), "Body=two");
    waiting.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let error = (&waiting).read(&mut [0; 1]).unwrap_err();
    assert!(matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{error}");
    assert_eq!((chat.history().len(), times(&chat.api)), (2, 1));
    // The mock's end is the end of waiting.
    let stopped = Instant::now();
    drop(chat);
    assert!(stopped.elapsed() < Duration::from_secs(2), "{:?}", stopped.elapsed());
    assert!(matches!((&waiting).read(&mut [0; 1]), Ok(0) | Err(_)));
}

fn everything_stands_still() {
    let mut api = planted("freeze_mock", json!({"from": "10m", "for": "400ms"}));
    let mut ada = Device::login(&api, "ada");
    let account = api.mock.accounts().first().clone();
    account.advance(Duration::from_secs(600)).unwrap();
    let begun = Instant::now();
    api.get("/v1/FlexFlows").is(200);
    let still = begun.elapsed();
    assert!((200..600).contains(&still.as_millis()), "{still:?}");
    let asked = Instant::now();
    api.get("/v1/FlexFlows").is(200);
    ada.sync("/Maps/ada.channels");
    assert!(asked.elapsed() < Duration::from_millis(150), "{:?}", asked.elapsed());
    assert_eq!(times(&api), 1);
    // The same for a socket.
    drop(ada);
    api = planted("freeze_mock", json!({"from": "10m", "for": "400ms"}));
    let mut ada = Device::login(&api, "ada");
    api.mock.accounts().first().advance(Duration::from_secs(600)).unwrap();
    let begun = Instant::now();
    ada.sync("/Maps/ada.channels");
    assert!((200..600).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert!(times(&api) >= 1);
}

fn a_reply_is_withheld() {
    let chat = Chat::with("withhold_reply", json!({"operation": "send_message"}));
    let Chat { api, channel, mut ada, mut bob } = chat;
    send(&mut ada, &api, &channel);
    bob.hears("list_item_added");
    ada.hears("list_item_added");
    // The next reply is to another request: there is none in between.
    ada.sync("/Maps/ada.channels");
    assert_eq!(times(&api), 1);
}
