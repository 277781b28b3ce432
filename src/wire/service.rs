//! The Chat service: the room all channels and users of a Flex account live in.

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    sid::{AccountSid, ChatServiceSid, RoleSid},
    time::{self, Timestamp},
    webhook::Method,
};

mod notification;

pub use notification::{Notification, Notifications};

/// How many of each a service allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Members a channel may have.
    pub channel_members: u32,
    /// Channels a user may be in.
    pub user_channels: u32,
}

impl Default for Limits {
    /// A new service's.
    fn default() -> Self {
        Self { channel_members: 100, user_channels: 250 }
    }
}

/// What a service says about media files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// The largest file, in MB.
    pub size_limit_mb: u32,
    /// What clients that know no media are told.
    pub compatibility_message: String,
}

/// Where what belongs to a service is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Its channels.
    pub channels: String,
    /// Its users.
    pub users: String,
    /// Its roles.
    pub roles: String,
    /// Its push bindings.
    pub bindings: String,
}

/// A Chat service as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its SID.
    pub sid: ChatServiceSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// Its name.
    pub friendly_name: Option<String>,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// The role of new users.
    pub default_service_role_sid: Option<RoleSid>,
    /// The role of new members.
    pub default_channel_role_sid: Option<RoleSid>,
    /// The role of whoever makes a channel.
    pub default_channel_creator_role_sid: Option<RoleSid>,
    /// Whether consumption horizons are kept.
    pub read_status_enabled: bool,
    /// Whether users are shown as online.
    pub reachability_enabled: bool,
    /// Seconds that somebody is shown as typing.
    pub typing_indicator_timeout: u32,
    /// Seconds between two reports of a horizon.
    pub consumption_report_interval: u32,
    /// How many of each it allows.
    pub limits: Limits,
    /// Asked before an event takes place.
    pub pre_webhook_url: Option<String>,
    /// Told after.
    pub post_webhook_url: Option<String>,
    /// The HTTP method of both.
    pub webhook_method: Option<String>,
    /// Which events they get.
    pub webhook_filters: Option<Vec<String>>,
    /// Attempts after the first, before.
    pub pre_webhook_retry_count: u32,
    /// Attempts after the first, after.
    pub post_webhook_retry_count: u32,
    /// Push notifications, as the service has them.
    pub notifications: Option<Notifications>,
    /// About media files.
    pub media: Option<Media>,
    /// Where it is read.
    pub url: String,
    /// Where what belongs to it is listed.
    pub links: Links,
}

impl Service {
    /// Where a service is read, on the API at `base`.
    pub fn url(base: &str, sid: ChatServiceSid) -> String {
        format!("{base}/v2/Services/{sid}")
    }
}

impl Links {
    /// The links of the service that is read at `url`.
    pub fn of(url: &str) -> Self {
        Self {
            channels: format!("{url}/Channels"),
            users: format!("{url}/Users"),
            roles: format!("{url}/Roles"),
            bindings: format!("{url}/Bindings"),
        }
    }
}

parameters! {
    /// What `POST /v2/Services` takes.
    pub struct CreateService {
        /// Its name.
        friendly_name: String = "FriendlyName",
    }
}

parameters! {
    /// What `POST /v2/Services/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateService {
        /// Its name.
        friendly_name: Option<String> = "FriendlyName",
        /// The role of new users.
        default_service_role_sid: Option<RoleSid> = "DefaultServiceRoleSid",
        /// The role of new members.
        default_channel_role_sid: Option<RoleSid> = "DefaultChannelRoleSid",
        /// The role of whoever makes a channel.
        default_channel_creator_role_sid: Option<RoleSid> = "DefaultChannelCreatorRoleSid",
        /// Whether consumption horizons are kept.
        read_status_enabled: Option<bool> = "ReadStatusEnabled",
        /// Whether users are shown as online.
        reachability_enabled: Option<bool> = "ReachabilityEnabled",
        /// Seconds that somebody is shown as typing.
        typing_indicator_timeout: Option<u32> = "TypingIndicatorTimeout",
        /// Seconds between two reports of a horizon.
        consumption_report_interval: Option<u32> = "ConsumptionReportInterval",
        /// Asked before an event takes place.
        pre_webhook_url: Option<String> = "PreWebhookUrl",
        /// Told after.
        post_webhook_url: Option<String> = "PostWebhookUrl",
        /// The HTTP method of both.
        webhook_method: Option<Method> = "WebhookMethod",
        /// Which events they get; none leaves them as they are.
        webhook_filters: Vec<String> = "WebhookFilters",
        /// Members a channel may have.
        channel_members: Option<u32> = "Limits.ChannelMembers",
        /// Channels a user may be in.
        user_channels: Option<u32> = "Limits.UserChannels",
        /// What clients that know no media are told.
        compatibility_message: Option<String> = "Media.CompatibilityMessage",
        /// Attempts after the first, before.
        pre_webhook_retry_count: Option<u32> = "PreWebhookRetryCount",
        /// Attempts after the first, after.
        post_webhook_retry_count: Option<u32> = "PostWebhookRetryCount",
        /// Whether a new message is pushed.
        new_message_enabled: Option<bool> = "Notifications.NewMessage.Enabled",
        /// The text of that.
        new_message_template: Option<String> = "Notifications.NewMessage.Template",
        /// The sound of that.
        new_message_sound: Option<String> = "Notifications.NewMessage.Sound",
        /// Whether having been added is pushed.
        added_to_channel_enabled: Option<bool> = "Notifications.AddedToChannel.Enabled",
        /// The text of that.
        added_to_channel_template: Option<String> = "Notifications.AddedToChannel.Template",
        /// The sound of that.
        added_to_channel_sound: Option<String> = "Notifications.AddedToChannel.Sound",
        /// Whether having been removed is pushed.
        removed_from_channel_enabled: Option<bool> = "Notifications.RemovedFromChannel.Enabled",
        /// The text of that.
        removed_from_channel_template: Option<String> = "Notifications.RemovedFromChannel.Template",
        /// The sound of that.
        removed_from_channel_sound: Option<String> = "Notifications.RemovedFromChannel.Sound",
        /// Whether having been invited is pushed.
        invited_to_channel_enabled: Option<bool> = "Notifications.InvitedToChannel.Enabled",
        /// The text of that.
        invited_to_channel_template: Option<String> = "Notifications.InvitedToChannel.Template",
        /// The sound of that.
        invited_to_channel_sound: Option<String> = "Notifications.InvitedToChannel.Sound",
        /// Whether the badge's number goes along with new messages.
        new_message_badge_count: Option<bool> = "Notifications.NewMessage.BadgeCountEnabled",
        /// Whether pushes are logged.
        log_enabled: Option<bool> = "Notifications.LogEnabled",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_service_comes_back(name: Option<String>, filters: Option<Vec<String>>, n: u64, retries: u32) {
            let sid = ChatServiceSid::mock(n, 1);
            let url = Service::url("http://127.0.0.1:1", sid);
            let service = Service {
                sid,
                account_sid: AccountSid::mock(n, 1),
                friendly_name: name.clone(),
                date_created: Timestamp::from_secs(1),
                date_updated: Timestamp::from_secs(2),
                default_service_role_sid: Some(RoleSid::mock(n, 1)),
                default_channel_role_sid: Some(RoleSid::mock(n, 2)),
                default_channel_creator_role_sid: None,
                read_status_enabled: true,
                reachability_enabled: false,
                typing_indicator_timeout: 5,
                consumption_report_interval: 10,
                limits: Limits::default(),
                pre_webhook_url: name,
                post_webhook_url: None,
                webhook_method: None,
                webhook_filters: filters,
                pre_webhook_retry_count: retries,
                post_webhook_retry_count: 0,
                notifications: Some(Notifications::default()),
                media: Some(Media { size_limit_mb: 150, compatibility_message: "media".to_owned() }),
                links: Links::of(&url),
                url,
            };
            let json = serde_json::to_string(&service).unwrap();
            prop_assert_eq!(serde_json::from_str::<Service>(&json).unwrap(), service);
        }
    }
}
