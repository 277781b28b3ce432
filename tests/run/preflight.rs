//! What is wrong with a target is told with 11 before any customer starts, whichever of its doors it is.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use crate::relay::Relay;
use crate::support::{CHAT, Here, Mock, TargetFile};

/// A login without agents: nobody but customers would find out.
const LOGIN: &str = "\
version: 1
name: login
customers: { count: 3, identity: \"c-{{ customer.index }}\" }
load: { phases: [{ hold: { rate: 10/s, for: 300ms } }] }
steps: [mint_token, connect, open_channel]
";

fn nobody() -> Relay {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    Relay::at(free)
}

/// Runs against the mock with something else in its place; 11 with these words, within the patience.
fn refused(scenario: &str, place: impl FnOnce(&Here, &TargetFile), words: &[&str]) {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    place(&here, &file);
    let began = Instant::now();
    let ran = here.run(scenario, &["--target", "mock"]);
    ran.says(11, words);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    if ran.folder.is_some() {
        assert!(!ran.files.contains_key("run.json"), "no run, no run.json");
        assert!(!ran.file("resources.ndjson").contains("intend_channel"), "a customer started");
    }
}

const FOREIGN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";

#[test]
fn whoever_is_not_there_or_not_it_is_told_before_any_customer_starts() {
    type Stands = fn(&Relay, &Here, &TargetFile);
    type Place = fn(&TargetFile) -> Relay;
    type Words = &'static [&'static str];
    let silent: Words = &["no answer within 10 s"];
    let (rest, socket): (Stands, Stands) = (Relay::is_all_of, Relay::is_the_socket_of);
    let table: [(&str, Stands, Place, Words); 10] = [
        (CHAT, rest, |_| nobody(), &["http://", "refused", "flexload mock"]),
        (CHAT, rest, |_| Relay::silent(), silent),
        (CHAT, rest, |_| Relay::answering(FOREIGN), &["http://", "something else answers there"]),
        (CHAT, socket, |_| nobody(), &["ws://", "refused"]),
        (LOGIN, socket, |_| nobody(), &["ws://", "refused"]),
        (CHAT, socket, |_| Relay::silent(), silent),
        (LOGIN, socket, |_| Relay::silent(), silent),
        (CHAT, socket, |_| Relay::answering(FOREIGN), &["answered 200", "something else answers there"]),
        (LOGIN, socket, |_| Relay::answering(FOREIGN), &["answered 200", "something else answers there"]),
        // The socket opens, and the answer to `init` never comes.
        (LOGIN, socket, |file| Relay::silent_once_seen(file, "\"method\":\"reply\""), silent),
    ];
    // All at once: each may take as long as a target is given to answer.
    thread::scope(|scope| {
        for (scenario, stands, relay, words) in table {
            scope.spawn(move || refused(scenario, |here, file| stands(&relay(file), here, file), words));
        }
    });
}

#[test]
fn credentials_that_are_refused_are_11_and_not_repeated() {
    let wrong = "0123456789abcdef0123456789abcdef";
    refused(
        CHAT,
        |here, file| {
            here.write("flexload.yaml", file.0.replace(&file.value("api_secret"), wrong));
        },
        &["HTTP 401, code 20003", "still valid?"],
    );
}

#[test]
fn a_token_that_the_socket_refuses_is_11() {
    let elsewhere = Here::new();
    let (_other, another) = Mock::as_target(&elsewhere, &["--seed", "2"]);
    refused(
        LOGIN,
        |here, file| Relay::at(another.address()).is_the_socket_of(here, file),
        &["ws://", "the token was refused", "still valid?"],
    );
}

#[test]
fn a_flow_that_is_not_the_accounts_is_11() {
    refused(
        CHAT,
        |here, file| {
            let flow = file.value("flex_flow_sid");
            // Another SID of the mock's own pattern, so that the target stays a local one.
            let other = file.value("account_sid").replacen("AC", "FO", 1);
            here.write("flexload.yaml", file.0.replace(&flow, &other));
        },
        &["check flex_flow_sid of target `mock`"],
    );
}
