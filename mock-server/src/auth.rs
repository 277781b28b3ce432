//! Who may use the REST API: HTTP Basic, by account SID and auth token or by API key and secret.

use std::str;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use wire::secret::Secret;

use crate::basis::{Refused, rules};
use crate::credentials::Credentials;

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
    /// The users.
    users: [String; 2],
}

/// Which of an account's credentials somebody used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum With {
    AuthToken,
    ApiKey,
}

impl Auth {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let users = [credentials.account_sid.to_string(), credentials.api_key_sid.to_string()];
        let pairs = [
            format!("{}:{}", users[0], credentials.auth_token.expose()),
            format!("{}:{}", users[1], credentials.api_key_secret.expose()),
        ];
        let headers =
            pairs.each_ref().map(|pair| Secret::from(format!("Basic {}", BASE64_STANDARD.encode(pair))));
        Self { headers, pairs: pairs.map(Secret::from), users }
    }

    /// Which credentials a header holds, as every library writes it. Takes the same time however much of a secret
    /// is right.
    pub(crate) fn knows(&self, header: &[u8]) -> Option<With> {
        which_matches(&self.headers, header)
    }

    /// The same for one that was decoded.
    pub(crate) fn knows_pair(&self, pair: &Pair) -> Option<With> {
        which_matches(&self.pairs, &pair.0)
    }

    /// The user of these credentials: the SID of the account or of its key.
    pub(crate) fn user(&self, with: With) -> &str {
        match with {
            With::AuthToken => &self.users[0],
            With::ApiKey => &self.users[1],
        }
    }
}

/// The value of a request's `Authorization`, unless it is longer than any credentials: not worth decoding.
pub(crate) fn given(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).filter(|given| given.len() <= 512)
}

/// 401.
pub(crate) fn refused() -> Refused {
    Refused::new(401, 20003, "Authenticate", REFUSED)
}

/// Compares with each, also after one has matched.
fn which_matches(secrets: &[Secret; 2], given: &[u8]) -> Option<With> {
    match secrets.each_ref().map(|secret| secret.matches(given)) {
        [true, _] => Some(With::AuthToken),
        [false, true] => Some(With::ApiKey),
        [false, false] => None,
    }
}

/// `user:password`.
pub(crate) struct Pair(Vec<u8>);

impl Pair {
    /// That of a Basic header. The scheme's case does not matter, nor do spaces around the value.
    pub(crate) fn of(header: &[u8]) -> Option<Self> {
        let (scheme, value) = str::from_utf8(header).ok()?.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        BASE64_STANDARD.decode(value.trim()).ok().map(Self)
    }

    /// The user, if it is text.
    pub(crate) fn user(&self) -> Option<&str> {
        str::from_utf8(self.0.split(|byte| *byte == b':').next()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(value: &str) -> bool {
        let auth = Auth::new(&Credentials::of_seed(1));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        given(&headers)
            .is_some_and(|given| auth.knows(given).or_else(|| auth.knows_pair(&Pair::of(given)?)).is_some())
    }

    fn header(user: &str, password: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
    }

    #[test]
    fn the_account_and_the_api_key_may_pass() {
        let credentials = Credentials::of_seed(1);
        let token = header(&credentials.account_sid.text(), credentials.auth_token.expose());
        let key = header(&credentials.api_key_sid.text(), credentials.api_key_secret.expose());
        assert!(passes(&token));
        assert!(passes(&key));
        assert!(passes(&token.replace("Basic ", "basic  ")));
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
            assert!(!passes(&wrong), "{wrong}");
        }
        assert_eq!(given(&HeaderMap::new()), None);
    }
}
