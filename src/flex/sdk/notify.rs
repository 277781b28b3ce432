//! What the service says by itself: the outcome of subscriptions, events live and replayed, typing.

use tokio::time::Instant;
use wire::{
    frame::server::{Peek, message_type},
    identity::Identity,
    sid::{ChannelSid, MemberSid},
    sync::{EventType, Happened, Notice, ReplayStatus, data},
};

use super::{
    channel::{Member, Standing},
    config::Login,
    decode::{ChannelData, MessageData, Typing, text},
    error::{Doing, ErrorKind, SdkError},
    event::Event,
    out::Out,
    session::Session,
    subscribe::{Ended, Role},
};

/// How many channels that were left are remembered.
const TOMBSTONES: usize = 32;

/// What an event did to the roster.
pub(super) enum Roster {
    Known,
    Joined(MemberSid, Identity),
}

impl Session {
    pub(super) fn notification(&mut self, peek: &Peek<'_>, payload: &[u8], now: Instant, out: &mut Out) {
        let Some(kind) = peek.message_type.as_deref() else { return };
        if kind == message_type::TYPING {
            return self.typed(payload, now);
        }
        let Ok(notice) = Notice::read(payload) else { return };
        if let Some(correlation) = notice.correlation_id {
            self.subscriptions.heard(correlation, now);
        }
        let replayed = kind == message_type::SYNC_EVENT;
        for event in notice.events() {
            match notice.event_type {
                EventType::SubscriptionEstablished => {
                    self.established(event, notice.correlation_id, now);
                }
                EventType::SubscriptionCanceled => {
                    let correlation = notice.correlation_id;
                    self.subscriptions.cancelled(event.object_sid, correlation, now, &mut self.chance);
                }
                EventType::SubscriptionFailed => self.subscription_failed(event, notice.correlation_id, now),
                happened => self.happened(happened, event, replayed, now, out),
            }
        }
    }

    fn established(&mut self, event: &Happened<'_>, correlation: Option<u64>, now: Instant) {
        let completed = match event.replay_status {
            Some(ReplayStatus::Completed) => true,
            Some(ReplayStatus::Interrupted) => false,
            None => return,
        };
        let last = event.last_event_id.unwrap_or(-1);
        let sid = event.object_sid;
        let ended = self.subscriptions.established(sid, correlation, completed, last, now, &mut self.chance);
        self.progress.unsettled |= ended == Ended::Established;
    }

    fn subscription_failed(&mut self, event: &Happened<'_>, correlation: Option<u64>, now: Instant) {
        let Some(role) = self.subscriptions.failed(event.object_sid, correlation, now, &mut self.chance)
        else {
            return;
        };
        self.progress.unsettled = true;
        let (status, code, message) =
            event.error.as_ref().map_or((0, 0, ""), |error| (error.status, error.code, &*error.message));
        if status == 404 {
            // To the SDK this object was removed while it was away.
            return self.object_removed(role, now);
        }
        let error = SdkError::new(ErrorKind::Http { status, code }, Doing::Subscribing)
            .saying(message)
            .about(role.channel());
        match role.channel() {
            Some(channel) => self.channel_failed(channel, error, now),
            None => {
                self.progress.failed.get_or_insert(error);
            }
        }
    }

    fn happened(
        &mut self,
        kind: EventType,
        event: &Happened<'_>,
        replayed: bool,
        now: Instant,
        out: &mut Out,
    ) {
        let Some(object) = self.subscriptions.get_mut(event.object_sid) else { return };
        let id = event.id.unwrap_or(-1);
        let role = object.role;
        if kind == EventType::DocumentUpdated {
            if id <= object.last_event {
                return;
            }
            object.last_event = id;
        } else if replayed || object.established {
            // Until the replay is complete, a live event may be ahead of some still to be replayed.
            object.advance(id);
        }
        match (kind, role) {
            (EventType::ListItemAdded, Role::Messages(channel)) => self.message_added(channel, event, now),
            (EventType::ListItemRemoved, Role::Messages(channel)) => {
                let index = event.item_index.and_then(|index| u32::try_from(index).ok());
                if let (Some(index), Some(channel)) = (index, self.channel_mut(channel)) {
                    channel.chain.removed(index);
                }
            }
            (EventType::DocumentUpdated, Role::Document(channel)) => {
                self.document_updated(channel, event, now);
            }
            (EventType::MapItemAdded | EventType::MapItemUpdated, Role::Roster(channel)) => {
                let joined = self.member(channel, event.item_key.as_deref(), id, event.data.map(|d| d.get()));
                if let (Roster::Joined(member, identity), EventType::MapItemAdded) = (joined, kind) {
                    self.events.push_back(Event::MemberJoined { channel, member, identity, at: now });
                }
            }
            (EventType::MapItemRemoved, Role::Roster(channel)) => {
                self.member_left(channel, event.item_key.as_deref(), now);
            }
            (EventType::MapItemAdded | EventType::MapItemUpdated, Role::MyChannels) => {
                if let Some(data) = event.data {
                    self.my_channel(event.item_key.as_deref(), Some(id), data.get(), now, out);
                }
            }
            (EventType::MapItemRemoved, Role::MyChannels) => {
                self.my_channel_removed(event.item_key.as_deref(), id, now);
            }
            (EventType::MapRemoved | EventType::ListRemoved | EventType::DocumentRemoved, _) => {
                self.object_removed(role, now);
            }
            // Edited messages, contexts of lists, my own user: nothing a customer acts on.
            _ => {}
        }
    }

    fn message_added(&mut self, sid: ChannelSid, event: &Happened<'_>, now: Instant) {
        let Some(index) = event.item_index.and_then(|index| u32::try_from(index).ok()) else { return };
        let Some(data) = event.data else { return };
        let Some(channel) = self.channels.iter_mut().find(|channel| channel.sid == sid) else { return };
        channel.chain.arrived(index);
        if !channel.known.insert(index) {
            return;
        }
        let Ok(data) = serde_json::from_str::<MessageData<'_>>(data.get()) else { return };
        let members = &channel.members;
        let known = |author: &str| {
            members.iter().find(|member| *member.identity == *author).map(|member| member.identity.clone())
        };
        let message = data.message(index, known);
        self.events.push_back(Event::MessageAdded { channel: sid, message, at: now });
    }

    fn document_updated(&mut self, sid: ChannelSid, event: &Happened<'_>, now: Instant) {
        let Some(data) = event.data else { return };
        let Ok(data) = serde_json::from_str::<ChannelData<'_>>(data.get()) else { return };
        let Some(channel) = self.channel_mut(sid) else { return };
        let digest = data.attributes.map_or(0, |attributes| text::digest(attributes.get()));
        if std::mem::replace(&mut channel.attributes, digest) != digest {
            let attributes = text::of(data.attributes);
            self.events.push_back(Event::ChannelUpdated { channel: sid, attributes, at: now });
        }
    }

    /// An item of a roster, from a page or an event.
    pub(super) fn member(
        &mut self,
        channel: ChannelSid,
        key: Option<&str>,
        event: i64,
        item: Option<&str>,
    ) -> Roster {
        let Some(channel) = self.channels.iter_mut().find(|known| known.sid == channel) else {
            return Roster::Known;
        };
        let Some(sid) = key.and_then(|key| key.parse::<MemberSid>().ok()) else { return Roster::Known };
        if let Some(member) = channel.members.iter_mut().find(|member| member.sid == sid) {
            member.event = member.event.max(event);
            return Roster::Known;
        }
        let item = item.and_then(|item| serde_json::from_str::<data::Member<'_>>(item).ok());
        let Some(item) = item else { return Roster::Known };
        let identity = Identity::from(&*item.identity);
        channel.members.push(Member { sid, event, identity: identity.clone() });
        Roster::Joined(sid, identity)
    }

    fn member_left(&mut self, sid: ChannelSid, key: Option<&str>, now: Instant) {
        let Some(channel) = self.channel_mut(sid) else { return };
        let member = key.and_then(|key| key.parse::<MemberSid>().ok());
        let Some(place) = channel.members.iter().position(|known| Some(known.sid) == member) else { return };
        let Member { sid: member, identity, .. } = channel.members.swap_remove(place);
        self.events.push_back(Event::MemberLeft { channel: sid, member, identity, at: now });
    }

    fn my_channel_removed(&mut self, key: Option<&str>, event: i64, now: Instant) {
        let Some(sid) = key.and_then(|key| key.parse::<ChannelSid>().ok()) else { return };
        self.tombstones.retain(|(gone, _)| *gone != sid);
        if self.tombstones.len() >= TOMBSTONES {
            self.tombstones.remove(0);
        }
        self.tombstones.push((sid, event));
        if let Some(channel) = self.channel(sid) {
            let before = channel.standing;
            self.left(sid, before, now);
        }
    }

    fn object_removed(&mut self, role: Role, now: Instant) {
        self.subscriptions.remove(|known| known == role, now, &mut self.chance);
        self.progress.unsettled = true;
        if let Role::Document(sid) = role
            && let Some(place) = self.channels.iter().position(|channel| channel.sid == sid)
        {
            let before = self.channels.swap_remove(place).standing;
            if before != Standing::Outside {
                self.events.push_back(Event::ChannelLeft { channel: sid, at: now });
            }
        }
    }

    fn typed(&mut self, payload: &[u8], now: Instant) {
        let Ok(typing) = serde_json::from_slice::<Typing<'_>>(payload) else { return };
        let Some(channel) = self.channel(typing.channel_sid) else { return };
        let member = channel.members.iter().find(|member| *member.identity == *typing.identity);
        let identity = match member {
            Some(member) => member.identity.clone(),
            // A lean login knows no roster, so it cannot insist on one.
            None if self.config.login == Login::Lean => Identity::from(&*typing.identity),
            None => return,
        };
        self.events.push_back(Event::Typing { channel: typing.channel_sid, identity, at: now });
    }
}
