//! Whether the generator did its part, in whole runs: what is its fault is exit 7, what is the target's is not.

use crate::support::{Here, Ran};

/// A scenario of this load, these faults and these steps.
fn scenario(load: &str, mock: &str, steps: &str) -> String {
    format!(
        "version: 1\nname: v\ncustomers: {{ count: 100, exhausted: reuse }}\nload: {load}\nmock: {mock}\nsteps: {steps}\n"
    )
}

const CHAT: &str = "[mint_token, connect, open_channel, { send_message: { body: hello } }, leave]";

/// The run was judged by the target alone.
fn generator_is_valid(ran: &Ran) {
    let run = ran.json();
    assert_eq!(run["generator"]["valid"], true, "{:#}", run["generator"]);
    assert_ne!(run["exit_code"], 7);
}

#[test]
fn a_rate_beyond_the_machine_is_7_and_the_same_within_it_is_0() {
    // Minting is all the generator's own work: no target can be to blame.
    let mint = "[{ repeat: { times: 200, steps: [mint_token] } }]";
    let load = "{ max_open: 10, drain: 1s, phases: [{ hold: { rate: 20000/s, for: 5s } }] }";
    let here = Here::new();
    let beyond = here.run(&scenario(load, "{ limits: off }", mint), &["--workers", "1"]);
    beyond.says(7, &["INVALID", "Generator: not valid", "customers started of those due"]);
    let run = beyond.json();
    assert_eq!((&run["verdict"]["outcome"], &run["generator"]["valid"]), (&"invalid".into(), &false.into()));
    let checks = run["generator"]["checks"].as_array().expect("checks");
    let starts = checks.iter().find(|check| check["name"] == "starts").expect("a check of starts");
    assert!(starts["held"] == false && starts["value"].as_f64() < starts["bound"].as_f64(), "{starts:#}");
    assert!(
        starts["seen"].as_str().is_some_and(|seen| seen.contains("while the generator was held up")),
        "{starts:#}"
    );
    let why = run["verdict"]["reasons"][0].as_str().expect("a reason");
    assert!(why.starts_with("customers started of those due: "), "{why}");
    let within = ["--workers", "1", "--set", "load.phases.0.hold.rate=2/s"];
    here.run(&scenario(load, "{ limits: off }", mint), &within).says(0, &["PASSED", "checks held"]);
}

#[test]
fn customers_who_never_had_their_turn_are_not_achieved_starts() {
    // As many slots as customers, and far more of them than a thread can begin: nobody is dropped, all are late.
    let load = "{ drain: 0s, phases: [{ hold: { rate: 10000/s, for: 3s } }] }";
    let mint = "[{ repeat: { times: 200, steps: [mint_token] } }]";
    let text =
        scenario(load, "{ limits: off }", mint).replace("count: 100, exhausted: reuse", "count: 30000");
    let ran = Here::new().run(&text, &["--workers", "1"]);
    ran.says(7, &["customers started of those due"]);
    let run = ran.json();
    assert_eq!(run["totals"]["due"], 30_000);
    let mint = &run["steps"][0];
    assert!(mint["errors"].as_u64() > Some(1_000), "those who never began failed, too: {mint:#}");
}

#[test]
fn a_slow_target_is_not_the_generators_fault() {
    let slow = "{ faults: [{ delay: { operation: open_channel, by: 700ms } }] }";
    let load = "{ drain: 20s, phases: [{ hold: { rate: 4/s, for: 2s } }] }";
    let missed = format!("{}thresholds: [open_channel.service.p50 < 600ms]\n", scenario(load, slow, CHAT));
    let ran = Here::new().run(&missed, &[]);
    ran.says(5, &["missed: open_channel.service.p50"]);
    generator_is_valid(&ran);
}

#[test]
fn a_target_that_freezes_is_not_the_generators_fault() {
    let frozen = "{ faults: [{ freeze_mock: { from: 1s, for: 2s } }] }";
    let load = "{ drain: 20s, phases: [{ hold: { rate: 4/s, for: 3s } }] }";
    let missed = format!("{}thresholds: [connect.response.max < 1s]\n", scenario(load, frozen, CHAT));
    let ran = Here::new().run(&missed, &[]);
    ran.says(5, &["missed: connect.response.max"]);
    generator_is_valid(&ran);
}

#[test]
fn slots_that_a_slow_target_uses_up_are_failed_responses() {
    let slow = "{ faults: [{ delay: { operation: open_channel, by: 2s } }] }";
    let load = "{ max_open: 3, drain: 20s, phases: [{ hold: { rate: 5/s, for: 3s } }] }";
    let missed = format!("{}thresholds: [dropped.rate < 1%]\n", scenario(load, slow, CHAT));
    let ran = Here::new().run(&missed, &[]);
    ran.says(5, &["missed: dropped.rate"]);
    assert!(ran.total("dropped") >= 5, "{:#}", ran.json()["totals"]);
    generator_is_valid(&ran);
}

#[test]
fn each_second_tells_of_the_generators_health() {
    let load = "{ phases: [{ hold: { rate: 3/s, for: 3s } }] }";
    let ran = Here::new().run(&scenario(load, "{}", CHAT), &["--workers", "2"]);
    let line = ran.file("seconds.ndjson").lines().nth(1).expect("a second second");
    let second: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&second["stage"], &second["late_starts"]), (&"steady".into(), &0.into()), "{second:#}");
    let workers = second["workers"].as_array().expect("workers");
    assert_eq!(workers.len(), 2);
    for worker in workers {
        let busy = worker["busy"].as_f64().expect("a share");
        assert!((0.0..=1.0).contains(&busy) && worker["lag_ms"].as_f64() >= Some(0.0), "{worker}");
    }
    // Linux tells these always; the rest depends on the machine.
    if cfg!(target_os = "linux") {
        for name in
            ["cpu_share", "mock_cpu_share", "steal", "new_connections", "time_wait", "rss_kib", "open_files"]
        {
            assert!(second[name].as_f64() >= Some(0.0), "{name}: {second:#}");
        }
    }
    let machine = &ran.json()["generator"]["machine"];
    assert!(machine["heartbeat_ms"].as_f64() > Some(0.0), "{machine:#}");
    ran.says(0, &["the mock shared this machine"]);
}
