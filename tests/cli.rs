//! The program from outside: arguments in, words and an exit code out.

#![allow(clippy::expect_used, reason = "clippy knows tests by their attribute only, not their helpers")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const AC: &str = "AC00112233445566778899aabbccddeeff";
const SK: &str = "SK00112233445566778899aabbccddeeff";
const IS: &str = "IS00112233445566778899aabbccddeeff";
const FO: &str = "FO00112233445566778899aabbccddeeff";

/// flexload in an empty folder and environment.
fn flexload(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flexload"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn ended(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("a code"), text(stdout), text(stderr))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
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
    let here = folder();
    for (arguments, code) in [
        (&["--nonsense"][..], 2),
        (&[], 2),
        (&["doctor"], 2),
        (&["run"], 2),
        (&["run", "x.yaml", "--report", "html"], 2),
        (&["--help"], 0),
        (&["run", "--help"], 0),
        (&["--version"], 0),
    ] {
        let (seen, out, err) = ended(flexload(here.path(), arguments));
        assert_eq!(seen, code, "{arguments:?}: {out}{err}");
    }
}

#[test]
fn no_workers_are_refused_in_words() {
    let (code, _, err) = ended(flexload(folder().path(), &["run", "x.yaml", "--workers", "0"]));
    assert_eq!(code, 2);
    assert!(err.contains("--workers") && err.contains("a whole number above 0"), "{err}");
}

#[test]
fn the_exit_codes_explain_themselves() {
    let (code, out, _) = ended(flexload(folder().path(), &["--explain-exit"]));
    assert_eq!(code, 0);
    assert!(out.contains(" 143  SIGTERM") && out.contains("  11  preflight failed"), "{out}");
}

#[test]
fn options_may_come_from_the_environment() {
    let here = folder();
    let mut command = flexload(here.path(), &["token", "mint", "ada"]);
    command.env("FLEXLOAD_TARGET", "nowhere");
    let (code, _, err) = ended(command);
    assert_eq!(code, 3);
    assert!(err.contains("there is no target `nowhere`"), "{err}");
}

#[test]
fn missing_variables_are_3_and_all_named() {
    let (code, _, err) = ended(flexload(folder().path(), &["token", "mint", "ada", "--target", "twilio"]));
    assert_eq!(code, 3);
    for name in ["TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_CHAT_SERVICE_SID", "TWILIO_FLEX_FLOW_SID"] {
        assert!(err.contains(name), "{name}: {err}");
    }
}

#[test]
fn an_unreadable_target_file_is_3() {
    let here = folder();
    let arguments = ["token", "mint", "ada", "--target", "staging", "--targets", "nowhere.yaml"];
    let (code, _, err) = ended(flexload(here.path(), &arguments));
    assert_eq!(code, 3);
    assert!(err.contains("nowhere.yaml: cannot read the target file"), "{err}");
}

#[test]
fn a_token_is_minted_inspected_and_its_faults_named() {
    let here = folder();
    let mint = |ttl: &str| {
        let (code, out, err) = ended(flexload(here.path(), &["token", "mint", "ada", "--ttl", ttl]));
        assert_eq!(code, 0, "{err}");
        fs::write(here.path().join("token"), &out).expect("written");
    };
    mint("10m");
    let (code, out, err) = ended(flexload(here.path(), &["token", "inspect", "token", "--target", "mock"]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("nothing is wrong"), "{out}");
    let other = ["token", "inspect", "token", "--target", "mock", "--seed", "2"];
    let (code, out, _) = ended(flexload(here.path(), &other));
    assert_eq!(code, 10);
    assert!(out.contains("wrong"), "{out}");
    mint("25h");
    let (code, out, _) = ended(flexload(here.path(), &["token", "inspect", "token"]));
    assert_eq!(code, 10);
    assert!(out.contains("20157"), "{out}");
}

#[test]
fn a_token_is_read_from_stdin() {
    let here = folder();
    let mut command = flexload(here.path(), &["token", "inspect"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("stdin").write_all(b"nonsense\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(10));
    assert!(String::from_utf8_lossy(&output.stdout).contains("20101"));
}

#[test]
fn a_scenario_that_is_not_there_or_not_one_is_3() {
    let here = folder();
    let (code, _, err) = ended(flexload(here.path(), &["validate", "nowhere.yaml"]));
    assert_eq!(code, 3);
    assert!(err.contains("nowhere.yaml"), "{err}");
    fs::write(here.path().join("bad.yaml"), "version: 1\nname: bad\ncustomers:\n  cuont: 5\n")
        .expect("written");
    for verb in ["validate", "plan"] {
        let (code, _, err) = ended(flexload(here.path(), &[verb, "bad.yaml"]));
        assert_eq!(code, 3);
        assert!(err.contains("bad.yaml:4:3") && err.contains("did you mean `count`?"), "{verb}: {err}");
    }
}

#[test]
fn schemas_and_completions_are_printed() {
    let here = folder();
    for arguments in [&["schema"][..], &["schema", "run"]] {
        let (code, out, _) = ended(flexload(here.path(), arguments));
        assert_eq!(code, 0);
        serde_json::from_str::<serde_json::Value>(&out).expect("JSON");
    }
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, _) = ended(flexload(here.path(), &["completions", shell]));
        assert_eq!(code, 0);
        assert!(out.contains("flexload"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let here = folder();
    let mut command = flexload(here.path(), &["schema"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn cleaning_up_a_run_that_is_not_there_is_3() {
    let here = folder();
    for (arguments, says) in [
        (&["cleanup", "no such run"][..], "there is no run `no such run`"),
        (&["cleanup", "abc123"], "--target says where to look"),
        (&["cleanup", "abc123", "--target", "mock"], "the embedded mock ends with its run"),
    ] {
        let (code, _, err) = ended(flexload(here.path(), arguments));
        assert_eq!(code, 3, "{err}");
        assert!(err.contains(says), "{arguments:?}: {err}");
    }
}

#[test]
fn an_embedded_run_left_nothing() {
    let here = folder();
    let run = here.path().join("reports/some-run");
    fs::create_dir_all(&run).expect("folders");
    fs::write(run.join("resources.ndjson"), resources("mock", AC)).expect("written");
    for named in ["some-run", "reports/some-run", "reports/some-run/resources.ndjson", "abc123"] {
        let (code, _, err) = ended(flexload(here.path(), &["cleanup", named]));
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
    let here = folder();
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    relay(here.path(), free);
    let cleanup = |account: &str| {
        fs::write(here.path().join("run.ndjson"), resources("staging", account)).expect("written");
        let mut command = flexload(here.path(), &["cleanup", "run.ndjson"]);
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

/// A mock of our own on a free port, ended with the test.
struct Mock(std::process::Child, BufReader<std::process::ChildStdout>);

impl Mock {
    fn start(here: &Path, arguments: &[&str]) -> Self {
        let mut command = flexload(here, &[&["mock", "--bind", "127.0.0.1:0"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("stdout"));
        Self(child, out)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).expect("a line");
        line
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        let pid = self.0.id().to_string();
        Command::new("kill").args([name, &pid]).status().expect("a signal");
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It has ended already, or the test failed before it did.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_mock_says_what_it_is_in_one_line_and_serves_until_it_is_asked_to_end() {
    let here = folder();
    for (signal, seed) in [("-INT", "7"), ("-TERM", "7"), ("-HUP", "7")] {
        let mut mock = Mock::start(here.path(), &["--json", "--seed", seed]);
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
        assert_eq!(mock.signal(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, _, err) = ended(flexload(folder().path(), &["mock", "--bind", &address]));
    assert_ne!(code, 0);
    assert!(err.contains("--bind"), "{err}");
}

#[test]
fn the_rules_of_the_mock_are_printed_with_what_they_rest_on() {
    let (code, out, _) = ended(flexload(folder().path(), &["mock", "--rules"]));
    assert_eq!(code, 0);
    assert!(
        out.contains("[documented]") && out.lines().last().expect("a count").contains(" rules: "),
        "{out}"
    );
}

#[test]
fn a_run_is_cleaned_up_on_a_mock_of_its_own_with_and_without_its_list() {
    let here = folder();
    let mut mock = Mock::start(here.path(), &["--targets-file"]);
    let mut yaml = String::new();
    while !yaml.contains("endpoints") {
        yaml.push_str(&mock.line());
    }
    fs::write(here.path().join("flexload.yaml"), &yaml).expect("written");
    let value = |key: &str| {
        let line =
            yaml.lines().find(|line| line.trim_start().starts_with(&format!("{key}:"))).expect("a line");
        line.split_once(": ").expect("a value").1.trim_matches('"').to_owned()
    };
    let (account, service, flow) = (value("account_sid"), value("chat_service_sid"), value("flex_flow_sid"));
    let list = format!(
        "{{\"event\":\"run\",\"run\":\"abc123\",\"began\":0,\"target\":\"mock\",\"embedded\":false,\
         \"account_sid\":\"{account}\",\"chat_service_sid\":\"{service}\",\"flex_flow_sid\":\"{flow}\"}}\n\
         {{\"event\":\"intend_channel\",\"identity\":\"flx-abc123-1\"}}\n"
    );
    fs::write(here.path().join("run.ndjson"), list).expect("written");
    for _ in 0..2 {
        let (code, _, err) = ended(flexload(here.path(), &["cleanup", "run.ndjson"]));
        assert_eq!(code, 0, "{err}");
        assert!(err.contains("removed 0 channels"), "{err}");
    }
    let (code, _, err) = ended(flexload(here.path(), &["cleanup", "abc123", "--target", "mock"]));
    assert_eq!(code, 0, "{err}");
}
