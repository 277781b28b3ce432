//! The page itself.

use bytes::Bytes;

const HTML: &str = include_str!("page.html");

/// What the page consists of.
pub(in crate::route) struct Page {
    pub(super) html: Bytes,
    pub(super) sdk: Option<Bytes>,
}

impl Page {
    pub(in crate::route) fn new(sdk: Option<&[u8]>) -> Self {
        let html = HTML.replace("{{sdk}}", if sdk.is_some() { "served" } else { "none" });
        Self { html: html.into(), sdk: sdk.map(Bytes::copy_from_slice) }
    }
}
