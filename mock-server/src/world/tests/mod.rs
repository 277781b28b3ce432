//! The world in the words of those who use it.

use std::sync::Arc;

use serde_json::Value;
use wire::channel::NewChannel;
use wire::flex_channel::{CreateChannel, FlexChannel};
use wire::message::{Message, NewMessage};
use wire::sid::{ChannelSid, ChatServiceSid, FlexFlowSid};
use wire::sync::Protocol;

use super::connection::{Connection, Outgoing};
use super::object::Object;
use super::subscription::{Established, Subscriber};
use super::{Caps, Opened, World};
use crate::basis::Refused;
use crate::clock::Clock;
use crate::credentials::Credentials;

mod changes;
mod inviting;
mod media;
mod opening;
mod replay;

/// A world, its service and its flows.
pub(crate) struct Bench {
    pub(crate) world: Arc<World>,
    pub(crate) service: ChatServiceSid,
    pub(crate) flow: FlexFlowSid,
    pub(crate) credentials: Credentials,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Caps::default())
    }

    pub(crate) fn with(caps: Caps) -> Self {
        let credentials = Credentials::of_seed(7);
        let world = World::new(&credentials, 7, "http://127.0.0.1:1".to_owned(), Clock::start(), caps);
        let world = Arc::new(world);
        Self { world, service: credentials.chat_service_sid, flow: credentials.task_flow_sid, credentials }
    }

    pub(crate) fn create(&self, identity: &str) -> CreateChannel {
        CreateChannel::new(self.flow, identity.into(), "Ada", "Chat with Ada")
    }

    pub(crate) fn open(&self, identity: &str) -> (FlexChannel, Opened) {
        self.world.open_flex_channel(self.create(identity)).unwrap()
    }

    /// A new chat of one customer.
    pub(crate) fn chat(&self, identity: &str) -> ChannelSid {
        self.open(identity).0.sid
    }

    pub(crate) fn says(&self, channel: ChannelSid, from: &str, body: &str) -> Result<Message, Refused> {
        let new = NewMessage { from: Some(from.into()), body: Some(body.into()), ..NewMessage::default() };
        self.world.post_message(self.service, &channel.text(), new)
    }

    pub(crate) fn public(&self, name: &str) -> Result<wire::channel::Channel, Refused> {
        let new = NewChannel { unique_name: Some(name.into()), ..NewChannel::default() };
        self.world.create_channel(self.service, new)
    }

    pub(crate) fn device(&self, identity: &str) -> Device<'_> {
        let service = self.world.find_service(self.service).unwrap();
        let user = self.world.user_for(&service, &identity.into(), None).unwrap();
        let connection = Arc::new(Connection::new(user.clone(), self.world.caps().outbox_bytes));
        user.connect(&connection, self.world.caps().connections_per_user, self.world.now()).unwrap();
        Device { bench: self, connection }
    }
}

/// A logged-in device: what is pushed to it can be looked at.
pub(crate) struct Device<'a> {
    bench: &'a Bench,
    connection: Arc<Connection>,
}

impl Device<'_> {
    fn subscribe(&self, object: Object, seen: Option<i64>) -> Result<Established, Refused> {
        self.subscribe_as(Protocol::V4, object, seen)
    }

    fn subscribe_as(
        &self,
        protocol: Protocol,
        object: Object,
        seen: Option<i64>,
    ) -> Result<Established, Refused> {
        let who = Subscriber { connection: &self.connection, protocol, correlation_id: 5 };
        self.bench.world.subscribe(who, object, seen)
    }

    /// Subscribes to all there is of a channel, from its first event.
    fn follow(&self, channel: ChannelSid) {
        for object in [Object::Document(channel), Object::Messages(channel), Object::Roster(channel)] {
            self.subscribe(object, None).unwrap();
        }
    }

    fn follow_self(&self) {
        for object in [Object::Channels(self.connection.user.sid), Object::Info(self.connection.user.sid)] {
            self.subscribe(object, None).unwrap();
        }
    }

    fn leave(&self) {
        let user = &self.connection.user;
        user.disconnect(&self.connection, self.bench.world.now());
    }

    /// All that was pushed since the last look: message type and payload.
    fn hears(&self) -> Vec<(String, Value)> {
        let mut heard = Vec::new();
        while let Outgoing::Frame(frame) = self.connection.pop() {
            let (head, payload) = wire::frame::server::peek(&frame).unwrap();
            let kind = head.message_type.unwrap().into_owned();
            heard.push((kind, serde_json::from_slice(payload).unwrap()));
        }
        heard
    }

    /// The same, as `event_type` and the number of the event.
    fn hears_of(&self) -> Vec<(String, i64)> {
        let event = |payload: &Value| match payload.get("events") {
            Some(events) => events[0].clone(),
            None => payload["event"].clone(),
        };
        self.hears()
            .into_iter()
            .map(|(_, payload)| {
                (payload["event_type"].as_str().unwrap().to_owned(), event(&payload)["id"].as_i64().unwrap())
            })
            .collect()
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Refused>) -> (u16, u32) {
    let refused = result.unwrap_err();
    (refused.status, refused.code)
}
