//! What is shown of a call, without what opens doors.

use std::borrow::Cow;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use url::Url;

/// What stands in the place of a token.
const BLACK: &str = "***";

/// How every access token begins: `{"` in base64url.
const BEGINS: &str = "eyJ";

/// The text with everything blacked out that has the shape of an access token: `eyJ….…`, whoever made it.
pub fn without_tokens(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEGINS) {
        let (before, from) = rest.split_at(start);
        let length = from.find(|c: char| !is_of_token(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(length);
        shown.push_str(before);
        // The header alone is no secret, and a word without a dot is no token.
        shown.push_str(if word.contains('.') { BLACK } else { word });
        rest = after;
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Where a call goes. One without our credentials is to a server of somebody's own, who may have put theirs
/// into the URL.
pub(super) fn url(url: &Url, headers: &HeaderMap) -> Url {
    let mut shown = url.clone();
    if !headers.contains_key(AUTHORIZATION) {
        if shown.query().is_some() {
            shown.set_query(Some(BLACK));
        }
        // A URL that cannot have a user has none to hide.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
    }
    shown
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn tokens_are_blacked_out_wherever_they_are() {
        for (text, shown) in [
            (r#"{"token":"eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiIx-_M.c2ln","n":1}"#, r#"{"token":"***","n":1}"#),
            ("Token=eyJh.eyJi.c2ln&Body=eyJk.eyJl.x", "Token=***&Body=***"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJqdGki", "***"),
            ("nothing here, eyJust words", "nothing here, eyJust words"),
            ("grüße eyJa.b ü", "grüße *** ü"),
        ] {
            assert_eq!(without_tokens(text), shown);
        }
        assert!(matches!(without_tokens("as it is"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_url_of_another_server_is_shown_without_its_query() {
        let asked: Url = "https://ann:pw@shop.example.com/token?key=s3cret".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(url(&asked, &headers).as_str(), "https://shop.example.com/token?***");
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic x"));
        let ours: Url = "https://chat.twilio.com/v2/Services?PageSize=5".parse().unwrap();
        assert_eq!(url(&ours, &headers), ours);
    }
}
