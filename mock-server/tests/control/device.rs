//! A customer's device: the SDK's socket, as little of it as these tests need.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

/// A connected device that acknowledges what it hears.
pub(crate) struct Device {
    socket: WebSocket<TcpStream>,
    sent: usize,
}

impl Device {
    pub(crate) fn connect(authority: &str) -> Self {
        let stream = TcpStream::connect(authority).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{authority}/v3/wsconnect"), stream).unwrap();
        Self { socket, sent: 0 }
    }

    pub(crate) fn login(authority: &str, token: &str) -> Self {
        let mut device = Self::connect(authority);
        let reply = device.init(token);
        assert_eq!(reply["status"]["code"], 200, "{reply}");
        device
    }

    /// Asks to be let in, and returns what is said to it.
    pub(crate) fn init(&mut self, token: &str) -> Value {
        self.sent += 1;
        self.send(&json!({
            "id": format!("TM{:032x}", self.sent), "method": "init", "token": token, "continuation_token": null,
            "metadata": {"ver": "0.12.2", "env": "Node.js", "type": "chat", "sdk": "JS", "sdkv": "6.0.0"},
            "registrations": [], "tweaks": null, "capabilities": ["client_update"], "payload_size": 0,
        }));
        self.hear().expect("the mock says nothing to init")
    }

    /// A request through the tunnel: its status.
    pub(crate) fn request(&mut self, method: &str, path: &str, body: &str) -> u64 {
        self.sent += 1;
        let header = json!({
            "id": format!("TM{:032x}", self.sent), "method": "message", "active_grant": "ip_messaging",
            "payload_type": "application/json; charset=utf-8", "payload_size": body.len(),
            "http_request": {"host": "aim.us1.twilio.com", "path": path, "method": method, "params": {}, "headers": {}},
        });
        let mut frame = Vec::new();
        wire::frame::encode(header.to_string().as_bytes(), body.as_bytes(), &mut frame);
        self.socket.send(Message::Binary(frame.into())).unwrap();
        loop {
            let heard = self.hear().expect("closed without a reply");
            if heard["method"] == "reply" {
                return heard["http_status"]["code"].as_u64().unwrap();
            }
        }
    }

    fn send(&mut self, header: &Value) {
        let mut frame = Vec::new();
        wire::frame::encode(header.to_string().as_bytes(), b"", &mut frame);
        self.socket.send(Message::Binary(frame.into())).unwrap();
    }

    /// The head of the next frame; `None` once the mock has closed.
    pub(crate) fn hear(&mut self) -> Option<Value> {
        let bytes = loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => break bytes,
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(_) => return None,
                Err(tungstenite::Error::Io(error)) => panic!("the mock says nothing: {error}"),
                Err(_) => return None,
            }
        };
        let frame = wire::frame::decode(&bytes).unwrap();
        let head: Value = serde_json::from_slice(frame.header).unwrap();
        if head["method"] != "reply" {
            self.send(&json!({"id": head["id"], "method": "reply", "payload_type": "application/json",
                "status": {"code": 200, "status": "OK"}, "payload_size": 0}));
        }
        Some(head)
    }

    /// Hears on until it is told to go: with which code.
    pub(crate) fn told_to_go(&mut self) -> u64 {
        loop {
            let heard = self.hear().expect("closed without a good-bye");
            if heard["method"] == "close" {
                return heard["status"]["code"].as_u64().unwrap();
            }
        }
    }
}
