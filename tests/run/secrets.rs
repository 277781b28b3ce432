//! Secrets are in nothing that a run prints or writes: known ones are looked for everywhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::{CHAT, Here, Mock};

/// What begins like an access token: base64url of `{"alg":`, `{"cty":` or `{"typ":`, the headers there are.
const TOKENS: [&str; 3] = ["eyJhbGciOi", "eyJjdHkiOi", "eyJ0eXAiOi"];

#[test]
fn a_trace_shows_every_request_and_frame_and_no_secret() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let (key, secret) = (file.value("api_key"), file.value("api_secret"));
    let arguments = ["--target", "mock", "--once", "--trace", "--report", "terminal", "--report", "json=-"];
    let ran = here.run(CHAT, &arguments);
    ran.says(
        0,
        &[
            "> POST ",
            "/v1/Channels",
            "< 201",
            "\"method\":\"init\"",
            "/Messages\",\"method\":\"POST\"",
            "\"method\":\"close\"",
        ],
    );

    let mut told = ran.files.clone();
    assert!(told.len() > 10, "{:?}", told.keys());
    told.insert("stdout".to_owned(), ran.ended.out.clone());
    told.insert("stderr".to_owned(), ran.ended.err.clone());
    let basic = STANDARD.encode(format!("{key}:{secret}"));
    let secrets = [secret.as_str(), basic.as_str()];
    for (place, text) in &told {
        for canary in secrets.iter().chain(&TOKENS) {
            assert!(!text.contains(canary), "{place} holds {canary}");
        }
    }
    assert_eq!(ran.total("customers"), 1);
}

#[test]
fn what_looks_for_tokens_would_find_one() {
    for like in ["node", "python"] {
        let token = Here::new().ended(&["token", "mint", "ada", "--like", like]);
        token.says(0, &[]);
        assert!(TOKENS.iter().any(|begins| token.out.starts_with(begins)), "{}", token.out);
    }
}
