//! What the mock does wrong on purpose, so that whoever looks for mistakes can be tested.
//!
//! A fault is one file: what the configuration says, what it then does, and the rule that says what a client sees of
//! it. Which there are is listed in one place, `kind`; what they share (how often, where, for whom, when) is declared
//! in another, `select`; `plan` has them at work, exchangeable while the mock runs. The mock counts what it planted.
//!
//! | folder | what goes wrong | asked |
//! |---|---|---|
//! | `http` | an answer, over HTTP or in the tunnel | `Guard::request`, then `Struck` has its way with the answer |
//! | `pause` | time: all answers and pushes wait | before an answer is given out, before a socket is written to |
//! | `socket` | a login, a subscription, a connection | at the login, and by a timer of the session |
//! | `push` | one event on its way to one device | `Plan::delivery`, where events are published |
//! | `message` | what is stored, acknowledged and pushed of a message | `Faults::post`, with the channel locked |
//! | `open` | the opening of a customer's channel | where it is opened |
//!
//! Which there are and how each is written: the table of `scenarios/README.md`, every line of which is a test. To add
//! one: a file, a line in `kind`, a line in that table, and a probe of its rule under `tests/rules/fault/`.

use wire::words;

pub(crate) mod aim;
mod draw;
pub(crate) mod http;
mod kind;
pub(crate) mod message;
pub(crate) mod open;
pub(crate) mod pause;
mod plan;
pub(crate) mod push;
pub(crate) mod select;
pub(crate) mod socket;
mod span;

pub use kind::Fault;
pub(crate) use kind::rules;
pub(crate) use plan::Faults;
pub use plan::{Plan, Planted};
pub use span::Span;

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
