//! Faults of pushes: of one event on its way to one device.

use std::sync::Arc;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aim::Pattern;
use super::draw::Draw;
use super::plan::{Faults, Plan};
use super::select::{Kind, Occasion};
use crate::world::connection::Connection;
use crate::world::object::Object;

pub(crate) mod corrupt_push;
pub(crate) mod delay_push;
pub(crate) mod drop_push;
pub(crate) mod duplicate_push;
pub(crate) mod reorder_push;

/// Which pushes a fault is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Event {
    /// A message was posted.
    #[default]
    Message,
    /// A message was changed or deleted.
    MessageChanged,
    /// The channel's document, or the channel as such.
    Channel,
    /// A member came, went or changed, on the roster and on the member's own channels.
    Member,
    /// A user's name, attributes or reachability.
    User,
    /// Somebody types.
    Typing,
}

/// What a fault does to one push.
pub(crate) trait Push: Kind {
    /// Which it is aimed at.
    fn event(&self) -> Event;

    /// Whether it is to be seen later only whether anything came of it.
    fn waits(&self) -> bool {
        false
    }

    /// Delivers it in its own way; `false` if that came to nothing, and it is delivered as usual.
    fn deliver(&self, push: &Pushed<'_>, draw: Draw) -> bool;
}

/// One event on its way to one device.
pub(crate) struct Pushed<'a> {
    pub(crate) to: &'a Arc<Connection>,
    pub(crate) object: Object,
    pub(crate) frame: &'a Bytes,
}

/// How one event is delivered, where something may go wrong with it.
pub(crate) struct Delivery<'a> {
    faults: Arc<Faults>,
    event: Event,
    object: Object,
    channel: &'a dyn Fn(&Pattern) -> bool,
}

impl Plan {
    /// How an event is delivered, if anything may go wrong with it.
    pub(crate) fn delivery<'a>(
        &self,
        event: Event,
        object: Object,
        channel: &'a dyn Fn(&Pattern) -> bool,
    ) -> Option<Delivery<'a>> {
        let faults = self.active()?;
        let aimed = faults.pushes.iter().any(|planting| planting.kind.event() == event);
        aimed.then_some(Delivery { faults, event, object, channel })
    }
}

impl Delivery<'_> {
    /// Pushes it to one device, or does what a fault makes of that.
    pub(crate) fn push(&self, to: &Arc<Connection>, frame: Bytes) {
        let occasion = Occasion {
            at: self.faults.age(),
            operation: None,
            via: None,
            channel: self.channel,
            identity: Some(&to.user.identity),
        };
        let held = to.holds(self.object);
        let push = Pushed { to, object: self.object, frame: &frame };
        let mut taken = false;
        for planting in &self.faults.pushes {
            if planting.kind.event() != self.event {
                continue;
            }
            if let Some(strike) = planting.strike(&occasion, !taken) {
                taken = strike.kind.deliver(&push, strike.draw);
                if !taken || strike.kind.waits() {
                    strike.take_back();
                }
            }
        }
        if !taken {
            to.push_in_order(self.object, frame);
        }
        if held && to.release(self.object) {
            self.count_reordered();
        }
    }

    /// A push that was held back came after its successor: now that is what happened.
    fn count_reordered(&self) {
        let reorders = |planting: &&super::select::Planting<dyn Push>| {
            planting.kind.event() == self.event && planting.kind.waits()
        };
        if let Some(planting) = self.faults.pushes.iter().find(reorders) {
            planting.count();
        }
    }
}
