//! Invites.

use serde::Deserialize;
use wire::aim::answer::Invite as View;
use wire::identity::Identity;
use wire::sid::RoleSid;

use super::super::tunnel::{Answer, Outcome, Segment};
use super::Call;
use crate::basis::rules;
use crate::operation::Operation;
use crate::world::channel::Channel;
use crate::world::invite::{Invite, invite_sid};

rules! {
    INVITED = "aim.invite.create", Library("twilio-chat 6.0.0, data/members.js: invite; the answer's shape is a guess"),
        "POST …/Invites by a member invites somebody: 201";
    DECLINED = "aim.invite.delete", Library("twilio-chat 6.0.0, channel.js: decline"),
        "DELETE …/Invites/{oneself} declines: 204";
}

#[derive(Deserialize)]
struct New {
    identity: Identity,
}

impl Call<'_> {
    pub(super) fn invites(&self, channel: Segment<'_>) -> Outcome {
        if self.request.method != "POST" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::CreateInvite)?;
        let channel = self.device.my_to_change(channel)?;
        let New { identity } = self.request.json()?;
        let view = |invite: &Invite| Answer::new(201, &self.invite(&channel, invite), INVITED);
        self.device.invite(&channel, &identity, view)
    }

    pub(super) fn one_invite(&self, channel: Segment<'_>, user: Segment<'_>) -> Outcome {
        if self.request.method != "DELETE" {
            return Err(self.request.wrong_method());
        }
        self.device.guard(Operation::DeleteInvite)?;
        self.device.myself(user)?;
        self.device.decline(channel)?;
        Ok(Answer::no_content(DECLINED))
    }

    fn invite<'s>(&self, channel: &Channel, invite: &'s Invite) -> View<'s> {
        View {
            account_sid: self.world().account(),
            chat_service_sid: self.service(),
            conversation_sid: channel.sid,
            role_sid: invite.role.unwrap_or_else(|| RoleSid::mock(self.world().seed(), 0)),
            sid: invite_sid(channel.sid, invite),
            identity: &invite.user.identity,
            created_by: &invite.created_by,
            date_created: invite.created,
        }
    }
}
