//! A raw client against the socket, over 127.0.0.1.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use wire::token::{Claims, Signer};

use super::{Shared, Times, session};
use crate::clock::Clock;
use crate::config::Config;
use crate::guard::Guard;
use crate::world::tests::Bench;

mod chat;
mod line;
mod reconnect;
mod session_list;
mod time;

/// A socket that serves a bench's world.
pub(super) struct Server {
    pub(super) bench: Bench,
    shared: Shared,
    url: String,
    signer: Signer,
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::with(&Config::default()).await
    }

    pub(super) async fn with(config: &Config) -> Self {
        Self::of(Bench::new(), config).await
    }

    pub(super) async fn of(bench: Bench, config: &Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        bench.world.plant(&config.faults);
        let guard = Arc::new(Guard::new(config, Clock::start(), bench.world.faults().clone()));
        let shared = Shared { world: bench.world.clone(), guard, journal: Arc::default() };
        let (served, times) = (shared.clone(), Times::of(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = served.clone();
                tokio::spawn(async move {
                    let socket = tokio_tungstenite::accept_async_with_config(stream, Some(super::config()))
                        .await
                        .unwrap();
                    let shared = |_: &str| shared.clone();
                    session::run(socket, format!("http://{address}"), shared, times, std::future::pending())
                        .await;
                });
            }
        });
        let who = &bench.credentials;
        let signer = Signer::new(who.account_sid, who.api_key_sid, &who.api_key_secret, None).unwrap();
        Self { bench, shared, url: format!("ws://{address}/v3/wsconnect"), signer }
    }

    pub(super) fn claims<'a>(&self, identity: &'a str) -> Claims<'a> {
        let now = u64::try_from(self.bench.world.now().secs()).unwrap();
        Claims::new(identity, self.bench.service, now)
    }

    pub(super) fn token(&self, identity: &str) -> String {
        self.signer.mint(&self.claims(identity))
    }

    pub(super) async fn connect(&self) -> Client {
        let (socket, _) = tokio_tungstenite::connect_async(&self.url).await.unwrap();
        Client::on(socket)
    }

    /// A logged-in client.
    pub(super) async fn login(&self, identity: &str) -> Client {
        let mut client = self.connect().await;
        let reply = client.init(&self.token(identity), None).await;
        assert_eq!(reply["status"]["code"], 200, "{reply}");
        client
    }
}

/// A device that acknowledges whatever it hears, as the SDK does.
pub(super) struct Client<S = MaybeTlsStream<TcpStream>> {
    socket: WebSocketStream<S>,
    frames: usize,
    heard: Vec<Heard>,
    acknowledges: bool,
    patience: Duration,
}

/// A frame of the server that is no reply.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) head: Value,
    pub(super) payload: Value,
}

impl Heard {
    pub(super) fn kind(&self) -> &str {
        self.payload["event_type"].as_str().unwrap_or_else(|| self.head["method"].as_str().unwrap())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(super) fn on(socket: WebSocketStream<S>) -> Self {
        Self { socket, frames: 0, heard: Vec::new(), acknowledges: true, patience: Duration::from_secs(10) }
    }

    pub(super) async fn send(&mut self, header: &Value, payload: &[u8]) {
        let mut frame = Vec::new();
        wire::frame::encode(header.to_string().as_bytes(), payload, &mut frame);
        self.socket.send(Message::Binary(frame.into())).await.unwrap();
    }

    fn id(&mut self) -> String {
        self.frames += 1;
        format!("TM{:032x}", self.frames)
    }

    /// The next frame; `None` once the server has closed.
    async fn next(&mut self) -> Option<Heard> {
        let message = timeout(self.patience, self.socket.next()).await.expect("the server says nothing");
        let Some(Ok(Message::Binary(bytes))) = message else { return None };
        let frame = wire::frame::decode(&bytes).unwrap();
        let head: Value = serde_json::from_slice(frame.header).unwrap();
        let payload = serde_json::from_slice(frame.payload).unwrap_or_default();
        if head["method"] != "reply" && self.acknowledges {
            let ack = json!({"id": head["id"], "method": "reply", "payload_type": "application/json",
                "status": {"code": 200, "status": "OK"}, "payload_size": 0});
            self.send(&ack, b"").await;
        }
        Some(Heard { head, payload })
    }

    /// The reply to this frame; what comes before it is kept.
    async fn reply(&mut self, id: &str) -> Heard {
        loop {
            let frame = self.next().await.expect("closed without a reply");
            if frame.head["method"] == "reply" {
                assert_eq!(frame.head["id"], id);
                return frame;
            }
            self.heard.push(frame);
        }
    }

    /// The next frame that is no reply.
    pub(super) async fn hear(&mut self) -> Heard {
        if self.heard.is_empty() { self.next().await.expect("closed") } else { self.heard.remove(0) }
    }

    /// What was heard without waiting for more.
    pub(super) fn heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.heard)
    }

    pub(super) async fn closes(&mut self) {
        assert!(self.next().await.is_none());
    }

    /// The client's own end of the line breaks.
    pub(super) fn vanish(self) {}

    pub(super) async fn init(&mut self, token: &str, continuation: Option<&str>) -> Value {
        let id = self.id();
        let header = json!({
            "id": id, "method": "init", "token": token, "continuation_token": continuation,
            "metadata": {"ver": "0.12.2", "env": "Node.js", "type": "chat", "sdk": "JS", "sdkv": "6.0.0"},
            "registrations": [{"product": "ip_messaging", "type": "ers", "notification_protocol_version": 0,
                "message_types": ["twilio.ipmsg.typing_indicator", "twilio.sync.event"]}],
            "tweaks": null, "capabilities": ["client_update", "offline_storage", "telemetry.v1"], "payload_size": 0,
        });
        self.send(&header, b"").await;
        self.reply(&id).await.head
    }

    pub(super) async fn update(&mut self, token: &str) -> Value {
        let id = self.id();
        self.send(&json!({"id": id, "method": "update", "token": token, "payload_size": 0}), b"").await;
        self.reply(&id).await.head
    }

    /// A tunnelled request: status and body.
    pub(super) async fn request(&mut self, method: &str, url: &str, body: &str) -> (u16, Value) {
        let reply = self.asks(method, url, body, json!({})).await;
        let status = reply.head["http_status"]["code"].as_u64().unwrap();
        (u16::try_from(status).unwrap(), reply.payload)
    }

    pub(super) async fn asks(&mut self, method: &str, url: &str, body: &str, headers: Value) -> Heard {
        let id = self.id();
        let url = url.strip_prefix("https://").unwrap_or(url);
        let (host, path) = url.split_once('/').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let params: serde_json::Map<String, Value> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let header = json!({
            "id": id, "method": "message", "active_grant": "ip_messaging",
            "payload_type": "application/json; charset=utf-8", "payload_size": body.len(),
            "http_request": {"host": host, "path": format!("/{path}"), "method": method, "params": params,
                "headers": headers},
        });
        self.send(&header, body.as_bytes()).await;
        self.reply(&id).await
    }

    pub(super) async fn get(&mut self, url: &str) -> Value {
        let (status, body) = self.request("GET", url, "").await;
        assert_eq!(status, 200, "{url}: {body}");
        body
    }

    /// Subscribes, and hears until all is established: what was replayed before that, and what came of it.
    pub(super) async fn subscribe(&mut self, version: u8, requests: Value) -> (Vec<Heard>, Vec<Heard>) {
        let wanted = requests.as_array().unwrap().len();
        let body = json!({"event_protocol_version": version, "action": "establish", "correlation_id": 77,
            "retried_requests": 0, "ttl_in_s": -1, "requests": requests});
        let (status, accepted) =
            self.request("POST", "cds.us1.twilio.com/v4/Subscriptions", &body.to_string()).await;
        assert_eq!((status, &accepted["max_batch_size"]), (202, &1000.into()));
        let (mut replayed, mut outcomes, mut told) = (Vec::new(), Vec::new(), 0);
        while told < wanted {
            let heard = self.hear().await;
            assert_eq!(heard.head["message_type"], "twilio.sync.event");
            if heard.kind().starts_with("subscription_") {
                told += heard.payload["events"].as_array().map_or(1, Vec::len);
                outcomes.push(heard);
            } else {
                replayed.push(heard);
            }
        }
        (replayed, outcomes)
    }
}
