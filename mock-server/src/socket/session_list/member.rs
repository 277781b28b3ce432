//! Commands about members.

use wire::identity::Identity;

use super::super::device::Device;
use super::super::tunnel::Segment;
use super::response::Done;
use super::{Action, Command};
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    JOINED = "session.join-channel", Library("twilio-chat 4.1.0, channel.js"),
        "joinChannelV2 makes one a member of a public channel, or of one's own";
    LEFT = "session.leave-channel", Library("twilio-chat 4.1.0, channel.js"),
        "leaveChannel takes one out of a channel";
    ADDED = "session.add-member", Library("twilio-chat 4.1.0, data/members.js"),
        "addMemberV2 by a member adds somebody";
    REMOVED = "session.remove-member", Library("twilio-chat 4.1.0, data/members.js: by username or memberSid"),
        "removeMember by who made the channel takes somebody out, named by identity or SID";
    ATTRIBUTES = "session.edit-member-attributes", Library("twilio-chat 4.1.0, member.js"),
        "editMemberAttributes changes one's own attributes as a member";
}

pub(super) static ACTIONS: &[Action] = &[
    Action { name: "joinChannelV2", operation: Operation::AddMember, rule: JOINED, run: join },
    Action { name: "leaveChannel", operation: Operation::RemoveMember, rule: LEFT, run: leave },
    Action { name: "addMemberV2", operation: Operation::AddMember, rule: ADDED, run: add },
    Action { name: "removeMember", operation: Operation::RemoveMember, rule: REMOVED, run: remove },
    Action { name: "editMemberAttributes", operation: Operation::UpdateMember, rule: ATTRIBUTES, run: edit },
];

impl Command<'_> {
    /// Who it is about, by SID or identity.
    fn member(&self) -> Segment<'_> {
        let named = self.args.member_sid.as_deref().or(self.args.username.as_deref());
        Segment::plain(named.unwrap_or_default())
    }
}

fn join(command: &Command<'_>) -> Done {
    enter(command, command.device.user().identity.clone())
}

fn add(command: &Command<'_>) -> Done {
    enter(command, command.username())
}

fn enter(command: &Command<'_>, identity: Identity) -> Done {
    let channel = command.device.to_join(command.channel())?;
    command.device.add_member(&channel, identity, |_| ())?;
    command.done()
}

fn leave(command: &Command<'_>) -> Done {
    put_out(command.device, command, Segment::plain(&command.device.user().identity))?;
    command.done()
}

fn remove(command: &Command<'_>) -> Done {
    put_out(command.device, command, command.member())?;
    command.done()
}

fn put_out(device: Device<'_>, command: &Command<'_>, who: Segment<'_>) -> Result<(), Refused> {
    let channel = device.my_to_change(command.channel())?;
    device.remove_member(&channel, who)
}

fn edit(command: &Command<'_>) -> Done {
    let channel = command.device.my_to_change(command.channel())?;
    command.device.describe_member(&channel, command.member(), command.args.attributes.clone())?;
    command.done()
}
