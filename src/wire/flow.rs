//! The Flex Flow: how customers of a channel type reach the contact center.

use serde::{Deserialize, Serialize};

use crate::{
    form::parameters,
    sid::{AccountSid, ChatServiceSid, FlexFlowSid, StudioFlowSid, WorkflowSid, WorkspaceSid},
    time::{self, Timestamp},
    words,
};

pub mod exported;

words! {
    /// Where customers come from.
    pub enum ChannelType {
        /// The stock web chat.
        Web = "web",
        /// Text messages.
        Sms = "sms",
        /// Facebook Messenger.
        Facebook = "facebook",
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// LINE.
        Line = "line",
        /// A chat of one's own: what flexload rehearses.
        Custom = "custom",
    }
}

words! {
    /// What happens when a customer turns up.
    pub enum IntegrationType {
        /// A Studio Flow handles the channel's messages.
        Studio = "studio",
        /// A webhook gets them.
        External = "external",
        /// A task is made at once.
        Task = "task",
    }
}

/// The parameters of a flow's integration. Which are present depends on the type; all are optional here
/// because a flow as it is found may lack what its type needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Integration {
    /// `studio`: the Studio Flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_sid: Option<StudioFlowSid>,
    /// `external`: the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `studio` and `external`: attempts after the first, 0 to 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_count: Option<u32>,
    /// `task`: the workspace of the tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_sid: Option<WorkspaceSid>,
    /// `task`: the workflow that routes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_sid: Option<WorkflowSid>,
    /// `task`: the task channel, by SID or unique name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// `task`: seconds until a task is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// `task`: higher goes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// `task`: wait for the customer's first message before making the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_on_message: Option<bool>,
}

/// A Flex Flow as REST tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlexFlow {
    /// Its SID.
    pub sid: FlexFlowSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// When it was made.
    #[serde(with = "time::rest")]
    pub date_created: Timestamp,
    /// When it was last changed.
    #[serde(with = "time::rest")]
    pub date_updated: Timestamp,
    /// Its name.
    pub friendly_name: Option<String>,
    /// The Chat service its channels live in.
    pub chat_service_sid: Option<ChatServiceSid>,
    /// Where its customers come from.
    pub channel_type: ChannelType,
    /// The business's own address; for `custom` a free label that tells flows apart.
    pub contact_identity: Option<String>,
    /// Whether customers who turn up by themselves are handled by it.
    pub enabled: bool,
    /// What happens when a customer turns up.
    pub integration_type: Option<IntegrationType>,
    /// The parameters of that.
    pub integration: Option<Integration>,
    /// Whether its channels are kept for the next contact.
    pub long_lived: bool,
    /// Whether the janitor cleans up after tasks that were deleted elsewhere.
    pub janitor_enabled: bool,
    /// Where it is read.
    pub url: String,
}

impl FlexFlow {
    /// Where a flow is read, on the service at `base`.
    pub fn url(base: &str, sid: FlexFlowSid) -> String {
        format!("{base}/v1/FlexFlows/{sid}")
    }
}

parameters! {
    /// What `POST /v1/FlexFlows` takes.
    pub struct CreateFlow {
        /// Its name.
        friendly_name: String = "FriendlyName",
        /// The Chat service its channels live in.
        chat_service_sid: ChatServiceSid = "ChatServiceSid",
        /// Where its customers come from.
        channel_type: ChannelType = "ChannelType",
        /// The business's own address.
        contact_identity: Option<String> = "ContactIdentity",
        /// Whether it handles customers who turn up by themselves.
        enabled: Option<bool> = "Enabled",
        /// What happens when a customer turns up.
        integration_type: Option<IntegrationType> = "IntegrationType",
        /// `studio`: the Studio Flow.
        flow_sid: Option<StudioFlowSid> = "Integration.FlowSid",
        /// `external`: the webhook.
        integration_url: Option<String> = "Integration.Url",
        /// `task`: the workspace.
        workspace_sid: Option<WorkspaceSid> = "Integration.WorkspaceSid",
        /// `task`: the workflow.
        workflow_sid: Option<WorkflowSid> = "Integration.WorkflowSid",
        /// `task`: the task channel.
        channel: Option<String> = "Integration.Channel",
        /// `task`: seconds until a task is given up.
        timeout: Option<u32> = "Integration.Timeout",
        /// `task`: higher goes first.
        priority: Option<i32> = "Integration.Priority",
        /// `task`: wait for the first message.
        creation_on_message: Option<bool> = "Integration.CreationOnMessage",
        /// Whether its channels are kept for the next contact.
        long_lived: Option<bool> = "LongLived",
        /// Whether the janitor cleans up.
        janitor_enabled: Option<bool> = "JanitorEnabled",
        /// `studio` and `external`: attempts after the first.
        retry_count: Option<u32> = "Integration.RetryCount",
    }
}

parameters! {
    /// What `POST /v1/FlexFlows/{Sid}` takes: the same, nothing required.
    pub struct UpdateFlow {
        /// Its name.
        friendly_name: Option<String> = "FriendlyName",
        /// The Chat service its channels live in.
        chat_service_sid: Option<ChatServiceSid> = "ChatServiceSid",
        /// Where its customers come from.
        channel_type: Option<ChannelType> = "ChannelType",
        /// The business's own address.
        contact_identity: Option<String> = "ContactIdentity",
        /// Whether it handles customers who turn up by themselves.
        enabled: Option<bool> = "Enabled",
        /// What happens when a customer turns up.
        integration_type: Option<IntegrationType> = "IntegrationType",
        /// `studio`: the Studio Flow.
        flow_sid: Option<StudioFlowSid> = "Integration.FlowSid",
        /// `external`: the webhook.
        integration_url: Option<String> = "Integration.Url",
        /// `task`: the workspace.
        workspace_sid: Option<WorkspaceSid> = "Integration.WorkspaceSid",
        /// `task`: the workflow.
        workflow_sid: Option<WorkflowSid> = "Integration.WorkflowSid",
        /// `task`: the task channel.
        channel: Option<String> = "Integration.Channel",
        /// `task`: seconds until a task is given up.
        timeout: Option<u32> = "Integration.Timeout",
        /// `task`: higher goes first.
        priority: Option<i32> = "Integration.Priority",
        /// `task`: wait for the first message.
        creation_on_message: Option<bool> = "Integration.CreationOnMessage",
        /// Whether its channels are kept for the next contact.
        long_lived: Option<bool> = "LongLived",
        /// Whether the janitor cleans up.
        janitor_enabled: Option<bool> = "JanitorEnabled",
        /// `studio` and `external`: attempts after the first.
        retry_count: Option<u32> = "Integration.RetryCount",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form::{Form, Style};

    #[test]
    fn what_python_7_sends_is_read() {
        let body = "FriendlyName=f&ChatServiceSid=ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&ChannelType=custom&ContactIdentity=x\
            &Enabled=True&IntegrationType=task&Integration.WorkspaceSid=WSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
            &Integration.WorkflowSid=WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&Integration.Channel=chat\
            &Integration.CreationOnMessage=True&LongLived=False&JanitorEnabled=True";
        let form = Form::parse(body.as_bytes()).unwrap();
        let flow = CreateFlow::from_form(&form).unwrap();
        assert_eq!(flow.integration_type, Some(IntegrationType::Task));
        assert_eq!(
            (flow.enabled, flow.long_lived, flow.janitor_enabled),
            (Some(true), Some(false), Some(true))
        );
        assert_eq!(flow.to_form(Style::Python7), body);
    }

    #[test]
    fn only_what_the_type_has_is_written() {
        let integration = Integration {
            flow_sid: Some(StudioFlowSid::mock(1, 1)),
            retry_count: Some(3),
            ..Integration::default()
        };
        let json = serde_json::to_string(&integration).unwrap();
        assert_eq!(json, format!(r#"{{"flow_sid":"{}","retry_count":3}}"#, StudioFlowSid::mock(1, 1)));
    }

    proptest! {
        #[test]
        fn every_flow_comes_back(
            name: Option<String>, url: Option<String>, enabled: bool, retries in prop::option::of(0..4_u32),
            channel_type in prop::sample::select(ChannelType::WORDS), secs in 0..4_000_000_000_i64,
        ) {
            let flow = FlexFlow {
                sid: FlexFlowSid::mock(1, 1),
                account_sid: AccountSid::mock(1, 1),
                date_created: Timestamp::from_secs(secs),
                date_updated: Timestamp::from_secs(secs),
                friendly_name: name,
                chat_service_sid: Some(ChatServiceSid::mock(1, 1)),
                channel_type: ChannelType::read(channel_type).unwrap(),
                contact_identity: None,
                enabled,
                integration_type: Some(IntegrationType::External),
                integration: Some(Integration { url, retry_count: retries, ..Integration::default() }),
                long_lived: !enabled,
                janitor_enabled: enabled,
                url: FlexFlow::url("http://127.0.0.1:1", FlexFlowSid::mock(1, 1)),
            };
            let json = serde_json::to_string(&flow).unwrap();
            prop_assert_eq!(serde_json::from_str::<FlexFlow>(&json).unwrap(), flow);
        }
    }
}
