//! `/v1/FlexFlows`.

use mock_server::Config;

use crate::support::{Api, Reply};

fn task(api: &Api) -> Vec<(&'static str, String)> {
    let credentials = api.credentials();
    vec![
        ("FriendlyName", "f".to_owned()),
        ("ChatServiceSid", credentials.chat_service_sid.to_string()),
        ("ChannelType", "custom".to_owned()),
        ("IntegrationType", "task".to_owned()),
        ("Integration.WorkspaceSid", credentials.workspace_sid.to_string()),
        ("Integration.WorkflowSid", credentials.workflow_sid.to_string()),
    ]
}

fn of_type(api: &Api, kind: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut flow = task(api);
    flow.truncate(3);
    flow.push(("IntegrationType", kind.to_owned()));
    flow.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    flow
}

fn create(api: &Api, flow: &[(&'static str, String)]) -> Reply {
    let pairs: Vec<(&str, &str)> = flow.iter().map(|(name, value)| (*name, value.as_str())).collect();
    api.post("/v1/FlexFlows", &pairs)
}

#[test]
fn a_new_flow_has_the_documented_defaults() {
    let api = Api::start();
    let flow = create(&api, &task(&api)).is(201);
    assert_eq!(flow.body.as_object().unwrap().len(), 14);
    assert_eq!(flow.body["enabled"], false);
    assert_eq!(flow.body["long_lived"], false);
    assert_eq!(flow.body["janitor_enabled"], false);
    let integration = &flow.body["integration"];
    assert_eq!(integration.as_object().unwrap().len(), 6);
    assert_eq!(integration["channel"], "default");
    assert_eq!(integration["timeout"], 86_400);
    assert_eq!(integration["priority"], 0);
    assert_eq!(integration["creation_on_message"], false);
    let studio = create(
        &api,
        &of_type(&api, "studio", &[("Integration.FlowSid", "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]),
    );
    assert_eq!(studio.is(201).body["integration"]["retry_count"], 3);
}

#[test]
fn what_an_integration_type_requires_must_be_there() {
    let api = Api::start();
    create(&api, &of_type(&api, "studio", &[])).refuses(400, 45210);
    create(&api, &of_type(&api, "external", &[])).refuses(400, 45210);
    for required in ["Integration.WorkspaceSid", "Integration.WorkflowSid"] {
        let mut flow = task(&api);
        flow.retain(|(name, _)| *name != required);
        assert!(create(&api, &flow).refuses(400, 45210).text("message").contains(required));
    }
}

#[test]
fn a_flow_without_an_integration_type_is_a_studio_flow() {
    let api = Api::start();
    let mut flow = of_type(&api, "studio", &[("Integration.FlowSid", "FWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]);
    flow.retain(|(name, _)| *name != "IntegrationType");
    assert_eq!(create(&api, &flow).is(201).text("integration_type"), "studio");
}

#[test]
fn a_retry_count_is_0_to_3() {
    let api = Api::start();
    let with = |count: &str| {
        create(
            &api,
            &of_type(
                &api,
                "external",
                &[("Integration.Url", "https://x.test"), ("Integration.RetryCount", count)],
            ),
        )
    };
    assert_eq!(with("0").is(201).body["integration"]["retry_count"], 0);
    assert_eq!(with("3").is(201).body["integration"]["retry_count"], 3);
    assert_eq!(with("4").status, 400);
    with("-1").refuses(400, 20001);
}

#[test]
fn a_word_that_is_no_channel_type_is_refused_with_those_that_are() {
    let api = Api::start();
    let mut flow = task(&api);
    flow[2].1 = "carrier-pigeon".to_owned();
    let reply = create(&api, &flow).refuses(400, 20001);
    assert!(reply.text("message").contains("web, sms, facebook, whatsapp, line, custom"), "{reply:?}");
}

#[test]
fn two_enabled_flows_of_one_address_and_type_collide() {
    let api = Api::start();
    let mut flow = task(&api);
    flow.push(("Enabled", "true".to_owned()));
    flow.push(("ContactIdentity", "shop".to_owned()));
    create(&api, &flow).is(201);
    create(&api, &flow).refuses(409, 45210);
    flow[6].1 = "false".to_owned();
    let disabled = create(&api, &flow).is(201).text("sid");
    api.post(&format!("/v1/FlexFlows/{disabled}"), &[("Enabled", "true")]).refuses(409, 45210);
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let api = Api::start();
    let before = create(&api, &task(&api)).is(201);
    let path = format!("/v1/FlexFlows/{}", before.text("sid"));
    let after = api.post(&path, &[("LongLived", "True"), ("Integration.Priority", "5")]).is(200);
    assert_eq!(after.body["long_lived"], true);
    assert_eq!(after.body["integration"]["priority"], 5);
    assert_eq!(after.body["integration"]["workflow_sid"], before.body["integration"]["workflow_sid"]);
    assert_eq!(after.body["friendly_name"], before.body["friendly_name"]);
    assert_eq!(api.get(&path).is(200).body, after.body);
}

#[test]
fn flows_are_listed_by_friendly_name() {
    let api = Api::start();
    create(&api, &task(&api)).is(201);
    let named = api.get("/v1/FlexFlows?FriendlyName=f").is(200);
    assert_eq!(named.body["flex_flows"].as_array().unwrap().len(), 1);
    assert_eq!(named.body["meta"]["key"], "flex_flows");
    assert!(named.body["meta"]["url"].as_str().unwrap().contains("FriendlyName=f&"));
    assert_eq!(api.get("/v1/FlexFlows").is(200).body["flex_flows"].as_array().unwrap().len(), 4);
}

#[test]
fn a_deleted_flow_is_gone() {
    let api = Api::start();
    let path = format!("/v1/FlexFlows/{}", create(&api, &task(&api)).is(201).text("sid"));
    api.delete(&path).is(204);
    api.get(&path).refuses(404, 20404);
    api.delete(&path).refuses(404, 20404);
}

#[test]
fn an_exported_flow_is_served_under_its_own_sids_and_is_the_default() {
    let (flow, service) = ("FO0123456789abcdef0123456789abcdef", "IS0123456789abcdef0123456789abcdef");
    let text = format!(
        r#"[{{"sid":"{flow}","friendlyName":"Shop","chatServiceSid":"{service}","channelType":"custom","enabled":true,
            "integrationType":"task","integration":{{"channel":"chat"}}}}]"#
    );
    let flows = wire::flow::exported::read(&text).unwrap();
    let api = Api::with(Config { flows, ..Config::default() });
    assert_eq!(api.credentials().flex_flow_sid.to_string(), flow);
    assert_eq!(api.get(&format!("/v1/FlexFlows/{flow}")).is(200).text("friendly_name"), "Shop");
    let channel = api.open("jane");
    api.get(&format!("/v2/Services/{service}/Channels/{channel}")).is(200);
}
