//! What all connections of a worker share.

use std::{
    cell::{Cell, RefCell},
    collections::hash_map::RandomState,
    fmt,
    hash::BuildHasher,
    net::IpAddr,
    rc::Rc,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;
use wire::frame::client::{Metadata, Registration};

use super::out::Out;

/// How much of the real SDK's login a customer repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// Every request of `twilio-chat` 6.0.0, in its order and batches: an honest load.
    #[default]
    Faithful,
    /// As few requests as a chat can do with: my channels, and for each its document, its list, and one
    /// subscription.
    Lean,
}

/// Which way a traced frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the customer to the service.
    Sent,
    /// From the service to the customer.
    Received,
}

/// Sees every frame: the number of the connection, the way it went, its bytes with tokens blacked out.
pub type Trace = Rc<dyn Fn(u32, Direction, &[u8])>;

/// What all connections of a worker share: where to, what they say of themselves, and their scratch space.
pub struct SdkConfig {
    pub(super) socket: Url,
    pub(super) aim: Rc<str>,
    pub(super) cds: Rc<str>,
    pub(super) login: Login,
    pub(super) tls: Option<Arc<rustls::ClientConfig>>,
    pub(super) sources: Vec<IpAddr>,
    pub(super) trace: Option<Trace>,
    /// What ids and the spread of delays are drawn from.
    pub(super) seed: u64,
    pub(super) sync_client_info: Box<str>,
    pub(super) scratch: RefCell<Out>,
    pub(super) links: RefCell<Option<Rc<super::account::Links>>>,
    /// Unix milliseconds at `epoch.0`: correlation ids are times of day, and the session reads no clock.
    pub(super) epoch: (Instant, u64),
    connections: Cell<u32>,
}

impl SdkConfig {
    /// For this socket (`wss://tsock.us1.twilio.com/v3/wsconnect`) in this region. `now` is the time of day
    /// in Unix milliseconds.
    pub fn new(socket: Url, region: &str, now: u64) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let os = std::env::consts::OS;
        Self {
            socket,
            aim: format!("https://aim.{region}.twilio.com").into(),
            cds: format!("https://cds.{region}.twilio.com").into(),
            login: Login::Faithful,
            tls: None,
            sources: Vec::new(),
            trace: None,
            seed: fresh_seed(),
            // The SDK's keys, our own values: a service must be able to tell a rehearsal from the real SDK.
            sync_client_info: format!(
                r#"{{"sdk":"flexload","sdkVer":"{version}","os":"{os}","osVer":null,"pl":"flexload","plVer":"{version}"}}"#
            )
            .into(),
            scratch: RefCell::default(),
            links: RefCell::default(),
            epoch: (Instant::now(), now),
            connections: Cell::new(0),
        }
    }

    /// How much of the SDK's login is repeated.
    pub fn login(mut self, login: Login) -> Self {
        self.login = login;
        self
    }

    /// What `wss` connections trust; needed for them, unused for `ws`.
    pub fn tls(mut self, tls: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The local addresses connections go out from, in turn. One address has some 28,000 ports.
    pub fn sources(mut self, sources: Vec<IpAddr>) -> Self {
        self.sources = sources;
        self
    }

    /// Shows every frame to `trace`.
    pub fn trace(mut self, trace: Trace) -> Self {
        self.trace = Some(trace);
        self
    }

    /// The same for another login habit, sharing nothing but values.
    pub fn with_login(&self, login: Login) -> Self {
        Self {
            socket: self.socket.clone(),
            aim: self.aim.clone(),
            cds: self.cds.clone(),
            login,
            tls: self.tls.clone(),
            sources: self.sources.clone(),
            trace: self.trace.clone(),
            seed: fresh_seed(),
            sync_client_info: self.sync_client_info.clone(),
            scratch: RefCell::default(),
            links: RefCell::default(),
            epoch: self.epoch,
            connections: Cell::new(0),
        }
    }

    /// The number of the next connection.
    pub(super) fn number(&self) -> u32 {
        self.connections.replace(self.connections.get().wrapping_add(1))
    }

    /// The local address of that connection.
    pub(super) fn source(&self, connection: u32) -> Option<IpAddr> {
        let turn = (connection as usize).checked_rem(self.sources.len())?;
        self.sources.get(turn).copied()
    }

    /// The time of day in Unix milliseconds.
    pub(super) fn time_of_day(&self, now: Instant) -> u64 {
        self.epoch.1 + now.saturating_duration_since(self.epoch.0).as_millis() as u64
    }

    /// What `init` says of the program.
    pub(super) fn metadata() -> Metadata<'static> {
        Metadata {
            ver: env!("CARGO_PKG_VERSION").into(),
            env: "flexload".into(),
            envv: env!("CARGO_PKG_VERSION").into(),
            os: std::env::consts::OS.into(),
            osv: "unknown".into(),
            osa: usize::BITS.into(),
            r#type: "chat".into(),
            sdk: "flexload".into(),
            sdkv: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// The notifications the SDK asks for at `init`.
    pub(super) fn registrations() -> Vec<Registration<'static>> {
        const TYPES: [&str; 5] = [
            "twilio.ipmsg.typing_indicator",
            "twilio.sync.event",
            "com.twilio.rtd.cds.document",
            "com.twilio.rtd.cds.list",
            "com.twilio.rtd.cds.map",
        ];
        vec![Registration {
            product: "ip_messaging".into(),
            r#type: "ers".into(),
            notification_protocol_version: 0,
            message_types: TYPES.into_iter().map(Into::into).collect(),
        }]
    }
}

impl fmt::Debug for SdkConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SdkConfig")
            .field("socket", &self.socket.as_str())
            .field("login", &self.login)
            .field("traced", &self.trace.is_some())
            .finish_non_exhaustive()
    }
}

/// Different for each worker of each run, unlike the scenario's seed: the service takes a mutation id it has seen for
/// a repetition and answers with what the first one made, so a second run must not say the ids of the first.
fn fresh_seed() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_of_one_scenario_draw_from_different_seeds() {
        let config = || SdkConfig::new("ws://127.0.0.1:1/v3/wsconnect".parse().unwrap(), "us1", 0);
        assert_ne!(config().seed, config().seed);
        let first = config();
        assert_ne!(first.with_login(Login::Lean).seed, first.seed);
    }
}
