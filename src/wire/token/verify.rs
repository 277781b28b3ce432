//! Judging tokens as the service does.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, crypto};

use super::{
    Fault, TokenError,
    parts::{Header, Parts, grant_faults, header_faults, issuer_faults, time_faults},
};
use crate::{
    identity::Identity,
    secret::Secret,
    sid::{AccountSid, ApiKeySid, ChatServiceSid, CredentialSid},
};

/// Judges the tokens made with one API key.
#[derive(Clone)]
pub struct Verifier {
    account: AccountSid,
    key: ApiKeySid,
    decoding: DecodingKey,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("account", &self.account)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// What a good token gives access to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    /// Who.
    pub identity: Identity,
    /// The Chat service.
    pub service_sid: ChatServiceSid,
    /// What its devices are reached with, if it says so.
    pub push_credential: Option<CredentialSid>,
    /// When it was made, in seconds since 1970, if it says so.
    pub issued_at: Option<u64>,
    /// When it ends.
    pub expires_at: u64,
}

impl Verifier {
    /// A verifier for this key of this account.
    pub fn new(account: AccountSid, key: ApiKeySid, secret: &Secret) -> Self {
        Self { account, key, decoding: DecodingKey::from_secret(secret.expose().as_bytes()) }
    }

    /// What the token gives access to at `now`, in seconds since 1970.
    ///
    /// The signature is compared in constant time, and before anything but the header and the issuer (which
    /// say how and with which key) is judged.
    ///
    /// # Errors
    /// The first fault of a token that is refused.
    pub fn verify(&self, jwt: &str, now: u64) -> Result<Access, TokenError> {
        let parts = Parts::of(jwt)?;
        let header = parts.header()?;
        let mut faults = Vec::new();
        header_faults(&header, &mut faults);
        first(&mut faults)?;

        let claims = parts.claims()?;
        issuer_faults(&claims, &mut faults);
        first(&mut faults)?;
        if claims.iss.parse() != Ok(self.key) || claims.sub.parse() != Ok(self.account) {
            let why = "its `iss` is no API key of the account, or its `sub` is another account";
            return Err(TokenError::new(Fault::Issuer, Some("TOK-03"), why));
        }
        self.signature(&header, &parts)?;

        time_faults(&claims, Some(now), &mut faults);
        grant_faults(&claims, &mut faults);
        first(&mut faults)?;
        // `grant_faults` has just refused a token without grants.
        let missing = || TokenError::new(Fault::NoGrants, Some("TOK-06"), "it has no `grants`");
        let grants = claims.grants.as_ref().ok_or_else(missing)?;
        Ok(Access {
            identity: Identity::from(&*grants.identity),
            service_sid: grants.service_sid()?,
            push_credential: grants.push_credential(),
            issued_at: claims.issued_at(),
            expires_at: claims.expires_at(),
        })
    }

    pub(super) fn signature(&self, header: &Header<'_>, parts: &Parts<'_>) -> Result<(), TokenError> {
        if signed_with(&self.decoding, header, parts) {
            Ok(())
        } else {
            Err(TokenError::new(
                Fault::Signature,
                None,
                "its signature is not made with the API key's secret",
            ))
        }
    }
}

/// Whose a token says it is, before anything of it is judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// `sub`: the account's SID, if all is well.
    pub subject: String,
    /// `iss`: the API key's SID, if all is well.
    pub issuer: String,
}

/// Whose a token says it is; `None` if it is none.
pub fn claimed_by(jwt: &str) -> Option<Claimed> {
    let parts = Parts::of(jwt).ok()?;
    let claims = parts.claims().ok()?;
    Some(Claimed { subject: claims.sub.into_owned(), issuer: claims.iss.into_owned() })
}

/// Whether the token is signed with this secret. All three algorithms the helper libraries offer are taken.
pub(super) fn signed_with(key: &DecodingKey, header: &Header<'_>, parts: &Parts<'_>) -> bool {
    let algorithm = match &*header.alg {
        "HS256" => Algorithm::HS256,
        "HS384" => Algorithm::HS384,
        "HS512" => Algorithm::HS512,
        _ => return false,
    };
    crypto::verify(parts.signature, parts.message.as_bytes(), key, algorithm).unwrap_or(false)
}

fn first(faults: &mut Vec<TokenError>) -> Result<(), TokenError> {
    if faults.is_empty() { Ok(()) } else { Err(faults.swap_remove(0)) }
}
