//! What a Chat service pushes to its users' devices.

use serde::{Deserialize, Serialize};

/// Push notifications, as a service has them. A new service's say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// Whether they are logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_enabled: Option<bool>,
    /// Of a new message.
    #[serde(skip_serializing_if = "Notification::is_unset")]
    pub new_message: Notification,
    /// Of having been added to a channel.
    #[serde(skip_serializing_if = "Notification::is_unset")]
    pub added_to_channel: Notification,
    /// Of having been removed from a channel.
    #[serde(skip_serializing_if = "Notification::is_unset")]
    pub removed_from_channel: Notification,
    /// Of having been invited to a channel.
    #[serde(skip_serializing_if = "Notification::is_unset")]
    pub invited_to_channel: Notification,
}

/// One kind of notification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notification {
    /// Whether it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What is played with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// New messages: whether the number on the app's badge is sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_count_enabled: Option<bool>,
}

impl Notification {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_set_is_not_written() {
        assert_eq!(serde_json::to_string(&Notifications::default()).unwrap(), "{}");
        let some = Notifications {
            log_enabled: Some(true),
            new_message: Notification { enabled: Some(false), ..Notification::default() },
            ..Notifications::default()
        };
        let json = serde_json::to_string(&some).unwrap();
        assert_eq!(json, r#"{"log_enabled":true,"new_message":{"enabled":false}}"#);
        assert_eq!(serde_json::from_str::<Notifications>(&json).unwrap(), some);
    }
}
