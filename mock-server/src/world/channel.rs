//! Chat channels: the rooms in which messages are.

use std::sync::{Arc, Mutex, MutexGuard};

use wire::channel::{Channel as View, Links, NewChannel, UpdateChannel, Visibility};
use wire::identity::Identity;
use wire::sid::{ChannelSid, ChatServiceSid};
use wire::sync::Change;
use wire::time::Timestamp;

use super::event::Event;
use super::flex_channel::Flex;
use super::history::History;
use super::invite::Invites;
use super::log::{Log, Removed};
use super::member::Member;
use super::message::{Message, message_sid};
use super::object::Object;
use super::page::{Page, PageRequest, merged};
use super::service::{Service, set};
use super::subscribers::Subscribers;
use super::user::User;
use super::webhook::Webhooks;
use super::{World, check, data, lock};
use crate::basis::{Refused, rules};
use crate::fault::aim::Pattern;
use crate::fault::push::Event as Pushed;

rules! {
    UNKNOWN = "chat.channel.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown channel is 404, 20404";
    NAME_TAKEN = "chat.channel.unique-name-taken", Inferred("error catalogue 50307; 409 as Conversations answers 50353"),
        "a unique name that another channel has is 409, 50307";
    pub(super) FULL = "chat.channel.full", MockOnly("a mock must not grow without bound"),
        "when the mock holds as many channels as it may, one more is 503, 20503";
    DOCUMENT_EVENT = "sync.channel.updated", Recorded("session of SDK 6.0.0: document_updated after a message"),
        "a change of a channel, its last message included, is document_updated on its document";
    REMOVED_EVENT = "sync.channel.removed", Inferred("the SDK's reaction to document_removed; the order is a guess"),
        "deleting a channel is list_removed, map_removed and document_removed, and leaves every member's channels";
}

/// A channel. What never changes is outside the lock.
pub(crate) struct Channel {
    pub(crate) sid: ChannelSid,
    pub(crate) service: Arc<Service>,
    pub(crate) visibility: Visibility,
    pub(super) nth: u64,
    pub(super) state: Mutex<ChannelState>,
}

/// What is known of a channel itself. Replaced as a whole when any of it changes, because the items of its
/// members' Sync maps go on showing the channel as it was when they were written.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) friendly_name: Option<Arc<str>>,
    pub(crate) unique_name: Option<Arc<str>>,
    pub(crate) attributes: Arc<str>,
    pub(crate) created_by: Identity,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// What changes in a channel.
pub(crate) struct ChannelState {
    pub(crate) facts: Arc<Facts>,
    pub(super) deleted: bool,
    pub(crate) flex: Option<Box<Flex>>,
    /// In the order they joined, which is that of their SIDs.
    pub(crate) members: Vec<Member>,
    pub(super) next_member: u32,
    pub(crate) former: Removed<Member>,
    pub(super) invites: Invites,
    pub(super) webhooks: Webhooks,
    pub(crate) messages: History,
    pub(super) next_message: u32,
    pub(crate) removed: Removed<Message>,
    /// Index and moment of the last message posted.
    pub(crate) last: Option<(u32, Timestamp)>,
    pub(crate) document_log: Log,
    pub(crate) roster_log: Log,
    pub(crate) messages_log: Log,
    pub(crate) subscribers: Subscribers,
}

impl ChannelState {
    pub(crate) fn alive(&self) -> Result<(), Refused> {
        if self.deleted { Err(Refused::not_found(UNKNOWN)) } else { Ok(()) }
    }

    pub(crate) fn member_of(&self, user: &User) -> Option<&Member> {
        self.members.iter().find(|member| member.user.sid == user.sid)
    }
}

impl Channel {
    pub(crate) fn lock(&self) -> MutexGuard<'_, ChannelState> {
        lock(&self.state)
    }

    /// Whether a fault aimed at a channel means this one: by SID, unique name or friendly name.
    pub(crate) fn is_meant(&self, facts: &Facts, pattern: &Pattern) -> bool {
        let names = [facts.unique_name.as_deref(), facts.friendly_name.as_deref()];
        pattern.means(&self.sid.text()) || names.into_iter().flatten().any(|name| pattern.means(name))
    }

    /// Tells who is subscribed to the document that it changed.
    pub(super) fn document_changed(&self, state: &mut ChannelState, at: Timestamp) {
        state.document_log.advance(at);
        if state.subscribers.is_empty() {
            return;
        }
        self.tell(state, |event| {
            let is_meant = |pattern: &Pattern| self.is_meant(&state.facts, pattern);
            let delivery = self.service.faults.delivery(Pushed::Channel, event.object, &is_meant);
            state
                .subscribers
                .publish(event.object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
        });
    }

    /// Tells the document's last change.
    pub(super) fn tell<R>(
        &self,
        state: &ChannelState,
        how_to: impl FnOnce(&Event<'_, wire::sync::data::Channel<'_>>) -> R,
    ) -> R {
        let log = state.document_log;
        how_to(&Event {
            rule: DOCUMENT_EVENT,
            service: self.service.sid,
            object: Object::Document(self.sid),
            identity: "",
            id: log.revision().saturating_sub(1),
            at: log.updated(),
            change: Change::Updated { data: &data::document(self, state) },
        })
    }

    fn objects_gone(&self, state: &mut ChannelState, at: Timestamp) {
        for object in [Object::Messages(self.sid), Object::Roster(self.sid), Object::Document(self.sid)] {
            let log = match object {
                Object::Messages(_) => &mut state.messages_log,
                Object::Roster(_) => &mut state.roster_log,
                _ => &mut state.document_log,
            };
            let id = log.advance(at);
            let (rule, service) = (REMOVED_EVENT, self.service.sid);
            let change: Change<'_, ()> = Change::Removed;
            let event = Event { rule, service, object, identity: "", id, at, change };
            let is_meant = |pattern: &Pattern| self.is_meant(&state.facts, pattern);
            let delivery = self.service.faults.delivery(Pushed::Channel, object, &is_meant);
            state.subscribers.publish(object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
        }
        state.subscribers.remove_all(|_| true);
    }
}

impl World {
    /// Makes a channel.
    ///
    /// # Errors
    /// If the unique name is taken or malformed, the attributes are no JSON, or the mock holds too many.
    pub fn create_channel(&self, service: ChatServiceSid, new: NewChannel) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.make_channel(&service, new)?;
        Ok(self.channel_view(&channel))
    }

    pub(crate) fn make_channel(
        &self,
        service: &Arc<Service>,
        mut new: NewChannel,
    ) -> Result<Arc<Channel>, Refused> {
        check::attributes(new.attributes.as_deref())?;
        check::author(new.created_by.as_ref())?;
        check::friendly_name(new.friendly_name.as_deref())?;
        // An empty field of a form is one that was left out.
        new.unique_name = new.unique_name.filter(|name| !name.is_empty());
        check::unique_name(new.unique_name.as_deref())?;
        self.add_channel(service, new, None)
    }

    /// Makes a channel of what was checked already.
    pub(super) fn add_channel(
        &self,
        service: &Arc<Service>,
        new: NewChannel,
        flex: Option<Box<Flex>>,
    ) -> Result<Arc<Channel>, Refused> {
        let now = self.now();
        let nth = self.next();
        let sid = ChannelSid::mock(self.seed(), nth);
        if let Some(name) = &new.unique_name {
            let mut names = lock(&service.names);
            if names.contains_key(name) {
                return Err(name_taken());
            }
            names.insert(name.clone(), sid);
        }
        if let Err(refused) = self.channel_count.take(1, self.caps().channels, "channels", FULL) {
            release_name(service, new.unique_name.as_deref());
            return Err(refused);
        }
        if let Err(refused) = self.hold_attributes(new.attributes.as_deref()) {
            release_name(service, new.unique_name.as_deref());
            self.channel_count.give_back(1);
            return Err(refused);
        }
        let visibility = new.visibility.unwrap_or(Visibility::Public);
        let facts = Facts {
            friendly_name: new.friendly_name,
            unique_name: new.unique_name,
            attributes: new.attributes.unwrap_or_else(|| "{}".into()),
            created_by: new.created_by.unwrap_or_else(|| "system".into()),
            created: new.date_created.unwrap_or(now),
            updated: new.date_updated.unwrap_or(now),
        };
        let door = flex.as_ref().map(|flex| flex.door);
        let state = Mutex::new(ChannelState::new(facts, flex, now));
        let channel = Arc::new(Channel { sid, service: service.clone(), visibility, nth, state });
        // Last of all it can be found, so that nobody deletes what is not yet listed.
        channel.index().insert(nth, channel.clone());
        if let Some(door) = door {
            self.flex_order(door).insert(nth, channel.clone());
        }
        self.channels.insert(sid, channel.clone());
        if service.is_deleted() {
            // Deleted meanwhile, and perhaps emptied before this was listed. Without its Flex side, because removing
            // that takes a lock that who opens one holds.
            if let Some(flex) = channel.lock().flex.take() {
                self.flex_order(flex.door).remove(nth);
            }
            self.remove_channel(&channel);
            return Err(Refused::not_found(super::service::UNKNOWN));
        }
        Ok(channel)
    }

    /// The channel with this SID or unique name.
    pub(crate) fn find_channel(&self, service: &Service, name: &str) -> Result<Arc<Channel>, Refused> {
        let by_name = || lock(&service.names).get(name).copied();
        name.parse()
            .ok()
            .or_else(by_name)
            .and_then(|sid| self.channel_with(sid))
            .filter(|channel| channel.service.sid == service.sid)
            .ok_or(Refused::not_found(UNKNOWN))
    }

    /// The channel with this SID, whatever the service.
    pub(crate) fn channel_with(&self, sid: ChannelSid) -> Option<Arc<Channel>> {
        self.channels.get(&sid)
    }

    /// Reads a channel by SID or unique name.
    ///
    /// # Errors
    /// If there is none.
    pub fn channel(&self, service: ChatServiceSid, name: &str) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        Ok(self.channel_view(&*self.find_channel(&service, name)?))
    }

    /// Lists a service's channels: those that may be found as said, or all.
    ///
    /// # Errors
    /// If there is no such service.
    pub fn channels(
        &self,
        service: ChatServiceSid,
        visibility: Option<Visibility>,
        page: PageRequest,
    ) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        let found = match visibility {
            Some(Visibility::Public) => service.public.page(page),
            Some(Visibility::Private) => service.private.page(page),
            None => merged(&service.public, &service.private, page),
        };
        Ok(found.map(|channel| self.channel_view(&channel)))
    }

    /// A page of the channels that everybody in a service may find.
    pub(crate) fn public_channels(&self, service: &Service, page: PageRequest) -> Page<Arc<Channel>> {
        service.public.page(page)
    }

    /// Changes a channel.
    ///
    /// # Errors
    /// If there is none, the unique name is taken or malformed, or the attributes are no JSON.
    pub fn update_channel(
        &self,
        service: ChatServiceSid,
        name: &str,
        change: UpdateChannel,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, name)?;
        self.change_channel(&channel, change)?;
        Ok(self.channel_view(&channel))
    }

    pub(crate) fn change_channel(&self, channel: &Channel, change: UpdateChannel) -> Result<(), Refused> {
        check::attributes(change.attributes.as_deref())?;
        check::author(change.created_by.as_ref())?;
        check::friendly_name(change.friendly_name.as_deref())?;
        check::unique_name(change.unique_name.as_deref())?;
        let now = self.now();
        let mut names = change.unique_name.is_some().then(|| lock(&channel.service.names));
        let mut state = channel.lock();
        state.alive()?;
        let mut facts = Facts::clone(&state.facts);
        if let (Some(names), Some(name)) = (&names, &change.unique_name)
            && names.get(name).is_some_and(|owner| *owner != channel.sid)
        {
            return Err(name_taken());
        }
        if change.attributes.is_some() {
            self.swap_attributes(Some(&facts.attributes), change.attributes.as_deref())?;
        }
        if let (Some(names), Some(name)) = (&mut names, change.unique_name) {
            if let Some(old) = facts.unique_name.take() {
                names.remove(&old);
            }
            if !name.is_empty() {
                names.insert(name.clone(), channel.sid);
                facts.unique_name = Some(name);
            }
        }
        drop(names);
        set(&mut facts.friendly_name, change.friendly_name.map(Some));
        set(&mut facts.attributes, change.attributes);
        set(&mut facts.created, change.date_created);
        set(&mut facts.created_by, change.created_by);
        facts.updated = change.date_updated.unwrap_or(now);
        if let Some(flex) = &mut state.flex {
            flex.updated = now;
        }
        state.facts = Arc::new(facts);
        channel.document_changed(&mut state, now);
        Ok(())
    }

    /// Deletes a channel and all in it.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_channel(&self, service: ChatServiceSid, name: &str) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, name)?;
        if self.remove_channel(&channel) { Ok(()) } else { Err(Refused::not_found(UNKNOWN)) }
    }

    /// Takes a channel out of the world; `false` if somebody else already did.
    pub(crate) fn remove_channel(&self, channel: &Arc<Channel>) -> bool {
        let now = self.now();
        let mut state = channel.lock();
        if std::mem::replace(&mut state.deleted, true) {
            return false;
        }
        for member in std::mem::take(&mut state.members) {
            member.user.left(channel.sid, now);
            self.drop_attributes(member.attributes.as_deref());
        }
        for invite in state.invites.take_all() {
            invite.user.left(channel.sid, now);
        }
        channel.objects_gone(&mut state, now);
        self.drop_attributes(Some(&state.facts.attributes));
        let removed = std::mem::take(&mut state.removed);
        let removed = removed.iter().map(|(_, message)| message);
        let bytes = state.messages.iter().chain(removed).map(Message::size).sum();
        self.shelf.remove_of(state.messages.iter());
        state.messages = History::default();
        let name = state.facts.unique_name.clone();
        let flex = state.flex.take();
        drop(state);
        self.message_bytes.give_back(bytes);
        release_name(&channel.service, name.as_deref());
        self.channels.remove(&channel.sid);
        channel.index().remove(channel.nth);
        if let Some(flex) = flex {
            self.flex_order(flex.door).remove(channel.nth);
            self.forget_flex(&flex, channel.sid);
        }
        self.channel_count.give_back(1);
        true
    }

    pub(crate) fn channel_view(&self, channel: &Channel) -> View {
        let url = View::url(self.base(), channel.service.sid, channel.sid);
        let state = channel.lock();
        let last = state.messages.last().map(|message| message_sid(channel.sid, message.nth));
        View {
            sid: channel.sid,
            account_sid: self.account(),
            service_sid: channel.service.sid,
            friendly_name: state.facts.friendly_name.clone(),
            unique_name: state.facts.unique_name.clone(),
            attributes: Some(state.facts.attributes.clone()),
            visibility: channel.visibility,
            date_created: state.facts.created,
            date_updated: state.facts.updated,
            created_by: Some(state.facts.created_by.clone()),
            members_count: size(state.members.len()),
            messages_count: size(state.messages.count()),
            links: Links::of(&url, last),
            url,
        }
    }
}

impl ChannelState {
    pub(super) fn new(facts: Facts, flex: Option<Box<Flex>>, now: Timestamp) -> Self {
        Self {
            facts: Arc::new(facts),
            deleted: false,
            flex,
            members: Vec::new(),
            next_member: 0,
            former: Removed::default(),
            invites: Invites::default(),
            webhooks: Webhooks::default(),
            messages: History::default(),
            next_message: 0,
            removed: Removed::default(),
            last: None,
            document_log: Log::new(now),
            roster_log: Log::new(now),
            messages_log: Log::new(now),
            subscribers: Subscribers::default(),
        }
    }
}

impl Channel {
    /// The list it stands in.
    pub(super) fn index(&self) -> &super::page::Ordered<Self> {
        match self.visibility {
            Visibility::Public => &self.service.public,
            Visibility::Private => &self.service.private,
        }
    }
}

/// A count as the views give it.
pub(super) fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn name_taken() -> Refused {
    Refused::new(409, 50307, "Channel with provided unique name already exists", NAME_TAKEN)
}

fn release_name(service: &Service, name: Option<&str>) {
    if let Some(name) = name {
        lock(&service.names).remove(name);
    }
}
