//! The binding: a device that a user's notifications are pushed to.

use serde::{Deserialize, Serialize};

use crate::{
    credential::PushService,
    identity::Identity,
    sid::{AccountSid, BindingSid, ChatServiceSid, CredentialSid, UserSid},
    time::{self, Timestamp},
};

/// Where a binding leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The user.
    pub user: String,
}

/// A binding as REST tells it among those of its service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// Its SID.
    pub sid: BindingSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The service.
    pub service_sid: ChatServiceSid,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// The device, as Apple or Google name it.
    pub endpoint: Option<String>,
    /// The user's identity.
    pub identity: Option<Identity>,
    /// What is shown to Apple or Google.
    pub credential_sid: Option<CredentialSid>,
    /// Through whom the device is reached.
    pub binding_type: PushService,
    /// What is pushed to it.
    pub message_types: Option<Vec<String>>,
    /// Where it is read.
    pub url: String,
    /// Where it leads to.
    pub links: Links,
}

/// A binding as REST tells it among those of its user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserBinding {
    /// Its SID.
    pub sid: BindingSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The service.
    pub service_sid: ChatServiceSid,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// The device, as Apple or Google name it.
    pub endpoint: Option<String>,
    /// The user's identity.
    pub identity: Option<Identity>,
    /// The user.
    pub user_sid: UserSid,
    /// What is shown to Apple or Google.
    pub credential_sid: Option<CredentialSid>,
    /// Through whom the device is reached.
    pub binding_type: PushService,
    /// What is pushed to it.
    pub message_types: Option<Vec<String>>,
    /// Where it is read.
    pub url: String,
}

/// Where a binding is read, given where its service or its user is.
pub fn url(parent: &str, sid: BindingSid) -> String {
    format!("{parent}/Bindings/{sid}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{service::Service, user::User};

    #[test]
    fn a_binding_comes_back_either_way() {
        let (service, user, sid) = (ChatServiceSid::mock(1, 1), UserSid::mock(1, 1), BindingSid::mock(1, 1));
        let (base, at) = ("http://127.0.0.1:1", Timestamp::from_secs(1));
        let binding = Binding {
            sid,
            account_sid: AccountSid::mock(1, 1),
            service_sid: service,
            date_created: at,
            date_updated: at,
            endpoint: Some("device".to_owned()),
            identity: Some("ada".into()),
            credential_sid: None,
            binding_type: PushService::Fcm,
            message_types: Some(vec!["new_message".to_owned()]),
            url: url(&Service::url(base, service), sid),
            links: Links { user: User::url(base, service, user) },
        };
        let json = serde_json::to_string(&binding).unwrap();
        assert_eq!(serde_json::from_str::<Binding>(&json).unwrap(), binding);
    }
}
