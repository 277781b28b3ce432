//! Commands about users.

use wire::user::UpdateUser;

use super::super::tunnel::Segment;
use super::response::Done;
use super::{Action, Command};
use crate::basis::rules;
use crate::operation::Operation;

rules! {
    FRIENDLY_NAME = "session.edit-user-friendly-name", Library("twilio-chat 4.1.0, user.js"),
        "editUserFriendlyName changes one's own friendly name";
    ATTRIBUTES = "session.edit-user-attributes", Library("twilio-chat 4.1.0, user.js"),
        "editUserAttributes changes one's own attributes";
}

pub(super) static ACTIONS: &[Action] = &[
    Action { name: "editUserFriendlyName", operation: Operation::UpdateUser, rule: FRIENDLY_NAME, run: edit },
    Action { name: "editUserAttributes", operation: Operation::UpdateUser, rule: ATTRIBUTES, run: edit },
];

fn edit(command: &Command<'_>) -> Done {
    let who = command.args.username.as_deref().unwrap_or_default();
    command.device.may_change_user(Segment::plain(who))?;
    let (friendly_name, attributes) = (command.args.friendly_name.clone(), command.args.attributes.clone());
    command.device.change_me(UpdateUser { friendly_name, attributes, role_sid: None })?;
    command.done()
}
