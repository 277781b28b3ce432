//! Bindings: the devices that users' notifications would be pushed to. Nothing is ever pushed.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use wire::binding::{Binding as View, Links, UserBinding, url};
use wire::credential::PushService;
use wire::identity::Identity;
use wire::service::Service as ServiceView;
use wire::sid::{BindingSid, ChatServiceSid, CredentialSid, UserSid};
use wire::time::Timestamp;
use wire::user::User as UserView;

use super::caps::full;
use super::page::{Cursor, Page, PageRequest};
use super::service::Service;
use super::user::User;
use super::{World, lock};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "chat.binding.unknown", Inferred("the generic 20404 as for everything that is not there"),
        "an unknown binding, or one of another user, is 404, 20404";
    FULL = "chat.binding.full", MockOnly("a mock must not grow without bound"),
        "a user with as many bindings as a user may have gets no further one: 503, 20503";
}

/// A device to push to, as its registration tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NewBinding {
    pub(crate) kind: PushService,
    /// What Apple or Google call the device.
    pub(crate) endpoint: String,
    pub(crate) credential: Option<CredentialSid>,
    /// What is to be pushed: `new_message` and the like.
    pub(crate) message_types: Vec<String>,
}

/// A binding as it is kept.
struct Binding {
    sid: BindingSid,
    user: Arc<User>,
    given: NewBinding,
    created: Timestamp,
    updated: Timestamp,
}

/// The bindings of a service, in the order they were made.
#[derive(Default)]
pub(crate) struct Bindings(Mutex<BTreeMap<u64, Binding>>);

/// Which bindings are asked for.
#[derive(Default)]
pub(crate) struct Asked<'a> {
    pub(crate) kinds: &'a [PushService],
    pub(crate) identities: &'a [Identity],
    pub(crate) user: Option<UserSid>,
}

impl Asked<'_> {
    fn holds(&self, binding: &Binding) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&binding.given.kind))
            && (self.identities.is_empty() || self.identities.contains(&binding.user.identity))
            && self.user.is_none_or(|user| user == binding.user.sid)
    }
}

impl Bindings {
    /// Forgets a user's, because the user is gone.
    pub(super) fn forget(&self, user: UserSid) {
        lock(&self.0).retain(|_, binding| binding.user.sid != user);
    }

    fn page<T>(&self, asked: &Asked<'_>, page: PageRequest, view: impl Fn(&Binding) -> T) -> Page<T> {
        let after = page
            .after
            .map_or(Bound::Unbounded, |Cursor(key)| Bound::Excluded(u64::try_from(key).unwrap_or(u64::MAX)));
        let all = lock(&self.0);
        let rest = all.range((after, Bound::Unbounded)).filter(|(_, binding)| asked.holds(binding));
        Page::cut(page.size, rest.map(|(nth, binding)| (*nth, binding)), view)
    }

    fn find<T>(
        &self,
        user: Option<UserSid>,
        sid: BindingSid,
        view: impl Fn(&Binding) -> T,
    ) -> Result<T, Refused> {
        let all = lock(&self.0);
        let is = |binding: &&Binding| binding.sid == sid && user.is_none_or(|user| user == binding.user.sid);
        all.values().find(is).map(view).ok_or(Refused::not_found(UNKNOWN))
    }

    /// Takes a binding away, and says whose it was.
    fn take(&self, user: Option<UserSid>, sid: BindingSid) -> Result<Arc<User>, Refused> {
        let mut all = lock(&self.0);
        let is = |binding: &Binding| binding.sid == sid && user.is_none_or(|user| user == binding.user.sid);
        let nth = all.iter().find(|(_, binding)| is(binding)).map(|(nth, _)| *nth);
        let taken = nth.and_then(|nth| all.remove(&nth)).ok_or(Refused::not_found(UNKNOWN))?;
        Ok(taken.user)
    }
}

impl World {
    /// Registers a device of a user. One that is registered already gets its binding changed.
    ///
    /// # Errors
    /// If the user has too many.
    pub(crate) fn bind(&self, user: &Arc<User>, given: NewBinding) -> Result<BindingSid, Refused> {
        let now = self.now();
        let mut all = lock(&user.service.bindings.0);
        let theirs = |binding: &&mut Binding| binding.user.sid == user.sid;
        let known = all.values_mut().filter(theirs).find(|binding| binding.given.endpoint == given.endpoint);
        if let Some(binding) = known {
            (binding.given, binding.updated) = (given, now);
            return Ok(binding.sid);
        }
        let most = self.caps().bindings_per_user;
        if all.values().filter(|binding| binding.user.sid == user.sid).count() >= most {
            return Err(full(most, "bindings of one user", FULL));
        }
        let nth = self.next();
        let sid = BindingSid::mock(self.seed(), nth);
        all.insert(nth, Binding { sid, user: user.clone(), given, created: now, updated: now });
        drop(all);
        user.bound(1, now);
        Ok(sid)
    }

    /// Forgets a device of a user.
    ///
    /// # Errors
    /// If the user has no such binding.
    pub(crate) fn unbind(&self, user: &User, sid: BindingSid) -> Result<(), Refused> {
        user.service.bindings.take(Some(user.sid), sid)?;
        user.bound(-1, self.now());
        Ok(())
    }

    /// Lists a service's bindings, all or those of some kinds and identities.
    ///
    /// # Errors
    /// If there is no such service.
    pub(crate) fn bindings(
        &self,
        service: ChatServiceSid,
        asked: &Asked<'_>,
        page: PageRequest,
    ) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        Ok(service.bindings.page(asked, page, |binding| self.binding_view(&service, binding)))
    }

    /// Reads a binding.
    ///
    /// # Errors
    /// If there is no such service or binding.
    pub fn binding(&self, service: ChatServiceSid, sid: BindingSid) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        service.bindings.find(None, sid, |binding| self.binding_view(&service, binding))
    }

    /// Deletes a binding.
    ///
    /// # Errors
    /// If there is no such service or binding.
    pub fn delete_binding(&self, service: ChatServiceSid, sid: BindingSid) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        service.bindings.take(None, sid)?.bound(-1, self.now());
        Ok(())
    }

    /// Lists a user's bindings, all or those of some kinds.
    ///
    /// # Errors
    /// If there is no such service or user.
    pub fn user_bindings(
        &self,
        service: ChatServiceSid,
        user: &str,
        kinds: &[PushService],
        page: PageRequest,
    ) -> Result<Page<UserBinding>, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        let asked = Asked { kinds, user: Some(user.sid), ..Asked::default() };
        Ok(service.bindings.page(&asked, page, |binding| self.user_binding_view(&service, binding)))
    }

    /// Reads a binding of a user.
    ///
    /// # Errors
    /// If there is no such service, user or binding.
    pub fn user_binding(
        &self,
        service: ChatServiceSid,
        user: &str,
        sid: BindingSid,
    ) -> Result<UserBinding, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        service.bindings.find(Some(user.sid), sid, |binding| self.user_binding_view(&service, binding))
    }

    /// Deletes a binding of a user.
    ///
    /// # Errors
    /// If there is no such service, user or binding.
    pub fn delete_user_binding(
        &self,
        service: ChatServiceSid,
        user: &str,
        sid: BindingSid,
    ) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        self.unbind(&user, sid)
    }

    fn binding_view(&self, service: &Service, binding: &Binding) -> View {
        let Binding { sid, user, given, created, updated } = binding;
        View {
            sid: *sid,
            account_sid: self.account(),
            service_sid: service.sid,
            date_created: *created,
            date_updated: *updated,
            endpoint: Some(given.endpoint.clone()),
            identity: Some(user.identity.clone()),
            credential_sid: given.credential,
            binding_type: given.kind,
            message_types: Some(given.message_types.clone()),
            url: url(&ServiceView::url(self.base(), service.sid), *sid),
            links: Links { user: UserView::url(self.base(), service.sid, user.sid) },
        }
    }

    fn user_binding_view(&self, service: &Service, binding: &Binding) -> UserBinding {
        let Binding { sid, user, given, created, updated } = binding;
        UserBinding {
            sid: *sid,
            account_sid: self.account(),
            service_sid: service.sid,
            date_created: *created,
            date_updated: *updated,
            endpoint: Some(given.endpoint.clone()),
            identity: Some(user.identity.clone()),
            user_sid: user.sid,
            credential_sid: given.credential,
            binding_type: given.kind,
            message_types: Some(given.message_types.clone()),
            url: url(&UserView::url(self.base(), service.sid, user.sid), *sid),
        }
    }
}
