//! Members, users, and who is invited to become a member.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::super::{Dialect, Path, Url};
use crate::{
    sid::{AccountSid, ChannelSid, ChatServiceSid, InviteSid, MemberSid, RoleSid, UserSid},
    sync::Name,
    text::{At, Text},
    time::Timestamp,
};

/// A member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Participant<'a> {
    /// What its links are in.
    pub dialect: Dialect,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The Chat service.
    pub chat_service_sid: ChatServiceSid,
    /// The channel.
    pub conversation_sid: ChannelSid,
    /// What they may do.
    pub role_sid: RoleSid,
    /// Which.
    pub sid: MemberSid,
    /// JSON in a string.
    pub attributes: &'a str,
    /// When they came.
    pub date_created: Timestamp,
    /// When something about them changed last.
    pub date_updated: Timestamp,
    /// Who.
    pub identity: &'a str,
}

impl Serialize for Participant<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (service, channel) = (self.chat_service_sid, self.conversation_sid);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("account_sid", &self.account_sid)?;
        map.serialize_entry("chat_service_sid", &service)?;
        map.serialize_entry("conversation_sid", &channel)?;
        map.serialize_entry("role_sid", &self.role_sid)?;
        map.serialize_entry("sid", &self.sid)?;
        map.serialize_entry("attributes", self.attributes)?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry("date_updated", &At(self.date_updated))?;
        map.serialize_entry("identity", self.identity)?;
        map.serialize_entry("messaging_binding", &())?;
        map.serialize_entry(
            "url",
            &Path::Participant(service, channel, &self.sid.text()).url_in(self.dialect),
        )?;
        let channel = channel.text();
        let conversation = Path::Conversation(service, &channel);
        let links = ParticipantLinks { conversation: conversation.url_in(self.dialect) };
        map.serialize_entry("links", &links)?;
        map.end()
    }
}

/// An invite.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invite<'a> {
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The Chat service.
    pub chat_service_sid: ChatServiceSid,
    /// The channel.
    pub conversation_sid: ChannelSid,
    /// What they may do once they join.
    pub role_sid: RoleSid,
    /// Which.
    pub sid: InviteSid,
    /// Who is invited.
    pub identity: &'a str,
    /// Who invited them.
    pub created_by: &'a str,
    /// When.
    pub date_created: Timestamp,
}

impl Serialize for Invite<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let invites = Path::Invites(self.chat_service_sid, self.conversation_sid);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("account_sid", &self.account_sid)?;
        map.serialize_entry("chat_service_sid", &self.chat_service_sid)?;
        map.serialize_entry("conversation_sid", &self.conversation_sid)?;
        map.serialize_entry("role_sid", &self.role_sid)?;
        map.serialize_entry("sid", &self.sid)?;
        map.serialize_entry("identity", self.identity)?;
        map.serialize_entry("created_by", self.created_by)?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry("date_updated", &At(self.date_created))?;
        map.serialize_entry("url", &Text(format_args!("{}/{}", invites.url(), self.sid)))?;
        map.end()
    }
}

#[derive(Serialize)]
struct ParticipantLinks<'a> {
    conversation: Url<'a>,
}

/// A user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct User<'a> {
    /// What its links are in.
    pub dialect: Dialect,
    /// Which.
    pub sid: UserSid,
    /// Who.
    pub identity: &'a str,
    /// What they may do.
    pub role_sid: RoleSid,
    /// Their name for people.
    pub friendly_name: Option<&'a str>,
    /// JSON in a string.
    pub attributes: &'a str,
    /// Whether they have a connection.
    pub is_online: bool,
    /// Whether they have a push registration.
    pub is_notifiable: bool,
    /// When they were made.
    pub date_created: Timestamp,
    /// When they changed last.
    pub date_updated: Timestamp,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The Chat service.
    pub chat_service_sid: ChatServiceSid,
}

impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct UserObjects<'a> {
            user_info_map: Name<'a>,
        }

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sid", &self.sid)?;
        map.serialize_entry("identity", self.identity)?;
        map.serialize_entry("role_sid", &self.role_sid)?;
        map.serialize_entry("friendly_name", &self.friendly_name)?;
        map.serialize_entry("attributes", self.attributes)?;
        map.serialize_entry("is_online", &self.is_online)?;
        map.serialize_entry("is_notifiable", &self.is_notifiable)?;
        map.serialize_entry("date_created", &At(self.date_created))?;
        map.serialize_entry("date_updated", &At(self.date_updated))?;
        map.serialize_entry("account_sid", &self.account_sid)?;
        map.serialize_entry("chat_service_sid", &self.chat_service_sid)?;
        map.serialize_entry("sync_objects", &UserObjects { user_info_map: Name::UserInfo(self.sid) })?;
        map.serialize_entry(
            "url",
            &Path::User(self.chat_service_sid, &self.sid.text()).url_in(self.dialect),
        )?;
        map.end()
    }
}
