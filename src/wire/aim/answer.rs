//! What the service answers, all fields in the order recorded.

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Dialect, Path};
use crate::{
    media::Attached,
    sid::{AccountSid, ChannelSid, ChatServiceSid, MemberSid, MessageSid, MessagingServiceSid, UserSid},
    sync::{Meta, Name},
    text::{At, Text},
    time::Timestamp,
};

mod people;

pub use people::{Invite, Participant, User};

/// Where a device begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Configuration<'a> {
    /// What its links are in.
    pub dialect: Dialect,
    /// The Chat service.
    pub service_sid: ChatServiceSid,
    /// The user the device is.
    pub user_sid: UserSid,
    /// Their identity.
    pub identity: &'a str,
    /// What `/v1/Services/…/Media` is under: it is reached without the tunnel, so by where the server is.
    pub media_base: &'a str,
}

impl Serialize for Configuration<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Options {
            consumption_report_interval: &'static str,
            user_infos_to_subscribe: u32,
            reachability_enabled: bool,
            http_cache_interval: &'static str,
            my_conversations_page_size: u32,
            media_attachments_count_limit: u32,
            media_attachment_size_limit_in_mb: u32,
            media_attachments_total_size_limit_in_mb: u32,
            email_histories_allowed_mime_types: [&'static str; 2],
            email_bodies_allowed_mime_types: [&'static str; 2],
        }

        #[derive(Serialize)]
        struct Roots<'a> {
            my_conversations: Name<'a>,
            my_user_info: Name<'a>,
        }

        let types = ["text/plain", "text/html"];
        let options = Options {
            consumption_report_interval: "PT1S",
            user_infos_to_subscribe: 100,
            reachability_enabled: true,
            http_cache_interval: "PT1S",
            my_conversations_page_size: 50,
            media_attachments_count_limit: 10,
            media_attachment_size_limit_in_mb: 150,
            media_attachments_total_size_limit_in_mb: 150,
            email_histories_allowed_mime_types: types,
            email_bodies_allowed_mime_types: types,
        };
        let roots = Roots {
            my_conversations: Name::MyChannels(self.identity),
            my_user_info: Name::UserInfo(self.user_sid),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("options", &options)?;
        map.serialize_entry("sync_objects", &roots)?;
        map.serialize_entry("links", &ConfigurationLinks(self))?;
        map.serialize_entry("identity", self.identity)?;
        map.serialize_entry("url", &Path::Configuration.url_in(self.dialect))?;
        map.end()
    }
}

struct ConfigurationLinks<'a>(&'a Configuration<'a>);

impl Serialize for ConfigurationLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Configuration { dialect, service_sid: service, user_sid: user, media_base, .. } = *self.0;
        let conversations = Path::Conversations(service);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("my_conversations", &Path::MyConversations(service, user).url_in(dialect))?;
        map.serialize_entry("conversations", &conversations.url_in(dialect))?;
        map.serialize_entry("users", &Path::Users(service).url_in(dialect))?;
        map.serialize_entry("current_user", &Path::User(service, &user.text()).url_in(dialect))?;
        map.serialize_entry("typing", &Path::Typing(service).url_in(dialect))?;
        map.serialize_entry(
            "media_service",
            &Text(format_args!("{media_base}/v1/Services/{service}/Media")),
        )?;
        map.serialize_entry(
            "media_set_service",
            &Text(format_args!("{media_base}/v1/Services/{service}/MediaSet")),
        )?;
        let receipts = Text(format_args!("{}/%s/Messages/%s/Receipts", conversations.url_in(dialect)));
        map.serialize_entry("messages_receipts", &receipts)?;
        map.end()
    }
}

/// A channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conversation<'a> {
    /// What its links are in.
    pub dialect: Dialect,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The Chat service.
    pub chat_service_sid: ChatServiceSid,
    /// The messaging service.
    pub messaging_service_sid: MessagingServiceSid,
    /// Which.
    pub sid: ChannelSid,
    /// Its name for people.
    pub friendly_name: Option<&'a str>,
    /// Its unique name.
    pub unique_name: Option<&'a str>,
    /// JSON in a string.
    pub attributes: &'a str,
    /// `private` or `public`.
    pub r#type: &'a str,
    /// `active`.
    pub state: &'a str,
    /// Since when.
    pub state_updated: Timestamp,
    /// Counts its changes.
    pub revision: u64,
    /// `system`, or an identity.
    pub created_by: &'a str,
    /// How many are in it.
    pub members_count: u64,
    /// How many messages it has.
    pub messages_count: u64,
    /// The last of them.
    pub last_message_sid: Option<MessageSid>,
    /// When it was opened.
    pub date_created: Timestamp,
    /// When it changed last.
    pub date_updated: Timestamp,
}

impl Conversation<'_> {
    /// The fields; those that differ between a channel and one's own channel are asked for.
    fn fields<M: SerializeMap>(&self, map: &mut M, mine: Option<UserSid>) -> Result<(), M::Error> {
        let (dialect, service, sid) = (self.dialect, self.chat_service_sid, self.sid);
        map.serialize_entry("account_sid", &self.account_sid)?;
        map.serialize_entry("chat_service_sid", &service)?;
        map.serialize_entry("messaging_service_sid", &self.messaging_service_sid)?;
        if mine.is_none() {
            map.serialize_entry("sid", &sid)?;
        }
        map.serialize_entry("friendly_name", &self.friendly_name)?;
        map.serialize_entry("unique_name", &self.unique_name)?;
        map.serialize_entry("attributes", self.attributes)?;
        map.serialize_entry("type", self.r#type)?;
        map.serialize_entry("state", &State { current: self.state, updated: self.state_updated })?;
        map.serialize_entry("revision", &Text(self.revision))?;
        map.serialize_entry("created_by", self.created_by)?;
        map.serialize_entry("members_count", &self.members_count)?;
        map.serialize_entry("participants_count", &self.members_count)?;
        map.serialize_entry("messages_count", &self.messages_count)?;
        map.serialize_entry("last_message_sid", &self.last_message_sid)?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry("date_updated", &At(self.date_updated))?;
        map.serialize_entry("sync_objects", &SyncObjects(sid))?;
        match mine {
            Some(user) => {
                map.serialize_entry("url", &Path::MyConversation(service, user, sid).url_in(dialect))?
            }
            None => map.serialize_entry("url", &Path::Conversation(service, &sid.text()).url_in(dialect))?,
        }
        map.serialize_entry("links", &ConversationLinks { dialect, service, sid, mine: mine.is_some() })
    }
}

impl Serialize for Conversation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.fields(&mut map, None)?;
        map.end()
    }
}

struct State<'a> {
    current: &'a str,
    updated: Timestamp,
}

impl Serialize for State<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("current", self.current)?;
        map.serialize_entry("status_date_updated", &At(self.updated))?;
        map.serialize_entry("inactive_timer", &())?;
        map.serialize_entry("close_timer", &())?;
        map.end()
    }
}

struct SyncObjects(ChannelSid);

impl Serialize for SyncObjects {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("conversation", &Name::Channel(self.0))?;
        map.serialize_entry("messages", &Name::Messages(self.0))?;
        map.serialize_entry("participants", &Name::Roster(self.0))?;
        map.end()
    }
}

struct ConversationLinks {
    dialect: Dialect,
    service: ChatServiceSid,
    sid: ChannelSid,
    mine: bool,
}

impl Serialize for ConversationLinks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { dialect, service, sid, mine } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messages", &Path::Messages(service, sid).url_in(dialect))?;
        map.serialize_entry("participants", &Path::Participants(service, sid).url_in(dialect))?;
        map.serialize_entry("invites", &Path::Invites(service, sid).url_in(dialect))?;
        if mine {
            map.serialize_entry("conversation", &Path::Conversation(service, &sid.text()).url_in(dialect))?;
        }
        map.end()
    }
}

/// A channel as one of its members sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MyConversation<'a> {
    /// The channel.
    pub conversation: Conversation<'a>,
    /// The member as a user.
    pub user_sid: UserSid,
    /// The member.
    pub participant_sid: Option<MemberSid>,
    /// `joined`, `invited` or `notParticipating`.
    pub status: &'a str,
    /// How many messages follow the horizon; null where nothing was read.
    pub unread_messages_count: Option<u64>,
    /// The horizon.
    pub last_consumed_message_index: Option<u64>,
    /// `default` or `muted`.
    pub notification_level: &'a str,
}

impl Serialize for MyConversation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.conversation.fields(&mut map, Some(self.user_sid))?;
        map.serialize_entry("conversation_sid", &self.conversation.sid)?;
        map.serialize_entry("user_sid", &self.user_sid)?;
        map.serialize_entry("participant_sid", &self.participant_sid)?;
        map.serialize_entry("status", self.status)?;
        map.serialize_entry("unread_messages_count", &self.unread_messages_count)?;
        map.serialize_entry("last_consumed_message_index", &self.last_consumed_message_index)?;
        map.serialize_entry("last_read_message_index", &self.last_consumed_message_index)?;
        map.serialize_entry("notification_level", self.notification_level)?;
        map.end()
    }
}

/// A page of channels; `C` is either of the two kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Conversations<'a, C> {
    /// The channels.
    pub conversations: &'a [C],
    /// Where the page is among the others.
    pub meta: Meta<'a>,
}

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// What its links are in.
    pub dialect: Dialect,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The Chat service.
    pub chat_service_sid: ChatServiceSid,
    /// The channel.
    pub conversation_sid: ChannelSid,
    /// Which.
    pub sid: MessageSid,
    /// Its number in the channel.
    pub index: u64,
    /// JSON in a string.
    pub attributes: &'a str,
    /// Who wrote it.
    pub author: &'a str,
    /// The author as a member, if they are one.
    pub participant_sid: Option<MemberSid>,
    /// Its text.
    pub body: Option<&'a str>,
    /// Its files.
    pub media: &'a [Arc<Attached>],
    /// When it was posted.
    pub date_created: Timestamp,
    /// When it changed last.
    pub date_updated: Timestamp,
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("account_sid", &self.account_sid)?;
        map.serialize_entry("chat_service_sid", &self.chat_service_sid)?;
        map.serialize_entry("conversation_sid", &self.conversation_sid)?;
        map.serialize_entry("sid", &self.sid)?;
        map.serialize_entry("index", &self.index)?;
        map.serialize_entry("attributes", self.attributes)?;
        map.serialize_entry("author", self.author)?;
        map.serialize_entry("participant_sid", &self.participant_sid)?;
        map.serialize_entry("body", &self.body)?;
        map.serialize_entry("subject", &())?;
        map.serialize_entry("media", &(!self.media.is_empty()).then_some(self.media))?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry("date_updated", &At(self.date_updated))?;
        let path = Path::Message(self.chat_service_sid, self.conversation_sid, self.sid);
        map.serialize_entry("url", &path.url_in(self.dialect))?;
        map.serialize_entry("links", &MessageLinks(self))?;
        map.end()
    }
}

struct MessageLinks<'a>(&'a Message<'a>);

impl Serialize for MessageLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Message { dialect, chat_service_sid: service, conversation_sid: channel, sid, .. } = *self.0;
        let message = Path::Message(service, channel, sid);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("conversation", &Path::Conversation(service, &channel.text()).url_in(dialect))?;
        map.serialize_entry(
            "messages_receipts",
            &Text(format_args!("{}/Receipts", message.url_in(dialect))),
        )?;
        map.end()
    }
}

#[cfg(test)]
mod tests;
