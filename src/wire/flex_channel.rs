//! The Flex Channel: one customer's chat, as the contact center sees it.

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    identity::Identity,
    sid::{AccountSid, ChannelSid, FlexFlowSid, TaskSid, UserSid},
    time::{self, Timestamp},
};

/// A Flex Channel as REST tells it: eight fields. Its SID is that of the Chat channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlexChannel {
    /// The flow it came through.
    pub flex_flow_sid: Option<FlexFlowSid>,
    /// Whose it is.
    pub account_sid: Option<AccountSid>,
    /// The SID of the Chat channel.
    pub sid: ChannelSid,
    /// The task, for flows of type `task`; else null.
    pub task_sid: Option<TaskSid>,
    /// The customer's Chat user.
    pub user_sid: Option<UserSid>,
    /// When it was made.
    #[serde(with = "time::rest::option", default)]
    pub date_created: Option<Timestamp>,
    /// When it was last changed.
    #[serde(with = "time::rest::option", default)]
    pub date_updated: Option<Timestamp>,
    /// Where it is read.
    pub url: Option<String>,
}

impl FlexChannel {
    /// Where a channel is read, on the service at `base`.
    pub fn url(base: &str, sid: ChannelSid) -> String {
        format!("{base}/v1/Channels/{sid}")
    }
}

parameters! {
    /// What `POST /v1/Channels` takes.
    pub struct CreateChannel {
        /// The flow.
        flex_flow_sid: FlexFlowSid = "FlexFlowSid",
        /// The customer's identity: a Chat user is made for it, or found.
        identity: Identity = "Identity",
        /// The customer's name.
        chat_user_friendly_name: String = "ChatUserFriendlyName",
        /// The channel's name.
        chat_friendly_name: String = "ChatFriendlyName",
        /// The customer's handle: one active channel a flow and target.
        target: Option<String> = "Target",
        /// The channel's unique name.
        chat_unique_name: Option<String> = "ChatUniqueName",
        /// JSON text that lands in the channel's attributes.
        pre_engagement_data: Option<String> = "PreEngagementData",
        /// Flows of type `task`: an existing task to attach to.
        task_sid: Option<TaskSid> = "TaskSid",
        /// Flows of type `task`: JSON text merged into the task's attributes.
        task_attributes: Option<String> = "TaskAttributes",
        /// Whether the channel is kept for the next contact; else the flow decides.
        long_lived: Option<bool> = "LongLived",
    }
}

impl CreateChannel {
    /// A channel with what every create needs.
    pub fn new(flow: FlexFlowSid, identity: Identity, user_name: &str, channel_name: &str) -> Self {
        Self {
            flex_flow_sid: flow,
            identity,
            chat_user_friendly_name: user_name.to_owned(),
            chat_friendly_name: channel_name.to_owned(),
            target: None,
            chat_unique_name: None,
            pre_engagement_data: None,
            task_sid: None,
            task_attributes: None,
            long_lived: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Expected, Form, Style};

    #[test]
    fn what_each_library_sends_is_written_byte_for_byte() {
        let flow = "FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
        let mut create = CreateChannel::new(flow, "abc123".into(), "Jane", "Chat with abc123");
        create.target = Some("abc123".to_owned());
        create.long_lived = Some(true);
        let python = "FlexFlowSid=FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&Identity=abc123&ChatUserFriendlyName=Jane\
            &ChatFriendlyName=Chat+with+abc123&Target=abc123&LongLived=True";
        assert_eq!(create.to_form(Style::Python7), python);
        create.pre_engagement_data = Some(r#"{"a":1}"#.to_owned());
        let node = "FlexFlowSid=FOaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&Identity=abc123&ChatUserFriendlyName=Jane\
            &ChatFriendlyName=Chat%20with%20abc123&Target=abc123&PreEngagementData=%7B%22a%22%3A1%7D&LongLived=true";
        assert_eq!(create.to_form(Style::Node), node);
        assert_eq!(CreateChannel::from_form(&Form::parse(node.as_bytes()).unwrap()), Ok(create));
    }

    #[test]
    fn the_first_missing_field_is_named() {
        let error = CreateChannel::from_form(&Form::parse(b"Identity=x").unwrap()).unwrap_err();
        assert_eq!((error.field, error.expected), ("FlexFlowSid", Expected::Something));
    }

    proptest! {
        #[test]
        fn every_channel_comes_back(task: bool, n: u64, secs in prop::option::of(0..4_000_000_000_i64)) {
            let channel = FlexChannel {
                flex_flow_sid: Some(FlexFlowSid::mock(n, 1)),
                account_sid: Some(AccountSid::mock(n, 1)),
                sid: ChannelSid::mock(n, 1),
                task_sid: task.then(|| TaskSid::mock(n, 1)),
                user_sid: Some(UserSid::mock(n, 1)),
                date_created: secs.map(Timestamp::from_secs),
                date_updated: secs.map(Timestamp::from_secs),
                url: Some(FlexChannel::url("https://flex-api.twilio.com", ChannelSid::mock(n, 1))),
            };
            let json = serde_json::to_string(&channel).unwrap();
            prop_assert_eq!(serde_json::from_str::<FlexChannel>(&json).unwrap(), channel);
        }

        #[test]
        fn every_create_comes_back(identity in ".{1,20}", name in ".{1,20}", target: Option<String>, long_lived: Option<bool>) {
            let flow = FlexFlowSid::mock(1, 1);
            let mut create = CreateChannel::new(flow, identity.as_str().into(), &name, &name);
            create.target = target;
            create.long_lived = long_lived;
            for style in [Style::Node, Style::Python, Style::Python7] {
                let body = create.to_form(style);
                let read = CreateChannel::from_form(&Form::parse(body.as_bytes()).unwrap());
                prop_assert_eq!(read.as_ref(), Ok(&create));
            }
        }
    }
}
