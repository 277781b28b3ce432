//! A token taken apart, and the rules its parts are held to.

use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{CONTENT_TYPE, Fault, MAX_TTL, TokenError};
use crate::sid::{AccountSid, ApiKeySid, ChatServiceSid, CredentialSid, prefix_of};

/// The three parts of a token, two of them decoded.
pub(super) struct Parts<'a> {
    pub(super) header: Vec<u8>,
    pub(super) claims: Vec<u8>,
    /// What is signed.
    pub(super) message: &'a str,
    /// By what.
    pub(super) signature: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(jwt: &'a str) -> Result<Self, TokenError> {
        let malformed = |why: String| TokenError::new(Fault::Malformed, None, why);
        let count = jwt.split('.').count();
        let parts = jwt.rsplit_once('.').and_then(|(message, signature)| {
            message.split_once('.').map(|(header, claims)| (message, header, claims, signature))
        });
        let (message, header, claims, signature) = match parts {
            Some(parts) if count == 3 => parts,
            Some(_) | None => {
                return Err(malformed(format!("a token has 3 parts joined by full stops, this has {count}")));
            }
        };
        let decode = |what, part| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|error| malformed(format!("its {what} is not base64url without padding: {error}")))
        };
        Ok(Self { header: decode("header", header)?, claims: decode("payload", claims)?, message, signature })
    }

    pub(super) fn header(&self) -> Result<Header<'_>, TokenError> {
        serde_json::from_slice(&self.header).map_err(|error| {
            TokenError::new(Fault::Header, None, format!("its header is unreadable: {error}"))
        })
    }

    pub(super) fn claims(&self) -> Result<Read<'_>, TokenError> {
        serde_json::from_slice(&self.claims).map_err(|error| {
            TokenError::new(Fault::Malformed, None, format!("its payload is unreadable: {error}"))
        })
    }
}

/// A header, as much of it as matters.
#[derive(Deserialize)]
pub(super) struct Header<'a> {
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    pub(super) alg: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub(super) cty: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "crate::text::option")]
    pub(super) twr: Option<Cow<'a, str>>,
}

/// A payload, as much of it as matters.
#[derive(Deserialize)]
pub(super) struct Read<'a> {
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    pub(super) iss: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    pub(super) sub: Cow<'a, str>,
    #[serde(default)]
    pub(super) iat: Option<Seconds>,
    #[serde(default)]
    pub(super) nbf: Option<Seconds>,
    #[serde(default)]
    pub(super) exp: Option<Seconds>,
    #[serde(borrow, default)]
    pub(super) grants: Option<Grants<'a>>,
}

impl Read<'_> {
    /// When it was made, as far as it says so: Python's library writes no `iat`.
    pub(super) fn issued_at(&self) -> Option<u64> {
        self.iat.or(self.nbf).map(|Seconds(at)| at)
    }

    pub(super) fn expires_at(&self) -> u64 {
        self.exp.map_or(0, |Seconds(at)| at)
    }
}

#[derive(Deserialize)]
pub(super) struct Grants<'a> {
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    pub(super) identity: Cow<'a, str>,
    #[serde(borrow, default)]
    chat: Option<&'a RawValue>,
    #[serde(borrow, default)]
    ip_messaging: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Chat<'a> {
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    service_sid: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "crate::text::or_empty")]
    push_credential_sid: Cow<'a, str>,
}

impl Grants<'_> {
    /// The push credential it names, if it names one.
    pub(super) fn push_credential(&self) -> Option<CredentialSid> {
        let grant = self.chat.or(self.ip_messaging)?;
        serde_json::from_str::<Chat<'_>>(grant.get()).ok()?.push_credential_sid.parse().ok()
    }

    /// The Chat service of whichever of the two spellings of the grant there is.
    pub(super) fn service_sid(&self) -> Result<ChatServiceSid, TokenError> {
        let grant = match (self.chat, self.ip_messaging) {
            (Some(_), Some(_)) => {
                let why = "its grants have both `chat` and `ip_messaging`, two spellings of one grant";
                return Err(TokenError::new(Fault::TwoGrants, Some("TOK-06"), why));
            }
            (Some(grant), None) | (None, Some(grant)) => grant,
            (None, None) => {
                return Err(TokenError::new(Fault::NoGrants, Some("TOK-06"), "it has no `chat` grant"));
            }
        };
        let chat: Chat<'_> = serde_json::from_str(grant.get()).map_err(|_| {
            TokenError::new(Fault::NoGrants, Some("TOK-06"), "its `chat` grant is not an object")
        })?;
        if chat.service_sid.is_empty() {
            let why = "its `chat` grant has no `service_sid`";
            return Err(TokenError::new(Fault::NoService, Some("TOK-01"), why));
        }
        chat.service_sid.parse().map_err(|error| {
            let why = format!("the `service_sid` of its `chat` grant: {error}");
            TokenError::new(Fault::NoService, Some("TOK-01"), why)
        })
    }
}

/// Seconds since 1970, from any JSON number: some languages write them with a fraction.
#[derive(Clone, Copy)]
pub(super) struct Seconds(pub(super) u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since 1970")
            }

            fn visit_u64<E: de::Error>(self, at: u64) -> Result<Seconds, E> {
                Ok(Seconds(at))
            }

            fn visit_i64<E: de::Error>(self, at: i64) -> Result<Seconds, E> {
                Ok(Seconds(at.try_into().unwrap_or(0)))
            }

            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "`as` saturates, which is what is wanted"
            )]
            fn visit_f64<E: de::Error>(self, at: f64) -> Result<Seconds, E> {
                Ok(Seconds(at as u64))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// What is wrong with a header.
pub(super) fn header_faults(header: &Header<'_>, faults: &mut Vec<TokenError>) {
    if !matches!(&*header.alg, "HS256" | "HS384" | "HS512") {
        let why = format!("its `alg` is {:?}, Twilio's is \"HS256\"", header.alg);
        faults.push(TokenError::new(Fault::Header, None, why));
    }
    match &header.cty {
        Some(cty) if cty == CONTENT_TYPE => {}
        Some(cty) => {
            let why = format!("its `cty` is {cty:?}, it must be {CONTENT_TYPE:?}");
            faults.push(TokenError::new(Fault::Header, Some("TOK-07"), why));
        }
        None => {
            let why = format!("its header has no `cty`, it must be {CONTENT_TYPE:?}");
            faults.push(TokenError::new(Fault::Header, Some("TOK-07"), why));
        }
    }
}

/// What is wrong with who made a token.
pub(super) fn issuer_faults(claims: &Read<'_>, faults: &mut Vec<TokenError>) {
    let mut fault = |why: String| faults.push(TokenError::new(Fault::Issuer, Some("TOK-03"), why));
    if claims.iss.is_empty() {
        fault("it has no `iss`, which must be the SID of an API key".to_owned());
    } else if let Err(error) = claims.iss.parse::<ApiKeySid>() {
        let hint = match prefix_of(&claims.iss) {
            Some("an account") => "; tokens are signed with an API key, not with the account's auth token",
            Some(_) | None => "",
        };
        fault(format!("its `iss`: {error}{hint}"));
    }
    if claims.sub.is_empty() {
        fault("it has no `sub`, which must be the SID of the account".to_owned());
    } else if let Err(error) = claims.sub.parse::<AccountSid>() {
        fault(format!("its `sub`: {error}"));
    }
}

/// What is wrong with the times of a token; what depends on the present only if that is known.
pub(super) fn time_faults(claims: &Read<'_>, now: Option<u64>, faults: &mut Vec<TokenError>) {
    const RULE: Option<&str> = Some("TOK-04");
    let Some(Seconds(expires_at)) = claims.exp else {
        faults.push(TokenError::new(Fault::Expired, RULE, "it has no `exp`"));
        return;
    };
    if let Some(now) = now.filter(|now| expires_at <= *now) {
        let why = format!("it expired {} s ago", now - expires_at);
        faults.push(TokenError::new(Fault::Expired, RULE, why));
    }
    if let (Some(now), Some(Seconds(from))) = (now, claims.nbf)
        && from > now
    {
        let why = format!("it is not valid for another {} s: is the clock that made it right?", from - now);
        faults.push(TokenError::new(Fault::NotYet, RULE, why));
    }
    let life = claims.issued_at().or(now).map(|from| expires_at.saturating_sub(from));
    if let Some(life) = life.filter(|life| *life > u64::from(MAX_TTL)) {
        let why = format!("it lives {life} s, at most {MAX_TTL} s (24 h) are allowed");
        faults.push(TokenError::new(Fault::TooLong, RULE, why));
    }
}

/// What is wrong with the grants of a token.
pub(super) fn grant_faults(claims: &Read<'_>, faults: &mut Vec<TokenError>) {
    let Some(grants) = &claims.grants else {
        faults.push(TokenError::new(Fault::NoGrants, Some("TOK-06"), "it has no `grants`"));
        return;
    };
    if grants.identity.is_empty() {
        faults.push(TokenError::new(Fault::NoIdentity, Some("TOK-02"), "its grants have no `identity`"));
    }
    faults.extend(grants.service_sid().err());
}
