//! Subscriptions: hearing of a Sync object's events, first of those that were missed.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use wire::sid::ChannelSid;
use wire::sync::{Protocol, ReplayStatus};
use wire::time::Timestamp;

use super::World;
use super::channel::{Channel, ChannelState};
use super::connection::Connection;
use super::event::Event;
use super::log::{Log, Marks, Replay, missed};
use super::message::How;
use super::object::Object;
use super::subscribers::Subscribers;
use super::sync::Owner;
use super::user::{Info, Joined, User, UserState};
use super::{member, message};
use crate::basis::{Refused, rules};

rules! {
    FULL = "sync.subscription.full", MockOnly("a mock must not grow without bound"),
        "an object with as many subscribers as it may have takes no more: 503, 20503";
    pub(crate) ESTABLISHED = "sync.subscription.established", Recorded("session of SDK 6.0.0: subscription_established"),
        "a subscription is established after the replay of what happened since last_event_id, from the state of today";
}

/// Events replayed at once; a client that missed more is told to ask again from there.
const AT_ONCE: usize = 500;

/// Where a subscription stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Established {
    pub(crate) status: ReplayStatus,
    pub(crate) last_event_id: i64,
}

/// Who subscribes, and how.
#[derive(Clone, Copy)]
pub(crate) struct Subscriber<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) protocol: Protocol,
    pub(crate) correlation_id: u64,
}

impl World {
    /// Replays to a connection what it missed of an object since event `seen`, and has it hear of what happens
    /// from now on. Without `seen` the client reads the items itself, and nothing is replayed.
    pub(crate) fn subscribe(
        &self,
        who: Subscriber<'_>,
        object: Object,
        seen: Option<i64>,
    ) -> Result<Established, Refused> {
        match self.owner(&who.connection.user, object)? {
            Owner::Channel(channel) => {
                let mut state = channel.lock();
                state.readable(&channel, &who.connection.user, object)?;
                let (log, events) = match object {
                    Object::Messages(_) => (state.messages_log, who.messages(&channel, &state, seen)),
                    Object::Roster(_) => (state.roster_log, who.roster(&channel, &state, seen)),
                    _ => (state.document_log, who.document(&channel, &state, seen)),
                };
                self.establish(who, object, &mut state.subscribers, log, events)
            }
            Owner::User(user) => {
                let mut state = user.lock();
                let (log, events) = match object {
                    Object::Info(_) => (state.info_log, who.info(&user, &state, seen)),
                    _ => (state.channels_log, who.channels(&user, &state, seen)),
                };
                self.establish(who, object, &mut state.subscribers, log, events)
            }
        }
    }

    /// Called with the owner locked, so that nothing happens between the replay and the first live event.
    fn establish(
        &self,
        who: Subscriber<'_>,
        object: Object,
        subscribers: &mut Subscribers,
        log: Log,
        events: Vec<(u32, Bytes)>,
    ) -> Result<Established, Refused> {
        let all = events.len() <= AT_ONCE;
        let mut last_event_id = log.last();
        if all
            && !subscribers.add(
                who.connection,
                object.slot(),
                who.protocol,
                self.caps().subscribers_per_object,
            )
        {
            return Err(super::caps::full(
                self.caps().subscribers_per_object,
                "subscribers of one object",
                FULL,
            ));
        }
        for (id, frame) in events.into_iter().take(AT_ONCE) {
            if !all {
                last_event_id = id.into();
            }
            who.connection.push(frame);
        }
        let status = if all { ReplayStatus::Completed } else { ReplayStatus::Interrupted };
        Ok(Established { status, last_event_id })
    }

    /// Whether a connection hears of an object.
    pub(crate) fn hears(&self, connection: &Arc<Connection>, object: Object) -> bool {
        match object {
            Object::Document(sid) | Object::Messages(sid) | Object::Roster(sid) => self
                .channel_with(sid)
                .is_some_and(|channel| channel.lock().subscribers.has(connection, object.slot())),
            Object::Channels(sid) | Object::Info(sid) => {
                self.user_with(sid).is_some_and(|user| user.lock().subscribers.has(connection, object.slot()))
            }
        }
    }

    /// A connection wants to hear no more of an object.
    pub(crate) fn unsubscribe(&self, connection: &Arc<Connection>, object: Object) {
        match object {
            Object::Document(sid) | Object::Messages(sid) | Object::Roster(sid) => {
                if let Some(channel) = self.channel_with(sid) {
                    channel.lock().subscribers.remove(connection, object.slot());
                }
            }
            Object::Channels(sid) | Object::Info(sid) => {
                if let Some(user) = self.user_with(sid) {
                    user.lock().subscribers.remove(connection, object.slot());
                }
            }
        }
    }
}

/// What each object has to replay, as frames with the numbers of their events. One more than is sent at once is
/// enough to know that it is not all.
impl Subscriber<'_> {
    fn frame<D: Serialize>(&self, event: &Event<'_, D>) -> (u32, Bytes) {
        (event.id, event.replayed(self.protocol, self.correlation_id))
    }

    fn messages(&self, channel: &Channel, state: &ChannelState, seen: Option<i64>) -> Vec<(u32, Bytes)> {
        let Some(seen) = seen else { return Vec::new() };
        let gone = state.removed.iter().map(|(id, message)| (id, message.marks, message));
        let events = missed(seen, state.messages.iter().map(|message| (message.marks, message)), gone);
        let tell = |replay: Replay<_>| {
            let (id, at, message, how): (_, _, &message::Message, _) = told(replay, |message| message.marks);
            message::tell(channel, message, (id, at), how, |event| self.frame(event))
        };
        events.into_iter().take(AT_ONCE + 1).map(tell).collect()
    }

    fn roster(&self, channel: &Channel, state: &ChannelState, seen: Option<i64>) -> Vec<(u32, Bytes)> {
        let Some(seen) = seen else { return Vec::new() };
        let gone = state.former.iter().map(|(id, member)| (id, member.marks, member));
        let events = missed(seen, state.members.iter().map(|member| (member.marks, member)), gone);
        let tell = |replay: Replay<_>| {
            let (id, at, member, how): (_, _, &member::Member, _) = told(replay, |member| member.marks);
            member::tell(channel, member, (id, at), how, |event| self.frame(event))
        };
        events.into_iter().take(AT_ONCE + 1).map(tell).collect()
    }

    fn document(&self, channel: &Channel, state: &ChannelState, seen: Option<i64>) -> Vec<(u32, Bytes)> {
        let behind = seen.is_some_and(|seen| state.document_log.last() > seen);
        if behind { vec![channel.tell(state, |event| self.frame(event))] } else { Vec::new() }
    }

    fn info(&self, user: &User, state: &UserState, seen: Option<i64>) -> Vec<(u32, Bytes)> {
        let Some(seen) = seen else { return Vec::new() };
        let mut changed: Vec<Info> = Info::ALL
            .into_iter()
            .filter(|which| i64::from(state.info[*which as usize].last) > seen)
            .collect();
        changed.sort_unstable_by_key(|which| state.info[*which as usize].last);
        changed.into_iter().map(|which| user.tell_info(state, which, |event| self.frame(event))).collect()
    }

    fn channels(&self, user: &User, state: &UserState, seen: Option<i64>) -> Vec<(u32, Bytes)> {
        let Some(seen) = seen else { return Vec::new() };
        let joined: Vec<_> = state.channels.iter().map(|(sid, joined)| (*sid, joined)).collect();
        let left: Vec<_> = state.left.iter().map(|(id, (sid, joined))| (id, (*sid, joined))).collect();
        let events = missed(
            seen,
            joined.iter().map(|item| (item.1.marks, item)),
            left.iter().map(|(id, item)| (*id, item.1.marks, item)),
        );
        let tell = |replay: Replay<_>| {
            let (id, at, (sid, joined), how) =
                told(replay, |(_, joined): &(ChannelSid, &Joined)| joined.marks);
            user.tell(*sid, joined, (id, at), how, |event| self.frame(event))
        };
        events.into_iter().take(AT_ONCE + 1).map(tell).collect()
    }
}

/// A replayed event's number, moment, item and kind.
fn told<T>(replay: Replay<&T>, marks: impl Fn(&T) -> Marks) -> (u32, Timestamp, &T, How) {
    match replay {
        Replay::Added(id, item) => (id, marks(item).created, item, How::Added),
        Replay::Updated(id, item) => (id, marks(item).updated, item, How::Updated),
        Replay::Removed(id, item) => (id, marks(item).updated, item, How::Removed),
    }
}
