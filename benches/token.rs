//! What a token costs, beside the floor: HMAC-SHA256 with a prepared key, serde and base64, and nothing else.

use std::hint::black_box;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use sha2::Sha256;
use wire::{
    secret::Secret,
    sid::{AccountSid, ApiKeySid, ChatServiceSid},
    token::{Claims, Expected, Like, Signer, Verifier, inspect},
};

const NOW: u64 = 1_700_000_000;
const SECRET: &str = "a dummy secret of a dummy key 00";

/// The claims as a program would write them that cares for nothing but speed.
#[derive(Serialize)]
struct Floor<'a> {
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

fn benches(criterion: &mut Criterion) {
    let (account, key) = (AccountSid::mock(1, 1), ApiKeySid::mock(1, 1));
    let service = ChatServiceSid::mock(1, 1);
    let secret = Secret::from(SECRET);
    let Ok(signer) = Signer::new(account, key, &secret, None) else { return };
    let verifier = Verifier::new(account, key, &secret);
    let claims = Claims::new("customer-000042", service, NOW);
    let node = signer.mint(&claims);

    let (account, key, service) = (account.text(), key.text(), service.text());
    let floor = Floor {
        jti: &format!("{key}-{NOW}"),
        grants: Grants { identity: "customer-000042", chat: Chat { service_sid: &service } },
        iat: NOW,
        exp: NOW + 3600,
        iss: &key,
        sub: &account,
    };
    let header = Header { cty: Some("twilio-fpa;v=1".to_owned()), ..Header::new(Algorithm::HS256) };
    let encoding = EncodingKey::from_secret(SECRET.as_bytes());

    let mut group = criterion.benchmark_group("token");
    group.bench_function("floor", |bencher| {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","cty":"twilio-fpa;v=1"}"#);
        let Ok(prepared) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else { return };
        bencher.iter(|| {
            let payload = serde_json::to_vec(black_box(&floor)).unwrap_or_default();
            let mut token = String::with_capacity(600);
            token.push_str(&header);
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(payload, &mut token);
            let signature = prepared.clone().chain_update(&token).finalize().into_bytes();
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(signature, &mut token);
            token
        });
    });
    group.bench_function("mint like node", |bencher| bencher.iter(|| signer.mint(black_box(&claims))));
    let python = Claims { like: Like::Python, ..claims };
    group.bench_function("mint like python", |bencher| bencher.iter(|| signer.mint(black_box(&python))));
    group.bench_function("jsonwebtoken::encode", |bencher| {
        bencher.iter(|| jsonwebtoken::encode(&header, black_box(&floor), &encoding));
    });
    group.bench_function("verify", |bencher| bencher.iter(|| verifier.verify(black_box(&node), NOW)));
    group.bench_function("inspect", |bencher| {
        bencher.iter(|| inspect(black_box(&node), &Expected::default()));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
