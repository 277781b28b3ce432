//! Who may pass, and what those are told who may not or ask for what is not there.

use crate::support::{Api, basic, request};

#[test]
fn the_auth_token_and_the_api_key_both_open_the_door() {
    let mut api = Api::start();
    api.get("/v1/Channels").is(200);
    let credentials = api.credentials();
    api.authorization = basic(&credentials.api_key_sid.text(), credentials.api_key_secret.expose());
    api.get("/v1/Channels").is(200);
}

#[test]
fn missing_or_wrong_credentials_are_401_with_20003_in_the_recorded_envelope() {
    let mut api = Api::start();
    let without = api.raw(&request("GET", "/v1/Channels", "", ""));
    let without = without.refuses(401, 20003);
    assert_eq!(without.text("message"), "Authenticate");
    assert_eq!(without.text("detail"), "");
    assert_eq!(without.headers["www-authenticate"], "Basic realm=\"Twilio API\"");
    api.authorization = basic(&api.credentials().account_sid.text(), "wrong");
    api.post("/v1/Channels", &[]).refuses(401, 20003);
    api.get("/nowhere").refuses(401, 20003);
}

#[test]
fn a_path_no_resource_has_is_404_and_named_without_its_version() {
    let api = Api::start();
    let reply = api.get("/v1/Nothing/here").refuses(404, 20404);
    assert_eq!(reply.text("message"), "The requested resource /Nothing/here was not found");
    assert!(reply.body.get("detail").is_none());
}

#[test]
fn an_unknown_resource_is_404_whether_its_sid_is_one_or_not() {
    let api = Api::start();
    let sid = "CHffffffffffffffffffffffffffffffff";
    for path in [
        format!("/v1/Channels/{sid}"),
        "/v1/Channels/nonsense".to_owned(),
        api.service(&format!("/Channels/{sid}")),
        api.service("/Users/nobody"),
        format!("/v2/Services/ISffffffffffffffffffffffffffffffff/Channels/{sid}/Messages"),
        "/v1/FlexFlows/FOffffffffffffffffffffffffffffffff".to_owned(),
    ] {
        let reply = api.get(&path).refuses(404, 20404);
        let below = path.split_at(3).1;
        assert_eq!(reply.text("message"), format!("The requested resource {below} was not found"));
    }
}

#[test]
fn a_method_a_resource_does_not_have_is_405_with_20004() {
    let api = Api::start();
    assert_eq!(api.send("PUT", "/v1/Channels", "").refuses(405, 20004).text("message"), "Method not allowed");
    api.post("/v1/Channels/CHffffffffffffffffffffffffffffffff", &[]).refuses(405, 20004);
}

#[test]
fn every_answer_has_an_id_of_its_own_and_the_headers_of_the_edge() {
    let api = Api::start();
    let (one, other) = (api.get("/v1/Channels"), api.get("/v1/Channels"));
    assert_ne!(one.headers["twilio-request-id"], other.headers["twilio-request-id"]);
    assert!(one.headers["twilio-request-id"].starts_with("RQ"));
    assert_eq!(one.headers["twilio-concurrent-requests"], "1");
    assert_eq!(one.headers["content-type"], "application/json");
    for name in ["twilio-request-duration", "x-home-region", "x-api-domain", "strict-transport-security"] {
        assert!(one.headers.contains_key(name), "{name}");
    }
    assert_eq!(one.headers["x-shenanigans"], "none");
}

#[test]
fn an_answer_that_rests_on_a_guess_says_so() {
    let api = Api::start();
    let guessed = api.post("/v1/Channels", &[]).refuses(400, 20001);
    assert_eq!(guessed.headers["x-mock-basis"], "inferred");
    assert!(!api.get("/v1/Channels").headers.contains_key("x-mock-basis"));
}
