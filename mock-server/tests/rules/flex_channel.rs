//! `/v1/Channels`: how a customer's chat is opened, found again and ended.

use mock_server::Config;
use serde_json::Value;

use crate::Probe;
use crate::api::{Api, Reply};

pub(crate) const PROBES: &[Probe] = &[
    ("flex.channel.create", a_create_makes_user_channel_and_member),
    ("flex.channel.create.task", a_task_comes_with_flows_of_type_task),
    ("flex.channel.create.long-lived", a_create_overrides_how_long_the_flow_lives),
    ("flex.channel.create.pre-engagement", pre_engagement_data_is_an_object),
    ("flex.channel.create.existing", the_same_flow_and_target_give_the_active_channel),
    ("flex.channel.create.reopened", a_long_lived_channel_comes_back),
    ("flex.channel.create.no-flow", an_unknown_flow_opens_nothing),
    ("flex.channel.create.no-service", a_flow_whose_service_is_gone_opens_nothing),
    ("flex.channel.create.parameters", each_required_parameter_is_missed_by_name),
    ("flex.channel.create.reserved", nobody_is_called_system),
    ("flex.channel.create.unique-name-taken", a_unique_name_is_had_once),
    ("flex.channel.create.unique-name-inactive", a_closed_chats_unique_name_goes_to_the_next),
    ("flex.channel.create.user-limit", a_customer_is_in_so_many_channels),
    ("flex.channel.fetch", a_channel_is_read_back),
    ("flex.channel.list", channels_are_listed),
    ("flex.channel.unknown", an_unknown_channel_is_not_found),
    ("flex.channel.delete", a_deleted_channel_is_gone_on_both_sides),
];

const NOWHERE: &str = "/v1/Channels/CH00000000000000000000000000000000";

fn create(api: &Api, identity: &str, more: &[(&str, &str)]) -> Reply {
    let flow = api.credentials().task_flow_sid.to_string();
    let mut parameters = api.create(&flow, identity);
    parameters.extend_from_slice(more);
    api.post("/v1/Channels", &parameters)
}

/// Overwrites the attributes of the chat behind a channel.
fn set(api: &Api, sid: &str, attributes: &str) {
    api.post(&api.service(&format!("/Channels/{sid}")), &[("Attributes", attributes)]).is(200);
}

fn a_create_makes_user_channel_and_member() {
    let api = Api::start();
    let more = [("Target", "ada@shop"), ("PreEngagementData", r#"{"page":"/pricing"}"#)];
    let flex = create(&api, "ada", &more).is(201);
    assert_eq!(flex.body.as_object().unwrap().len(), 8, "{flex:?}");
    assert_eq!(flex.text("flex_flow_sid"), api.credentials().task_flow_sid.to_string());
    assert!(flex.text("task_sid").starts_with("WT"));
    let chat = api.service(&format!("/Channels/{}", flex.text("sid")));
    let channel = api.get(&chat).is(200);
    assert_eq!(
        (channel.text("type"), channel.text("friendly_name")),
        ("private".into(), "Chat with Jane".into())
    );
    let attributes: Value = serde_json::from_str(&channel.text("attributes")).unwrap();
    assert_eq!(attributes["task_sid"], flex.body["task_sid"]);
    for (name, value) in [("from", "ada@shop"), ("channel_type", "custom"), ("status", "ACTIVE")] {
        assert_eq!(attributes[name], value);
    }
    assert_eq!(
        (&attributes["long_lived"], &attributes["pre_engagement_data"]["page"]),
        (&false.into(), &"/pricing".into())
    );
    let user = api.get(&api.service("/Users/ada")).is(200);
    assert_eq!((user.text("sid"), user.text("friendly_name")), (flex.text("user_sid"), "Jane".into()));
    assert_eq!(api.get(&format!("{chat}/Members/ada")).is(200).text("identity"), "ada");
}

/// The attributes of the chat behind a channel.
fn attributes(api: &Api, flex: &Reply) -> Value {
    let chat = api.get(&api.service(&format!("/Channels/{}", flex.text("sid")))).is(200);
    serde_json::from_str(&chat.text("attributes")).unwrap()
}

fn a_task_comes_with_flows_of_type_task() {
    let api = Api::start();
    let made = create(&api, "ada", &[]).is(201);
    assert!(made.text("task_sid").starts_with("WT"));
    assert_eq!(attributes(&api, &made)["task_sid"], made.body["task_sid"]);
    let given = [("TaskSid", "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")];
    assert_eq!(create(&api, "bob", &given).is(201).text("task_sid"), given[0].1);
    for flow in [api.credentials().studio_flow_sid, api.credentials().external_flow_sid] {
        let none = api.post("/v1/Channels", &api.create(&flow.to_string(), "carl")).is(201);
        assert!(none.body["task_sid"].is_null() && attributes(&api, &none).get("task_sid").is_none());
    }
    let flow = format!("/v1/FlexFlows/{}", api.credentials().task_flow_sid);
    api.post(&flow, &[("Integration.CreationOnMessage", "true")]).is(200);
    assert!(create(&api, "dora", &[]).is(201).body["task_sid"].is_null());
}

fn a_create_overrides_how_long_the_flow_lives() {
    let api = Api::start();
    let lives = |identity: &str, more: &[(&str, &str)]| {
        attributes(&api, &create(&api, identity, more).is(201))["long_lived"].clone()
    };
    assert_eq!((lives("ada", &[]), lives("bob", &[("LongLived", "True")])), (false.into(), true.into()));
    let flow = format!("/v1/FlexFlows/{}", api.credentials().task_flow_sid);
    api.post(&flow, &[("LongLived", "true")]).is(200);
    assert_eq!((lives("carl", &[]), lives("dora", &[("LongLived", "false")])), (true.into(), false.into()));
}

fn pre_engagement_data_is_an_object() {
    let api = Api::start();
    let flex = create(&api, "ada", &[("PreEngagementData", r#"{"page":{"n":1}}"#)]).is(201);
    assert_eq!(attributes(&api, &flex)["pre_engagement_data"]["page"]["n"], 1);
}

fn the_same_flow_and_target_give_the_active_channel() {
    let api = Api::start();
    let first = create(&api, "ada", &[("Target", "ada@shop")]).is(201);
    assert_eq!(create(&api, "ada", &[("Target", "ada@shop")]).is(201).body, first.body);
    set(&api, &first.text("sid"), r#"{"status":"INACTIVE"}"#);
    let next = create(&api, "ada", &[("Target", "ada@shop")]).is(201).text("sid");
    assert_ne!(next, first.text("sid"), "an INACTIVE one is followed by a new one");
}

fn a_long_lived_channel_comes_back() {
    let api = Api::start();
    let first = create(&api, "ada", &[("LongLived", "true")]).is(201);
    set(&api, &first.text("sid"), r#"{"status":"INACTIVE","long_lived":true}"#);
    let again = create(&api, "ada", &[("LongLived", "true")]).is(201);
    assert_eq!(again.text("sid"), first.text("sid"));
    assert_ne!(again.text("task_sid"), first.text("task_sid"), "another conversation, another task");
    let chat = api.get(&api.service(&format!("/Channels/{}", first.text("sid")))).is(200);
    assert!(chat.text("attributes").contains(r#""status":"ACTIVE""#), "{chat:?}");
}

fn an_unknown_flow_opens_nothing() {
    let api = Api::start();
    let unknown = api.create("FO00000000000000000000000000000000", "ada");
    api.post("/v1/Channels", &unknown).refuses(404, 45205);
    api.get(&api.service("/Users/ada")).refuses(404, 20404);
}

fn a_flow_whose_service_is_gone_opens_nothing() {
    let api = Api::start();
    api.delete(&api.service("")).is(204);
    create(&api, "ada", &[]).refuses(400, 45009);
}

fn each_required_parameter_is_missed_by_name() {
    let api = Api::start();
    let flow = api.credentials().task_flow_sid.to_string();
    for missing in 0..4 {
        let mut parameters = api.create(&flow, "ada");
        let (name, _) = parameters.remove(missing);
        let refused = api.post("/v1/Channels", &parameters).refuses(400, 20001);
        assert_eq!(refused.text("message"), format!("Missing required parameter {name} in the post body"));
    }
    create(&api, "ada", &[("LongLived", "perhaps")]).refuses(400, 20001);
}

fn nobody_is_called_system() {
    let api = Api::start();
    create(&api, "system", &[]).refuses(400, 45211);
}

fn a_unique_name_is_had_once() {
    let api = Api::start();
    create(&api, "ada", &[("ChatUniqueName", "the-one")]).is(201);
    create(&api, "bob", &[("ChatUniqueName", "the-one")]).refuses(409, 45208);
}

fn a_closed_chats_unique_name_goes_to_the_next() {
    let api = Api::start();
    let first = create(&api, "ada", &[("ChatUniqueName", "the-one")]).is(201).text("sid");
    set(&api, &first, r#"{"status":"INACTIVE"}"#);
    let next = create(&api, "ada", &[("ChatUniqueName", "the-one")]).is(201).text("sid");
    assert_ne!(next, first);
    assert_eq!(api.get(&api.service("/Channels/the-one")).is(200).text("sid"), next);
}

fn a_customer_is_in_so_many_channels() {
    let api = Api::start();
    api.post(&api.service(""), &[("Limits.UserChannels", "1")]).is(200);
    create(&api, "ada", &[("Target", "one")]).is(201);
    create(&api, "ada", &[("Target", "two")]).refuses(403, 45207);
    create(&api, "bob", &[]).is(201);
}

fn a_channel_is_read_back() {
    let api = Api::with(Config { seed: 2, ..Config::default() });
    let flex = create(&api, "ada", &[]).is(201);
    assert_eq!(api.get(&format!("/v1/Channels/{}", flex.text("sid"))).is(200).body, flex.body);
}

fn channels_are_listed() {
    let api = Api::start();
    let made = [create(&api, "ada", &[]).is(201).body, create(&api, "bob", &[]).is(201).body];
    let page = api.get("/v1/Channels?PageSize=1000").is(200);
    assert_eq!(
        (&page.body["meta"]["key"], &page.body["meta"]["page_size"]),
        (&"flex_chat_channels".into(), &1000.into())
    );
    let listed = page.body["flex_chat_channels"].as_array().unwrap();
    assert!(listed.len() == 2 && made.iter().all(|one| listed.contains(one)), "{page:?}");
}

fn an_unknown_channel_is_not_found() {
    let api = Api::start();
    let refused = api.get(NOWHERE).refuses(404, 20404);
    assert_eq!(refused.text("message"), format!("The requested resource {} was not found", &NOWHERE[3..]));
    api.delete(NOWHERE).refuses(404, 20404);
}

fn a_deleted_channel_is_gone_on_both_sides() {
    let api = Api::start();
    let sid = create(&api, "ada", &[]).is(201).text("sid");
    let path = format!("/v1/Channels/{sid}");
    assert!(api.delete(&path).is(204).body.is_null());
    api.get(&path).refuses(404, 20404);
    api.get(&api.service(&format!("/Channels/{sid}"))).refuses(404, 20404);
    api.delete(&path).refuses(404, 20404);
    assert_ne!(create(&api, "ada", &[]).is(201).text("sid"), sid);
}
