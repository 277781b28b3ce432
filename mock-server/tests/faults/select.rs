//! When a fault strikes.

use super::{Api, planted, told};

/// Posts so many messages to a channel, and tells which of them were refused.
fn refused(api: &Api, channel: &str, count: usize) -> Vec<usize> {
    let messages = api.service(&format!("/Channels/{channel}/Messages"));
    let statuses = (1..=count).map(|nth| (nth, api.post(&messages, &[("Body", "hi")]).status));
    statuses.filter(|(_, status)| *status == 503).map(|(nth, _)| nth).collect()
}

fn of(settings: &str, count: usize) -> (Vec<usize>, u64) {
    let api = planted(&format!(r#"[{{"status":{{"operation":"send_message","status":503{settings}}}}}]"#));
    let refused = refused(&api, &api.open("ada"), count);
    let told = told(&api);
    assert_eq!(told.times, refused.len() as u64);
    (refused, told.seen)
}

#[test]
fn every_first_and_after_count_what_the_fault_is_aimed_at() {
    assert_eq!(of("", 3), (vec![1, 2, 3], 3));
    assert_eq!(of(r#","every":3"#, 7), (vec![3, 6], 7));
    assert_eq!(of(r#","first":2"#, 5), (vec![1, 2], 5));
    assert_eq!(of(r#","after":2"#, 4), (vec![3, 4], 4));
    assert_eq!(of(r#","after":1,"every":2,"first":4"#, 9), (vec![3, 5], 9));
}

#[test]
fn the_seed_decides_what_is_left_to_chance() {
    let chance = r#","probability":0.3"#;
    let (strikes, _) = of(chance, 100);
    assert!((15..=45).contains(&strikes.len()), "{strikes:?}");
    assert_eq!(of(chance, 100).0, strikes);
    assert_eq!(of(r#","probability":1"#, 20).0.len(), 20);
}

#[test]
fn a_fault_is_aimed_at_a_channel_by_sid_or_by_name() {
    for (pattern, both) in [("Chat with Jane", true), ("Chat*", true), ("*", true), ("Chat with Joe", false)]
    {
        let fault =
            format!(r#"[{{"status":{{"operation":"send_message","status":503,"channel":"{pattern}"}}}}]"#);
        let api = planted(&fault);
        assert_eq!(refused(&api, &api.open("ada"), 1).len(), usize::from(both), "{pattern}");
        assert_eq!(told(&api).seen, u64::from(both));
    }
    // The mock's seed fixes the SIDs: the next mock's first channel has the same.
    let channel = planted("[]").open("ada");
    let fault =
        format!(r#"[{{"status":{{"operation":"send_message","status":503,"channel":"{channel}"}}}}]"#);
    let api = planted(&fault);
    assert_eq!(api.open("ada"), channel);
    let other = api.open("bob");
    assert_eq!((refused(&api, &channel, 2).len(), refused(&api, &other, 2).len()), (2, 0));
}

#[test]
fn windows_go_by_the_accounts_clock() {
    let api = planted(r#"[{"status":{"operation":"send_message","status":503,"from":"10s","for":"20s"}}]"#);
    let channel = api.open("ada");
    let advance = |seconds| {
        let account = api.mock.accounts().first().clone();
        account.advance(std::time::Duration::from_secs(seconds)).unwrap();
    };
    assert_eq!(refused(&api, &channel, 1).len(), 0);
    advance(15);
    assert_eq!(refused(&api, &channel, 1).len(), 1);
    advance(20);
    assert_eq!(refused(&api, &channel, 1).len(), 0);
    assert_eq!((told(&api).seen, told(&api).times), (1, 1));
}

#[test]
fn of_two_faults_that_strike_at_once_the_first_answers_and_is_counted() {
    let api = planted(
        r#"[{"status":{"operation":"send_message","status":503,"every":2,"label":"second"}},
            {"status":{"operation":"send_message","status":500}}]"#,
    );
    let messages = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    let statuses: Vec<u16> = (0..4).map(|_| api.post(&messages, &[("Body", "hi")]).status).collect();
    assert_eq!(statuses, [500, 503, 500, 503]);
    let counters = api.mock.counters().planted;
    assert_eq!(serde_json::to_value(&counters[0]).unwrap()["fault"]["status"]["label"], "second");
    assert_eq!(
        counters.iter().map(|planted| (planted.seen, planted.times)).collect::<Vec<_>>(),
        [(4, 2), (4, 2)]
    );
}

#[test]
fn a_limit_is_asked_before_a_fault_and_the_fault_does_not_count_what_it_refused() {
    let faults = r#"[{"status":{"operation":"create_flow","status":503,"every":2}}]"#;
    let config = mock_server::Config { faults: serde_json::from_str(faults).unwrap(), ..Default::default() };
    let api = Api::with(config);
    let statuses: Vec<u16> = (0..4).map(|_| api.post("/v1/FlexFlows", &[]).status).collect();
    assert_eq!(statuses, [400, 503, 429, 429]);
    assert_eq!((told(&api).seen, told(&api).times), (2, 1));
}

#[test]
fn who_has_no_credentials_meets_no_fault() {
    let mut api = planted(r#"[{"status":{"operation":"list_flows","status":500}}]"#);
    let right = std::mem::take(&mut api.authorization);
    api.get("/v1/FlexFlows").refuses(401, 20003);
    assert_eq!(told(&api).times, 0);
    api.authorization = right;
    api.get("/v1/FlexFlows").refuses(500, 20500);
}
