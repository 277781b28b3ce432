//! Commands about invites.

use super::response::Done;
use super::{Action, Command};
use crate::basis::rules;
use crate::operation::Operation;

rules! {
    INVITED = "session.invite-member", Library("twilio-chat 4.1.0, data/members.js"),
        "inviteMember by a member invites somebody";
    DECLINED = "session.decline-invitation", Library("twilio-chat 4.1.0, channel.js"),
        "declineInvitation ends one's own invite";
}

pub(super) static ACTIONS: &[Action] = &[
    Action { name: "inviteMember", operation: Operation::CreateInvite, rule: INVITED, run: invite },
    Action { name: "declineInvitation", operation: Operation::DeleteInvite, rule: DECLINED, run: decline },
];

fn invite(command: &Command<'_>) -> Done {
    let channel = command.device.my_to_change(command.channel())?;
    command.device.invite(&channel, &command.username(), |_| ())?;
    command.done()
}

fn decline(command: &Command<'_>) -> Done {
    command.device.decline(command.channel())?;
    command.done()
}
