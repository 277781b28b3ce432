//! What a client can ask for, and which way.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use wire::words;

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
        /// Logging in to the socket.
        Login = "login",
        /// Changing the token of a socket.
        UpdateToken = "update_token",
        /// Asking the Chat service where everything is, first thing after the login.
        FetchLinks = "fetch_links",
        /// Announcing that somebody types.
        Typing = "typing",
        /// Subscribing to Sync objects, or cancelling that.
        Subscribe = "subscribe",
        /// Reading a Sync object or its items.
        ReadSync = "read_sync",
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
        /// Registering a device for push notifications.
        RegisterPush = "register_push",
        /// Taking such a registration back.
        UnregisterPush = "unregister_push",
        /// Listing the templates of messages.
        ListTemplates = "list_templates",
    }
}

words! {
    /// Which way somebody asks.
    pub enum Via {
        /// The REST API.
        Rest = "rest",
        /// The socket of the Chat SDK.
        Socket = "socket",
    }
}

impl JsonSchema for Via {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Via".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": Self::WORDS })
    }
}

impl Via {
    /// Whether an operation can come this way.
    pub(crate) fn has(self, operation: Operation) -> bool {
        match self {
            Self::Rest => !SOCKET_ONLY.contains(&operation),
            Self::Socket => SOCKET_ONLY.contains(&operation) || BOTH_WAYS.contains(&operation),
        }
    }
}

/// What only a device asks for.
const SOCKET_ONLY: [Operation; 11] = [
    Operation::Login,
    Operation::UpdateToken,
    Operation::FetchLinks,
    Operation::Typing,
    Operation::Subscribe,
    Operation::ReadSync,
    Operation::OpenSessionList,
    Operation::SendCommand,
    Operation::RegisterPush,
    Operation::UnregisterPush,
    Operation::ListTemplates,
];

/// What devices and servers ask for; all else is REST's alone.
const BOTH_WAYS: [Operation; 21] = [
    Operation::CreateChannel,
    Operation::ListChannels,
    Operation::FetchChannel,
    Operation::UpdateChannel,
    Operation::DeleteChannel,
    Operation::AddMember,
    Operation::FetchMember,
    Operation::UpdateMember,
    Operation::RemoveMember,
    Operation::SendMessage,
    Operation::FetchMessage,
    Operation::UpdateMessage,
    Operation::DeleteMessage,
    Operation::ListUsers,
    Operation::FetchUser,
    Operation::UpdateUser,
    Operation::ListUserChannels,
    Operation::FetchUserChannel,
    Operation::UpdateUserChannel,
    Operation::CreateInvite,
    Operation::DeleteInvite,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The operations that these sources guard.
    fn guarded(folder: &str) -> BTreeSet<Operation> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
        let mut found = BTreeSet::new();
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(path).unwrap();
                let names = text.split("Operation::").skip(1);
                let names = names.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap());
                let word = |name: &str| {
                    let lower =
                        name.chars().map(|c| format!("{}{c}", if c.is_uppercase() { "_" } else { "" }));
                    lower.collect::<String>().to_lowercase().trim_start_matches('_').to_owned()
                };
                found.extend(names.filter_map(|name| Operation::read(&word(name))));
            }
        }
        found
    }

    #[test]
    fn each_way_has_the_operations_that_come_by_it() {
        let ways = [(Via::Socket, guarded("socket")), (Via::Rest, guarded("route"))];
        for operation in Operation::WORDS.iter().filter_map(|word| Operation::read(word)) {
            for (via, guarded) in &ways {
                assert_eq!(via.has(operation), guarded.contains(&operation), "{via:?} {operation:?}");
            }
        }
    }
}
