//! How customers come, chat and go: each test a sentence of the scenario language, seen in run.json.

use serde_json::Value;

use crate::support::{CHAT, Here, Ran, count};

/// A scenario's load, steps and whatever else, around the customers that all of them share.
fn scenario(load: &str, steps: &str, more: &str) -> String {
    format!(
        "version: 1\nname: chats\ncustomers: {{ count: 40, identity: \"c-{{{{ customer.index }}}}\", exhausted: reuse }}\n\
         load: {{ {load}, drain: 30s }}\nmock: {{ limits: off }}\n{more}\nsteps:\n{steps}\n"
    )
}

const FIVE: &str = "phases: [{ hold: { rate: 10/s, for: 500ms } }]";
const AGENTS: &str = "agents: { count: 2, chats_each: 5, reply_after: 50ms }";
const LOGIN: &str = "  - mint_token\n  - connect\n  - open_channel\n";

fn row<'a>(run: &'a Value, of: &str, name: &str) -> &'a Value {
    let rows = run[of].as_array().expect("rows");
    rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no `{name}` in {of}: {run:#}"))
}

fn step(run: &Value, name: &str, what: &str) -> u64 {
    count(row(run, "steps", name), what)
}

/// The run passed, and every message arrived everywhere.
fn all_went_well(ran: &Ran) -> Value {
    ran.says(0, &["PASSED"]);
    let run = ran.json();
    let totals = &run["totals"];
    let total = |name| count(totals, name);
    assert_eq!(total("errors"), 0, "{totals:#}");
    assert_eq!(total("customers"), total("completed"), "{totals:#}");
    assert_eq!((total("sent"), total("sent")), (total("acknowledged"), total("pushed")), "{totals:#}");
    run
}

#[test]
fn one_agent_serves_everybody_however_many_workers_there_are() {
    let ran = Here::new().run(
        &CHAT.replace("chats_each: 5", "chats_each: 1"),
        &["--workers", "2", "--set", "load.phases.0.hold.rate=20/s"],
    );
    let run = all_went_well(&ran);
    assert_eq!(count(&run["generator"], "workers"), 2);
    assert_eq!(count(&run["totals"], "replied"), count(&run["totals"], "customers"));
    assert_eq!(count(&row(&run, "parts", "agent_wait")["times"], "count"), 5, "each has waited its turn");
}

#[test]
fn arrivals_that_find_no_slot_are_dropped_and_counted() {
    let scenario = scenario(
        &format!("{FIVE}, max_open: 2"),
        &format!("{LOGIN}  - think: 1s\n"),
        "thresholds: [\"dropped.count == 0\"]",
    );
    let ran = Here::new().run(&scenario, &[]);
    ran.says(5, &["dropped.count == 0", "5 due, 2 started, 2 finished, 2 completed, 3 dropped"]);
    let run = ran.json();
    assert_eq!(
        step(&run, "mint_token", "errors"),
        3,
        "a dropped arrival is a failed response of its first step"
    );
    assert_eq!(run["generator"]["valid"], true, "a full house is no fault of the generator");
}

#[test]
fn a_user_of_the_closed_model_begins_the_next_chat_when_one_ends() {
    let load =
        "phases: [{ users: { from: 0, to: 2, over: 200ms, warmup: true } }, { users: { hold: 2, for: 2s } }]";
    let run =
        all_went_well(&Here::new().run(&scenario(load, &format!("{LOGIN}  - think: 100ms\n"), ""), &[]));
    assert_eq!(run["load_model"], "closed");
    assert!(count(&run["totals"], "customers") > 2, "{:#}", run["totals"]);
    assert!(count(&run["peak"], "connected") <= 2, "{:#}", run["peak"]);
}

#[test]
fn customers_who_are_used_up_stop_the_arrivals() {
    let ran = Here::new().run(
        &scenario("phases: [{ hold: { rate: 20/s, for: 500ms } }]", LOGIN, ""),
        &["--set", "customers={ count: 3, identity: \"c-{{ customer.index }}\" }"],
    );
    assert_eq!(count(&all_went_well(&ran)["totals"], "due"), 3);
}

#[test]
fn warm_up_is_counted_but_in_no_time() {
    let load =
        "phases: [{ hold: { rate: 10/s, for: 500ms, warmup: true } }, { hold: { rate: 10/s, for: 500ms } }]";
    let run = all_went_well(&Here::new().run(&scenario(load, "  - mint_token\n", ""), &[]));
    assert_eq!(count(&run["totals"], "customers"), 10);
    assert_eq!((step(&run, "mint_token", "sent"), count(&run, "warm_up_steps")), (5, 5));
}

/// How often a part of `send_message` was measured.
fn measured(run: &Value, part: &str) -> u64 {
    count(&row(run, "parts", &format!("send_message.{part}"))["times"], "count")
}

#[test]
fn a_picture_is_uploaded_then_sent_and_arrives_like_any_message() {
    let picture = "  - send_message: { media: { content_type: image/png, size: 30KiB } }\n  - await_reply: { within: 5s }\n";
    for login in ["faithful", "lean"] {
        let login = format!("  - mint_token\n  - connect: {{ login: {login} }}\n  - open_channel\n");
        let run = all_went_well(&Here::new().run(&scenario(FIVE, &format!("{login}{picture}"), AGENTS), &[]));
        assert_eq!(["upload", "publish", "echo"].map(|part| measured(&run, part)), [5, 5, 5]);
    }
    let relayed = format!("{AGENTS}\ntransport: {{ backend: {{ poll: 100ms }} }}");
    let run = Here::new().run(&scenario(FIVE, &format!("  - open_channel\n{picture}"), &relayed), &[]);
    let run = all_went_well(&run);
    assert_eq!(["upload", "publish"].map(|part| measured(&run, part)), [5, 5]);
}

#[test]
fn a_refused_upload_is_a_failed_send_and_nothing_is_posted() {
    let steps = format!("{LOGIN}  - send_message: {{ media: {{ content_type: image/png, size: 3KiB }} }}\n");
    let fault = ["--set", "mock.faults=[{ status: { operation: upload_media, status: 500 } }]"];
    let ran = Here::new().run(&scenario(FIVE, &steps, "thresholds: [\"errors.rate == 0%\"]"), &fault);
    let run = ran.json();
    assert_eq!((step(&run, "send_message", "ok"), step(&run, "send_message", "errors")), (0, 5));
    assert_eq!(count(&run["totals"], "sent"), 0, "{:#}", run["totals"]);
}

#[test]
fn a_chat_goes_on_after_an_error_only_if_its_author_says_so() {
    let fault = ["--set", "mock.faults=[{ status: { operation: send_message, status: 500, every: 2 } }]"];
    let steps = |on_error: &str| {
        let send = format!("  - send_message: {{ body: hi{on_error} }}\n");
        scenario(FIVE, &format!("{LOGIN}{send}  - leave\n"), "")
    };
    let chats = [steps(""), steps(", on_error: continue")];
    let [ends, goes_on] = chats.map(|chat| {
        let ran = Here::new().run(&chat, &fault);
        // Two of five were refused; nothing here judges that.
        ran.says(0, &["status 500 (20500)"]);
        ran.json()
    });
    for run in [&ends, &goes_on] {
        assert_eq!((step(run, "send_message", "ok"), step(run, "send_message", "errors")), (3, 2));
        assert_eq!(count(&run["totals"], "completed"), 3);
    }
    assert_eq!((step(&ends, "leave", "ok"), step(&goes_on, "leave", "ok")), (3, 5));
}

#[test]
fn the_same_seed_takes_the_same_people_the_same_ways_at_the_same_times() {
    let load = "phases: [{ hold: { rate: 40/s, for: 1s, arrivals: poisson } }]";
    let branches = "  - one_of: [{ weight: 3, steps: [mint_token: { id: often }] }, { steps: [mint_token: { id: rare }] }]\n";
    let journeys = format!(
        "{}journeys:\n  - name: usual\n    weight: 4\n    steps:\n    {}  - name: odd\n    steps: [mint_token: {{ id: odd }}]\n",
        scenario(load, "", "").split("steps:").next().expect("a head"),
        branches
    );
    let seen = |seed: &str| {
        let ran = Here::new().run(&journeys, &["--seed", seed]);
        let run = all_went_well(&ran);
        let counts = ["often", "rare", "odd"].map(|name| step(&run, name, "ok"));
        assert_eq!(counts.iter().sum::<u64>(), count(&run["totals"], "customers"));
        let [often, rare, odd] = counts;
        assert!(often > rare && often + rare > odd && rare > 0 && odd > 0, "{counts:?}");
        (run["schedule_hash"].clone(), counts)
    };
    assert_eq!(seen("7"), seen("7"));
    assert_ne!(seen("7").0, seen("8").0);
    let traced = |seed: &str| {
        let ran = Here::new().run(&scenario(FIVE, LOGIN, ""), &["--seed", seed, "--once", "--trace"]);
        let identity = ran.ended.err.split("Identity=").nth(1).expect("a create");
        identity.chars().take_while(|c| !matches!(c, '&' | '\n' | ' ')).collect::<String>()
    };
    assert_eq!((traced("7"), traced("7")), ("c-0".to_owned(), "c-0".to_owned()));
}

#[test]
fn a_pace_is_a_beat_from_the_arrival_on() {
    let steps = format!(
        "{LOGIN}  - repeat: {{ times: 4, steps: [pace: {{ every: 400ms }}, send_message: {{ body: x }}] }}\n"
    );
    let run = all_went_well(&Here::new().run(&scenario(FIVE, &steps, ""), &[]));
    assert_eq!(step(&run, "send_message", "ok"), 20);
    assert!(run["elapsed_s"].as_f64().expect("a time") >= 1.6, "the fourth beat of the first customer");
}

#[test]
fn a_backend_relays_messages_and_polls_for_answers() {
    let steps = "  - open_channel\n  - repeat: { times: 2, steps: [send_message: { body: hi }, await_reply] }\n  - leave\n";
    let more = format!("{AGENTS}\ntransport: {{ backend: {{ poll: 100ms }} }}");
    let run = all_went_well(&Here::new().run(&scenario(FIVE, steps, &more), &[]));
    assert_eq!(count(&run["totals"], "replied"), 10);
    assert_eq!(count(&run["peak"], "connected"), 0, "no customer has a connection of its own");
}

#[test]
fn nothing_is_missed_while_a_device_is_away() {
    let steps = format!(
        "{LOGIN}  - send_message: {{ body: hi }}\n  - disconnect\n  - think: 600ms\n  - reconnect\n  - await_reply\n  - leave\n"
    );
    let agents = "agents: { count: 2, chats_each: 5, reply_after: 300ms }";
    let run = all_went_well(&Here::new().run(&scenario(FIVE, &steps, agents), &[]));
    assert_eq!(count(&run["totals"], "reconnects"), 5);
    assert_eq!(count(&run["totals"], "replied"), 5);
}

#[test]
fn a_token_is_renewed_before_it_dies() {
    let steps = "  - mint_token: { ttl: 3s }\n  - connect\n  - open_channel\n\
                 \u{20} - repeat: { times: 5, steps: [pace: { every: 1s }, send_message: { body: x }, await_reply] }\n";
    let ran = Here::new().run(&scenario(FIVE, steps, AGENTS), &["--once", "--trace"]);
    let run = all_went_well(&ran);
    assert_eq!(count(&run["totals"], "replied"), 5);
    assert!(ran.ended.err.contains("\"method\":\"update\""), "{}", ran.ended);
}

#[test]
fn a_device_that_logs_in_lean_chats_like_a_faithful_one() {
    let steps = "  - mint_token\n  - connect: { login: lean }\n  - open_channel\n  - send_message: { body: hi }\n  - await_reply\n";
    let run = all_went_well(&Here::new().run(&scenario(FIVE, steps, AGENTS), &[]));
    assert_eq!(count(&run["totals"], "replied"), 5);
}

#[test]
fn what_was_asked_for_on_the_command_line_is_in_the_reports() {
    let here = Here::new();
    let ran = here.run(
        CHAT,
        &[
            "--set",
            "customers.count=2",
            "--label",
            "ci=1",
            "--label",
            "branch=main",
            "--workers",
            "1",
            "--report",
            "json=out.json",
        ],
    );
    let run = all_went_well(&ran);
    assert_eq!(run["labels"], serde_json::json!({ "ci": "1", "branch": "main" }));
    assert_eq!(run["given"], serde_json::json!({ "target": null, "once": false, "workers": 1 }));
    assert_eq!(count(&run["totals"], "customers"), 2);
    assert!(ran.file("effective.yaml").contains("count: 2"));
    let copy = std::fs::read_to_string(here.path().join("out.json")).expect("a report");
    assert_eq!(serde_json::from_str::<Value>(&copy).expect("JSON"), run);
    for name in
        ["run.json", "intervals.hlog", "seconds.ndjson", "env.json", "steps/open_channel.response.hgrm"]
    {
        assert!(!ran.file(name).is_empty(), "{name}");
        assert!(run["files"].as_array().expect("files").iter().any(|file| file == name), "{name}");
    }
}

#[test]
fn a_repeated_create_is_one_request_and_comes_back_with_the_same_channel() {
    let steps = "  - mint_token\n  - connect\n  - open_channel: { target: \"t-{{ customer.index }}\" }\n\
                 \u{20} - open_channel: { target: \"t-{{ customer.index }}\", reuse: true, id: again }\n";
    let ran = Here::new().run(&scenario(FIVE, steps, ""), &["--once", "--trace"]);
    let run = all_went_well(&ran);
    assert_eq!(step(&run, "again", "ok"), 1);
    assert_eq!(ran.ended.err.matches("> POST ").count(), 2, "{}", ran.ended);

    let other = steps.replace("\"t-{{ customer.index }}\", reuse", "elsewhere, reuse");
    let ran = Here::new().run(&scenario(FIVE, &other, ""), &["--once"]);
    ran.says(0, &["again: protocol another channel"]);
    assert_eq!(step(&ran.json(), "again", "errors"), 1, "a person with two chats is found out");
}
