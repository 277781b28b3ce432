//! The channel webhook: who is told of one channel's events, besides those the service tells of all.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    sid::{AccountSid, ChannelSid, ChatServiceSid, StudioFlowSid, WebhookSid},
    time::{self, Timestamp},
    words,
};

words! {
    /// What a webhook is called for.
    pub enum Kind {
        /// Some of the channel's events.
        Webhook = "webhook",
        /// Messages that hold one of a few strings.
        Trigger = "trigger",
        /// Messages, which run a Studio Flow.
        Studio = "studio",
    }
}

words! {
    /// How a webhook is called.
    pub enum Method {
        /// With the event in the query.
        Get = "GET",
        /// With the event in the body.
        Post = "POST",
    }
}

words! {
    /// An event of a chat: those that end in a past tense are told afterwards, the others before.
    pub enum Event {
        /// A message is about to be posted.
        MessageSend = "onMessageSend",
        /// A message was posted.
        MessageSent = "onMessageSent",
        /// A message is about to be changed.
        MessageUpdate = "onMessageUpdate",
        /// A message was changed.
        MessageUpdated = "onMessageUpdated",
        /// A message is about to be removed.
        MessageRemove = "onMessageRemove",
        /// A message was removed.
        MessageRemoved = "onMessageRemoved",
        /// A file is about to be posted.
        MediaMessageSend = "onMediaMessageSend",
        /// A file was posted.
        MediaMessageSent = "onMediaMessageSent",
        /// A channel is about to be made.
        ChannelAdd = "onChannelAdd",
        /// A channel was made.
        ChannelAdded = "onChannelAdded",
        /// A channel is about to be changed.
        ChannelUpdate = "onChannelUpdate",
        /// A channel was changed.
        ChannelUpdated = "onChannelUpdated",
        /// A channel is about to be deleted.
        ChannelDestroy = "onChannelDestroy",
        /// A channel was deleted.
        ChannelDestroyed = "onChannelDestroyed",
        /// A member is about to be added.
        MemberAdd = "onMemberAdd",
        /// A member was added.
        MemberAdded = "onMemberAdded",
        /// A member is about to be changed.
        MemberUpdate = "onMemberUpdate",
        /// A member was changed.
        MemberUpdated = "onMemberUpdated",
        /// A member is about to be removed.
        MemberRemove = "onMemberRemove",
        /// A member was removed.
        MemberRemoved = "onMemberRemoved",
        /// A user was made.
        UserAdded = "onUserAdded",
        /// A user is about to be changed.
        UserUpdate = "onUserUpdate",
        /// A user was changed.
        UserUpdated = "onUserUpdated",
    }
}

/// How a webhook is set up. Which of it is present depends on the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// `webhook` and `trigger`: what is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Arc<str>>,
    /// `webhook` and `trigger`: how it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// `webhook`: which events it is called for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Event>>,
    /// `trigger`: a message that holds one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggers: Option<Vec<Arc<str>>>,
    /// `studio`: the flow that is run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_sid: Option<StudioFlowSid>,
    /// Attempts after the first, 0 to 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_count: Option<u32>,
}

/// A channel webhook as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its SID.
    pub sid: WebhookSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The channel's service.
    pub service_sid: ChatServiceSid,
    /// The channel.
    pub channel_sid: ChannelSid,
    /// What it is called for.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Where it is read.
    pub url: String,
    /// How it is set up.
    pub configuration: Configuration,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
}

impl Webhook {
    /// Where a webhook is read, given where its channel is.
    pub fn url(channel: &str, sid: WebhookSid) -> String {
        format!("{channel}/Webhooks/{sid}")
    }
}

parameters! {
    /// What `POST …/Webhooks` takes.
    pub struct NewWebhook {
        /// What it is called for.
        kind: Kind = "Type",
        /// What is called.
        url: Option<Arc<str>> = "Configuration.Url",
        /// How it is called.
        method: Option<Method> = "Configuration.Method",
        /// Which events it is called for.
        filters: Vec<Event> = "Configuration.Filters",
        /// Which strings it is called for.
        triggers: Vec<Arc<str>> = "Configuration.Triggers",
        /// The flow that is run.
        flow_sid: Option<StudioFlowSid> = "Configuration.FlowSid",
        /// Attempts after the first.
        retry_count: Option<u32> = "Configuration.RetryCount",
    }
}

parameters! {
    /// What `POST …/Webhooks/{Sid}` takes: lists that are empty leave those there are.
    #[derive(Default)]
    pub struct UpdateWebhook {
        /// What is called.
        url: Option<Arc<str>> = "Configuration.Url",
        /// How it is called.
        method: Option<Method> = "Configuration.Method",
        /// Which events it is called for.
        filters: Vec<Event> = "Configuration.Filters",
        /// Which strings it is called for.
        triggers: Vec<Arc<str>> = "Configuration.Triggers",
        /// The flow that is run.
        flow_sid: Option<StudioFlowSid> = "Configuration.FlowSid",
        /// Attempts after the first.
        retry_count: Option<u32> = "Configuration.RetryCount",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Form, Style};

    #[test]
    fn what_the_libraries_send_is_read() {
        let body = "Type=webhook&Configuration.Url=https%3A%2F%2Fexample.com&Configuration.Method=POST\
            &Configuration.Filters=onMessageSent&Configuration.Filters=onChannelUpdated&Configuration.RetryCount=2";
        let new = NewWebhook::from_form(&Form::parse(body.as_bytes()).unwrap()).unwrap();
        assert_eq!(new.filters, [Event::MessageSent, Event::ChannelUpdated]);
        assert_eq!(new.to_form(Style::Node).replace("example%2Ecom", "example.com"), body);
    }

    #[test]
    fn only_what_the_kind_has_is_written() {
        let flow_sid = Some(StudioFlowSid::mock(1, 1));
        let json = serde_json::to_string(&Configuration { flow_sid, ..Configuration::default() }).unwrap();
        assert_eq!(json, format!(r#"{{"flow_sid":"{}"}}"#, StudioFlowSid::mock(1, 1)));
        assert_eq!(serde_json::from_str::<Configuration>(&json).unwrap().flow_sid, flow_sid);
    }
}
