//! Flex Flows: how customers reach the contact center.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use wire::flow::exported::Exported;
use wire::flow::{ChannelType, CreateFlow, FlexFlow, Integration, IntegrationType, UpdateFlow};
use wire::sid::FlexFlowSid;
use wire::time::Timestamp;

use super::page::{Cursor, Page, PageRequest};
use super::service::set;
use super::{World, check};
use crate::basis::{Refused, RuleId, rules};
use crate::credentials::Credentials;

rules! {
    UNKNOWN = "flex.flow.unknown", Recorded("public Terraform provider tests: 20404 for what is not there"),
        "an unknown flow is 404, 20404";
    MISSING = "flex.flow.create.missing", Documented("https://www.twilio.com/docs/flex/developer/messaging/api/flow: required when the integration type is …"),
        "a flow that lacks what its integration type requires is 400, 45210";
    MISSING_UPDATED = "flex.flow.update.missing", Inferred("as for creation"),
        "an update that leaves a flow without what its integration type requires is 400, 45210";
    COLLIDES = "flex.flow.create.collides", Inferred("https://www.twilio.com/docs/flex/developer/messaging/flow: strict non-conflict checks; the status is a guess"),
        "a second enabled flow of one channel type, contact identity and integration type is 409, 45210";
    COLLIDES_UPDATED = "flex.flow.update.collides", Inferred("as for creation"),
        "an update that makes two enabled flows collide is 409, 45210";
    RETRIES = "flex.flow.retry-count", Documented("openapi flex_v1: Integration.RetryCount, 0 to 3"),
        "a retry count of more than 3 is 400, 45004";
    BAD_URL = "flex.flow.url", Documented("openapi flex_v1: Integration.Url, a URI; error catalogue 45212: attributes were invalid"),
        "an Integration.Url that is no http or https URL is 400, 45212";
    DEFAULTS = "flex.flow.defaults", Documented("openapi flex_v1 CreateFlexFlow: the defaults of Integration.*"),
        "a retry count is 3, a task's channel `default`, its timeout 86400, its priority 0, and it is made at once, unless the flow says otherwise";
    LIMIT = "flex.flow.create.limit", Documented("https://www.twilio.com/docs/flex/developer/messaging/limits: 2500 flows"),
        "an account with 2500 flows takes no more: 403, 45004";
}

/// Flows an account may have.
const MOST: usize = 2_500;

/// Seconds after which a task is given up unless the flow says otherwise.
const TASK_TIMEOUT: u32 = 86_400;

/// The flows, in the order they were made. Read on every create, changed seldom.
#[derive(Default)]
pub(crate) struct Flows {
    /// Shared: every create reads one, and a copy is half a dozen allocations.
    by_number: BTreeMap<u64, Arc<FlexFlow>>,
    numbers: HashMap<FlexFlowSid, u64>,
}

impl Flows {
    fn get(&self, sid: FlexFlowSid) -> Option<&Arc<FlexFlow>> {
        self.by_number.get(self.numbers.get(&sid)?)
    }

    /// All of them, each with its number.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, &FlexFlow)> {
        self.by_number.iter().map(|(number, flow)| (*number, &**flow))
    }

    /// Adds a flow, in the place of the one with its SID if there is one.
    pub(super) fn put(&mut self, number: u64, flow: FlexFlow) {
        if let Some(known) = self.numbers.get(&flow.sid) {
            self.by_number.remove(known);
        }
        self.insert(number, flow);
    }

    fn insert(&mut self, number: u64, flow: FlexFlow) {
        self.numbers.insert(flow.sid, number);
        self.by_number.insert(number, Arc::new(flow));
    }

    /// Whether another enabled flow answers to the same.
    fn collides(&self, flow: &FlexFlow) -> bool {
        let answers =
            |flow: &FlexFlow| (flow.channel_type, flow.contact_identity.clone(), flow.integration_type);
        flow.enabled
            && self
                .by_number
                .values()
                .any(|other| other.enabled && other.sid != flow.sid && answers(other) == answers(flow))
    }
}

impl World {
    pub(super) fn read_flows(&self) -> RwLockReadGuard<'_, Flows> {
        self.flows.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write_flows(&self) -> RwLockWriteGuard<'_, Flows> {
        self.flows.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a flow.
    ///
    /// # Errors
    /// If it lacks what its integration type requires, collides with another, or there are too many.
    pub fn create_flow(&self, new: CreateFlow) -> Result<FlexFlow, Refused> {
        let sid = FlexFlowSid::mock(self.seed(), self.next());
        self.add_flow(sid, new)
    }

    fn add_flow(&self, sid: FlexFlowSid, new: CreateFlow) -> Result<FlexFlow, Refused> {
        check::friendly_name(Some(&new.friendly_name))?;
        judged(new.integration_url.as_deref())?;
        let flow = self.new_flow(sid, new);
        complete(&flow, MISSING)?;
        let mut flows = self.write_flows();
        if flows.collides(&flow) {
            return Err(collision(COLLIDES));
        }
        if flows.by_number.len() >= MOST {
            return Err(Refused::new(
                403,
                45004,
                "The account has 2500 Flex Flows and may have no more",
                LIMIT,
            ));
        }
        flows.insert(self.next(), flow.clone());
        Ok(flow)
    }

    fn new_flow(&self, sid: FlexFlowSid, new: CreateFlow) -> FlexFlow {
        let now = self.now();
        let kind = new.integration_type.unwrap_or(IntegrationType::Studio);
        let integration = Integration {
            flow_sid: new.flow_sid,
            url: new.integration_url,
            retry_count: new.retry_count,
            workspace_sid: new.workspace_sid,
            workflow_sid: new.workflow_sid,
            channel: new.channel,
            timeout: new.timeout,
            priority: new.priority,
            creation_on_message: new.creation_on_message,
        };
        FlexFlow {
            sid,
            account_sid: self.account(),
            date_created: now,
            date_updated: now,
            friendly_name: Some(new.friendly_name),
            chat_service_sid: Some(new.chat_service_sid),
            channel_type: new.channel_type,
            contact_identity: new.contact_identity,
            enabled: new.enabled.unwrap_or(false),
            integration_type: Some(kind),
            integration: Some(only(kind, integration)),
            long_lived: new.long_lived.unwrap_or(false),
            janitor_enabled: new.janitor_enabled.unwrap_or(false),
            url: FlexFlow::url(self.base(), sid),
        }
    }

    /// Reads a flow.
    ///
    /// # Errors
    /// If there is none.
    pub fn flow(&self, sid: FlexFlowSid) -> Result<Arc<FlexFlow>, Refused> {
        self.read_flows().get(sid).cloned().ok_or(Refused::not_found(UNKNOWN))
    }

    /// Lists the flows; with a name, those that have it.
    #[must_use]
    pub fn flows(&self, friendly_name: Option<&str>, page: PageRequest) -> Page<Arc<FlexFlow>> {
        let after = match page.after {
            None => Bound::Unbounded,
            Some(Cursor(key)) => Bound::Excluded(u64::try_from(key).unwrap_or(u64::MAX)),
        };
        let flows = self.read_flows();
        let asked =
            |flow: &FlexFlow| friendly_name.is_none_or(|name| flow.friendly_name.as_deref() == Some(name));
        let rest = flows.by_number.range((after, Bound::Unbounded)).filter(|(_, flow)| asked(flow));
        Page::cut(page.size, rest.map(|(number, flow)| (*number, flow)), Arc::clone)
    }

    /// Changes a flow.
    ///
    /// # Errors
    /// If there is none, or it would lack what its integration type requires or collide with another.
    pub fn update_flow(&self, sid: FlexFlowSid, change: UpdateFlow) -> Result<FlexFlow, Refused> {
        check::friendly_name(change.friendly_name.as_deref())?;
        judged(change.integration_url.as_deref())?;
        let mut flows = self.write_flows();
        let mut flow = FlexFlow::clone(flows.get(sid).ok_or(Refused::not_found(UNKNOWN))?);
        apply(&mut flow, change, self.now());
        complete(&flow, MISSING_UPDATED)?;
        if flows.collides(&flow) {
            return Err(collision(COLLIDES_UPDATED));
        }
        if let Some(number) = flows.numbers.get(&sid).copied() {
            flows.insert(number, flow.clone());
        }
        Ok(flow)
    }

    /// Deletes a flow. Its channels stay.
    ///
    /// # Errors
    /// If there is none.
    pub fn delete_flow(&self, sid: FlexFlowSid) -> Result<(), Refused> {
        let mut flows = self.write_flows();
        let number = flows.numbers.remove(&sid).ok_or(Refused::not_found(UNKNOWN))?;
        flows.by_number.remove(&number);
        Ok(())
    }

    /// Makes the Chat service and the flows that the credentials name.
    pub(super) fn furnish(&self, credentials: &Credentials) {
        let flow = |name: &str, kind, contact: &str| CreateFlow {
            friendly_name: name.to_owned(),
            chat_service_sid: credentials.chat_service_sid,
            channel_type: ChannelType::Custom,
            contact_identity: Some(contact.to_owned()),
            enabled: Some(true),
            integration_type: Some(kind),
            flow_sid: Some(credentials.studio_sid),
            integration_url: Some("https://example.com/messages".to_owned()),
            workspace_sid: Some(credentials.workspace_sid),
            workflow_sid: Some(credentials.workflow_sid),
            channel: Some("chat".to_owned()),
            timeout: None,
            priority: None,
            creation_on_message: None,
            long_lived: None,
            janitor_enabled: Some(true),
            retry_count: None,
        };
        self.add_flex_service(credentials.chat_service_sid);
        // They lack nothing and are the first of their kind: none of these can be refused.
        let _ = self.add_flow(
            credentials.task_flow_sid,
            flow("Custom chat to a task", IntegrationType::Task, "custom-chat"),
        );
        let _ = self.add_flow(
            credentials.studio_flow_sid,
            flow("Custom chat to Studio", IntegrationType::Studio, "custom-chat-studio"),
        );
        let _ = self.add_flow(
            credentials.external_flow_sid,
            flow("Custom chat to a webhook", IntegrationType::External, "custom-chat-external"),
        );
    }
}

impl World {
    /// Takes over a flow that somebody exported, complete or not: what Twilio once accepted is not judged here.
    pub(crate) fn adopt_flow(&self, flow: Exported, credentials: &Credentials) {
        let now = self.now();
        let service = flow.chat_service_sid.unwrap_or(credentials.chat_service_sid);
        if self.find_service(service).is_err() {
            self.add_flex_service(service);
        }
        let kind = flow.integration_type.unwrap_or(IntegrationType::Studio);
        let adopted = FlexFlow {
            sid: flow.sid,
            account_sid: self.account(),
            date_created: now,
            date_updated: now,
            friendly_name: flow.friendly_name,
            chat_service_sid: Some(service),
            channel_type: flow.channel_type,
            contact_identity: flow.contact_identity,
            enabled: flow.enabled.unwrap_or(false),
            integration_type: Some(kind),
            integration: Some(only(kind, flow.integration.unwrap_or_default())),
            long_lived: flow.long_lived.unwrap_or(false),
            janitor_enabled: flow.janitor_enabled.unwrap_or(false),
            url: FlexFlow::url(self.base(), flow.sid),
        };
        self.write_flows().insert(self.next(), adopted);
    }
}

/// Only what an integration of this type has, with its defaults.
pub(super) fn only(kind: IntegrationType, given: Integration) -> Integration {
    let none = Integration::default();
    let usual = DEFAULTS.follow();
    let retry_count = given.retry_count.or(usual.then_some(3));
    match kind {
        IntegrationType::Studio => Integration { flow_sid: given.flow_sid, retry_count, ..none },
        IntegrationType::External => Integration { url: given.url, retry_count, ..none },
        IntegrationType::Task => Integration {
            workspace_sid: given.workspace_sid,
            workflow_sid: given.workflow_sid,
            channel: given.channel.or_else(|| usual.then(|| "default".to_owned())),
            timeout: given.timeout.or(usual.then_some(TASK_TIMEOUT)),
            priority: given.priority.or(usual.then_some(0)),
            creation_on_message: given.creation_on_message.or(usual.then_some(false)),
            ..none
        },
    }
}

fn apply(flow: &mut FlexFlow, change: UpdateFlow, now: Timestamp) {
    set(&mut flow.friendly_name, change.friendly_name.map(Some));
    set(&mut flow.chat_service_sid, change.chat_service_sid.map(Some));
    set(&mut flow.channel_type, change.channel_type);
    set(&mut flow.contact_identity, change.contact_identity.map(Some));
    set(&mut flow.enabled, change.enabled);
    set(&mut flow.long_lived, change.long_lived);
    set(&mut flow.janitor_enabled, change.janitor_enabled);
    let kind = change.integration_type.or(flow.integration_type).unwrap_or(IntegrationType::Studio);
    let old = flow.integration.take().unwrap_or_default();
    let given = Integration {
        flow_sid: change.flow_sid.or(old.flow_sid),
        url: change.integration_url.or(old.url),
        retry_count: change.retry_count.or(old.retry_count),
        workspace_sid: change.workspace_sid.or(old.workspace_sid),
        workflow_sid: change.workflow_sid.or(old.workflow_sid),
        channel: change.channel.or(old.channel),
        timeout: change.timeout.or(old.timeout),
        priority: change.priority.or(old.priority),
        creation_on_message: change.creation_on_message.or(old.creation_on_message),
    };
    flow.integration_type = Some(kind);
    flow.integration = Some(only(kind, given));
    flow.date_updated = now;
}

/// Refuses an `Integration.Url` that is none, also where the integration type has no use for it.
fn judged(url: Option<&str>) -> Result<(), Refused> {
    if url.is_some_and(|url| !check::is_url(url)) {
        let says = "Flex Flow creation failed: Integration.Url is not a valid URL";
        return Err(Refused::new(400, 45212, says, BAD_URL));
    }
    Ok(())
}

/// Refuses a flow that lacks what its integration type requires.
fn complete(flow: &FlexFlow, rule: RuleId) -> Result<(), Refused> {
    let none = Integration::default();
    let given = flow.integration.as_ref().unwrap_or(&none);
    let missing = match flow.integration_type {
        Some(IntegrationType::Studio) | None => given.flow_sid.is_none().then_some("Integration.FlowSid"),
        Some(IntegrationType::External) => given.url.is_none().then_some("Integration.Url"),
        Some(IntegrationType::Task) if given.workspace_sid.is_none() => Some("Integration.WorkspaceSid"),
        Some(IntegrationType::Task) => given.workflow_sid.is_none().then_some("Integration.WorkflowSid"),
    };
    if let Some(missing) = missing {
        return Err(Refused::new(
            400,
            45210,
            format!("Flex Flow creation failed: {missing} is missing"),
            rule,
        ));
    }
    if given.retry_count.is_some_and(|count| count > 3) {
        return Err(Refused::new(400, 45004, "Integration.RetryCount must be between 0 and 3", RETRIES));
    }
    Ok(())
}

fn collision(rule: RuleId) -> Refused {
    let says = "Flex Flow creation failed: an enabled flow has this channel type, contact identity and integration type";
    Refused::new(409, 45210, says, rule)
}
