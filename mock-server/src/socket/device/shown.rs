//! What answers show of channels, and the pages they come in, whatever the generation of the device.

use std::sync::Arc;

use wire::sid::MessageSid;
use wire::sync::Meta;

use super::super::tunnel::Request;
use crate::world::channel::{Channel, Facts};
use crate::world::message::message_sid;
use crate::world::{Cursor, PageRequest};

/// Channels in a page unless asked otherwise, and at most.
const PAGE: usize = 50;
const LARGEST_PAGE: usize = 100;

/// What an answer tells of a channel: taken out, so that no two channels are locked at a time.
pub(in crate::socket) struct Held {
    pub(in crate::socket) facts: Arc<Facts>,
    pub(in crate::socket) revision: u32,
    pub(in crate::socket) members: usize,
    pub(in crate::socket) messages: usize,
    pub(in crate::socket) last: Option<MessageSid>,
    pub(in crate::socket) unread: Option<u32>,
}

impl Held {
    pub(in crate::socket) fn of(channel: &Channel, horizon: Option<u32>) -> Self {
        let state = channel.lock();
        Self {
            facts: state.facts.clone(),
            revision: state.document_log.revision(),
            members: state.members.len(),
            messages: state.messages.count(),
            last: state.messages.last().map(|message| message_sid(channel.sid, message.nth)),
            unread: state.unread(horizon),
        }
    }
}

/// Which page of a list a request asks for.
#[derive(Clone, Copy)]
pub(in crate::socket) struct Listing {
    pub(in crate::socket) page: PageRequest,
}

impl Listing {
    pub(in crate::socket) fn of(request: &Request<'_>) -> Self {
        let size = request.param("PageSize").and_then(|size| size.parse().ok()).unwrap_or(PAGE);
        let after = request.param("PageToken").and_then(|token| token.parse().ok());
        Self { page: PageRequest { size: size.clamp(1, LARGEST_PAGE), after } }
    }

    /// Says where the page is among the others.
    pub(in crate::socket) fn told<R>(self, next: Option<Cursor>, say: impl FnOnce(Meta<'_>) -> R) -> R {
        let next = next.map(|cursor| cursor.to_string());
        let previous = self.page.after.map(|cursor| cursor.to_string());
        say(Meta {
            page_size: u32::try_from(self.page.size).unwrap_or(u32::MAX),
            next_token: next.as_deref(),
            previous_token: previous.as_deref(),
            key: None,
        })
    }
}
