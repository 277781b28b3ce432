//! Commands about channels, and about how far they were read.

use wire::channel::{NewChannel, UpdateChannel};
use wire::sync::Name;

use super::response::{Done, Said, Unread};
use super::{Action, Command};
use crate::basis::{Refused, rules};
use crate::operation::Operation;

rules! {
    CREATED = "session.create-channel", Library("twilio-chat 4.1.0, data/channels.js: channelSid and channel in the response"),
        "createChannel makes a channel, answered with its SID and its document";
    DESTROYED = "session.destroy-channel", Library("twilio-chat 4.1.0, channel.js"),
        "destroyChannel by who made the channel deletes it";
    ATTRIBUTES = "session.edit-attributes", Library("twilio-chat 4.1.0, channel.js"),
        "editAttributes changes a channel's attributes";
    FRIENDLY_NAME = "session.edit-friendly-name", Library("twilio-chat 4.1.0, channel.js"),
        "editFriendlyName changes a channel's friendly name";
    UNIQUE_NAME = "session.edit-unique-name", Library("twilio-chat 4.1.0, channel.js"),
        "editUniqueName changes a channel's unique name";
    LEVEL = "session.edit-notification-level", Library("twilio-chat 4.1.0, channel.js"),
        "editNotificationLevel sets whether one wants to be told of a channel's messages";
    REPORTED = "session.consumption-report", Library("twilio-chat 4.1.0, services/consumptionhorizon.js"),
        "consumptionReportV2 moves the horizons it names, answered with what is unread of each channel";
}

pub(super) static ACTIONS: &[Action] = &[
    Action { name: "createChannel", operation: Operation::CreateChannel, rule: CREATED, run: create },
    Action { name: "destroyChannel", operation: Operation::DeleteChannel, rule: DESTROYED, run: destroy },
    Action { name: "editAttributes", operation: Operation::UpdateChannel, rule: ATTRIBUTES, run: edit },
    Action { name: "editFriendlyName", operation: Operation::UpdateChannel, rule: FRIENDLY_NAME, run: edit },
    Action { name: "editUniqueName", operation: Operation::UpdateChannel, rule: UNIQUE_NAME, run: edit },
    Action {
        name: "editNotificationLevel",
        operation: Operation::UpdateUserChannel,
        rule: LEVEL,
        run: level,
    },
    Action {
        name: "consumptionReportV2",
        operation: Operation::UpdateUserChannel,
        rule: REPORTED,
        run: report,
    },
];

fn create(command: &Command<'_>) -> Done {
    let new = NewChannel {
        friendly_name: command.args.friendly_name.clone(),
        unique_name: command.args.unique_name.clone(),
        attributes: command.args.attributes.clone(),
        visibility: command.args.r#type,
        ..NewChannel::default()
    };
    let channel = command.device.make_channel(new)?;
    let document = Name::Channel(channel.sid).to_string();
    Ok(Said { channel_sid: Some(channel.sid), channel: Some(document), ..Said::default() })
}

fn destroy(command: &Command<'_>) -> Done {
    command.device.delete_channel(command.channel())?;
    command.done()
}

/// All the commands that change a channel: each says only what it changes.
fn edit(command: &Command<'_>) -> Done {
    let channel = command.device.my_to_change(command.channel())?;
    let change = UpdateChannel {
        friendly_name: command.args.friendly_name.clone(),
        unique_name: command.args.unique_name.clone(),
        attributes: command.args.attributes.clone(),
        ..UpdateChannel::default()
    };
    command.device.change_channel(&channel, change)?;
    command.done()
}

fn level(command: &Command<'_>) -> Done {
    let channel = command.device.my(command.channel())?;
    if let Some(level) = command.args.notification_level {
        command.device.notify(&channel, level)?;
    }
    command.done()
}

fn report(command: &Command<'_>) -> Done {
    let read = command.args.report.iter().map(|read| {
        let channel = command.device.my(super::Segment::plain(&read.channel_sid))?;
        command.device.read_up_to(&channel, read.message_idx.map(|super::Index(index)| index))?;
        let unread_messages_count = command.device.unread(&channel)?;
        Ok(Unread { channel_sid: channel.sid, unread_messages_count })
    });
    Ok(Said { report: Some(read.collect::<Result<_, Refused>>()?), ..Said::default() })
}
