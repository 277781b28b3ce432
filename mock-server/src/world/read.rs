//! What reading a Sync object comes to: JSON, a page of items, or a refusal.

use serde::Serialize;
use wire::sync::{Meta, ObjectType};

use super::items::{Cut, ItemQuery, Start};
use super::object::{Object, not_found};
use crate::basis::{Refused, rules};

rules! {
    LARGE_PAGE = "sync.items.large", MockOnly("a page must not fill the outbox of who asked for it"),
        "a page of items ends after 1 MiB; next_token leads on";
    UNKNOWN = "sync.object.unknown", Library("twilio-sync 3.4.0: 54100, 54150, 54200 for documents, lists, maps"),
        "an unknown Sync object is 404 with 54100, 54150 or 54200";
    FORBIDDEN = "sync.object.forbidden", Library("twilio-chat 3.x and 4.x name 54007; the status is a guess"),
        "a Sync object of a channel one is no member of, or of another user's channels, is 403, 54007";
}

/// Bytes after which a page of items ends.
const PAGE_BYTES: usize = 1 << 20;

pub(super) fn unknown(object: Object) -> Refused {
    unknown_of(object.sid().object_type())
}

pub(super) fn unknown_of(kind: ObjectType) -> Refused {
    Refused::new(404, not_found(kind), "Not found", UNKNOWN)
}

pub(super) fn forbidden() -> Refused {
    Refused::new(403, 54007, "Access forbidden for identity", FORBIDDEN)
}

/// `key_at` names the item at a position: the one a neighbouring page begins with.
pub(super) fn page<I: Serialize>(
    items: &[I],
    query: &ItemQuery<'_>,
    mut cut: Cut,
    key_at: impl Fn(usize) -> String,
) -> Vec<u8> {
    // Text, numbers and maps with text keys: writing them into memory cannot fail.
    let mut body = b"{\"items\":[".to_vec();
    let mut count = 0;
    for item in items {
        if body.len() > PAGE_BYTES && LARGE_PAGE.follow() {
            break;
        }
        if count > 0 {
            body.push(b',');
        }
        body.append(&mut json(item));
        count += 1;
    }
    query.cut_short(&mut cut, count);
    let token = |start: Option<Start>| start.map(|start| query.token(start.size, &key_at(start.position)));
    let (next, previous) = (token(cut.next), token(cut.previous));
    let meta = Meta {
        page_size: u32::try_from(query.size()).unwrap_or(u32::MAX),
        next_token: next.as_deref(),
        previous_token: previous.as_deref(),
        key: Some("items"),
    };
    body.extend_from_slice(b"],\"meta\":");
    body.append(&mut json(&meta));
    body.push(b'}');
    body
}

/// Text, numbers and maps with text keys: writing them into memory cannot fail.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
