//! The faults at work, exchangeable while the mock runs.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use wire::sid::ChannelSid;

use super::Fault;
use super::http::Http;
use super::message::{Hole, Said, Stray};
use super::open::duplicate_channel::DuplicateChannel;
use super::open::task_sid_repr::TaskSidRepr;
use super::pause::freeze_mock::FreezeMock;
use super::push::Push;
use super::select::{Planting, Told};
use super::socket::Socket;
use super::socket::refuse_login::RefuseLogin;
use super::socket::withhold_established::WithholdEstablished;
use crate::clock::Clock;

/// What a fault has done so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// The fault, as configured.
    pub fault: Fault,
    /// How often it could have struck.
    pub seen: u64,
    /// How often it struck.
    pub times: u64,
}

/// The faults of a configuration, at work: by what they act on, each in the order of the configuration.
#[derive(Debug)]
pub(crate) struct Faults {
    clock: Clock,
    /// When they were planted, by that clock.
    since: Duration,
    configured: Vec<Fault>,
    pub(crate) http: Vec<Planting<dyn Http>>,
    pub(crate) pauses: Vec<Planting<FreezeMock>>,
    pub(crate) refusals: Vec<Planting<RefuseLogin>>,
    pub(crate) withheld: Vec<Planting<WithholdEstablished>>,
    pub(crate) sockets: Vec<Planting<dyn Socket>>,
    pub(crate) pushes: Vec<Planting<dyn Push>>,
    pub(crate) messages: Vec<Planting<dyn Said>>,
    pub(crate) doubles: Vec<Planting<DuplicateChannel>>,
    pub(crate) reprs: Vec<Planting<TaskSidRepr>>,
    /// Places kept free for a later message, by channel.
    holes: Mutex<HashMap<ChannelSid, Hole>>,
    /// The latest message of any channel.
    stray: Mutex<Option<Stray>>,
}

impl Faults {
    fn new(faults: &[Fault], seed: u64, clock: Clock) -> Self {
        let mut all = Self {
            since: clock.elapsed(),
            clock,
            configured: faults.to_vec(),
            http: Vec::new(),
            pauses: Vec::new(),
            refusals: Vec::new(),
            withheld: Vec::new(),
            sockets: Vec::new(),
            pushes: Vec::new(),
            messages: Vec::new(),
            doubles: Vec::new(),
            reprs: Vec::new(),
            holes: Mutex::default(),
            stray: Mutex::default(),
        };
        for (place, fault) in faults.iter().enumerate() {
            fault.plant(place, seed, &mut all);
        }
        all
    }

    /// The time since they were planted, by the account's clock.
    pub(crate) fn age(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.since)
    }

    pub(crate) fn holes(&self) -> MutexGuard<'_, HashMap<ChannelSid, Hole>> {
        self.holes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stray(&self) -> MutexGuard<'_, Option<Stray>> {
        self.stray.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn planted(&self) -> Vec<Planted> {
        let mut told: Vec<Told> = Vec::with_capacity(self.configured.len());
        told.extend(self.http.iter().map(Planting::told));
        told.extend(self.pauses.iter().map(Planting::told));
        told.extend(self.refusals.iter().map(Planting::told));
        told.extend(self.withheld.iter().map(Planting::told));
        told.extend(self.sockets.iter().map(Planting::told));
        told.extend(self.pushes.iter().map(Planting::told));
        told.extend(self.messages.iter().map(Planting::told));
        told.extend(self.doubles.iter().map(Planting::told));
        told.extend(self.reprs.iter().map(Planting::told));
        told.sort_unstable_by_key(|told| told.place);
        let planted = |(fault, told): (Fault, Told)| Planted { fault, seen: told.seen, times: told.times };
        self.configured.iter().cloned().zip(told).map(planted).collect()
    }
}

/// The faults of one account, exchangeable while it is served. Without any, asking costs one look.
pub struct Plan {
    seed: u64,
    clock: Clock,
    any: AtomicBool,
    faults: RwLock<Arc<Faults>>,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("planted", &self.planted()).finish_non_exhaustive()
    }
}

impl Plan {
    /// Nothing goes wrong yet. The seed decides what is left to chance, the clock when windows open.
    #[must_use]
    pub fn new(seed: u64, clock: Clock) -> Self {
        let none = Faults::new(&[], seed, clock.clone());
        Self { seed, clock, any: AtomicBool::new(false), faults: RwLock::new(Arc::new(none)) }
    }

    /// From now on this goes wrong, and nothing else; counters begin at nothing. What was planted before is
    /// returned.
    ///
    /// Whoever calls this wakes the sockets, which look at the plan only when something happens: see
    /// `World::plant`.
    pub fn replace(&self, faults: &[Fault]) -> Vec<Planted> {
        let new = Arc::new(Faults::new(faults, self.seed, self.clock.clone()));
        let old = {
            let mut place = self.faults.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *place, new)
        };
        self.any.store(!faults.is_empty(), Ordering::Release);
        old.planted()
    }

    /// What was planted so far, in the order of the configuration.
    #[must_use]
    pub fn planted(&self) -> Vec<Planted> {
        self.now().planted()
    }

    /// The faults, if there are any.
    pub(crate) fn active(&self) -> Option<Arc<Faults>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        Some(self.now())
    }

    /// Whether there are any.
    pub(crate) fn is_any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    fn now(&self) -> Arc<Faults> {
        self.faults.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
