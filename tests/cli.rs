//! The program from outside: arguments in, words and an exit code out.

#![allow(clippy::expect_used, reason = "clippy knows tests by their attribute only, not their helpers")]

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{CHAT, Ended, Here, Mock};

mod support;

const AC: &str = "AC00112233445566778899aabbccddeeff";
const SK: &str = "SK00112233445566778899aabbccddeeff";
const IS: &str = "IS00112233445566778899aabbccddeeff";
const FO: &str = "FO00112233445566778899aabbccddeeff";

fn ended(command: Command) -> (i32, String, String) {
    let Ended { code, out, err } = Ended::of(command);
    (code, out, err)
}

fn resources(target: &str, account: &str) -> String {
    format!(
        "{{\"event\":\"run\",\"run\":\"abc123\",\"began\":0,\"target\":\"{target}\",\"embedded\":{},\
         \"account_sid\":\"{account}\",\"chat_service_sid\":\"{IS}\",\"flex_flow_sid\":\"{FO}\"}}\n",
        target == "mock"
    )
}

#[test]
fn a_bad_command_line_is_2_and_help_is_0() {
    let here = Here::new();
    for (arguments, code) in [
        (&["--nonsense"][..], 2),
        (&[], 2),
        (&["doctor"], 2),
        (&["run"], 2),
        (&["run", "x.yaml", "--report", "pdf"], 2),
        (&["--help"], 0),
        (&["run", "--help"], 0),
        (&["--version"], 0),
    ] {
        let (seen, out, err) = ended(here.flexload(arguments));
        assert_eq!(seen, code, "{arguments:?}: {out}{err}");
    }
}

#[test]
fn no_workers_are_refused_in_words() {
    let (code, _, err) = ended(Here::new().flexload(&["run", "x.yaml", "--workers", "0"]));
    assert_eq!(code, 2);
    assert!(err.contains("--workers") && err.contains("a whole number above 0"), "{err}");
}

#[test]
fn the_exit_codes_explain_themselves() {
    let (code, out, _) = ended(Here::new().flexload(&["--explain-exit"]));
    assert_eq!(code, 0);
    assert!(out.contains(" 143  SIGTERM") && out.contains("  11  preflight failed"), "{out}");
}

#[test]
fn options_may_come_from_the_environment() {
    let here = Here::new();
    let mut command = here.flexload(&["token", "mint", "ada"]);
    command.env("FLEXLOAD_TARGET", "nowhere");
    let (code, _, err) = ended(command);
    assert_eq!(code, 3);
    assert!(err.contains("there is no target `nowhere`"), "{err}");
}

#[test]
fn missing_variables_are_3_and_all_named() {
    let here = Here::new();
    here.write("s.yaml", CHAT);
    for arguments in
        [&["token", "mint", "ada", "--target", "twilio"][..], &["run", "s.yaml", "--target", "twilio"]]
    {
        here.ended(arguments).says(
            3,
            &[
                "TWILIO_ACCOUNT_SID",
                "TWILIO_API_KEY",
                "TWILIO_API_SECRET",
                "TWILIO_CHAT_SERVICE_SID",
                "TWILIO_FLEX_FLOW_SID",
                "not set",
            ],
        );
    }
}

#[test]
fn a_target_file_that_cannot_be_used_is_3_and_says_where() {
    let here = Here::new();
    here.write("s.yaml", CHAT).write("broken.yaml", "targets:\n  staging:\n    acount_sid: x\n");
    for (file, words) in [
        ("nowhere.yaml", &["nowhere.yaml: cannot read the target file"][..]),
        (".", &["cannot read the target file"]),
        ("broken.yaml", &["broken.yaml:3:5", "did you mean `account_sid`?"]),
    ] {
        let at = ["--target", "staging", "--targets", file];
        here.ended(&[&["token", "mint", "ada"], &at[..]].concat()).says(3, words);
        here.ended(&[&["run", "s.yaml"], &at[..]].concat()).says(3, words);
    }
    here.ended(&["run", "s.yaml", "--target", "staging"]).says(3, &["there is no target `staging`"]);
}

#[test]
fn a_secret_that_everybody_may_read_is_3_and_says_which_and_how() {
    let here = Here::new();
    let yaml = format!(
        "targets:\n  staging:\n    account_sid: {AC}\n    api_key: {SK}\n    api_secret: {{ file: secret }}\n    \
         chat_service_sid: {IS}\n    flex_flow_sid: {FO}\n"
    );
    here.write("s.yaml", CHAT).write("flexload.yaml", yaml).write("secret", "8h5u3s1h7");
    let mode = |mode| {
        let open = fs::Permissions::from_mode(mode);
        fs::set_permissions(here.path().join("secret"), open).expect("a mode");
    };
    let mint = ["token", "mint", "ada", "--target", "staging"];
    for open in [0o644, 0o640, 0o604] {
        mode(open);
        for arguments in [&mint[..], &["run", "s.yaml", "--target", "staging"]] {
            let ended = here.ended(arguments);
            ended.says(3, &["secret", "chmod 600"]);
            assert!(!format!("{ended}").contains("8h5u3s1h7"), "{ended}");
        }
    }
    mode(0o600);
    here.ended(&mint).says(0, &["eyJ"]);
    fs::remove_file(here.path().join("secret")).expect("removed");
    here.ended(&mint).says(3, &["secret"]);
}

#[test]
fn a_token_is_minted_inspected_and_its_faults_named() {
    let here = Here::new();
    let mint = |ttl: &str| {
        let (code, out, err) = ended(here.flexload(&["token", "mint", "ada", "--ttl", ttl]));
        assert_eq!(code, 0, "{err}");
        fs::write(here.path().join("token"), &out).expect("written");
    };
    mint("10m");
    let (code, out, err) = ended(here.flexload(&["token", "inspect", "token", "--target", "mock"]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("nothing is wrong"), "{out}");
    let other = ["token", "inspect", "token", "--target", "mock", "--seed", "2"];
    let (code, out, _) = ended(here.flexload(&other));
    assert_eq!(code, 10);
    assert!(out.contains("wrong"), "{out}");
    mint("25h");
    let (code, out, _) = ended(here.flexload(&["token", "inspect", "token"]));
    assert_eq!(code, 10);
    assert!(out.contains("20157"), "{out}");
}

#[test]
fn a_token_is_read_from_stdin() {
    let here = Here::new();
    let mut command = here.flexload(&["token", "inspect"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("stdin").write_all(b"nonsense\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(10));
    assert!(String::from_utf8_lossy(&output.stdout).contains("20101"));
}

#[test]
fn a_scenario_that_is_not_there_is_3() {
    for verb in ["validate", "plan", "run"] {
        Here::new().ended(&[verb, "nowhere.yaml"]).says(3, &["nowhere.yaml"]);
    }
}

#[test]
fn bad_input_is_3_with_its_line_a_caret_and_a_remedy() {
    let here = Here::new();
    here.write("people.csv", "identity,plan\nc-a,gold\nc-b,tin\n").write("twins.csv", "identity\nc-a\nc-a\n");
    let identity = "count: 5, identity: \"c-{{ customer.index }}\"";
    for (old, new, place, says, remedy) in [
        ("identity:", "idendity:", "3:24", "unknown field `idendity`", "did you mean `identity`?"),
        ("for: 500ms", "for: 500msec", "5:45", "`msec` is not a unit of time", "did you mean `500ms`?"),
        ("for: 500ms", "for: 500", "5:45", "`500` has no unit", "500s"),
        ("rate: 10/s", "rate: -10/s", "5:34", "impossible", ""),
        ("rate: 10/s", "rate: 99999999/s", "5:34", "impossible", ""),
        ("body: hello", "body: \"{{ custmer.index }}\"", "11:27", "undefined variable", "`customer.index`"),
        ("errors.count", "eror.count", "15:5", "no metric `eror.count`", "did you mean `errors.count`?"),
        (
            identity,
            "count: 5, identity: c",
            "3:34",
            "customer 0 and customer 1 have one identity",
            "customer.index",
        ),
        (identity, "from: twins.csv", "3:20", "customer 0 (line 2 of the file) and customer 1 (line 3", ""),
        (
            "body: hello",
            "body: \"{{ customer.row.plna }}\"",
            "11:31",
            "undefined variable `customer.row.plna`",
            "did you mean `customer.row.plan`?",
        ),
    ] {
        let mut text = CHAT.replace(old, new);
        if new.contains("row") {
            text = text.replace(identity, "from: people.csv");
        }
        here.write("s.yaml", text);
        for verb in ["validate", "plan", "run"] {
            let ended = here.ended(&[verb, "s.yaml"]);
            ended.says(3, &[&format!("s.yaml:{place}  "), says, remedy, "     | ", "^"]);
            let caret = ended.err.lines().find(|line| line.contains('^')).expect("a caret");
            let column: usize =
                place.split(':').nth(1).and_then(|column| column.parse().ok()).expect("a column");
            assert_eq!(caret.find('^'), Some(caret.find('|').expect("a bar") + 1 + column), "{ended}");
        }
    }
    assert!(here.newest_run().is_none(), "nothing was begun");
}

#[test]
fn schemas_and_completions_are_printed() {
    let here = Here::new();
    for arguments in [&["schema"][..], &["schema", "run"]] {
        let (code, out, _) = ended(here.flexload(arguments));
        assert_eq!(code, 0);
        serde_json::from_str::<serde_json::Value>(&out).expect("JSON");
    }
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, _) = ended(here.flexload(&["completions", shell]));
        assert_eq!(code, 0);
        assert!(out.contains("flexload"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let here = Here::new();
    let mut command = here.flexload(&["schema"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn cleaning_up_a_run_that_is_not_there_is_3() {
    let here = Here::new();
    for (arguments, says) in [
        (&["cleanup", "no such run"][..], "there is no run `no such run`"),
        (&["cleanup", "abc123"], "--target says where to look"),
        (&["cleanup", "abc123", "--target", "mock"], "the embedded mock ends with its run"),
    ] {
        let (code, _, err) = ended(here.flexload(arguments));
        assert_eq!(code, 3, "{err}");
        assert!(err.contains(says), "{arguments:?}: {err}");
    }
}

#[test]
fn an_embedded_run_left_nothing() {
    let here = Here::new();
    let run = here.path().join("reports/some-run");
    fs::create_dir_all(&run).expect("folders");
    fs::write(run.join("resources.ndjson"), resources("mock", AC)).expect("written");
    for named in ["some-run", "reports/some-run", "reports/some-run/resources.ndjson", "abc123"] {
        let (code, _, err) = ended(here.flexload(&["cleanup", named]));
        assert_eq!(code, 0, "{named}: {err}");
    }
}

/// A target file for an account that is not the mock's, at this port of this machine: a relay.
fn relay(here: &Path, port: u16) {
    let api = format!("http://127.0.0.1:{port}");
    let yaml = format!(
        "targets:\n  staging:\n    account_sid: {AC}\n    api_key: {SK}\n    api_secret: {{ env: SECRET }}\n    \
         chat_service_sid: {IS}\n    flex_flow_sid: {FO}\n    \
         endpoints: {{ flex_api: '{api}', chat: '{api}', socket: 'ws://127.0.0.1:{port}/v3/wsconnect' }}\n"
    );
    fs::write(here.join("flexload.yaml"), yaml).expect("written");
}

#[test]
fn cleaning_up_where_nobody_listens_is_11_and_another_account_is_4() {
    let here = Here::new();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    relay(here.path(), free);
    let cleanup = |account: &str| {
        fs::write(here.path().join("run.ndjson"), resources("staging", account)).expect("written");
        let mut command = here.flexload(&["cleanup", "run.ndjson"]);
        command.env("SECRET", "8h5u3s1h7");
        let (code, out, err) = ended(command);
        assert!(!format!("{out}{err}").contains("8h5u3s1h7"), "{err}");
        (code, err)
    };
    let (code, err) = cleanup(AC);
    assert_eq!(code, 11, "{err}");
    assert!(err.contains("refused"), "{err}");
    let (code, err) = cleanup("ACffffffffffffffffffffffffffffffff");
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("the run was at ACffff"), "{err}");
}

#[test]
fn the_mock_says_what_it_is_in_one_line_and_serves_until_it_is_asked_to_end() {
    let here = Here::new();
    for (signal, seed) in [("-INT", "7"), ("-TERM", "7"), ("-HUP", "7")] {
        let mut mock = Mock::start(&here, &["--json", "--seed", seed]);
        let ready: serde_json::Value = serde_json::from_str(&mock.line()).expect("one line of JSON");
        for key in ["url", "socket", "account_sid", "auth_token", "api_key_sid", "api_key_secret"] {
            assert!(ready[key].is_string(), "{key}");
        }
        for key in
            ["chat_service_sid", "flex_flow_sid", "studio_flow_sid", "external_flow_sid", "workspace_sid"]
        {
            assert!(ready[key].is_string(), "{key}");
        }
        let address = ready["url"].as_str().expect("a URL").trim_start_matches("http://");
        std::net::TcpStream::connect(address).expect("it serves");
        assert_eq!(mock.signal(signal), 0, "{signal}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, _, err) = ended(Here::new().flexload(&["mock", "--bind", &address]));
    assert_ne!(code, 0);
    assert!(err.contains("--bind"), "{err}");
}

#[test]
fn the_rules_of_the_mock_are_printed_with_what_they_rest_on() {
    let (code, out, _) = ended(Here::new().flexload(&["mock", "--rules"]));
    assert_eq!(code, 0);
    assert!(
        out.contains("[documented]") && out.lines().last().expect("a count").contains(" rules: "),
        "{out}"
    );
}

#[test]
fn a_rule_of_the_mock_can_be_broken_by_its_name_only() {
    let here = Here::new();
    here.ended(&["mock", "--break", "no.such.rule"])
        .says(2, &["no rule is named `no.such.rule`", "--rules prints them all"]);
    here.ended(&["mock", "--break", "socket.stalled"]).says(2, &["cannot be broken", "break that"]);
}

#[test]
fn the_mock_serves_a_flow_from_a_file_and_says_what_is_wrong_with_one() {
    let here = Here::new();
    here.write("flow.json", format!(r#"{{"sid":"{FO}","chat_service_sid":"{IS}","channel_type":"custom"}}"#));
    here.write("scenario.json", r#"{"name":"x"}"#);
    let mut mock = Mock::start(&here, &["--json", "--flow", "flow.json"]);
    let ready: serde_json::Value = serde_json::from_str(&mock.line()).expect("one line of JSON");
    assert_eq!((&ready["flex_flow_sid"], &ready["chat_service_sid"]), (&FO.into(), &IS.into()));
    here.ended(&["mock", "--flow", "scenario.json"]).says(3, &["scenario.json: holds no Flex Flow"]);
    here.ended(&["mock", "--flow", "none.json"]).says(3, &["none.json: No such file"]);
    here.ended(&["mock", "--flow", "flow.json", "--flow", "flow.json"])
        .says(3, &["flow.json: there is a flow", FO, "already"]);
}

#[test]
fn the_mock_says_what_may_not_be_meant_and_where_it_listens() {
    let here = Here::new();
    here.write("flow.json", format!(r#"{{"sid":"{FO}","chat_service_sid":"{IS}","channel_type":"sms"}}"#));
    here.write("jquery.js", "window.$ = 1;");
    let public = "https://mock.example.test";
    let mut mock = Mock::start(
        &here,
        &[
            "--json",
            "--flow",
            "flow.json",
            "--sdk",
            "jquery.js",
            "--break",
            "socket.reset",
            "--public-url",
            public,
        ],
    );
    let ready: serde_json::Value = serde_json::from_str(&mock.line()).expect("one line of JSON");
    assert_eq!(ready["url"], public);
    std::net::TcpStream::connect(ready["bind"].as_str().expect("an address")).expect("it listens there");
    mock.ended()
        .says(0, &["a flow for sms, not for custom", "jquery.js does not look like", "says: socket.reset"]);
}

#[test]
fn plan_says_how_many_agents_a_peak_needs_without_a_scenario() {
    let here = Here::new();
    let peak = ["plan", "--peak", "200/h", "--handle", "3m", "--shrinkage", "30%", "--patience", "2m"];
    let says = ["14 agents at work give 80% of customers an agent within 20s; 20 on the roster", "give up"];
    let (code, out, _) = ended(here.flexload(&peak));
    assert_eq!(code, 0);
    assert!(says.iter().all(|words| out.contains(words)), "{out}");
    let (_, help, _) = ended(here.flexload(&["plan", "--help"]));
    let usage = "Usage: flexload plan [OPTIONS] <SCENARIO>\n       flexload plan [OPTIONS] --peak <RATE> --handle <SPAN>";
    assert!(help.contains(usage), "{help}");
    for wrong in [
        &["plan"][..],
        &["plan", "--peak", "200/h"],
        &["plan", "x.yaml", "--peak", "200/h", "--handle", "3m"],
        &["plan", "--peak", "200/h", "--handle", "0s"],
        &["plan", "--peak", "200/h", "--handle", "3m", "--service-level", "80"],
    ] {
        assert_eq!(ended(here.flexload(wrong)).0, 2, "{wrong:?}");
    }
}
