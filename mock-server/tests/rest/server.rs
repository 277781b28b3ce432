//! The accept loop: caps, deadlines, keep-alive, the end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use mock_server::{Config, Limits, MockServer, StartError};

use crate::support::{Api, parse, request};

fn quick() -> Config {
    Config {
        limits: Limits::Off,
        header_deadline: Duration::from_millis(300),
        body_deadline: Duration::from_millis(300),
        ..Config::default()
    }
}

fn read_all(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_body_of_more_than_256_kib_is_413() {
    let api = Api::start();
    let body = format!("Body={}", "x".repeat(256 * 1024));
    api.send("POST", "/v1/Channels", &body).refuses(413, 20413);
    let chunked = format!(
        "POST /v1/Channels HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}",
        api.authorization,
        body.len()
    );
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    stream.write_all(chunked.as_bytes()).unwrap();
    parse(&read_all(&mut stream)).refuses(413, 20413);
}

#[test]
fn one_connection_serves_many_requests() {
    let api = Api::start();
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    let head = format!("authorization: {}\r\n", api.authorization);
    let keep = request("GET", "/v2/Services", &head, "").replace("connection: close\r\n", "");
    for _ in 0..3 {
        stream.write_all(keep.as_bytes()).unwrap();
        let mut answer = [0; 8192];
        let read = stream.read(&mut answer).unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
    let counters = api.mock.counters();
    assert_eq!((counters.accepted, counters.requests, counters.open), (1, 3, 1));
}

#[test]
fn a_stopped_mock_lets_go_of_its_address() {
    let mock = MockServer::start(Config::default()).unwrap();
    let address: std::net::SocketAddr = mock.url().trim_start_matches("http://").parse().unwrap();
    let idle = TcpStream::connect(address).unwrap();
    mock.stop();
    drop(idle);
    let again = MockServer::start(Config { bind: address, ..Config::default() }).unwrap();
    assert_eq!(again.url(), format!("http://{address}"));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let mock = MockServer::start(Config::default()).unwrap();
    let address = mock.url().trim_start_matches("http://").parse().unwrap();
    let Err(error) = MockServer::start(Config { bind: address, ..Config::default() }) else {
        panic!("two mocks on {address}");
    };
    assert!(matches!(error, StartError::Listen { .. }));
    assert_eq!(error.to_string(), format!("the mock cannot listen on {address}"));
}

#[test]
fn several_threads_serve_one_world() {
    let api = Api::with(Config { worker_threads: 2.try_into().unwrap(), ..quick() });
    let sids: Vec<String> = std::thread::scope(|scope| {
        let open: Vec<_> = (0..4).map(|_| scope.spawn(|| api.open("ada"))).collect();
        open.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(sids.iter().all(|sid| *sid == sids[0]), "{sids:?}");
}
