use std::{env, fs};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::{
    secret::Secret,
    sid::{AccountSid, ApiKeySid},
};

const NOW: u64 = 1_700_000_000;
const SECRET: &str = "a dummy secret of a dummy key 00";

// Headers and payloads as the helper libraries wrote them for these dummy SIDs with their clock at NOW.
const NODE: &str = r#"{"alg":"HS256","typ":"JWT","cty":"twilio-fpa;v=1"}"#;
const NODE_AU1: &str = r#"{"alg":"HS256","typ":"JWT","cty":"twilio-fpa;v=1","twr":"au1"}"#;
const PYTHON: &str = r#"{"alg":"HS256","cty":"twilio-fpa;v=1","typ":"JWT"}"#;
const PYTHON_AU1: &str = r#"{"alg":"HS256","cty":"twilio-fpa;v=1","twr":"au1","typ":"JWT"}"#;
const NODE_PLAIN: &str = r#"{"jti":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1700000000","grants":{"identity":"abc123","chat":{"service_sid":"ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},"iat":1700000000,"exp":1700003600,"iss":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","sub":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
const NODE_FULL: &str = r#"{"jti":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1700000000","grants":{"identity":"abc123","chat":{"service_sid":"ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","endpoint_id":"HipFlexSlackDockRC:abc123:dev","deployment_role_sid":"RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","push_credential_sid":"CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},"nbf":1699999999,"iat":1700000000,"exp":1700086400,"iss":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","sub":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
const PYTHON_PLAIN: &str = r#"{"jti":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1700000000","grants":{"chat":{"service_sid":"ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"identity":"abc123"},"iss":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","exp":1700003600,"nbf":1700000000,"sub":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
const PYTHON_FULL: &str = r#"{"jti":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1700000000","grants":{"chat":{"service_sid":"ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","endpoint_id":"HipFlexSlackDockRC:abc123:dev","deployment_role_sid":"RLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","push_credential_sid":"CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"identity":"abc123"},"iss":"SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","exp":1700086400,"nbf":1699999999,"sub":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;

fn account() -> AccountSid {
    AccountSid::from_bytes([0xaa; 16])
}

fn key() -> ApiKeySid {
    ApiKeySid::from_bytes([0xaa; 16])
}

fn service() -> ChatServiceSid {
    ChatServiceSid::from_bytes([0xaa; 16])
}

fn signer(region: Option<&str>) -> Signer {
    Signer::new(account(), key(), &Secret::from(SECRET), region).unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(account(), key(), &Secret::from(SECRET))
}

fn plain() -> Claims<'static> {
    Claims::new("abc123", service(), NOW)
}

fn full() -> Claims<'static> {
    Claims {
        endpoint_id: Some("HipFlexSlackDockRC:abc123:dev"),
        deployment_role_sid: Some(RoleSid::from_bytes([0xaa; 16])),
        push_credential_sid: Some("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ttl: MAX_TTL,
        not_before: Some(NOW - 1),
        ..plain()
    }
}

/// Header and payload of a token, as text.
fn parts(jwt: &str) -> (String, String) {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut text = || String::from_utf8(parts.next().unwrap()).unwrap();
    (text(), text())
}

fn owned((header, payload): (&str, &str)) -> (String, String) {
    (header.to_owned(), payload.to_owned())
}

#[test]
fn tokens_are_the_helper_libraries_to_the_byte() {
    let like = Like::Python;
    let (us1, au1) = (signer(None), signer(Some("au1")));
    assert_eq!(parts(&us1.mint(&plain())), owned((NODE, NODE_PLAIN)));
    assert_eq!(parts(&au1.mint(&full())), owned((NODE_AU1, NODE_FULL)));
    assert_eq!(parts(&us1.mint(&Claims { like, ..plain() })), owned((PYTHON, PYTHON_PLAIN)));
    assert_eq!(parts(&au1.mint(&Claims { like, ..full() })), owned((PYTHON_AU1, PYTHON_FULL)));
}

#[test]
fn the_signature_is_what_any_other_hmac_gives() {
    // From OpenSSL: printf %s MESSAGE | openssl dgst -sha256 -hmac SECRET -binary | basenc --base64url
    let jwt = signer(None).mint(&plain());
    assert_eq!(jwt.rsplit('.').next(), Some("bVs_Hd6Cy_k0vmKAURlomNP8nQioTlt-tQalLfHkzZc"));
}

#[test]
fn python_escapes_what_is_not_ascii() {
    let name = "j\u{fc}rgen \u{1f600}\u{7f}\n\"";
    let identity = Some(name);
    let python = signer(None).mint(&Claims { identity, like: Like::Python, ..plain() });
    assert!(parts(&python).1.contains(r#""identity":"j\u00fcrgen \ud83d\ude00\u007f\n\"""#));
    let node = signer(None).mint(&Claims { identity, ..plain() });
    assert!(parts(&node).1.contains("\"identity\":\"j\u{fc}rgen \u{1f600}\u{7f}\\n\\\"\""));
    for jwt in [python, node] {
        assert_eq!(verifier().verify(&jwt, NOW).unwrap().identity, name);
    }
}

/// All recorded tokens, where their file is at hand: `FLEXLOAD_TOKEN_VECTORS=access_tokens.jsonl`, and
/// `FLEXLOAD_TOKEN_VECTORS_SECRET` to compare the signatures too.
#[test]
fn recorded_tokens_are_minted_again() {
    let Ok(path) = env::var("FLEXLOAD_TOKEN_VECTORS") else {
        eprintln!("skipped: FLEXLOAD_TOKEN_VECTORS names no file");
        return;
    };
    let secret = env::var("FLEXLOAD_TOKEN_VECTORS_SECRET");
    let mut compared = 0;
    for line in fs::read_to_string(path).unwrap().lines() {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(jwt) = vector["jwt"].as_str() else { continue };
        let full = vector["case"] == "full";
        let claims = if full { self::full() } else { plain() };
        let claims = match vector["case"].as_str().unwrap() {
            "noident" => Claims { identity: None, ..claims },
            "ttl90000" => Claims { identity: Some("x"), service_sid: None, ttl: 90_000, ..claims },
            _ => claims,
        };
        let python = vector["lib"].as_str().unwrap().contains("python");
        let like = if python { Like::Python } else { Like::Node };
        let region = full.then_some("au1");
        let signed = Secret::from(secret.as_deref().unwrap_or(SECRET));
        let minted = Signer::new(account(), key(), &signed, region).unwrap().mint(&Claims { like, ..claims });
        assert_eq!(parts(&minted), parts(jwt), "{line}");
        if secret.is_ok() {
            assert_eq!(minted, jwt, "{line}");
        }
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}

fn refused(header: &str, payload: &str) -> (u32, String) {
    let error = verifier().verify(&signer(None).sign(header, payload), NOW).unwrap_err();
    assert!(!error.description().is_empty());
    (error.code(), error.why().to_owned())
}

#[test]
fn a_good_token_gives_access() {
    for like in [Like::Node, Like::Python] {
        let jwt = signer(None).mint(&Claims { like, ..plain() });
        let access = verifier().verify(&jwt, NOW).unwrap();
        assert_eq!(
            access,
            Access {
                identity: "abc123".into(),
                service_sid: service(),
                push_credential: None,
                issued_at: Some(NOW),
                expires_at: NOW + 3600
            }
        );
        assert_eq!(verifier().verify(&jwt, NOW + 3599).unwrap(), access);
        assert_eq!(verifier().verify(&jwt, NOW + 3600).unwrap_err().code(), 20104);
    }
    let older = NODE_PLAIN.replace("\"chat\"", "\"ip_messaging\"");
    assert!(verifier().verify(&signer(None).sign(NODE, &older), NOW).is_ok());
}

#[test]
fn whose_a_token_says_it_is_can_be_read_before_it_is_judged() {
    let claimed = claimed_by(&signer(None).mint(&plain())).unwrap();
    assert_eq!((claimed.subject, claimed.issuer), (account().to_string(), key().to_string()));
    assert_eq!(claimed_by("a.b.c"), None);
}

#[test]
fn every_fault_has_its_code() {
    let payload = |from: &str, to: &str| {
        assert!(NODE_PLAIN.contains(from));
        refused(NODE, &NODE_PLAIN.replace(from, to)).0
    };
    assert_eq!(verifier().verify("", NOW).unwrap_err().code(), 20101);
    assert_eq!(verifier().verify("a.b", NOW).unwrap_err().code(), 20101);
    assert_eq!(verifier().verify("a.b.c.d", NOW).unwrap_err().code(), 20101);
    assert_eq!(refused(NODE, "not JSON").0, 20101);
    assert_eq!(refused("not JSON", NODE_PLAIN).0, 20102);
    assert_eq!(refused(r#"{"alg":"HS256","typ":"JWT"}"#, NODE_PLAIN).0, 20102);
    assert_eq!(refused(&NODE.replace("HS256", "none"), NODE_PLAIN).0, 20102);
    assert_eq!(payload("\"iss\":\"SK", "\"iss\":\"AC"), 20103);
    assert_eq!(payload("\"iss\":\"SKa", "\"iss\":\"SKb"), 20103);
    assert_eq!(payload("\"sub\":\"ACa", "\"sub\":\"ACb"), 20103);
    assert_eq!(payload("\"sub\"", "\"who\""), 20103);
    assert_eq!(payload("\"exp\":1700003600", "\"exp\":1699999999"), 20104);
    assert_eq!(payload("\"exp\"", "\"end\""), 20104);
    assert_eq!(payload("\"iat\":1700000000", "\"nbf\":1700000001"), 20105);
    assert_eq!(payload("\"grants\"", "\"rights\""), 20106);
    assert_eq!(payload("\"identity\"", "\"name\""), 20106);
    assert_eq!(payload("\"chat\"", "\"video\""), 20106);
    assert_eq!(payload("\"service_sid\":\"IS", "\"service_sid\":\"FO"), 20106);
    assert_eq!(payload("\"chat\"", "\"ip_messaging\":{},\"chat\""), 20106);
    assert_eq!(payload("\"exp\":1700003600", "\"exp\":1700090000"), 20157);
    // Without `iat` and `nbf` a lifetime counts from now.
    assert_eq!(
        refused(NODE, &NODE_PLAIN.replace("\"iat\":1700000000,\"exp\":1700003600", "\"exp\":1700090000")).0,
        20157
    );
}

#[test]
fn another_secret_does_not_do() {
    let other = Signer::new(account(), key(), &Secret::from("other"), None).unwrap();
    let error = verifier().verify(&other.mint(&plain()), NOW).unwrap_err();
    assert_eq!((error.code(), error.description()), (20107, "Invalid Access Token signature"));
    assert_eq!(error.twilsock_code(), 51117);
    assert!(Signer::new(account(), key(), &Secret::from(""), None).is_err());
}

#[test]
fn inspection_lists_everything_at_once() {
    let expected = Expected {
        now: Some(NOW),
        account_sid: Some(AccountSid::from_bytes([1; 16])),
        chat_service_sid: Some(ChatServiceSid::from_bytes([1; 16])),
        identity: Some("ada"),
        region: Some("ie1"),
        ..Expected::default()
    };
    let payload = NODE_PLAIN
        .replace("\"exp\":1700003600", "\"exp\":1700090000")
        .replace("\"iss\":\"SK", "\"iss\":\"AC");
    let seen = inspect(&format!(" {}\n", signer(None).sign(r#"{"alg":"HS256"}"#, &payload)), &expected);
    assert_eq!(seen.claims.as_deref(), Some(&*payload));
    assert_eq!((seen.issued_at, seen.expires_at), (Some(NOW), Some(NOW + 90_000)));
    let rules: Vec<_> = seen.faults.iter().map(|fault| fault.rule().unwrap()).collect();
    assert_eq!(rules, ["TOK-07", "TOK-05", "TOK-03", "TOK-04", "TOK-03", "TOK-01", "TOK-02"]);
    assert!(seen.faults[2].why().contains("not with the account's auth token"), "{}", seen.faults[2]);
}

#[test]
fn inspection_finds_a_token_signed_with_the_auth_token() {
    let (key, auth_token) = (verifier(), Secret::from("the auth token"));
    let expected = Expected {
        verifier: Some(&key),
        auth_token: Some(&auth_token),
        now: Some(NOW),
        ..Expected::default()
    };
    assert_eq!(inspect(&signer(None).mint(&plain()), &expected).faults, []);
    let wrong = Signer::new(account(), self::key(), &auth_token, None).unwrap().mint(&plain());
    let seen = inspect(&wrong, &expected);
    assert_eq!(seen.faults.len(), 1);
    assert_eq!(seen.faults[0].rule(), Some("TOK-03"));
}

proptest! {
    #[test]
    fn every_token_verifies_as_it_was_meant(
        identity in ".{1,40}", bytes: [u8; 16], ttl in 1..=MAX_TTL, python: bool, after in 0..MAX_TTL,
    ) {
        let like = if python { Like::Python } else { Like::Node };
        let service_sid = ChatServiceSid::from_bytes(bytes);
        let claims = Claims { ttl, like, ..Claims::new(&identity, service_sid, NOW) };
        let jwt = signer(None).mint(&claims);
        let verdict = verifier().verify(&jwt, NOW + u64::from(after));
        if after < ttl {
            let access = verdict.unwrap();
            prop_assert_eq!(&*access.identity, &*identity);
            prop_assert_eq!((access.service_sid, access.expires_at), (service_sid, NOW + u64::from(ttl)));
            prop_assert_eq!(inspect(&jwt, &Expected::default()).faults, []);
        } else {
            prop_assert_eq!(verdict.unwrap_err().code(), 20104);
        }
    }

    #[test]
    fn a_changed_token_is_refused(position in 0_usize..400, to in "[-_0-9A-Za-z.]") {
        let jwt = signer(None).mint(&plain());
        let position = position % jwt.len();
        // The last character of a part may have bits that decode to nothing.
        prop_assume!(jwt[position..=position] != to && !matches!(jwt.as_bytes().get(position + 1), None | Some(b'.')));
        let changed = format!("{}{to}{}", &jwt[..position], &jwt[position + 1..]);
        prop_assert!(verifier().verify(&changed, NOW).is_err());
    }

    #[test]
    fn no_text_breaks_the_verifier(jwt in "\\PC{0,80}", header in "\\PC{0,40}", payload in "\\PC{0,40}") {
        prop_assert!(verifier().verify(&jwt, NOW).is_err());
        prop_assert!(verifier().verify(&signer(None).sign(&header, &payload), NOW).is_err());
        let _ = inspect(&jwt, &Expected::default());
    }
}
