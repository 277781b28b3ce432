//! The client against a service played by the test: every frame and every millisecond is the test's.

mod chat;
mod connection;
mod dial;
mod login;
mod mock;
mod subscriptions;

use std::{collections::VecDeque, rc::Rc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;
use wire::{
    frame::{client::FromClient, encode},
    sid::{ChannelSid, MemberSid, MessageSid},
};

use super::{Event, Login, Out, SdkConfig, session::Session};

/// A frame the client sent.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    /// What it is, in a line: `GET cds /v3/Maps/ada.channels?Include=items`, `ack`, `init`.
    line: String,
    body: String,
    bytes: Vec<u8>,
}

/// A client, a clock, and what the client sent and has not been answered.
struct Stage {
    session: Session,
    now: Instant,
    out: Out,
    sent: VecDeque<Sent>,
    unanswered: Vec<Sent>,
    frames: u64,
}

const SERVICE: &str = "IS00000000000000000000000000000001";
const USER: &str = "US00000000000000000000000000000001";
const MY_CHANNELS: &str = "MP0000000000000000000000000000000a";
const MY_USER: &str = "MP0000000000000000000000000000000b";

/// The `n`th channel of the service.
fn channel(n: u64) -> ChannelSid {
    ChannelSid::mock(1, n)
}

/// The digits of a channel's objects.
fn digits(channel: ChannelSid) -> String {
    channel.to_string()[2..].to_owned()
}

impl Stage {
    fn new() -> Self {
        Self::with(Login::Faithful, "token-1")
    }

    fn with(login: Login, token: &str) -> Self {
        let url = "ws://127.0.0.1:1/v3/wsconnect".parse().unwrap();
        let config = Rc::new(SdkConfig::new(url, "us1", 1_795_348_708_000).login(login));
        let mut stage = Self {
            session: Session::new(config, token, 0),
            now: Instant::now(),
            out: Out::default(),
            sent: VecDeque::new(),
            unanswered: Vec::new(),
            frames: 0,
        };
        stage.open();
        stage
    }

    /// The socket is open.
    fn open(&mut self) {
        assert!(self.session.wants_link());
        self.session.opened(self.now, &mut self.out);
        self.collect();
    }

    fn act<T>(&mut self, act: impl FnOnce(&mut Session, Instant, &mut Out) -> T) -> T {
        let done = act(&mut self.session, self.now, &mut self.out);
        self.collect();
        done
    }

    fn collect(&mut self) {
        for frame in self.out.frames() {
            let sent = understand(frame);
            if sent.line != "ack" && sent.line != "close" {
                self.unanswered.push(sent.clone());
            }
            self.sent.push_back(sent);
        }
        self.out.clear();
    }

    /// What was sent since it was asked last.
    fn sent(&mut self) -> Vec<String> {
        self.sent.drain(..).map(|sent| sent.line).collect()
    }

    /// Lets time pass, timer by timer.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        while let Some(at) = self.session.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.act(Session::tick);
        }
        self.now = end;
    }

    /// The first unanswered request whose line begins like this.
    fn request(&mut self, line: &str) -> Sent {
        let place = self.unanswered.iter().position(|sent| sent.line.starts_with(line));
        let place = place.unwrap_or_else(|| panic!("no `{line}` among {:#?}", self.lines()));
        self.unanswered.remove(place)
    }

    fn lines(&self) -> Vec<&str> {
        self.unanswered.iter().map(|sent| &*sent.line).collect()
    }

    /// Answers that request.
    fn answer(&mut self, line: &str, code: u16, body: &Value) {
        let request = self.request(line);
        let header = json!({
            "method": "reply", "id": request.id, "status": {"code": 200, "status": "OK"},
            "http_status": {"code": code, "status": "whatever"}, "payload_type": "application/json",
        });
        self.receive(header, &body.to_string());
    }

    /// Twilsock's own answer to a request.
    fn verdict(&mut self, line: &str, status: &Value, body: &str) {
        let request = self.request(line);
        self.receive(json!({"method": "reply", "id": request.id, "status": status}), body);
    }

    fn receive(&mut self, mut header: Value, payload: &str) {
        header["payload_size"] = payload.len().into();
        let mut frame = Vec::new();
        encode(header.to_string().as_bytes(), payload.as_bytes(), &mut frame);
        self.act(|session, now, out| session.frame(&frame, now, out));
    }

    fn push_frame(&mut self, method: &str, more: &Value, payload: &str) {
        self.frames += 1;
        let mut header = json!({"method": method, "id": format!("TM{:032x}", self.frames)});
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.receive(header, payload);
    }

    fn notify(&mut self, message_type: &str, payload: &Value) {
        let more = json!({"message_type": message_type, "notification_ctx_id": "", "payload_type": "application/json"});
        self.push_frame("notification", &more, &payload.to_string());
    }

    /// A live event.
    fn live(&mut self, event_type: &str, event: &Value) {
        let kind = event_type.split('_').next().unwrap();
        let payload = json!({"event_type": event_type, "event_protocol_version": 4, "events": [event]});
        self.notify(&format!("com.twilio.rtd.cds.{kind}"), &payload);
    }

    fn close(&mut self, code: u16, payload: &str) {
        self.push_frame("close", &json!({"status": {"code": code, "status": "bye"}}), payload);
    }

    /// Accepts the oldest batch of subscriptions and confirms its objects as they were asked for.
    fn establish(&mut self) -> Value {
        let request = self.request("POST cds /v4/Subscriptions");
        self.unanswered.insert(0, request.clone());
        self.answer("POST cds /v4/Subscriptions", 202, &accepted());
        let asked: Value = serde_json::from_str(&request.body).unwrap();
        self.confirm(&asked);
        asked
    }

    fn confirm(&mut self, asked: &Value) {
        let events: Vec<Value> = asked["requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|object| {
                json!({
                    "object_sid": object["object_sid"], "object_type": object["object_type"],
                    "replay_status": "completed", "last_event_id": object["last_event_id"],
                })
            })
            .collect();
        self.notify(
            "twilio.sync.event",
            &json!({
                "event_type": "subscription_established", "correlation_id": asked["correlation_id"],
                "event_protocol_version": 4, "events": events,
            }),
        );
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.session.next_event()).collect()
    }

    /// Answers the whole login of a client who is in these channels.
    fn log_in(&mut self, channels: &[ChannelSid]) {
        self.verdict("init", &ok(), "");
        self.answer("GET aim /Client/v1/Configuration", 200, &configuration());
        self.answer("GET cds /v3/Maps/ada%40x.channels", 200, &descriptor(MY_CHANNELS, 0, &json!({})));
        self.answer("GET cds /v3/Maps/US", 200, &my_user());
        let list: Vec<Value> = channels.iter().map(|channel| conversation(*channel)).collect();
        self.answer(
            "GET aim /Client/v1/Services/",
            200,
            &json!({"conversations": list, "meta": {"next_token": null}}),
        );
        for channel in channels {
            self.load(*channel);
        }
        self.pass(150);
        self.establish();
        assert!(self.session.ready().is_some(), "{:#?}", self.session);
    }

    /// Answers what is asked for a channel.
    fn load(&mut self, sid: ChannelSid) {
        self.answer(&format!("GET cds /v3/Documents/{sid}.channel"), 200, &document(sid, -1));
        self.answer(&format!("GET cds /v3/Lists/{sid}.messages"), 200, &list(sid, -1));
        self.answer(
            &format!("GET cds /v3/Maps/{sid}.roster"),
            200,
            &descriptor(&format!("MP{}", digits(sid)), 0, &json!({})),
        );
        let items = [roster_item(1, "ada@x", 0)];
        let path = format!("GET cds /v3/Services/{SERVICE}/Maps/MP{}/Items", digits(sid));
        self.answer(
            &path,
            200,
            &json!({"items": items, "meta": {"next_token": null, "previous_token": null}}),
        );
    }
}

/// A logged-in client in these channels.
fn logged_in(channels: &[ChannelSid]) -> Stage {
    let mut stage = Stage::new();
    stage.log_in(channels);
    stage.sent();
    stage
}

fn understand(frame: &[u8]) -> Sent {
    let (header, body) = wire::frame::client::read(frame).unwrap();
    let (id, line) = match header {
        FromClient::Init(init) => (init.id, "init".to_owned()),
        FromClient::Update(update) => (update.id, "update".to_owned()),
        FromClient::Reply(reply) => (reply.id, "ack".to_owned()),
        FromClient::Close(close) => (close.id, "close".to_owned()),
        FromClient::Message(message) => {
            let request = message.http_request;
            let host = request.host.split('.').next().unwrap();
            let query: Vec<String> =
                request.params.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mark = if query.is_empty() { "" } else { "?" };
            (message.id, format!("{} {host} {}{mark}{}", request.method, request.path, query.join("&")))
        }
        other => panic!("never sent: {other:?}"),
    };
    Sent { id: id.into_owned(), line, body: String::from_utf8(body.to_vec()).unwrap(), bytes: frame.to_vec() }
}

fn ok() -> Value {
    json!({"code": 200, "status": "OK"})
}

fn refusal(code: u16, error_code: u32) -> Value {
    json!({"code": code, "status": "NO", "description": "because", "errorCode": error_code})
}

fn accepted() -> Value {
    json!({"estimated_delivery_in_ms": 10000, "max_batch_size": 1000, "ttl_in_s": 86400})
}

fn configuration() -> Value {
    let base = format!("https://aim.us1.twilio.com/Client/v1/Services/{SERVICE}");
    json!({
        "identity": "ada@x",
        "options": {"reachability_enabled": true},
        "sync_objects": {"my_conversations": "ada@x.channels", "my_user_info": format!("{USER}.info")},
        "links": {
            "my_conversations": format!("{base}/Users/{USER}/Conversations"),
            "conversations": format!("{base}/Conversations"),
            "typing": format!("https://aim.us1.twilio.com/v1/Instances/{SERVICE}/Typing"),
            "media_service": "https://mcs.us1.twilio.com/v1",
        },
    })
}

fn collection(sid: &str) -> &'static str {
    match &sid[..2] {
        "MP" => "Maps",
        "ES" => "Lists",
        _ => "Documents",
    }
}

fn descriptor(sid: &str, last_event_id: i64, more: &Value) -> Value {
    let url = format!("https://cds.us1.twilio.com/v3/Services/{SERVICE}/{}/{sid}", collection(sid));
    let mut descriptor = json!({
        "sid": sid, "unique_name": "any", "revision": "1", "last_event_id": last_event_id,
        "links": {"items": format!("{url}/Items")}, "url": url,
    });
    descriptor.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    descriptor
}

fn my_user() -> Value {
    let item = |key: &str, data: Value| json!({"key": key, "last_event_id": 0, "data": data});
    let items = [
        item("friendlyName", json!({"value": "Ada"})),
        item("attributes", json!({"value": "{}"})),
        item("reachability", json!({"online": true, "notifiable": false})),
    ];
    descriptor(MY_USER, 3, &json!({"items": items}))
}

fn conversation(sid: ChannelSid) -> Value {
    json!({
        "conversation_sid": sid, "status": "joined", "last_consumed_message_index": null,
        "sync_objects": {"conversation": format!("{sid}.channel"), "messages": format!("{sid}.messages")},
        "notification_level": "default",
    })
}

fn channel_data(sid: ChannelSid, attributes: &str) -> Value {
    json!({
        "sid": sid, "attributes": attributes, "type": "private", "createdBy": "system",
        "roster": format!("{sid}.roster"), "messages": format!("{sid}.messages"), "lastMessage": null,
    })
}

fn document(sid: ChannelSid, last_event_id: i64) -> Value {
    let data = channel_data(sid, r#"{"status":"ACTIVE"}"#);
    descriptor(&format!("ET{}", digits(sid)), last_event_id, &json!({"data": data}))
}

fn list(sid: ChannelSid, last_event_id: i64) -> Value {
    descriptor(&format!("ES{}", digits(sid)), last_event_id, &json!({}))
}

fn roster_item(member: u64, identity: &str, event: i64) -> Value {
    let sid = MemberSid::mock(1, member);
    json!({"key": sid, "last_event_id": event, "data": {"identity": identity, "type": "chat", "attributes": "{}"}})
}

fn message_data(index: u64, author: &str, text: &str) -> Value {
    json!({
        "sid": MessageSid::mock(1, index), "author": author, "text": text, "attributes": "{}", "type": "text",
        "timestamp": "2026-11-22T11:58:30.182Z", "dateUpdated": "2026-11-22T11:58:30.182Z", "lastUpdatedBy": null,
    })
}

fn message_added(channel: ChannelSid, index: u64, author: &str, text: &str) -> Value {
    json!({
        "id": index, "list_sid": format!("ES{}", digits(channel)), "item_index": index,
        "item_data": message_data(index, author, text), "date_created": "2026-11-22T11:58:30.182Z",
    })
}

fn my_channel_event(id: i64, sid: ChannelSid, status: &str) -> Value {
    json!({
        "id": id, "map_sid": MY_CHANNELS, "item_key": sid, "date_created": "2026-11-22T11:58:30.182Z",
        "item_data": {"channel": format!("{sid}.channel"), "status": status, "type": "private", "lastConsumedMessageIndex": null},
    })
}
