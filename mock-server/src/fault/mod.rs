//! What the mock does wrong on purpose, so that whoever looks for mistakes can be tested.
//!
//! A fault is one file: what the configuration says and what it then does. The mock counts what it planted.

use serde::{Deserialize, Serialize};
use wire::words;

use crate::basis::{Refused, RuleId};

mod status;

pub use status::Status;

words! {
    /// What a client can ask for, by REST or through the socket: what a fault is aimed at.
    pub enum Operation {
        /// `POST /v1/Channels`.
        OpenChannel = "open_channel",
        /// `GET /v1/Channels`.
        ListFlexChannels = "list_flex_channels",
        /// `GET /v1/Channels/{Sid}`.
        FetchFlexChannel = "fetch_flex_channel",
        /// `DELETE /v1/Channels/{Sid}`.
        DeleteFlexChannel = "delete_flex_channel",
        /// `POST /v1/FlexFlows`.
        CreateFlow = "create_flow",
        /// `GET /v1/FlexFlows`.
        ListFlows = "list_flows",
        /// `GET /v1/FlexFlows/{Sid}`.
        FetchFlow = "fetch_flow",
        /// `POST /v1/FlexFlows/{Sid}`.
        UpdateFlow = "update_flow",
        /// `DELETE /v1/FlexFlows/{Sid}`.
        DeleteFlow = "delete_flow",
        /// `POST /v2/Services`.
        CreateService = "create_service",
        /// `GET /v2/Services`.
        ListServices = "list_services",
        /// `GET /v2/Services/{Sid}`.
        FetchService = "fetch_service",
        /// `POST /v2/Services/{Sid}`.
        UpdateService = "update_service",
        /// `DELETE /v2/Services/{Sid}`.
        DeleteService = "delete_service",
        /// Making a Chat channel.
        CreateChannel = "create_channel",
        /// Listing channels.
        ListChannels = "list_channels",
        /// Reading a channel.
        FetchChannel = "fetch_channel",
        /// Changing a channel.
        UpdateChannel = "update_channel",
        /// Deleting a Chat channel.
        DeleteChannel = "delete_channel",
        /// Adding a member.
        AddMember = "add_member",
        /// Listing members.
        ListMembers = "list_members",
        /// Reading a member.
        FetchMember = "fetch_member",
        /// Changing a member.
        UpdateMember = "update_member",
        /// Removing a member.
        RemoveMember = "remove_member",
        /// Posting a message.
        SendMessage = "send_message",
        /// Listing messages.
        ListMessages = "list_messages",
        /// Reading a message.
        FetchMessage = "fetch_message",
        /// Changing a message.
        UpdateMessage = "update_message",
        /// Removing a message.
        DeleteMessage = "delete_message",
        /// Uploading a media file.
        UploadMedia = "upload_media",
        /// Reading what is known of a media file.
        FetchMedia = "fetch_media",
        /// Asking for a media file's bytes.
        FetchMediaContent = "fetch_media_content",
        /// Reading what is known of several media files.
        FetchMediaSet = "fetch_media_set",
        /// Making a user.
        CreateUser = "create_user",
        /// Listing users.
        ListUsers = "list_users",
        /// Reading a user.
        FetchUser = "fetch_user",
        /// Changing a user.
        UpdateUser = "update_user",
        /// Deleting a user.
        DeleteUser = "delete_user",
        /// Listing the channels a user is in.
        ListUserChannels = "list_user_channels",
        /// Reading what a user has of a channel.
        FetchUserChannel = "fetch_user_channel",
        /// Moving the horizon or the notification level.
        UpdateUserChannel = "update_user_channel",
        /// Leaving a channel by way of the user.
        DeleteUserChannel = "delete_user_channel",
        /// Making a push credential.
        CreateCredential = "create_credential",
        /// Listing push credentials.
        ListCredentials = "list_credentials",
        /// Reading a push credential.
        FetchCredential = "fetch_credential",
        /// Changing a push credential.
        UpdateCredential = "update_credential",
        /// Deleting a push credential.
        DeleteCredential = "delete_credential",
        /// Listing a service's push bindings.
        ListBindings = "list_bindings",
        /// Reading a push binding.
        FetchBinding = "fetch_binding",
        /// Deleting a push binding.
        DeleteBinding = "delete_binding",
        /// Listing a user's push bindings.
        ListUserBindings = "list_user_bindings",
        /// Reading a user's push binding.
        FetchUserBinding = "fetch_user_binding",
        /// Deleting a user's push binding.
        DeleteUserBinding = "delete_user_binding",
        /// `POST /v1/WebChannels`.
        OpenWebChannel = "open_web_channel",
        /// `GET /v1/WebChannels`.
        ListWebChannels = "list_web_channels",
        /// `GET /v1/WebChannels/{Sid}`.
        FetchWebChannel = "fetch_web_channel",
        /// `POST /v1/WebChannels/{Sid}`.
        UpdateWebChannel = "update_web_channel",
        /// `DELETE /v1/WebChannels/{Sid}`.
        DeleteWebChannel = "delete_web_channel",
        /// `GET /v1/Configuration`.
        FetchConfiguration = "fetch_configuration",
        /// `POST /v1/Configuration`.
        UpdateConfiguration = "update_configuration",
        /// Making a role.
        CreateRole = "create_role",
        /// Listing roles.
        ListRoles = "list_roles",
        /// Reading a role.
        FetchRole = "fetch_role",
        /// Changing what a role allows.
        UpdateRole = "update_role",
        /// Deleting a role.
        DeleteRole = "delete_role",
        /// Inviting somebody to a channel.
        CreateInvite = "create_invite",
        /// Listing a channel's invites.
        ListInvites = "list_invites",
        /// Reading an invite.
        FetchInvite = "fetch_invite",
        /// Taking an invite back, or declining it.
        DeleteInvite = "delete_invite",
        /// Attaching a webhook to a channel.
        CreateWebhook = "create_webhook",
        /// Listing a channel's webhooks.
        ListWebhooks = "list_webhooks",
        /// Reading a channel's webhook.
        FetchWebhook = "fetch_webhook",
        /// Changing a channel's webhook.
        UpdateWebhook = "update_webhook",
        /// Taking a webhook from a channel.
        DeleteWebhook = "delete_webhook",
        /// Making the Sync list by which SDKs 3.x and 4.x give their commands.
        OpenSessionList = "open_session_list",
        /// Adding a command to it, whatever it commands.
        SendCommand = "send_command",
    }
}

/// One thing that goes wrong. In a configuration, a map of one key: `status: { … }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// An operation is refused though nothing is wrong with it.
    Status(Status),
}

/// What a fault has done so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// The fault, as configured.
    pub fault: Fault,
    /// How often it struck.
    pub times: u64,
}

/// The faults of one mock.
#[derive(Debug, Default)]
pub struct Faults {
    status: Vec<status::Counted>,
}

impl Faults {
    /// Those of a configuration.
    #[must_use]
    pub fn new(faults: &[Fault]) -> Self {
        let mut all = Self::default();
        for fault in faults {
            match fault {
                Fault::Status(fault) => all.status.push(status::Counted::new(fault.clone())),
            }
        }
        all
    }

    /// Asked before an operation does anything: how a fault refuses it, if one does.
    ///
    /// Every fault aimed at the operation counts it, also when an earlier one strikes: so that `every: 3` means
    /// every third, whatever else is configured.
    #[must_use]
    pub fn check(&self, operation: Operation) -> Option<Refused> {
        let mut first = None;
        for fault in &self.status {
            let struck = fault.check(operation, first.is_none());
            first = first.or(struck);
        }
        first
    }

    /// What was planted so far, in the order of the configuration.
    #[must_use]
    pub fn planted(&self) -> Vec<Planted> {
        self.status.iter().map(status::Counted::planted).collect()
    }
}

/// The rules of all faults.
pub(crate) fn rules() -> Vec<RuleId> {
    status::RULES.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Faults {
        Faults::new(&serde_json::from_str::<Vec<Fault>>(json).unwrap())
    }

    #[test]
    fn nothing_is_refused_without_a_fault() {
        assert_eq!(Faults::default().check(Operation::SendMessage), None);
    }

    #[test]
    fn every_third_send_is_refused_and_counted() {
        let faults =
            faults(r#"[{"status":{"operation":"send_message","status":503,"code":20503,"every":3}}]"#);
        let refused: Vec<bool> = (0..9).map(|_| faults.check(Operation::SendMessage).is_some()).collect();
        assert_eq!(refused, [false, false, true, false, false, true, false, false, true]);
        assert_eq!(faults.check(Operation::OpenChannel), None);
        assert_eq!(faults.planted()[0].times, 3);
    }

    #[test]
    fn of_two_faults_that_strike_at_once_the_first_answers_and_is_counted() {
        let faults = faults(
            r#"[{"status":{"operation":"send_message","status":503,"every":2}},
                {"status":{"operation":"send_message","status":500}}]"#,
        );
        let status = |_| faults.check(Operation::SendMessage).map(|refused| refused.status);
        assert_eq!((0..4).map(status).collect::<Vec<_>>(), [Some(500), Some(503), Some(500), Some(503)]);
        let times: Vec<u64> = faults.planted().iter().map(|planted| planted.times).collect();
        assert_eq!(times, [2, 2]);
    }
}
