//! A world as a document.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wire::time::Timestamp;

use super::{
    Channel, Flex, Flow, Invite, Json, Member, Message, Moment, Role, Service, State, User, Webhook,
};
use crate::world::channel::{Channel as Live, ChannelState};
use crate::world::flex_channel::Door;
use crate::world::invite::invite_sid;
use crate::world::member::member_sid;
use crate::world::message::message_sid;
use crate::world::page::{Ordered, Page, PageRequest, merged};
use crate::world::service::Service as LiveService;
use crate::world::webhook::webhook_sid;
use crate::world::{World, lock};

/// How much is looked at in one go: nobody has to wait longer for a list.
const STEP: usize = 1_000;

#[allow(clippy::unnecessary_wraps, reason = "dates are left out of documents that people write")]
const fn at(moment: Timestamp) -> Option<Moment> {
    Some(Moment(moment))
}

fn json(text: Option<&Arc<str>>) -> Option<Json> {
    text.cloned().map(Json)
}

/// All of a list.
fn all<T>(mut page: impl FnMut(PageRequest) -> Page<Arc<T>>) -> Vec<Arc<T>> {
    let mut request = PageRequest::first(STEP);
    let mut found = Vec::new();
    loop {
        let Page { items, next } = page(request);
        found.extend(items);
        match next {
            Some(cursor) => request.after = Some(cursor),
            None => return found,
        }
    }
}

impl World {
    /// All it holds. What changes meanwhile is in it or not; each channel and each user is of one moment.
    #[must_use]
    pub fn save(&self) -> State {
        let services = all(|page| self.service_order.page(page));
        let services = services.iter().map(|service| self.saved(service)).collect();
        let flows = self.read_flows().numbered().map(|(number, flow)| flow_of(number, flow)).collect();
        // Read last: nothing above has a number beyond it.
        State {
            complete: Some(true),
            counter: Some(self.counter.load(Ordering::Relaxed)),
            configuration: Some(self.configuration()),
            services,
            flows,
        }
    }

    fn saved(&self, service: &LiveService) -> Service {
        let view = service.view();
        Service {
            sid: Some(service.sid),
            number: Some(service.nth),
            friendly_name: view.friendly_name,
            read_status_enabled: Some(view.read_status_enabled),
            reachability_enabled: Some(view.reachability_enabled),
            typing_indicator_timeout: Some(view.typing_indicator_timeout),
            consumption_report_interval: Some(view.consumption_report_interval),
            limits: Some(view.limits),
            default_service_role_sid: view.default_service_role_sid,
            default_channel_role_sid: view.default_channel_role_sid,
            default_channel_creator_role_sid: view.default_channel_creator_role_sid,
            pre_webhook_url: view.pre_webhook_url,
            post_webhook_url: view.post_webhook_url,
            webhook_method: view.webhook_method,
            webhook_filters: view.webhook_filters,
            pre_webhook_retry_count: Some(view.pre_webhook_retry_count),
            post_webhook_retry_count: Some(view.post_webhook_retry_count),
            notifications: view.notifications,
            media: view.media,
            date_created: at(view.date_created),
            date_updated: at(view.date_updated),
            roles: roles(service),
            users: users(&service.users),
            channels: all(|page| merged(&service.public, &service.private, page))
                .iter()
                .filter_map(|live| channel(self, live))
                .collect(),
        }
    }
}

fn flow_of(number: u64, flow: &wire::flow::FlexFlow) -> Flow {
    Flow {
        channel_type: flow.channel_type,
        sid: Some(flow.sid),
        number: Some(number),
        friendly_name: flow.friendly_name.clone(),
        chat_service_sid: flow.chat_service_sid,
        contact_identity: flow.contact_identity.clone(),
        enabled: Some(flow.enabled),
        integration_type: flow.integration_type,
        integration: flow.integration.clone(),
        long_lived: Some(flow.long_lived),
        janitor_enabled: Some(flow.janitor_enabled),
        date_created: at(flow.date_created),
        date_updated: at(flow.date_updated),
    }
}

fn roles(service: &LiveService) -> Vec<Role> {
    let roles = lock(&service.roles.0);
    let role = |role: &crate::world::role::Role| Role {
        sid: role.sid,
        friendly_name: role.friendly_name.clone(),
        r#type: role.kind,
        permissions: role.permissions.clone(),
        number: Some(role.nth),
        date_created: at(role.created),
        date_updated: at(role.updated),
    };
    roles.iter().map(role).collect()
}

fn users(list: &Ordered<crate::world::user::User>) -> Vec<User> {
    let mut saved = Vec::new();
    for user in all(|page| list.page(page)) {
        let state = user.lock();
        if state.deleted {
            continue;
        }
        saved.push(User {
            identity: user.identity.clone(),
            sid: Some(user.sid),
            number: Some(user.nth),
            friendly_name: state.friendly_name.clone(),
            attributes: json(state.attributes.as_ref()),
            role_sid: state.role,
            date_created: at(user.created),
            date_updated: at(state.updated),
        });
    }
    saved
}

/// A channel; `None` if it was deleted meanwhile.
fn channel(world: &World, live: &Live) -> Option<Channel> {
    let state = live.lock();
    state.alive().ok()?;
    let facts = &state.facts;
    Some(Channel {
        sid: Some(live.sid),
        number: Some(live.nth),
        unique_name: facts.unique_name.clone(),
        friendly_name: facts.friendly_name.clone(),
        r#type: Some(live.visibility),
        attributes: json(Some(&facts.attributes)),
        created_by: Some(facts.created_by.clone()),
        date_created: at(facts.created),
        date_updated: at(facts.updated),
        flex: flex(world, &state),
        next_member: Some(state.next_member),
        next_invite: Some(state.invites.next),
        next_webhook: Some(state.webhooks.next),
        next_message: Some(state.next_message),
        last_message: state.last.map(|(index, moment)| (index, Moment(moment))),
        forgotten: Some(state.messages.forgotten).filter(|forgotten| *forgotten > 0),
        members: members(live, &state),
        invites: invites(live, &state),
        webhooks: webhooks(live, &state),
        messages: state.messages.iter().map(|said| message(live, said)).collect(),
    })
}

fn flex(world: &World, state: &ChannelState) -> Option<Flex> {
    let flex = state.flex.as_ref()?;
    Some(Flex {
        flow: flex.flow,
        identity: world.user_with(flex.user).map(|user| user.identity.clone()),
        user_sid: Some(flex.user),
        web: (flex.door == Door::Web).then_some(true),
        target: Some(flex.target.clone()),
        task_sid: flex.task,
        date_created: at(flex.created),
        date_updated: at(flex.updated),
    })
}

fn members(live: &Live, state: &ChannelState) -> Vec<Member> {
    let saved = |member: &crate::world::member::Member| Member {
        identity: member.user.identity.clone(),
        sid: Some(member_sid(live.sid, member.nth)),
        role_sid: member.role,
        attributes: json(member.attributes.as_ref()),
        last_consumed_message_index: member.horizon,
        last_consumption_timestamp: member.horizon_at.map(Moment),
        notification_level: member.user.lock().channels.get(&live.sid).map(|joined| joined.level),
        date_created: at(member.created),
        date_updated: at(member.updated),
    };
    state.members.iter().map(saved).collect()
}

fn invites(live: &Live, state: &ChannelState) -> Vec<Invite> {
    let saved = |invite: &crate::world::invite::Invite| Invite {
        identity: invite.user.identity.clone(),
        sid: Some(invite_sid(live.sid, invite)),
        role_sid: invite.role,
        created_by: Some(invite.created_by.clone()),
        notification_level: invite.user.lock().channels.get(&live.sid).map(|joined| joined.level),
        date_created: at(invite.created),
    };
    state.invites.all.iter().map(saved).collect()
}

fn webhooks(live: &Live, state: &ChannelState) -> Vec<Webhook> {
    let saved = |webhook: &crate::world::webhook::Webhook| Webhook {
        r#type: webhook.kind,
        configuration: webhook.configuration.clone(),
        sid: Some(webhook_sid(live.sid, webhook)),
        date_created: at(webhook.created),
        date_updated: at(webhook.updated),
    };
    state.webhooks.all.iter().map(saved).collect()
}

fn message(live: &Live, said: &crate::world::message::Message) -> Message {
    Message {
        body: said.text().cloned(),
        from: Some(said.author.clone()),
        sid: Some(message_sid(live.sid, said.nth)),
        index: Some(said.index),
        attributes: json(said.attributes.as_ref()),
        was_edited: (said.marks.revision > 0).then_some(true),
        last_updated_by: said.updated_by.clone(),
        member_sid: said.member.map(|nth| member_sid(live.sid, nth)),
        date_created: at(said.created),
        date_updated: at(said.updated),
        media: said.media.iter().map(|file| (**file).clone()).collect(),
    }
}
