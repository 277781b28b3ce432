//! Making tokens.

use std::{fmt, io, str};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::{JwtSigner, rust_crypto::DEFAULT_PROVIDER},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::ser::{CompactFormatter, Formatter};

use super::{CONTENT_TYPE, Claims, Like};
use crate::{
    secret::Secret,
    sid::{AccountSid, ApiKeySid, ChatServiceSid, RoleSid},
};

/// Makes tokens with one API key.
///
/// Both headers are encoded and the key is set up once, so that a token costs little more than its HMAC. A
/// signer belongs to the thread that made it (the prepared key of `jsonwebtoken` does): make one per worker.
pub struct Signer {
    account: AccountSid,
    key: ApiKeySid,
    prepared: Box<dyn JwtSigner>,
    node_header: String,
    python_header: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("account", &self.account)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// No token can be made with such a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignerError(&'static str);

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SignerError {}

impl Signer {
    /// A signer with this key of this account. `region` is the `twr` of the header: `au1`, `ie1`, or nothing
    /// for `us1`.
    ///
    /// # Errors
    /// If the secret is empty.
    pub fn new(
        account: AccountSid,
        key: ApiKeySid,
        secret: &Secret,
        region: Option<&str>,
    ) -> Result<Self, SignerError> {
        let secret = secret.expose().as_bytes();
        if secret.is_empty() {
            return Err(SignerError("the API key's secret is empty"));
        }
        let prepared =
            (DEFAULT_PROVIDER.signer_factory)(&Algorithm::HS256, &EncodingKey::from_secret(secret))
                .map_err(|_| SignerError("the API key's secret is no HMAC key"))?;
        let header = |like| URL_SAFE_NO_PAD.encode(json(&Header { like, region }, like));
        Ok(Self {
            account,
            key,
            prepared,
            node_header: header(Like::Node),
            python_header: header(Like::Python),
        })
    }

    /// A token that says this.
    pub fn mint(&self, claims: &Claims<'_>) -> String {
        let header = match claims.like {
            Like::Node => &self.node_header,
            Like::Python => &self.python_header,
        };
        self.finish(header, &json(&Payload { signer: self, claims }, claims.like))
    }

    /// A token of any header and payload, signed all the same: for tokens no library would make, to see that
    /// they are refused.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.finish(&URL_SAFE_NO_PAD.encode(header), payload.as_bytes())
    }

    fn finish(&self, header: &str, payload: &[u8]) -> String {
        const SIGNATURE: usize = 43;
        let mut token = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + SIGNATURE + 2);
        token.push_str(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        // HMAC over memory cannot fail; if it did, the token would be refused for its signature.
        let signature = self.prepared.try_sign(token.as_bytes()).unwrap_or_default();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

/// JSON as the library's language writes it.
fn json(value: &impl Serialize, like: Like) -> Vec<u8> {
    let mut out = Vec::with_capacity(384);
    // Text and numbers: serializing them into memory cannot fail.
    let _ = match like {
        Like::Node => value.serialize(&mut serde_json::Serializer::new(&mut out)),
        Like::Python => value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Ascii)),
    };
    out
}

/// Python's `json` escapes everything outside printable ASCII.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let plain = |character: &char| matches!(character, ' '..='~');
        if text.chars().all(|character| plain(&character)) {
            return CompactFormatter.write_string_fragment(out, text);
        }
        for character in text.chars() {
            if plain(&character) {
                out.write_all(&[u8::try_from(character).unwrap_or_default()])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

struct Header<'a> {
    like: Like,
    region: Option<&'a str>,
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("alg", "HS256")?;
        if self.like == Like::Node {
            map.serialize_entry("typ", "JWT")?;
        }
        map.serialize_entry("cty", CONTENT_TYPE)?;
        if let Some(region) = self.region {
            map.serialize_entry("twr", region)?;
        }
        if self.like == Like::Python {
            map.serialize_entry("typ", "JWT")?;
        }
        map.end()
    }
}

struct Payload<'a> {
    signer: &'a Signer,
    claims: &'a Claims<'a>,
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { signer, claims } = self;
        let expires = claims.issued_at.saturating_add(claims.ttl.into());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("jti", &*jti(signer.key, claims.issued_at))?;
        map.serialize_entry("grants", &Grants(claims))?;
        match claims.like {
            Like::Node => {
                if let Some(not_before) = claims.not_before {
                    map.serialize_entry("nbf", &not_before)?;
                }
                map.serialize_entry("iat", &claims.issued_at)?;
                map.serialize_entry("exp", &expires)?;
                map.serialize_entry("iss", &signer.key)?;
            }
            Like::Python => {
                map.serialize_entry("iss", &signer.key)?;
                map.serialize_entry("exp", &expires)?;
                map.serialize_entry("nbf", &claims.not_before.unwrap_or(claims.issued_at))?;
            }
        }
        map.serialize_entry("sub", &signer.account)?;
        map.end()
    }
}

/// The token's own id: the key and the second it was made.
fn jti(key: ApiKeySid, issued_at: u64) -> Stack {
    let mut text = Stack { bytes: [0; 64], length: 0 };
    // 34 characters, a hyphen and at most 20 digits always fit.
    let _ = fmt::Write::write_fmt(&mut text, format_args!("{}-{issued_at}", &*key.text()));
    text
}

/// A short text without an allocation.
struct Stack {
    bytes: [u8; 64],
    length: usize,
}

impl fmt::Write for Stack {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl std::ops::Deref for Stack {
    type Target = str;

    fn deref(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

struct Grants<'a>(&'a Claims<'a>);

impl Serialize for Grants<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(claims) = self;
        let chat = Chat {
            service_sid: claims.service_sid,
            endpoint_id: claims.endpoint_id,
            deployment_role_sid: claims.deployment_role_sid,
            push_credential_sid: claims.push_credential_sid,
        };
        let mut map = serializer.serialize_map(None)?;
        if let (Like::Node, Some(identity)) = (claims.like, claims.identity) {
            map.serialize_entry("identity", identity)?;
        }
        if !chat.is_empty() {
            map.serialize_entry("chat", &chat)?;
        }
        if let (Like::Python, Some(identity)) = (claims.like, claims.identity) {
            map.serialize_entry("identity", identity)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Chat<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service_sid: Option<ChatServiceSid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_role_sid: Option<RoleSid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    push_credential_sid: Option<&'a str>,
}

impl Chat<'_> {
    fn is_empty(&self) -> bool {
        self.service_sid.is_none()
            && self.endpoint_id.is_none()
            && self.deployment_role_sid.is_none()
            && self.push_credential_sid.is_none()
    }
}
