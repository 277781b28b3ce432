//! A document as a world.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use wire::channel::Visibility;
use wire::flow::{FlexFlow, IntegrationType};
use wire::identity::Identity;
use wire::service::{CreateService, Service as ServiceView};
use wire::sid::{ChannelSid, ChatServiceSid, FlexFlowSid, UserSid};
use wire::time::Timestamp;
use wire::user::NewUser;

use super::fill::Filling;
use super::judge::{Done, described, each, made_here, moment, named, refused, said_by, wrong};
use super::{Channel, Flex, Flow, Json, Moment, Role, Service, State, StateError, User};
use crate::credentials::Credentials;
use crate::world::channel::{Channel as Live, ChannelState, FULL as CHANNELS_FULL, Facts};
use crate::world::flex_channel::{Door, Flex as LiveFlex};
use crate::world::page::PageRequest;
use crate::world::role::Role as LiveRole;
use crate::world::service::{Service as LiveService, set};
use crate::world::user::User as LiveUser;
use crate::world::{World, check, lock};

/// SIDs are counted from it: above, they would soon begin anew.
const HIGHEST_COUNTER: u64 = u64::MAX / 2;

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
        let next =
            state.counter.unwrap_or_default().max(highest.map_or(0, |number| number.saturating_add(1)));
        if next > HIGHEST_COUNTER {
            let of = if state.counter == Some(next) { "counter" } else { "a number" };
            return Err(wrong(format!("{of} is above {HIGHEST_COUNTER}: leave it out")));
        }
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
        done.map(drop).map_err(|error| refused(&error).of("configuration"))
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
        check::identity(&new.identity).map_err(|error| refused(&error).of("identity"))?;
        named(new.friendly_name.as_deref())?;
        described(new.attributes.as_ref())?;
        let mut identities = service.identities.shard(&new.identity);
        if identities.contains_key(&new.identity) {
            return Err(
                wrong(format!("the identity `{}` is another user's already", new.identity)).of("identity")
            );
        }
        let nth = new.number.unwrap_or_else(|| self.next());
        let sid = made_here(new.sid, || UserSid::mock(self.seed(), nth))?;
        if self.user_with(sid).is_some() {
            return Err(wrong(format!("{sid} is another user's SID already")).of("sid"));
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
            return Err(wrong(format!("{sid} is another channel's SID already")).of("sid"));
        }
        let unique = check::unique_name(new.unique_name.as_deref());
        unique.map_err(|error| refused(&error).of("unique_name"))?;
        named(new.friendly_name.as_deref())?;
        described(new.attributes.as_ref())?;
        said_by("created_by", new.created_by.as_ref())?;
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
            return Err(
                wrong(format!("the unique name `{name}` is another channel's already")).of("unique_name")
            );
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
            (None, None) => return Err(wrong("whose chat it is, `identity`, is not said").of("flex")),
        };
        let target = new.target.clone().or_else(|| new.identity.as_deref().map(Arc::from));
        let created = moment(new.date_created, self.now());
        Ok(LiveFlex {
            door: if new.web == Some(true) { Door::Web } else { Door::Flex },
            flow: new.flow,
            user,
            task: new.task_sid,
            target: target.ok_or_else(|| wrong("neither `target` nor `identity` is said").of("flex"))?,
            created,
            updated: moment(new.date_updated, created),
        })
    }

    /// The user with this identity, made if there is none.
    pub(super) fn somebody(&self, service: &Arc<LiveService>, identity: &Identity) -> Done<Arc<LiveUser>> {
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

/// All numbers of a document are different, and stand in complete ones only: the highest.
fn numbers(state: &State, complete: bool) -> Done<Option<u64>> {
    let mut seen = HashSet::new();
    let mut note = |number: Option<u64>| match number {
        Some(_) if !complete => {
            Err(wrong("`number` belongs into a snapshot, which says `complete: true`").of("number"))
        }
        Some(number) if !seen.insert(number) => {
            Err(wrong(format!("the number {number} is another thing's")).of("number"))
        }
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
