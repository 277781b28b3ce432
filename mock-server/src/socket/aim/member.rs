//! Members.

use std::sync::Arc;

use serde::Deserialize;
use wire::aim::answer::Participant;
use wire::channel::Visibility;
use wire::identity::Identity;
use wire::member::{NewMember, UpdateMember};
use wire::sid::RoleSid;

use super::super::tunnel::{Answer, Outcome, Segment};
use super::{Call, no_member, not_allowed};
use crate::basis::{Refused, rules};
use crate::fault::Operation;
use crate::world::channel::Channel;
use crate::world::member::{Member, member_sid};
use crate::world::mutation::Made;

rules! {
    ADDED = "aim.member.create", Library("twilio-chat 6.0.0: join, add"),
        "POST …/Participants by a member adds somebody, in a public channel oneself: 201";
    READ = "aim.member", Library("twilio-chat 6.0.0: the resource of a 202 is read again"),
        "GET …/Participants/{member} reads a member by SID or identity";
    CHANGED = "aim.member.update", Library("twilio-chat 6.0.0: member.updateAttributes"),
        "POST …/Participants/{member} changes one's own attributes: 200";
    REMOVED = "aim.member.delete", Library("twilio-chat 6.0.0: leave, removeMember"),
        "DELETE …/Participants/{member} of oneself, or of others by who made the channel: 204";
}

#[derive(Deserialize)]
struct Add {
    identity: Identity,
}

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    attributes: Option<Arc<str>>,
}

impl Call<'_> {
    pub(super) fn members(&self, channel: Segment<'_>) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        self.guard(Operation::AddMember)?;
        let channel = self.find_channel(channel)?;
        self.channel_action(&channel)?;
        self.once(|| self.add(&channel))
    }

    fn add(&self, channel: &Arc<Channel>) -> Result<(Answer, Made), Refused> {
        let Add { identity } = self.request.json()?;
        let oneself = identity == self.user().identity;
        let may_join = channel.visibility == Visibility::Public || self.made(channel);
        if !(oneself && may_join) {
            self.must_be_member(channel)?;
        }
        let user = self.world().user_for(&self.user().service, &identity, None)?;
        self.world().join(channel, &user, NewMember::new(identity), |member| {
            let made = Made::Member(channel.sid, member_sid(channel.sid, member.nth));
            (Answer::new(201, &self.member(channel, member), ADDED), made)
        })
    }

    /// Whether the asker made the channel.
    fn made(&self, channel: &Channel) -> bool {
        channel.lock().facts.created_by == self.user().identity
    }

    pub(super) fn one_member(&self, channel: Segment<'_>, member: Segment<'_>) -> Outcome {
        let rule = match self.request.method {
            "GET" => {
                self.guard(Operation::FetchMember)?;
                READ
            }
            "POST" => {
                self.guard(Operation::UpdateMember)?;
                CHANGED
            }
            "DELETE" => {
                self.guard(Operation::RemoveMember)?;
                REMOVED
            }
            _ => return Err(self.request.wrong_method()),
        };
        let channel = self.my(channel)?;
        if rule != READ {
            self.channel_action(&channel)?;
        }
        let look = |name: &str| self.world().member_in(&channel, name, Member::clone);
        let found = member.find(look).map_err(|_| no_member())?;
        let oneself = found.user.sid == self.user().sid;
        let name = member_sid(channel.sid, found.nth).text();
        if rule == REMOVED {
            if !oneself && !self.made(&channel) {
                return Err(not_allowed());
            }
            self.world().dismiss(&channel, &name).map_err(|_| no_member())?;
            return Ok(Answer::no_content(REMOVED));
        }
        if rule == CHANGED {
            if !oneself {
                return Err(not_allowed());
            }
            let Update { attributes } = self.request.json()?;
            self.world().change_member(&channel, &name, UpdateMember { attributes, ..Default::default() })?;
        }
        let seen = |member: &Member| Answer::new(200, &self.member(&channel, member), rule);
        self.world().member_in(&channel, &name, seen).map_err(|_| no_member())
    }

    fn member<'s>(&self, channel: &Channel, member: &'s Member) -> Participant<'s> {
        Participant {
            account_sid: self.world().account(),
            chat_service_sid: self.service(),
            conversation_sid: channel.sid,
            role_sid: member.role.unwrap_or_else(|| RoleSid::mock(self.world().seed(), 0)),
            sid: member_sid(channel.sid, member.nth),
            attributes: member.attributes.as_deref().unwrap_or("{}"),
            date_created: member.created,
            date_updated: member.updated,
            identity: &member.user.identity,
        }
    }
}
