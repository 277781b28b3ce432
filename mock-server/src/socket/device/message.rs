//! Messages: posted by members, changed and deleted by their authors.

use std::sync::Arc;

use wire::message::{NewMessage, UpdateMessage};
use wire::sid::MessageSid;

use super::{Device, no_message, not_allowed};
use crate::basis::Refused;
use crate::world::channel::Channel;
use crate::world::message::{Message, message_at};

/// What a device writes of a message.
#[derive(Default)]
pub(in crate::socket) struct Words {
    pub(in crate::socket) body: Option<Arc<str>>,
    pub(in crate::socket) attributes: Option<Arc<str>>,
    pub(in crate::socket) media_sids: Vec<Arc<str>>,
}

impl Device<'_> {
    /// Posts in the name of the device's user.
    pub(in crate::socket) fn say<T>(
        self,
        channel: &Channel,
        words: Words,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        let Words { body, attributes, media_sids } = words;
        let from = Some(self.user().identity.clone());
        let new = NewMessage { from, body, attributes, media_sids, ..NewMessage::default() };
        self.world().say(channel, new, view)
    }

    pub(in crate::socket) fn message<T>(
        self,
        channel: &Channel,
        sid: MessageSid,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        self.world().look_at(channel, sid, view).map_err(|_| no_message())
    }

    /// The message with this index.
    pub(in crate::socket) fn message_at(
        self,
        channel: &Channel,
        index: Option<u32>,
    ) -> Result<MessageSid, Refused> {
        index.and_then(|index| message_at(channel, index)).ok_or_else(no_message)
    }

    pub(in crate::socket) fn edit<T>(
        self,
        channel: &Channel,
        sid: MessageSid,
        words: Words,
        view: impl FnOnce(&Message) -> T,
    ) -> Result<T, Refused> {
        self.must_be_author(channel, sid)?;
        let Words { body, attributes, .. } = words;
        let last_updated_by = Some(self.user().identity.clone());
        let change = UpdateMessage { body, attributes, last_updated_by, ..UpdateMessage::default() };
        self.world().change_message(channel, sid, change, view).map_err(gone)
    }

    pub(in crate::socket) fn unsay(self, channel: &Channel, sid: MessageSid) -> Result<(), Refused> {
        self.must_be_author(channel, sid)?;
        self.world().remove_message(channel, sid).map_err(gone)
    }

    fn must_be_author(self, channel: &Channel, sid: MessageSid) -> Result<(), Refused> {
        let author = self.message(channel, sid, |message| message.author.clone())?;
        if author == self.user().identity { Ok(()) } else { Err(not_allowed()) }
    }
}

/// The name of a message in a path.
pub(in crate::socket) fn sid_of(name: &str) -> Result<MessageSid, Refused> {
    name.parse().map_err(|_| no_message())
}

/// A message deleted this instant is as unknown as any.
fn gone(refused: Refused) -> Refused {
    if refused.code == 20404 { no_message() } else { refused }
}
