//! What happened to a Sync object, as frames that say so.
//!
//! An event is written once for each version of the protocol somebody wants, header and all, and the bytes are
//! shared by all receivers: a frame's ID must be new on its connection, not in the world.

use bytes::Bytes;
use serde::Serialize;
use wire::frame::Header;
use wire::frame::server::{Notification as Head, message_type};
use wire::sid::ChatServiceSid;
use wire::sync::{Change, Event as Written, Notification, Protocol};
use wire::time::Timestamp;

use super::frame_id;
use super::object::Object;
use crate::basis::RuleId;

/// An event of a Sync object.
pub(crate) struct Event<'a, D> {
    /// The rule that makes it happen.
    pub(crate) rule: RuleId,
    pub(crate) service: ChatServiceSid,
    pub(crate) object: Object,
    /// The owner's identity where that is a user.
    pub(crate) identity: &'a str,
    pub(crate) id: u32,
    pub(crate) at: Timestamp,
    pub(crate) change: Change<'a, D>,
}

impl<D: Serialize> Event<'_, D> {
    /// The frame that tells it as it happens.
    pub(crate) fn live(&self, protocol: Protocol) -> Bytes {
        self.frame(message_type::live(self.object.sid().object_type()), protocol, None)
    }

    /// The frame that tells it to somebody who was away.
    pub(crate) fn replayed(&self, protocol: Protocol, correlation: u64) -> Bytes {
        self.frame(message_type::SYNC_EVENT, protocol, Some(correlation))
    }

    fn frame(&self, message_type: &'static str, protocol: Protocol, correlation_id: Option<u64>) -> Bytes {
        let name = self.object.name(self.identity).map(|name| name.to_string());
        let event = Written {
            id: self.id.into(),
            date_created: self.at,
            service_sid: self.service,
            object: self.object.sid(),
            unique_name: name.as_deref(),
            revision: u64::from(self.id) + 1,
            change: copied(&self.change),
        };
        notification(self.rule, message_type, &Notification { protocol, correlation_id, event })
    }
}

/// A change is all references, yet only copies itself where its data does.
const fn copied<'a, D>(change: &Change<'a, D>) -> Change<'a, D> {
    match *change {
        Change::ItemAdded { key, revision, data } => Change::ItemAdded { key, revision, data },
        Change::ItemUpdated { key, revision, data } => Change::ItemUpdated { key, revision, data },
        Change::ItemRemoved { key, data } => Change::ItemRemoved { key, data },
        Change::Updated { data } => Change::Updated { data },
        Change::Removed => Change::Removed,
    }
}

/// A whole notification frame. Nothing is pushed that no rule stands behind.
pub(crate) fn notification(rule: RuleId, message_type: &'static str, payload: &impl Serialize) -> Bytes {
    // Text, numbers and maps with text keys: writing them into memory cannot fail.
    notification_of(rule, message_type, &serde_json::to_vec(payload).unwrap_or_default())
}

/// A whole notification frame with a payload that is already written. Empty, which is not sent, if the rule is
/// broken.
pub(crate) fn notification_of(rule: RuleId, message_type: &'static str, payload: &[u8]) -> Bytes {
    if !rule.follow() {
        return Bytes::new();
    }
    let mut frame = Vec::new();
    Head { id: &frame_id(), message_type }.encode(payload, &mut frame);
    frame.into()
}
