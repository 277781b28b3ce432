//! Saying what is wrong with a token, to people.

use jsonwebtoken::DecodingKey;

use super::{
    Fault, TokenError, Verifier,
    parts::{Header, Parts, Read, grant_faults, header_faults, issuer_faults, time_faults},
    verify::signed_with,
};
use crate::{
    secret::Secret,
    sid::{AccountSid, ChatServiceSid},
};

/// What a token is held against; what is not known is not judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// Now, in seconds since 1970.
    pub now: Option<u64>,
    /// The account it is to be used with.
    pub account_sid: Option<AccountSid>,
    /// The Chat service of the Flex Flow.
    pub chat_service_sid: Option<ChatServiceSid>,
    /// Who the chat is opened for.
    pub identity: Option<&'a str>,
    /// Where the API key was made: `us1`, `au1`, `ie1`.
    pub region: Option<&'a str>,
    /// The key it should be signed with.
    pub verifier: Option<&'a Verifier>,
    /// The account's auth token, which it should not be signed with.
    pub auth_token: Option<&'a Secret>,
}

/// What a token says and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inspection {
    /// The header's JSON, as written.
    pub header: Option<String>,
    /// The payload's JSON, as written.
    pub claims: Option<String>,
    /// When it was made, in seconds since 1970, if it says so.
    pub issued_at: Option<u64>,
    /// When it ends, if it says so.
    pub expires_at: Option<u64>,
    /// Everything that is wrong, the first as the service would say it.
    pub faults: Vec<TokenError>,
}

/// Takes a token apart without needing its key, and lists everything that is wrong with it.
pub fn inspect(jwt: &str, expected: &Expected<'_>) -> Inspection {
    // Pasted from a header or a file.
    let jwt = jwt.trim();
    let jwt = jwt.strip_prefix("Bearer ").unwrap_or(jwt);
    let mut seen = Inspection::default();
    let parts = match Parts::of(jwt) {
        Ok(parts) => parts,
        Err(fault) => {
            seen.faults.push(fault);
            return seen;
        }
    };
    seen.header = Some(String::from_utf8_lossy(&parts.header).into_owned());
    seen.claims = Some(String::from_utf8_lossy(&parts.claims).into_owned());
    let header = parts.header().map_err(|fault| seen.faults.push(fault)).ok();
    let claims = parts.claims().map_err(|fault| seen.faults.push(fault)).ok();
    if let Some(header) = &header {
        header_faults(header, &mut seen.faults);
        region_fault(header, expected, &mut seen.faults);
        signature_faults(header, &parts, expected, &mut seen.faults);
    }
    if let Some(claims) = &claims {
        seen.issued_at = claims.issued_at();
        seen.expires_at = claims.exp.map(|_| claims.expires_at());
        issuer_faults(claims, &mut seen.faults);
        time_faults(claims, expected.now, &mut seen.faults);
        grant_faults(claims, &mut seen.faults);
        mismatches(claims, expected, &mut seen.faults);
    }
    seen
}

fn region_fault(header: &Header<'_>, expected: &Expected<'_>, faults: &mut Vec<TokenError>) {
    let is = header.twr.as_deref().unwrap_or("us1");
    if let Some(region) = expected.region.filter(|region| *region != is) {
        let why = match &header.twr {
            Some(_) => format!("its `twr` is {is:?}, the API key is of {region:?}"),
            None => format!("its header has no `twr`, the API key is of {region:?}"),
        };
        faults.push(TokenError::new(Fault::Header, Some("TOK-05"), why));
    }
}

fn signature_faults(
    header: &Header<'_>,
    parts: &Parts<'_>,
    expected: &Expected<'_>,
    faults: &mut Vec<TokenError>,
) {
    let with_auth_token = expected.auth_token.is_some_and(|secret| {
        signed_with(&DecodingKey::from_secret(secret.expose().as_bytes()), header, parts)
    });
    if with_auth_token {
        let why = "it is signed with the account's auth token, it must be with an API key's secret";
        faults.push(TokenError::new(Fault::Signature, Some("TOK-03"), why));
    } else if let Some(verifier) = expected.verifier {
        faults.extend(verifier.signature(header, parts).err());
    }
}

fn mismatches(claims: &Read<'_>, expected: &Expected<'_>, faults: &mut Vec<TokenError>) {
    if let Some(account) = expected.account_sid
        && claims.sub.parse().is_ok_and(|sub: AccountSid| sub != account)
    {
        let why = format!("its `sub` is {}, the account is {account}", claims.sub);
        faults.push(TokenError::new(Fault::Issuer, Some("TOK-03"), why));
    }
    let Some(grants) = &claims.grants else { return };
    if let (Some(wanted), Ok(service)) = (expected.chat_service_sid, grants.service_sid())
        && service != wanted
    {
        let why = format!("it is for the Chat service {service}, the Flex Flow's is {wanted}");
        faults.push(TokenError::new(Fault::Mismatch, Some("TOK-01"), why));
    }
    if let Some(wanted) =
        expected.identity.filter(|wanted| !grants.identity.is_empty() && *wanted != grants.identity)
    {
        let why = format!(
            "its identity is {:?}, the channel is opened for {wanted:?}: the customer would be no member of it",
            grants.identity
        );
        faults.push(TokenError::new(Fault::Mismatch, Some("TOK-02"), why));
    }
}
