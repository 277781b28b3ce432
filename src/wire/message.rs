//! The message: what somebody said in a channel.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    identity::Identity,
    media::Attached,
    sid::{AccountSid, ChannelSid, ChatServiceSid, MessageSid},
    time::{self, Timestamp},
    words,
};

words! {
    /// What a message holds.
    pub enum Kind {
        /// A body.
        Text = "text",
        /// A file.
        Media = "media",
    }
}

words! {
    /// Which message comes first in a list.
    pub enum Order {
        /// The oldest.
        Ascending = "asc",
        /// The newest.
        Descending = "desc",
    }
}

/// A message as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its SID.
    pub sid: MessageSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The channel's service.
    pub service_sid: ChatServiceSid,
    /// The channel, as the addressee.
    pub to: ChannelSid,
    /// The channel.
    pub channel_sid: ChannelSid,
    /// When it was posted.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// Who changed it last; null until somebody does.
    pub last_updated_by: Option<Identity>,
    /// Whether it was changed.
    pub was_edited: bool,
    /// Who said it; `system` unless the poster says otherwise.
    pub from: Option<Identity>,
    /// JSON text.
    pub attributes: Option<Arc<str>>,
    /// What was said; null in a message that is a file only.
    pub body: Option<Arc<str>>,
    /// Its place in the channel, from 0, without gaps but for removed messages.
    pub index: u32,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The file.
    pub media: Option<Attached>,
    /// Where it is read.
    pub url: String,
}

impl Message {
    /// Where a message is read, given where its channel is.
    pub fn url(channel: &str, sid: MessageSid) -> String {
        format!("{channel}/Messages/{sid}")
    }
}

parameters! {
    /// What `POST …/Messages` takes.
    #[derive(Default)]
    pub struct NewMessage {
        /// Who says it.
        from: Option<Identity> = "From",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
        /// For messages brought from elsewhere.
        date_created: Option<Timestamp> = "DateCreated",
        /// For messages brought from elsewhere.
        date_updated: Option<Timestamp> = "DateUpdated",
        /// For messages brought from elsewhere.
        last_updated_by: Option<Identity> = "LastUpdatedBy",
        /// What is said.
        body: Option<Arc<str>> = "Body",
        /// The files to send, uploaded before. Text, because what is no SID is refused by a code of its own.
        media_sids: Vec<Arc<str>> = "MediaSid",
    }
}

parameters! {
    /// What `POST …/Messages/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateMessage {
        /// What is said.
        body: Option<Arc<str>> = "Body",
        /// JSON text.
        attributes: Option<Arc<str>> = "Attributes",
        /// For messages brought from elsewhere.
        date_created: Option<Timestamp> = "DateCreated",
        /// For messages brought from elsewhere.
        date_updated: Option<Timestamp> = "DateUpdated",
        /// Who changed it.
        last_updated_by: Option<Identity> = "LastUpdatedBy",
        /// Who says it.
        from: Option<Identity> = "From",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        channel::Channel,
        form::{Form, Style},
    };

    #[test]
    fn what_each_library_sends_is_written_byte_for_byte() {
        let message =
            NewMessage { from: Some("abc".into()), body: Some("hi \u{e9}".into()), ..NewMessage::default() };
        assert_eq!(message.to_form(Style::Node), "From=abc&Body=hi%20%C3%A9");
        assert_eq!(message.to_form(Style::Python), "From=abc&Body=hi+%C3%A9");
    }

    proptest! {
        #[test]
        fn every_message_comes_back(body: Option<String>, from in "\\PC{1,20}", index: u32, n: u64, edited: bool) {
            let (service, channel, sid) = (ChatServiceSid::mock(n, 1), ChannelSid::mock(n, 1), MessageSid::mock(n, 1));
            let message = Message {
                sid,
                account_sid: AccountSid::mock(n, 1),
                service_sid: service,
                to: channel,
                channel_sid: channel,
                date_created: Timestamp::from_secs(1),
                date_updated: Timestamp::from_secs(2),
                last_updated_by: edited.then(|| "system".into()),
                was_edited: edited,
                from: Some(from.into()),
                attributes: Some("{}".into()),
                body: body.map(Into::into),
                index,
                kind: Kind::Text,
                media: None,
                url: Message::url(&Channel::url("http://127.0.0.1:1", service, channel), sid),
            };
            let json = serde_json::to_string(&message).unwrap();
            prop_assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        }

        #[test]
        fn every_new_message_comes_back(body: Option<String>, from in prop::option::of(".{0,20}")) {
            let message =
                NewMessage { body: body.map(Into::into), from: from.map(Into::into), ..NewMessage::default() };
            let form = message.to_form(Style::Node);
            prop_assert_eq!(NewMessage::from_form(&Form::parse(form.as_bytes()).unwrap()), Ok(message));
        }
    }
}
