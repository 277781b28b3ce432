//! Messages.

use std::sync::Arc;

use serde::Deserialize;
use wire::aim::answer::Message as View;

use super::super::device::{Words, sid_of};
use super::super::tunnel::{Answer, Outcome, Segment};
use super::Call;
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::channel::Channel;
use crate::world::member::member_sid;
use crate::world::message::{Message, message_sid};
use crate::world::mutation::Made;

rules! {
    SENT = "aim.message.create", Recorded("session of SDK 6.0.0: 201 with index, after its events"),
        "POST …/Messages posts as the connection's identity: 201 with the message's index";
    MEDIA = "aim.message.create.media", Library("twilio-chat 6.0.0, sendMedia: media_sid; conversations 3.0.1: media_sids"),
        "POST …/Messages with media_sid or media_sids sends the files that were uploaded before";
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
    /// What the Chat SDK sends.
    #[serde(default)]
    media_sid: Option<Arc<str>>,
    /// What the Conversations SDK sends.
    #[serde(default)]
    media_sids: Option<Vec<Arc<str>>>,
}

impl Call<'_> {
    pub(super) fn messages(&self, channel: Segment<'_>) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::SendMessage)?;
        let channel = self.device.my_to_change(channel)?;
        self.once(|| self.send(&channel))
    }

    fn send(&self, channel: &Channel) -> Result<(Answer, Made), Refused> {
        self.device.say(channel, self.words()?, |message| {
            let made = Made::Message(channel.sid, message_sid(channel.sid, message.nth));
            let rule = if message.media.is_empty() { SENT } else { MEDIA };
            (Answer::new(201, &self.message(channel, message), rule), made)
        })
    }

    pub(super) fn one_message(&self, channel: Segment<'_>, message: Segment<'_>) -> Outcome {
        let sid = sid_of(message.raw())?;
        match self.request.method {
            "GET" => {
                self.device.guard(Operation::FetchMessage)?;
                let channel = self.device.my(channel)?;
                let view = |message: &Message| Answer::new(200, &self.message(&channel, message), READ);
                self.device.message(&channel, sid, view)
            }
            "POST" => {
                self.device.guard(Operation::UpdateMessage)?;
                let channel = self.device.my_to_change(channel)?;
                let view = |message: &Message| Answer::new(200, &self.message(&channel, message), CHANGED);
                self.device.edit(&channel, sid, self.words()?, view)
            }
            "DELETE" => {
                self.device.guard(Operation::DeleteMessage)?;
                let channel = self.device.my_to_change(channel)?;
                self.device.unsay(&channel, sid)?;
                Ok(Answer::no_content(DELETED))
            }
            _ => Err(self.request.wrong_method()),
        }
    }

    fn words(&self) -> Result<Words, Refused> {
        let Body { body, attributes, media_sid, media_sids } = self.request.json()?;
        let media_sids = media_sids.into_iter().flatten().chain(media_sid).collect();
        Ok(Words { body, attributes, media_sids })
    }

    fn message<'s>(&self, channel: &Channel, message: &'s Message) -> View<'s> {
        View {
            dialect: self.dialect,
            account_sid: self.world().account(),
            chat_service_sid: self.service(),
            conversation_sid: channel.sid,
            sid: message_sid(channel.sid, message.nth),
            index: message.index.into(),
            attributes: message.attributes.as_deref().unwrap_or("{}"),
            author: &message.author,
            participant_sid: message.member.map(|nth| member_sid(channel.sid, nth)),
            body: message.text().map(|text| &**text),
            media: &message.media,
            date_created: message.created,
            date_updated: message.updated,
        }
    }
}
