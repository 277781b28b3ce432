//! Push credentials: their names and kinds. What is secret of them is not kept.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Mutex;

use wire::credential::{Credential as View, NewCredential, PushService, UpdateCredential};
use wire::sid::CredentialSid;
use wire::time::Timestamp;

use super::caps::full;
use super::page::{Cursor, Page, PageRequest};
use super::service::set;
use super::{World, check, lock};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "chat.credential.unknown", Inferred("the generic 20404 as for everything that is not there"),
        "an unknown push credential is 404, 20404";
    NAME_LONG = "chat.credential.friendly-name-long", Documented("OpenAPI chat_v2 CreateCredential: up to 64 characters; error catalogue 50003"),
        "a push credential's FriendlyName of more than 64 characters is 400, 50003";
    FULL = "chat.credential.full", MockOnly("a mock must not grow without bound"),
        "when the account has as many push credentials as it may, one more is 503, 20503";
}

/// Characters of a credential's name.
const NAME: usize = 64;

/// A credential as it is kept.
struct Credential {
    sid: CredentialSid,
    friendly_name: Option<String>,
    kind: PushService,
    sandbox: bool,
    created: Timestamp,
    updated: Timestamp,
}

/// The account's credentials, in the order they were made.
#[derive(Default)]
pub(super) struct PushCredentials(Mutex<BTreeMap<u64, Credential>>);

fn name(name: Option<&str>) -> Result<(), Refused> {
    if name.is_some_and(|name| check::longer_than(name, NAME)) {
        return Err(Refused::titled(400, 50003, NAME_LONG));
    }
    Ok(())
}

impl World {
    /// Makes a push credential.
    ///
    /// # Errors
    /// If its name is too long, or there are too many.
    pub fn create_credential(&self, new: NewCredential) -> Result<View, Refused> {
        name(new.friendly_name.as_deref())?;
        let (now, nth) = (self.now(), self.next());
        let mut all = lock(&self.credentials.0);
        let most = self.caps().push_credentials;
        if all.len() >= most {
            return Err(full(most, "push credentials", FULL));
        }
        let credential = Credential {
            sid: CredentialSid::mock(self.seed(), nth),
            friendly_name: new.friendly_name,
            kind: new.kind,
            sandbox: new.sandbox.unwrap_or(false),
            created: now,
            updated: now,
        };
        let view = self.credential_view(&credential);
        all.insert(nth, credential);
        Ok(view)
    }

    /// Reads a push credential.
    ///
    /// # Errors
    /// If there is none.
    pub fn credential(&self, sid: CredentialSid) -> Result<View, Refused> {
        let all = lock(&self.credentials.0);
        let found = all.values().find(|credential| credential.sid == sid);
        found.map(|credential| self.credential_view(credential)).ok_or(Refused::not_found(UNKNOWN))
    }

    /// Lists the push credentials.
    #[must_use]
    pub fn credentials(&self, page: PageRequest) -> Page<View> {
        let after = page
            .after
            .map_or(Bound::Unbounded, |Cursor(key)| Bound::Excluded(u64::try_from(key).unwrap_or(u64::MAX)));
        let all = lock(&self.credentials.0);
        let rest = all.range((after, Bound::Unbounded)).map(|(nth, credential)| (*nth, credential));
        Page::cut(page.size, rest, |credential| self.credential_view(credential))
    }

    /// Changes a push credential.
    ///
    /// # Errors
    /// If there is none, or its name would be too long.
    pub fn update_credential(&self, sid: CredentialSid, change: UpdateCredential) -> Result<View, Refused> {
        name(change.friendly_name.as_deref())?;
        let mut all = lock(&self.credentials.0);
        let found = all.values_mut().find(|credential| credential.sid == sid);
        let credential = found.ok_or(Refused::not_found(UNKNOWN))?;
        set(&mut credential.friendly_name, change.friendly_name.map(Some));
        set(&mut credential.sandbox, change.sandbox);
        credential.updated = self.now();
        Ok(self.credential_view(credential))
    }

    /// Deletes a push credential.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_credential(&self, sid: CredentialSid) -> Result<(), Refused> {
        let mut all = lock(&self.credentials.0);
        let nth = all.iter().find(|(_, credential)| credential.sid == sid).map(|(nth, _)| *nth);
        nth.and_then(|nth| all.remove(&nth)).map(drop).ok_or(Refused::not_found(UNKNOWN))
    }

    fn credential_view(&self, credential: &Credential) -> View {
        let sandbox = if credential.sandbox { "True" } else { "False" };
        View {
            sid: credential.sid,
            account_sid: self.account(),
            friendly_name: credential.friendly_name.clone(),
            kind: credential.kind,
            sandbox: (credential.kind == PushService::Apn).then(|| sandbox.to_owned()),
            date_created: credential.created,
            date_updated: credential.updated,
            url: View::url(self.base(), credential.sid),
        }
    }
}
