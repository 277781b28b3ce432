//! Members: who may let whom in, and who may put whom out.

use std::sync::Arc;

use wire::identity::Identity;
use wire::member::{NewMember, UpdateMember};

use super::super::tunnel::Segment;
use super::{Device, no_member, not_allowed};
use crate::basis::Refused;
use crate::world::channel::Channel;
use crate::world::member::{Member, member_sid};

impl Device<'_> {
    /// The channel, for somebody who is about to add to it: members, and whoever may join.
    pub(in crate::socket) fn to_join(self, name: Segment<'_>) -> Result<Arc<Channel>, Refused> {
        let channel = self.find_channel(name)?;
        self.channel_action(&channel)?;
        Ok(channel)
    }

    /// Adds somebody: members add anybody, others join themselves where they may.
    pub(in crate::socket) fn add_member<T>(
        self,
        channel: &Arc<Channel>,
        identity: Identity,
        view: impl FnOnce(&Member) -> T,
    ) -> Result<T, Refused> {
        let oneself = identity == self.user().identity;
        if !(oneself && self.may_join(channel)) {
            self.must_be_member(channel)?;
        }
        let user = self.world().user_for(&self.user().service, &identity, None)?;
        self.world().join(channel, &user, NewMember::new(identity), view)
    }

    /// Looks at a member, named by SID or identity.
    pub(in crate::socket) fn member<T>(
        self,
        channel: &Channel,
        name: Segment<'_>,
        view: impl FnOnce(&Member) -> T,
    ) -> Result<T, Refused> {
        let found = name.find(|name| self.world().member_in(channel, name, Member::clone));
        found.map(|member| view(&member)).map_err(|_| no_member())
    }

    /// Puts a member out: oneself, or anybody of a channel one made.
    pub(in crate::socket) fn remove_member(
        self,
        channel: &Channel,
        name: Segment<'_>,
    ) -> Result<(), Refused> {
        let member = self.member(channel, name, Member::clone)?;
        if member.user.sid != self.user().sid && !self.made(channel) {
            return Err(not_allowed());
        }
        let sid = member_sid(channel.sid, member.nth).text();
        self.world().dismiss(channel, &sid).map_err(|_| no_member())
    }

    /// Changes one's own attributes as a member.
    pub(in crate::socket) fn describe_member(
        self,
        channel: &Channel,
        name: Segment<'_>,
        attributes: Option<Arc<str>>,
    ) -> Result<(), Refused> {
        let member = self.member(channel, name, Member::clone)?;
        if member.user.sid != self.user().sid {
            return Err(not_allowed());
        }
        let sid = member_sid(channel.sid, member.nth).text();
        self.world().change_member(channel, &sid, UpdateMember { attributes, ..UpdateMember::default() })
    }
}
