//! The subscriptions to Sync objects: what is wanted, what the service was asked for, what it confirmed.

use std::time::Duration;

use tokio::time::Instant;
use wire::{
    sid::ChannelSid,
    sync::{Accepted, Action, ObjectSid, ObjectType, Protocol, Subscription, Subscriptions as Body},
};

use super::{backoff::Batching, chance::Chance};

/// What an object is to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The map of the channels this identity is in.
    MyChannels,
    /// The map of the user's own data.
    Myself,
    /// A channel's document.
    Document(ChannelSid),
    /// A channel's list of messages.
    Messages(ChannelSid),
    /// A channel's map of members.
    Roster(ChannelSid),
}

impl Role {
    /// The channel it belongs to.
    pub(super) fn channel(self) -> Option<ChannelSid> {
        match self {
            Self::MyChannels | Self::Myself => None,
            Self::Document(channel) | Self::Messages(channel) | Self::Roster(channel) => Some(channel),
        }
    }
}

/// A batch's name: the milliseconds of its making.
pub(super) type Correlation = u64;

/// An object the client wants events of.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) sid: ObjectSid,
    pub(super) role: Role,
    /// The last event applied in order: where a replay would begin.
    pub(super) last_event: i64,
    /// The batch that asked for it and was not yet answered by an event.
    pending: Option<Correlation>,
    /// Asked for, and not to be asked for again.
    persisted: bool,
    /// The service said that the replay is complete.
    pub(super) established: bool,
    /// Refused: not to be asked for again.
    failed: bool,
    retried: bool,
}

/// An object the service still sends events of, though nobody wants them.
#[derive(Debug)]
struct Leaving {
    sid: ObjectSid,
    pending: Option<Correlation>,
}

/// A batch whose delivery is watched.
#[derive(Debug)]
struct Watch {
    correlation: Correlation,
    within: Duration,
    at: Instant,
    heard: Option<Instant>,
}

/// A request to be made.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) correlation: Correlation,
    pub(super) action: Action,
    pub(super) body: Box<[u8]>,
}

/// How the service ended a subscription request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing to do with a current request.
    Late,
    /// The replay is complete.
    Established,
    /// The replay will be continued.
    Interrupted,
}

/// All subscriptions of a client.
#[derive(Debug)]
pub(super) struct Subscriptions {
    objects: Vec<Object>,
    leaving: Vec<Leaving>,
    timer: Batching,
    watches: Vec<Watch>,
    /// When the service forgets what it was asked for.
    expiry: Option<Instant>,
    expired: bool,
    connected: bool,
    max_batch: usize,
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self {
            objects: Vec::new(),
            leaving: Vec::new(),
            timer: Batching::default(),
            watches: Vec::new(),
            expiry: None,
            expired: false,
            connected: false,
            max_batch: 100,
        }
    }
}

impl Subscriptions {
    /// The client wants the events of this object after `last_event`.
    pub(super) fn add(
        &mut self,
        sid: ObjectSid,
        role: Role,
        last_event: i64,
        now: Instant,
        chance: &mut Chance,
    ) {
        let object = Object {
            sid,
            role,
            last_event,
            pending: None,
            persisted: false,
            established: false,
            failed: false,
            retried: false,
        };
        self.leaving.retain(|leaving| leaving.sid != sid);
        match self.objects.iter_mut().find(|known| known.sid == sid) {
            Some(known) if known.last_event == last_event && known.role == role => return,
            Some(known) => *known = object,
            None => self.objects.push(object),
        }
        self.timer.start(now, chance);
    }

    /// The client no longer wants the objects for which `unwanted` holds.
    pub(super) fn remove(&mut self, unwanted: impl Fn(Role) -> bool, now: Instant, chance: &mut Chance) {
        let mut removed = false;
        let leaving = &mut self.leaving;
        self.objects.retain(|object| {
            let goes = unwanted(object.role);
            removed |= goes;
            if goes && object.persisted {
                leaving.push(Leaving { sid: object.sid, pending: None });
            }
            !goes
        });
        if removed {
            self.timer.start(now, chance);
        }
    }

    /// Gives back room that a login needed.
    pub(super) fn shrink(&mut self) {
        self.objects.shrink_to_fit();
        self.watches.shrink_to_fit();
    }

    /// The object with this SID.
    pub(super) fn get_mut(&mut self, sid: ObjectSid) -> Option<&mut Object> {
        self.objects.iter_mut().find(|object| object.sid == sid)
    }

    /// Whether every wanted object is confirmed or refused.
    pub(super) fn is_settled(&self) -> bool {
        self.objects.iter().all(|object| object.established || object.failed)
    }

    /// Whether all objects of this channel are confirmed.
    pub(super) fn is_established(&self, channel: ChannelSid) -> bool {
        self.objects.iter().filter(|o| o.role.channel() == Some(channel)).all(|object| object.established)
    }

    /// The connection came up: everything has to be asked for again.
    pub(super) fn connected(&mut self, now: Instant, chance: &mut Chance) {
        self.connected = true;
        self.again(now, chance);
    }

    /// The connection is gone.
    pub(super) fn disconnected(&mut self) {
        self.connected = false;
    }

    fn again(&mut self, now: Instant, chance: &mut Chance) {
        self.expiry = None;
        for object in self.objects.iter_mut().filter(|object| !object.failed) {
            *object =
                Object { pending: None, persisted: false, established: false, retried: false, ..*object };
        }
        self.leaving.clear();
        self.timer.start(now, chance);
    }

    /// When [`due`](Self::due) has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let watched = self.watches.iter().map(|watch| watch.at).min();
        [self.timer.due(), self.expiry, watched].into_iter().flatten().min()
    }

    /// The batch to send now, if any. `time_of_day` names it.
    pub(super) fn due(&mut self, now: Instant, time_of_day: u64, chance: &mut Chance) -> Option<Batch> {
        self.check_delivery(now, chance);
        if self.expiry.is_some_and(|at| at <= now) {
            self.expiry = None;
            if self.connected {
                self.expired = true;
                self.again(now, chance);
            }
        }
        if self.timer.due().is_none_or(|at| at > now) {
            return None;
        }
        self.timer.fired();
        let batch = self.connected.then(|| self.batch(time_of_day)).flatten();
        if batch.is_none() {
            self.timer.reset();
        }
        batch
    }

    fn batch(&mut self, correlation: Correlation) -> Option<Batch> {
        let max = self.max_batch;
        let wanted: Vec<&mut Object> =
            self.objects.iter_mut().filter(|o| !o.persisted && !o.failed).take(max).collect();
        if !wanted.is_empty() {
            let retried = wanted.iter().filter(|object| object.retried).count();
            let ask = |object: &mut Object| {
                object.persisted = true;
                object.pending = Some(correlation);
                Subscription { object_sid: object.sid, last_event_id: Some(object.last_event) }
            };
            let requests = wanted.into_iter().map(ask).collect();
            let reason = std::mem::take(&mut self.expired).then(|| "ttl".to_owned());
            return Some(batch(correlation, Action::Establish, retried, reason, requests));
        }
        let ask = |leaving: &mut Leaving| {
            leaving.pending = Some(correlation);
            Subscription { object_sid: leaving.sid, last_event_id: None }
        };
        let unwanted = self.leaving.iter_mut().filter(|leaving| leaving.pending.is_none()).take(max);
        let requests: Vec<Subscription> = unwanted.map(ask).collect();
        (!requests.is_empty()).then(|| batch(correlation, Action::Cancel, 0, None, requests))
    }

    /// If nothing at all came for a batch in the time the service estimated, its objects are asked for again.
    fn check_delivery(&mut self, now: Instant, chance: &mut Chance) {
        let objects = &mut self.objects;
        let mut silent = false;
        self.watches.retain_mut(|watch| {
            let waited_for = |object: &Object| object.pending == Some(watch.correlation);
            if !objects.iter().any(waited_for) {
                return false;
            }
            if watch.at > now {
                return true;
            }
            if let Some(heard) = watch.heard.filter(|heard| *heard + watch.within > now) {
                watch.at = heard + watch.within;
                return true;
            }
            for object in objects.iter_mut().filter(|object| waited_for(object)) {
                *object = Object { pending: None, persisted: false, retried: true, ..*object };
            }
            silent = true;
            false
        });
        if silent {
            self.timer.start(now, chance);
        }
    }

    /// The service took the batch.
    pub(super) fn accepted(
        &mut self,
        correlation: Correlation,
        action: Action,
        answer: &Accepted,
        now: Instant,
    ) {
        if answer.max_batch_size > 0 {
            self.max_batch = answer.max_batch_size as usize;
        }
        if self.expiry.is_none() && answer.ttl_in_s > 0 {
            self.expiry = Some(now + Duration::from_secs(answer.ttl_in_s.unsigned_abs()));
        }
        if action == Action::Establish && answer.estimated_delivery_in_ms > 0 {
            let within = Duration::from_millis(answer.estimated_delivery_in_ms);
            self.watches.push(Watch { correlation, within, at: now + within, heard: None });
        }
        self.timer.reset();
    }

    /// The service did not take the batch. `reachable`: it may be sent again.
    pub(super) fn refused(
        &mut self,
        correlation: Correlation,
        reachable: bool,
        now: Instant,
        chance: &mut Chance,
    ) {
        for object in self.objects.iter_mut().filter(|object| object.pending == Some(correlation)) {
            object.pending = None;
            object.persisted = false;
        }
        for leaving in self.leaving.iter_mut().filter(|leaving| leaving.pending == Some(correlation)) {
            leaving.pending = None;
        }
        if reachable {
            self.timer.start(now, chance);
        } else {
            self.timer.reset();
        }
    }

    /// Something with this correlation id came in.
    pub(super) fn heard(&mut self, correlation: Correlation, now: Instant) {
        if let Some(watch) = self.watches.iter_mut().find(|watch| watch.correlation == correlation) {
            watch.heard = Some(now);
        }
    }

    /// `subscription_established`.
    pub(super) fn established(
        &mut self,
        sid: ObjectSid,
        correlation: Option<Correlation>,
        completed: bool,
        last_event: i64,
        now: Instant,
        chance: &mut Chance,
    ) -> Ended {
        let object =
            self.get_mut(sid).filter(|o| o.persisted && o.pending.is_some() && o.pending == correlation);
        let ended = match object {
            None => Ended::Late,
            Some(object) if completed => {
                object.pending = None;
                object.established = true;
                object.advance(last_event);
                Ended::Established
            }
            Some(object) => {
                object.pending = None;
                object.persisted = false;
                Ended::Interrupted
            }
        };
        if ended != Ended::Late {
            self.timer.reset();
        }
        self.timer.start(now, chance);
        ended
    }

    /// `subscription_canceled`.
    pub(super) fn cancelled(
        &mut self,
        sid: ObjectSid,
        correlation: Option<Correlation>,
        now: Instant,
        chance: &mut Chance,
    ) {
        self.leaving.retain(|leaving| leaving.sid != sid || leaving.pending != correlation);
        self.timer.start(now, chance);
    }

    /// `subscription_failed`. Says what the object was, if it is still wanted and this is its latest request.
    pub(super) fn failed(
        &mut self,
        sid: ObjectSid,
        correlation: Option<Correlation>,
        now: Instant,
        chance: &mut Chance,
    ) -> Option<Role> {
        self.leaving.retain(|leaving| leaving.sid != sid);
        self.timer.start(now, chance);
        let object =
            self.get_mut(sid).filter(|o| o.persisted && o.pending.is_some() && o.pending == correlation)?;
        object.pending = None;
        object.failed = true;
        Some(object.role)
    }
}

impl Object {
    /// A confirmation or an event in order: replays may begin later from now on.
    pub(super) fn advance(&mut self, event: i64) {
        // The SDK moves a document only with its updates.
        if self.sid.object_type() != ObjectType::Document {
            self.last_event = self.last_event.max(event);
        }
    }
}

fn batch(
    correlation_id: Correlation,
    action: Action,
    retried: usize,
    reason: Option<String>,
    requests: Vec<Subscription>,
) -> Batch {
    let body = Body {
        event_protocol_version: Protocol::V4,
        action,
        correlation_id,
        retried_requests: u32::try_from(retried).unwrap_or(u32::MAX),
        ttl_in_s: -1,
        reason,
        requests,
    };
    // Numbers and known words: serializing them cannot fail.
    let body = serde_json::to_vec(&body).unwrap_or_default().into();
    Batch { correlation: correlation_id, action, body }
}
