//! The line itself: who may have one, and what ends it.

use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::time::closed;
use super::*;

async fn refused(server: &Server, token: &str) -> (u64, u64) {
    let mut client = server.connect().await;
    let reply = client.init(token, None).await;
    client.closes().await;
    (reply["status"]["code"].as_u64().unwrap(), reply["status"]["errorCode"].as_u64().unwrap())
}

#[tokio::test]
async fn a_bad_token_is_refused_with_its_code() {
    let server = Server::start().await;
    let good = server.token("ada");
    let mut forged = good.clone();
    forged.replace_range(good.len() - 4.., "AAAA");
    assert_eq!(refused(&server, &forged).await, (401, 20107));
    assert_eq!(refused(&server, "nonsense").await, (401, 20101));
    let mut old = server.claims("ada");
    old.issued_at -= 7200;
    assert_eq!(refused(&server, &server.signer.mint(&old)).await, (401, 20104));
    let mut elsewhere = server.claims("ada");
    elsewhere.service_sid = Some(wire::sid::ChatServiceSid::mock(9, 900));
    assert_eq!(refused(&server, &server.signer.mint(&elsewhere)).await, (403, 51101));
    assert_eq!(refused(&server, &server.token("system")).await, (403, 50203));
    assert_eq!(server.bench.world.population().users, 0);
}

#[tokio::test]
async fn a_new_token_is_taken_from_the_same_identity_only() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    assert_eq!(ada.update(&server.token("ada")).await["status"], json!({"code": 200, "status": "OK"}));
    assert_eq!(ada.update(&server.token("bob")).await["status"]["errorCode"], 51007);
    assert_eq!(ada.update("nonsense").await["status"]["code"], 401);
}

#[tokio::test]
async fn a_token_that_ends_is_announced_and_then_ends_the_line() {
    let server = Server::start().await;
    let mut claims = server.claims("ada");
    claims.ttl = 3;
    let mut ada = server.connect().await;
    ada.init(&server.signer.mint(&claims), None).await;
    let warning = ada.hear().await;
    assert_eq!(warning.head["client_update_type"], "token_about_to_expire");
    let close = ada.hear().await;
    assert_eq!((&close.head["method"], &close.head["status"]["code"]), (&"close".into(), &410.into()));
    ada.closes().await;
}

#[tokio::test]
async fn a_renewed_token_keeps_the_line() {
    let server = Server::start().await;
    let mut claims = server.claims("ada");
    claims.ttl = 3;
    let mut ada = server.connect().await;
    ada.init(&server.signer.mint(&claims), None).await;
    ada.hear().await;
    ada.update(&server.token("ada")).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    ada.get("aim.us1.twilio.com/Client/v1/Configuration").await;
    assert_eq!(ada.heard().len(), 0);
}

#[tokio::test]
async fn what_is_no_frame_ends_the_line() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.socket.send(Message::Binary("GET / HTTP/1.1".into())).await.unwrap();
    assert_eq!(client.hear().await.head["status"]["code"], 406);
    client.closes().await;
    let mut ada = server.login("ada").await;
    ada.socket.send(Message::Binary("GET / HTTP/1.1".into())).await.unwrap();
    assert_eq!(ada.hear().await.head["status"]["code"], 406);
    ada.closes().await;
}

#[tokio::test]
async fn a_stranger_gets_nothing() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(&json!({"id": "TM1", "method": "update", "token": "x", "payload_size": 0}), b"").await;
    assert_eq!(client.hear().await.head["status"]["code"], 401);
    client.closes().await;
}

#[tokio::test]
async fn a_frame_beyond_the_cap_ends_the_line() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    let huge = vec![b' '; super::super::FRAME + 1];
    ada.socket.send(Message::Binary(huge.into())).await.unwrap();
    assert_eq!(closed(&mut ada).await, CloseCode::Size);
    let mut nobody = server.connect().await;
    nobody.socket.send(Message::Binary(vec![b' '; super::super::FRAME * 8].into())).await.unwrap();
    assert_eq!(closed(&mut nobody).await, CloseCode::Size);
}

#[tokio::test]
async fn what_is_no_websocket_frame_ends_the_line_with_words() {
    let server = Server::start().await;
    // An unmasked frame with a reserved bit; text that is no UTF-8, masked with zeros.
    let wrong: [(&[u8], CloseCode); 2] =
        [(b"\xf2\x00", CloseCode::Protocol), (b"\x81\x81\0\0\0\0\xff", CloseCode::Invalid)];
    for (bytes, code) in wrong {
        let mut ada = server.login("ada").await;
        ada.socket.get_mut().write_all(bytes).await.unwrap();
        assert_eq!(closed(&mut ada).await, code);
    }
}

#[tokio::test]
async fn a_mock_that_stops_sends_its_clients_away() {
    let server = Server::start().await;
    let (near, far) = tokio::io::duplex(64 * 1024);
    let socket = WebSocketStream::from_raw_socket(far, Role::Server, Some(super::super::config())).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopping = async { drop(stopped.await) };
    let shared = server.shared.clone();
    let times = Times::of(&Config::default());
    let session = session::run(socket, String::new(), move |_: &str| shared.clone(), times, stopping);
    let session = tokio::spawn(session);
    let mut ada = Client::on(WebSocketStream::from_raw_socket(near, Role::Client, None).await);
    ada.init(&server.token("ada"), None).await;
    drop(stop);
    let close = ada.hear().await;
    assert_eq!((close.kind(), &close.head["status"]["code"]), ("close", &json!(308)));
    ada.closes().await;
    session.await.unwrap();
}

#[tokio::test]
async fn older_sdks_register_later() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    for (id, method) in [("TM7", "put_notification_ctx"), ("TM8", "delete_notification_ctx")] {
        ada.send(&json!({"method": method, "notification_ctx_id": "x", "id": id, "payload_size": 2}), b"{}")
            .await;
        assert_eq!(ada.reply(id).await.head["status"]["code"], 200);
    }
    ada.send(&json!({"id": "TM9", "method": "telemetry.v1", "events": [], "payload_size": 0}), b"").await;
    let push = ada.request("POST", "ers.us1.twilio.com/v1/registrations?productId=ip_messaging", "{}").await;
    assert_eq!(push.0, 200);
}

#[tokio::test]
async fn what_nobody_serves_is_refused_in_twilios_shape() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    let (status, body) = ada.request("GET", "aim.us1.twilio.com/Client/v1/Nothing", "").await;
    assert_eq!(status, 404);
    let message = "The requested resource /Client/v1/Nothing was not found";
    let more_info = "https://www.twilio.com/docs/errors/20404";
    assert_eq!(body, json!({"code": 20404, "message": message, "more_info": more_info, "status": 404}));
    assert_eq!(ada.request("PUT", "aim.us1.twilio.com/Client/v1/Configuration", "").await.0, 405);
    assert_eq!(ada.request("POST", "cds.us1.twilio.com/v4/Subscriptions", "{").await.1["code"], 20001);
    assert_eq!(ada.request("GET", "cds.us1.twilio.com/v3/Maps/nobody.channels", "").await.1["code"], 54200);
    // By the path, where the host is the mock's own.
    ada.get("127.0.0.1/v3/Maps/ada.channels").await;
    ada.get("127.0.0.1/Client/v1/Configuration").await;
}

#[tokio::test]
async fn the_tunnel_passes_the_same_faults_and_limits() {
    let limits = serde_json::from_str(r#"{"channel_actions":"1/s"}"#).unwrap();
    let faults = r#"[{"status":{"operation":"send_message","status":503,"every":3}}]"#;
    let faults = serde_json::from_str(faults).unwrap();
    let config = Config { limits, faults, ..Config::default() };
    let server = Server::with(&config).await;
    let (service, channel) = (server.bench.service, server.bench.chat("ada"));
    let mut ada = server.login("ada").await;
    let url = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{channel}/Messages");
    let mut statuses = Vec::new();
    for _ in 0..9 {
        statuses.push(ada.request("POST", &url, r#"{"body":"hi"}"#).await.0);
    }
    assert_eq!(statuses, [201, 201, 503, 201, 201, 503, 201, 429, 503]);
}

#[test]
fn the_whole_mock_serves_it_beside_rest() {
    let mock = crate::MockServer::start(Config::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let who = mock.credentials();
        let signer = Signer::new(who.account_sid, who.api_key_sid, &who.api_key_secret, None).unwrap();
        let now = u64::try_from(Clock::start().now().secs()).unwrap();
        let (socket, response) = tokio_tungstenite::connect_async(mock.socket_url()).await.unwrap();
        assert_eq!(response.status(), 101);
        let mut ada = Client::on(socket);
        let token = signer.mint(&Claims::new("ada", who.chat_service_sid, now));
        assert_eq!(ada.init(&token, None).await["status"]["code"], 200);
        let configuration = ada.get("aim.us1.twilio.com/Client/v1/Configuration").await;
        let media = configuration["links"]["media_service"].as_str().unwrap();
        assert!(media.starts_with(&mock.url()), "{media}");
        assert_eq!(mock.counters().open, 1);
        let stopped = tokio::task::spawn_blocking(move || mock.stop());
        assert_eq!(ada.hear().await.head["status"]["code"], 308);
        ada.closes().await;
        stopped.await.unwrap();
    });
}
