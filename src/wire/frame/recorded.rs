//! Headers recorded from the SDK 6.0.0 and a server, read and written again to the byte. (Tokens are shortened.)

use std::{borrow::Cow, env, fs};

use proptest::prelude::*;

use super::{
    Header, Id, Method, Pairs, Status,
    client::{self, FromClient, HttpRequest},
    decode, encode,
    server::{
        Backoff, BackoffPolicy, ClientUpdate, Close, HttpAnswer, InitReply, Notification, Ping, Reply,
        message_type, peek,
    },
};
use crate::sync::ObjectType;

const INIT: &str = r#"{"id":"TM29e36a9f-edc1-4ac2-8e89-89d4ac589823","method":"init","token":"eyJ0.eyJ0.c2ln","continuation_token":null,"metadata":{"ver":"0.12.2","env":"Node.js","envv":"20.20.2","os":"Linux","osv":"unknown","osa":64,"type":"chat","sdk":"JS","sdkv":"6.0.0"},"registrations":[{"product":"ip_messaging","type":"ers","notification_protocol_version":0,"message_types":["twilio.ipmsg.typing_indicator","twilio.sync.event","com.twilio.rtd.cds.document","com.twilio.rtd.cds.list","com.twilio.rtd.cds.map"]}],"tweaks":null,"capabilities":["client_update","offline_storage","telemetry.v1"],"payload_size":0}"#;
const INIT_REPLY: &str = r#"{"method":"reply","id":"TM29e36a9f-edc1-4ac2-8e89-89d4ac589823","payload_size":0,"status":{"code":200,"status":"OK"},"capabilities":["client_update","offline_storage","telemetry.v1"],"continuation_token":"eyJ0.bWFj=","continuation_token_status":{"reissued":true,"reissue_reason":"MISSING","reissue_message":"Continuation token is not provided"},"offline_storage":{"ip_messaging":{"storage_id":"34e8545d1f96c70e841054dac2330469785f50e6"}},"init_registrations":[{"notification_ctx_id":"edf025f9-ed0d-45de-8f29-b75455e76c78","type":"ers","product":"ip_messaging","message_types":["twilio.ipmsg.typing_indicator","twilio.sync.event","com.twilio.rtd.cds.document","com.twilio.rtd.cds.list","com.twilio.rtd.cds.map"]}]}"#;
const TELEMETRY: &str = r#"{"id":"TM0d7f8fb2-0891-4049-aa2a-7a48210d7547","method":"telemetry.v1","events":[{"start":-24,"end":0,"title":"Establish WebSocket connection","details":""}],"payload_size":0}"#;
const GET: &str = r#"{"id":"TM2367e40f-8f92-4bce-95cf-ac1d4a38ba8e","method":"message","active_grant":"ip_messaging","payload_type":"application/json","http_request":{"host":"cds.us1.twilio.com","path":"/v3/Maps/USa58c3bc01ed24580b27844130a36c426.info","method":"GET","params":{"Include":"items"},"headers":{"Content-Type":"application/json","Twilio-Sync-Client-Info":"{\"sdk\":\"js\",\"sdkVer\":\"3.4.0\",\"os\":\"Linux\",\"osVer\":null,\"pl\":\"Node.js\",\"plVer\":\"20.20.2\"}","Twilio-Request-Id":"RQ40f4fdc91f9349cb978b4504af68b306"}},"payload_size":0}"#;
const POST: &str = r#"{"id":"TMc9588976-4215-4817-b545-adfb7b0d8992","method":"message","active_grant":"ip_messaging","payload_type":"application/json; charset=utf-8","http_request":{"host":"aim.us1.twilio.com","path":"/Client/v1/Services/IS00000000000000000000000000000001/Conversations/CH97802c45da694888941aba89aa1692fc/Messages","method":"POST","params":{},"headers":{"Content-Type":"application/json; charset=utf-8","X-Twilio-Mutation-Id":"96e57b4f-10cb-41d1-9f85-07e34b471b3e"}},"payload_size":47}"#;
const REPLY: &str = r#"{"method":"reply","id":"TM6f806092-b3a5-4e39-a30b-a5af82fdfb37","payload_size":1561,"status":{"code":200,"status":"OK"},"payload_type":"application/json","http_headers":{"server":"envoy","date":"Sun, 22 Nov 2026 11:58:28 GMT","content-type":"application/json","twilio-request-id":"RQ37d169931e5a4fe5a7583d68be7bd918"},"http_status":{"code":200,"status":"OK"}}"#;
const REPLY_202: &str = r#"{"method":"reply","id":"TMc73a6a68-bf40-412d-a67a-9a8b15403457","payload_size":73,"status":{"code":200,"status":"OK"},"payload_type":"application/json","http_headers":{"server":"envoy","date":"Sun, 22 Nov 2026 11:58:28 GMT","content-type":"application/json","twilio-request-id":"RQd1738736715a4e1399839a51a16706e3"},"http_status":{"code":202,"status":"ACCEPTED"}}"#;
const NOTIFICATION: &str = r#"{"method":"notification","id":"TMf2c156a72361430c984b2c2d1d6928bd","payload_size":736,"payload_type":"application/json","message_type":"com.twilio.rtd.cds.list","notification_ctx_id":""}"#;
const PING: &str = r#"{"method":"ping","id":"TM6004d01314a049b6a8c16034e353a7c4","payload_size":0}"#;
const CLOSE: &str = r#"{"id":"TMa34f2ea9-0274-4f82-96f4-7966ccebf28c","method":"close","payload_size":0}"#;

/// The frame of this header and as many bytes of payload as it says.
fn frame(header: &str) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_str(header).unwrap();
    let size = usize::try_from(value["payload_size"].as_u64().unwrap()).unwrap();
    let mut out = Vec::new();
    encode(header.as_bytes(), &vec![b'x'; size], &mut out);
    out
}

fn written(header: &impl Header, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    header.encode(payload, &mut out);
    out
}

/// Reads a client's frame and writes it again.
fn again(bytes: &[u8]) -> Vec<u8> {
    let (from, payload) = client::read(bytes).unwrap();
    match from {
        FromClient::Init(init) => written(&*init, payload),
        FromClient::Update(update) => written(&update, payload),
        FromClient::Message(message) => written(&message, payload),
        FromClient::Reply(reply) => written(&reply, payload),
        FromClient::Close(close) => written(&close, payload),
        FromClient::PutNotificationContext(context) => written(&context, payload),
        FromClient::DeleteNotificationContext(context) => written(&context, payload),
        FromClient::Telemetry { .. } | FromClient::Other { .. } => bytes.to_vec(),
    }
}

#[test]
fn the_sdks_headers() {
    for header in [INIT, GET, POST, CLOSE] {
        let bytes = frame(header);
        assert_eq!(String::from_utf8(again(&bytes)), String::from_utf8(bytes));
    }
    let bytes = frame(TELEMETRY);
    let (telemetry, _) = client::read(&bytes).unwrap();
    assert_eq!(telemetry, FromClient::Telemetry { id: "TM0d7f8fb2-0891-4049-aa2a-7a48210d7547".into() });
    let event = client::TelemetryEvent {
        start: -24,
        end: 0,
        title: "Establish WebSocket connection".into(),
        details: "".into(),
    };
    let telemetry =
        client::Telemetry { id: "TM0d7f8fb2-0891-4049-aa2a-7a48210d7547".into(), events: vec![event] };
    assert_eq!(written(&telemetry, b""), bytes);
}

/// All recorded headers, where their file is at hand (`FLEXLOAD_FRAMES=frames.txt`): a line for each, `> ` from
/// the SDK and `< ` to it.
#[test]
fn recorded_headers_are_written_again() {
    let Ok(path) = env::var("FLEXLOAD_FRAMES") else {
        eprintln!("skipped: FLEXLOAD_FRAMES names no file");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let mut seen = 0;
    for header in text.lines().filter_map(|line| line.strip_prefix("> ")) {
        let bytes = frame(header);
        assert_eq!(String::from_utf8(again(&bytes)), String::from_utf8(bytes));
        seen += 1;
    }
    for header in text.lines().filter_map(|line| line.strip_prefix("< ")) {
        let bytes = frame(header);
        let (peek, _) = peek(&bytes).unwrap();
        assert!(Id::parse(&peek.id).is_some());
        assert_ne!(peek.method, Method::Other);
        if peek.method == Method::Notification {
            let message_type = peek.message_type.as_deref().unwrap();
            let notification = Notification { id: &peek.id, message_type };
            assert_eq!(written(&notification, decode(&bytes).unwrap().payload), bytes);
        }
        seen += 1;
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_servers_headers() {
    let init = InitReply::read(INIT_REPLY.as_bytes()).unwrap();
    assert_eq!(init.continuation_token.as_deref(), Some("eyJ0.bWFj="));
    assert_eq!(written(&init, b""), frame(INIT_REPLY));

    let headers = [
        ("server", "envoy"),
        ("date", "Sun, 22 Nov 2026 11:58:28 GMT"),
        ("content-type", "application/json"),
        ("twilio-request-id", "RQ37d169931e5a4fe5a7583d68be7bd918"),
    ];
    let http = Some(HttpAnswer { status: Status::OK, headers: &headers });
    let id = "TM6f806092-b3a5-4e39-a30b-a5af82fdfb37";
    let reply = Reply { id, status: Status::OK, http };
    assert_eq!(written(&reply, &[b'x'; 1561]), frame(REPLY));

    let id = "TMf2c156a72361430c984b2c2d1d6928bd";
    let notification = Notification { id, message_type: message_type::live(ObjectType::List) };
    assert_eq!(written(&notification, &[b'x'; 736]), frame(NOTIFICATION));
    assert_eq!(written(&Ping { id: "TM6004d01314a049b6a8c16034e353a7c4" }, b""), frame(PING));

    let update = ClientUpdate { id: "TM1", client_update_type: "token_about_to_expire" };
    assert_eq!(
        decode(&written(&update, b"")).unwrap().header,
        br#"{"method":"client_update","id":"TM1","client_update_type":"token_about_to_expire","payload_size":0}"#
    );
}

#[test]
fn a_client_peeks() {
    let bytes = frame(REPLY_202);
    let (peek, payload) = super::server::peek(&bytes).unwrap();
    assert_eq!((peek.method, payload.len()), (Method::Reply, 73));
    assert_eq!(peek.http_status.as_ref().unwrap(), &Status::new(202, "ACCEPTED"));
    assert!(peek.is_json() && matches!(peek.id, Cow::Borrowed(_)));
    assert_eq!(peek.to_string(), "Reply TMc73a6a68-bf40-412d-a67a-9a8b15403457 200, http 202");
}

#[test]
fn refusals_and_good_byes_are_read_back() {
    let status = Status::refusal(401, "UNAUTHORIZED", 20107, "Invalid Access Token signature");
    let bytes = written(&Reply { id: "TM1", status: status.clone(), http: None }, b"");
    assert_eq!(
        decode(&bytes).unwrap().header,
        br#"{"method":"reply","id":"TM1","payload_size":0,"status":{"code":401,"status":"UNAUTHORIZED","description":"Invalid Access Token signature","errorCode":20107}}"#
    );
    assert_eq!(peek(&bytes).unwrap().0.status, Some(status.clone()));
    assert_eq!(InitReply::read(decode(&bytes).unwrap().header).unwrap().status, status);

    let backoff = Backoff { backoff_policy: BackoffPolicy { reconnect_min_ms: 3000 } };
    let payload = serde_json::to_vec(&backoff).unwrap();
    assert_eq!(payload, br#"{"backoff_policy":{"reconnect_min_ms":3000}}"#);
    let bytes = written(&Close { id: "TM2", status: Status::new(308, "OFFLOAD") }, &payload);
    let (close, payload) = peek(&bytes).unwrap();
    assert_eq!((close.method, close.status.unwrap().code), (Method::Close, 308));
    assert_eq!(Backoff::read(payload), Some(backoff));
}

#[test]
fn older_sdks_headers() {
    let context = client::PutNotificationContext { notification_ctx_id: "c".into(), id: "TM1".into() };
    let bytes = written(&context, b"{}");
    assert_eq!(
        decode(&bytes).unwrap().header,
        br#"{"method":"put_notification_ctx","notification_ctx_id":"c","id":"TM1","payload_size":2}"#
    );
    assert_eq!(again(&bytes), bytes);
    let no_query = POST.replace(r#""params":{},"#, "");
    let bytes = frame(&no_query);
    let (message, _) = client::read(&bytes).unwrap();
    let FromClient::Message(message) = message else { panic!("{message:?}") };
    assert_eq!(message.http_request.params, Pairs::NONE);
}

#[test]
fn a_header_without_what_its_method_needs_is_refused() {
    for (header, field) in [
        (r#"{"method":"init","id":"TM1"}"#, "token"),
        (r#"{"method":"update","id":"TM1"}"#, "token"),
        (r#"{"method":"message","id":"TM1"}"#, "http_request"),
        (r#"{"method":"reply","id":"TM1"}"#, "status"),
        (r#"{"method":"put_notification_ctx","id":"TM1"}"#, "notification_ctx_id"),
    ] {
        let mut bytes = Vec::new();
        encode(header.as_bytes(), b"", &mut bytes);
        let error = client::read(&bytes).unwrap_err().to_string();
        assert_eq!(error, format!("the frame's header lacks `{field}`"));
    }
    let mut bytes = Vec::new();
    encode(br#"{"method":"sing","id":"TM1"}"#, b"", &mut bytes);
    assert_eq!(client::read(&bytes).unwrap().0, FromClient::Other { id: "TM1".into() });
}

proptest! {
    #[test]
    fn every_request_comes_back(
        id: [u8; 16], path: String, pairs in prop::collection::vec((".{0,8}", ".{0,8}"), 0..6), payload: Vec<u8>,
    ) {
        let id = Id::random(id).dashed();
        // A name that comes again is moved to where it came first: compare what is left of the order.
        let mut pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        pairs.sort();
        let message = client::Message {
            id: (&*id).into(),
            active_grant: "ip_messaging".into(),
            payload_type: None,
            http_request: HttpRequest {
                host: "aim.us1.twilio.com".into(),
                path: path.into(),
                method: "POST".into(),
                params: Pairs(pairs.clone()),
                headers: Pairs(pairs),
            },
        };
        let bytes = written(&message, &payload);
        let (read, read_payload) = client::read(&bytes).unwrap();
        prop_assert_eq!(read, FromClient::Message(message));
        prop_assert_eq!(read_payload, payload);
    }

    #[test]
    fn every_notification_comes_back(id: [u8; 16], message_type: String, payload: Vec<u8>) {
        let id = Id::random(id).plain();
        let bytes = written(&Notification { id: &id, message_type: &message_type }, &payload);
        let (peek, read) = peek(&bytes).unwrap();
        prop_assert_eq!((peek.method, &*peek.id, read), (Method::Notification, &*id, &*payload));
        prop_assert_eq!(peek.message_type.unwrap(), message_type);
    }
}
