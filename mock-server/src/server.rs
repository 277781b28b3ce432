//! The accept loop: connections, their deadlines and their cap, and a graceful end.
//!
//! axum's own `serve` sets no deadline for the head of a request, so that one slow client could hold a
//! connection for ever. Hence hyper's connection builder here, and axum's router within.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Collected};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::account::Accounts;
use crate::basis::{Broken, rules};
use crate::config::{Config, Credentials};
use crate::fault::Planted;
use crate::fault::http::Line;
use crate::host;
use crate::patient::{Fuse, Patient};
use crate::route::{self, App};
use crate::shaped::Shaped;
use crate::socket::upgrade;
use crate::state::State;
use crate::world::Population;

rules! {
    CROWDED = "server.connections", MockOnly("a mock must not grow without bound"),
        "a connection beyond the cap is answered 503, 20503 and closed";
    SLOW_HEAD = "server.head.slow", MockOnly("a slow client must not hold a connection"),
        "a connection on which no whole head of a request arrives within the deadline is closed, idle ones too";
}

/// Bytes of a request's head.
const HEAD: usize = 32 * 1024;

/// Fields of a request's head.
const FIELDS: usize = 100;

/// How long requests that have begun may take once the mock is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What is said to a connection that is one too many.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 137\r\n\
    connection: close\r\n\r\n{\"code\":20503,\"message\":\"The mock has as many connections as it may\",\
    \"more_info\":\"https://www.twilio.com/docs/errors/20503\",\"status\":503}";

/// One mock, ready to be served: its accounts and its API.
pub struct Mock {
    config: Arc<Config>,
    accounts: Arc<Accounts>,
    app: Arc<App>,
    router: Router,
    connections: Arc<Semaphore>,
    accepted: AtomicU64,
    turned_away: AtomicU64,
    /// Mends them once the mock is gone.
    _broken: Broken,
}

/// What a mock has done and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    /// Connections accepted so far.
    pub accepted: u64,
    /// Connections turned away at the cap.
    pub turned_away: u64,
    /// Connections open now, sockets included.
    pub open: usize,
    /// REST requests answered so far.
    pub requests: u64,
    /// What the faults have done.
    pub planted: Vec<Planted>,
    /// What the world holds.
    pub population: Population,
}

impl Mock {
    /// A mock that will be reached at `address`: links in its answers begin with it.
    #[must_use]
    pub fn new(config: Config, address: SocketAddr) -> Self {
        let config = Arc::new(config);
        let base = config.public_url.clone().unwrap_or_else(|| url_of(address));
        let accounts = Arc::new(Accounts::new(config.clone(), base));
        let app = Arc::new(App::new(&config, accounts.clone()));
        let router = route::router(app.clone());
        let connections = Arc::new(Semaphore::new(config.max_connections));
        let (accepted, turned_away) = Default::default();
        let _broken = Broken::new(config.broken.clone());
        Self { config, accounts, app, router, connections, accepted, turned_away, _broken }
    }

    /// What a client of the account it begins with needs to know.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.accounts.first().credentials()
    }

    /// Where clients reach it: what links in its answers begin with.
    #[must_use]
    pub fn url(&self) -> &str {
        self.accounts.first().base()
    }

    /// What it is to begin with.
    pub(crate) fn state(&self) -> Option<Arc<State>> {
        self.config.state.clone()
    }

    /// Its accounts: to add some, to let time pass for one, to have one begin anew.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// What it has done, and what the account it begins with holds.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let room = self.accounts.first().room();
        Counters {
            accepted: self.accepted.load(Ordering::Relaxed),
            turned_away: self.turned_away.load(Ordering::Relaxed),
            open: self.config.max_connections.saturating_sub(self.connections.available_permits()),
            requests: self.app.requests(),
            planted: room.guard.planted(),
            population: room.world.population(),
        }
    }

    /// Answers a request without a network: for tests and benchmarks.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let router = TowerToHyperService::new(self.router.clone());
        let Ok(answer) = router.call(request.map(Body::from)).await;
        let (head, body) = answer.into_parts();
        // The bodies of answers are whole from the start: collecting one cannot fail.
        let body = body.collect().await.map_or_else(|_| Bytes::new(), Collected::to_bytes);
        Response::from_parts(head, body)
    }
}

/// The URL of a mock that listens there. Where it listens on every address, this machine's is the one to use.
#[must_use]
pub fn url_of(address: SocketAddr) -> String {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// How far the end has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Running,
    /// Finish what has begun.
    Stopping,
    /// Let go.
    Stopped,
}

/// Serves a mock on a listener until `shutdown` ends; then finishes what has begun, for five seconds at most.
pub async fn serve(listener: TcpListener, mock: Arc<Mock>, shutdown: impl Future<Output = ()>) {
    let (stage, _) = watch::channel(Stage::Running);
    tokio::select! {
        () = shutdown => {}
        () = accept(&listener, &mock, &stage) => {}
    }
    drop(listener);
    stage.send_replace(Stage::Stopping);
    let all = u32::try_from(mock.config.max_connections).unwrap_or(u32::MAX);
    let _ = timeout(GRACE, mock.connections.acquire_many(all)).await;
    stage.send_replace(Stage::Stopped);
}

async fn accept(listener: &TcpListener, mock: &Arc<Mock>, stage: &watch::Sender<Stage>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // A client that gave up is none of our business; without files left, closing others has to
                // come first.
                if !is_clients_fault(&error) {
                    sleep(Duration::from_millis(20)).await;
                }
                continue;
            }
        };
        let Ok(permit) = mock.connections.clone().try_acquire_owned() else {
            mock.turned_away.fetch_add(1, Ordering::Relaxed);
            turn_away(stream);
            continue;
        };
        mock.accepted.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(connection(stream, mock.clone(), stage.subscribe(), permit));
    }
}

fn is_clients_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Says that there is no room, if the socket takes it at once: whoever is turned away must cost nothing.
fn turn_away(stream: TcpStream) {
    static SAYING: Semaphore = Semaphore::const_new(64);
    if !CROWDED.follow() {
        return;
    }
    let Ok(permit) = SAYING.try_acquire() else { return };
    tokio::spawn(async move {
        let _permit = permit;
        let mut stream = stream;
        let say = async {
            stream.write_all(FULL.as_bytes()).await?;
            stream.shutdown().await?;
            // Closed with unread bytes, the kernel would throw the answer away.
            stream.read(&mut [0; 4096]).await
        };
        let _ = timeout(Duration::from_secs(1), say).await;
    });
}

async fn connection(
    stream: TcpStream,
    mock: Arc<Mock>,
    mut stage: watch::Receiver<Stage>,
    permit: OwnedSemaphorePermit,
) {
    // Without it a small answer would wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let fuse = Arc::<Fuse>::default();
    let stream = Patient::new(stream, mock.config.write_deadline, fuse.clone());
    // hyper keeps this deadline by itself: it is counted when it ends a connection, or here if none is kept.
    let kept = !SLOW_HEAD.is_broken() || SLOW_HEAD.follow();
    let deadline = kept.then_some(mock.config.header_deadline);
    let router = TowerToHyperService::new(mock.router.clone());
    let upgrades = Upgrades { mock: mock.clone(), permit: Arc::new(permit), stage: stage.clone(), fuse };
    let service = service_fn(move |mut request: Request<Incoming>| {
        let answer = if let Err(elsewhere) = host::map(&mut request) {
            Err(upgrades.mock.app.elsewhere(elsewhere, &request.into_parts().0))
        } else if request.uri().path() == upgrade::PATH {
            Err(upgrades.answer(request))
        } else {
            Ok(router.call(request.map(Body::new)))
        };
        let (fuse, stage) = (upgrades.fuse.clone(), upgrades.stage.clone());
        async move {
            let response = match answer {
                Ok(answer) => answer.await,
                Err(response) => Ok(response),
            };
            match response {
                Ok(response) => match response.extensions().get::<Line>().copied() {
                    None => Ok(response),
                    Some(line) => Err(unanswered(line, &fuse, stage).await),
                },
                Err(never) => match never {},
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadline)
        .max_headers(FIELDS)
        .max_header_size(HEAD)
        .max_buf_size(HEAD)
        .serve_connection(Shaped::new(TokioIo::new(stream)), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        end = connection.as_mut() => {
            let _kept = end.is_err_and(|error| error.is_timeout()) && SLOW_HEAD.follow();
            return;
        }
        _ = stage.wait_for(|stage| *stage != Stage::Running) => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stage.wait_for(|stage| *stage == Stage::Stopped) => {}
    }
}

/// Ends a connection on which a fault leaves a request unanswered.
async fn unanswered(line: Line, fuse: &Fuse, mut stage: watch::Receiver<Stage>) -> io::Error {
    match line {
        Line::Reset => fuse.blow(),
        // A client that goes away drops this; else the mock's end is the end of waiting.
        Line::Frozen => drop(stage.wait_for(|stage| *stage != Stage::Running).await),
    }
    io::ErrorKind::ConnectionReset.into()
}

/// What starts sockets on a connection.
struct Upgrades {
    mock: Arc<Mock>,
    /// Held by the socket, too, so that the cap counts the connection for as long as it lives.
    permit: Arc<OwnedSemaphorePermit>,
    stage: watch::Receiver<Stage>,
    /// Blown where a fault has the connection reset.
    fuse: Arc<Fuse>,
}

impl Upgrades {
    /// Answers a handshake, and starts the socket that comes of it.
    fn answer(&self, mut request: Request<Incoming>) -> Response<Body> {
        let fixed = self.mock.config.public_url.is_some();
        let upgrade = match upgrade::handshake(&mut request) {
            Ok(upgrade) if fixed => upgrade.without_host(),
            Ok(upgrade) => upgrade,
            Err(refused) => {
                let mut response = self.mock.app.refuse(refused, upgrade::PATH);
                response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                return response;
            }
        };
        let response = upgrade.response();
        let (accounts, fuse) = (self.mock.accounts.clone(), self.fuse.clone());
        let (counted, mut stage) = (self.permit.clone(), self.stage.clone());
        let mut stopping = stage.clone();
        tokio::spawn(async move {
            let _counted = counted;
            let stopping = async {
                let _ = stopping.wait_for(|stage| *stage != Stage::Running).await;
            };
            tokio::select! {
                () = upgrade.serve(accounts, &fuse, stopping) => {}
                _ = stage.wait_for(|stage| *stage == Stage::Stopped) => {}
            }
        });
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_one_too_many_is_well_formed() {
        let (head, body) = FULL.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
        let error: wire::error::ApiError = serde_json::from_str(body).unwrap();
        assert_eq!((error.status, error.code), (503, 20503));
    }

    #[test]
    fn the_url_of_every_address_is_this_machines() {
        assert_eq!(url_of("0.0.0.0:80".parse().unwrap()), "http://127.0.0.1:80");
        assert_eq!(url_of("[::1]:80".parse().unwrap()), "http://[::1]:80");
    }
}
