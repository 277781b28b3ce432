//! Serde helpers for text that borrows from the input.
//!
//! serde's derive borrows a `Cow<str>` field but silently copies inside an `Option`, which would cost an
//! allocation for each field of each frame.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

/// A field that may be null: borrowed where its JSON has no escapes. Add `default` where it may be absent.
pub(crate) fn option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(Option::<Borrowed<'de>>::deserialize(deserializer)?.map(|Borrowed(text)| text))
}

/// As [`option`], with null read as nothing written.
pub(crate) fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    option(deserializer).map(Option::unwrap_or_default)
}
