//! CPU per token: HMAC-SHA256, JSON and base64 are the floor.

use std::hint::black_box;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use sha2::Sha256;
use wire::token::{Claims, Signer};

use crate::{
    Fallible, mock,
    process::{Role, median},
    table::{Bound, Row, Table, Unit},
    usage,
};

pub(crate) const ALL: &str = "token";

const NOW: u64 = 1_700_000_000;
const IDENTITY: &str = "customer-000042";
const ROUNDS: usize = 9;
const EACH: usize = 20_000;

/// The claims as a program would write them that cares for nothing but speed.
#[derive(Serialize)]
struct Payload<'a> {
    jti: &'a str,
    grants: Grants<'a>,
    iat: u64,
    exp: u64,
    iss: &'a str,
    sub: &'a str,
}

#[derive(Serialize)]
struct Grants<'a> {
    identity: &'a str,
    chat: Chat<'a>,
}

#[derive(Serialize)]
struct Chat<'a> {
    service_sid: &'a str,
}

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    let mut role = Role::start(ALL, &[])?;
    let [mut ours, mut floor, mut library] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        floor.push(role.number()?);
        ours.push(role.number()?);
        library.push(role.number()?);
    }
    let floor = Some(median(floor)?);
    let floor_is = "HMAC-SHA256, serde and base64";
    table.add(Row {
        what: "CPU per token minted",
        floor_is,
        unit: Unit::Microseconds,
        ours: median(ours)?,
        floor,
        reach: Some(Bound::Times(1.25)),
        defect: Some(Bound::Times(1.5)),
    });
    table.add(Row {
        what: "for comparison: `jsonwebtoken::encode`",
        floor_is,
        unit: Unit::Microseconds,
        ours: median(library)?,
        floor,
        reach: None,
        defect: None,
    });
    Ok(())
}

pub(crate) fn act() -> Fallible<()> {
    let credentials = mock::credentials();
    let (account, key, service) =
        (credentials.account_sid, credentials.api_key_sid, credentials.chat_service_sid);
    let secret = &credentials.api_key_secret;
    let signer = Signer::new(account, key, secret, None)?;
    let claims = Claims::new(IDENTITY, service, NOW);

    let (account, key, service) = (account.to_string(), key.to_string(), service.to_string());
    let payload = Payload {
        jti: &format!("{key}-{NOW}"),
        grants: Grants { identity: IDENTITY, chat: Chat { service_sid: &service } },
        iat: NOW,
        exp: NOW + 3600,
        iss: &key,
        sub: &account,
    };
    let header = URL_SAFE_NO_PAD.encode(r#"{"cty":"twilio-fpa;v=1","typ":"JWT","alg":"HS256"}"#);
    let prepared = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())?;
    let by_hand = || {
        let payload = serde_json::to_vec(black_box(&payload)).unwrap_or_default();
        let mut token = String::with_capacity(600);
        token.push_str(&header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = prepared.clone().chain_update(&token).finalize().into_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    };
    let library_header = Header { cty: Some("twilio-fpa;v=1".to_owned()), ..Header::new(Algorithm::HS256) };
    let encoding = EncodingKey::from_secret(secret.expose().as_bytes());
    if signer.mint(&claims).len() != by_hand().len() {
        return Err("the floor's token is not the size of a real one".into());
    }
    for round in 0..=ROUNDS {
        let floor = time(by_hand);
        let ours = time(|| signer.mint(black_box(&claims)));
        let library = time(|| {
            jsonwebtoken::encode(&library_header, black_box(&payload), &encoding).unwrap_or_default()
        });
        if round > 0 {
            println!("{floor}\n{ours}\n{library}");
        }
    }
    Ok(())
}

/// Microseconds of CPU per call.
fn time(mint: impl Fn() -> String) -> f64 {
    let before = usage::cpu();
    for _ in 0..EACH {
        black_box(mint());
    }
    (usage::cpu() - before).as_secs_f64() * 1e6 / EACH as f64
}
