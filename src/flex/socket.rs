//! A customer's own connection: TCP, TLS where the address asks for it, WebSocket, each timed.
//!
//! Thousands of these exist at once and mostly wait, so the buffers are small, and what a large frame made
//! them grow to is given back at the next quiet moment.

use std::{
    cell::Cell,
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, Sink as _, Stream as _};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpSocket, TcpStream, lookup_host},
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error as WsError, Message,
        error::ProtocolError,
        protocol::{Role, WebSocketConfig},
    },
};
use url::{Host, Url};

use super::sdk::{Doing, ErrorKind, SdkError};

/// How long a connection may take from the name to the upgrade.
const DIAL_WITHIN: Duration = Duration::from_secs(30);
/// What is read at once, and kept by every connection: about three frames of a chat.
const READ_BUFFER: usize = 4 * 1024;
/// What is written at once.
const WRITE_BUFFER: usize = 8 * 1024;
/// What a burst of writing may leave allocated: a message and its acknowledgements are less, a login is more.
const WRITE_KEPT: usize = 1024;
/// What may wait for the other side to read; past it the connection is given up.
const MOST_UNWRITTEN: usize = 1024 * 1024;
/// The largest frame taken.
const LARGEST_FRAME: usize = 4 * 1024 * 1024;

fn ws_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MOST_UNWRITTEN)
        .max_message_size(Some(LARGEST_FRAME))
        .max_frame_size(Some(LARGEST_FRAME))
}

/// When each part of making a connection was done; `None`: it is not, or not yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DialTimes {
    pub(crate) began: Instant,
    pub(crate) dns: Option<Instant>,
    pub(crate) tcp: Option<Instant>,
    pub(crate) tls: Option<Instant>,
    pub(crate) open: Option<Instant>,
}

impl DialTimes {
    /// Nothing is done yet.
    pub(crate) fn since(began: Instant) -> Self {
        Self { began, dns: None, tcp: None, tls: None, open: None }
    }
}

/// What `wss` connections trust: the system's certificates, and those of a file.
///
/// # Errors
/// If the file cannot be read or holds no certificate, or there is nothing to trust at all.
pub fn tls_config(ca_file: Option<&Path>) -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let invalid = |error: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
        };
        let found = CertificateDer::pem_file_iter(path).map_err(|error| invalid(&error))?;
        let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| invalid(&error))?;
        if found.is_empty() {
            return Err(invalid(&"no certificate in it"));
        }
        for certificate in found {
            roots.add(certificate).map_err(|error| invalid(&error))?;
        }
    }
    if roots.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "no certificates to trust on this system"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// TCP or TLS, counting what was read.
#[derive(Debug)]
struct Transport {
    stream: Wire,
    read: u64,
    reads: u32,
}

#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    // Boxed: a TLS session is a kilobyte that plain connections should not carry.
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(match &mut self.stream {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        })?;
        self.read += (buf.filled().len() - before) as u64;
        self.reads = self.reads.wrapping_add(1);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// An open WebSocket that carries binary messages.
#[derive(Debug)]
pub(crate) struct Socket {
    /// `None` only while [`quiet`](Self::quiet) exchanges it.
    stream: Option<WebSocketStream<Transport>>,
    unflushed: bool,
    /// Bytes queued since the last flush.
    queued: usize,
    /// What the messages handed out took on the wire.
    consumed: u64,
    /// Whether the buffers may have grown.
    grown: bool,
}

impl Socket {
    /// Connects: name, TCP, TLS, upgrade. How far it is can be seen in `times` meanwhile, and when it failed.
    pub(crate) async fn dial(
        url: Url,
        tls: Option<Arc<rustls::ClientConfig>>,
        source: Option<IpAddr>,
        times: Rc<Cell<DialTimes>>,
    ) -> Result<Self, SdkError> {
        timeout(DIAL_WITHIN, Self::dial_unlimited(&url, tls, source, &times))
            .await
            .unwrap_or_else(|_| Err(SdkError::new(ErrorKind::ConnectTimeout, Doing::Connecting)))
    }

    async fn dial_unlimited(
        url: &Url,
        tls: Option<Arc<rustls::ClientConfig>>,
        source: Option<IpAddr>,
        times: &Cell<DialTimes>,
    ) -> Result<Self, SdkError> {
        let secure = url.scheme() == "wss";
        let port = url.port().unwrap_or(if secure { 443 } else { 80 });
        let mut done = DialTimes::since(Instant::now());
        times.set(done);
        let addresses = resolve(url, port).await?;
        done.dns = Some(Instant::now());
        times.set(done);
        let tcp_stream = connect(&addresses, source).await?;
        done.tcp = Some(Instant::now());
        times.set(done);
        let stream = if secure { secured(url, tcp_stream, tls).await? } else { Wire::Plain(tcp_stream) };
        done.tls = Some(Instant::now());
        times.set(done);
        let transport = Transport { stream, read: 0, reads: 0 };
        let (mut stream, _) =
            client_async_with_config(url.as_str(), transport, Some(ws_config())).await.map_err(upgrade)?;
        // The service says nothing before `init`, so no frame came with the answer to the upgrade.
        stream.get_mut().read = 0;
        done.open = Some(Instant::now());
        times.set(done);
        Ok(Self { stream: Some(stream), unflushed: false, queued: 0, consumed: 0, grown: true })
    }

    fn stream(&mut self) -> Result<Pin<&mut WebSocketStream<Transport>>, SdkError> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| SdkError::new(ErrorKind::Reset, Doing::Connecting))
    }

    /// The next message.
    pub(crate) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, SdkError>> {
        loop {
            let consumed = self.consumed;
            let mut stream = self.stream()?;
            let (left, reads) = (stream.get_ref().read > consumed, stream.get_ref().reads);
            let message = stream.as_mut().poll_next(cx);
            // Room for a whole read is made behind what was left of the read before.
            let grown = stream.get_ref().reads.wrapping_sub(reads) + u32::from(left) > 1;
            self.grown |= grown;
            let message = ready!(message);
            if let Some(Ok(message)) = &message {
                self.consumed += on_the_wire(message.len());
            }
            match message {
                Some(Ok(Message::Binary(bytes))) => return Poll::Ready(Ok(bytes)),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.as_ref().map_or(0, |frame| frame.code.into());
                    let error = SdkError::new(ErrorKind::SocketClosed(code), Doing::Connecting);
                    let reason = frame.map(|frame| frame.reason.as_str().to_owned()).unwrap_or_default();
                    return Poll::Ready(Err(if reason.is_empty() { error } else { error.saying(reason) }));
                }
                // Text means nothing to the SDK; tungstenite answers pings itself.
                Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Poll::Ready(Err(broken(&error))),
                None => return Poll::Ready(Err(SdkError::new(ErrorKind::Reset, Doing::Connecting))),
            }
        }
    }

    /// Queues a message; [`poll_flush`](Self::poll_flush) sends it.
    pub(crate) fn queue(&mut self, frame: &[u8]) -> Result<(), SdkError> {
        self.unflushed = true;
        self.queued += frame.len();
        self.grown |= self.queued > WRITE_KEPT;
        let message = Message::Binary(Bytes::copy_from_slice(frame));
        self.stream()?.start_send(message).map_err(|error| broken(&error))
    }

    /// Sends what is queued.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SdkError>> {
        if self.unflushed {
            ready!(self.stream()?.poll_flush(cx)).map_err(|error| broken(&error))?;
            self.unflushed = false;
            self.queued = 0;
        }
        Poll::Ready(Ok(()))
    }

    /// Queues the WebSocket's own good-bye.
    pub(crate) fn queue_close(&mut self) -> Result<(), SdkError> {
        self.unflushed = true;
        self.stream()?.start_send(Message::Close(None)).map_err(|error| broken(&error))
    }

    /// Nothing is going on: gives back buffers that have grown.
    ///
    /// Correctness note: the read buffer is dropped with the stream, so it must be empty. It is when the
    /// messages handed out account for every byte read; where they do not (a fragmented message, half of one
    /// read ahead) nothing is done.
    pub(crate) fn quiet(&mut self) {
        let Some(stream) = self
            .stream
            .take_if(|stream| self.grown && !self.unflushed && stream.get_ref().read == self.consumed)
        else {
            return;
        };
        self.grown = false;
        let transport = stream.into_inner();
        // The future does nothing but build the value.
        self.stream =
            WebSocketStream::from_raw_socket(transport, Role::Client, Some(ws_config())).now_or_never();
    }
}

/// The bytes of an unfragmented message from a server with that much in it.
fn on_the_wire(size: usize) -> u64 {
    let header = match size {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    header + size as u64
}

async fn resolve(url: &Url, port: u16) -> Result<Vec<SocketAddr>, SdkError> {
    let name = match url.host() {
        Some(Host::Ipv4(ip)) => return Ok(vec![(ip, port).into()]),
        Some(Host::Ipv6(ip)) => return Ok(vec![(ip, port).into()]),
        Some(Host::Domain(name)) => name,
        None => return Err(SdkError::new(ErrorKind::Resolve, Doing::Connecting).saying("no host name")),
    };
    match lookup_host((name, port)).await {
        Ok(found) => Ok(found.collect()),
        Err(error) => {
            // A resolver needs files and ports as well. getaddrinfo's EAI_AGAIN reaches us only as its words: the
            // resolver, not the name, is at fault.
            let kind = match SdkError::io(&error, Doing::Connecting).kind {
                local @ ErrorKind::Local(_) => local,
                _ if error.to_string().contains("Temporary failure") => ErrorKind::Local(0),
                _ => ErrorKind::Resolve,
            };
            Err(SdkError::new(kind, Doing::Connecting).saying(format!("{name}: {error}")))
        }
    }
}

async fn connect(addresses: &[SocketAddr], source: Option<IpAddr>) -> Result<TcpStream, SdkError> {
    let mut last = SdkError::new(ErrorKind::Resolve, Doing::Connecting);
    for address in addresses {
        match connect_one(*address, source).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = SdkError::io(&error, Doing::Connecting),
        }
        if last.is_local() {
            break;
        }
    }
    Err(last)
}

async fn connect_one(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(source) = source.filter(|source| source.is_ipv4() == address.is_ipv4()) {
        socket.bind((source, 0).into())?;
    }
    // Frames are small and answered: waiting to fill a packet would be measured as the target's latency.
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

async fn secured(
    url: &Url,
    stream: TcpStream,
    tls: Option<Arc<rustls::ClientConfig>>,
) -> Result<Wire, SdkError> {
    let failed = |detail: String| SdkError::new(ErrorKind::Tls, Doing::Connecting).saying(detail);
    let tls = tls.ok_or_else(|| failed("no certificates to trust were loaded".to_owned()))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| failed(error.to_string()))?;
    let stream = TlsConnector::from(tls).connect(name, stream).await;
    stream.map(|stream| Wire::Tls(Box::new(stream))).map_err(|error| {
        let io = SdkError::io(&error, Doing::Connecting);
        if io.kind == ErrorKind::Unreachable { failed(error.to_string()) } else { io }
    })
}

fn upgrade(error: WsError) -> SdkError {
    match error {
        WsError::Http(response) => {
            SdkError::new(ErrorKind::Upgrade(response.status().as_u16()), Doing::Connecting)
        }
        WsError::Io(error) => SdkError::io(&error, Doing::Connecting),
        WsError::Protocol(ProtocolError::HandshakeIncomplete) => {
            SdkError::new(ErrorKind::Reset, Doing::Connecting)
        }
        error => SdkError::new(ErrorKind::Upgrade(0), Doing::Connecting).saying(error.to_string()),
    }
}

fn broken(error: &WsError) -> SdkError {
    let doing = Doing::Connecting;
    match error {
        WsError::Io(error) => SdkError::io(error, doing),
        WsError::ConnectionClosed
        | WsError::AlreadyClosed
        | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing) => {
            SdkError::new(ErrorKind::Reset, doing)
        }
        other => SdkError::new(ErrorKind::Protocol, doing).saying(other.to_string()),
    }
}
