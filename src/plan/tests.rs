use std::path::Path;

use super::*;

fn scenario(load: &str, more: &str) -> Scenario {
    let text = format!(
        "version: 1\nname: t\ncustomers: {{ count: 100 }}\nagents: {{ count: 2, chats_each: 5, reply_after: 2s }}\n\
         load: {load}\nsteps:\n  - mint_token\n  - connect\n  - open_channel\n  - send_message: {{ body: hi }}\n  \
         - await_reply\n  - think: 8s\n{more}"
    );
    crate::scenario::parse("t.yaml", &text, Path::new("."), &[]).unwrap().scenario
}

fn plan(scenario: &Scenario) -> Plan {
    Plan::new(scenario, Options::default())
}

fn millis(scenario: &Scenario) -> Vec<u128> {
    plan(scenario).arrivals(scenario).map(|arrival| arrival.at.as_millis()).collect()
}

#[test]
fn phases_follow_each_other_and_lose_nothing() {
    for (phases, expected) in [
        ("[hold: { rate: 2/s, for: 1s }]", vec![0, 500]),
        ("[hold: { rate: 1/s, for: 1500ms }, hold: { rate: 1/s, for: 1500ms }]", vec![0, 1000, 2000]),
        ("[hold: { rate: 0/s, for: 5s }, hold: { rate: 1/s, for: 2s }]", vec![5000, 6000]),
        ("[ramp: { from: 0/s, to: 2/s, over: 2s }, hold: { rate: 2/s, for: 1s }]", vec![0, 1414, 2000, 2500]),
        ("[hold: { rate: 30/m, for: 4s }]", vec![0, 2000]),
    ] {
        assert_eq!(millis(&scenario(&format!("{{ phases: {phases} }}"), "")), expected, "{phases}");
    }
}

#[test]
fn nobody_arrives_after_the_last_customer_unless_they_come_again() {
    let load = "{ phases: [hold: { rate: 100/s, for: 10s }] }";
    let once = scenario(load, "");
    assert_eq!(plan(&once).arrivals(&once).count(), 100);
    let text = once.effective.replace("count: 100", "count: 100\n  exhausted: reuse");
    let again = crate::scenario::parse("t.yaml", &text, Path::new("."), &[]).unwrap().scenario;
    assert_eq!(plan(&again).arrivals(&again).count(), 1000);
}

#[test]
fn uploads_are_counted_where_they_go() {
    let load = "{ phases: [hold: { rate: 1/s, for: 10s }] }";
    let picture = "  - send_message: { media: { content_type: image/png, size: 1KiB } }\n";
    let (text, device) = (plan(&scenario(load, "")).forecast, plan(&scenario(load, picture)).forecast);
    assert_eq!((text.uploads, device.uploads, device.sent), (0, 10, 20));
    assert_eq!(
        (text.rest_requests, text.socket_requests + 10),
        (device.rest_requests, device.socket_requests)
    );
}

#[test]
fn users_join_and_retire_along_the_line() {
    let scenario = scenario(
        "{ phases: [users: { from: 0, to: 2, over: 4s }, users: { hold: 3, for: 1s }, users: { from: 3, to: 0, over: 3s }] }",
        "",
    );
    let changes: Vec<(u128, bool, usize)> = plan(&scenario)
        .users
        .iter()
        .map(|change| (change.at.as_millis(), change.change == Change::Join, change.phase))
        .collect();
    let expected = [
        (2000, true, 0),
        (4000, true, 0),
        (4000, true, 1),
        (6000, false, 2),
        (7000, false, 2),
        (8000, false, 2),
    ];
    assert_eq!(changes, expected);
}

#[test]
fn the_schedule_hash_tells_loads_apart_and_nothing_else() {
    let load = "{ phases: [hold: { rate: 1/s, for: 10s, arrivals: poisson }] }";
    let hash =
        |scenario: &Scenario, seed| Plan::new(scenario, Options { seed, embedded_mock: false }).schedule_hash;
    let base = scenario(load, "");
    assert_eq!(hash(&base, None), hash(&base, Some(base.seed)));
    assert_eq!(hash(&base, None), hash(&scenario(load, "thresholds: [errors.rate < 1%]"), None));
    assert_ne!(hash(&base, None), hash(&base, Some(2)));
    assert_ne!(hash(&base, None), hash(&scenario(load, "  - leave"), None));
    assert_ne!(hash(&base, None), hash(&scenario("{ phases: [hold: { rate: 1/s, for: 11s }] }", ""), None));
}

#[test]
fn the_forecast_is_what_simple_arithmetic_says() {
    let scenario = scenario("{ phases: [hold: { rate: 2/s, for: 30s }] }", "");
    let forecast = Plan::new(&scenario, Options { seed: None, embedded_mock: true }).forecast;
    assert_eq!(forecast.chats, 60);
    assert_eq!(forecast.chat_length, Duration::from_secs(10));
    assert_eq!((forecast.sent, forecast.replies, forecast.creates), (60, 60, 60));
    assert_eq!(forecast.peak_chats, 20, "Little: 2/s for 10 s each");
    assert_eq!(forecast.agents_needed, 4);
    assert_eq!(forecast.peak_connections, 20 + 2 + 32);
    assert_eq!(forecast.files, 2 * 54 + 64);
    assert_eq!(forecast.active_users, 62);
}

#[test]
fn slots_that_are_too_few_are_forecast_as_drops() {
    let scenario = scenario("{ max_open: 5, phases: [hold: { rate: 1/s, for: 20s }] }", "");
    let forecast = plan(&scenario).forecast;
    assert_eq!((forecast.chats, forecast.peak_chats, forecast.dropped), (10, 5, 10));
}

#[test]
fn the_closed_model_starts_over_when_done() {
    let scenario = scenario("{ phases: [users: { hold: 4, for: 60s }] }", "");
    let forecast = plan(&scenario).forecast;
    assert_eq!((forecast.chats, forecast.peak_chats), (24, 4));
}

#[test]
fn the_plan_is_printed_line_by_line() {
    let scenario = scenario(
        "{ phases: [ramp: { from: 1/s, to: 2/s, over: 10s, warmup: true }, hold: { rate: 2/s, for: 20s }] }",
        "",
    );
    let mut text = String::new();
    plan(&scenario).write(&scenario, &mut text).unwrap();
    for says in [
        "t: 30s of load, then up to 2m for chats to end",
        "ramp from 1/s to 2/s over 10s (warm-up)",
        "from 10s",
        "55 of 100",
        "10s each on average; at the peak 20 at once (slots: 100)",
        "55 of customers, 55 of agents",
        "2 with 5 chats each, 10 slots; needed for the peak: 4, so customers will wait",
    ] {
        assert!(text.contains(says), "`{says}` is missing in:\n{text}");
    }
}

#[test]
fn a_moment_lies_in_one_phase() {
    let scenario = scenario("{ phases: [hold: { rate: 1/s, for: 2s }, hold: { rate: 1/s, for: 3s }] }", "");
    let plan = plan(&scenario);
    let at = |seconds| plan.phase_at(Duration::from_secs(seconds));
    assert_eq!([at(0), at(1), at(2), at(4), at(5)], [Some(0), Some(0), Some(1), Some(1), None]);
}
