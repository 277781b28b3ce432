//! `GET /metrics`: few connections, one request each, little patience.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::source::Source;

/// Connections at once; one more waits.
const CONNECTIONS: usize = 8;
/// Bytes of a request's head.
const HEAD: usize = 16 * 1024;
/// How long a head may take to come.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long a connection may last, whoever is slow at its other end.
const DEADLINE: Duration = Duration::from_secs(15);

/// Prometheus's text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers scrapes until it is dropped.
pub(super) async fn serve(listener: TcpListener, source: Source) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Whatever is short, such as files, is short for the customers too: they come first.
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let source = source.clone();
        tokio::spawn(async move {
            let _permit = permit;
            let service = service_fn(|request| std::future::ready(answer(&request, &source)));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_DEADLINE)
                .max_buf_size(HEAD)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            // A line that broke is nobody's business but the scraper's.
            let _ = timeout(DEADLINE, connection).await;
        });
    }
}

fn answer(request: &Request<Incoming>, source: &Source) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match (request.uri().path(), request.method()) {
        ("/metrics", &Method::GET | &Method::HEAD) => (StatusCode::OK, source.page().into()),
        ("/metrics", _) => (StatusCode::METHOD_NOT_ALLOWED, Bytes::from_static(b"only GET and HEAD\n")),
        _ => (StatusCode::NOT_FOUND, Bytes::from_static(b"the metrics are at /metrics\n")),
    };
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    Ok(response)
}
