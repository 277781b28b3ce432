//! The account's Flex Configuration: what is set, and what Flex itself wrote there.

use std::sync::Mutex;

use serde_json::{Map, Value, json};
use wire::sid::{ActivitySid, ChatServiceSid, FlexInstanceSid, MessagingServiceSid, TaskQueueSid};
use wire::time::Timestamp;

use super::{World, lock};
use crate::basis::{Refused, rules};
use crate::credentials::Credentials;

rules! {
    EMPTY = "flex.configuration.update.empty", Library("npm twilio 3.84.1 and PyPI twilio 7.17.0: their update has no body"),
        "an update without a body sets nothing: 200";
    NO_OBJECT = "flex.configuration.update.object", Inferred("45004: request body validation fails"),
        "an update whose body is no JSON object is 400, 45004";
    READ_ONLY = "flex.configuration.update.read-only", Recorded("You are not allowed to modify property for [flex_service_instance_sid]."),
        "an update of a property that Flex itself writes is 400, 45004, and names it";
    UNKNOWN = "flex.configuration.update.unknown", Inferred("45004: request body validation fails"),
        "an update of a property there is not is 400, 45004";
    WRONG_TYPE = "flex.configuration.update.type", Inferred("45004: request body validation fails; types as OpenAPI flex_v1 has them"),
        "an update of a property with another type of value is 400, 45004";
}

/// What a property holds.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Switch,
    List,
    Anything,
    /// A SID with this prefix.
    Sid(&'static str),
    /// SIDs with this prefix.
    Sids(&'static str),
    /// Written by Flex itself.
    ReadOnly,
}

/// Every property, as the document describes it.
const PROPERTIES: &[(&str, Shape)] = {
    use Shape::{Anything, List, ReadOnly, Sid, Sids, Switch, Text};
    &[
        ("account_sid", ReadOnly),
        ("date_created", ReadOnly),
        ("date_updated", ReadOnly),
        ("attributes", Anything),
        ("status", ReadOnly),
        ("taskrouter_workspace_sid", ReadOnly),
        ("taskrouter_target_workflow_sid", Sid("WW")),
        ("taskrouter_target_taskqueue_sid", Sid("WQ")),
        ("taskrouter_taskqueues", List),
        ("taskrouter_skills", List),
        ("taskrouter_worker_channels", Anything),
        ("taskrouter_worker_attributes", Anything),
        ("taskrouter_offline_activity_sid", Sid("WA")),
        ("runtime_domain", ReadOnly),
        ("messaging_service_instance_sid", ReadOnly),
        ("chat_service_instance_sid", ReadOnly),
        ("flex_service_instance_sid", ReadOnly),
        ("flex_instance_sid", ReadOnly),
        ("ui_language", Text),
        ("ui_attributes", Anything),
        ("ui_dependencies", Anything),
        ("ui_version", Text),
        ("service_version", ReadOnly),
        ("call_recording_enabled", Switch),
        ("call_recording_webhook_url", Text),
        ("crm_enabled", Switch),
        ("crm_type", Text),
        ("crm_callback_url", Text),
        ("crm_fallback_url", Text),
        ("crm_attributes", Anything),
        ("public_attributes", Anything),
        ("plugin_service_enabled", Switch),
        ("plugin_service_attributes", Anything),
        ("integrations", List),
        ("outbound_call_flows", Anything),
        ("serverless_service_sids", Sids("ZS")),
        ("queue_stats_configuration", Anything),
        ("notifications", Anything),
        ("markdown", Anything),
        ("url", ReadOnly),
        ("flex_insights_hr", Anything),
        ("flex_insights_drilldown", Switch),
        ("flex_url", Text),
        ("channel_configs", List),
        ("debugger_integration", Anything),
        ("flex_ui_status_report", Anything),
        ("agent_conv_end_methods", Anything),
        ("citrix_voice_vdi", Anything),
        ("offline_config", Anything),
    ]
};

impl Shape {
    fn of(property: &str) -> Option<Self> {
        PROPERTIES.iter().find(|(name, _)| *name == property).map(|(_, shape)| *shape)
    }

    fn fits(self, value: &Value) -> bool {
        let sid = |prefix: &str, value: &Value| {
            let digits = value.as_str().and_then(|text| text.strip_prefix(prefix));
            digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|it| it.is_ascii_hexdigit()))
        };
        match self {
            _ if value.is_null() => true,
            Self::Text => value.is_string(),
            Self::Switch => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Anything => true,
            Self::Sid(prefix) => sid(prefix, value),
            Self::Sids(prefix) => value.as_array().is_some_and(|all| all.iter().all(|one| sid(prefix, one))),
            Self::ReadOnly => false,
        }
    }
}

/// What the configuration says at the moment.
pub(super) struct Configuration(pub(super) Mutex<Map<String, Value>>);

impl Configuration {
    /// That of a new account.
    pub(super) fn new(credentials: &Credentials, seed: u64, base: &str, at: Timestamp) -> Self {
        let set = json!({
            "account_sid": credentials.account_sid,
            "date_created": at.rest().to_string(),
            "date_updated": at.rest().to_string(),
            "attributes": {},
            "status": "ok",
            "taskrouter_workspace_sid": credentials.workspace_sid,
            "taskrouter_target_workflow_sid": credentials.workflow_sid,
            "taskrouter_target_taskqueue_sid": TaskQueueSid::mock(seed, 0),
            "taskrouter_taskqueues": [],
            "taskrouter_skills": [],
            "taskrouter_worker_channels": {},
            "taskrouter_worker_attributes": {},
            "taskrouter_offline_activity_sid": ActivitySid::mock(seed, 0),
            "runtime_domain": base,
            "messaging_service_instance_sid": MessagingServiceSid::mock(seed, 0),
            "chat_service_instance_sid": credentials.chat_service_sid,
            "flex_service_instance_sid": ChatServiceSid::mock(seed, 1),
            "flex_instance_sid": FlexInstanceSid::mock(seed, 0),
            "ui_language": "en",
            "ui_attributes": {},
            "ui_version": "1.0",
            "service_version": "1.0",
            "call_recording_enabled": false,
            "crm_enabled": false,
            "public_attributes": {},
            "plugin_service_enabled": false,
            "integrations": [],
            "url": format!("{base}/v1/Configuration"),
        });
        // What nobody ever set is null.
        let all = PROPERTIES.iter().map(|(name, _)| ((*name).to_owned(), set[*name].clone()));
        Self(Mutex::new(all.collect()))
    }
}

impl World {
    /// Reads the account's configuration.
    #[must_use]
    pub fn configuration(&self) -> Map<String, Value> {
        lock(&self.configuration.0).clone()
    }

    /// Sets some properties of the configuration; the others stay. The account may be named.
    ///
    /// # Errors
    /// If it is no object, or a property is unknown, Flex's own, or not of its type.
    pub fn update_configuration(&self, change: &[u8]) -> Result<Map<String, Value>, Refused> {
        let refuse = |says: String, rule| Err(Refused::new(400, 45004, says, rule));
        let change = if change.is_empty() && EMPTY.follow() { b"{}" } else { change };
        let Ok(change) = serde_json::from_slice::<Map<String, Value>>(change) else {
            return refuse("The request's body is no JSON object".to_owned(), NO_OBJECT);
        };
        let mut set = lock(&self.configuration.0);
        for (name, value) in &change {
            match Shape::of(name) {
                None => return refuse(format!("There is no property [{name}]."), UNKNOWN),
                Some(Shape::ReadOnly) if name == "account_sid" && set.get(name) == Some(value) => {}
                Some(Shape::ReadOnly) => {
                    return refuse(
                        format!("You are not allowed to modify property for [{name}]."),
                        READ_ONLY,
                    );
                }
                Some(shape) if !shape.fits(value) => {
                    return refuse(format!("The value of property [{name}] has another type."), WRONG_TYPE);
                }
                Some(_) => {}
            }
        }
        set.extend(change);
        set.insert("date_updated".to_owned(), self.now().rest().to_string().into());
        Ok(set.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_property_has_one_shape() {
        let mut names: Vec<_> = PROPERTIES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!((names.len(), count), (49, 49));
        assert!(Shape::of("status").is_some_and(|shape| !shape.fits(&"ok".into())));
        assert!(Shape::Sids("ZS").fits(&json!(["ZS00000000000000000000000000000000"])));
        assert!(!Shape::Sid("WW").fits(&json!("WQ00000000000000000000000000000000")));
    }
}
