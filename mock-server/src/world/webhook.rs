//! Channel webhooks, as resources: what is kept of them. Flex attaches one of its own to each of its channels
//! whose flow runs a Studio Flow or calls a webhook.

use std::sync::Arc;

use wire::channel::Channel as ChannelView;
use wire::flow::{FlexFlow, IntegrationType};
use wire::sid::{ChannelSid, ChatServiceSid, WebhookSid};
use wire::time::Timestamp;
use wire::webhook::{Configuration, Event, Kind, Method, NewWebhook, UpdateWebhook, Webhook as View};

use super::channel::{Channel, ChannelState};
use super::message::{nth_bytes, nth_of};
use super::page::{Cursor, Page, PageRequest};
use super::{World, check};
use crate::basis::{Refused, rules};

rules! {
    UNKNOWN = "chat.webhook.unknown", Inferred("error catalogue 50320; the generic 20404 as for everything that is not there"),
        "an unknown channel webhook is 404, 20404";
    TOO_MANY = "chat.webhook.create.too-many", Documented("error catalogue 50321; OpenAPI chat_v2: five in a page; count limits are 403"),
        "a channel with five webhooks, the one Flex attached included, takes no more: 403, 50321";
    TRIGGERS = "chat.webhook.triggers", Documented("OpenAPI chat_v2: up to a total of 5 trigger strings; error catalogue 50322"),
        "a webhook with more than five triggers is 403, 50322";
    NO_URL = "chat.webhook.url-missing", Documented("error catalogue 50329; the status as for other validation"),
        "a webhook or trigger without Configuration.Url is 400, 50329";
    BAD_URL = "chat.webhook.url", Inferred("error catalogue 50054: invalid webhook format"),
        "a Configuration.Url that is no http or https URL is 400, 50054";
    LONG_URL = "chat.webhook.url-long", Inferred("error catalogue 50332; the length is not published"),
        "a Configuration.Url of more than 2048 bytes is 400, 50332";
    NO_FILTERS = "chat.webhook.filters-missing", Documented("error catalogue 50330; the status as for other validation"),
        "a webhook of type webhook without Configuration.Filters is 400, 50330";
    NO_TRIGGERS = "chat.webhook.triggers-missing", Documented("error catalogue 50331; the status as for other validation"),
        "a webhook of type trigger without Configuration.Triggers is 400, 50331";
    EMPTY_TRIGGER = "chat.webhook.trigger", Inferred("error catalogue 50326; what makes a trigger invalid is not published"),
        "an empty trigger, or one of more than 256 characters, is 400, 50326";
    pub(crate) NO_FLOW = "chat.webhook.flow-missing", Inferred("error catalogue 50327: invalid flow sid"),
        "a webhook of type studio without Configuration.FlowSid, and one that is no Studio Flow's SID, is 400, 50327";
    pub(crate) RETRIES = "chat.webhook.retry-count", Documented("OpenAPI chat_v2: an integer between 0 and 3, inclusive; error catalogue 50065"),
        "a Configuration.RetryCount that is no number from 0 to 3 is 400, 50065";
    STUDIO = "flex.channel.create.studio-webhook", Observed("techmatters removes the webhook of type studio from the channel"),
        "a Flex Channel of a flow of type studio has a webhook of type studio with the flow's Studio Flow";
    EXTERNAL = "flex.channel.create.external-webhook", Inferred("the same mechanism as for studio, with the documented onMessageSent"),
        "a Flex Channel of a flow of type external has a webhook with the flow's URL for onMessageSent";
}

/// Webhooks of one channel.
const MOST: usize = 5;

/// Strings of one trigger.
const TRIGGERS_MOST: usize = 5;

/// Characters of such a string.
const TRIGGER: usize = 256;

/// Attempts after the first.
const RETRIES_MOST: u32 = 3;

/// A webhook as it is kept.
#[derive(Clone)]
pub(crate) struct Webhook {
    /// Its number among all webhooks ever here: its SID is made of it.
    pub(super) nth: u32,
    pub(super) kind: Kind,
    pub(super) configuration: Configuration,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// The webhooks of a channel, in the order they were made.
#[derive(Default)]
pub(crate) struct Webhooks {
    pub(super) all: Vec<Webhook>,
    pub(super) next: u32,
}

pub(super) fn webhook_sid(channel: ChannelSid, webhook: &Webhook) -> WebhookSid {
    WebhookSid::from_bytes(nth_bytes(channel, webhook.nth))
}

impl Webhooks {
    fn add(&mut self, kind: Kind, configuration: Configuration, at: Timestamp) -> Result<&Webhook, Refused> {
        if self.all.len() >= MOST {
            return Err(Refused::titled(403, 50321, TOO_MANY));
        }
        let webhook = Webhook { nth: self.next, kind, configuration, created: at, updated: at };
        self.next += 1;
        // Most channels have one or none.
        self.all.reserve_exact(1);
        let place = self.all.len();
        self.all.push(webhook);
        Ok(&self.all[place])
    }

    fn position(&self, channel: ChannelSid, sid: WebhookSid) -> Result<usize, Refused> {
        let unknown = Refused::not_found(UNKNOWN);
        let nth = nth_of(channel, sid.bytes()).ok_or(unknown.clone())?;
        self.all.binary_search_by_key(&nth, |webhook| webhook.nth).map_err(|_| unknown)
    }

    /// What Flex itself attaches for a flow, unless it is there already.
    pub(super) fn attach(&mut self, flow: &FlexFlow, at: Timestamp) {
        let Some((kind, configuration)) = of_flow(flow) else { return };
        let there = |known: &Webhook| known.kind == kind && known.configuration == configuration;
        if !self.all.iter().any(there) {
            // A long-lived channel that people filled up with webhooks of their own goes without.
            let _ = self.add(kind, configuration, at);
        }
    }
}

/// How Flex hears of what is said in a channel of this flow.
fn of_flow(flow: &FlexFlow) -> Option<(Kind, Configuration)> {
    let integration = flow.integration.as_ref()?;
    let (retry_count, none) = (integration.retry_count, Configuration::default());
    match flow.integration_type {
        Some(IntegrationType::External) if EXTERNAL.follow() => {
            let (url, filters) = (integration.url.as_deref().map(Arc::from), Some(vec![Event::MessageSent]));
            Some((
                Kind::Webhook,
                Configuration { url, method: Some(Method::Post), filters, retry_count, ..none },
            ))
        }
        Some(IntegrationType::Studio) | None if STUDIO.follow() => {
            Some((Kind::Studio, Configuration { flow_sid: integration.flow_sid, retry_count, ..none }))
        }
        _ => None,
    }
}

impl World {
    /// Attaches a webhook to a channel.
    ///
    /// # Errors
    /// If there is no such channel, it has five already, or its set-up lacks something or makes no sense.
    pub fn create_webhook(
        &self,
        service: ChatServiceSid,
        channel: &str,
        new: NewWebhook,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let given = Configuration {
            url: new.url,
            method: new.method,
            filters: some(new.filters),
            triggers: some(new.triggers),
            flow_sid: new.flow_sid,
            retry_count: new.retry_count,
        };
        let configuration = only(new.kind, given);
        complete(new.kind, &configuration)?;
        let mut state = channel.lock();
        state.alive()?;
        let webhook = state.webhooks.add(new.kind, configuration, self.now())?;
        Ok(self.webhook_view(&channel, webhook))
    }

    /// Reads a webhook of a channel.
    ///
    /// # Errors
    /// If there is no such channel or webhook.
    pub fn webhook(&self, service: ChatServiceSid, channel: &str, sid: WebhookSid) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let state = channel.lock();
        let position = state.webhooks.position(channel.sid, sid)?;
        Ok(self.webhook_view(&channel, &state.webhooks.all[position]))
    }

    /// Lists a channel's webhooks.
    ///
    /// # Errors
    /// If there is no such channel.
    pub fn webhooks(
        &self,
        service: ChatServiceSid,
        channel: &str,
        page: PageRequest,
    ) -> Result<Page<View>, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let state = channel.lock();
        state.alive()?;
        let after = |webhook: &&Webhook| page.after.is_none_or(|Cursor(nth)| u128::from(webhook.nth) > nth);
        let rest = state.webhooks.all.iter().filter(after).map(|webhook| (webhook.nth, webhook));
        Ok(Page::cut(page.size, rest, |webhook| self.webhook_view(&channel, webhook)))
    }

    /// Changes how a webhook is set up. Its kind stays.
    ///
    /// # Errors
    /// If there is no such channel or webhook, or its set-up would lack something or make no sense.
    pub fn update_webhook(
        &self,
        service: ChatServiceSid,
        channel: &str,
        sid: WebhookSid,
        change: UpdateWebhook,
    ) -> Result<View, Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let mut state = channel.lock();
        let position = state.webhooks.position(channel.sid, sid)?;
        let webhook = &mut state.webhooks.all[position];
        let old = webhook.configuration.clone();
        let given = Configuration {
            url: change.url.or(old.url),
            method: change.method.or(old.method),
            filters: some(change.filters).or(old.filters),
            triggers: some(change.triggers).or(old.triggers),
            flow_sid: change.flow_sid.or(old.flow_sid),
            retry_count: change.retry_count.or(old.retry_count),
        };
        let configuration = only(webhook.kind, given);
        complete(webhook.kind, &configuration)?;
        webhook.configuration = configuration;
        webhook.updated = self.now();
        Ok(self.webhook_view(&channel, webhook))
    }

    /// Takes a webhook from a channel.
    ///
    /// # Errors
    /// If there is no such channel or webhook.
    pub fn delete_webhook(
        &self,
        service: ChatServiceSid,
        channel: &str,
        sid: WebhookSid,
    ) -> Result<(), Refused> {
        let service = self.find_service(service)?;
        let channel = self.find_channel(&service, channel)?;
        let mut state = channel.lock();
        let position = state.webhooks.position(channel.sid, sid)?;
        state.webhooks.all.remove(position);
        Ok(())
    }

    fn webhook_view(&self, channel: &Channel, webhook: &Webhook) -> View {
        let sid = webhook_sid(channel.sid, webhook);
        let parent = ChannelView::url(self.base(), channel.service.sid, channel.sid);
        View {
            sid,
            account_sid: self.account(),
            service_sid: channel.service.sid,
            channel_sid: channel.sid,
            kind: webhook.kind,
            url: View::url(&parent, sid),
            configuration: webhook.configuration.clone(),
            date_created: webhook.created,
            date_updated: webhook.updated,
        }
    }
}

impl ChannelState {
    /// What Flex attaches to a channel of this flow.
    pub(super) fn attach_webhook(&mut self, flow: &FlexFlow, at: Timestamp) {
        self.webhooks.attach(flow, at);
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// Only what a webhook of this kind has, with its defaults.
fn only(kind: Kind, given: Configuration) -> Configuration {
    let method = Some(given.method.unwrap_or(Method::Post));
    let retry_count = Some(given.retry_count.unwrap_or(0));
    let (url, none) = (given.url, Configuration::default());
    match kind {
        Kind::Webhook => Configuration { url, method, filters: given.filters, retry_count, ..none },
        Kind::Trigger => Configuration { url, method, triggers: given.triggers, retry_count, ..none },
        Kind::Studio => Configuration { flow_sid: given.flow_sid, retry_count: given.retry_count, ..none },
    }
}

/// Refuses what lacks something its kind requires, or is beyond what is allowed.
fn complete(kind: Kind, given: &Configuration) -> Result<(), Refused> {
    let refuse = |code, rule| Err(Refused::titled(400, code, rule));
    if given.retry_count.is_some_and(|count| count > RETRIES_MOST) {
        return refuse(50065, RETRIES);
    }
    if kind == Kind::Studio {
        return if given.flow_sid.is_some() { Ok(()) } else { refuse(50327, NO_FLOW) };
    }
    let Some(url) = given.url.as_deref().filter(|url| !url.is_empty()) else {
        return refuse(50329, NO_URL);
    };
    if url.len() > check::URL {
        return refuse(50332, LONG_URL);
    }
    if !check::is_url(url) {
        return refuse(50054, BAD_URL);
    }
    match (kind, &given.filters, &given.triggers) {
        (Kind::Webhook, None, _) => refuse(50330, NO_FILTERS),
        (Kind::Trigger, _, None) => refuse(50331, NO_TRIGGERS),
        (Kind::Trigger, _, Some(triggers)) => fitting(triggers),
        _ => Ok(()),
    }
}

fn fitting(triggers: &[Arc<str>]) -> Result<(), Refused> {
    if triggers.len() > TRIGGERS_MOST {
        return Err(Refused::titled(403, 50322, TRIGGERS));
    }
    if triggers.iter().any(|trigger| trigger.is_empty() || check::longer_than(trigger, TRIGGER)) {
        return Err(Refused::titled(400, 50326, EMPTY_TRIGGER));
    }
    Ok(())
}
