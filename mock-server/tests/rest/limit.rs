//! The documented limits, over HTTP.

use mock_server::{Config, Limits};

use crate::support::Api;

fn api(limits: &str) -> Api {
    let limits: Limits = serde_json::from_str(limits).unwrap();
    Api::with(Config { limits, ..Config::default() })
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
