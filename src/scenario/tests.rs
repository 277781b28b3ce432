use std::path::Path;

use mock_server::fault::Fault;

mod thresholds;

use super::*;
use crate::value::Span;

const CHAT: &str = "\
version: 1
name: t
vars: { topic: pricing }
customers:
  count: 5
  identity: \"c-{{ customer.index }}\"
agents: { count: 1 }
load:
  phases:
    - hold: { rate: 1/s, for: 5s }
steps:
  - mint_token
  - connect
  - open_channel: { friendly_name: \"{{ vars.topic }}\" }
  - send_message: { body: hello }
  - await_reply
thresholds:
  - errors.rate < 1%
";

fn read(text: &str, overrides: &[&str]) -> Result<Loaded, ScenarioError> {
    let overrides: Vec<Override> = overrides.iter().map(|over| over.parse().unwrap()).collect();
    parse("t.yaml", text, Path::new("scenarios"), &overrides)
}

fn errors(text: &str, overrides: &[&str]) -> String {
    read(text, overrides).unwrap_err().to_string()
}

/// The chat with one piece of its text replaced.
fn with(old: &str, new: &str) -> String {
    assert!(CHAT.contains(old), "`{old}` is not in the text");
    CHAT.replace(old, new)
}

#[test]
fn limits_of_the_generator_are_read_and_senseless_ones_refused() {
    let of = |validity: &str| read(CHAT, &[&format!("validity={validity}")]).unwrap().scenario.validity;
    assert_eq!(of("{}"), Validity::default());
    assert_eq!(read(CHAT, &[]).unwrap().scenario.validity, Validity::default());
    let written = of(
        "{ starts: 90%, lag: 20ms, busy: 95%, busy_seconds: 10%, throttled_seconds: 1%, local_errors: 3, \
                      steal: 5%, pressure: 50%, clock_step: 1s }",
    );
    let printed = |share: crate::value::Share| share.to_string();
    assert_eq!(
        [written.starts, written.busy, written.busy_seconds, written.throttled_seconds].map(printed),
        ["90%", "95%", "10%", "1%"]
    );
    assert_eq!((written.lag, written.clock_step), (Some(Span::millis(20)), Some(Span::seconds(1))));
    assert_eq!((written.local_errors, written.steal.map(printed)), (3, Some("5%".to_owned())));
    for (limit, says) in [
        ("{ busy: 0% }", "every worker is busier than 0%"),
        ("{ busy: 82.5% }", "too fine"),
        ("{ busy_seconds: 0% }", "any run reaches 0%"),
        ("{ lag: 1ms }", "no generator keeps a lag of 1ms"),
        ("{ lag: 0s }", "no generator keeps"),
        ("{ clock_step: 1ms }", "too fine"),
        ("{ starts: 101% }", "between 0% and 100%"),
        ("{ starts: 99 }", "write a percentage"),
        ("{ lag: 5 }", "write `5s`"),
        ("{ local_errors: -1 }", "a whole number"),
        ("{ buzy: 80% }", "did you mean `busy`?"),
        ("80%", "a map with `starts`"),
    ] {
        let error = errors(CHAT, &[&format!("validity={limit}")]);
        assert!(error.contains(says), "{limit}: {error}");
    }
}

#[test]
fn limits_of_the_generator_do_not_change_the_load_that_is_offered() {
    let [one, other] =
        ["99%", "50%"].map(|share| read(CHAT, &[&format!("validity.starts={share}")]).unwrap().scenario);
    assert_eq!(one.offered, other.offered);
    assert_ne!(one.hash, other.hash);
}

#[test]
fn a_scenario_is_read() {
    let Loaded { scenario, warnings } = read(CHAT, &[]).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(scenario.journeys[0].steps.len(), 5);
    assert_eq!(scenario.thresholds[0].to_string(), "errors.rate < 1%");
    let mut identity = String::new();
    scenario.customers.identity(3, "r", &scenario.vars, &mut identity);
    assert_eq!(identity, "c-3");
}

#[test]
fn what_is_wrong_is_shown_with_line_column_caret_and_suggestion() {
    let error = errors(&with("  count: 5", "  cuont: 5"), &[]);
    let expected = "\
t.yaml:5:3  unknown field `cuont`
   5 |   cuont: 5
     |   ^^^^^ did you mean `count`?";
    assert_eq!(error, expected);

    let error = errors(&with("vars.topic", "vars.topik"), &[]);
    let expected = "\
t.yaml:14:40  undefined variable `vars.topik`
  14 |   - open_channel: { friendly_name: \"{{ vars.topik }}\" }
     |                                        ^^^^^^^^^^ did you mean `vars.topic`?";
    assert_eq!(error, expected);

    let error = errors(&with("errors.rate < 1%", "open_chanel.response.p95 < 1s"), &[]);
    let expected = "\
t.yaml:18:5  the scenario has no metric `open_chanel.response.p95`
  18 |   - open_chanel.response.p95 < 1s
     |     ^^^^^^^^^^^^^^^^^^^^^^^^ did you mean `open_channel.response.p95`?";
    assert_eq!(error, expected);
}

/// A piece of the chat, what it is replaced with, and the error: its place, what it says, how it helps.
type Mistake = (&'static str, &'static str, &'static str, &'static str, &'static str);

const MISTAKES: &[Mistake] = &[
    ("version: 1", "version: 2", "1:10", "newer than this flexload", "install"),
    ("version: 1", "version: 0", "1:10", "there is no version 0", ""),
    ("name: t\n", "", "1:1", "missing field `name`", ""),
    ("name: t", "name: null", "2:7", "nothing where a name", ""),
    ("name: t", "name: a b", "2:7", "is not a name", ""),
    ("name: t", "name: !x t", "2:", "a YAML tag", "leave it out"),
    ("name: t", "name: t\nname: u", "3:1", "`name` is here twice", "the first is in line 2"),
    ("name: t", "name: t\n<<: { a: 1 }", "3:1", "merge keys", "write the keys out"),
    ("name: t", "name: t\nseeed: 1", "3:1", "unknown field `seeed`", "did you mean `seed`?"),
    ("topic: pricing", "topic: null", "3:16", "nothing where text", ""),
    ("  count: 5", "  count: many", "5:10", "text \"many\" where a whole number is wanted", ""),
    ("rate: 1/s", "rate: 1", "10:21", "`1` has no time", "1/s"),
    ("rate: 1/s", "rate: 1/sec", "10:21", "per `s`, `m` or `h`", "did you mean `1/s`?"),
    ("rate: 1/s", "rate: -1/s", "10:21", "impossible", ""),
    ("rate: 1/s", "rate: 9999999/s", "10:21", "impossible", ""),
    ("for: 5s", "for: 5", "10:31", "`5` has no unit", "5s"),
    ("for: 5s", "for: 5sec", "10:31", "`sec` is not a unit of time", "did you mean `5s`?"),
    ("for: 5s", "for: 0s", "10:31", "a phase of no length", ""),
    ("- hold:", "- hodl:", "10:7", "unknown phase `hodl`", "did you mean `hold`?"),
    ("    - hold: { rate: 1/s, for: 5s }\n", "    []\n", "10:5", "no phases", ""),
    ("  phases:\n", "  max_open: 0\n  phases:\n", "9:13", "`max_open` is 0", ""),
    ("- connect", "- conect", "13:5", "unknown step `conect`", "did you mean `connect`?"),
    ("- connect\n", "- connect: { login: fiathful }\n", "13:23", "unknown variant `fiathful`", "`faithful`"),
    (
        "- send_message: { body",
        "- send_message: { bodi",
        "15:21",
        "unknown field `bodi`",
        "did you mean `body`?",
    ),
    ("body: hello", "body: hello, media: cat.png", "15:34", "both `body` and `media`", "write one of them"),
    ("body: hello", "id: x", "15:5", "a message without `body` or `media`", "write one of them"),
    ("body: hello", "media: no-such-cat.png", "15:28", "no-such-cat.png: No such file", ""),
    ("body: hello", "media: { content_type: png, size: 1KiB }", "15:28", "`png` is no MIME type", ""),
    ("body: hello", "media: { content_type: a/b, size: 151MiB }", "15:28", "larger than the 150 MB", ""),
    ("body: hello", "media: { content_type: a/b, size: 0B }", "15:28", "is empty", ""),
    (
        "body: hello",
        "media: { content_type: a/b, sise: 1B }",
        "15:49",
        "unknown field `sise`",
        "did you mean `size`?",
    ),
    ("body: hello", "body: ~", "15:27", "nothing where text", ""),
    ("body: hello", "body: \"{{ custmer.index }}\"", "15:27", "undefined variable", "`customer.index`"),
    ("body: hello", "body: \"{{ loop.index }}\"", "15:31", "undefined variable", "inside a `repeat`"),
    ("body: hello", "body: \"{{ customer.row.x }}\"", "15:31", "undefined variable", "from no file"),
    ("agents: { count: 1 }", "agents: { count: 1, via: task }", "7:26", "not available yet", "via: member"),
    (
        "agents: { count: 1 }",
        "agents: { count: 0 }",
        "7:18",
        "nobody would ever answer",
        "leave `agents` out",
    ),
    ("c-{{ customer.index }}", "c", "6:13", "customer 0 and customer 1 have one identity", "customer.index"),
    ("c-{{ customer.index }}", "{{ customer.identity }}", "6:17", "undefined variable", "cannot name itself"),
    ("identity:", "from: nowhere.csv\n  identity:", "6:9", "nowhere.csv", ""),
];

/// What is not said as it should be about a scenario with these mistakes.
fn badly_said(mistakes: &[Mistake]) -> String {
    let mut wrong = String::new();
    for (old, new, place, says, help) in mistakes {
        let error = errors(&with(old, new), &[]);
        let wanted = format!("t.yaml:{place}");
        let complete = error.starts_with(&wanted) && error.contains(says) && error.contains(help);
        if !complete || !error.contains("     | ") {
            wrong.push_str(&format!("{new} (wanted: {place} {says} {help}):\n{error}\n"));
        }
    }
    wrong
}

#[test]
fn every_mistake_has_a_place_and_a_remedy() {
    assert_eq!(badly_said(MISTAKES), "");
}

#[test]
fn files_that_are_no_scenario_are_refused() {
    assert!(errors("", &[]).contains("empty"));
    assert!(errors("a: [", &[]).contains("not YAML"));
    assert!(errors("- a", &[]).contains("where a scenario"));
    assert!(errors(&format!("{CHAT}---\n{CHAT}"), &[]).contains("second document"));
    assert!(errors(&format!("a: {}{}", "[".repeat(70), "]".repeat(70)), &[]).contains("nested too deep"));
    let bomb = (1..10).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
        format!("{text}a{n}: &a{n} [{aliases}]\n")
    });
    assert!(!errors(&bomb, &[]).is_empty());
    let aliases = format!("a: &a 1\nb: [{}]", vec!["*a"; 101].join(", "));
    assert!(errors(&aliases, &[]).contains("too many aliases"));
}

#[test]
fn a_file_has_a_largest_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.yaml");
    std::fs::write(&path, format!("{CHAT}#{}", "x".repeat(1 << 20))).unwrap();
    assert!(load(&path, &[]).unwrap_err().to_string().contains("larger than 1 MiB"));
    std::fs::write(&path, CHAT).unwrap();
    assert!(load(&path, &[]).is_ok());
    assert!(load(&folder.path().join("none.yaml"), &[]).is_err());
}

#[test]
fn a_scenario_without_steps_is_refused() {
    let steps = &CHAT[CHAT.find("steps:").unwrap()..];
    for none in ["thresholds: []\n", "steps: []\n", "journeys: []\n"] {
        let error = errors(&CHAT.replace(steps, none), &[]);
        assert!(error.contains("a scenario without steps"), "{none}: {error}");
    }
}

#[test]
fn steps_have_an_order() {
    let read_steps = |steps: &str, more: &str| {
        let head = &CHAT[..CHAT.find("steps:").unwrap()];
        read(&format!("{head}{more}steps: [{steps}]\n"), &[]).map(|_| ()).map_err(|error| error.to_string())
    };
    let sdk = |steps: &str| read_steps(steps, "");
    let open = "mint_token, connect, open_channel";
    for (steps, says) in [
        ("connect", "`connect` before `mint_token`"),
        ("mint_token, connect, connect", "`connect` while connected"),
        ("mint_token, connect, send_message: { body: x }", "`send_message` before `open_channel`"),
        ("open_channel, send_message: { body: x }", "`send_message` while not connected"),
        ("mint_token, connect, open_channel: { reuse: true }", "with `reuse` before any other"),
        ("mint_token, reconnect", "`reconnect` before `connect`"),
        ("mint_token, disconnect", "`disconnect` while not connected"),
        ("mint_token, connect, open_channel, open_channel", "`open_channel` a second time"),
        ("mint_token, connect, open_channel, await_reply", "`await_reply` before any `send_message`"),
        ("mint_token, connect, open_channel, disconnect, typing", "`typing` while not connected"),
        ("mint_token, connect, open_channel, leave, typing", "`typing` after `leave`"),
        ("mint_token, repeat: { times: 2, steps: [connect] }", "`connect` while connected"),
        (
            "mint_token, one_of: [{ steps: [connect] }, { steps: [] }], open_channel, typing",
            "while not connected",
        ),
        ("mint_token: { ttl: 48h }", "from 1s to 24h"),
        ("pace: { every: 0s }", "a beat of 0s"),
        ("repeat: { times: 0, steps: [mint_token] }", "a repeat of nothing"),
        ("one_of: [{ weight: 0, steps: [mint_token] }]", "no branch can be taken"),
        ("think: { uniform: { min: 2s, max: 1s } }", "`min` (2s) is above `max` (1s)"),
        ("mint_token: { timeout: 0s }", "a time-out of 0s"),
        ("mint_token: { id: errors }", "is a metric of the run"),
        ("mint_token: { id: connect }", "is the name of another step"),
        ("mint_token: { id: a }, connect: { id: a }", "already names a step `mint_token`"),
    ] {
        let error = sdk(steps).unwrap_err();
        assert!(error.contains(says), "{steps}:\n{error}");
    }
    for steps in [
        format!("{open}, send_message: {{ body: x }}, disconnect, reconnect, await_reply, leave"),
        "open_channel, mint_token, connect, send_message: { body: x }".to_owned(),
        format!("{open}, open_channel: {{ reuse: true }}"),
        format!("{open}, repeat: {{ times: 3, steps: [disconnect, reconnect] }}"),
    ] {
        assert_eq!(sdk(&steps), Ok(()), "{steps}");
    }
    let backend = |steps: &str| read_steps(steps, "transport: backend\n");
    assert_eq!(backend("open_channel, send_message: { body: x }, await_reply, mark_read, history"), Ok(()));
    assert!(backend("mint_token, connect").unwrap_err().contains("needs a device's own connection"));
}

#[test]
fn an_option_replaces_any_value_and_is_named_when_wrong() {
    let overrides = ["customers.count=2", "load.phases.0.hold.rate=3/s", "steps.1.connect.login=lean"];
    let scenario = read(CHAT, &overrides).unwrap().scenario;
    assert_eq!(scenario.customers.count, 2);
    assert!(scenario.effective.contains("rate: 3/s"), "{}", scenario.effective);

    let error = errors(CHAT, &["load.phases.0.hold.rate=fast"]);
    assert!(error.starts_with("--set load.phases.0.hold.rate=fast  `fast` is not a rate"), "{error}");
    let error = errors(CHAT, &["customers.cuont=2"]);
    assert!(error.starts_with("--set customers.cuont=2  unknown field `cuont`"), "{error}");
    let error = errors(CHAT, &["thresholds.0=errors.rat < 1%"]);
    assert!(error.starts_with("--set thresholds.0=errors.rat < 1%  the scenario has no metric"), "{error}");
    let error = errors(CHAT, &["custmers.count=2"]);
    assert!(error.starts_with("--set custmers.count=2  unknown field `custmers`"), "{error}");
    let error = errors(&format!("{CHAT}custmers: {{}}\n"), &["custmers.count=2"]);
    assert!(error.starts_with("t.yaml:19:1  unknown field `custmers`"), "{error}");
    // What is wrong elsewhere keeps its place in the file.
    let error = errors(&with("body: hello", "bodi: hello"), &["customers.count=2"]);
    assert!(error.starts_with("t.yaml:15:21  unknown field `bodi`"), "{error}");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let text = with("body: hello", "body: \"{{ vars.x }}\"").replace("errors.rate", "nothing.rate");
    let ScenarioError::Invalid(found) = read(&text, &[]).unwrap_err() else { panic!() };
    assert_eq!(found.len(), 2);
}

#[test]
fn customers_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let read = |csv: &str, customers: &str, body: &str| {
        std::fs::write(folder.path().join("c.csv"), csv).unwrap();
        let text =
            with("  count: 5\n  identity: \"c-{{ customer.index }}\"", customers).replace("hello", body);
        parse("t.yaml", &text, folder.path(), &[]).map_err(|error| error.to_string())
    };
    let body = "\"I have {{ customer.row.plan }}\"";
    let loaded = read("identity,plan\nc-a,gold\nc-b,\"silver, old\"\n", "  from: c.csv", body).unwrap();
    let people = &loaded.scenario.customers;
    let mut identity = String::new();
    people.identity(1, "r", &loaded.scenario.vars, &mut identity);
    assert_eq!((people.count, identity.as_str()), (2, "c-b"));
    let row = people.row(1).unwrap();
    assert_eq!(crate::value::Columns::column(&row, "plan"), Some("silver, old"));

    for (csv, customers, says) in [
        ("identity,pln\nc-a,gold\n", "  from: c.csv", "did you mean `customer.row.pln`?"),
        ("identity,x\nc-a,gold\n", "  from: c.csv", "the file has the columns `identity` or `x`"),
        ("who,plan\nc-a,gold\n", "  from: c.csv", "no column `identity`"),
        (
            "identity,plan\nc-a,gold\nc-a,tin\n",
            "  from: c.csv",
            "customer 0 (line 2 of the file) and customer 1 (line 3",
        ),
        ("identity,plan\nc-a\n", "  from: c.csv", "c.csv: CSV error"),
        ("identity,plan\n,gold\n", "  from: c.csv", "is empty"),
        ("identity,plan\nc-a,gold\n", "  from: c.csv\n  count: 2", "the file has 1 rows"),
        ("", "  exhausted: stop", "without `count` or `from`"),
    ] {
        let error = read(csv, customers, body).unwrap_err();
        assert!(error.contains(says), "{csv}: {error}");
    }
    let loaded = read("identity,plan\nada@example.com,x\n", "  from: c.csv", body).unwrap();
    assert!(loaded.warnings[0].to_string().contains("looks like an e-mail address"));
}

#[test]
fn a_rate_above_the_mocks_limit_is_a_warning() {
    let warnings = |overrides: &[&str]| read(CHAT, overrides).unwrap().warnings.len();
    assert_eq!(warnings(&["load.phases.0.hold.rate=20/s"]), 1);
    assert_eq!(warnings(&["load.phases.0.hold.rate=20/s", "mock.limits=off"]), 0);
    assert_eq!(warnings(&["load.phases.0.hold.rate=20/s", "mock.limits={ channels_create: 50/s }"]), 0);
}

#[test]
fn a_reply_that_no_simulated_agent_gives_is_a_warning() {
    let warnings = read(&with("agents: { count: 1 }\n", ""), &[]).unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let warning = warnings[0].to_string();
    assert!(warning.starts_with("t.yaml:15:5  warning: `await_reply`, and no simulated agent"), "{warning}");
    assert!(warning.contains("add `agents: { count: 1 }`"), "{warning}");
}

#[test]
fn a_journeys_own_backend_needs_a_pause_too() {
    let steps = &CHAT[CHAT.find("steps:").unwrap()..];
    let journeys =
        "journeys:\n  - { name: a, steps: [open_channel], transport: { backend: { poll: 0s } } }\n";
    let error = errors(&CHAT.replace(steps, journeys), &[]);
    assert!(error.starts_with("t.yaml:12:") && error.contains("polling every 0s"), "{error}");
}

#[test]
fn more_users_than_customers_who_come_again_are_a_warning() {
    let users = |hold: u32, exhausted: &str| {
        let phases = format!("load.phases=[{{ users: {{ hold: {hold}, for: 5s }} }}]");
        let warnings = read(CHAT, &[&phases, &format!("customers.exhausted={exhausted}")]).unwrap().warnings;
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let warnings = users(6, "reuse");
    assert!(warnings.len() == 1 && warnings[0].contains("6 users, but only 5 customers"), "{warnings:?}");
    assert!(users(5, "reuse").is_empty() && users(6, "stop").is_empty());
}

#[test]
fn the_mocks_limits_and_faults_are_typed() {
    let scenario =
        read(CHAT, &["mock.faults=[{ status: { operation: send_message, status: 503, every: 3 } }]"]);
    assert_eq!(scenario.unwrap().scenario.mock.faults.len(), 1);
    for (mock, says) in [
        (
            "mock: { faults: [status: { operation: send_mesage, status: 503 }] }\n",
            "did you mean `send_message`?",
        ),
        ("mock: { faults: [statsu: {}] }\n", "did you mean `status`?"),
        ("mock: { faults: [delay: { by: 5 }] }\n", "write `5s`"),
        ("mock: { faults: [delay: { by: { unifrom: {} } }] }\n", "did you mean `uniform`?"),
        ("mock: { faults: [drop_push: { evry: 5 }] }\n", "did you mean `every`?"),
        ("mock: { faults: [drop_push: { probability: 5 }] }\n", "from 0 to 1"),
        ("mock: { faults: [freeze] }\n", "a fault, like `status"),
        ("mock: { limits: { channel_create: 5/s } }\n", "did you mean `channels_create`?"),
        ("mock: { limits: offf }\n", "did you mean `off`?"),
    ] {
        let error = errors(&format!("{CHAT}{mock}"), &[]);
        assert!(error.starts_with("t.yaml:19:") && error.contains(says), "{mock}: {error}");
    }
}

#[test]
fn every_fault_is_in_the_readme_and_every_line_there_can_be_written() {
    let readme = include_str!("../../scenarios/README.md");
    let section = readme.split("\n## Faults\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut written = Vec::new();
    for line in section.lines().filter_map(|line| line.strip_prefix("| `")) {
        let fault = line.split_once("` |").unwrap().0;
        let scenario = read(CHAT, &[&format!("mock.faults=[{{ {fault} }}]")]);
        let faults = scenario.unwrap_or_else(|error| panic!("{fault}: {error}")).scenario.mock.faults;
        // What the control API prints can be given back to it.
        let printed = serde_json::to_string(&faults).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Fault>>(&printed).unwrap(), faults, "{printed}");
        written.push(faults[0].name());
    }
    assert_eq!(written, Fault::NAMES);
}

#[test]
fn journeys_are_drawn_by_name_and_weight() {
    let steps = &CHAT[CHAT.find("steps:").unwrap()..];
    let journeys = "journeys:\n  - { name: quick, weight: 3, steps: [open_channel], transport: backend }\n  \
                    - { name: slow, steps: [mint_token, connect] }\n";
    let scenario = read(&CHAT.replace(steps, journeys), &[]).unwrap().scenario;
    let names: Vec<_> =
        scenario.journeys.iter().map(|journey| (journey.name.as_str(), journey.weight)).collect();
    assert_eq!(names, [("quick", 3), ("slow", 1)]);
    assert!(
        errors(&CHAT.replace(steps, &journeys.replace("slow", "quick")), &[]).contains("a second journey")
    );
    assert!(errors(&format!("{CHAT}{journeys}"), &[]).contains("both `steps` and `journeys`"));
}

#[test]
fn the_catalogue_lists_what_the_scenario_can_produce() {
    let scenario = read(CHAT, &[]).unwrap().scenario;
    let names: Vec<String> = metric::catalogue(&scenario).iter().map(ToString::to_string).collect();
    for name in [
        "connect.tls.p50",
        "open_channel.joined.max",
        "send_message.echo.p99.9",
        "await_reply.time_to_reply.mean",
        "agent_wait.p95",
        "agent_reply.response.p95",
        "pool_wait.p99",
        "errors.rate",
        "dropped.count",
        "send_message.errors.rate",
    ] {
        assert!(names.iter().any(|known| known == name), "{name} is missing");
    }
    assert!(!names.iter().any(|name| name.starts_with("think")));
    let target = |known: &metric::Known| known.metrics.iter().any(|metric| metric.part == Some("target"));
    assert!(target(&metric::Known::new(&scenario.journeys, true, false)));
    let without = metric::Known::new(&scenario.journeys, false, false);
    assert!(!target(&without), "nobody knows what of the time to a reply was another's agent");
}

#[test]
fn equal_scenarios_have_equal_hashes_however_they_are_written() {
    let plain = read(CHAT, &[]).unwrap().scenario;
    let commented = read(&format!("# a comment\n{CHAT}"), &[]).unwrap().scenario;
    let overridden = read(CHAT, &["customers.count=5"]).unwrap().scenario;
    let other = read(CHAT, &["customers.count=6"]).unwrap().scenario;
    assert_eq!((&plain.hash, &plain.hash), (&commented.hash, &overridden.hash));
    assert_ne!(plain.hash, other.hash);
    // What a run writes down can be run again.
    assert_eq!(read(&plain.effective, &[]).unwrap().scenario.hash, plain.hash);
}

fn shipped() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_shipped_scenario_is_read_without_a_doubt() {
    let files = shipped();
    assert!(files.len() >= 6);
    for path in files {
        let loaded = load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(loaded.scenario.name.as_str(), stem);
    }
}

#[test]
fn the_published_schema_is_the_one_the_types_give_and_fits_every_shipped_scenario() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario.schema.json");
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == schema(),
        "write it again: cargo test -p flexload --lib scenario::schema -- --ignored"
    );
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    compiler.add_resource("scenario.json", serde_json::from_str(&published).unwrap()).unwrap();
    let compiled = compiler.compile("scenario.json", &mut schemas).unwrap();
    let valid = |yaml: &str| {
        let value: serde_json::Value = yaml::parse_fragment(yaml).unwrap_or_else(|error| panic!("{error}"));
        schemas.validate(&value, compiled).map_err(|error| error.to_string())
    };
    for path in shipped() {
        assert_eq!(valid(&std::fs::read_to_string(&path).unwrap()), Ok(()), "{}", path.display());
    }
    assert_eq!(valid(CHAT), Ok(()));
    for (old, new) in
        [("count: 5", "cuont: 5"), ("1/s", "1/x"), ("- connect", "- conect"), ("body:", "bodi:")]
    {
        assert!(valid(&with(old, new)).is_err(), "{new}");
    }
}
