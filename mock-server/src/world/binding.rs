//! Bindings: the devices that users' notifications would be pushed to. Nothing is ever pushed.

use std::collections::{BTreeMap, HashMap};
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
        "where a user has as many bindings, or the mock holds as many bytes of them, as may be, one more is 503, 20503";
}

/// What a binding takes in memory besides its texts, in bytes.
const OVERHEAD: usize = 256;

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

/// The bindings of a service.
#[derive(Default)]
pub(crate) struct Bindings(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// In the order they were made.
    all: BTreeMap<u64, Binding>,
    /// The place of each in it.
    places: HashMap<BindingSid, u64>,
    /// The places of each user's.
    of_user: HashMap<UserSid, Vec<u64>>,
}

impl Kept {
    fn of(&self, user: UserSid) -> &[u64] {
        self.of_user.get(&user).map_or(&[], Vec::as_slice)
    }

    fn put(&mut self, nth: u64, binding: Binding) {
        self.places.insert(binding.sid, nth);
        self.of_user.entry(binding.user.sid).or_default().push(nth);
        self.all.insert(nth, binding);
    }

    /// The place of a binding, if it is this user's.
    fn place(&self, user: Option<UserSid>, sid: BindingSid) -> Result<u64, Refused> {
        let place = self.places.get(&sid).copied();
        let is = |nth: &u64| user.is_none_or(|user| self.of(user).contains(nth));
        place.filter(is).ok_or(Refused::not_found(UNKNOWN))
    }

    fn remove(&mut self, nth: u64) -> Option<Binding> {
        let binding = self.all.remove(&nth)?;
        self.places.remove(&binding.sid);
        let user = binding.user.sid;
        if let Some(theirs) = self.of_user.get_mut(&user) {
            theirs.retain(|known| *known != nth);
            if theirs.is_empty() {
                self.of_user.remove(&user);
            }
        }
        Some(binding)
    }
}

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

impl NewBinding {
    /// What it takes in memory, in bytes.
    fn size(&self) -> usize {
        let types = self.message_types.iter().map(|kind| size_of::<String>() + kind.len());
        OVERHEAD + self.endpoint.len() + types.sum::<usize>()
    }
}

impl Bindings {
    /// Forgets a user's, because the user is gone: how many bytes they took.
    pub(super) fn forget(&self, user: UserSid) -> usize {
        let mut kept = lock(&self.0);
        let theirs = kept.of(user).to_vec();
        theirs.into_iter().filter_map(|nth| kept.remove(nth)).map(|binding| binding.given.size()).sum()
    }

    fn page<T>(&self, asked: &Asked<'_>, page: PageRequest, view: impl Fn(&Binding) -> T) -> Page<T> {
        let after = page
            .after
            .map_or(Bound::Unbounded, |Cursor(key)| Bound::Excluded(u64::try_from(key).unwrap_or(u64::MAX)));
        let kept = lock(&self.0);
        let rest = kept.all.range((after, Bound::Unbounded)).filter(|(_, binding)| asked.holds(binding));
        Page::cut(page.size, rest.map(|(nth, binding)| (*nth, binding)), view)
    }

    fn find<T>(
        &self,
        user: Option<UserSid>,
        sid: BindingSid,
        view: impl Fn(&Binding) -> T,
    ) -> Result<T, Refused> {
        let kept = lock(&self.0);
        let nth = kept.place(user, sid)?;
        kept.all.get(&nth).map(view).ok_or(Refused::not_found(UNKNOWN))
    }

    fn take(&self, user: Option<UserSid>, sid: BindingSid) -> Result<Binding, Refused> {
        let mut kept = lock(&self.0);
        let nth = kept.place(user, sid)?;
        kept.remove(nth).ok_or(Refused::not_found(UNKNOWN))
    }
}

impl World {
    /// Registers a device of a user. One that is registered already gets its binding changed.
    ///
    /// # Errors
    /// If the user has too many or is gone, or the mock holds too much of them.
    pub(crate) fn bind(&self, user: &Arc<User>, given: NewBinding) -> Result<BindingSid, Refused> {
        let now = self.now();
        let mut state = user.lock();
        state.alive()?;
        let mut kept = lock(&user.service.bindings.0);
        let theirs = kept.of(user.sid);
        let same = |nth: &&u64| kept.all.get(nth).is_some_and(|known| known.given.endpoint == given.endpoint);
        let (known, count) = (theirs.iter().find(same).copied(), theirs.len());
        let most = self.caps().bindings_per_user;
        if known.is_none() && count >= most {
            return Err(full(most, "bindings of one user", FULL));
        }
        let known = known.and_then(|nth| kept.all.get_mut(&nth));
        let (before, after) = (known.as_ref().map_or(0, |known| known.given.size()), given.size());
        let more = after.saturating_sub(before);
        self.binding_bytes.take(more, self.caps().binding_bytes, "bytes of bindings", FULL)?;
        if let Some(binding) = known {
            self.binding_bytes.give_back(before.saturating_sub(after));
            (binding.given, binding.updated) = (given, now);
            return Ok(binding.sid);
        }
        let nth = self.next();
        let sid = BindingSid::mock(self.seed(), nth);
        kept.put(nth, Binding { sid, user: user.clone(), given, created: now, updated: now });
        drop(kept);
        user.bound(&mut state, 1, now);
        Ok(sid)
    }

    /// Takes a binding away, a user's or whoever's it is.
    fn drop_binding(&self, service: &Service, user: Option<UserSid>, sid: BindingSid) -> Result<(), Refused> {
        let binding = service.bindings.take(user, sid)?;
        self.binding_bytes.give_back(binding.given.size());
        binding.user.bound(&mut binding.user.lock(), -1, self.now());
        Ok(())
    }

    /// Forgets a device of a user.
    ///
    /// # Errors
    /// If the user has no such binding.
    pub(crate) fn unbind(&self, user: &User, sid: BindingSid) -> Result<(), Refused> {
        self.drop_binding(&user.service, Some(user.sid), sid)
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
        self.drop_binding(&service, None, sid)
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
