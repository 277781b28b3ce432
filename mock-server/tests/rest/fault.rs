//! The fault `status`, over HTTP.

use mock_server::{Config, Limits};

use crate::support::Api;

fn api(faults: &str) -> Api {
    Api::with(Config {
        limits: Limits::Off,
        faults: serde_json::from_str(faults).unwrap(),
        ..Config::default()
    })
}

#[test]
fn every_third_send_is_refused_and_nothing_is_stored_of_it() {
    let api = api(r#"[{"status":{"operation":"send_message","status":503,"code":20503,"every":3}}]"#);
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    let statuses: Vec<u16> = (0..6).map(|_| api.post(&messages, &[("Body", "hi")]).status).collect();
    assert_eq!(statuses, [201, 201, 503, 201, 201, 503]);
    let stored = api.get(&messages).is(200);
    assert_eq!(stored.body["messages"].as_array().unwrap().len(), 4);
    assert_eq!(api.mock.counters().planted[0].times, 2);
}

#[test]
fn a_fault_refuses_in_twilios_shape() {
    let api = api(r#"[{"status":{"operation":"open_channel","status":429,"code":20429}}]"#);
    let flow = api.credentials().flex_flow_sid.to_string();
    let reply = api.post("/v1/Channels", &api.create(&flow, "ada")).refuses(429, 20429);
    assert_eq!(reply.text("message"), "Too Many Requests");
}

#[test]
fn who_has_no_credentials_meets_no_fault() {
    let mut api = api(r#"[{"status":{"operation":"list_flows","status":500}}]"#);
    let right = std::mem::take(&mut api.authorization);
    api.get("/v1/FlexFlows").refuses(401, 20003);
    assert_eq!(api.mock.counters().planted[0].times, 0);
    api.authorization = right;
    api.get("/v1/FlexFlows").refuses(500, 20500);
}
