//! Access tokens: what a customer's device logs in with.
//!
//! A token is a JWT signed with an API key's secret. Twilio's helper libraries differ in which claims they
//! write and in what order; a [`Signer`] makes tokens byte for byte as one of them would, so that what a
//! rehearsal sends is what the launch will send. A [`Verifier`] judges tokens as the service does, and
//! [`inspect`] says everything that is wrong with one in words.

use std::{borrow::Cow, fmt};

use crate::{
    error,
    sid::{ChatServiceSid, RoleSid},
};

mod inspect;
mod mint;
mod parts;
mod verify;

pub use inspect::{Expected, Inspection, inspect};
pub use mint::{Signer, SignerError};
pub use verify::{Access, Claimed, Verifier, claimed_by};

/// The longest a token may live, in seconds. The helper libraries mint longer ones; the service refuses them.
pub const MAX_TTL: u32 = 86_400;

/// How long a token lives if nothing is said, in seconds, in every helper library.
pub const DEFAULT_TTL: u32 = 3600;

/// The content type every access token declares.
const CONTENT_TYPE: &str = "twilio-fpa;v=1";

/// Whose way of writing a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Like {
    /// npm `twilio` 3.84.1 to 6.2.0: `iat` always, `nbf` only where set.
    #[default]
    Node,
    /// PyPI `twilio` 7.17.0 to 9.13.0: `nbf` always, `iat` never, text in ASCII.
    Python,
}

/// What a token is to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claims<'a> {
    /// Who. The libraries allow none (Node's up to 3.x); the service does not.
    pub identity: Option<&'a str>,
    /// The Chat service; without it the token has no grant.
    pub service_sid: Option<ChatServiceSid>,
    /// Deprecated: the device.
    pub endpoint_id: Option<&'a str>,
    /// Deprecated: a role for this token only.
    pub deployment_role_sid: Option<RoleSid>,
    /// How to push to the device.
    pub push_credential_sid: Option<&'a str>,
    /// Whose way of writing it.
    pub like: Like,
    /// Now, in seconds since 1970.
    pub issued_at: u64,
    /// Seconds it lives.
    pub ttl: u32,
    /// When it begins to be valid; without it `issued_at` like Python, never said like Node.
    pub not_before: Option<u64>,
}

impl<'a> Claims<'a> {
    /// The claims of a customer of a chat, for an hour from `issued_at`, like Node.
    pub const fn new(identity: &'a str, service_sid: ChatServiceSid, issued_at: u64) -> Self {
        Self {
            identity: Some(identity),
            service_sid: Some(service_sid),
            endpoint_id: None,
            deployment_role_sid: None,
            push_credential_sid: None,
            like: Like::Node,
            issued_at,
            ttl: DEFAULT_TTL,
            not_before: None,
        }
    }
}

/// Why a token is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenError {
    fault: Fault,
    rule: Option<&'static str>,
    why: Cow<'static, str>,
}

/// The kinds of refusal, each with the code of REST and that of Twilsock's catalogue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    Malformed,
    Header,
    Issuer,
    Expired,
    NotYet,
    NoGrants,
    NoService,
    NoIdentity,
    TwoGrants,
    Signature,
    TooLong,
    /// Right in itself, but not for what it is to be used for.
    Mismatch,
}

impl TokenError {
    fn new(fault: Fault, rule: Option<&'static str>, why: impl Into<Cow<'static, str>>) -> Self {
        Self { fault, rule, why: why.into() }
    }

    /// Twilio's code: 20101 to 20107 or 20157.
    pub const fn code(&self) -> u32 {
        match self.fault {
            Fault::Malformed => 20101,
            Fault::Header => 20102,
            Fault::Issuer => 20103,
            Fault::Expired => 20104,
            Fault::NotYet => 20105,
            Fault::NoGrants | Fault::NoService | Fault::NoIdentity | Fault::TwoGrants | Fault::Mismatch => {
                20106
            }
            Fault::Signature => 20107,
            Fault::TooLong => 20157,
        }
    }

    /// The finer code Twilio's catalogue lists for the same fault under Twilsock.
    pub const fn twilsock_code(&self) -> u32 {
        match self.fault {
            Fault::Malformed => 51130,
            Fault::Header => 51114,
            Fault::Issuer => 51115,
            Fault::Expired => 51119,
            Fault::NotYet => 51120,
            Fault::NoGrants => 51103,
            Fault::NoService => 51104,
            Fault::NoIdentity => 51105,
            Fault::TwoGrants => 51110,
            Fault::Mismatch => 51116,
            Fault::Signature => 51117,
            Fault::TooLong => 51121,
        }
    }

    /// Twilio's title of the code, which the service sends as the description.
    pub fn description(&self) -> &'static str {
        error::title(self.code()).unwrap_or("Invalid Access Token")
    }

    /// The rule of the doctor's catalogue it breaks, if there is one: `TOK-04`.
    pub const fn rule(&self) -> Option<&'static str> {
        self.rule
    }

    /// What exactly is wrong, in a sentence without a full stop.
    pub fn why(&self) -> &str {
        &self.why
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code(), self.description(), self.why)
    }
}

impl std::error::Error for TokenError {}

#[cfg(test)]
mod tests;
