//! Users: who takes part in chats, and on which devices they are logged in.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::Serialize;
use wire::identity::Identity;
use wire::sid::{ChannelSid, ChatServiceSid, ListSid, MemberSid, RoleSid, UserSid};
use wire::sync::{Change, Key};
use wire::time::Timestamp;
use wire::user::{Links, NewUser, NotificationLevel, Standing, UpdateUser, User as View};

use super::channel::Facts;
use super::connection::{Connection, Order};
use super::event::Event;
use super::log::{Log, Marks, Removed};
use super::mutation::Mutations;
use super::object::Object;
use super::page::{Page, PageRequest};
use super::role::Given;
use super::service::{Service, set};
use super::subscribers::Subscribers;
use super::{World, check, lock};
use crate::basis::{Refused, rules};
use crate::fault::push::Event as Pushed;

rules! {
    pub(super) UNKNOWN = "chat.user.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown user is 404, 20404";
    EXISTS = "chat.user.create.exists", Inferred("error catalogue 50201; as Conversations answers 50433 with 409"),
        "a second user with one identity is 409, 50201";
    HIDDEN = "chat.user.reachability", Recorded("mailroom client_test.go: null in lists and on creation"),
        "is_online and is_notifiable are null in lists, in answers to creation, and where the service has no reachability";
    FULL = "chat.user.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many users as it may, one more is 503, 20503";
    CONNECTIONS = "socket.init.connections", MockOnly("a mock must not grow without bound"),
        "an identity with 100 connections gets no further one: 429, 51124";
    INFO_EVENT = "sync.user-info.updated", Recorded("session of SDK 6.0.0: reachability at login"),
        "a change of a user's name, attributes or reachability is map_item_updated on the user's info";
    REMOVED_EVENT = "sync.user.removed", Inferred("as for deleted channels"),
        "deleting a user is map_removed on the user's info and channels";
}

/// A user. What never changes is outside the lock.
pub(crate) struct User {
    pub(crate) sid: UserSid,
    pub(crate) identity: Identity,
    pub(crate) service: Arc<Service>,
    pub(super) nth: u64,
    pub(super) created: Timestamp,
    /// Locked before anything else, for as long as a change that has an ID is being made.
    pub(crate) mutations: Mutex<Mutations>,
    state: Mutex<UserState>,
}

/// The three items of a user's info map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Info {
    FriendlyName,
    Attributes,
    Reachability,
}

impl Info {
    pub(crate) const ALL: [Self; 3] = [Self::FriendlyName, Self::Attributes, Self::Reachability];

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::FriendlyName => "friendlyName",
            Self::Attributes => "attributes",
            Self::Reachability => "reachability",
        }
    }
}

/// What changes about a user.
pub(crate) struct UserState {
    pub(crate) friendly_name: Option<Arc<str>>,
    pub(crate) attributes: Option<Arc<str>>,
    pub(super) role: Option<RoleSid>,
    pub(super) updated: Timestamp,
    pub(super) deleted: bool,
    pub(crate) connections: Vec<Arc<Connection>>,
    /// Channels the user is in or invited to, in the order of the map's keys.
    pub(crate) channels: BTreeMap<ChannelSid, Joined>,
    /// How many of these the user is only invited to.
    pub(super) invited: usize,
    /// Devices of theirs that could be pushed to.
    bindings: usize,
    pub(crate) channels_log: Log,
    pub(crate) left: Removed<(ChannelSid, Joined)>,
    pub(crate) info_log: Log,
    pub(crate) info: [Marks; 3],
    pub(crate) subscribers: Subscribers,
    /// Oldest first.
    pub(super) session_lists: VecDeque<ListSid>,
}

/// A user's side of a membership, or of an invite.
#[derive(Clone)]
pub(crate) struct Joined {
    /// The membership; none yet for who is invited.
    pub(crate) member: Option<MemberSid>,
    pub(crate) private: bool,
    /// The channel as it was when this item was last written, as Sync items are.
    pub(crate) facts: Arc<Facts>,
    pub(crate) horizon: Option<u32>,
    pub(crate) level: NotificationLevel,
    pub(crate) marks: Marks,
}

/// The data of an item of the info map.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum InfoData<'a> {
    Value { value: Option<&'a str> },
    Reachability { online: bool, notifiable: bool },
}

impl Joined {
    pub(crate) const fn status(&self) -> Standing {
        if self.member.is_some() { Standing::Joined } else { Standing::Invited }
    }
}

impl UserState {
    /// Asked before anything is made for a user who may have been deleted meanwhile.
    pub(super) fn alive(&self) -> Result<(), Refused> {
        if self.deleted { Err(Refused::not_found(UNKNOWN)) } else { Ok(()) }
    }

    /// How many channels the user is in.
    pub(super) fn joined(&self) -> usize {
        self.channels.len() - self.invited
    }

    pub(crate) fn info_data(&self, which: Info) -> InfoData<'_> {
        match which {
            Info::FriendlyName => InfoData::Value { value: self.friendly_name.as_deref() },
            Info::Attributes => InfoData::Value { value: Some(self.attributes.as_deref().unwrap_or("{}")) },
            Info::Reachability => {
                InfoData::Reachability { online: !self.connections.is_empty(), notifiable: self.bindings > 0 }
            }
        }
    }
}

impl User {
    pub(crate) fn lock(&self) -> MutexGuard<'_, UserState> {
        lock(&self.state)
    }

    /// Writes an item of the info map anew and tells who is subscribed.
    fn info_changed(&self, state: &mut UserState, which: Info, at: Timestamp) {
        let id = state.info_log.advance(at);
        state.info[which as usize].change(id, at);
        let delivery = self.service.faults.delivery(Pushed::User, Object::Info(self.sid), &|_| false);
        self.tell_info(state, which, |event| {
            state
                .subscribers
                .publish(event.object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
        });
    }

    /// Tells the last change of an item of the info map.
    pub(super) fn tell_info<R>(
        &self,
        state: &UserState,
        which: Info,
        how_to: impl FnOnce(&Event<'_, InfoData<'_>>) -> R,
    ) -> R {
        let marks = state.info[which as usize];
        let change = Change::ItemUpdated {
            key: Key::Name(which.key()),
            revision: marks.revision.into(),
            data: &state.info_data(which),
        };
        how_to(&Event {
            rule: INFO_EVENT,
            service: self.service.sid,
            object: Object::Info(self.sid),
            identity: &self.identity,
            id: marks.last,
            at: marks.updated,
            change,
        })
    }

    fn object_gone(&self, state: &mut UserState, object: Object, at: Timestamp) {
        let log = if let Object::Info(_) = object { &mut state.info_log } else { &mut state.channels_log };
        let event = Event {
            rule: REMOVED_EVENT,
            service: self.service.sid,
            object,
            identity: &self.identity,
            id: log.advance(at),
            at,
            change: Change::<'_, ()>::Removed,
        };
        let delivery = self.service.faults.delivery(Pushed::User, object, &|_| false);
        state.subscribers.publish(object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
    }

    /// One more device, or one less, could be pushed to.
    pub(super) fn bound(&self, state: &mut UserState, change: isize, at: Timestamp) {
        let before = state.bindings;
        state.bindings = before.saturating_add_signed(change);
        if (state.bindings > 0) != (before > 0) && self.service.defaults().reachability {
            self.info_changed(state, Info::Reachability, at);
        }
    }

    /// A device logged in.
    pub(crate) fn connect(
        &self,
        connection: &Arc<Connection>,
        cap: usize,
        at: Timestamp,
    ) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.deleted {
            connection.order(Order::UserGone);
        }
        if state.connections.len() >= cap {
            return Err(Refused::new(429, 51124, "Too many connections", CONNECTIONS));
        }
        state.connections.push(connection.clone());
        if state.connections.len() == 1 && self.service.defaults().reachability {
            self.info_changed(&mut state, Info::Reachability, at);
        }
        Ok(())
    }

    /// A device went away.
    pub(crate) fn disconnect(&self, connection: &Arc<Connection>, at: Timestamp) {
        let mut state = self.lock();
        let before = state.connections.len();
        state.connections.retain(|known| !Arc::ptr_eq(known, connection));
        state.connections.shrink_to_fit();
        if state.connections.is_empty() && before > 0 && self.service.defaults().reachability {
            self.info_changed(&mut state, Info::Reachability, at);
        }
    }
}

impl World {
    /// Makes a user.
    ///
    /// # Errors
    /// If the identity is taken, reserved or malformed, the attributes are no JSON, or the mock holds too many.
    pub fn create_user(&self, service: ChatServiceSid, new: NewUser) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        check::identity(&new.identity)?;
        service.roles.check(new.role_sid, Given::User)?;
        check::attributes(new.attributes.as_deref())?;
        check::friendly_name(new.friendly_name.as_deref())?;
        let mut identities = service.identities.shard(&new.identity);
        if identities.contains_key(&new.identity) {
            return Err(Refused::new(409, 50201, "User already exists", EXISTS));
        }
        let user = self.new_user(&service, new)?;
        identities.insert(user.identity.clone(), user.clone());
        drop(identities);
        self.keep(&user)?;
        Ok(self.user_view(&user, Shown::Listed))
    }

    /// The user with this identity, made if there is none yet.
    pub(crate) fn user_for(
        &self,
        service: &Arc<Service>,
        identity: &Identity,
        friendly_name: Option<&str>,
    ) -> Result<Arc<User>, Refused> {
        let mut identities = service.identities.shard(identity);
        if let Some(user) = identities.get(identity) {
            return Ok(user.clone());
        }
        check::identity(identity)?;
        let user = self.new_user(
            service,
            NewUser {
                identity: identity.clone(),
                role_sid: None,
                attributes: None,
                friendly_name: friendly_name.map(Arc::from),
            },
        )?;
        identities.insert(identity.clone(), user.clone());
        drop(identities);
        self.keep(&user)?;
        Ok(user)
    }

    /// Takes back a user whose service was deleted meanwhile, and perhaps emptied before the user was listed.
    fn keep(&self, user: &Arc<User>) -> Result<(), Refused> {
        if user.service.is_deleted() {
            self.remove_user(user);
            return Err(Refused::not_found(super::service::UNKNOWN));
        }
        Ok(())
    }

    fn new_user(&self, service: &Arc<Service>, new: NewUser) -> Result<Arc<User>, Refused> {
        let nth = self.next();
        self.add_user(service, new, (UserSid::mock(self.seed(), nth), nth, self.now()))
    }

    /// Makes a user whose SID, number and date are given. The identity's shard has to be locked.
    pub(super) fn add_user(
        &self,
        service: &Arc<Service>,
        new: NewUser,
        (sid, nth, now): (UserSid, u64, Timestamp),
    ) -> Result<Arc<User>, Refused> {
        self.user_count.take(1, self.caps().users, "users", FULL)?;
        if let Err(refused) = self.hold_attributes(new.attributes.as_deref()) {
            self.user_count.give_back(1);
            return Err(refused);
        }
        let mut info_log = Log::new(now);
        let info = Info::ALL.map(|_| Marks::new(info_log.advance(now), now));
        let user = Arc::new(User {
            sid,
            identity: new.identity,
            service: service.clone(),
            nth,
            created: now,
            mutations: Mutex::default(),
            state: Mutex::new(UserState {
                friendly_name: new.friendly_name,
                attributes: new.attributes,
                role: new.role_sid.or(service.defaults().user_role),
                updated: now,
                deleted: false,
                connections: Vec::new(),
                channels: BTreeMap::new(),
                invited: 0,
                bindings: 0,
                channels_log: Log::new(now),
                left: Removed::default(),
                info_log,
                info,
                subscribers: Subscribers::default(),
                session_lists: VecDeque::new(),
            }),
        });
        self.users.insert(user.sid, user.clone());
        service.users.insert(nth, user.clone());
        Ok(user)
    }

    /// The user with this SID or identity.
    pub(crate) fn find_user(&self, service: &Service, name: &str) -> Result<Arc<User>, Refused> {
        let by_sid =
            || self.users.get(&name.parse::<UserSid>().ok()?).filter(|user| user.service.sid == service.sid);
        by_sid().or_else(|| service.identities.get(name)).ok_or(Refused::not_found(UNKNOWN))
    }

    /// The user with this SID, whatever the service.
    pub(crate) fn user_with(&self, sid: UserSid) -> Option<Arc<User>> {
        self.users.get(&sid)
    }

    /// Reads a user by SID or identity.
    ///
    /// # Errors
    /// If there is none.
    pub fn user(&self, service: ChatServiceSid, name: &str) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, name)?;
        Ok(self.user_view(&user, Shown::Alone))
    }

    /// Lists a service's users.
    ///
    /// # Errors
    /// If there is no such service.
    pub fn users(&self, service: ChatServiceSid, page: PageRequest) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        Ok(service.users.page(page).map(|user| self.user_view(&user, Shown::Listed)))
    }

    /// Changes a user.
    ///
    /// # Errors
    /// If there is none, or the attributes are no JSON.
    pub fn update_user(
        &self,
        service: ChatServiceSid,
        name: &str,
        change: UpdateUser,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, name)?;
        service.roles.check(change.role_sid, Given::User)?;
        self.change_user(&user, change)?;
        Ok(self.user_view(&user, Shown::Alone))
    }

    pub(crate) fn change_user(&self, user: &User, change: UpdateUser) -> Result<(), Refused> {
        check::attributes(change.attributes.as_deref())?;
        check::friendly_name(change.friendly_name.as_deref())?;
        let now = self.now();
        let mut state = user.lock();
        state.alive()?;
        if change.attributes.is_some() {
            self.swap_attributes(state.attributes.as_deref(), change.attributes.as_deref())?;
        }
        state.updated = now;
        set(&mut state.role, change.role_sid.map(Some));
        if change.friendly_name.is_some() {
            state.friendly_name = change.friendly_name;
            user.info_changed(&mut state, Info::FriendlyName, now);
        }
        if change.attributes.is_some() {
            state.attributes = change.attributes;
            user.info_changed(&mut state, Info::Attributes, now);
        }
        Ok(())
    }

    /// Deletes a user and all their memberships.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_user(&self, service: ChatServiceSid, name: &str) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, name)?;
        if self.remove_user(&user) { Ok(()) } else { Err(Refused::not_found(UNKNOWN)) }
    }

    /// Takes a user out of the world; `false` if somebody else already did.
    pub(super) fn remove_user(&self, user: &Arc<User>) -> bool {
        let channels: Vec<ChannelSid> = {
            let mut state = user.lock();
            if std::mem::replace(&mut state.deleted, true) {
                return false;
            }
            state.channels.keys().copied().collect()
        };
        for sid in channels {
            if let Some(channel) = self.channel_with(sid) {
                self.expel(&channel, user);
            }
        }
        let now = self.now();
        let lists = {
            let mut state = user.lock();
            user.object_gone(&mut state, Object::Channels(user.sid), now);
            user.object_gone(&mut state, Object::Info(user.sid), now);
            state.subscribers.remove_all(|_| true);
            for connection in &state.connections {
                connection.order(Order::UserGone);
            }
            self.drop_attributes(state.attributes.take().as_deref());
            std::mem::take(&mut state.session_lists)
        };
        for list in lists {
            self.close_session_list(list);
        }
        self.binding_bytes.give_back(user.service.bindings.forget(user.sid));
        user.service.identities.remove(&user.identity);
        self.users.remove(&user.sid);
        user.service.users.remove(user.nth);
        self.user_count.give_back(1);
        true
    }

    pub(crate) fn user_view(&self, user: &User, shown: Shown) -> View {
        let url = View::url(self.base(), user.service.sid, user.sid);
        let state = user.lock();
        let known = shown == Shown::Alone && user.service.defaults().reachability;
        let tell = known || !HIDDEN.follow();
        View {
            sid: user.sid,
            account_sid: self.account(),
            service_sid: user.service.sid,
            role_sid: state.role,
            identity: user.identity.clone(),
            attributes: Some(state.attributes.clone().unwrap_or_else(|| "{}".into())),
            is_online: tell.then_some(!state.connections.is_empty()),
            is_notifiable: tell.then_some(state.bindings > 0),
            friendly_name: state.friendly_name.clone(),
            joined_channels_count: u32::try_from(state.joined()).unwrap_or(u32::MAX),
            date_created: user.created,
            date_updated: state.updated,
            links: Links::of(&url),
            url,
        }
    }
}

/// Where a user is shown: lists and answers to creation leave reachability out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Alone,
    Listed,
}
