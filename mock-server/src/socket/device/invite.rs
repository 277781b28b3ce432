//! Invites: members ask others in, who join or decline.

use wire::identity::Identity;

use super::super::tunnel::Segment;
use super::Device;
use crate::basis::Refused;
use crate::world::channel::Channel;
use crate::world::invite::Invite;

impl Device<'_> {
    /// Invites somebody to a channel of which the device is a member.
    pub(in crate::socket) fn invite<T>(
        self,
        channel: &Channel,
        identity: &Identity,
        view: impl FnOnce(&Invite) -> T,
    ) -> Result<T, Refused> {
        let user = self.world().user_for(&self.user().service, identity, None)?;
        self.world().invite(channel, &user, self.user().identity.clone(), None, view)
    }

    /// Declines the invite to a channel.
    pub(in crate::socket) fn decline(self, name: Segment<'_>) -> Result<(), Refused> {
        let channel = self.find_channel(name)?;
        self.channel_action(&channel)?;
        self.world().decline(&channel, self.user()).map_err(super::no_invite)
    }
}
