//! The Chat user, and what a user has of each channel they are in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    channel::Channel,
    form::parameters,
    identity::Identity,
    member::Member,
    sid::{AccountSid, ChannelSid, ChatServiceSid, MemberSid, RoleSid, UserSid},
    time::{self, Timestamp},
    words,
};

/// Where what belongs to a user is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The channels they are in.
    pub user_channels: String,
    /// Their push bindings.
    pub user_bindings: String,
}

/// A Chat user as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its SID.
    pub sid: UserSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The service.
    pub service_sid: ChatServiceSid,
    /// What they may do in the service.
    pub role_sid: Option<RoleSid>,
    /// Who it is.
    pub identity: Identity,
    /// JSON text.
    pub attributes: Option<Arc<str>>,
    /// Whether they are connected; null where the service does not say.
    pub is_online: Option<bool>,
    /// Whether they can be reached by push; null where the service does not say.
    pub is_notifiable: Option<bool>,
    /// Their name.
    pub friendly_name: Option<Arc<str>>,
    /// How many channels they are in.
    pub joined_channels_count: u32,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// Where what belongs to it is listed.
    pub links: Links,
    /// Where it is read.
    pub url: String,
}

impl User {
    /// Where a user is read, on the API at `base`.
    pub fn url(base: &str, service: ChatServiceSid, sid: UserSid) -> String {
        format!("{base}/v2/Services/{service}/Users/{sid}")
    }
}

impl Links {
    /// The links of the user who is read at `url`.
    pub fn of(url: &str) -> Self {
        Self { user_channels: format!("{url}/Channels"), user_bindings: format!("{url}/Bindings") }
    }
}

parameters! {
    /// What `POST …/Users` takes.
    pub struct NewUser {
        /// Who it is.
        identity: Identity = "Identity",
        /// What they may do in the service.
        role_sid: Option<RoleSid> = "RoleSid",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
        /// Their name.
        friendly_name: Option<Arc<str>> = "FriendlyName",
    }
}

parameters! {
    /// What `POST …/Users/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateUser {
        /// What they may do in the service.
        role_sid: Option<RoleSid> = "RoleSid",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
        /// Their name.
        friendly_name: Option<Arc<str>> = "FriendlyName",
    }
}

words! {
    /// How a user stands to a channel. The two products spell the third word differently; both are read.
    pub enum Standing {
        /// A member.
        Joined = "joined",
        /// Asked to be one.
        Invited = "invited",
        /// Neither.
        NotParticipating = "not_participating" | "notParticipating",
    }
}

words! {
    /// Whether a channel's messages are announced to a user.
    pub enum NotificationLevel {
        /// As the service has it.
        Default = "default",
        /// Not at all.
        Muted = "muted",
    }
}

/// Where a user's channel leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserChannelLinks {
    /// The channel.
    pub channel: String,
    /// The user's membership, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// What a user has of a channel, as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserChannel {
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The service.
    pub service_sid: ChatServiceSid,
    /// The channel.
    pub channel_sid: ChannelSid,
    /// The user.
    pub user_sid: UserSid,
    /// The membership.
    pub member_sid: Option<MemberSid>,
    /// How the user stands to it.
    pub status: Standing,
    /// The last message they have read; null before the first.
    pub last_consumed_message_index: Option<u32>,
    /// How many they have not; null before they read the first.
    pub unread_messages_count: Option<u32>,
    /// Whether its messages are announced.
    pub notification_level: Option<NotificationLevel>,
    /// Where it is read.
    pub url: String,
    /// Where it leads to.
    pub links: UserChannelLinks,
}

impl UserChannel {
    /// Where a user's channel is read, given where the user is.
    pub fn url(user: &str, channel: ChannelSid) -> String {
        format!("{user}/Channels/{channel}")
    }
}

impl UserChannelLinks {
    /// The links of a channel and the membership in it, on the API at `base`.
    pub fn of(base: &str, service: ChatServiceSid, channel: ChannelSid, member: Option<MemberSid>) -> Self {
        let channel = Channel::url(base, service, channel);
        Self { member: member.map(|member| Member::url(&channel, member)), channel }
    }
}

parameters! {
    /// What `POST …/Users/{Sid}/Channels/{ChannelSid}` takes.
    #[derive(Default)]
    pub struct UpdateUserChannel {
        /// Whether the channel's messages are announced.
        notification_level: Option<NotificationLevel> = "NotificationLevel",
        /// The last message they have read.
        last_consumed_message_index: Option<u32> = "LastConsumedMessageIndex",
        /// When they read it.
        last_consumption_timestamp: Option<Timestamp> = "LastConsumptionTimestamp",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_spellings_of_not_participating_are_read() {
        for word in ["not_participating", "notParticipating"] {
            let read: Standing = serde_json::from_value(word.into()).unwrap();
            assert_eq!(read, Standing::NotParticipating);
        }
        assert_eq!(Standing::NotParticipating.as_str(), "not_participating");
        assert!(serde_json::from_str::<Standing>("\"gone\"").is_err());
    }

    proptest! {
        #[test]
        fn every_user_comes_back(identity in "\\PC{1,20}", name: Option<String>, online: Option<bool>, n: u64) {
            let (service, sid) = (ChatServiceSid::mock(n, 1), UserSid::mock(n, 1));
            let url = User::url("http://127.0.0.1:1", service, sid);
            let user = User {
                sid,
                account_sid: AccountSid::mock(n, 1),
                service_sid: service,
                role_sid: None,
                identity: identity.into(),
                attributes: Some("{}".into()),
                is_online: online,
                is_notifiable: None,
                friendly_name: name.map(Into::into),
                joined_channels_count: 3,
                date_created: Timestamp::from_secs(1),
                date_updated: Timestamp::from_secs(2),
                links: Links::of(&url),
                url,
            };
            let json = serde_json::to_string(&user).unwrap();
            prop_assert_eq!(serde_json::from_str::<User>(&json).unwrap(), user);
        }

        #[test]
        fn every_user_channel_comes_back(horizon: Option<u32>, muted: bool, n: u64) {
            let (service, user, channel) = (ChatServiceSid::mock(n, 1), UserSid::mock(n, 1), ChannelSid::mock(n, 1));
            let mine = UserChannel {
                account_sid: AccountSid::mock(n, 1),
                service_sid: service,
                channel_sid: channel,
                user_sid: user,
                member_sid: Some(MemberSid::mock(n, 1)),
                status: Standing::Joined,
                last_consumed_message_index: horizon,
                unread_messages_count: horizon.map(|_| 5),
                notification_level: Some(if muted { NotificationLevel::Muted } else { NotificationLevel::Default }),
                url: UserChannel::url(&User::url("http://127.0.0.1:1", service, user), channel),
                links: UserChannelLinks::of("http://127.0.0.1:1", service, channel, Some(MemberSid::mock(n, 1))),
            };
            let json = serde_json::to_string(&mine).unwrap();
            prop_assert_eq!(serde_json::from_str::<UserChannel>(&json).unwrap(), mine);
        }
    }
}
