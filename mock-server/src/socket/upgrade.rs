//! From HTTP to the SDK's socket: the WebSocket handshake.

use std::sync::Arc;

use axum::body::Body;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::serve;
use crate::account::Accounts;
use crate::basis::{Refused, rules};
use crate::patient::{Fuse, Patient};
use crate::shaped::Shaped;

rules! {
    SWITCHED = "socket.upgrade", Library("twilsock of twilio-chat 6.0.0: wss to /v3/wsconnect, without subprotocol"),
        "a WebSocket handshake on /v3/wsconnect is answered 101";
    NO_HANDSHAKE = "socket.upgrade.none", Inferred("RFC 9110 asks for 426 with the protocol that is wanted"),
        "a request to /v3/wsconnect that is no WebSocket handshake is 426, 20426";
}

/// Where the SDK connects to.
pub(crate) const PATH: &str = "/v3/wsconnect";

/// A connection about to become a socket.
pub(crate) struct Upgrade {
    on: OnUpgrade,
    host: Option<String>,
    accept: HeaderValue,
}

/// Reads a handshake.
///
/// # Errors
/// If it is none.
pub(crate) fn handshake(request: &mut Request<Incoming>) -> Result<Upgrade, Refused> {
    let accept = accept_key(request.method(), request.headers())
        .ok_or_else(|| Refused::new(426, 20426, "Upgrade Required", NO_HANDSHAKE))?;
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    Ok(Upgrade { on: hyper::upgrade::on(request), host, accept })
}

impl Upgrade {
    /// Forgets where the client says the mock is: the mock knows better.
    pub(crate) fn without_host(self) -> Self {
        Self { host: None, ..self }
    }

    /// 101.
    pub(crate) fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        if !SWITCHED.follow() {
            return response;
        }
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        response
    }

    /// Serves the socket until it ends; once the mock is `stopping`, its client is sent away. Dropping this ends it, too: the world is told either way.
    pub(crate) async fn serve(
        self,
        accounts: Arc<Accounts>,
        fuse: &Fuse,
        stopping: impl Future<Output = ()>,
    ) {
        let Ok(upgraded) = self.on.await else { return };
        // Links that lead around the socket begin with where the client says the mock is.
        let host =
            self.host.map_or_else(|| accounts.first().base().to_owned(), |host| format!("http://{host}"));
        // The bare stream spares each connection hyper's wrapping; there is no other kind of stream here.
        match upgraded.downcast::<Shaped<TokioIo<Patient<TcpStream>>>>() {
            Ok(parts) => {
                let stream = parts.io.into_inner().into_inner();
                serve(stream, parts.read_buf.to_vec(), host, accounts, fuse, stopping).await;
            }
            Err(upgraded) => serve(TokioIo::new(upgraded), Vec::new(), host, accounts, fuse, stopping).await,
        }
    }
}

/// What a valid handshake is answered with.
fn accept_key(method: &Method, headers: &HeaderMap) -> Option<HeaderValue> {
    let wants = method == Method::GET
        && lists(headers, &header::CONNECTION, "upgrade")
        && lists(headers, &header::UPGRADE, "websocket")
        && headers.get(header::SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| wants)?;
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok()
}

/// Whether a header's comma-separated list holds this word, in any case.
fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|listed| listed.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(pairs: &[(&'static str, &str)]) -> Option<HeaderValue> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        accept_key(&Method::GET, &headers)
    }

    #[test]
    fn the_example_of_the_rfc_is_answered_as_there() {
        let accept = answer(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        assert_eq!(accept.unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn anything_less_is_no_handshake() {
        assert_eq!(answer(&[]), None);
        let no_version = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "x")];
        assert_eq!(answer(&no_version), None);
    }
}
