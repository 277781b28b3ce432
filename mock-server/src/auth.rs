//! Who may use the REST API: HTTP Basic, by account SID and auth token or by API key and secret.

use std::str;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use wire::secret::Secret;

use crate::basis::{Refused, rules};
use crate::config::Credentials;

rules! {
    REFUSED = "rest.auth.refused", Recorded("public test suites: the body of a 401 from api.twilio.com"),
        "missing or wrong credentials are 401, 20003, `Authenticate`";
}

/// The credentials a mock takes, prepared for comparing.
#[derive(Debug)]
pub(crate) struct Auth {
    /// Header values as every library writes them: no decoding in the usual case.
    headers: [Secret; 2],
    /// User and password, for those who write the header in another way.
    pairs: [Secret; 2],
}

impl Auth {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let pairs = [
            format!("{}:{}", credentials.account_sid, credentials.auth_token.expose()),
            format!("{}:{}", credentials.api_key_sid, credentials.api_key_secret.expose()),
        ];
        let headers =
            pairs.each_ref().map(|pair| Secret::from(format!("Basic {}", BASE64_STANDARD.encode(pair))));
        Self { headers, pairs: pairs.map(Secret::from) }
    }

    /// Lets a request pass, or refuses it. Takes the same time however much of a secret is right.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let refused = || Refused::new(401, 20003, "Authenticate", REFUSED);
        let given = headers.get(AUTHORIZATION).ok_or_else(refused)?.as_bytes();
        // Longer than any credentials: not worth decoding.
        if given.len() > 512 {
            return Err(refused());
        }
        if any_matches(&self.headers, given) {
            return Ok(());
        }
        let pair = basic(given).ok_or_else(refused)?;
        if any_matches(&self.pairs, &pair) { Ok(()) } else { Err(refused()) }
    }
}

/// Compares with each, also after one has matched.
fn any_matches(secrets: &[Secret; 2], given: &[u8]) -> bool {
    let [one, other] = secrets.each_ref().map(|secret| secret.matches(given));
    one | other
}

/// `user:password` of a Basic header. The scheme's case does not matter, nor do spaces around the value.
fn basic(header: &[u8]) -> Option<Vec<u8>> {
    let (scheme, value) = str::from_utf8(header).ok()?.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    BASE64_STANDARD.decode(value.trim()).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(value: &str) -> Result<(), u16> {
        let auth = Auth::new(&Credentials::of_seed(1));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        auth.check(&headers).map_err(|refused| refused.status)
    }

    fn header(user: &str, password: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
    }

    #[test]
    fn the_account_and_the_api_key_may_pass() {
        let credentials = Credentials::of_seed(1);
        let token = header(&credentials.account_sid.text(), credentials.auth_token.expose());
        let key = header(&credentials.api_key_sid.text(), credentials.api_key_secret.expose());
        assert_eq!(check(&token), Ok(()));
        assert_eq!(check(&key), Ok(()));
        assert_eq!(check(&token.replace("Basic ", "basic  ")), Ok(()));
    }

    #[test]
    fn everybody_else_is_refused() {
        let credentials = Credentials::of_seed(1);
        let account = credentials.account_sid.text();
        for wrong in [
            header(&account, credentials.api_key_secret.expose()),
            header(&account, ""),
            header(&credentials.api_key_sid.text(), credentials.auth_token.expose()),
            header(&account, credentials.auth_token.expose()).replace("Basic", "Bearer"),
            "Basic %%%".to_owned(),
            "Basic".to_owned(),
            "x".repeat(2_000),
        ] {
            assert_eq!(check(&wrong), Err(401), "{wrong}");
        }
        let none = Auth::new(&credentials).check(&HeaderMap::new()).unwrap_err();
        assert_eq!((none.status, none.code, &*none.message), (401, 20003, "Authenticate"));
    }
}
