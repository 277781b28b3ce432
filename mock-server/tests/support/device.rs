//! A device on the Chat SDK's socket: the simplest client that keeps to the protocol, one step after the other.

use std::cell::Cell;
use std::collections::VecDeque;
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use wire::token::{Claims, Signer};

use crate::api::Api;

/// How long a device waits for a frame, unless told otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    /// What is known not to come is waited for a shorter while.
    static NOW: Cell<Duration> = const { Cell::new(PATIENCE) };
}

/// Sets how long devices wait for a frame.
pub(crate) fn be_patient_for(patience: Duration) {
    NOW.set(patience);
}

/// How long they wait now.
pub(crate) fn patience() -> Duration {
    NOW.get()
}

/// A frame the mock sent.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) head: Value,
    pub(crate) payload: Value,
}

impl Frame {
    /// The Sync event, or else the frame's method: `list_item_added`, `ping`.
    pub(crate) fn kind(&self) -> &str {
        let event = self.payload["event_type"].as_str();
        event.or_else(|| self.head["method"].as_str()).unwrap_or_else(|| panic!("no kind of frame: {self:?}"))
    }

    /// The status of a tunnelled answer.
    pub(crate) fn status(&self) -> u64 {
        self.head["http_status"]["code"].as_u64().unwrap_or_else(|| panic!("no answer: {self:?}"))
    }
}

/// What a device gets to know.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Frame),
    /// The mock closed, in these words.
    Closed(Option<CloseFrame>),
    /// The line broke.
    Broken,
}

/// One device. It acknowledges what it hears, as the SDK does, unless told not to.
pub(crate) struct Device {
    pub(crate) socket: WebSocket<TcpStream>,
    pub(crate) acknowledges: bool,
    /// Frames that came while a reply was waited for.
    kept: VecDeque<Frame>,
    frames: usize,
}

impl Device {
    /// Opens a socket, and says nothing yet.
    pub(crate) fn connect(api: &Api) -> Self {
        Self::on(TcpStream::connect(api.authority()).unwrap(), api)
    }

    /// Opens a socket on a connection that is there.
    pub(crate) fn on(stream: TcpStream, api: &Api) -> Self {
        stream.set_read_timeout(Some(NOW.get())).unwrap();
        // An acknowledgement and the next request would wait for each other.
        stream.set_nodelay(true).unwrap();
        let url = format!("ws://{}/v3/wsconnect", api.authority());
        let (socket, _) = tungstenite::client(url, stream).expect("a handshake");
        Self { socket, acknowledges: true, kept: VecDeque::new(), frames: 0 }
    }

    /// A device of this identity, logged in.
    pub(crate) fn login(api: &Api, identity: &str) -> Self {
        let mut device = Self::connect(api);
        let reply = device.init(&token(api, identity));
        assert_eq!(reply["status"]["code"], 200, "{reply}");
        device
    }

    /// Says who it is.
    pub(crate) fn init(&mut self, token: &str) -> Value {
        self.init_with(token, json!({}))
    }

    /// Says who it is, with further fields.
    pub(crate) fn init_with(&mut self, token: &str, more: Value) -> Value {
        let mut header = json!({
            "method": "init", "token": token, "continuation_token": null,
            "metadata": {"ver": "0.12.2", "env": "Node.js", "type": "chat", "sdk": "JS", "sdkv": "6.0.0"},
            "registrations": [{"product": "ip_messaging", "type": "ers", "notification_protocol_version": 0,
                "message_types": ["twilio.ipmsg.typing_indicator", "twilio.sync.event"]}],
            "capabilities": ["client_update", "offline_storage", "telemetry.v1"],
        });
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            header[name.as_str()] = value;
        }
        self.ask(header, b"").head
    }

    /// Shows another token.
    pub(crate) fn update(&mut self, token: &str) -> Value {
        self.ask(json!({"method": "update", "token": token}), b"").head
    }

    /// Sends a frame under a new ID, and waits for the reply to it.
    pub(crate) fn ask(&mut self, mut header: Value, payload: &[u8]) -> Frame {
        self.frames += 1;
        let id = format!("TM{:032x}", self.frames);
        header["id"] = id.clone().into();
        self.send(&header, payload);
        loop {
            match self.next() {
                Heard::Frame(frame) if frame.head["method"] == "reply" => {
                    assert_eq!(frame.head["id"], *id, "a reply to another frame");
                    return frame;
                }
                Heard::Frame(frame) => self.kept.push_back(frame),
                end => panic!("no reply but {end:?}"),
            }
        }
    }

    /// Sends a frame.
    pub(crate) fn send(&mut self, header: &Value, payload: &[u8]) {
        let mut header = header.clone();
        header["payload_size"] = payload.len().into();
        let mut frame = Vec::new();
        wire::frame::encode(header.to_string().as_bytes(), payload, &mut frame);
        self.socket.send(Message::Binary(frame.into())).unwrap();
    }

    /// A tunnelled request. The URL is as the SDK builds it: host, path, query, with or without a scheme.
    pub(crate) fn request(&mut self, method: &str, url: &str, body: &str) -> Frame {
        self.request_with(method, url, body, json!({}))
    }

    /// A tunnelled request with header fields.
    pub(crate) fn request_with(&mut self, method: &str, url: &str, body: &str, headers: Value) -> Frame {
        let url = url.strip_prefix("https://").unwrap_or(url);
        let (host, path) = url.split_once('/').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let params: Map<String, Value> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let header = json!({
            "method": "message", "active_grant": "ip_messaging",
            "payload_type": "application/json; charset=utf-8",
            "http_request": {"host": host, "path": format!("/{path}"), "method": method, "params": params,
                "headers": headers},
        });
        self.ask(header, body.as_bytes())
    }

    /// A request to the Chat service's REST for devices, below `…/Services/IS…`. Asserts the status.
    #[track_caller]
    pub(crate) fn aim(&mut self, api: &Api, method: &str, below: &str, body: Value, status: u64) -> Value {
        let service = api.credentials().chat_service_sid;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer =
            self.request(method, &format!("aim.us1.twilio.com/Client/v1/Services/{service}{below}"), &body);
        assert_eq!(answer.status(), status, "{method} {below}: {answer:?}");
        answer.payload
    }

    /// Reads a Sync object or its items: what is below `/v3`.
    #[track_caller]
    pub(crate) fn sync(&mut self, below: &str) -> Value {
        let answer = self.request("GET", &format!("cds.us1.twilio.com/v3{below}"), "");
        assert_eq!(answer.status(), 200, "{below}: {answer:?}");
        answer.payload
    }

    /// Says that somebody types.
    pub(crate) fn types(&mut self, api: &Api, channel: &str) -> Frame {
        let service = api.credentials().chat_service_sid;
        let url = format!("aim.us1.twilio.com/v1/Instances/{service}/Typing");
        self.request("POST", &url, &format!("ChannelSid={channel}"))
    }

    /// Subscribes to Sync objects, in event protocol 4, and returns what came of it and what came before that.
    pub(crate) fn subscribe(&mut self, requests: Value) -> Vec<Frame> {
        let wanted = requests.as_array().map_or(0, Vec::len);
        let answer = self.subscriptions("establish", requests);
        assert_eq!(answer.status(), 202, "{answer:?}");
        let (mut frames, mut told) = (Vec::new(), 0);
        while told < wanted {
            let frame = self.hear();
            if frame.kind().starts_with("subscription_") {
                told += frame.payload["events"].as_array().map_or(1, Vec::len);
            }
            frames.push(frame);
        }
        frames
    }

    /// Asks to establish or to cancel subscriptions.
    pub(crate) fn subscriptions(&mut self, action: &str, requests: Value) -> Frame {
        let body = json!({"event_protocol_version": 4, "action": action, "correlation_id": 77,
            "retried_requests": 0, "ttl_in_s": -1, "requests": requests});
        self.request("POST", "cds.us1.twilio.com/v4/Subscriptions", &body.to_string())
    }

    /// Subscribes to the object at `/v3/{collection}/{name}` from its first event on, and returns its SID.
    pub(crate) fn follow(&mut self, collection: &str, name: &str) -> String {
        let sid = self.sync(&format!("/{collection}/{name}"))["sid"].as_str().unwrap().to_owned();
        let kind = collection.trim_end_matches('s').to_lowercase();
        self.subscribe(json!([{"object_sid": sid, "object_type": kind, "last_event_id": -1}]));
        sid
    }

    /// Waits for a frame of this kind; others before it are dropped.
    #[track_caller]
    pub(crate) fn hears(&mut self, kind: &str) -> Frame {
        loop {
            let frame = self.hear();
            if frame.kind() == kind {
                return frame;
            }
        }
    }

    /// The next frame that is no reply.
    #[track_caller]
    pub(crate) fn hear(&mut self) -> Frame {
        if let Some(frame) = self.kept.pop_front() {
            return frame;
        }
        match self.next() {
            Heard::Frame(frame) => frame,
            end => panic!("no frame but {end:?}"),
        }
    }

    /// The next frame but pings and outcomes of subscriptions: something changed.
    #[track_caller]
    pub(crate) fn hear_change(&mut self) -> Frame {
        loop {
            let frame = self.hear();
            if frame.kind() != "ping" && !frame.kind().starts_with("subscription_") {
                return frame;
            }
        }
    }

    /// The kinds of what was heard meanwhile, without waiting for more.
    pub(crate) fn heard_kinds(&mut self) -> Vec<String> {
        self.kept.drain(..).map(|frame| frame.kind().to_owned()).collect()
    }

    /// What came while replies were waited for.
    pub(crate) fn heard(&mut self) -> Vec<Frame> {
        self.kept.drain(..).collect()
    }

    /// Waits for the mock to close; frames before that are dropped.
    pub(crate) fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match self.next() {
                Heard::Frame(_) => {}
                Heard::Closed(frame) => return frame,
                Heard::Broken => panic!("the line broke without a close"),
            }
        }
    }

    /// The next of whatever comes.
    pub(crate) fn next(&mut self) -> Heard {
        let bytes = match self.socket.read() {
            Ok(Message::Binary(bytes)) => bytes,
            Ok(Message::Close(frame)) => {
                // The answer to it is ready, and not sent by itself.
                let _ = self.socket.flush();
                return Heard::Closed(frame);
            }
            Ok(_) => return self.next(),
            Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("the mock says nothing")
            }
            Err(_) => return Heard::Broken,
        };
        let frame = wire::frame::decode(&bytes).unwrap();
        let head: Value = serde_json::from_slice(frame.header).unwrap();
        let payload = serde_json::from_slice(frame.payload).unwrap_or_default();
        if head["method"] != "reply" && self.acknowledges {
            let ack = json!({"id": head["id"], "method": "reply", "payload_type": "application/json",
                "status": {"code": 200, "status": "OK"}});
            self.send(&ack, b"");
        }
        Heard::Frame(Frame { head, payload })
    }
}

/// A good token for this identity.
pub(crate) fn token(api: &Api, identity: &str) -> String {
    token_of(api, identity, |_| {})
}

/// A token for this identity, with changed claims.
pub(crate) fn token_of(api: &Api, identity: &str, change: impl FnOnce(&mut Claims<'_>)) -> String {
    let who = api.credentials();
    let signer = Signer::new(who.account_sid, who.api_key_sid, &who.api_key_secret, None).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut claims = Claims::new(identity, who.chat_service_sid, now);
    change(&mut claims);
    signer.mint(&claims)
}
