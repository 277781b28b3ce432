//! A mock on threads of its own, for whoever runs one within.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::account::Accounts;
use crate::config::{Config, Credentials};
use crate::control::{self, Control};
use crate::ready::socket_url;
use crate::server::{Counters, Mock, serve};
use crate::state::StateError;

/// How many connections may wait to be accepted: the standard library's 128 would make a crowd's handshakes be
/// repeated after a second.
const BACKLOG: i32 = 4096;

/// A mock that runs. It stops when told to, or when dropped.
pub struct MockServer {
    mock: Arc<Mock>,
    address: SocketAddr,
    control: Option<Control>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a mock did not start.
#[derive(Debug)]
pub enum StartError {
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The control API is for this machine alone.
    Public {
        /// The address it was to listen on.
        control: SocketAddr,
    },
    /// No world can be made of the state it was to begin with.
    State(StateError),
    /// The machine gave no thread or no event queue.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, .. } => write!(f, "the mock cannot listen on {address}"),
            Self::Public { control } => {
                write!(f, "the control API listens on loopback only, not on {control}")
            }
            Self::State(error) => write!(f, "the state makes no sense: {error}"),
            Self::Thread(_) => f.write_str("the mock got no thread to run on"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Thread(source) => Some(source),
            Self::Public { .. } | Self::State(_) => None,
        }
    }
}

impl MockServer {
    /// Starts a mock; it accepts connections when this returns.
    ///
    /// # Errors
    /// If the address is taken or not this machine's, or there are no threads left.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let (listener, address) = bound(config.bind)?;
        let controls = config.control.map(controlled).transpose()?;
        let control = controls.as_ref().map(|(_, address)| Control::new(config.seed, *address));
        let runtime = runtime(&config).map_err(StartError::Thread)?;
        let mock = Arc::new(Mock::new(config, address));
        if let Some(state) = mock.state() {
            mock.accounts().first().begin_with(state).map_err(StartError::State)?;
        }
        let (stop, stopped) = oneshot::channel();
        let served = mock.clone();
        let steered = controls.zip(control.clone());
        let run = move || {
            runtime.block_on(async move {
                if let Some(((listener, _), Control { token, .. })) = steered
                    && let Ok(listener) = TcpListener::from_std(listener)
                {
                    // It ends with the runtime.
                    tokio::spawn(control::serve(listener, served.clone(), token));
                }
                // It is non-blocking already, so there is nothing left that could fail.
                if let Ok(listener) = TcpListener::from_std(listener) {
                    // A sender that is gone means stop, too.
                    serve(listener, served, async { drop(stopped.await) }).await;
                }
            });
        };
        let thread = thread::Builder::new().name("mock".to_owned()).spawn(run).map_err(StartError::Thread)?;
        Ok(Self { mock, address, control, stop: Some(stop), thread: Some(thread) })
    }

    /// What it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the REST APIs are: `http://127.0.0.1:8765`, or the public URL of the configuration.
    #[must_use]
    pub fn url(&self) -> String {
        self.mock.url().to_owned()
    }

    /// Where the SDK's socket is: `ws://127.0.0.1:8765/v3/wsconnect`.
    #[must_use]
    pub fn socket_url(&self) -> String {
        socket_url(&self.url())
    }

    /// Where the control API is, if it was asked for.
    #[must_use]
    pub const fn control(&self) -> Option<&Control> {
        self.control.as_ref()
    }

    /// What a client needs to know.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        self.mock.credentials()
    }

    /// Its accounts: to add some, to let time pass for one, to have one begin anew.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        self.mock.accounts()
    }

    /// What it has done and holds.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.mock.counters()
    }

    /// Stops it: no more connections, what has begun is finished for five seconds at most.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody there any more is as good as told.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.end();
    }
}

fn bound(address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), StartError> {
    let listener = listen(address).map_err(|source| StartError::Listen { address, source })?;
    let address = listener.local_addr().map_err(StartError::Thread)?;
    Ok((listener, address))
}

fn controlled(control: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), StartError> {
    if control.ip().is_loopback() { bound(control) } else { Err(StartError::Public { control }) }
}

/// Listens, ready for tokio.
///
/// # Errors
/// If the address is taken or not this machine's.
pub fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// One thread is a runtime of its own kind: it has nothing to share, so it pays nothing for sharing.
pub(crate) fn runtime(config: &Config) -> io::Result<Runtime> {
    match config.worker_threads.get() {
        1 => Builder::new_current_thread().enable_all().build(),
        threads => {
            Builder::new_multi_thread().worker_threads(threads).thread_name("mock").enable_all().build()
        }
    }
}
