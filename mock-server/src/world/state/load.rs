//! A document as a world.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use wire::channel::Visibility;
use wire::flow::{FlexFlow, IntegrationType};
use wire::identity::Identity;
use wire::service::{CreateService, Service as ServiceView};
use wire::sid::{ChannelSid, ChatServiceSid, FlexFlowSid, Kind, MemberSid, Sid, UserSid};
use wire::time::Timestamp;
use wire::user::{NewUser, NotificationLevel};

use super::{Channel, Flex, Flow, Invite, Json, Member, Message, Moment, Role, Service, State, StateError};
use super::{User, Webhook};
use crate::basis::Refused;
use crate::config::Credentials;
use crate::world::channel::{Channel as Live, ChannelState, FULL as CHANNELS_FULL, Facts};
use crate::world::flex_channel::{Door, Flex as LiveFlex};
use crate::world::invite::Invite as LiveInvite;
use crate::world::log::Marks;
use crate::world::member::{Member as LiveMember, member_sid};
use crate::world::message::{self, FULL as MESSAGES_FULL, Message as LiveMessage, nth_of};
use crate::world::page::PageRequest;
use crate::world::role::Role as LiveRole;
use crate::world::service::{Service as LiveService, set};
use crate::world::user::{Joined, User as LiveUser};
use crate::world::webhook::Webhook as LiveWebhook;
use crate::world::{World, check, lock};

type Done<T = ()> = Result<T, StateError>;

/// SIDs are counted from it: above, they would soon begin anew.
const HIGHEST_COUNTER: u64 = u64::MAX / 2;

fn wrong(what: impl Into<String>) -> StateError {
    StateError { place: String::new(), what: what.into() }
}

fn refused(refused: &Refused) -> StateError {
    wrong(format!("{} ({})", refused.message, refused.code))
}

impl StateError {
    /// The same, seen from outside.
    fn within(mut self, part: &str, nth: usize) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        self.place = format!("{part}[{nth}]{dot}{}", self.place);
        self
    }
}

/// Does each of a list; what is wrong is told with its place.
fn each<T>(part: &str, list: &[T], mut one: impl FnMut(&T) -> Done) -> Done {
    list.iter().enumerate().try_for_each(|(nth, item)| one(item).map_err(|error| error.within(part, nth)))
}

impl World {
    /// Adds what a document holds to a world that is being made; a complete one instead of what is there.
    ///
    /// # Errors
    /// If something in it makes no sense, contradicts another part, or is more than the mock may hold.
    pub(crate) fn load(&self, state: &State, credentials: &Credentials) -> Result<(), StateError> {
        let complete = state.complete == Some(true);
        let highest = numbers(state, complete)?;
        if complete {
            self.clear();
        }
        if state.counter.is_some_and(|counter| counter > HIGHEST_COUNTER) {
            return Err(wrong(format!("counter is above {HIGHEST_COUNTER}: leave it out")));
        }
        let next =
            state.counter.unwrap_or_default().max(highest.map_or(0, |number| number.saturating_add(1)));
        self.counter.fetch_max(next, Ordering::Relaxed);
        let mut own = Some(credentials.chat_service_sid);
        each("services", &state.services, |service| {
            let sid = service.sid.or_else(|| own.take());
            self.load_service(service, sid, complete)
        })?;
        each("flows", &state.flows, |flow| self.load_flow(flow, credentials))?;
        state.configuration.as_ref().map_or(Ok(()), |set| self.load_configuration(set, complete))
    }

    fn load_configuration(&self, set: &Map<String, Value>, complete: bool) -> Done {
        if complete {
            lock(&self.configuration.0).clone_from(set);
            return Ok(());
        }
        let set = serde_json::to_vec(set).unwrap_or_default();
        let done = self.update_configuration(&set);
        let placed = |error| StateError { place: "configuration".to_owned(), ..refused(&error) };
        done.map(drop).map_err(placed)
    }

    fn clear(&self) {
        *self.write_flows() = crate::world::flow::Flows::default();
        for service in self.services(PageRequest::first(usize::MAX)).items {
            // It was there a moment ago, and nobody else knows this world yet.
            let _ = self.delete_service(service.sid);
        }
    }

    fn load_service(&self, new: &Service, sid: Option<ChatServiceSid>, complete: bool) -> Done {
        let sid = sid.unwrap_or_else(|| ChatServiceSid::mock(self.seed(), self.next()));
        let service = if let Ok(known) = self.find_service(sid) {
            known
        } else {
            let name = CreateService { friendly_name: new.friendly_name.clone().unwrap_or_default() };
            self.add_service(sid, new.number, name).map_err(|error| refused(&error))?;
            self.find_service(sid).map_err(|error| refused(&error))?
        };
        set_up(&mut service.lock(), new);
        load_roles(&service, &new.roles, complete, || self.next(), self.now());
        each("users", &new.users, |user| self.load_user(&service, user))?;
        each("channels", &new.channels, |channel| self.load_channel(&service, channel))
    }

    fn load_user(&self, service: &Arc<LiveService>, new: &User) -> Done {
        check::identity(&new.identity).map_err(|error| refused(&error))?;
        named(new.friendly_name.as_deref())?;
        described(new.attributes.as_ref())?;
        let mut identities = service.identities.shard(&new.identity);
        if identities.contains_key(&new.identity) {
            return Err(wrong(format!("the identity `{}` is another user's already", new.identity)));
        }
        let nth = new.number.unwrap_or_else(|| self.next());
        let sid = made_here(new.sid, || UserSid::mock(self.seed(), nth))?;
        if self.user_with(sid).is_some() {
            return Err(wrong(format!("{sid} is another user's SID already")));
        }
        let (now, attributes) = (self.now(), new.attributes.clone().map(|Json(text)| text));
        let given = NewUser {
            identity: new.identity.clone(),
            role_sid: new.role_sid,
            attributes,
            friendly_name: new.friendly_name.clone(),
        };
        let created = moment(new.date_created, now);
        let user = self.add_user(service, given, (sid, nth, created)).map_err(|error| refused(&error))?;
        user.lock().updated = moment(new.date_updated, created);
        identities.insert(user.identity.clone(), user.clone());
        Ok(())
    }

    fn load_channel(&self, service: &Arc<LiveService>, new: &Channel) -> Done {
        let nth = new.number.unwrap_or_else(|| self.next());
        let sid = made_here(new.sid, || ChannelSid::mock(self.seed(), nth))?;
        if self.channel_with(sid).is_some() {
            return Err(wrong(format!("{sid} is another channel's SID already")));
        }
        check::unique_name(new.unique_name.as_deref()).map_err(|error| refused(&error))?;
        named(new.friendly_name.as_deref())?;
        described(new.attributes.as_ref())?;
        said_by(new.created_by.as_ref())?;
        let now = self.now();
        let flex = new.flex.as_ref().map(|flex| self.flex(service, flex)).transpose()?;
        let visibility =
            new.r#type.unwrap_or(if flex.is_some() { Visibility::Private } else { Visibility::Public });
        let created = moment(new.date_created, now);
        let facts = Facts {
            friendly_name: new.friendly_name.clone(),
            unique_name: new.unique_name.clone(),
            attributes: new.attributes.clone().map_or_else(|| "{}".into(), |Json(text)| text),
            created_by: new.created_by.clone().unwrap_or_else(|| "system".into()),
            created,
            updated: moment(new.date_updated, created),
        };
        self.hold_attributes(Some(&facts.attributes)).map_err(|error| refused(&error))?;
        let key = flex.as_ref().map(|flex| (flex.flow, flex.target.clone(), flex.door));
        let mut state = ChannelState::new(facts, flex.map(Box::new), now);
        let mut filling =
            Filling { world: self, service, sid, private: visibility == Visibility::Private, now };
        filling.fill(&mut state, new)?;
        let state = Mutex::new(state);
        let live = Arc::new(Live { sid, service: service.clone(), visibility, nth, state });
        self.place(&live, new.unique_name.as_ref())?;
        if let Some(key) = key {
            self.flex_order(key.2).insert(nth, live);
            self.flex_keys.insert(key, sid);
        }
        Ok(())
    }

    /// Has a channel be found.
    fn place(&self, live: &Arc<Live>, name: Option<&Arc<str>>) -> Done {
        if let Some(name) = name
            && lock(&live.service.names).insert(name.clone(), live.sid).is_some()
        {
            return Err(wrong(format!("the unique name `{name}` is another channel's already")));
        }
        let room = self.channel_count.take(1, self.caps().channels, "channels", CHANNELS_FULL);
        room.map_err(|error| refused(&error))?;
        live.index().insert(live.nth, live.clone());
        self.channels.insert(live.sid, live.clone());
        Ok(())
    }

    fn flex(&self, service: &Arc<LiveService>, new: &Flex) -> Done<LiveFlex> {
        let user = match (new.user_sid, &new.identity) {
            (Some(sid), _) => sid,
            (None, Some(identity)) => self.somebody(service, identity)?.sid,
            (None, None) => return Err(wrong("flex: whose chat it is, `identity`, is not said")),
        };
        let target = new.target.clone().or_else(|| new.identity.as_deref().map(Arc::from));
        let created = moment(new.date_created, self.now());
        Ok(LiveFlex {
            door: if new.web == Some(true) { Door::Web } else { Door::Flex },
            flow: new.flow,
            user,
            task: new.task_sid,
            target: target.ok_or_else(|| wrong("flex: neither `target` nor `identity` is said"))?,
            created,
            updated: moment(new.date_updated, created),
        })
    }

    /// The user with this identity, made if there is none.
    fn somebody(&self, service: &Arc<LiveService>, identity: &Identity) -> Done<Arc<LiveUser>> {
        self.user_for(service, identity, None).map_err(|error| refused(&error))
    }

    fn load_flow(&self, new: &Flow, credentials: &Credentials) -> Done {
        named(new.friendly_name.as_deref())?;
        let number = new.number.unwrap_or_else(|| self.next());
        let sid = new.sid.unwrap_or_else(|| FlexFlowSid::mock(self.seed(), number));
        let created = moment(new.date_created, self.now());
        let kind = new.integration_type.unwrap_or(IntegrationType::Studio);
        let flow = FlexFlow {
            sid,
            account_sid: self.account(),
            date_created: created,
            date_updated: moment(new.date_updated, created),
            friendly_name: new.friendly_name.clone(),
            chat_service_sid: Some(new.chat_service_sid.unwrap_or(credentials.chat_service_sid)),
            channel_type: new.channel_type,
            contact_identity: new.contact_identity.clone(),
            enabled: new.enabled.unwrap_or(false),
            integration_type: Some(kind),
            integration: Some(crate::world::flow::only(kind, new.integration.clone().unwrap_or_default())),
            long_lived: new.long_lived.unwrap_or(false),
            janitor_enabled: new.janitor_enabled.unwrap_or(false),
            url: FlexFlow::url(self.base(), sid),
        };
        self.write_flows().put(number, flow);
        Ok(())
    }
}

/// What the members, invites, webhooks and messages of one channel are made with.
struct Filling<'a> {
    world: &'a World,
    service: &'a Arc<LiveService>,
    sid: ChannelSid,
    private: bool,
    now: Timestamp,
}

impl Filling<'_> {
    fn fill(&mut self, state: &mut ChannelState, new: &Channel) -> Done {
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
            return Err(wrong("last_message is before the last of the messages"));
        }
        state.last = told.or(state.last);
        Ok(())
    }

    /// The number of a thing of this channel: that of its SID, or the next. `next` becomes the one behind it.
    fn nth<K: Kind>(&self, sid: Option<Sid<K>>, next: &mut u32) -> Done<u32> {
        let nth = match sid {
            None => *next,
            Some(sid) => nth_of(self.sid, sid.bytes())
                .ok_or_else(|| wrong(format!("{sid} was not made for this channel: leave it out")))?,
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
            return Err(wrong(format!("`{}` is a member already", new.identity)));
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
            return Err(wrong(format!("`{}` is a member or invited already", new.identity)));
        }
        said_by(new.created_by.as_ref())?;
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
        said_by(new.from.as_ref())?;
        check::editor(new.last_updated_by.as_ref()).map_err(|error| refused(&error))?;
        let body = if new.media.is_empty() {
            message::body(new.body.clone())
        } else {
            message::caption(new.body.clone())
        };
        let nth = self.nth(new.sid, &mut state.next_message)?;
        let next = state.next_index();
        let index = new.index.unwrap_or(next);
        if index < next {
            return Err(wrong(format!("the index {index} is not behind that of the message before")));
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
            body: body.map_err(|error| refused(&error))?,
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

/// All numbers of a document are different, and stand in complete ones only: the highest.
fn numbers(state: &State, complete: bool) -> Done<Option<u64>> {
    let mut seen = HashSet::new();
    let mut note = |number: Option<u64>| match number {
        Some(_) if !complete => Err(wrong("`number` belongs into a snapshot, which says `complete: true`")),
        Some(number) if !seen.insert(number) => Err(wrong(format!("the number {number} is another thing's"))),
        Some(_) | None => Ok(()),
    };
    each("services", &state.services, |service| {
        note(service.number)?;
        each("roles", &service.roles, |role| note(role.number))?;
        each("users", &service.users, |user| note(user.number))?;
        each("channels", &service.channels, |channel| note(channel.number))
    })?;
    each("flows", &state.flows, |flow| note(flow.number))?;
    Ok(seen.into_iter().max())
}

fn moment(said: Option<Moment>, or: Timestamp) -> Timestamp {
    said.map_or(or, |Moment(at)| at)
}

fn named(name: Option<&str>) -> Done {
    check::friendly_name(name).map_err(|error| refused(&error))
}

/// An author or a maker, who need not be anybody's user.
fn said_by(who: Option<&Identity>) -> Done {
    check::author(who).map_err(|error| refused(&error))
}

fn described(attributes: Option<&Json>) -> Done {
    check::attributes(attributes.map(|Json(text)| &**text)).map_err(|error| refused(&error))
}

/// The SID that is said, which must be a mock's: Sync's names for it are made of the rest of it.
fn made_here<K: Kind>(said: Option<Sid<K>>, make: impl FnOnce() -> Sid<K>) -> Done<Sid<K>> {
    let sid = said.unwrap_or_else(make);
    if sid.is_mock() {
        Ok(sid)
    } else {
        Err(wrong(format!("{sid} is no mock's SID: leave it out, and one is made")))
    }
}

fn load_roles(
    service: &LiveService,
    new: &[Role],
    complete: bool,
    mut next: impl FnMut() -> u64,
    now: Timestamp,
) {
    let mut roles = lock(&service.roles.0);
    if complete && !new.is_empty() {
        roles.clear();
    }
    for role in new {
        let created = moment(role.date_created, now);
        roles.retain(|known| known.sid != role.sid);
        roles.push(LiveRole {
            sid: role.sid,
            nth: role.number.unwrap_or_else(&mut next),
            friendly_name: role.friendly_name.clone(),
            kind: role.r#type,
            permissions: role.permissions.clone(),
            created,
            updated: moment(role.date_updated, created),
        });
    }
    roles.sort_by_key(|role| role.nth);
}

fn set_up(view: &mut ServiceView, new: &Service) {
    let new = new.clone();
    set(&mut view.friendly_name, new.friendly_name.map(Some));
    set(&mut view.read_status_enabled, new.read_status_enabled);
    set(&mut view.reachability_enabled, new.reachability_enabled);
    set(&mut view.typing_indicator_timeout, new.typing_indicator_timeout);
    set(&mut view.consumption_report_interval, new.consumption_report_interval);
    set(&mut view.limits, new.limits);
    set(&mut view.default_service_role_sid, new.default_service_role_sid.map(Some));
    set(&mut view.default_channel_role_sid, new.default_channel_role_sid.map(Some));
    set(&mut view.default_channel_creator_role_sid, new.default_channel_creator_role_sid.map(Some));
    set(&mut view.pre_webhook_url, new.pre_webhook_url.map(Some));
    set(&mut view.post_webhook_url, new.post_webhook_url.map(Some));
    set(&mut view.webhook_method, new.webhook_method.map(Some));
    set(&mut view.webhook_filters, new.webhook_filters.map(Some));
    set(&mut view.pre_webhook_retry_count, new.pre_webhook_retry_count);
    set(&mut view.post_webhook_retry_count, new.post_webhook_retry_count);
    set(&mut view.notifications, new.notifications.map(Some));
    set(&mut view.media, new.media.map(Some));
    set(&mut view.date_created, new.date_created.map(|Moment(at)| at));
    set(&mut view.date_updated, new.date_updated.map(|Moment(at)| at));
}
