//! Accounts that do not see each other, and beginning anew.

use mock_server::Limits;

use crate::device::Device;
use crate::panel::{Panel, told_to_go};

#[test]
fn accounts_do_not_see_each_others_channels() {
    let panel = Panel::start();
    let other = panel.another();
    let (ours, theirs) = (panel.api.open("ada"), other.text("flex_flow_sid"));
    let body = format!("FlexFlowSid={theirs}&Identity=ada&ChatUserFriendlyName=Ada&ChatFriendlyName=Chat");
    let opened = panel.as_another(&other, "POST", "/v1/Channels", &body).is(201);
    assert_eq!(opened.text("account_sid"), other.text("account_sid"));
    panel.api.get(&format!("/v1/Channels/{}", opened.text("sid"))).refuses(404, 20404);
    panel.as_another(&other, "GET", &format!("/v1/Channels/{ours}"), "").refuses(404, 20404);
    panel.as_another(&other, "GET", &panel.api.service(""), "").refuses(404, 20404);
    let listed = |reply: crate::api::Reply| reply.body["flex_chat_channels"].as_array().unwrap().len();
    assert_eq!(listed(panel.api.get("/v1/Channels")), 1);
    assert_eq!(listed(panel.as_another(&other, "GET", "/v1/Channels", "")), 1);
}

#[test]
fn a_device_is_let_in_to_the_account_its_token_names() {
    let panel = Panel::start();
    let other = panel.another();
    let mut theirs = panel.enter(&other.mint("ada", panel.now()));
    let users = format!("/v2/Services/{}/Users/ada", other.text("chat_service_sid"));
    assert_eq!(panel.as_another(&other, "GET", &users, "").is(200).body["is_online"], true);
    panel.api.get(&panel.api.service("/Users/ada")).refuses(404, 20404);
    // Time passes for one account only.
    let mut ours = panel.login("ada", 3600);
    panel.post(&format!("/clock/advance?account={}", other.text("account_sid")), r#"{"by": "2h"}"#);
    assert_eq!(told_to_go(&mut theirs), 410);
    let path = format!(
        "aim.us1.twilio.com/Client/v1/Services/{}/Users/ada",
        panel.api.credentials().chat_service_sid
    );
    assert_eq!(ours.request("GET", &path, "").status(), 200);
}

#[test]
fn a_token_signed_with_another_accounts_secret_is_refused() {
    let panel = Panel::start();
    let (one, other) = (panel.another(), panel.another());
    let mut forged = crate::panel::Another(one.0.clone());
    forged.0["api_key_secret"] = other.text("api_key_secret").into();
    let reply = Device::connect(&panel.api).init(&forged.mint("ada", panel.now()));
    assert_eq!(
        (&reply["status"]["code"], &reply["status"]["errorCode"]),
        (&401.into(), &20107.into()),
        "{reply}"
    );
}

#[test]
fn limits_and_faults_are_each_accounts_own() {
    let panel = Panel::with(Limits::Documented);
    let other = panel.another();
    while panel.api.get("/v1/FlexFlows").status == 200 {}
    panel.as_another(&other, "GET", "/v1/FlexFlows", "").is(200);
    let path = format!("/faults?account={}", other.text("account_sid"));
    panel.send("PUT", &path, r#"[{"status": {"operation": "list_services", "status": 503}}]"#).is(200);
    panel.as_another(&other, "GET", "/v2/Services", "").refuses(503, 20503);
    panel.api.get("/v2/Services").is(200);
}

#[test]
fn beginning_anew_empties_an_account_and_sends_its_devices_away() {
    let panel = Panel::start();
    let channel = panel.api.open("ada");
    let mut ada = panel.login("ada", 3600);
    panel.post("/clock/advance", r#"{"by": "10m"}"#);
    panel.send("PUT", "/faults", r#"[{"status": {"operation": "list_services", "status": 503}}]"#).is(200);
    panel.post("/reset", "");
    assert_eq!(told_to_go(&mut ada), 308);
    panel.api.get(&format!("/v1/Channels/{channel}")).refuses(404, 20404);
    panel.api.get("/v2/Services").is(200);
    assert_eq!(panel.get("/clock")["ahead_seconds"], 0.0);
    assert_eq!(panel.get("/counters")["asked"], 2, "the journal begins anew");
    panel.api.get(&format!("/v1/FlexFlows/{}", panel.api.credentials().flex_flow_sid)).is(200);
    panel.login("ada", 3600);
}

#[test]
fn an_account_that_was_taken_away_lets_nobody_in() {
    let panel = Panel::start();
    let other = panel.another();
    let token = other.mint("ada", panel.now());
    let mut ada = panel.enter(&token);
    panel.send("DELETE", &format!("/accounts/{}", other.text("account_sid")), "").is(200);
    assert_eq!(told_to_go(&mut ada), 308);
    panel.as_another(&other, "GET", "/v2/Services", "").refuses(401, 20003);
    let reply = Device::connect(&panel.api).init(&token);
    assert_eq!(reply["status"]["errorCode"], 20103, "{reply}");
    let own = panel.api.credentials().account_sid;
    panel.refused("DELETE", &format!("/accounts/{own}"), "", 409);
    panel.refused("DELETE", &format!("/accounts/{}", other.text("account_sid")), "", 404);
    panel.refused("GET", &format!("/clock?account={}", other.text("account_sid")), "", 404);
}

#[test]
fn a_seed_fixes_an_accounts_credentials() {
    let panel = Panel::start();
    let made = panel.post("/accounts", r#"{"seed": 77}"#);
    let same = mock_server::Credentials::of_seed(77);
    assert_eq!(made["account_sid"], same.account_sid.to_string());
    assert_eq!(made["api_key_secret"], same.api_key_secret.expose());
    assert!(panel.refused("POST", "/accounts", r#"{"seed": 77}"#, 409).contains("there already"));
    assert!(panel.refused("POST", "/accounts", r#"{"seeds": 77}"#, 400).contains("seeds"));
    let listed = panel.get("/accounts");
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_deleted_users_device_is_told_401() {
    let panel = Panel::start();
    let mut ada = panel.login("ada", 3600);
    panel.api.delete(&panel.api.service("/Users/ada")).is(204);
    assert_eq!(told_to_go(&mut ada), 401);
}
