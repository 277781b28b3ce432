//! What a world holds, as one document: to begin with, to look at, to go back to.
//!
//! People write it by hand, so nearly everything may be left out: SIDs, dates and roles are made, members and
//! authors become users. A snapshot is the same document with nothing left out (`complete: true`), and what is
//! made of it answers every question as the world it was taken of. What lives only as long as a connection is not
//! in it: who is online, subscriptions, the numbers of Sync events. Neither are push credentials, devices to push to,
//! and the bytes of media files, only what messages say of them.
//!
//! ```yaml
//! services:                     # without a SID: the account's own
//!   - users:
//!       - { identity: ada, friendly_name: Ada, attributes: { vip: true } }
//!     channels:
//!       - unique_name: support
//!         type: private
//!         members: [{ identity: ada }, { identity: agent }]
//!         messages:
//!           - { from: ada, body: hello }
//!           - { from: agent, body: how can I help? }
//! flows:
//!   - friendly_name: Custom chat to our webhook
//!     channel_type: custom
//!     enabled: true
//!     integration_type: external
//!     integration: { url: "https://example.com/messages" }
//! ```

mod fill;
mod judge;
mod load;
mod save;

use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use wire::channel::Visibility;
use wire::flow::{ChannelType, Integration, IntegrationType};
use wire::identity::Identity;
use wire::media::Attached;
use wire::role::{Kind as RoleKind, Permission};
use wire::service::{Limits, Media, Notifications};
use wire::sid::{
    ChannelSid, ChatServiceSid, FlexFlowSid, InviteSid, MemberSid, MessageSid, RoleSid, TaskSid, UserSid,
    WebhookSid,
};
use wire::time::{self, Timestamp};
use wire::user::NotificationLevel;
use wire::webhook::{Configuration, Kind as WebhookKind};

/// JSON text, as attributes are. May be written as the JSON itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Json(pub Arc<str>);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            value => value.to_string(),
        };
        let read = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        read.map_err(|error| D::Error::custom(format_args!("text that is no JSON: {error}")))?;
        Ok(Self(text.into()))
    }
}

/// A moment, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(#[serde(with = "time::sync")] pub Timestamp);

/// Declares a part of the document: what must be said; what may be; lists, which may be empty.
macro_rules! part {
    (
        $(#[$meta:meta])* $name:ident {
            $($(#[$required_meta:meta])* $required:ident: $required_type:ty,)*
        } may {
            $($(#[$optional_meta:meta])* $optional:ident: $optional_type:ty,)*
        } lists {
            $($(#[$list_meta:meta])* $list:ident: $list_type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$required_meta])* pub $required: $required_type,)*
            $(
                $(#[$optional_meta])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $optional: Option<$optional_type>,
            )*
            $(
                $(#[$list_meta])*
                #[serde(default, skip_serializing_if = "Vec::is_empty")]
                pub $list: Vec<$list_type>,
            )*
        }
    };
}

part! {
    /// All that a world holds.
    #[derive(Default)]
    State {
    } may {
        /// Whether nothing is left out: then there is nothing else in the world, and lists are in the order of
        /// `number`.
        complete: bool,
        /// The number the next thing gets: SIDs are made of it.
        counter: u64,
        /// What is set in the Flex Configuration.
        configuration: Map<String, Value>,
    } lists {
        /// The Chat services.
        services: Service,
        /// The Flex Flows.
        flows: Flow,
    }
}

part! {
    /// A Chat service and what is in it. What is not said is as in a new one.
    #[derive(Default)]
    Service {
    } may {
        /// Its SID; the account's own service if this is the first without.
        sid: ChatServiceSid,
        /// Its place in lists: for snapshots.
        number: u64,
        /// Its name.
        friendly_name: String,
        /// Whether consumption horizons are kept.
        read_status_enabled: bool,
        /// Whether users are shown as online.
        reachability_enabled: bool,
        /// Seconds that somebody is shown as typing.
        typing_indicator_timeout: u32,
        /// Seconds between two reports of a horizon.
        consumption_report_interval: u32,
        /// How many of each it allows.
        limits: Limits,
        /// The role of new users.
        default_service_role_sid: RoleSid,
        /// The role of new members.
        default_channel_role_sid: RoleSid,
        /// The role of whoever makes a channel.
        default_channel_creator_role_sid: RoleSid,
        /// Asked before an event takes place.
        pre_webhook_url: String,
        /// Told after.
        post_webhook_url: String,
        /// The HTTP method of both.
        webhook_method: String,
        /// Which events they get.
        webhook_filters: Vec<String>,
        /// Attempts after the first, before.
        pre_webhook_retry_count: u32,
        /// Attempts after the first, after.
        post_webhook_retry_count: u32,
        /// Push notifications, as the service has them.
        notifications: Notifications,
        /// About media files.
        media: Media,
        /// When it was made.
        date_created: Moment,
        /// When it was last changed.
        date_updated: Moment,
    } lists {
        /// Its roles; those of a new service if none.
        roles: Role,
        /// Its users.
        users: User,
        /// Its channels.
        channels: Channel,
    }
}

part! {
    /// A role.
    Role {
        /// Its SID.
        sid: RoleSid,
        /// Its name.
        friendly_name: String,
        /// What it is for.
        r#type: RoleKind,
        /// What it allows.
        permissions: Vec<Permission>,
    } may {
        /// Its place in lists: for snapshots.
        number: u64,
        /// When it was made.
        date_created: Moment,
        /// When it was last changed.
        date_updated: Moment,
    } lists {
    }
}

part! {
    /// A user.
    User {
        /// Who it is.
        identity: Identity,
    } may {
        /// The user's SID.
        sid: UserSid,
        /// The user's place in lists: for snapshots.
        number: u64,
        /// The user's name.
        friendly_name: Arc<str>,
        /// JSON.
        attributes: Json,
        /// The user's role.
        role_sid: RoleSid,
        /// When the user was made.
        date_created: Moment,
        /// When the user was last changed.
        date_updated: Moment,
    } lists {
    }
}

part! {
    /// A channel and what is in it.
    Channel {
    } may {
        /// Its SID.
        sid: ChannelSid,
        /// Its place in lists: for snapshots.
        number: u64,
        /// Its unique name.
        unique_name: Arc<str>,
        /// Its name.
        friendly_name: Arc<str>,
        /// Who may find it; `public` unless it is a Flex Channel.
        r#type: Visibility,
        /// JSON.
        attributes: Json,
        /// Who made it; `system` unless said.
        created_by: Identity,
        /// When it was made.
        date_created: Moment,
        /// When it was last changed.
        date_updated: Moment,
        /// What Flex knows of it, if it was opened through a flow.
        flex: Flex,
        /// The number the next member gets: for snapshots.
        next_member: u32,
        /// The number the next invite gets.
        next_invite: u32,
        /// The number the next webhook gets.
        next_webhook: u32,
        /// The number the next message gets.
        next_message: u32,
        /// The index of the last message there ever was, and its moment.
        last_message: (u32, Moment),
        /// How many messages were forgotten to make room.
        forgotten: u32,
    } lists {
        /// Its members, in the order they joined.
        members: Member,
        /// Its invites.
        invites: Invite,
        /// Its webhooks.
        webhooks: Webhook,
        /// Its messages, the oldest first.
        messages: Message,
    }
}

part! {
    /// What Flex knows of a channel.
    Flex {
        /// The flow it was opened through.
        flow: FlexFlowSid,
    } may {
        /// The customer. Made a user if there is none.
        identity: Identity,
        /// The customer's user, also once it was deleted.
        user_sid: UserSid,
        /// Whether it was opened by `/v1/WebChannels`, and not by `/v1/Channels`.
        web: bool,
        /// The target it was opened for; the identity unless said.
        target: Arc<str>,
        /// Its task.
        task_sid: TaskSid,
        /// When it was opened.
        date_created: Moment,
        /// When that last changed.
        date_updated: Moment,
    } lists {
    }
}

part! {
    /// A member.
    Member {
        /// Who it is. Made a user if there is none.
        identity: Identity,
    } may {
        /// The member's SID: one that the mock made for this channel.
        sid: MemberSid,
        /// The member's role.
        role_sid: RoleSid,
        /// JSON.
        attributes: Json,
        /// Up to which message the member has read.
        last_consumed_message_index: u32,
        /// When that was said.
        last_consumption_timestamp: Moment,
        /// Of what the member wants to be told.
        notification_level: NotificationLevel,
        /// When the member joined.
        date_created: Moment,
        /// When the membership was last changed.
        date_updated: Moment,
    } lists {
    }
}

part! {
    /// An invite.
    Invite {
        /// Who is invited. Made a user if there is none.
        identity: Identity,
    } may {
        /// Its SID: one that the mock made for this channel.
        sid: InviteSid,
        /// The role that the member will have.
        role_sid: RoleSid,
        /// Who invites; `system` unless said.
        created_by: Identity,
        /// Of what the invited wants to be told.
        notification_level: NotificationLevel,
        /// When it was made.
        date_created: Moment,
    } lists {
    }
}

part! {
    /// A webhook of a channel.
    Webhook {
        /// What it is called for.
        r#type: WebhookKind,
        /// How it is set up.
        configuration: Configuration,
    } may {
        /// Its SID: one that the mock made for this channel.
        sid: WebhookSid,
        /// When it was made.
        date_created: Moment,
        /// When it was last changed.
        date_updated: Moment,
    } lists {
    }
}

part! {
    /// A message.
    Message {
    } may {
        /// What was said.
        body: Arc<str>,
        /// Who said it; `system` unless said.
        from: Identity,
        /// Its SID: one that the mock made for this channel.
        sid: MessageSid,
        /// Its place in the channel; behind the one before unless said.
        index: u32,
        /// JSON.
        attributes: Json,
        /// Whether it was changed since.
        was_edited: bool,
        /// Who changed it last.
        last_updated_by: Identity,
        /// The member that its author was.
        member_sid: MemberSid,
        /// When it was posted.
        date_created: Moment,
        /// When it was last changed.
        date_updated: Moment,
    } lists {
        /// What is known of its files. The bytes are not kept.
        media: Attached,
    }
}

part! {
    /// A Flex Flow.
    Flow {
        /// Where its customers come from.
        channel_type: ChannelType,
    } may {
        /// Its SID.
        sid: FlexFlowSid,
        /// Its place in lists: for snapshots.
        number: u64,
        /// Its name.
        friendly_name: String,
        /// The Chat service its channels live in; the account's own unless said.
        chat_service_sid: ChatServiceSid,
        /// The business's own address.
        contact_identity: String,
        /// Whether customers who turn up by themselves are handled by it.
        enabled: bool,
        /// What happens when a customer turns up.
        integration_type: IntegrationType,
        /// The parameters of that.
        integration: Integration,
        /// Whether its channels are kept for the next contact.
        long_lived: bool,
        /// Whether the janitor cleans up after tasks that were deleted elsewhere.
        janitor_enabled: bool,
        /// When it was made.
        date_created: Moment,
        /// When it was last changed.
        date_updated: Moment,
    } lists {
    }
}

/// Why no world can be made of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateError {
    /// Which part: `services[0].channels[2]`.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for StateError {}
