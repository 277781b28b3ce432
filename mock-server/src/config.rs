//! What a mock is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use wire::flow::exported::Exported;

use crate::basis::RuleId;
pub use crate::credentials::{Credentials, FIRST_FREE_SID};
use crate::fault::Fault;
pub use crate::limit::Limits;
use crate::state::State;
pub use crate::world::Caps;

/// How a mock is started. [`Config::default`] is a mock on a free port of this machine with Twilio's documented
/// limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Where clients reach it if that is not where it listens: behind a proxy, say. No slash at its end.
    pub public_url: Option<String>,
    /// Fixes every SID and secret.
    pub seed: u64,
    /// Which rate limits hold.
    pub limits: Limits,
    /// Flows it serves besides its own, as somebody exported them. The first is the one to use unless another is
    /// asked for, and its Chat service is the mock's.
    pub flows: Vec<Exported>,
    /// The file of the Chat SDK for the page `/_mock/customer`. Without it, the page asks its visitor for one.
    pub sdk: Option<Vec<u8>>,
    /// What the account it begins with holds, at the start and after each reset, besides what every account has.
    pub state: Option<Arc<State>>,
    /// Where the control API listens: on loopback; port 0 picks a free one. There is none unless this is said.
    pub control: Option<SocketAddr>,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// Rules that are broken on purpose, to see whether a test looks at what it claims: from
    /// [`crate::rules::to_break`]. They are broken in the whole process for as long as the mock lives.
    pub broken: Vec<RuleId>,
    /// Threads that serve, when the mock runs on threads of its own.
    pub worker_threads: NonZeroUsize,
    /// Connections at once, sockets included. One more is answered 503 and closed.
    pub max_connections: usize,
    /// Bounds on what the world holds.
    pub caps: Caps,
    /// How long a client may take to send the head of a request; then the connection is closed.
    pub header_deadline: Duration,
    /// How long it may take to send the body; then it is answered 408.
    pub body_deadline: Duration,
    /// How long it may take no byte of what is written to it; then it is cut off.
    pub write_deadline: Duration,
    /// How long a device may take to say who it is once its socket is open.
    pub init_deadline: Duration,
    /// How often the socket pings.
    pub ping_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            seed: 1,
            limits: Limits::default(),
            flows: Vec::new(),
            sdk: None,
            state: None,
            control: None,
            faults: Vec::new(),
            broken: Vec::new(),
            worker_threads: NonZeroUsize::MIN,
            max_connections: 65_536,
            caps: Caps::default(),
            header_deadline: Duration::from_secs(10),
            body_deadline: Duration::from_secs(30),
            write_deadline: Duration::from_secs(30),
            init_deadline: Duration::from_secs(30),
            ping_every: Duration::from_secs(30),
        }
    }
}
