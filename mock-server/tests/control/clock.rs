//! Time that passes when it is told to.

use mock_server::Limits;

use crate::device::Device;
use crate::panel::{Panel, told_to_go};

#[test]
fn a_token_ends_as_soon_as_the_clock_says_so_and_the_client_is_told_410() {
    let panel = Panel::start();
    let mut ada = panel.login("ada", 3600);
    panel.post("/clock/advance", r#"{"by": "61m"}"#);
    assert_eq!(told_to_go(&mut ada), 410);
}

#[test]
fn a_client_is_told_three_minutes_ahead_of_its_tokens_end_by_the_mocks_clock_and_only_once() {
    let panel = Panel::start();
    let mut ada = panel.login("ada", 3600);
    panel.post("/clock/advance", r#"{"by": "58m"}"#);
    assert_eq!(ada.hear().head["client_update_type"], "token_about_to_expire");
    panel.post("/clock/advance", r#"{"by": "1s"}"#);
    panel.post("/clock/advance", r#"{"by": "30m"}"#);
    assert_eq!(ada.hear().kind(), "close");
}

#[test]
fn a_token_that_ended_meanwhile_is_refused_at_the_door() {
    let panel = Panel::start();
    let token = panel.mint("ada", 60);
    panel.post("/clock/advance", r#"{"by": "61s"}"#);
    let mut late = Device::connect(&panel.api);
    let reply = late.init(&token);
    assert_eq!(
        (&reply["status"]["code"], &reply["status"]["errorCode"]),
        (&401.into(), &20104.into()),
        "{reply}"
    );
    let entry = panel.get("/journal?limit=1")["entries"][0].clone();
    assert!(entry["notes"][0].as_str().unwrap().ends_with("clock was put ahead by 61 s"), "{entry}");
    panel.login("ada", 60);
}

#[test]
fn a_window_of_a_rate_limit_slides_with_the_clock() {
    let panel = Panel::with(Limits::Documented);
    let flow = panel.api.credentials().flex_flow_sid.to_string();
    let path = format!("/v1/FlexFlows/{flow}");
    // Two a second are allowed; what is refused is, however slow this machine is, the last of many at once.
    while panel.api.get(&path).status == 200 {}
    panel.api.get(&path).refuses(429, 45010);
    panel.post("/clock/advance", r#"{"by": "2s"}"#);
    panel.api.get(&path).is(200);
}

#[test]
fn what_is_made_later_is_dated_later() {
    let panel = Panel::start();
    let before = panel.get("/clock")["now"].clone();
    panel.post("/clock/advance", r#"{"by": "366d"}"#);
    let made = panel.api.post(&panel.api.service("/Channels"), &[]).is(201).text("date_created");
    assert!(made[..4] > before.as_str().unwrap()[..4], "{made}");
    let told = panel.get("/clock");
    assert_eq!(told["ahead_seconds"], 366.0 * 86_400.0);
    assert!(told["now"].as_str().unwrap() >= made.trim_end_matches('Z'));
}

#[test]
fn what_is_no_duration_is_refused_and_nothing_moves() {
    let panel = Panel::start();
    for body in [
        "",
        "{}",
        r#"{"by": 90}"#,
        r#"{"by": "90"}"#,
        r#"{"by": "-1s"}"#,
        r#"{"by": "300000000h"}"#,
        r#"{"to": "90s"}"#,
    ] {
        let said = panel.refused("POST", "/clock/advance", body, 400);
        assert!(said.contains("90s"), "{body}: {said}");
    }
    assert_eq!(panel.get("/clock")["ahead_seconds"], 0.0);
}

#[test]
fn an_account_that_begins_anew_is_dated_today_and_its_faults_windows_begin_now() {
    let panel = Panel::start();
    panel.post("/clock/advance", r#"{"by": "366d"}"#);
    let fault = r#"[{"status": {"operation": "list_services", "status": 503, "for": "1h"}}]"#;
    panel.post("/reset", "");
    assert_eq!(panel.get("/clock")["ahead_seconds"], 0.0);
    let made = panel.api.get(&panel.api.service("")).is(200).text("date_created");
    let now = panel.get("/clock")["now"].clone();
    assert_eq!(made[..4], now.as_str().unwrap()[..4], "{made}");
    panel.send("PUT", "/faults", fault).is(200);
    panel.api.get("/v2/Services").refuses(503, 20503);
    panel.post("/clock/advance", r#"{"by": "2h"}"#);
    panel.api.get("/v2/Services").is(200);
}
