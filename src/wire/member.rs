//! The member: a user in a channel.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    identity::Identity,
    sid::{AccountSid, ChannelSid, ChatServiceSid, MemberSid, RoleSid},
    time::{self, Timestamp},
};

/// A member as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its SID.
    pub sid: MemberSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The channel.
    pub channel_sid: ChannelSid,
    /// The channel's service.
    pub service_sid: ChatServiceSid,
    /// Who it is.
    pub identity: Identity,
    /// What they may do in the channel.
    pub role_sid: Option<RoleSid>,
    /// The last message they have read; null before the first.
    pub last_consumed_message_index: Option<u32>,
    /// When they read it.
    #[serde(with = "time::rest::option", default)]
    pub last_consumption_timestamp: Option<Timestamp>,
    /// When they joined.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When the membership was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// JSON text.
    pub attributes: Option<Arc<str>>,
    /// Where it is read.
    pub url: String,
}

impl Member {
    /// Where a member is read, given where its channel is.
    pub fn url(channel: &str, sid: MemberSid) -> String {
        format!("{channel}/Members/{sid}")
    }
}

parameters! {
    /// What `POST …/Members` takes.
    pub struct NewMember {
        /// Who joins.
        identity: Identity = "Identity",
        /// What they may do in the channel.
        role_sid: Option<RoleSid> = "RoleSid",
        /// The last message they have read.
        last_consumed_message_index: Option<u32> = "LastConsumedMessageIndex",
        /// When they read it.
        last_consumption_timestamp: Option<Timestamp> = "LastConsumptionTimestamp",
        /// For members brought from elsewhere.
        date_created: Option<Timestamp> = "DateCreated",
        /// For members brought from elsewhere.
        date_updated: Option<Timestamp> = "DateUpdated",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
    }
}

impl NewMember {
    /// Somebody joins, nothing more said.
    pub const fn new(identity: Identity) -> Self {
        Self {
            identity,
            role_sid: None,
            last_consumed_message_index: None,
            last_consumption_timestamp: None,
            date_created: None,
            date_updated: None,
            attributes: None,
        }
    }
}

parameters! {
    /// What `POST …/Members/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateMember {
        /// What they may do in the channel.
        role_sid: Option<RoleSid> = "RoleSid",
        /// The last message they have read.
        last_consumed_message_index: Option<u32> = "LastConsumedMessageIndex",
        /// When they read it.
        last_consumption_timestamp: Option<Timestamp> = "LastConsumptionTimestamp",
        /// For members brought from elsewhere.
        date_created: Option<Timestamp> = "DateCreated",
        /// For members brought from elsewhere.
        date_updated: Option<Timestamp> = "DateUpdated",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        channel::Channel,
        form::{Form, Style},
    };

    proptest! {
        #[test]
        fn every_member_comes_back(identity in "\\PC{1,20}", horizon: Option<u32>, n: u64) {
            let (service, channel, sid) = (ChatServiceSid::mock(n, 1), ChannelSid::mock(n, 1), MemberSid::mock(n, 1));
            let member = Member {
                sid,
                account_sid: AccountSid::mock(n, 1),
                channel_sid: channel,
                service_sid: service,
                identity: identity.into(),
                role_sid: Some(RoleSid::mock(n, 1)),
                last_consumed_message_index: horizon,
                last_consumption_timestamp: horizon.map(|_| Timestamp::from_secs(3)),
                date_created: Timestamp::from_secs(1),
                date_updated: Timestamp::from_secs(2),
                attributes: Some("{}".into()),
                url: Member::url(&Channel::url("http://127.0.0.1:1", service, channel), sid),
            };
            let json = serde_json::to_string(&member).unwrap();
            prop_assert_eq!(serde_json::from_str::<Member>(&json).unwrap(), member);
        }

        #[test]
        fn every_new_member_comes_back(identity in ".{1,20}", horizon: Option<u32>) {
            let mut member = NewMember::new(identity.into());
            member.last_consumed_message_index = horizon;
            let body = member.to_form(Style::Python);
            prop_assert_eq!(NewMember::from_form(&Form::parse(body.as_bytes()).unwrap()), Ok(member));
        }
    }
}
