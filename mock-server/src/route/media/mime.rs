//! Types of files.

use http::HeaderValue;

use crate::basis::{Refused, rules};

rules! {
    BAD_TYPE = "media.create.type.invalid", Inferred("error catalogue 50511; the status as for other validation"),
        "a Content-Type that is no MIME type is 400, 50511";
}

/// The text of a MIME type.
pub(super) fn mime(value: &HeaderValue) -> Result<&str, Refused> {
    let text = value.to_str().unwrap_or_default().trim();
    let (kind, rest) = text.split_once('/').unwrap_or_default();
    let sub = rest.split(';').next().unwrap_or_default().trim();
    let token = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    if token(kind) && token(sub) {
        Ok(text)
    } else {
        Err(Refused::new(400, 50511, "Invalid message media content type", BAD_TYPE))
    }
}
