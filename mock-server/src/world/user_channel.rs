//! A user's own view of the channels they are in or invited to: how far they have read, whether they want to be told.

use std::ops::Bound;
use std::sync::Arc;

use wire::sid::{ChannelSid, ChatServiceSid};
use wire::user::{
    NotificationLevel, UpdateUserChannel, User as UserView, UserChannel as View, UserChannelLinks,
};

use super::World;
use super::channel::Channel;
use super::page::{Cursor, Page, PageRequest};
use super::user::{Joined, User};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "chat.user-channel.unknown", Recorded("mailroom client_test.go: 20404 for what is not there"),
        "a channel the user is not in is 404, 20404 among the user's channels";
}

impl World {
    /// Lists the channels a user is in.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn user_channels(
        &self,
        service: ChatServiceSid,
        user: &str,
        page: PageRequest,
    ) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        Ok(self.joined(&user, page).map(|(channel, joined)| self.user_channel_view(&user, &channel, &joined)))
    }

    /// A page of the channels a user is in, each with the user's side of it.
    pub(crate) fn joined(&self, user: &User, page: PageRequest) -> Page<(ChannelSid, Joined)> {
        let after = match page.after {
            None => Bound::Unbounded,
            Some(Cursor(key)) => Bound::Excluded(ChannelSid::from_bytes(key.to_be_bytes())),
        };
        let state = user.lock();
        let rest = state.channels.range((after, Bound::Unbounded));
        Page::cut(
            page.size,
            rest.map(|(sid, joined)| (u128::from_be_bytes(sid.bytes()), (*sid, joined))),
            |(sid, joined)| (sid, joined.clone()),
        )
    }

    /// Reads a user's side of a channel.
    ///
    /// # Errors
    /// If there is no such user, or they are not in the channel.
    pub fn user_channel(&self, service: ChatServiceSid, user: &str, channel: &str) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        let channel = self.find_channel(&service, channel)?;
        let joined = self.standing(&user, channel.sid)?;
        Ok(self.user_channel_view(&user, &channel.sid, &joined))
    }

    /// A user's side of a channel they are in.
    pub(crate) fn standing(&self, user: &User, channel: ChannelSid) -> Result<Joined, Refused> {
        user.lock().channels.get(&channel).cloned().ok_or(Refused::not_found(UNKNOWN))
    }

    /// Changes how far a user has read, or whether they want to be told.
    ///
    /// # Errors
    /// If there is no such user, or they are not in the channel.
    pub fn update_user_channel(
        &self,
        service: ChatServiceSid,
        user: &str,
        channel: &str,
        change: &UpdateUserChannel,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        let channel = self.find_channel(&service, channel)?;
        let joined = self.standing(&user, channel.sid)?;
        let UpdateUserChannel { notification_level, last_consumed_message_index, last_consumption_timestamp } =
            *change;
        if last_consumed_message_index.is_some() || last_consumption_timestamp.is_some() {
            let horizon = last_consumed_message_index.or(joined.horizon);
            self.set_horizon(&channel, &user, horizon, last_consumption_timestamp)?;
        }
        if let Some(level) = notification_level {
            self.set_level(&channel, &user, level)?;
        }
        let joined = self.standing(&user, channel.sid)?;
        Ok(self.user_channel_view(&user, &channel.sid, &joined))
    }

    pub(crate) fn set_level(
        &self,
        channel: &Channel,
        user: &User,
        level: NotificationLevel,
    ) -> Result<(), Refused> {
        self.standing(user, channel.sid)?;
        let state = channel.lock();
        user.rejoined(channel, &state, self.now(), |joined| joined.level = level);
        Ok(())
    }

    /// Takes a user out of a channel, as they themselves would.
    ///
    /// # Errors
    /// If there is no such user, or they are not in the channel.
    pub fn delete_user_channel(
        &self,
        service: ChatServiceSid,
        user: &str,
        channel: &str,
    ) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let user = self.find_user(&service, user)?;
        let channel = self.find_channel(&service, channel)?;
        if self.standing(&user, channel.sid)?.member.is_none() {
            return self.decline(&channel, &user);
        }
        self.dismiss(&channel, &user.identity)
    }

    fn user_channel_view(&self, user: &Arc<User>, channel: &ChannelSid, joined: &Joined) -> View {
        let (sid, service) = (*channel, user.service.sid);
        let unread = self.channel_with(sid).and_then(|channel| channel.lock().unread(joined.horizon));
        let parent = UserView::url(self.base(), service, user.sid);
        View {
            account_sid: self.account(),
            service_sid: service,
            channel_sid: sid,
            user_sid: user.sid,
            member_sid: joined.member,
            status: joined.status(),
            last_consumed_message_index: joined.horizon,
            unread_messages_count: unread,
            notification_level: Some(joined.level),
            url: View::url(&parent, sid),
            links: UserChannelLinks::of(self.base(), service, sid, joined.member),
        }
    }
}
