//! `/v1/Configuration`.

use serde_json::Value;

use crate::Probe;
use crate::api::{Api, Reply};

pub(crate) const PROBES: &[Probe] = &[
    ("flex.configuration.fetch", the_configuration_names_what_there_is),
    ("flex.configuration.update", an_update_sets_what_it_names),
    ("flex.configuration.update.empty", an_update_may_be_without_a_body),
    ("flex.configuration.update.object", an_update_is_an_object),
    ("flex.configuration.update.read-only", what_flex_writes_is_not_for_others),
    ("flex.configuration.update.unknown", there_is_no_property_but_the_documented),
    ("flex.configuration.update.type", a_property_keeps_its_type),
];

const PATH: &str = "/v1/Configuration";

fn update(api: &Api, json: &str) -> Reply {
    api.send("POST", PATH, json)
}

fn the_configuration_names_what_there_is() {
    let api = Api::start();
    let read = api.get(&format!("{PATH}?UiVersion=1")).is(200);
    let credentials = api.credentials();
    assert_eq!(read.text("account_sid"), credentials.account_sid.to_string());
    assert_eq!(read.text("chat_service_instance_sid"), credentials.chat_service_sid.to_string());
    assert_eq!(read.text("taskrouter_workspace_sid"), credentials.workspace_sid.to_string());
    assert_eq!(read.text("taskrouter_target_workflow_sid"), credentials.workflow_sid.to_string());
    assert_eq!((read.text("status"), read.text("url")), ("ok".into(), format!("{}{PATH}", api.mock.url())));
    assert_eq!(read.body["crm_type"], Value::Null);
    assert_eq!(read.body.as_object().unwrap().len(), 49);
}

fn an_update_sets_what_it_names() {
    let api = Api::start();
    let account = api.credentials().account_sid;
    let changed = update(
        &api,
        &format!(
            r#"{{"account_sid":"{account}","attributes":{{"a":1}},"crm_enabled":true,"crm_type":null}}"#
        ),
    );
    assert_eq!(changed.is(200).body["attributes"]["a"], 1);
    let read = api.get(PATH).is(200);
    assert_eq!(read.body["crm_enabled"], true);
    assert_eq!(read.text("ui_language"), "en");
}

fn an_update_may_be_without_a_body() {
    let api = Api::start();
    let changed = update(&api, r#"{"crm_enabled":true}"#).is(200);
    assert_eq!(update(&api, "").is(200).body["crm_enabled"], changed.body["crm_enabled"]);
}

fn an_update_is_an_object() {
    let api = Api::start();
    for body in ["null", "[]", "attributes=1"] {
        update(&api, body).refuses(400, 45004);
    }
}

fn what_flex_writes_is_not_for_others() {
    let api = Api::start();
    let own = r#"{"flex_service_instance_sid":"IS00000000000000000000000000000000"}"#;
    let refused = update(&api, own).refuses(400, 45004);
    assert_eq!(
        refused.text("message"),
        "You are not allowed to modify property for [flex_service_instance_sid]."
    );
    update(&api, r#"{"account_sid":"AC00000000000000000000000000000000"}"#).refuses(400, 45004);
}

fn there_is_no_property_but_the_documented() {
    let api = Api::start();
    update(&api, r#"{"weather":"fine"}"#).refuses(400, 45004);
}

fn a_property_keeps_its_type() {
    let api = Api::start();
    for wrong in [
        r#"{"crm_enabled":"yes"}"#,
        r#"{"ui_language":1}"#,
        r#"{"integrations":{}}"#,
        r#"{"taskrouter_target_workflow_sid":"WQ00000000000000000000000000000000"}"#,
        r#"{"serverless_service_sids":["ZS"]}"#,
    ] {
        update(&api, wrong).refuses(400, 45004);
    }
}
