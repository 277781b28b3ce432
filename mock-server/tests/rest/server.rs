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
fn whoever_does_not_finish_a_head_is_cut_off() {
    let api = Api::with(quick());
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    stream.write_all(b"GET /v1/Channels HTTP/1.1\r\nhost: x\r\n").unwrap();
    read_all(&mut stream);
    api.get("/v1/Channels").is(200);
}

#[test]
fn whoever_does_not_finish_a_body_is_answered_408() {
    let api = Api::with(quick());
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    let head = format!(
        "POST /v1/Channels HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-length: 10\r\n\r\nabc",
        api.authorization
    );
    stream.write_all(head.as_bytes()).unwrap();
    let reply = parse(&read_all(&mut stream)).refuses(408, 20001);
    assert_eq!(reply.headers["connection"], "close");
}

#[test]
fn whoever_does_not_take_an_answer_is_cut_off() {
    let api = Api::with(Config { write_deadline: Duration::from_millis(300), ..quick() });
    let path = api.service(&format!("/Channels/{}/Messages", api.open("ada")));
    let body = "\u{1}".repeat(32 * 1024);
    for _ in 0..30 {
        api.post(&path, &[("Body", &body)]).is(201);
    }
    let head = format!("authorization: {}\r\n", api.authorization);
    let keep = request("GET", &path, &head, "").replace("connection: close\r\n", "");
    let mut stream = TcpStream::connect(api.authority()).unwrap();
    // More than the buffers between them hold.
    stream.write_all(keep.repeat(6).as_bytes()).unwrap();
    // Long enough to be accepted.
    std::thread::sleep(Duration::from_millis(200));
    let cut_off = (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        api.mock.counters().open == 0
    });
    assert!(cut_off, "the connection is held");
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
fn a_head_of_more_than_32_kib_or_100_fields_is_refused() {
    let api = Api::start();
    let long = format!("x: {}\r\n", "y".repeat(40 * 1024));
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    for head in [long, many] {
        let mut stream = TcpStream::connect(api.authority()).unwrap();
        let _ = stream.write_all(request("GET", "/v1/Channels", &head, "").as_bytes());
        parse(&read_all(&mut stream)).refuses(431, 20001);
    }
}

#[test]
fn what_is_no_http_is_refused_in_twilios_shape() {
    let api = Api::start();
    for nonsense in
        ["GET\r\n\r\n", "GET /v1/Channels\u{e9} HTTP/1.1\r\n: x\r\n\r\n", "\u{7f}\u{1}\u{2}\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(api.authority()).unwrap();
        stream.write_all(nonsense.as_bytes()).unwrap();
        parse(&read_all(&mut stream)).refuses(400, 20001);
    }
}

#[test]
fn a_connection_beyond_the_cap_is_answered_503() {
    let api = Api::with(Config { max_connections: 2, ..quick() });
    let held: Vec<TcpStream> = (0..2).map(|_| TcpStream::connect(api.authority()).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(50));
    let mut third = TcpStream::connect(api.authority()).unwrap();
    parse(&read_all(&mut third)).refuses(503, 20503);
    assert_eq!(api.mock.counters().turned_away, 1);
    drop(held);
    std::thread::sleep(Duration::from_millis(50));
    api.get("/v1/Channels").is(200);
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
fn a_request_to_the_sockets_path_that_is_no_handshake_is_426() {
    let api = Api::start();
    let reply = api.get("/v3/wsconnect").refuses(426, 20426);
    assert_eq!(reply.headers["upgrade"], "websocket");
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
