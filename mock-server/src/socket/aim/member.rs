//! Members.

use std::sync::Arc;

use serde::Deserialize;
use wire::aim::answer::Participant;
use wire::identity::Identity;
use wire::sid::RoleSid;

use super::super::tunnel::{Answer, Outcome, Segment};
use super::Call;
use crate::basis::{Refused, RuleId, rules};
use crate::operation::Operation;
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
        self.device.guard(Operation::AddMember)?;
        let channel = self.device.to_join(channel)?;
        self.once(|| self.add(&channel))
    }

    fn add(&self, channel: &Arc<Channel>) -> Result<(Answer, Made), Refused> {
        let Add { identity } = self.request.json()?;
        self.device.add_member(channel, identity, |member| {
            let made = Made::Member(channel.sid, member_sid(channel.sid, member.nth));
            (Answer::new(201, &self.member(channel, member), ADDED), made)
        })
    }

    pub(super) fn one_member(&self, channel: Segment<'_>, member: Segment<'_>) -> Outcome {
        match self.request.method {
            "GET" => {
                self.device.guard(Operation::FetchMember)?;
                self.show(&*self.device.my(channel)?, member, READ)
            }
            "POST" => {
                self.device.guard(Operation::UpdateMember)?;
                let channel = self.device.my_to_change(channel)?;
                let Update { attributes } = self.request.json()?;
                self.device.describe_member(&channel, member, attributes)?;
                self.show(&channel, member, CHANGED)
            }
            "DELETE" => {
                self.device.guard(Operation::RemoveMember)?;
                let channel = self.device.my_to_change(channel)?;
                self.device.remove_member(&channel, member)?;
                Ok(Answer::no_content(REMOVED))
            }
            _ => Err(self.request.wrong_method()),
        }
    }

    fn show(&self, channel: &Channel, member: Segment<'_>, rule: RuleId) -> Outcome {
        self.device.member(channel, member, |member| Answer::new(200, &self.member(channel, member), rule))
    }

    fn member<'s>(&self, channel: &Channel, member: &'s Member) -> Participant<'s> {
        Participant {
            dialect: self.dialect,
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
