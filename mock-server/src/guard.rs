//! What every operation has to pass before it does anything, whichever way it comes: limits and faults.

use wire::sid::{ChannelSid, ChatServiceSid};

use crate::basis::Refused;
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::{Faults, Operation, Planted};
use crate::limit::Limiter;

/// The limits and the faults of one mock, for REST and for the socket's tunnel alike.
#[derive(Debug)]
pub struct Guard {
    clock: Clock,
    limits: Limiter,
    faults: Faults,
}

impl Guard {
    /// Those of a configuration; limits are measured by this clock.
    #[must_use]
    pub fn new(config: &Config, clock: Clock) -> Self {
        Self { clock, limits: Limiter::new(&config.limits), faults: Faults::new(&config.faults) }
    }

    /// Asked first, before anything of the operation is read: is its endpoint's limit reached, does a fault strike?
    /// What a limit refuses, no fault counts.
    ///
    /// # Errors
    /// The refusal of the limit or of the fault.
    pub fn request(&self, operation: Operation) -> Result<(), Refused> {
        self.limits.flex(operation, self.clock.elapsed())?;
        self.faults.check(operation).map_or(Ok(()), Err)
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
        self.faults.planted()
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
