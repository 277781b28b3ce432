//! The role: what users may do in a service, or members in a channel.

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    sid::{AccountSid, ChatServiceSid, RoleSid},
    time::{self, Timestamp},
    words,
};

words! {
    /// Whose role it is.
    pub enum Kind {
        /// A member's, in one channel.
        Channel = "channel",
        /// A user's, in the service.
        Deployment = "deployment",
    }
}

words! {
    /// One thing a role allows.
    pub enum Permission {
        /// To add others to a channel.
        AddMember = "addMember",
        /// To make channels.
        CreateChannel = "createChannel",
        /// To delete anybody's messages.
        DeleteAnyMessage = "deleteAnyMessage",
        /// To delete one's own messages.
        DeleteOwnMessage = "deleteOwnMessage",
        /// To delete channels.
        DestroyChannel = "destroyChannel",
        /// To change any member's attributes.
        EditAnyMemberAttributes = "editAnyMemberAttributes",
        /// To change anybody's messages.
        EditAnyMessage = "editAnyMessage",
        /// To change the attributes of anybody's messages.
        EditAnyMessageAttributes = "editAnyMessageAttributes",
        /// To change any user's name and attributes.
        EditAnyUserInfo = "editAnyUserInfo",
        /// To change a channel's attributes.
        EditChannelAttributes = "editChannelAttributes",
        /// To change a channel's name.
        EditChannelName = "editChannelName",
        /// To say whether one wants to be told of messages.
        EditNotificationLevel = "editNotificationLevel",
        /// To change one's own member attributes.
        EditOwnMemberAttributes = "editOwnMemberAttributes",
        /// To change one's own messages.
        EditOwnMessage = "editOwnMessage",
        /// To change the attributes of one's own messages.
        EditOwnMessageAttributes = "editOwnMessageAttributes",
        /// To change one's own name and attributes.
        EditOwnUserInfo = "editOwnUserInfo",
        /// To invite others to a channel.
        InviteMember = "inviteMember",
        /// To join channels.
        JoinChannel = "joinChannel",
        /// To leave a channel.
        LeaveChannel = "leaveChannel",
        /// To remove others from a channel.
        RemoveMember = "removeMember",
        /// To post files.
        SendMediaMessage = "sendMediaMessage",
        /// To post messages.
        SendMessage = "sendMessage",
    }
}

impl Permission {
    /// Whether a role of this kind can have it.
    pub const fn fits(self, kind: Kind) -> bool {
        match self {
            Self::CreateChannel | Self::JoinChannel => matches!(kind, Kind::Deployment),
            Self::SendMessage
            | Self::SendMediaMessage
            | Self::LeaveChannel
            | Self::DeleteOwnMessage
            | Self::EditNotificationLevel
            | Self::EditOwnMemberAttributes => matches!(kind, Kind::Channel),
            Self::AddMember
            | Self::DeleteAnyMessage
            | Self::DestroyChannel
            | Self::EditAnyMemberAttributes
            | Self::EditAnyMessage
            | Self::EditAnyMessageAttributes
            | Self::EditAnyUserInfo
            | Self::EditChannelAttributes
            | Self::EditChannelName
            | Self::EditOwnMessage
            | Self::EditOwnMessageAttributes
            | Self::EditOwnUserInfo
            | Self::InviteMember
            | Self::RemoveMember => true,
        }
    }
}

/// A role as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its SID.
    pub sid: RoleSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The service.
    pub service_sid: ChatServiceSid,
    /// Its name.
    pub friendly_name: Option<String>,
    /// Whose role it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// Where it is read.
    pub url: String,
}

impl Role {
    /// Where a role is read, given where its service is.
    pub fn url(service: &str, sid: RoleSid) -> String {
        format!("{service}/Roles/{sid}")
    }
}

parameters! {
    /// What `POST …/Roles` takes.
    pub struct NewRole {
        /// Its name.
        friendly_name: String = "FriendlyName",
        /// Whose role it is.
        kind: Kind = "Type",
        /// What it allows; at least one thing.
        permissions: Vec<Permission> = "Permission",
    }
}

parameters! {
    /// What `POST …/Roles/{Sid}` takes.
    pub struct UpdateRole {
        /// What it allows from now on, instead of all it allowed; at least one thing.
        permissions: Vec<Permission> = "Permission",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_fits_some_kind() {
        for word in Permission::WORDS {
            let permission = Permission::read(word).unwrap();
            assert!(permission.fits(Kind::Channel) || permission.fits(Kind::Deployment), "{word}");
        }
        assert!(!Permission::SendMessage.fits(Kind::Deployment));
        assert!(!Permission::CreateChannel.fits(Kind::Channel));
    }

    #[test]
    fn a_role_comes_back() {
        let (service, sid) = (ChatServiceSid::mock(1, 1), RoleSid::mock(1, 1));
        let role = Role {
            sid,
            account_sid: AccountSid::mock(1, 1),
            service_sid: service,
            friendly_name: Some("channel user".to_owned()),
            kind: Kind::Channel,
            permissions: vec![Permission::SendMessage, Permission::LeaveChannel],
            date_created: Timestamp::from_secs(1),
            date_updated: Timestamp::from_secs(2),
            url: Role::url(&crate::service::Service::url("http://127.0.0.1:1", service), sid),
        };
        let json = serde_json::to_string(&role).unwrap();
        assert_eq!(serde_json::from_str::<Role>(&json).unwrap(), role);
    }
}
