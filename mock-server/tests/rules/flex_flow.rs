//! `/v1/FlexFlows`: what a flow must have, and what becomes of it.

use serde_json::json;

use crate::Probe;
use crate::api::{Api, Reply};

pub(crate) const PROBES: &[Probe] = &[
    ("flex.flow.create", a_new_flow_is_answered_with_what_it_was_given),
    ("flex.flow.defaults", what_is_not_said_has_the_documented_default),
    ("flex.flow.create.missing", what_an_integration_type_requires_must_be_there),
    ("flex.flow.create.parameters", a_create_needs_well_formed_parameters),
    ("flex.flow.create.collides", two_enabled_flows_of_one_address_and_type_collide),
    ("flex.flow.create.limit", the_2501st_flow_is_refused),
    ("flex.flow.retry-count", a_retry_count_is_0_to_3),
    ("flex.flow.url", an_external_flow_has_a_url),
    ("flex.flow.fetch", a_flow_is_read_back),
    ("flex.flow.list", flows_are_listed_by_name),
    ("flex.flow.unknown", an_unknown_flow_is_not_found),
    ("flex.flow.update", an_update_changes_what_it_names),
    ("flex.flow.update.missing", an_update_may_not_take_what_is_required),
    ("flex.flow.update.parameters", an_update_needs_well_formed_parameters),
    ("flex.flow.update.collides", an_update_may_not_make_two_flows_collide),
    ("flex.flow.delete", a_deleted_flow_is_gone),
];

const NOWHERE: &str = "/v1/FlexFlows/FO00000000000000000000000000000000";

type Parameters = Vec<(&'static str, String)>;

fn of_type(api: &Api, kind: &str, more: &[(&'static str, &str)]) -> Parameters {
    let mut flow = vec![
        ("FriendlyName", "f".to_owned()),
        ("ChatServiceSid", api.credentials().chat_service_sid.to_string()),
        ("ChannelType", "custom".to_owned()),
        ("IntegrationType", kind.to_owned()),
    ];
    flow.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    flow
}

fn external(api: &Api) -> Parameters {
    of_type(api, "external", &[("Integration.Url", "https://example.com/x")])
}

fn create(api: &Api, flow: &Parameters) -> Reply {
    let pairs: Vec<(&str, &str)> = flow.iter().map(|(name, value)| (*name, value.as_str())).collect();
    api.post("/v1/FlexFlows", &pairs)
}

/// A new flow's path.
fn made(api: &Api, flow: &Parameters) -> String {
    format!("/v1/FlexFlows/{}", create(api, flow).is(201).text("sid"))
}

fn a_new_flow_is_answered_with_what_it_was_given() {
    let api = Api::start();
    let credentials = api.credentials();
    let (workspace, workflow) = (credentials.workspace_sid.to_string(), credentials.workflow_sid.to_string());
    let more = [("Integration.WorkspaceSid", &*workspace), ("Integration.WorkflowSid", &*workflow)];
    let flow = create(&api, &of_type(&api, "task", &more)).is(201);
    assert!(flow.text("sid").starts_with("FO"));
    assert_eq!(flow.body.as_object().unwrap().len(), 14, "{flow:?}");
    assert_eq!(flow.text("account_sid"), credentials.account_sid.to_string());
    assert_eq!((flow.text("friendly_name"), flow.text("channel_type")), ("f".into(), "custom".into()));
    assert_eq!(flow.text("url"), format!("{}/v1/FlexFlows/{}", api.mock.url(), flow.text("sid")));
    for (off, value) in [("enabled", false), ("long_lived", false), ("janitor_enabled", false)] {
        assert_eq!(flow.body[off], value, "{off} is off unless asked for");
    }
    let integration = &flow.body["integration"];
    assert_eq!(
        (&integration["workspace_sid"], &integration["workflow_sid"]),
        (&workspace.into(), &workflow.into())
    );
}

fn what_is_not_said_has_the_documented_default() {
    let api = Api::start();
    let credentials = api.credentials();
    let (workspace, workflow) = (credentials.workspace_sid.to_string(), credentials.workflow_sid.to_string());
    let more = [("Integration.WorkspaceSid", &*workspace), ("Integration.WorkflowSid", &*workflow)];
    let task = create(&api, &of_type(&api, "task", &more)).is(201).body["integration"].clone();
    assert_eq!(
        task,
        json!({"workspace_sid": workspace, "workflow_sid": workflow, "channel": "default",
        "timeout": 86_400, "priority": 0, "creation_on_message": false})
    );
    let external = create(&api, &external(&api)).is(201).body["integration"].clone();
    assert_eq!(external, json!({"url": "https://example.com/x", "retry_count": 3}));
    let studio = credentials.studio_sid.to_string();
    let mut flow = of_type(&api, "studio", &[("Integration.FlowSid", &studio)]);
    flow.remove(3);
    let studio_flow = create(&api, &flow).is(201);
    assert_eq!(studio_flow.text("integration_type"), "studio", "the type unless another is said");
    assert_eq!(studio_flow.body["integration"], json!({"flow_sid": studio, "retry_count": 3}));
}

fn what_an_integration_type_requires_must_be_there() {
    let api = Api::start();
    let workspace = api.credentials().workspace_sid.to_string();
    let workflow = api.credentials().workflow_sid.to_string();
    for (kind, given, missing) in [
        ("studio", vec![], "Integration.FlowSid"),
        ("external", vec![], "Integration.Url"),
        ("task", vec![("Integration.WorkflowSid", &*workflow)], "Integration.WorkspaceSid"),
        ("task", vec![("Integration.WorkspaceSid", &*workspace)], "Integration.WorkflowSid"),
    ] {
        let refused = create(&api, &of_type(&api, kind, &given)).refuses(400, 45210);
        assert!(refused.text("message").contains(missing), "{refused:?}");
    }
}

fn a_create_needs_well_formed_parameters() {
    let api = Api::start();
    for missing in 0..3 {
        let mut flow = external(&api);
        let (name, _) = flow.remove(missing);
        let refused = create(&api, &flow).refuses(400, 20001);
        assert!(refused.text("message").contains(name), "{refused:?}");
    }
    let mut flow = external(&api);
    flow[2].1 = "carrier-pigeon".to_owned();
    let refused = create(&api, &flow).refuses(400, 20001).text("message");
    assert!(refused.contains("web, sms, facebook, whatsapp, line, custom"), "{refused}");
}

fn two_enabled_flows_of_one_address_and_type_collide() {
    let api = Api::start();
    let mut flow = external(&api);
    flow.extend([("Enabled", "true".to_owned()), ("ContactIdentity", "shop".to_owned())]);
    create(&api, &flow).is(201);
    create(&api, &flow).refuses(409, 45210);
}

fn the_2501st_flow_is_refused() {
    let api = Api::start();
    let service = api.credentials().chat_service_sid;
    let flow = format!(
        "FriendlyName=f&ChatServiceSid={service}&ChannelType=custom&IntegrationType=external\
         &Integration.Url=https%3A%2F%2Fexample.com"
    );
    // Three are there from the start.
    assert_eq!(api.repeat(2_497, "POST", "/v1/FlexFlows", &flow), 2_497);
    create(&api, &external(&api)).refuses(403, 45004);
}

fn a_retry_count_is_0_to_3() {
    let api = Api::start();
    let with = |count: &str| {
        let mut flow = external(&api);
        flow.push(("Integration.RetryCount", count.to_owned()));
        create(&api, &flow)
    };
    assert_eq!(with("0").is(201).body["integration"]["retry_count"], 0);
    assert_eq!(with("3").is(201).body["integration"]["retry_count"], 3);
    with("4").refuses(400, 45004);
    with("9").refuses(400, 45004);
}

fn a_flow_is_read_back() {
    let api = Api::start();
    let flow = create(&api, &external(&api)).is(201);
    assert_eq!(api.get(&format!("/v1/FlexFlows/{}", flow.text("sid"))).is(200).body, flow.body);
}

fn flows_are_listed_by_name() {
    let api = Api::start();
    let flow = create(&api, &external(&api)).is(201);
    let named = api.get("/v1/FlexFlows?FriendlyName=f").is(200);
    assert_eq!(named.body["flex_flows"], json!([flow.body]));
    assert_eq!(named.body["meta"]["key"], "flex_flows");
    assert_eq!(api.get("/v1/FlexFlows").is(200).body["flex_flows"].as_array().unwrap().len(), 4);
    assert_eq!(api.get("/v1/FlexFlows?PageSize=1000").is(200).body["meta"]["page_size"], 1000);
}

fn an_unknown_flow_is_not_found() {
    let api = Api::start();
    let refused = api.get(NOWHERE).refuses(404, 20404);
    assert_eq!(refused.text("message"), format!("The requested resource {} was not found", &NOWHERE[3..]));
    api.post(NOWHERE, &[("Enabled", "true")]).refuses(404, 20404);
    api.delete(NOWHERE).refuses(404, 20404);
}

fn an_update_changes_what_it_names() {
    let api = Api::start();
    let path = made(&api, &external(&api));
    let before = api.get(&path).is(200).body;
    let after = api.post(&path, &[("LongLived", "True"), ("FriendlyName", "g")]).is(200).body;
    assert_eq!((&after["long_lived"], &after["friendly_name"]), (&true.into(), &"g".into()));
    assert_eq!(after["integration"], before["integration"]);
    assert_eq!(api.get(&path).is(200).body, after);
}

fn an_update_may_not_take_what_is_required() {
    let api = Api::start();
    let path = made(&api, &external(&api));
    api.post(&path, &[("IntegrationType", "task")]).refuses(400, 45210);
    assert_eq!(api.get(&path).is(200).text("integration_type"), "external");
}

fn an_update_needs_well_formed_parameters() {
    let api = Api::start();
    let path = made(&api, &external(&api));
    api.post(&path, &[("ChannelType", "carrier-pigeon")]).refuses(400, 20001);
    api.post(&path, &[("Integration.RetryCount", "-1")]).refuses(400, 20001);
}

fn an_update_may_not_make_two_flows_collide() {
    let api = Api::start();
    let mut flow = external(&api);
    flow.extend([("ContactIdentity", "shop".to_owned()), ("Enabled", "true".to_owned())]);
    create(&api, &flow).is(201);
    flow.pop();
    let path = made(&api, &flow);
    api.post(&path, &[("Enabled", "true")]).refuses(409, 45210);
    assert_eq!(api.get(&path).is(200).body["enabled"], false);
}

fn a_deleted_flow_is_gone() {
    let api = Api::start();
    let path = made(&api, &external(&api));
    assert!(api.delete(&path).is(204).body.is_null());
    api.get(&path).refuses(404, 20404);
    api.delete(&path).refuses(404, 20404);
}

fn an_external_flow_has_a_url() {
    let api = Api::start();
    let wrong = of_type(&api, "external", &[("Integration.Url", "nowhere")]);
    create(&api, &wrong).refuses(400, 45212);
}
