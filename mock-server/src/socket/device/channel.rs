//! Channels: made, changed and deleted by a device; how far it has read, whether it wants to be told.

use std::sync::Arc;

use wire::channel::{NewChannel, UpdateChannel};
use wire::user::NotificationLevel;

use super::super::tunnel::Segment;
use super::{Device, not_allowed};
use crate::basis::Refused;
use crate::world::channel::Channel;

impl Device<'_> {
    /// Makes a channel in the name of the device's user, who is not in it yet.
    pub(in crate::socket) fn make_channel(self, new: NewChannel) -> Result<Arc<Channel>, Refused> {
        self.service_action()?;
        let created_by = Some(self.user().identity.clone());
        self.world().make_channel(&self.user().service, NewChannel { created_by, ..new })
    }

    /// The channel, for a member who is about to change it.
    pub(in crate::socket) fn my_to_change(self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let channel = self.my(name)?;
        self.channel_action(&channel)?;
        Ok(channel)
    }

    pub(in crate::socket) fn change_channel(
        self,
        channel: &Channel,
        change: UpdateChannel,
    ) -> Result<(), Refused> {
        self.world().change_channel(channel, change)
    }

    /// Deletes a channel that the device's user made.
    pub(in crate::socket) fn delete_channel(self, name: Segment<'_>) -> Result<(), Refused> {
        let channel = self.my(name)?;
        self.service_action()?;
        if !self.made(&channel) {
            return Err(not_allowed());
        }
        self.world().remove_channel(&channel);
        Ok(())
    }

    /// Moves the horizon: up to and including which message the user has read; `None` is none.
    pub(in crate::socket) fn read_up_to(self, channel: &Channel, index: Option<u32>) -> Result<(), Refused> {
        self.world().set_horizon(channel, self.user(), index, None)
    }

    /// How many messages the user has not read; `None` where they never said what they have.
    pub(in crate::socket) fn unread(self, channel: &Channel) -> Result<Option<u32>, Refused> {
        let joined = self.world().standing(self.user(), channel.sid)?;
        Ok(channel.lock().unread(joined.horizon))
    }

    pub(in crate::socket) fn notify(
        self,
        channel: &Channel,
        level: NotificationLevel,
    ) -> Result<(), Refused> {
        self.world().set_level(channel, self.user(), level)
    }
}
