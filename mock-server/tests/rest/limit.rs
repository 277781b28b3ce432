//! The documented limits, over HTTP.

use mock_server::{Config, Limits};

use crate::support::Api;

fn api(limits: &str) -> Api {
    let limits: Limits = serde_json::from_str(limits).unwrap();
    Api::with(Config { limits, ..Config::default() })
}

#[test]
fn a_burst_of_creates_beyond_ten_a_second_is_429() {
    let api = api("\"documented\"");
    let flow = api.credentials().flex_flow_sid.to_string();
    let mut refused = 0;
    for n in 0..20 {
        let identity = format!("c-{n}");
        let reply = api.post("/v1/Channels", &api.create(&flow, &identity));
        if reply.status == 429 {
            reply.refuses(429, 45010);
            refused += 1;
        }
    }
    assert!((9..=10).contains(&refused), "{refused} of 20 were refused");
}

#[test]
fn a_refused_create_made_nothing() {
    let api = api(r#"{"channels_create":"1/m"}"#);
    api.open("ada");
    let flow = api.credentials().flex_flow_sid.to_string();
    api.post("/v1/Channels", &api.create(&flow, "bob")).refuses(429, 45010);
    api.get(&api.service("/Users/bob")).refuses(404, 20404);
}

#[test]
fn changes_to_one_channel_are_limited_and_reads_are_not() {
    let api = api(r#"{"channel_actions":"1/s"}"#);
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    for _ in 0..5 {
        api.post(&messages, &[("Body", "hi")]).is(201);
    }
    api.post(&messages, &[("Body", "hi")]).refuses(429, 50063);
    for _ in 0..10 {
        api.get(&messages).is(200);
    }
    let other = api.service(&format!("/Channels/{}/Messages", api.open("bob")));
    api.post(&other, &[("Body", "hi")]).is(201);
}

#[test]
fn users_and_channels_of_a_service_are_limited_together() {
    let api = api(r#"{"service_actions":"1/s"}"#);
    for n in 0..3 {
        api.post(&api.service("/Users"), &[("Identity", &format!("u-{n}"))]).is(201);
    }
    for _ in 0..2 {
        api.post(&api.service("/Channels"), &[]).is(201);
    }
    api.post(&api.service("/Channels"), &[]).refuses(429, 50074);
    api.post(&api.service("/Users"), &[("Identity", "one more")]).refuses(429, 50074);
}

#[test]
fn opening_a_flex_channel_is_no_action_of_the_caller_on_the_service() {
    let api = api(r#"{"service_actions":"0/s"}"#);
    api.open("ada");
}

#[test]
fn limits_that_are_off_refuse_nothing() {
    let api = api("\"off\"");
    for n in 0..30 {
        api.open(&format!("c-{n}"));
    }
}
