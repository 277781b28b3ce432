//! States: begun with, taken, put back.

use std::sync::Arc;

use mock_server::state::State;
use mock_server::{Config, MockServer};
use serde_json::{Value, json};

use crate::api::Api;
use crate::panel::{Panel, told_to_go};

const WRITTEN: &str = r#"{
    "services": [{
        "friendly_name": "Our chats",
        "limits": {"channel_members": 5, "user_channels": 9},
        "users": [{"identity": "ada", "friendly_name": "Ada", "attributes": {"vip": true}}],
        "channels": [{
            "unique_name": "support", "type": "private", "attributes": "{\"status\":\"ACTIVE\"}",
            "members": [{"identity": "ada", "last_consumed_message_index": 0}, {"identity": "agent"}],
            "messages": [{"from": "ada", "body": "hello"}, {"from": "agent", "body": "how can I help?", "index": 4}]
        }]
    }],
    "flows": [{
        "friendly_name": "To our webhook", "channel_type": "custom", "enabled": true,
        "integration_type": "external", "integration": {"url": "https://example.com/m"}
    }]
}"#;

#[test]
fn what_is_written_by_hand_can_be_read_by_clients() {
    let panel = Panel::start();
    panel.post("/seed", WRITTEN);
    let api = &panel.api;
    assert_eq!(api.get(&api.service("")).is(200).body["limits"]["channel_members"], 5);
    let channel = api.get(&api.service("/Channels/support")).is(200).body;
    assert_eq!((&channel["members_count"], &channel["messages_count"]), (&2.into(), &2.into()));
    let messages = api.get(&api.service("/Channels/support/Messages")).is(200).body;
    let indexes: Vec<_> =
        messages["messages"].as_array().unwrap().iter().map(|said| said["index"].clone()).collect();
    assert_eq!(indexes, [json!(0), json!(4)]);
    let ada = api.get(&api.service("/Users/ada")).is(200).body;
    assert_eq!((&ada["friendly_name"], &ada["attributes"]), (&"Ada".into(), &r#"{"vip":true}"#.into()));
    assert_eq!(ada["joined_channels_count"], 1);
    let flows = api.get("/v1/FlexFlows").is(200).body;
    assert_eq!(flows["flex_flows"].as_array().unwrap().len(), 4, "{flows}");
    let next = api.post(&api.service("/Channels/support/Messages"), &[("Body", "more")]).is(201);
    assert_eq!(next.body["index"], 5);
    let mut ada = panel.login("ada", 60);
    assert!(ada.sync(&format!("Lists/{}.messages", channel["sid"].as_str().unwrap()))["sid"].is_string());
}

/// All that the REST API tells of an account, as text.
fn told(api: &Api) -> Vec<String> {
    let mut told = Vec::new();
    let mut paths = ["/v1/Configuration", "/v1/FlexFlows", "/v1/Channels", "/v1/WebChannels", "/v2/Services"]
        .map(str::to_owned)
        .to_vec();
    while let Some(path) = paths.pop() {
        let body = api.get(&format!("{path}?PageSize=100")).is(200).body;
        let links =
            body.as_object().unwrap().values().filter_map(Value::as_array).flatten().filter_map(|item| {
                Some(
                    item["links"]
                        .as_object()?
                        .values()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect::<Vec<_>>(),
                )
            });
        for link in links.flatten() {
            let path = link.split_once("/v").map(|(_, rest)| format!("/v{rest}")).unwrap();
            // Lists alone: a channel's last message is in the list of its messages.
            if !path.contains("/Messages/") && !path.ends_with("Bindings") && api.get(&path).status == 200 {
                paths.push(path);
            }
        }
        told.push(format!("{path}: {body}"));
    }
    told.sort();
    told
}

/// An account in which everything a snapshot keeps has happened.
fn busy(panel: &Panel) {
    let api = &panel.api;
    let (chat, left) = (api.open("ada"), api.open("bob"));
    let of = |below: &str| api.service(&format!("/Channels/{chat}{below}"));
    for body in ["one", "two", "three"] {
        api.post(&of("/Messages"), &[("Body", body), ("From", "ada")]).is(201);
    }
    let listed = api.get(&of("/Messages")).is(200).body["messages"].clone();
    let sid = |nth: usize| listed[nth]["sid"].as_str().unwrap().to_owned();
    api.post(&of(&format!("/Messages/{}", sid(0))), &[("Body", "uno"), ("Attributes", r#"{"a":1}"#)]).is(200);
    api.delete(&of(&format!("/Messages/{}", sid(1)))).is(204);
    api.post(&of("/Members"), &[("Identity", "agent"), ("LastConsumedMessageIndex", "2")]).is(201);
    api.post(&of("/Members"), &[("Identity", "gone")]).is(201);
    api.delete(&of("/Members/gone")).is(204);
    api.post(&of("/Invites"), &[("Identity", "eve")]).is(201);
    let hook = [
        ("Type", "webhook"),
        ("Configuration.Url", "https://example.com/x"),
        ("Configuration.Filters", "onMessageSent"),
    ];
    api.post(&of("/Webhooks"), &hook).is(201);
    let level = api.service(&format!("/Users/agent/Channels/{chat}"));
    api.post(&level, &[("NotificationLevel", "muted")]).is(200);
    api.post(&api.service(&format!("/Channels/{left}")), &[("Attributes", r#"{"status":"INACTIVE"}"#)])
        .is(200);
    api.open("bob");
    api.delete(&api.service("/Users/bob")).is(204);
    api.post(&api.service("/Channels"), &[("UniqueName", "lobby"), ("FriendlyName", "Lobby")]).is(201);
    api.post("/v2/Services", &[("FriendlyName", "Another")]).is(201);
    api.post(
        &api.service(""),
        &[("Limits.ChannelMembers", "7"), ("PostWebhookUrl", "https://example.com/p")],
    )
    .is(200);
    let role = [("FriendlyName", "guest"), ("Type", "channel"), ("Permission", "sendMessage")];
    api.post(&api.service("/Roles"), &role).is(201);
    api.delete(&format!("/v1/FlexFlows/{}", api.credentials().studio_flow_sid)).is(204);
    let account = api.credentials().account_sid;
    api.send("POST", "/v1/Configuration", &format!(r#"{{"account_sid": "{account}", "ui_language": "de"}}"#))
        .is(200);
}

#[test]
fn a_snapshot_put_back_is_told_as_before() {
    let panel = Panel::start();
    busy(&panel);
    let (before, snapshot) = (told(&panel.api), panel.get("/snapshot"));
    let mut ada = panel.login("ada", 60);
    panel.api.delete(&panel.api.service("/Channels/lobby")).is(204);
    panel.api.open("somebody else");
    assert_ne!(told(&panel.api), before);
    panel.post("/snapshot", &snapshot.to_string());
    assert_eq!(told_to_go(&mut ada), 308);
    assert_eq!(told(&panel.api), before);
    // Numbers are spent on putting it back, and none is given twice.
    let mut again = panel.get("/snapshot");
    assert!(again["counter"].as_u64() >= snapshot["counter"].as_u64());
    again["counter"] = snapshot["counter"].clone();
    assert!(again == snapshot, "{again}\n{snapshot}");
    // What is made next gets no SID that is there already, and an active chat is found again.
    let known = panel.api.get("/v1/Channels").body.to_string();
    assert!(known.contains(&panel.api.open("ada")));
    assert!(!known.contains(&panel.api.open("somebody new")));
}

#[test]
fn a_mock_begins_with_a_state_and_begins_anew_with_it() {
    let state: State = serde_json::from_str(WRITTEN).unwrap();
    let panel = Panel::of(Config { state: Some(Arc::new(state)), ..Config::default() });
    let support = panel.api.service("/Channels/support");
    panel.api.get(&support).is(200);
    panel.api.delete(&support).is(204);
    panel.post("/reset", "");
    panel.api.get(&support).is(200);
    panel.post("/seed", "{}");
    panel.api.get(&support).is(404);
    // Other accounts begin empty.
    let other = panel.another();
    let path = format!("/v2/Services/{}/Channels/support", other.text("chat_service_sid"));
    panel.as_another(&other, "GET", &path, "").is(404);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place_and_changes_nothing() {
    let panel = Panel::start();
    let chat = panel.api.open("ada");
    let channels = |channel: &str| format!(r#"{{"services": [{{"channels": [{channel}]}}]}}"#);
    let long = "x".repeat(257);
    let by = |field: &str| channels(&format!(r#"{{"messages": [{{"body": "hi", "{field}": "{long}"}}]}}"#));
    for (state, place, what) in [
        (by("from"), "channels[0].messages[0]", "50310"),
        (by("last_updated_by"), "channels[0].messages[0]", "50505"),
        (channels(&format!(r#"{{"created_by": "{long}"}}"#)), "services[0].channels[0]", "50310"),
        (
            channels(&format!(r#"{{"invites": [{{"identity": "a", "created_by": "{long}"}}]}}"#)),
            "channels[0].invites[0]",
            "50310",
        ),
        (
            channels(r#"{"members": [{"identity": "a"}, {"identity": "a"}]}"#),
            "services[0].channels[0].members[1]",
            "already",
        ),
        (
            channels(r#"{"unique_name": "x"}, {"unique_name": "x"}"#),
            "services[0].channels[1]",
            "unique name `x`",
        ),
        (channels(r#"{"messages": [{"from": "ada"}]}"#), "services[0].channels[0].messages[0]", "50503"),
        (
            channels(r#"{"messages": [{"body": "a", "index": 1}, {"body": "b", "index": 1}]}"#),
            "messages[1]",
            "behind",
        ),
        (channels(r#"{"sid": "CH00000000000000000000000000000000"}"#), "channels[0]", "no mock's SID"),
        (channels(r#"{"number": 5}"#), "services[0].channels[0]", "complete"),
        (channels(r#"{"unique_nam": "x"}"#), "line 1", "unique_nam"),
        (channels(r#"{"attributes": "{"}"#), "line 1", "JSON"),
        (r#"{"services": [{"users": [{"identity": "system"}]}]}"#.to_owned(), "users[0]", "50203"),
        (r#"{"flows": [{"channel_type": "pigeon"}]}"#.to_owned(), "line 1", "pigeon"),
    ] {
        let said = panel.refused("POST", "/seed", &state, 400);
        assert!(said.contains(place) && said.contains(what), "{state}: {said}");
    }
    panel.api.get(&format!("/v1/Channels/{chat}")).is(200);
    let config = Config {
        state: Some(Arc::new(serde_json::from_str(&channels(r#"{"number": 5}"#)).unwrap())),
        ..Config::default()
    };
    assert!(MockServer::start(config).err().unwrap().to_string().contains("services[0].channels[0]"));
}
