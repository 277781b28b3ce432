//! What every operation has to pass before it does anything, whichever way it comes: limits and faults.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use wire::sid::{ChannelSid, ChatServiceSid};

use crate::basis::Refused;
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::{Fault, Faults, Operation, Planted};
use crate::limit::Limiter;

/// The limits and the faults of one account, for REST and for the socket's tunnel alike.
#[derive(Debug)]
pub struct Guard {
    clock: Clock,
    limits: Limiter,
    faults: RwLock<Arc<Faults>>,
    /// Whether there are any faults: most accounts have none, and spend no lock on it.
    faulty: AtomicBool,
}

impl Guard {
    /// Those of a configuration; limits are measured by this clock.
    #[must_use]
    pub fn new(config: &Config, clock: Clock) -> Self {
        let guard = Self {
            clock,
            limits: Limiter::new(&config.limits),
            faults: RwLock::default(),
            faulty: AtomicBool::new(false),
        };
        guard.plant(&config.faults);
        guard
    }

    /// The faults in force, if there are any.
    #[must_use]
    pub fn faults(&self) -> Option<Arc<Faults>> {
        let any = self.faulty.load(Ordering::Acquire);
        any.then(|| self.faults.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Puts these faults in the place of those there were. They count anew.
    pub fn plant(&self, faults: &[Fault]) {
        let mut planted = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        *planted = Arc::new(Faults::new(faults));
        self.faulty.store(!faults.is_empty(), Ordering::Release);
    }

    /// Asked first, before anything of the operation is read: is its endpoint's limit reached, does a fault strike?
    /// What a limit refuses, no fault counts.
    ///
    /// # Errors
    /// The refusal of the limit or of the fault.
    pub fn request(&self, operation: Operation) -> Result<(), Refused> {
        self.limits.flex(operation, self.clock.elapsed())?;
        self.faults().and_then(|faults| faults.check(operation)).map_or(Ok(()), Err)
    }

    /// Asked before a change to a channel, its members or its messages.
    ///
    /// # Errors
    /// 429, 50063 when there were too many.
    pub fn channel_action(&self, channel: ChannelSid) -> Result<(), Refused> {
        self.limits.channel_action(channel, self.clock.elapsed())
    }

    /// Asked before a Chat channel is made or deleted, or a user changed.
    ///
    /// # Errors
    /// 429, 50074 when there were too many.
    pub fn service_action(&self, service: ChatServiceSid) -> Result<(), Refused> {
        self.limits.service_action(service, self.clock.elapsed())
    }

    /// What the faults have done so far.
    #[must_use]
    pub fn planted(&self) -> Vec<Planted> {
        self.faults().map(|faults| faults.planted()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_asked_before_a_fault_and_the_fault_does_not_count_what_it_refused() {
        let fault = r#"[{"status":{"operation":"create_flow","status":503,"every":2}}]"#;
        let config = Config { faults: serde_json::from_str(fault).unwrap(), ..Config::default() };
        let guard = Guard::new(&config, Clock::start());
        let statuses: Vec<u16> = (0..4)
            .map(|_| guard.request(Operation::CreateFlow).map_or_else(|refused| refused.status, |()| 200))
            .collect();
        assert_eq!(statuses, [200, 503, 429, 429]);
        assert_eq!(guard.planted()[0].times, 1);
    }
}
