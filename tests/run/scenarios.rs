//! Every scenario that ships runs here, shortened: the same steps and thresholds, at least five customers.

use std::fs;
use std::thread;

use crate::support::{Here, count};

/// A scenario, what shortens it, and the replies a customer gets who walks all the way.
struct Shortened {
    name: &'static str,
    with: &'static [&'static str],
    replies_each: u64,
}

const SHORTENED: &[Shortened] = &[
    Shortened { name: "smoke", with: &["load.phases=[{ hold: { rate: 5/s, for: 1s } }]"], replies_each: 3 },
    Shortened {
        name: "launch-day",
        with: &[
            "load.phases=[{ ramp: { from: 1/s, to: 5/s, over: 1s, warmup: true } }, { hold: { rate: 5/s, for: 2s } }]",
            "agents={ count: 4, chats_each: 10, reply_after: { lognormal: { median: 100ms, p95: 300ms, max: 500ms } } }",
            "steps.3.repeat.steps.2.think={ lognormal: { median: 100ms, p95: 300ms, max: 500ms } }",
        ],
        replies_each: 6,
    },
    Shortened {
        name: "returning-customer",
        with: &[
            "load.phases=[{ hold: { rate: 2/s, for: 6s } }]",
            "customers.count=8",
            "agents.reply_after={ uniform: { min: 100ms, max: 300ms } }",
        ],
        replies_each: 2,
    },
    Shortened {
        name: "burst",
        with: &[
            "load.phases=[{ hold: { rate: 3/s, for: 1s, arrivals: poisson } }, { hold: { rate: 9/s, for: 1s } }]",
            "agents={ count: 1, chats_each: 5, reply_after: 100ms }",
            "steps.3.repeat.steps.2.think={ lognormal: { median: 100ms, p95: 300ms, max: 500ms } }",
        ],
        replies_each: 3,
    },
    Shortened {
        name: "guarded",
        // Long enough for its windows to hold what they need.
        with: &[
            "load.phases=[{ ramp: { from: 0/s, to: 4/s, over: 1s, warmup: true } }, { hold: { rate: 4/s, for: 12s } }]",
            "agents={ count: 8, chats_each: 10, reply_after: 100ms }",
            "journeys.0.steps.3.repeat.steps.2.think=200ms",
            "journeys.1.steps.5.repeat.steps.2.think=200ms",
        ],
        replies_each: 3,
    },
    Shortened {
        name: "pictures",
        with: &[
            "load.phases=[{ hold: { rate: 5/s, for: 1s } }]",
            "agents.reply_after=100ms",
            "steps.5.think=100ms",
        ],
        replies_each: 2,
    },
    Shortened {
        name: "soak",
        with: &[
            "load.phases=[{ users: { from: 0, to: 5, over: 1s, warmup: true } }, { users: { hold: 5, for: 1s } }]",
            "agents.reply_after=100ms",
            "steps.0.mint_token.ttl=4s",
            "steps.3.repeat={ times: 6, steps: [{ pace: { every: 1s } }, { send_message: { body: \"still here, {{ loop.index }}\" } }, \
             { await_reply: { within: 15s } }, mark_read] }",
        ],
        replies_each: 6,
    },
    Shortened {
        name: "backend-relay",
        with: &[
            "load.phases=[{ ramp: { from: 0/s, to: 5/s, over: 1s, warmup: true } }, { hold: { rate: 5/s, for: 1s } }]",
            "agents.reply_after={ lognormal: { median: 100ms, p95: 300ms, max: 500ms } }",
            "transport={ backend: { poll: 200ms } }",
            "steps.1.repeat.steps.2.think={ uniform: { min: 100ms, max: 300ms } }",
        ],
        replies_each: 3,
    },
    Shortened {
        name: "freeze",
        with: &[
            "load.phases=[{ hold: { rate: 8/s, for: 3s } }]",
            "mock.faults=[{ freeze_mock: { from: 2s, for: 200ms } }]",
            "thresholds=[\"errors.rate == 0%\"]",
        ],
        replies_each: 0,
    },
];

fn runs_and_balances(Shortened { name, with, replies_each }: &Shortened) {
    let file = format!("{}/scenarios/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let set: Vec<&str> = with.iter().flat_map(|change| ["--set", change]).collect();
    let ran = Here::new().run_file(&file, &set);
    ran.says(0, &["PASSED"]);
    let run = ran.json();
    assert_eq!(run["verdict"]["outcome"], "passed", "{name}");
    let total = |of: &str| count(&run["totals"], of);
    let customers = total("customers");
    assert!(customers >= 5, "{name}: {customers} customers");
    for (count, wanted) in [
        ("due", customers),
        ("finished", customers),
        ("completed", customers),
        ("errors", 0),
        ("dropped", 0),
        ("replied", customers * replies_each),
        // Each reply is a message of an agent, and all of them are acknowledged and pushed like the customers'.
        ("sent", 2 * customers * replies_each),
        ("acknowledged", total("sent")),
        ("pushed", total("sent")),
    ] {
        assert_eq!(total(count), wanted, "{name}: {count} in {:#}", run["totals"]);
    }
    assert_eq!(run["littles_law"]["held"], true, "{name}: {:#}", run["littles_law"]);
    assert!(run["littles_law"]["area_s"].as_f64().is_some_and(|area| area > 0.0), "{name}");
    for step in run["steps"].as_array().expect("steps") {
        assert_eq!(step["sent"], step["ok"], "{name}: {step:#}");
    }
    for file in ["run.json", "intervals.hlog", "seconds.ndjson", "effective.yaml", "env.json"] {
        assert!(!ran.file(file).is_empty(), "{name}: {file}");
    }
}

#[test]
fn every_scenario_that_ships_passes_and_its_messages_balance() {
    let mut shipped: Vec<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("text"))
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    shipped.sort();
    let mut known: Vec<&str> = SHORTENED.iter().map(|scenario| scenario.name).collect();
    known.sort_unstable();
    assert_eq!(shipped, known, "each scenario has a shortened form here");
    thread::scope(|scope| {
        for scenario in SHORTENED {
            scope.spawn(|| runs_and_balances(scenario));
        }
    });
}
