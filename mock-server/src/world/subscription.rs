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
use super::log::{Marks, Replay, missed};
use super::message::How;
use super::object::Object;
use super::session_list::{Command, ListState, SessionList};
use super::subscribers::Subscribers;
use super::sync::Owner;
use super::user::{Info, Joined, User, UserState};
use super::{member, message};
use crate::basis::{Refused, rules};

rules! {
    INTERRUPTED = "sync.subscription.interrupted", MockOnly("a replay must not fill the outbox of who asked for it"),
        "a replay stops after 500 events, or once 1 MiB waits: interrupted, and the client asks again from there";
    FULL = "sync.subscription.full", MockOnly("a mock must not grow without bound"),
        "an object with as many subscribers as it may have takes no more: 503, 20503";
    pub(crate) ESTABLISHED = "sync.subscription.established", Recorded("session of SDK 6.0.0: subscription_established"),
        "a subscription is established after the replay of what happened since last_event_id, from the state of today";
}

/// Events replayed at once; a client that missed more is told to ask again from there.
const AT_ONCE: usize = 500;

/// Bytes that may wait before a replay stops: far from what a client would be closed for, however many objects it
/// subscribes to at once.
const ROOM: usize = 1 << 20;

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
                self.establish(who, object, &mut state.subscribers, log.last(), events)
            }
            Owner::User(user) => {
                let mut state = user.lock();
                let (log, events) = match object {
                    Object::Info(_) => (state.info_log, who.info(&user, &state, seen)),
                    _ => (state.channels_log, who.channels(&user, &state, seen)),
                };
                self.establish(who, object, &mut state.subscribers, log.last(), events)
            }
            Owner::Session(list) => {
                let mut state = list.lock();
                let events = who.session(&list, &state, seen);
                let last = state.log.last();
                let established = self.establish(who, object, &mut state.subscribers, last, events);
                self.note_listeners(&list, &mut state);
                established
            }
        }
    }

    /// Called with the owner locked, so that nothing happens between the replay and the first live event.
    fn establish(
        &self,
        who: Subscriber<'_>,
        object: Object,
        subscribers: &mut Subscribers,
        last: i64,
        replay: Part,
    ) -> Result<Established, Refused> {
        if replay.is_all
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
        for frame in replay.frames {
            who.connection.push(frame);
        }
        Ok(if replay.is_all || !INTERRUPTED.follow() {
            Established { status: ReplayStatus::Completed, last_event_id: last }
        } else {
            Established { status: ReplayStatus::Interrupted, last_event_id: replay.until }
        })
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
            Object::Session(sid) => self
                .session_list_with(sid)
                .is_some_and(|list| list.lock().subscribers.has(connection, object.slot())),
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
            Object::Session(sid) => {
                if let Some(list) = self.session_list_with(sid) {
                    let mut state = list.lock();
                    state.subscribers.remove(connection, object.slot());
                    self.note_listeners(&list, &mut state);
                }
            }
        }
    }
}

/// As much of a replay as is sent at once.
struct Part {
    frames: Vec<Bytes>,
    /// The last event of it.
    until: i64,
    is_all: bool,
}

impl Part {
    /// For a client that reads the items itself.
    const NONE: Self = Self { frames: Vec::new(), until: -1, is_all: true };
}

/// What each object has to replay, as frames with the numbers of their events.
impl Subscriber<'_> {
    fn frame<D: Serialize>(&self, event: &Event<'_, D>) -> (u32, Bytes) {
        (event.id, event.replayed(self.protocol, self.correlation_id))
    }

    /// As many of the events after `seen` as may be sent now. Written one by one, so that no more are than are sent.
    fn part(&self, seen: i64, events: impl Iterator<Item = (u32, Bytes)>) -> Part {
        let mut part = Part { until: seen, ..Part::NONE };
        let mut bytes = self.connection.waiting();
        for (id, frame) in events {
            if bytes >= ROOM || part.frames.len() == AT_ONCE {
                part.is_all = false;
                break;
            }
            bytes += frame.len();
            part.until = id.into();
            part.frames.push(frame);
        }
        part
    }

    fn messages(&self, channel: &Channel, state: &ChannelState, seen: Option<i64>) -> Part {
        let Some(seen) = seen else { return Part::NONE };
        let gone = state.removed.iter().map(|(id, message)| (id, message.marks, message));
        let events = missed(seen, state.messages.iter().map(|message| (message.marks, message)), gone);
        let tell = |replay: Replay<_>| {
            let (id, at, message, how): (_, _, &message::Message, _) = told(replay, |message| message.marks);
            message::tell(channel, message, (id, at), how, |event| self.frame(event))
        };
        self.part(seen, events.into_iter().map(tell))
    }

    fn roster(&self, channel: &Channel, state: &ChannelState, seen: Option<i64>) -> Part {
        let Some(seen) = seen else { return Part::NONE };
        let gone = state.former.iter().map(|(id, member)| (id, member.marks, member));
        let events = missed(seen, state.members.iter().map(|member| (member.marks, member)), gone);
        let tell = |replay: Replay<_>| {
            let (id, at, member, how): (_, _, &member::Member, _) = told(replay, |member| member.marks);
            member::tell(channel, member, (id, at), how, |event| self.frame(event))
        };
        self.part(seen, events.into_iter().map(tell))
    }

    fn document(&self, channel: &Channel, state: &ChannelState, seen: Option<i64>) -> Part {
        let Some(seen) = seen else { return Part::NONE };
        let behind = state.document_log.last() > seen;
        self.part(seen, behind.then(|| channel.tell(state, |event| self.frame(event))).into_iter())
    }

    fn info(&self, user: &User, state: &UserState, seen: Option<i64>) -> Part {
        let Some(seen) = seen else { return Part::NONE };
        let mut changed: Vec<Info> = Info::ALL
            .into_iter()
            .filter(|which| i64::from(state.info[*which as usize].last) > seen)
            .collect();
        changed.sort_unstable_by_key(|which| state.info[*which as usize].last);
        let tell = |which| user.tell_info(state, which, |event| self.frame(event));
        self.part(seen, changed.into_iter().map(tell))
    }

    fn session(&self, list: &SessionList, state: &ListState, seen: Option<i64>) -> Part {
        let Some(seen) = seen else { return Part::NONE };
        let context = (seen < 0).then(|| list.tell_context(|event| self.frame(event)));
        let events = missed(seen, state.commands().map(|command| (command.marks, command)), []);
        let tell = |replay: Replay<_>| {
            let (id, at, command, how): (_, _, &Command, _) = told(replay, |command| command.marks);
            list.tell(command, (id, at), how, |event| self.frame(event))
        };
        self.part(seen, context.into_iter().chain(events.into_iter().map(tell)))
    }

    fn channels(&self, user: &User, state: &UserState, seen: Option<i64>) -> Part {
        let Some(seen) = seen else { return Part::NONE };
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
        self.part(seen, events.into_iter().map(tell))
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
