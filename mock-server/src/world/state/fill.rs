//! What is in a channel, as a document tells it.

use std::sync::Arc;

use wire::sid::{ChannelSid, Kind, MemberSid, Sid};
use wire::time::Timestamp;
use wire::user::NotificationLevel;

use super::judge::{Done, described, each, moment, refused, said_by, wrong};
use super::{Channel, Invite, Json, Member, Message, Moment, Webhook};
use crate::world::channel::ChannelState;
use crate::world::invite::Invite as LiveInvite;
use crate::world::log::Marks;
use crate::world::member::{Member as LiveMember, member_sid};
use crate::world::message::{self, FULL as MESSAGES_FULL, Message as LiveMessage, nth_of};
use crate::world::service::Service as LiveService;
use crate::world::user::{Joined, User as LiveUser};
use crate::world::webhook::Webhook as LiveWebhook;
use crate::world::{World, check};

/// What the members, invites, webhooks and messages of one channel are made with.
pub(super) struct Filling<'a> {
    pub(super) world: &'a World,
    pub(super) service: &'a Arc<LiveService>,
    pub(super) sid: ChannelSid,
    pub(super) private: bool,
    pub(super) now: Timestamp,
}

impl Filling<'_> {
    pub(super) fn fill(&mut self, state: &mut ChannelState, new: &Channel) -> Done {
        each("members", &new.members, |member| self.member(state, member))?;
        each("invites", &new.invites, |invite| self.invite(state, invite))?;
        each("webhooks", &new.webhooks, |webhook| self.webhook(state, webhook))?;
        state.messages.forgotten = new.forgotten.unwrap_or_default();
        each("messages", &new.messages, |message| self.message(state, message))?;
        state.next_member = state.next_member.max(new.next_member.unwrap_or_default());
        state.invites.next = state.invites.next.max(new.next_invite.unwrap_or_default());
        state.webhooks.next = state.webhooks.next.max(new.next_webhook.unwrap_or_default());
        state.next_message = state.next_message.max(new.next_message.unwrap_or_default());
        let told = new.last_message.map(|(index, Moment(at))| (index, at));
        if told.zip(state.last).is_some_and(|((told, _), (held, _))| told < held) {
            return Err(wrong("it is before the last of the messages").of("last_message"));
        }
        state.last = told.or(state.last);
        Ok(())
    }

    /// The number of a thing of this channel: that of its SID, or the next. `next` becomes the one behind it.
    fn nth<K: Kind>(&self, sid: Option<Sid<K>>, next: &mut u32) -> Done<u32> {
        let nth = match sid {
            None => *next,
            Some(sid) => nth_of(self.sid, sid.bytes()).ok_or_else(|| {
                wrong(format!("{sid} was not made for this channel: leave it out")).of("sid")
            })?,
        };
        if nth < *next {
            return Err(wrong("they must stand in the order they were made"));
        }
        *next = nth.saturating_add(1);
        Ok(nth)
    }

    fn member(&self, state: &mut ChannelState, new: &Member) -> Done {
        described(new.attributes.as_ref())?;
        let text = new.attributes.as_ref().map(|Json(text)| &**text);
        self.world.hold_attributes(text).map_err(|error| refused(&error))?;
        let user = self.world.somebody(self.service, &new.identity)?;
        if state.member_of(&user).is_some() {
            return Err(wrong(format!("`{}` is a member already", new.identity)).of("identity"));
        }
        let (nth, defaults) = (self.nth(new.sid, &mut state.next_member)?, self.service.defaults());
        let creator = state.facts.created_by == user.identity;
        let role = if creator { defaults.creator_role } else { defaults.member_role };
        let created = moment(new.date_created, self.now);
        let horizon = new.last_consumed_message_index;
        let said = new.last_consumption_timestamp.map(|Moment(at)| at);
        let member = LiveMember {
            nth,
            user: user.clone(),
            role: new.role_sid.or(role),
            created,
            updated: moment(new.date_updated, created),
            horizon,
            horizon_at: said.or(horizon.map(|_| self.now)),
            attributes: new.attributes.clone().map(|Json(text)| text).filter(|text| **text != *"{}"),
            marks: Marks::new(state.roster_log.advance(self.now), self.now),
        };
        self.enter(state, &user, Some(member_sid(self.sid, nth)), horizon, new.notification_level);
        state.members.push(member);
        Ok(())
    }

    /// Writes the user's side.
    fn enter(
        &self,
        state: &ChannelState,
        user: &LiveUser,
        member: Option<MemberSid>,
        horizon: Option<u32>,
        level: Option<NotificationLevel>,
    ) {
        let mut own = user.lock();
        own.invited += usize::from(member.is_none());
        let marks = Marks::new(own.channels_log.advance(self.now), self.now);
        let level = level.unwrap_or(NotificationLevel::Default);
        let joined =
            Joined { member, private: self.private, facts: state.facts.clone(), horizon, level, marks };
        own.channels.insert(self.sid, joined);
    }

    fn invite(&self, state: &mut ChannelState, new: &Invite) -> Done {
        let user = self.world.somebody(self.service, &new.identity)?;
        if state.member_of(&user).is_some() || state.invites.of(&user).is_some() {
            return Err(wrong(format!("`{}` is a member or invited already", new.identity)).of("identity"));
        }
        said_by("created_by", new.created_by.as_ref())?;
        let nth = self.nth(new.sid, &mut state.invites.next)?;
        self.enter(state, &user, None, None, new.notification_level);
        state.invites.all.push(LiveInvite {
            nth,
            user,
            role: new.role_sid,
            created_by: new.created_by.clone().unwrap_or_else(|| "system".into()),
            created: moment(new.date_created, self.now),
        });
        Ok(())
    }

    fn webhook(&self, state: &mut ChannelState, new: &Webhook) -> Done {
        let nth = self.nth(new.sid, &mut state.webhooks.next)?;
        let created = moment(new.date_created, self.now);
        let updated = moment(new.date_updated, created);
        let (kind, configuration) = (new.r#type, new.configuration.clone());
        state.webhooks.all.push(LiveWebhook { nth, kind, configuration, created, updated });
        Ok(())
    }

    fn message(&self, state: &mut ChannelState, new: &Message) -> Done {
        described(new.attributes.as_ref())?;
        said_by("from", new.from.as_ref())?;
        let editor = check::editor(new.last_updated_by.as_ref());
        editor.map_err(|error| refused(&error).of("last_updated_by"))?;
        let body = if new.media.is_empty() {
            message::body(new.body.clone())
        } else {
            message::caption(new.body.clone())
        };
        let nth = self.nth(new.sid, &mut state.next_message)?;
        let next = state.next_index();
        let index = new.index.unwrap_or(next);
        if index < next {
            return Err(
                wrong(format!("the index {index} is not behind that of the message before")).of("index")
            );
        }
        let author = new.from.clone().filter(|from| !from.is_empty()).unwrap_or_else(|| "system".into());
        let created = moment(new.date_created, self.now);
        let by_sid = new.member_sid.and_then(|sid| nth_of(self.sid, sid.bytes()));
        let by_name =
            || state.members.iter().find(|member| member.user.identity == author).map(|member| member.nth);
        let mut said = LiveMessage {
            nth,
            index,
            marks: Marks::new(state.messages_log.advance(self.now), self.now),
            created,
            updated: moment(new.date_updated, created),
            member: by_sid.or_else(by_name),
            author,
            updated_by: new.last_updated_by.clone(),
            body: body.map_err(|error| refused(&error).of("body"))?,
            attributes: new.attributes.clone().map(|Json(text)| text).filter(|text| **text != *"{}"),
            media: new.media.iter().cloned().map(Arc::new).collect(),
        };
        if new.was_edited == Some(true) {
            said.marks.change(state.messages_log.advance(self.now), self.now);
        }
        let caps = self.world.caps();
        let room = self.world.message_bytes.take(
            said.size(),
            caps.message_bytes,
            "bytes of messages",
            MESSAGES_FULL,
        );
        room.map_err(|error| refused(&error))?;
        if state.messages.len() >= caps.messages_per_channel {
            return Err(wrong(format!("a channel holds {} messages at most", caps.messages_per_channel)));
        }
        state.last = Some((index, created));
        state.messages.put(said);
        Ok(())
    }
}
