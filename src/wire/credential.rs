//! The push credential: what a service shows to Apple or Google to reach its users' devices.

use serde::{Deserialize, Serialize};

use crate::{
    form::{Encoder, Expected, Field, parameters},
    sid::{AccountSid, CredentialSid},
    time::{self, Timestamp},
    words,
};

words! {
    /// Through whom devices are reached.
    pub enum PushService {
        /// Google, as it was.
        Gcm = "gcm",
        /// Apple.
        Apn = "apn",
        /// Google.
        Fcm = "fcm",
    }
}

/// A secret that is taken and not kept: all that is known of it is that it was there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Given;

impl Field for Given {
    fn read(_: &str) -> Result<Self, Expected> {
        Ok(Self)
    }

    fn write(&self, encoder: &mut Encoder, name: &'static str) {
        encoder.text(name, "***");
    }
}

/// A push credential as REST tells it: nothing of it that is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its SID.
    pub sid: CredentialSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// Its name.
    pub friendly_name: Option<String>,
    /// Through whom devices are reached.
    #[serde(rename = "type")]
    pub kind: PushService,
    /// Apple: whether in its sandbox, `True` or `False`.
    pub sandbox: Option<String>,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// Where it is read.
    pub url: String,
}

impl Credential {
    /// Where a credential is read, on the API at `base`.
    pub fn url(base: &str, sid: CredentialSid) -> String {
        format!("{base}/v2/Credentials/{sid}")
    }
}

parameters! {
    /// What `POST /v2/Credentials` takes.
    pub struct NewCredential {
        /// Through whom devices are reached.
        kind: PushService = "Type",
        /// Its name.
        friendly_name: Option<String> = "FriendlyName",
        /// Apple's.
        certificate: Option<Given> = "Certificate",
        /// Apple's.
        private_key: Option<Given> = "PrivateKey",
        /// Apple: whether in its sandbox.
        sandbox: Option<bool> = "Sandbox",
        /// Google's, as it was.
        api_key: Option<Given> = "ApiKey",
        /// Google's.
        secret: Option<Given> = "Secret",
    }
}

parameters! {
    /// What `POST /v2/Credentials/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateCredential {
        /// Its name.
        friendly_name: Option<String> = "FriendlyName",
        /// Apple's.
        certificate: Option<Given> = "Certificate",
        /// Apple's.
        private_key: Option<Given> = "PrivateKey",
        /// Apple: whether in its sandbox.
        sandbox: Option<bool> = "Sandbox",
        /// Google's, as it was.
        api_key: Option<Given> = "ApiKey",
        /// Google's.
        secret: Option<Given> = "Secret",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Form, Style};

    #[test]
    fn no_secret_is_kept() {
        let form = Form::parse(b"Type=fcm&Secret=hunter2").unwrap();
        let new = NewCredential::from_form(&form).unwrap();
        assert_eq!(new.secret, Some(Given));
        assert!(!format!("{new:?}{}", new.to_form(Style::Node)).contains("hunter2"));
    }
}
