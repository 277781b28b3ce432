//! Commands about messages, which these generations know by their index.

use wire::sid::MessageSid;

use super::super::device::Words;
use super::response::{Done, Said};
use super::{Action, Command, Index};
use crate::basis::{Refused, rules};
use crate::operation::Operation;
use crate::world::channel::Channel;

rules! {
    SENT = "session.send-message", Library("twilio-chat 4.1.0, data/messages.js: messageId is the index"),
        "sendMessage posts as the connection's identity, answered with the message's index";
    MEDIA = "session.send-media-message", Library("twilio-chat 4.1.0, data/messages.js: mediaSid of what was uploaded before"),
        "sendMediaMessage posts a file as the connection's identity, answered with the message's index";
    EDITED = "session.edit-message", Library("twilio-chat 4.1.0, message.js"),
        "editMessage by its author changes a message's text";
    ATTRIBUTES = "session.edit-message-attributes", Library("twilio-chat 4.1.0, message.js"),
        "editMessageAttributes by its author changes a message's attributes";
    DELETED = "session.delete-message", Library("twilio-chat 4.1.0, message.js"),
        "deleteMessage by its author deletes a message";
}

pub(super) static ACTIONS: &[Action] = &[
    Action { name: "sendMessage", operation: Operation::SendMessage, rule: SENT, run: send },
    Action { name: "sendMediaMessage", operation: Operation::SendMessage, rule: MEDIA, run: send },
    Action { name: "editMessage", operation: Operation::UpdateMessage, rule: EDITED, run: edit },
    Action {
        name: "editMessageAttributes",
        operation: Operation::UpdateMessage,
        rule: ATTRIBUTES,
        run: edit,
    },
    Action { name: "deleteMessage", operation: Operation::DeleteMessage, rule: DELETED, run: delete },
];

impl Command<'_> {
    fn words(&self) -> Words {
        Words {
            body: self.args.text.clone(),
            attributes: self.args.attributes.clone(),
            media_sids: self.args.media_sid.iter().cloned().collect(),
        }
    }

    /// The message it is about.
    fn message_in(&self, channel: &Channel) -> Result<MessageSid, Refused> {
        self.device.message_at(channel, self.args.message_idx.map(|Index(index)| index))
    }
}

fn send(command: &Command<'_>) -> Done {
    let channel = command.device.my_to_change(command.channel())?;
    let index = command.device.say(&channel, command.words(), |message| message.index)?;
    Ok(Said { message_id: Some(index), ..Said::default() })
}

fn edit(command: &Command<'_>) -> Done {
    let channel = command.device.my_to_change(command.channel())?;
    let sid = command.message_in(&channel)?;
    command.device.edit(&channel, sid, command.words(), |_| ())?;
    command.done()
}

fn delete(command: &Command<'_>) -> Done {
    let channel = command.device.my_to_change(command.channel())?;
    let sid = command.message_in(&channel)?;
    command.device.unsay(&channel, sid)?;
    command.done()
}
