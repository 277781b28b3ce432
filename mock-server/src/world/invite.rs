//! Invites: users asked to become members of a channel.
//!
//! An invite shows among the invited user's channels with the status `invited`. Joining takes it up; declining
//! it, or deleting it by REST, ends it.

use std::sync::Arc;

use wire::channel::Channel as ChannelView;
use wire::identity::Identity;
use wire::invite::{Invite as View, NewInvite};
use wire::sid::{ChannelSid, ChatServiceSid, InviteSid, RoleSid};
use wire::time::Timestamp;

use super::World;
use super::caps::full;
use super::channel::{Channel, ChannelState};
use super::message::{nth_bytes, nth_of};
use super::page::{Cursor, Page, PageRequest};
use super::role::Given;
use super::user::{self, User};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "chat.invite.unknown", Inferred("error catalogue 50601; the generic 20404 as for everything that is not there"),
        "an unknown invite is 404, 20404";
    INVITED = "chat.invite.create.invited", Inferred("error catalogue 50212; 409 as for members"),
        "inviting somebody twice is 409, 50212";
    MEMBER = "chat.invite.create.member", Inferred("error catalogue 50404; 409 as for adding a member twice"),
        "inviting a member is 409, 50404";
    JOINED = "chat.invite.decline.member", Documented("error catalogue 50602; the status is a guess"),
        "a member cannot decline: 400, 50602";
    FULL = "chat.invite.full", MockOnly("a mock must not grow without bound"),
        "when a channel has as many invites as it may, one more is 503, 20503";
}

/// An invite as it is kept.
#[derive(Clone)]
pub(crate) struct Invite {
    /// Its number among all invites ever here: its SID is made of it.
    pub(super) nth: u32,
    pub(crate) user: Arc<User>,
    pub(crate) role: Option<RoleSid>,
    pub(crate) created_by: Identity,
    pub(crate) created: Timestamp,
}

/// The invites to a channel, in the order they were made.
#[derive(Default)]
pub(crate) struct Invites {
    pub(super) all: Vec<Invite>,
    pub(super) next: u32,
}

impl Invites {
    pub(super) fn of(&self, user: &User) -> Option<&Invite> {
        self.all.iter().find(|invite| invite.user.sid == user.sid)
    }

    /// Takes away a user's invite, if there is one.
    pub(super) fn take(&mut self, user: &User) -> Option<Invite> {
        let position = self.all.iter().position(|invite| invite.user.sid == user.sid)?;
        Some(self.all.remove(position))
    }

    /// Takes all of them away.
    pub(super) fn take_all(&mut self) -> Vec<Invite> {
        std::mem::take(&mut self.all)
    }

    fn find(&self, channel: ChannelSid, sid: InviteSid) -> Result<&Invite, Refused> {
        let unknown = Refused::not_found(UNKNOWN);
        let nth = nth_of(channel, sid.bytes()).ok_or(unknown.clone())?;
        let position = self.all.binary_search_by_key(&nth, |invite| invite.nth).map_err(|_| unknown)?;
        Ok(&self.all[position])
    }
}

pub(crate) fn invite_sid(channel: ChannelSid, invite: &Invite) -> InviteSid {
    InviteSid::from_bytes(nth_bytes(channel, invite.nth))
}

impl World {
    /// Invites somebody to a channel; a user is made for an identity that has none.
    ///
    /// # Errors
    /// If there is no such channel, the identity is a member, invited or malformed, or the role none of a channel.
    pub fn create_invite(
        &self,
        service: ChatServiceSid,
        channel: &str,
        new: &NewInvite,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        service.roles.check(new.role_sid, Given::Member)?;
        let user = self.user_for(&service, &new.identity, None)?;
        self.invite(&channel, &user, "system".into(), new.role_sid, |invite| {
            self.invite_view(&channel, invite)
        })
    }

    /// Invites a user to a channel, and returns a view of the invite.
    ///
    /// # Errors
    /// If the channel is gone or full of invites, or the user is a member, or invited already.
    pub(crate) fn invite<T>(
        &self,
        channel: &Channel,
        user: &Arc<User>,
        created_by: Identity,
        role: Option<RoleSid>,
        view: impl FnOnce(&Invite) -> T,
    ) -> Result<T, Refused> {
        let now = self.now();
        let mut guard = channel.lock();
        let state = &mut *guard;
        state.alive()?;
        if state.member_of(user).is_some() {
            return Err(Refused::titled(409, 50404, MEMBER));
        }
        if state.invites.of(user).is_some() {
            return Err(Refused::titled(409, 50212, INVITED));
        }
        let most = self.caps().invites_per_channel;
        if state.invites.all.len() >= most {
            return Err(full(most, "invites to one channel", FULL));
        }
        if !user.invited(channel, state, now) {
            return Err(Refused::not_found(user::UNKNOWN));
        }
        let invite = Invite { nth: state.invites.next, user: user.clone(), role, created_by, created: now };
        state.invites.next += 1;
        let seen = view(&invite);
        state.invites.all.push(invite);
        Ok(seen)
    }

    /// Reads an invite.
    ///
    /// # Errors
    /// If there is no such channel or invite.
    pub fn invite_with(
        &self,
        service: ChatServiceSid,
        channel: &str,
        sid: InviteSid,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let state = channel.lock();
        state.invites.find(channel.sid, sid).map(|invite| self.invite_view(&channel, invite))
    }

    /// Lists a channel's invites; with identities, those of them who are invited.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn invites(
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
        let asked = |invite: &&Invite| {
            let after = page.after.is_none_or(|Cursor(nth)| u128::from(invite.nth) > nth);
            after && (identities.is_empty() || identities.contains(&invite.user.identity))
        };
        let rest = state.invites.all.iter().filter(asked).map(|invite| (invite.nth, invite));
        Ok(Page::cut(page.size, rest, |invite| self.invite_view(&channel, invite)))
    }

    /// Takes an invite back.
    ///
    /// # Errors
    /// If there is no such channel or invite.
    pub fn delete_invite(
        &self,
        service: ChatServiceSid,
        channel: &str,
        sid: InviteSid,
    ) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let mut state = channel.lock();
        let user = state.invites.find(channel.sid, sid)?.user.clone();
        end(&mut state, &channel, &user, self.now());
        Ok(())
    }

    /// A user declines the invite to a channel.
    ///
    /// # Errors
    /// If they are a member already, or not invited.
    pub(crate) fn decline(&self, channel: &Channel, user: &User) -> Result<(), Refused> {
        let mut state = channel.lock();
        if state.member_of(user).is_some() {
            return Err(Refused::titled(400, 50602, JOINED));
        }
        if end(&mut state, channel, user, self.now()) { Ok(()) } else { Err(Refused::not_found(UNKNOWN)) }
    }

    fn invite_view(&self, channel: &Channel, invite: &Invite) -> View {
        let sid = invite_sid(channel.sid, invite);
        let parent = ChannelView::url(self.base(), channel.service.sid, channel.sid);
        View {
            sid,
            account_sid: self.account(),
            channel_sid: channel.sid,
            service_sid: channel.service.sid,
            identity: invite.user.identity.clone(),
            date_created: invite.created,
            date_updated: invite.created,
            role_sid: invite.role.or(channel.service.defaults().member_role),
            created_by: Some(invite.created_by.clone()),
            url: View::url(&parent, sid),
        }
    }
}

/// Ends a user's invite without their joining; `false` if there was none.
fn end(state: &mut ChannelState, channel: &Channel, user: &User, at: Timestamp) -> bool {
    let ended = state.invites.take(user).is_some();
    if ended {
        user.left(channel.sid, at);
        state.subscribers.remove_all(|connection| connection.user.sid == user.sid);
    }
    ended
}
