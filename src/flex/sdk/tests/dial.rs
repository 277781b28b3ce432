//! Connections that do not come about, on real sockets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::flex::sdk::{Doing, ErrorKind, Reached, Sdk, SdkError};

/// A server that answers each connection's request with these bytes and then says no more.
async fn server(answer: &'static str, hang_up: bool) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            if !hang_up {
                kept.push(stream);
            }
        }
    });
    address
}

async fn failure(url: &str, sources: Vec<IpAddr>, within: Duration) -> SdkError {
    failure_and_reach(url, sources, within).await.0
}

/// Why a login fails, and whether dns, tcp, tls and init were over.
async fn failure_and_reach(url: &str, sources: Vec<IpAddr>, within: Duration) -> (SdkError, [bool; 4]) {
    let provider = rustls::crypto::ring::default_provider().into();
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let config = SdkConfig::new(url.parse().unwrap(), "us1", 0).sources(sources).tls(tls.into());
    let (config, deadline, mut reached) = (Rc::new(config), Instant::now() + within, Reached::default());
    let login = Sdk::connect_watched(&config, "token", deadline, |so_far| reached = so_far);
    let error = login.await.unwrap_err();
    (error, reached.took().map(|took| took.is_some()))
}

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = failure(&format!("ws://{address}/"), vec![], SHORT).await;
    assert_eq!((error.kind, error.doing), (ErrorKind::Refused, Doing::Connecting), "{error}");
}

#[tokio::test]
async fn a_failed_login_tells_how_far_it_came() {
    let refusing = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let silent = server("", false).await;
    let busy = server("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", true).await;
    for (url, within, came) in [
        (format!("ws://{refusing}/"), SHORT, [true, false, false, false]),
        (format!("ws://{silent}/"), SHORT, [true, true, true, false]),
        (format!("wss://{silent}/"), SHORT, [true, true, false, false]),
        (format!("ws://{busy}/"), SHORT, [true, true, true, false]),
        // Tried twice.
        (format!("ws://{busy}/"), Duration::from_millis(2500), [true, true, true, false]),
    ] {
        let (error, reached) = failure_and_reach(&url, vec![], within).await;
        assert_eq!(reached, came, "{url}: {error}");
    }
}

#[tokio::test]
async fn accepts_and_never_answers() {
    let address = server("", false).await;
    let error = failure(&format!("ws://{address}/"), vec![], SHORT).await;
    assert_eq!((error.kind, error.doing), (ErrorKind::ConnectTimeout, Doing::Connecting), "{error}");
}

#[tokio::test]
async fn answers_something_else() {
    let address = server("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", true).await;
    let error = failure(&format!("ws://{address}/"), vec![], SHORT).await;
    assert_eq!(error.kind, ErrorKind::Upgrade(403), "{error}");
    let address = server("SSH-2.0-OpenSSH_9.6\r\n", true).await;
    let error = failure(&format!("ws://{address}/"), vec![], SHORT).await;
    assert_eq!(error.kind, ErrorKind::Upgrade(0), "{error}");
    let address = server("", true).await;
    let error = failure(&format!("ws://{address}/"), vec![], SHORT).await;
    assert_eq!(error.kind, ErrorKind::Reset, "{error}");
}

#[tokio::test]
async fn a_plain_server_where_tls_is_expected() {
    let address = server("HTTP/1.1 400 Bad Request\r\n\r\n", true).await;
    let error = failure(&format!("wss://{address}/"), vec![], SHORT).await;
    assert_eq!(error.kind, ErrorKind::Tls, "{error}");
}

#[tokio::test]
async fn a_failure_of_this_machine_is_its_own_and_ends_the_login_at_once() {
    // An address of documentation (RFC 5737): no machine has it to send from.
    let elsewhere = IpAddr::from([203, 0, 113, 1]);
    let began = Instant::now();
    let error = failure("ws://127.0.0.1:9/", vec![elsewhere], Duration::from_secs(20)).await;
    assert_eq!(error.kind, ErrorKind::Local(libc::EADDRNOTAVAIL), "{error}");
    assert!(error.is_local() && began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn attempts_are_repeated_as_long_as_there_is_time() {
    let address = server("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", true).await;
    let began = Instant::now();
    let error = failure(&format!("ws://{address}/"), vec![], Duration::from_millis(2500)).await;
    assert_eq!(error.kind, ErrorKind::Upgrade(503), "{error}");
    let took = began.elapsed();
    assert!(
        Duration::from_millis(800) <= took && took < Duration::from_millis(1500),
        "two attempts: {took:?}"
    );
}
