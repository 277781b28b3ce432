//! The Web Channel: a customer's chat by way of Flex's own web chat.

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    identity::Identity,
    sid::{AccountSid, ChannelSid, FlexFlowSid},
    time::{self, Timestamp},
    words,
};

words! {
    /// What a Web Channel can be made.
    pub enum ChatStatus {
        /// Over.
        Inactive = "inactive",
    }
}

/// A Web Channel as REST tells it. Its SID is that of the Chat channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebChannel {
    /// Whose it is.
    pub account_sid: Option<AccountSid>,
    /// The flow it came through.
    pub flex_flow_sid: Option<FlexFlowSid>,
    /// The SID of the Chat channel.
    pub sid: ChannelSid,
    /// Where it is read.
    pub url: Option<String>,
    /// When it was made.
    #[serde(with = "time::rest::option", default)]
    pub date_created: Option<Timestamp>,
    /// When it was last changed.
    #[serde(with = "time::rest::option", default)]
    pub date_updated: Option<Timestamp>,
}

impl WebChannel {
    /// Where a channel is read, on the service at `base`.
    pub fn url(base: &str, sid: ChannelSid) -> String {
        format!("{base}/v1/WebChannels/{sid}")
    }
}

parameters! {
    /// What `POST /v1/WebChannels` takes.
    pub struct NewWebChannel {
        /// The flow.
        flex_flow_sid: FlexFlowSid = "FlexFlowSid",
        /// The customer's identity.
        identity: Identity = "Identity",
        /// The customer's name.
        customer_friendly_name: String = "CustomerFriendlyName",
        /// The channel's name.
        chat_friendly_name: String = "ChatFriendlyName",
        /// The channel's unique name.
        chat_unique_name: Option<String> = "ChatUniqueName",
        /// JSON text that lands in the channel's attributes.
        pre_engagement_data: Option<String> = "PreEngagementData",
    }
}

parameters! {
    /// What `POST /v1/WebChannels/{Sid}` takes.
    #[derive(Default)]
    pub struct UpdateWebChannel {
        /// Ends the chat.
        chat_status: Option<ChatStatus> = "ChatStatus",
        /// JSON text that lands in the channel's attributes.
        post_engagement_data: Option<String> = "PostEngagementData",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Form, Style};

    #[test]
    fn what_it_takes_is_read_and_written() {
        let body = "FlexFlowSid=FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&Identity=ada&CustomerFriendlyName=Ada\
            &ChatFriendlyName=Chat";
        let new = NewWebChannel::from_form(&Form::parse(body.as_bytes()).unwrap()).unwrap();
        assert_eq!(new.to_form(Style::Node), body);
        let update = UpdateWebChannel { chat_status: Some(ChatStatus::Inactive), ..Default::default() };
        assert_eq!(update.to_form(Style::Node), "ChatStatus=inactive");
    }
}
