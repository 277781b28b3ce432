//! `await_reply.target`: what is left of the time to a reply without its agent.

use serde_json::Value;

use crate::support::{CHAT, Here, count};

fn part<'a>(run: &'a Value, name: &str) -> &'a Value {
    let parts = run["parts"].as_array().expect("parts");
    &parts.iter().find(|part| part["name"] == name).expect("a row")["times"]
}

#[test]
fn an_agent_who_thinks_is_not_the_targets_share_and_a_late_push_is() {
    let set = [
        "agents={ count: 3, chats_each: 5, reply_after: 400ms }",
        "mock.faults=[{ delay_push: { by: 300ms } }]",
        "thresholds=[await_reply.target.p50 < 1m]",
        "load.phases=[{ hold: { rate: 10/s, for: 1s } }]",
        "customers.count=10",
    ];
    let set: Vec<&str> = set.iter().flat_map(|change| ["--set", change]).collect();
    let ran = Here::new().run(CHAT, &set);
    ran.says(0, &["await_reply.target.p50 < 1m"]);
    let run = ran.json();
    let (all, target) = (part(&run, "await_reply.time_to_reply"), part(&run, "await_reply.target"));
    assert_eq!((count(all, "count"), count(target, "count")), (10, 10));
    for statistic in ["p50_ms", "p95_ms", "max_ms"] {
        let ms = |of: &Value| of[statistic].as_f64().expect("a time");
        // The histograms round to three digits.
        assert!(ms(target) >= 299.0 && ms(target) <= ms(all) - 400.0 + 2.0, "{all:#} {target:#}");
    }
}
