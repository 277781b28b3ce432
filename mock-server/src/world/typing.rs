//! Somebody is typing: told to the others' devices, kept nowhere.

use std::sync::Arc;

use wire::frame::server::{Typing, message_type};

use super::World;
use super::channel::Channel;
use super::event::notification;
use super::object::Object;
use super::user::User;
use crate::basis::rules;
use crate::fault::aim::Pattern;
use crate::fault::push::Event as Pushed;

rules! {
    EVENT = "socket.typing", Library("twilio-chat 6.0.0, typingindicator: the notification carries one second more"),
        "a typing member is announced to the devices of all other members, for a second longer than the service's timeout";
}

impl World {
    /// Announces that a user types, and says for how many seconds that holds.
    pub(crate) fn announce_typing(&self, channel: &Channel, author: &User) -> u32 {
        let seconds = channel.service.defaults().typing_seconds;
        let (facts, others): (_, Vec<Arc<User>>) = {
            let state = channel.lock();
            let others = state.members.iter().filter(|member| member.user.sid != author.sid);
            (state.facts.clone(), others.map(|member| member.user.clone()).collect())
        };
        let payload = Typing {
            channel_sid: channel.sid,
            identity: author.identity.as_str().into(),
            typing_timeout: seconds + 1,
        };
        let frame = notification(EVENT, message_type::TYPING, &payload);
        let is_meant = |pattern: &Pattern| channel.is_meant(&facts, pattern);
        let delivery =
            channel.service.faults.delivery(Pushed::Typing, Object::Document(channel.sid), &is_meant);
        for other in others {
            for connection in &other.lock().connections {
                match &delivery {
                    None => connection.push(frame.clone()),
                    Some(delivery) => delivery.push(connection, frame.clone()),
                }
            }
        }
        seconds
    }
}
