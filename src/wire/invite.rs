//! The invite: a user asked to become a member of a channel.

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    identity::Identity,
    sid::{AccountSid, ChannelSid, ChatServiceSid, InviteSid, RoleSid},
    time::{self, Timestamp},
};

/// An invite as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// Its SID.
    pub sid: InviteSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The channel.
    pub channel_sid: ChannelSid,
    /// The channel's service.
    pub service_sid: ChatServiceSid,
    /// Who is invited.
    pub identity: Identity,
    /// When they were.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// What they may do in the channel once they join.
    pub role_sid: Option<RoleSid>,
    /// Who invited them; `system` for REST.
    pub created_by: Option<Identity>,
    /// Where it is read.
    pub url: String,
}

impl Invite {
    /// Where an invite is read, given where its channel is.
    pub fn url(channel: &str, sid: InviteSid) -> String {
        format!("{channel}/Invites/{sid}")
    }
}

parameters! {
    /// What `POST …/Invites` takes.
    pub struct NewInvite {
        /// Who is invited.
        identity: Identity = "Identity",
        /// What they may do in the channel once they join.
        role_sid: Option<RoleSid> = "RoleSid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;

    #[test]
    fn an_invite_comes_back() {
        let (service, channel, sid) =
            (ChatServiceSid::mock(1, 1), ChannelSid::mock(1, 1), InviteSid::mock(1, 1));
        let invite = Invite {
            sid,
            account_sid: AccountSid::mock(1, 1),
            channel_sid: channel,
            service_sid: service,
            identity: "ada".into(),
            date_created: Timestamp::from_secs(1),
            date_updated: Timestamp::from_secs(2),
            role_sid: None,
            created_by: Some("system".into()),
            url: Invite::url(&Channel::url("http://127.0.0.1:1", service, channel), sid),
        };
        let json = serde_json::to_string(&invite).unwrap();
        assert_eq!(serde_json::from_str::<Invite>(&json).unwrap(), invite);
    }
}
