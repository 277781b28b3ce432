//! A run takes away what it made, and what a crash left is taken away later.

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{CHAT, Here, Mock, TargetFile, count};

/// What there is on the mock: Flex Channels, Chat channels and users whose names are some run's.
fn left(file: &TargetFile) -> Vec<String> {
    let service = file.value("chat_service_sid");
    let list = |path: &str, key: &str| {
        let mut stream = TcpStream::connect(file.address()).expect("the mock");
        let basic = STANDARD.encode(format!("{}:{}", file.value("api_key"), file.value("api_secret")));
        write!(
            stream,
            "GET {path}?PageSize=1000 HTTP/1.1\r\nHost: mock\r\nAuthorization: Basic {basic}\r\nConnection: close\r\n\r\n"
        )
        .expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        let page: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        page[key].as_array().unwrap_or_else(|| panic!("no `{key}`: {page:#}")).clone()
    };
    let mut left = Vec::new();
    for (path, key) in [
        ("/v1/Channels".to_owned(), "flex_chat_channels"),
        (format!("/v2/Services/{service}/Channels"), "channels"),
        (format!("/v2/Services/{service}/Users"), "users"),
    ] {
        left.extend(
            list(&path, key).iter().map(|thing| format!("{key}: {} {}", thing["sid"], thing["identity"])),
        );
    }
    left
}

#[test]
fn a_run_leaves_nothing_on_a_mock_of_its_own_whatever_its_customers_are_called() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let ran = here.run(CHAT, &["--target", "mock"]);
    ran.says(0, &["PASSED"]);
    let run = ran.json();
    assert_eq!(run["target"]["name"], "mock");
    assert_eq!(count(&run["totals"], "completed"), 5);
    assert_eq!(left(&file), [""; 0]);
    // A second run does not meet the first one's channels.
    here.run(CHAT, &["--target", "mock", "--workers", "2"]).says(0, &["5 completed"]);
    assert_eq!(left(&file), [""; 0]);
}

#[test]
fn customers_who_never_open_a_channel_leave_no_user() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let scenario = CHAT.replace("agents:", "#").split("  - open_channel").next().expect("a head").to_owned();
    here.run(&scenario, &["--target", "mock"]).says(0, &["5 completed"]);
    assert_eq!(left(&file), [""; 0]);
}

#[test]
fn what_a_killed_run_left_is_removed_by_its_list_and_by_its_name() {
    for by_name in [false, true] {
        let here = Here::new();
        let (_mock, file) = Mock::as_target(&here, &[]);
        let scenario =
            CHAT.replace("reply_after: 50ms", "reply_after: 1m").replace("{ within: 20s }", "{ within: 2m }");
        here.write("s.yaml", &scenario);
        let run = here.started(&["run", "s.yaml", "--target", "mock"]);
        let made = |here: &Here| {
            here.newest_run()
                .and_then(|run| std::fs::read_to_string(run.join("resources.ndjson")).ok())
                .map_or(0, |list| list.matches("made_channel").count())
        };
        here.until("five channels", |here| made(here) == 5);
        run.crash();
        assert!(left(&file).len() >= 10, "{:?}", left(&file));

        let folder = here.newest_run().expect("a folder");
        if by_name {
            let list = std::fs::read_to_string(folder.join("resources.ndjson")).expect("a list");
            let first: Value = serde_json::from_str(list.lines().next().expect("a line")).expect("JSON");
            let id = first["run"].as_str().expect("an ID").to_owned();
            std::fs::remove_dir_all(&folder).expect("removed");
            here.ended(&["cleanup", &id, "--target", "mock"]).says(0, &["removed 5 channels"]);
        } else {
            let folder = folder.to_str().expect("text");
            here.ended(&["cleanup", folder]).says(0, &["removed 5 channels"]);
            here.ended(&["cleanup", folder]).says(0, &["removed 0 channels and 0 users"]);
        }
        assert_eq!(left(&file), [""; 0], "by name: {by_name}");
    }
}
