//! What Twilio demands of names, attributes and identities, wherever they come from.

use wire::identity::Identity;
use wire::sid::{ChannelSid, UserSid};

use crate::basis::{Refused, rules};

rules! {
    IDENTITY_MISSING = "chat.identity.missing", Inferred("error catalogue 50204; the status as for other validation"),
        "an empty identity is 400, 50204";
    IDENTITY_LONG = "chat.identity.long", Inferred("error catalogue 50207; the length as Conversations documents it"),
        "an identity of more than 256 characters is 400, 50207";
    IDENTITY_SID = "chat.identity.sid", Inferred("error catalogue 50206; the status as for other validation"),
        "an identity that looks like a user's SID is 400, 50206";
    IDENTITY_RESERVED = "chat.identity.reserved", Inferred("error catalogue 50203; which identities are reserved is not published"),
        "the identity `system` is reserved: 403, 50203";
    AUTHOR_LONG = "chat.author.long", Documented("error catalogue 50310; the length as for identities"),
        "a From or CreatedBy of more than 256 characters is 400, 50310";
    EDITOR_LONG = "chat.editor.long", Documented("error catalogue 50505; the length as for identities"),
        "a LastUpdatedBy of more than 256 characters is 400, 50505";
    ATTRIBUTES_DEEP = "chat.attributes.deep", MockOnly("a mock must not run out of stack"),
        "attributes nested deeper than 64 are 400, 50304";
    ATTRIBUTES_JSON = "chat.attributes.json", Inferred("error catalogue 50304; the status as for other validation"),
        "attributes that are no JSON are 400, 50304";
    ATTRIBUTES_LONG = "chat.attributes.long", Inferred("error catalogue 50303; 32 KB as the chat documentation of the time had it"),
        "attributes of more than 32 KB are 400, 50303";
    NAME_LONG = "chat.friendly-name.long", Documented("error catalogue 50003; OpenAPI chat v2 gives 64 and 256, so up to 256 is taken"),
        "a friendly name of more than 256 characters is 400, 50003";
    UNIQUE_LONG = "chat.unique-name.long", Documented("error catalogue 50004; OpenAPI chat v2 gives 64 and 256, so up to 256 is taken"),
        "a unique name of more than 256 characters is 400, 50004";
    UNIQUE_SID = "chat.unique-name.sid", Documented("error catalogue 50306"),
        "a unique name that looks like a channel's SID is 400, 50306";
}

/// Characters of a name or an identity.
const NAME: usize = 256;

/// Bytes of a URL.
pub(super) const URL: usize = 2048;

/// Brackets within brackets.
const DEPTH: usize = 64;

/// Bytes of attributes.
const ATTRIBUTES: usize = 32 * 1024;

pub(super) fn longer_than(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().nth(limit).is_some()
}

pub(super) fn identity(identity: &Identity) -> Result<(), Refused> {
    if identity.is_empty() {
        return Err(Refused::new(400, 50204, "Identity not provided", IDENTITY_MISSING));
    }
    if longer_than(identity, NAME) {
        return Err(Refused::new(400, 50207, "Identity too long", IDENTITY_LONG));
    }
    if identity.parse::<UserSid>().is_ok() {
        return Err(Refused::new(400, 50206, "Identity should not match user SID pattern", IDENTITY_SID));
    }
    if *identity == "system" {
        return Err(Refused::new(403, 50203, "Identity reserved", IDENTITY_RESERVED));
    }
    Ok(())
}

/// Who said or made something: a name that need not be anybody's.
pub(super) fn author(author: Option<&Identity>) -> Result<(), Refused> {
    if author.is_some_and(|author| longer_than(author, NAME)) {
        return Err(Refused::titled(400, 50310, AUTHOR_LONG));
    }
    Ok(())
}

/// Who changed something: a name that need not be anybody's.
pub(super) fn editor(editor: Option<&Identity>) -> Result<(), Refused> {
    if editor.is_some_and(|editor| longer_than(editor, NAME)) {
        return Err(Refused::titled(400, 50505, EDITOR_LONG));
    }
    Ok(())
}

pub(super) fn attributes(text: Option<&str>) -> Result<(), Refused> {
    let Some(text) = text else { return Ok(()) };
    if text.len() > ATTRIBUTES {
        return Err(Refused::new(400, 50303, "Attributes too long", ATTRIBUTES_LONG));
    }
    if deeper_than(text, DEPTH) {
        return Err(Refused::new(400, 50304, "Attributes not valid JSON: nested too deep", ATTRIBUTES_DEEP));
    }
    // The usual case needs no parser.
    if text != "{}" && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(Refused::new(400, 50304, "Attributes not valid JSON", ATTRIBUTES_JSON));
    }
    Ok(())
}

/// Whether brackets stand within more than `limit` others. What is no JSON is judged by whoever parses it.
fn deeper_than(text: &str, limit: usize) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

pub(super) fn friendly_name(name: Option<&str>) -> Result<(), Refused> {
    if name.is_some_and(|name| longer_than(name, NAME)) {
        return Err(Refused::new(400, 50003, "Friendly name too long", NAME_LONG));
    }
    Ok(())
}

pub(super) fn unique_name(name: Option<&str>) -> Result<(), Refused> {
    let Some(name) = name else { return Ok(()) };
    if longer_than(name, NAME) {
        return Err(Refused::new(400, 50004, "Unique Name too long", UNIQUE_LONG));
    }
    if name.parse::<ChannelSid>().is_ok() {
        return Err(Refused::new(400, 50306, "Unique name should not match channel SID pattern", UNIQUE_SID));
    }
    Ok(())
}

/// Whether this is what a webhook can be called at.
pub(super) fn is_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(result: Result<(), Refused>) -> u32 {
        result.unwrap_err().code
    }

    #[test]
    fn each_demand_has_its_code() {
        assert_eq!(code(identity(&"".into())), 50204);
        assert_eq!(code(identity(&"é".repeat(257).as_str().into())), 50207);
        assert!(identity(&"é".repeat(256).as_str().into()).is_ok());
        assert_eq!(code(identity(&UserSid::mock(1, 1).text().as_ref().into())), 50206);
        assert_eq!(code(identity(&"system".into())), 50203);
        assert_eq!(code(attributes(Some("{"))), 50304);
        assert_eq!(code(attributes(Some(&format!("\"{}\"", "x".repeat(ATTRIBUTES))))), 50303);
        assert!(attributes(Some("[1]")).is_ok());
        let nested = |depth: usize| format!("{}\"[[\\\"\"{}", "[".repeat(depth), "]".repeat(depth));
        assert!(attributes(Some(&nested(64))).is_ok());
        assert_eq!(code(attributes(Some(&nested(65)))), 50304);
        assert_eq!(code(friendly_name(Some(&"x".repeat(257)))), 50003);
        assert_eq!(code(unique_name(Some(&"x".repeat(257)))), 50004);
        assert_eq!(code(unique_name(Some(&ChannelSid::mock(1, 1).text()))), 50306);
    }
}
