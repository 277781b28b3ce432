//! Names as JavaScript writes them into URLs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What JavaScript's `encodeURIComponent` escapes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A name as part of a path or query.
pub(super) fn escape(name: &str) -> String {
    utf8_percent_encode(name, COMPONENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_in_javascript() {
        assert_eq!(escape("user@example.com.channels"), "user%40example.com.channels");
        assert_eq!(escape("a b/ä-_.!~*'()"), "a%20b%2F%C3%A4-_.!~*'()");
    }
}
