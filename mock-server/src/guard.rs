//! What every operation has to pass before it does anything, whichever way it comes: limits and faults.

use std::sync::Arc;

use wire::sid::{ChannelSid, ChatServiceSid};

use crate::basis::Refused;
use crate::clock::Clock;
use crate::config::Config;
use crate::fault::http::Struck;
use crate::fault::http::place::is_about;
use crate::fault::select::Occasion;
use crate::fault::{Operation, Plan, Planted};
use crate::limit::Limiter;
use crate::operation::Via;
use crate::world::World;

/// The limits and the faults of one account, for REST and for the socket's tunnel alike.
#[derive(Debug)]
pub struct Guard {
    clock: Clock,
    limits: Limiter,
    faults: Arc<Plan>,
}

/// A request that is about to be done: where it came in, and what names the channel it is about.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) via: Via,
    /// Its path, and whatever else may name a channel.
    pub(crate) text: &'a str,
}

impl Guard {
    /// Those of a configuration; limits are measured by this clock.
    #[must_use]
    pub fn new(config: &Config, clock: Clock, faults: Arc<Plan>) -> Self {
        Self { clock, limits: Limiter::new(&config.limits), faults }
    }

    /// Asked first, before anything of the operation is read: is its endpoint's limit reached, does a fault strike?
    /// What a limit refuses, no fault counts. A fault that strikes refuses the operation, or will have its way with
    /// the answer, or both.
    pub(crate) fn request(
        &self,
        operation: Operation,
        asked: &Asked<'_>,
    ) -> (Option<Struck>, Result<(), Refused>) {
        if let Err(refused) = self.limits.flex(operation, self.clock.elapsed()) {
            return (None, Err(refused));
        }
        let struck = self.struck(operation, asked);
        let instead = struck.as_ref().and_then(Struck::instead);
        (struck, instead.map_or(Ok(()), Err))
    }

    fn struck(&self, operation: Operation, asked: &Asked<'_>) -> Option<Struck> {
        let faults = self.faults.active()?;
        let occasion = Occasion {
            at: faults.age(),
            operation: Some(operation),
            via: Some(asked.via),
            channel: &|pattern| is_about(asked.world, asked.text, pattern),
            identity: None,
        };
        Struck::by(&faults, &occasion)
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
