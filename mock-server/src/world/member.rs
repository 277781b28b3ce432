//! Members: users in a channel.

use std::sync::Arc;

use wire::identity::Identity;
use wire::member::{Member as View, NewMember, UpdateMember};
use wire::sid::{ChannelSid, ChatServiceSid, MemberSid, RoleSid};
use wire::sync::{Change, Key};
use wire::time::Timestamp;
use wire::user::NotificationLevel;

use super::channel::{Channel, ChannelState};
use super::event::Event;
use super::log::Marks;
use super::message::{How, nth_bytes, nth_of};
use super::object::Object;
use super::page::{Cursor, Page, PageRequest};
use super::role::Given;
use super::service::set;
use super::user::{self, Joined, User, UserState};
use super::{World, check, data};
use crate::basis::{Refused, rules};
use crate::fault::aim::Pattern;
use crate::fault::push::Event as Pushed;

rules! {
    UNKNOWN = "chat.member.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "an unknown member is 404, 20404";
    EXISTS = "chat.member.create.exists", Inferred("error catalogue 50404; 409 as Conversations answers 50433"),
        "adding a member twice is 409, 50404";
    LIMIT = "chat.member.create.limit", Documented("https://www.twilio.com/docs/chat/chat-limits: count limits are 403"),
        "a channel with as many members as its service allows takes no more: 403, 50403";
    USER_LIMIT = "chat.member.create.user-limit", Documented("https://www.twilio.com/docs/chat/chat-limits: count limits are 403"),
        "a user in as many channels as the service allows joins no more: 403, 50208";
    ADDED_EVENT = "sync.member.added", Recorded("session of SDK 6.0.0: map_item_added on the roster"),
        "a new member is map_item_added on the roster and on the user's channels";
    UPDATED_EVENT = "sync.member.updated", Recorded("session of SDK 6.0.0: two map_item_updated after a horizon moved"),
        "a moved horizon is map_item_updated on the roster and on the user's channels; other changes on the roster alone";
    REMOVED_EVENT = "sync.member.removed", Inferred("the SDK's reaction to map_item_removed"),
        "a member who leaves is map_item_removed on the roster and on the user's channels, and hears no more of the channel";
}

/// A membership, the channel's side of it.
#[derive(Clone)]
pub(crate) struct Member {
    /// Its number among all members ever here: its SID is made of it.
    pub(crate) nth: u32,
    pub(crate) user: Arc<User>,
    pub(crate) role: Option<RoleSid>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) horizon: Option<u32>,
    pub(crate) horizon_at: Option<Timestamp>,
    /// `{}` if none.
    pub(crate) attributes: Option<Arc<str>>,
    pub(crate) marks: Marks,
}

pub(crate) fn member_sid(channel: ChannelSid, nth: u32) -> MemberSid {
    MemberSid::from_bytes(nth_bytes(channel, nth))
}

impl ChannelState {
    /// The position of the member with this SID or identity.
    fn member_at(&self, channel: ChannelSid, name: &str) -> Result<usize, Refused> {
        let by_sid = || {
            let nth = nth_of(channel, name.parse::<MemberSid>().ok()?.bytes())?;
            self.members.binary_search_by_key(&nth, |member| member.nth).ok()
        };
        by_sid()
            .or_else(|| self.members.iter().position(|member| member.user.identity == *name))
            .ok_or(Refused::not_found(UNKNOWN))
    }
}

/// Tells what happened to a member.
pub(super) fn tell<R>(
    channel: &Channel,
    member: &Member,
    (id, at): (u32, Timestamp),
    how: How,
    how_to: impl FnOnce(&Event<'_, wire::sync::data::Member<'_>>) -> R,
) -> R {
    let sid = member_sid(channel.sid, member.nth).text();
    let (key, data) = (Key::Name(&sid), &data::member(member));
    let (rule, change) = match how {
        How::Added => (ADDED_EVENT, Change::ItemAdded { key, revision: 0, data }),
        How::Updated => {
            (UPDATED_EVENT, Change::ItemUpdated { key, revision: member.marks.revision.into(), data })
        }
        How::Removed => (REMOVED_EVENT, Change::ItemRemoved { key, data }),
    };
    let object = Object::Roster(channel.sid);
    how_to(&Event { rule, service: channel.service.sid, object, identity: "", id, at, change })
}

/// Tells everybody who is subscribed what happened to a member.
fn publish(channel: &Channel, state: &ChannelState, member: &Member, told: (u32, Timestamp), how: How) {
    if state.subscribers.is_empty() {
        return;
    }
    let is_meant = |pattern: &Pattern| channel.is_meant(&state.facts, pattern);
    let delivery = channel.service.faults.delivery(Pushed::Member, Object::Roster(channel.sid), &is_meant);
    tell(channel, member, told, how, |event| {
        state.subscribers.publish(event.object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
    });
}

impl User {
    /// Tells what happened to a channel the user is in.
    pub(super) fn tell<R>(
        &self,
        channel: ChannelSid,
        joined: &Joined,
        (id, at): (u32, Timestamp),
        how: How,
        how_to: impl FnOnce(&Event<'_, wire::sync::data::MyChannel<'_>>) -> R,
    ) -> R {
        let sid = channel.text();
        let (key, data) = (Key::Name(&sid), &data::my_channel(channel, joined));
        let (rule, change) = match how {
            How::Added => (ADDED_EVENT, Change::ItemAdded { key, revision: 0, data }),
            How::Updated => {
                (UPDATED_EVENT, Change::ItemUpdated { key, revision: joined.marks.revision.into(), data })
            }
            How::Removed => (REMOVED_EVENT, Change::ItemRemoved { key, data }),
        };
        let object = Object::Channels(self.sid);
        how_to(&Event { rule, service: self.service.sid, object, identity: &self.identity, id, at, change })
    }

    /// Tells everybody who is subscribed what happened to a channel the user is in.
    fn publish(
        &self,
        state: &UserState,
        channel: ChannelSid,
        joined: &Joined,
        told: (u32, Timestamp),
        how: How,
    ) {
        if state.subscribers.is_empty() {
            return;
        }
        let is_meant = |pattern: &Pattern| pattern.means(&channel.text());
        let delivery = self.service.faults.delivery(Pushed::Member, Object::Channels(self.sid), &is_meant);
        self.tell(channel, joined, told, how, |event| {
            state
                .subscribers
                .publish(event.object.slot(), delivery.as_ref(), |protocol| event.live(protocol));
        });
    }

    /// The user is in the channel no longer. Called with the channel locked.
    pub(super) fn left(&self, channel: ChannelSid, at: Timestamp) {
        let mut state = self.lock();
        let Some(joined) = state.channels.remove(&channel) else { return };
        state.invited -= usize::from(joined.member.is_none());
        let id = state.channels_log.advance(at);
        self.publish(&state, channel, &joined, (id, at), How::Removed);
        drop(state.left.remember(id, (channel, joined)));
    }

    /// The user is invited to a channel; `false` if they are being deleted. Called with the channel locked.
    pub(super) fn invited(&self, channel: &Channel, now: &ChannelState, at: Timestamp) -> bool {
        let mut state = self.lock();
        if !state.deleted {
            self.enter(&mut state, channel, now, None, None, at);
            state.invited += 1;
        }
        !state.deleted
    }

    /// Writes the user's side of a new membership or invite. An invite that is taken up stays the same item.
    fn enter(
        &self,
        state: &mut UserState,
        channel: &Channel,
        now: &ChannelState,
        member: Option<MemberSid>,
        horizon: Option<u32>,
        at: Timestamp,
    ) {
        let id = state.channels_log.advance(at);
        let mut joined = Joined {
            member,
            private: channel.visibility == wire::channel::Visibility::Private,
            facts: now.facts.clone(),
            horizon,
            level: NotificationLevel::Default,
            marks: Marks::new(id, at),
        };
        let mut how = How::Added;
        if let Some(invited) = state.channels.get(&channel.sid) {
            (joined.level, joined.marks, how) = (invited.level, invited.marks, How::Updated);
            joined.marks.change(id, at);
            state.invited -= 1;
        }
        self.publish(state, channel.sid, &joined, (id, at), how);
        state.channels.insert(channel.sid, joined);
    }

    /// Changes the user's side of a membership and tells who is subscribed. Called with the channel locked.
    pub(super) fn rejoined(
        &self,
        channel: &Channel,
        now: &ChannelState,
        at: Timestamp,
        change: impl FnOnce(&mut Joined),
    ) {
        let mut guard = self.lock();
        let state = &mut *guard;
        let Some(joined) = state.channels.get_mut(&channel.sid) else { return };
        let id = state.channels_log.advance(at);
        change(joined);
        joined.facts = now.facts.clone();
        joined.marks.change(id, at);
        let joined = joined.clone();
        self.publish(state, channel.sid, &joined, (id, at), How::Updated);
    }
}

impl World {
    /// Adds a member; a user is made for an identity that has none.
    ///
    /// # Errors
    /// If there is no such channel, the identity is a member or malformed, or a limit is reached.
    pub fn add_member(
        &self,
        service: ChatServiceSid,
        channel: &str,
        new: NewMember,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        service.roles.check(new.role_sid, Given::Member)?;
        let user = self.user_for(&service, &new.identity, None)?;
        self.join(&channel, &user, new, |member| self.member_view(&channel, member))
    }

    pub(crate) fn join<T>(
        &self,
        channel: &Arc<Channel>,
        user: &Arc<User>,
        new: NewMember,
        view: impl FnOnce(&Member) -> T,
    ) -> Result<T, Refused> {
        check::attributes(new.attributes.as_deref())?;
        let defaults = channel.service.defaults();
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        state.alive()?;
        if state.member_of(user).is_some() {
            return Err(Refused::new(409, 50404, "Member already exists", EXISTS));
        }
        if super::channel::size(state.members.len()) >= defaults.limits.channel_members {
            return Err(Refused::new(403, 50403, "Channel member limit exceeded", LIMIT));
        }
        let mut user_state = user.lock();
        if user_state.deleted {
            // Being deleted at this moment.
            return Err(Refused::not_found(user::UNKNOWN));
        }
        if super::channel::size(user_state.joined()) >= defaults.limits.user_channels {
            return Err(Refused::new(403, 50208, "User channel limit exceeded", USER_LIMIT));
        }
        self.hold_attributes(new.attributes.as_deref())?;
        let role = if state.facts.created_by == user.identity {
            defaults.creator_role
        } else {
            defaults.member_role
        };
        let invite = state.invites.take(user);
        let member = Member {
            nth: state.next_member,
            user: user.clone(),
            role: new.role_sid.or(invite.and_then(|invite| invite.role)).or(role),
            created: new.date_created.unwrap_or(now),
            updated: new.date_updated.unwrap_or(now),
            horizon: new.last_consumed_message_index,
            horizon_at: new.last_consumption_timestamp.or(new.last_consumed_message_index.map(|_| now)),
            attributes: new.attributes.filter(|text| **text != *"{}"),
            marks: Marks::new(state.roster_log.advance(now), now),
        };
        state.next_member += 1;
        publish(channel, state, &member, (member.marks.first, now), How::Added);
        let sid = member_sid(channel.sid, member.nth);
        user.enter(&mut user_state, channel, state, Some(sid), member.horizon, now);
        let seen = view(&member);
        state.members.push(member);
        Ok(seen)
    }

    /// Reads a member by SID or identity.
    ///
    /// # Errors
    /// If there is no such channel or member.
    pub fn member(&self, service: ChatServiceSid, channel: &str, name: &str) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        self.member_in(&channel, name, |member| self.member_view(&channel, member))
    }

    /// Looks at a member of a channel.
    pub(crate) fn member_in<T>(
        &self,
        channel: &Channel,
        name: &str,
        view: impl FnOnce(&Member) -> T,
    ) -> Result<T, Refused> {
        let state = channel.lock();
        let position = state.member_at(channel.sid, name)?;
        Ok(view(&state.members[position]))
    }

    /// Lists a channel's members; with identities, those of them who are members.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn members(
        &self,
        service: ChatServiceSid,
        channel: &str,
        identities: &[Identity],
        page: PageRequest,
    ) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let state = channel.lock();
        state.alive()?;
        let start =
            page.after.map_or(0, |Cursor(nth)| state.members.partition_point(|m| u128::from(m.nth) <= nth));
        let asked = |member: &&Member| identities.is_empty() || identities.contains(&member.user.identity);
        let rest = state.members[start..].iter().filter(asked).map(|member| (member.nth, member));
        Ok(Page::cut(page.size, rest, |member| self.member_view(&channel, member)))
    }

    /// Changes a member.
    ///
    /// # Errors
    /// If there is no such channel or member, or the attributes are no JSON.
    pub fn update_member(
        &self,
        service: ChatServiceSid,
        channel: &str,
        name: &str,
        change: UpdateMember,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        service.roles.check(change.role_sid, Given::Member)?;
        self.change_member(&channel, name, change)?;
        self.member(service.sid, &channel.sid.text(), name)
    }

    pub(crate) fn change_member(
        &self,
        channel: &Channel,
        name: &str,
        change: UpdateMember,
    ) -> Result<(), Refused> {
        check::attributes(change.attributes.as_deref())?;
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        let position = state.member_at(channel.sid, name)?;
        let member = &mut state.members[position];
        if change.attributes.is_some() {
            self.swap_attributes(member.attributes.as_deref(), change.attributes.as_deref())?;
        }
        let id = state.roster_log.advance(now);
        set(&mut member.role, change.role_sid.map(Some));
        set(&mut member.attributes, change.attributes.map(Some));
        set(&mut member.created, change.date_created);
        member.updated = change.date_updated.unwrap_or(now);
        let moved = change.last_consumed_message_index;
        set(&mut member.horizon, moved.map(Some));
        if moved.is_some() || change.last_consumption_timestamp.is_some() {
            member.horizon_at = Some(change.last_consumption_timestamp.unwrap_or(now));
        }
        member.marks.change(id, now);
        let member = &state.members[position];
        publish(channel, state, member, (id, now), How::Updated);
        if moved.is_some() {
            member.user.rejoined(channel, state, now, |joined| joined.horizon = moved);
        }
        Ok(())
    }

    /// Moves the horizon of a user who is a member: up to and including which message they have read.
    ///
    /// # Errors
    /// If they are no member.
    pub(crate) fn set_horizon(
        &self,
        channel: &Channel,
        user: &User,
        horizon: Option<u32>,
        at: Option<Timestamp>,
    ) -> Result<(), Refused> {
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        let position = state.member_at(channel.sid, &user.identity)?;
        let id = state.roster_log.advance(now);
        let member = &mut state.members[position];
        member.horizon = horizon;
        member.horizon_at = horizon.map(|_| at.unwrap_or(now));
        member.marks.change(id, now);
        publish(channel, state, &state.members[position], (id, now), How::Updated);
        user.rejoined(channel, state, now, |joined| joined.horizon = horizon);
        Ok(())
    }

    /// Removes a member by SID or identity.
    ///
    /// # Errors
    /// If there is no such channel or member.
    pub fn remove_member(&self, service: ChatServiceSid, channel: &str, name: &str) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        self.dismiss(&channel, name)
    }

    pub(crate) fn dismiss(&self, channel: &Channel, name: &str) -> Result<(), Refused> {
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        let position = state.member_at(channel.sid, name)?;
        let mut member = state.members.remove(position);
        let id = state.roster_log.advance(now);
        publish(channel, state, &member, (id, now), How::Removed);
        member.user.left(channel.sid, now);
        // A former member hears no more, whether or not the client thinks of cancelling its subscriptions.
        let gone = member.user.sid;
        state.subscribers.remove_all(|connection| connection.user.sid == gone);
        // Who hears of it later needs no more than the name; attributes may be long, and are freed at once.
        self.drop_attributes(member.attributes.take().as_deref());
        drop(state.former.remember(id, member));
        Ok(())
    }

    /// Removes a user who may or may not be a member, or invited.
    pub(super) fn expel(&self, channel: &Channel, user: &User) {
        // Being neither a member nor invited is what was wanted.
        let _ = self.dismiss(channel, &user.identity);
        let _ = self.decline(channel, user);
    }

    pub(crate) fn member_view(&self, channel: &Channel, member: &Member) -> View {
        let sid = member_sid(channel.sid, member.nth);
        let parent = wire::channel::Channel::url(self.base(), channel.service.sid, channel.sid);
        View {
            sid,
            account_sid: self.account(),
            channel_sid: channel.sid,
            service_sid: channel.service.sid,
            identity: member.user.identity.clone(),
            role_sid: member.role,
            last_consumed_message_index: member.horizon,
            last_consumption_timestamp: member.horizon_at,
            date_created: member.created,
            date_updated: member.updated,
            attributes: Some(member.attributes.clone().unwrap_or_else(|| "{}".into())),
            url: View::url(&parent, sid),
        }
    }
}
