//! The Chat channel: where the messages of one chat are.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    identity::Identity,
    sid::{AccountSid, ChannelSid, ChatServiceSid},
    time::{self, Timestamp},
    words,
};

words! {
    /// Who may find a channel.
    pub enum Visibility {
        /// Everybody in the service. Lists show these unless asked for others.
        Public = "public",
        /// Its members. Flex's channels are.
        Private = "private",
    }
}

/// Where what belongs to a channel is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Its members.
    pub members: String,
    /// Its messages.
    pub messages: String,
    /// Its invites.
    pub invites: String,
    /// Its webhooks.
    pub webhooks: String,
    /// Its last message; null until there is one.
    pub last_message: Option<String>,
}

/// A Chat channel as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Its SID.
    pub sid: ChannelSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// Its service.
    pub service_sid: ChatServiceSid,
    /// Its name.
    pub friendly_name: Option<Arc<str>>,
    /// A name no other channel has.
    pub unique_name: Option<Arc<str>>,
    /// JSON text; Flex keeps a chat's state in it.
    pub attributes: Option<Arc<str>>,
    /// Who may find it.
    #[serde(rename = "type")]
    pub visibility: Visibility,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// Who made it; `system` for REST.
    pub created_by: Option<Identity>,
    /// How many members it has.
    pub members_count: u32,
    /// How many messages it has.
    pub messages_count: u32,
    /// Where it is read.
    pub url: String,
    /// Where what belongs to it is listed.
    pub links: Links,
}

impl Channel {
    /// Where a channel is read, on the API at `base`.
    pub fn url(base: &str, service: ChatServiceSid, sid: ChannelSid) -> String {
        format!("{base}/v2/Services/{service}/Channels/{sid}")
    }
}

impl Links {
    /// The links of the channel that is read at `url`.
    pub fn of(url: &str, last_message: Option<crate::sid::MessageSid>) -> Self {
        Self {
            members: format!("{url}/Members"),
            messages: format!("{url}/Messages"),
            invites: format!("{url}/Invites"),
            webhooks: format!("{url}/Webhooks"),
            last_message: last_message.map(|sid| format!("{url}/Messages/{sid}")),
        }
    }
}

parameters! {
    /// What `POST …/Channels` takes.
    #[derive(Default)]
    pub struct NewChannel {
        /// Its name.
        friendly_name: Option<Arc<str>> = "FriendlyName",
        /// A name no other channel has.
        unique_name: Option<Arc<str>> = "UniqueName",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
        /// Who may find it.
        visibility: Option<Visibility> = "Type",
        /// For channels brought from elsewhere.
        date_created: Option<Timestamp> = "DateCreated",
        /// For channels brought from elsewhere.
        date_updated: Option<Timestamp> = "DateUpdated",
        /// Who made it.
        created_by: Option<Identity> = "CreatedBy",
    }
}

parameters! {
    /// What `POST …/Channels/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateChannel {
        /// Its name.
        friendly_name: Option<Arc<str>> = "FriendlyName",
        /// A name no other channel has.
        unique_name: Option<Arc<str>> = "UniqueName",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
        /// For channels brought from elsewhere.
        date_created: Option<Timestamp> = "DateCreated",
        /// For channels brought from elsewhere.
        date_updated: Option<Timestamp> = "DateUpdated",
        /// Who made it.
        created_by: Option<Identity> = "CreatedBy",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        form::{Form, Style},
        sid::MessageSid,
    };

    proptest! {
        #[test]
        fn every_channel_comes_back(name: Option<String>, attributes in "\\PC{0,40}", n: u64, messages: u32, private: bool) {
            let (service, sid) = (ChatServiceSid::mock(n, 1), ChannelSid::mock(n, 1));
            let url = Channel::url("http://127.0.0.1:1", service, sid);
            let channel = Channel {
                sid,
                account_sid: AccountSid::mock(n, 1),
                service_sid: service,
                friendly_name: name.map(Into::into),
                unique_name: None,
                attributes: Some(attributes.into()),
                visibility: if private { Visibility::Private } else { Visibility::Public },
                date_created: Timestamp::from_secs(1),
                date_updated: Timestamp::from_secs(2),
                created_by: Some("system".into()),
                members_count: 1,
                messages_count: messages,
                links: Links::of(&url, (messages > 0).then(|| MessageSid::mock(n, 1))),
                url,
            };
            let json = serde_json::to_string(&channel).unwrap();
            prop_assert_eq!(serde_json::from_str::<Channel>(&json).unwrap(), channel);
        }

        #[test]
        fn every_update_comes_back(name: Option<String>, attributes: Option<String>, secs in prop::option::of(0..4_000_000_000_i64)) {
            let update = UpdateChannel {
                friendly_name: name.map(Into::into),
                attributes: attributes.map(Into::into),
                date_created: secs.map(Timestamp::from_secs),
                ..UpdateChannel::default()
            };
            let body = update.to_form(Style::Node);
            prop_assert_eq!(UpdateChannel::from_form(&Form::parse(body.as_bytes()).unwrap()), Ok(update));
        }
    }
}
