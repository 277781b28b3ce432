//! Faults of the SDK's socket: of logging in, of subscribing, and of the connection as such.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::draw::Draw;
use super::plan::{Faults, Plan};
use super::select::{Kind, Occasion, Planting};
use super::span::Span;

pub(crate) mod close;
pub(crate) mod drop_socket;
pub(crate) mod expire_token;
pub(crate) mod refuse_login;
pub(crate) mod withhold_established;

/// What happens to a client that is logged in, some time after its login or after the fault was planted.
pub(crate) trait Socket: Kind {
    /// How long after.
    fn after(&self, draw: Draw) -> Duration;

    /// What.
    fn act(&self) -> Act<'_>;
}

/// What happens to a client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act<'a> {
    /// Its connection is reset.
    Drop,
    /// It is sent away.
    Close(&'a close::Close),
    /// Its token ends.
    Expire,
}

/// When a client is to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Backoff(Span);

impl Backoff {
    /// The payload that tells it: `{"backoff_policy":{"reconnect_min_ms":3000}}`.
    pub(crate) fn payload(self) -> Vec<u8> {
        format!(r#"{{"backoff_policy":{{"reconnect_min_ms":{}}}}}"#, self.0.duration().as_millis())
            .into_bytes()
    }
}

/// What awaits a client.
#[derive(Debug)]
pub(crate) struct Doom {
    /// When, by real time: as long as nobody puts the account's clock ahead.
    pub(crate) at: Instant,
    /// When, by the age of the faults.
    due: Duration,
    faults: Arc<Faults>,
    which: usize,
}

impl Doom {
    /// What awaits this client first, if anything does; asked at its login and when other faults are planted.
    pub(crate) fn of(plan: &Plan, identity: &str) -> Option<Self> {
        let faults = plan.active().filter(|faults| !faults.sockets.is_empty())?;
        let age = faults.age();
        let occasion =
            Occasion { at: age, operation: None, via: None, channel: &|_| false, identity: Some(identity) };
        let due = |(which, planting): (usize, &Planting<dyn Socket>)| {
            let draw = planting.turn(&occasion)?;
            let wait = planting.opens_in(age, age + planting.kind.after(draw))?;
            Some((age + wait, which))
        };
        // Not lazily: each fault counts each client.
        let all: Vec<_> = faults.sockets.iter().enumerate().filter_map(due).collect();
        let (due, which) = all.into_iter().min()?;
        let mut doom = Self { at: Instant::now(), due, which, faults };
        doom.look_at_clock();
        Some(doom)
    }

    /// The clock may have been put ahead.
    pub(crate) fn look_at_clock(&mut self) {
        self.at = Instant::now() + self.due.saturating_sub(self.faults.age());
    }

    /// It comes to pass; `false` if its rule is broken.
    pub(crate) fn strikes(&self) -> bool {
        self.faults.sockets[self.which].happens()
    }

    /// What it is.
    pub(crate) fn act(&self) -> Act<'_> {
        self.faults.sockets[self.which].kind.act()
    }
}
