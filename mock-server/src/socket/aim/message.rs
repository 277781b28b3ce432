//! Messages.

use std::sync::Arc;

use serde::Deserialize;
use wire::aim::answer::Message as View;
use wire::message::{NewMessage, UpdateMessage};
use wire::sid::MessageSid;

use super::super::tunnel::{Answer, Outcome, Segment};
use super::{Call, no_message, not_allowed};
use crate::basis::{Refused, rules};
use crate::fault::Operation;
use crate::world::channel::Channel;
use crate::world::member::member_sid;
use crate::world::message::{Message, message_sid};
use crate::world::mutation::Made;

rules! {
    SENT = "aim.message.create", Recorded("session of SDK 6.0.0: 201 with index, after its events"),
        "POST …/Messages posts as the connection's identity: 201 with the message's index";
    READ = "aim.message", Library("twilio-chat 6.0.0: the resource of a 202 is read again"),
        "GET …/Messages/{message} reads a message";
    CHANGED = "aim.message.update", Library("twilio-chat 6.0.0: updateBody, updateAttributes"),
        "POST …/Messages/{message} by its author changes body or attributes: 200, and list_item_updated";
    DELETED = "aim.message.delete", Library("twilio-chat 6.0.0: remove"),
        "DELETE …/Messages/{message} by its author: 204, and list_item_removed";
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    body: Option<Arc<str>>,
    #[serde(default)]
    attributes: Option<Arc<str>>,
}

impl Call<'_> {
    pub(super) fn messages(&self, channel: Segment<'_>) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        self.guard(Operation::SendMessage)?;
        let channel = self.my(channel)?;
        self.channel_action(&channel)?;
        self.once(|| self.send(&channel))
    }

    fn send(&self, channel: &Channel) -> Result<(Answer, Made), Refused> {
        let Body { body, attributes } = self.request.json()?;
        let from = Some(self.user().identity.clone());
        let new = NewMessage { from, body, attributes, ..NewMessage::default() };
        self.world().say(channel, new, |message| {
            let made = Made::Message(channel.sid, message_sid(channel.sid, message.nth));
            (Answer::new(201, &self.message(channel, message), SENT), made)
        })
    }

    pub(super) fn one_message(&self, channel: Segment<'_>, message: Segment<'_>) -> Outcome {
        let sid: MessageSid = message.raw().parse().map_err(|_| no_message())?;
        let no_message = |refused: Refused| if refused.code == 20404 { no_message() } else { refused };
        match self.request.method {
            "GET" => {
                self.guard(Operation::FetchMessage)?;
                let channel = self.my(channel)?;
                self.world()
                    .look_at(&channel, sid, |message| {
                        Answer::new(200, &self.message(&channel, message), READ)
                    })
                    .map_err(no_message)
            }
            "POST" => {
                self.guard(Operation::UpdateMessage)?;
                let channel = self.my(channel)?;
                self.channel_action(&channel)?;
                self.must_be_author(&channel, sid)?;
                let Body { body, attributes } = self.request.json()?;
                let last_updated_by = Some(self.user().identity.clone());
                let change = UpdateMessage { body, attributes, last_updated_by, ..UpdateMessage::default() };
                let view = |message: &Message| Answer::new(200, &self.message(&channel, message), CHANGED);
                self.world().change_message(&channel, sid, change, view).map_err(no_message)
            }
            "DELETE" => {
                self.guard(Operation::DeleteMessage)?;
                let channel = self.my(channel)?;
                self.channel_action(&channel)?;
                self.must_be_author(&channel, sid)?;
                self.world().remove_message(&channel, sid).map_err(no_message)?;
                Ok(Answer::no_content(DELETED))
            }
            _ => Err(self.request.wrong_method()),
        }
    }

    fn must_be_author(&self, channel: &Channel, sid: MessageSid) -> Result<(), Refused> {
        let author = self.world().look_at(channel, sid, |message| message.author.clone());
        match author.map_err(|_| no_message())? {
            author if author == self.user().identity => Ok(()),
            _ => Err(not_allowed()),
        }
    }

    fn message<'s>(&self, channel: &Channel, message: &'s Message) -> View<'s> {
        View {
            account_sid: self.world().account(),
            chat_service_sid: self.service(),
            conversation_sid: channel.sid,
            sid: message_sid(channel.sid, message.nth),
            index: message.index.into(),
            attributes: message.attributes.as_deref().unwrap_or("{}"),
            author: &message.author,
            participant_sid: message.member.map(|nth| member_sid(channel.sid, nth)),
            body: Some(&message.body),
            date_created: message.created,
            date_updated: message.updated,
        }
    }
}
