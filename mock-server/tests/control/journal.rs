//! What was asked, as it is told afterwards.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::device::Device;
use crate::panel::Panel;

fn last(panel: &Panel) -> Value {
    panel.get("/journal?limit=1")["entries"][0].clone()
}

#[test]
fn a_request_is_told_with_who_asked_what_and_what_came_of_it() {
    let panel = Panel::start();
    let messages = panel.api.service(&format!("/Channels/{}/Messages", panel.api.open("ada")));
    panel.api.post(&messages, &[("Body", "hi & bye"), ("From", "ada")]).is(201);
    let entry = last(&panel);
    assert_eq!(entry["method"], "POST");
    assert_eq!(entry["path"], messages);
    assert_eq!(entry["operation"], "send_message");
    assert_eq!(entry["via"], "rest");
    assert_eq!(entry["who"], panel.api.credentials().account_sid.to_string());
    assert_eq!((&entry["status"], &entry["code"]), (&201.into(), &Value::Null));
    assert_eq!(entry["rule"], "chat.message.create");
    assert_eq!(entry["body"], serde_json::json!({"Body": "hi & bye", "From": "ada"}));
    assert!(entry["notes"][0].as_str().unwrap().contains("X-Twilio-Webhook-Enabled: true"), "{entry}");
}

#[test]
fn a_create_that_is_answered_but_hardly_meant_so_is_told_with_a_warning() {
    let panel = Panel::start();
    let credentials = panel.api.credentials();
    let (service, studio) = (credentials.chat_service_sid.to_string(), credentials.studio_sid.to_string());
    let texts = [
        ("FriendlyName", "Texts"),
        ("ChatServiceSid", service.as_str()),
        ("ChannelType", "sms"),
        ("Integration.FlowSid", studio.as_str()),
    ];
    let flow = panel.api.post("/v1/FlexFlows", &texts).is(201).text("sid");
    let more = [("TaskSid", "WT00000000000000000000000000000000"), ("PreEngagementData", "[object Object]")];
    panel.api.post("/v1/Channels", &[panel.api.create(&flow, "ada"), more.to_vec()].concat()).is(201);
    let entry = last(&panel);
    assert_eq!(entry["rule"], "flex.channel.create.not-custom");
    for (note, code) in entry["notes"].as_array().unwrap().iter().zip(["REQ-08", "TR-11", "FLOW-03"]) {
        assert!(note.as_str().unwrap().starts_with(code), "{entry}");
    }
    assert_eq!(entry["notes"].as_array().unwrap().len(), 3);
}

#[test]
fn a_parameter_nobody_knows_is_told_with_what_was_meant() {
    let panel = Panel::start();
    let flow = panel.api.credentials().flex_flow_sid.to_string();
    let typed = [("Targat", "ada-1"), ("Colour", "red"), ("chatuniquename", "x")];
    panel.api.post("/v1/Channels", &[panel.api.create(&flow, "ada"), typed.to_vec()].concat()).is(201);
    let notes = last(&panel)["notes"].clone();
    let expected = serde_json::json!([
        "unknown parameter `Targat`, did you mean `Target`?",
        "unknown parameter `Colour`: it says nothing to this operation",
        "unknown parameter `chatuniquename`, did you mean `ChatUniqueName`?",
    ]);
    assert_eq!(notes, expected);
    panel.api.post(&panel.api.service("/Users/ada"), &[("FriendlyNam", "Ada")]).refuses(400, 20161);
    assert!(last(&panel)["notes"][0].as_str().unwrap().contains("did you mean `FriendlyName`?"));
}

#[test]
fn keys_of_push_services_are_not_told() {
    let panel = Panel::start();
    panel.api.post("/v2/Credentials", &[("Type", "fcm"), ("Secret", "hunter2")]).is(201);
    let entry = last(&panel);
    assert_eq!(entry["operation"], "create_credential");
    assert!(!entry.to_string().contains("hunter2"), "{entry}");
}

#[test]
fn what_comes_through_the_socket_is_told_too() {
    let panel = Panel::start();
    let channel = panel.api.open("ada");
    let mut ada = panel.login("ada", 3600);
    let login = last(&panel);
    assert_eq!(
        (&login["method"], &login["who"], &login["status"]),
        (&"INIT".into(), &"ada".into(), &200.into())
    );
    assert_eq!(login["operation"], "login");
    let service = panel.api.credentials().chat_service_sid;
    let path = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{channel}/Messages");
    assert_eq!(ada.request("POST", &path, r#"{"body": "hi"}"#).status(), 201);
    let entry = last(&panel);
    assert_eq!((&entry["via"], &entry["operation"]), (&"socket".into(), &"send_message".into()));
    assert_eq!(entry["body"], serde_json::json!({"body": "hi"}));
}

#[test]
fn a_refused_token_is_told_with_what_is_wrong_with_it() {
    let panel = Panel::start();
    Device::connect(&panel.api).init("no.token.this");
    let entry = last(&panel);
    assert_eq!(
        (&entry["method"], &entry["status"], &entry["code"]),
        (&"INIT".into(), &401.into(), &20101.into())
    );
    assert!(entry["notes"][0].as_str().unwrap().contains("base64url"), "{entry}");
    assert!(!entry.to_string().contains("no.token.this"));
}

#[test]
fn what_was_not_found_is_told_with_what_may_have_been_meant() {
    let panel = Panel::start();
    let note = || last(&panel)["notes"][0].as_str().unwrap_or_default().to_owned();
    let flow = panel.api.credentials().flex_flow_sid.to_string();
    let typed = format!("{}x", &flow[..33]).replace('x', if flow.ends_with('0') { "1" } else { "0" });
    panel.api.post("/v1/Channels", &panel.api.create(&typed, "ada")).refuses(404, 45205);
    assert!(note().contains(&format!("did you mean {flow}, the task flow?")), "{}", note());
    let chat = panel.api.open("Ada L");
    panel.api.get(&panel.api.service("/Users/ada%20l")).refuses(404, 20404);
    assert!(note().contains("did you mean `Ada L`?"), "{}", note());
    panel.api.get("/Channels").refuses(404, 20404);
    assert!(note().contains("no /v1 in the path"), "{}", note());
    let mut device = panel.login("Ada L", 60);
    let service = panel.api.credentials().chat_service_sid;
    let path =
        format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{chat}/Participants/ada%20l");
    assert_eq!(device.request("POST", &path, "{}").status(), 404);
    assert!(note().contains("did you mean `Ada L`?"), "{}", note());
}

#[test]
fn who_was_not_let_in_is_told_why() {
    let mut panel = Panel::start();
    let note = |panel: &Panel| last(panel)["notes"][0].as_str().unwrap_or_default().to_owned();
    let (own, secret) = {
        let of = panel.api.credentials();
        (of.account_sid.to_string(), of.api_key_secret.expose().to_owned())
    };
    panel.api.raw(&crate::api::request("GET", "/v2/Services", "", "")).refuses(401, 20003);
    assert!(note(&panel).contains("no credentials"), "{}", note(&panel));
    panel.api.authorization = crate::api::basic(&own, &secret);
    panel.api.get("/v2/Services").refuses(401, 20003);
    assert!(note(&panel).contains("goes with the account's auth token"), "{}", note(&panel));
    panel.api.authorization = crate::api::basic(&secret, "");
    panel.api.get("/v2/Services").refuses(401, 20003);
    assert!(note(&panel).contains(&own) && !note(&panel).contains(&secret), "{}", note(&panel));
}

#[test]
fn json_where_a_form_belongs_is_told() {
    let panel = Panel::start();
    let messages = panel.api.service(&format!("/Channels/{}/Messages", panel.api.open("ada")));
    let head = format!("authorization: {}\r\ncontent-type: application/json\r\n", panel.api.authorization);
    panel.api.raw(&crate::api::request("POST", &messages, &head, r#"{"Body": "hi"}"#));
    let entry = last(&panel);
    assert!(entry["notes"][0].as_str().unwrap().starts_with("the body is JSON"), "{entry}");
}

#[test]
fn a_token_for_a_service_there_is_not_is_told_with_those_there_are() {
    let panel = Panel::start();
    let mut credentials = panel.api.credentials().clone();
    let there = credentials.chat_service_sid.to_string();
    credentials.chat_service_sid = "IS00000000000000000000000000000000".parse().unwrap();
    Device::connect(&panel.api).init(&crate::panel::mint(&credentials, "ada", 60, panel.now()));
    let note = last(&panel)["notes"][0].as_str().unwrap_or_default().to_owned();
    assert!(note.starts_with("no Chat service IS0000") && note.contains(&there), "{note}");
}

#[test]
fn a_host_that_is_not_imitated_is_told_with_those_that_are() {
    let panel = Panel::start();
    panel.api.get("/_host/studio.twilio.com/v2/Flows").refuses(404, 20404);
    let note = last(&panel)["notes"][0].as_str().unwrap_or_default().to_owned();
    assert!(note.starts_with("studio.twilio.com is not imitated; flex-api, chat"), "{note}");
}

#[test]
fn an_answer_that_never_went_out_is_told_as_such() {
    let panel = Panel::start();
    panel.send("PUT", "/faults", r#"[{"freeze": {"operation": "list_services"}}]"#).is(200);
    let head = format!("authorization: {}\r\n", panel.api.authorization);
    let mut line = TcpStream::connect(panel.api.authority()).unwrap();
    line.write_all(crate::api::request("GET", "/v2/Services", &head, "").as_bytes()).unwrap();
    let asked = || panel.get("/journal?warnings=true")["entries"][0].clone();
    let entry =
        (0..500).map(|_| (sleep(Duration::from_millis(10)), asked()).1).find(|entry| !entry.is_null());
    let note = entry.unwrap()["notes"][0].as_str().unwrap().to_owned();
    assert!(note.starts_with("not answered: a fault withheld it"), "{note}");
}

#[test]
fn secrets_are_not_told() {
    let panel = Panel::start();
    let token = panel.mint("ada", 60);
    panel
        .api
        .post("/v1/FlexFlows", &[("PrivateKey", "-----BEGIN"), ("Secret", "shh"), ("FriendlyName", &token)]);
    let told = panel.get("/journal").to_string();
    for secret in ["-----BEGIN", "shh", &token] {
        assert!(!told.contains(secret), "{told}");
    }
    assert!(told.contains("PrivateKey"));
}

#[test]
fn the_journal_holds_the_latest_and_says_how_many_there_were() {
    let panel = Panel::start();
    for _ in 0..1_030 {
        panel.api.get("/v2/Services").is(200);
    }
    let told = panel.get("/journal?limit=5");
    assert_eq!((&told["recorded"], &told["kept"]), (&1_030.into(), &1_024.into()));
    assert_eq!(told["entries"].as_array().unwrap().len(), 5);
    assert_eq!(told["entries"][4]["nth"], 1_029);
}

#[test]
fn entries_can_be_asked_for_by_what_they_are() {
    let panel = Panel::start();
    panel.api.get("/v2/Services").is(200);
    panel.api.get(&panel.api.service("/Channels/nothing")).is(404);
    panel.api.get("/v1/FlexFlows").is(200);
    let matched = |query: &str| panel.get(&format!("/journal?{query}"))["matched"].as_u64().unwrap();
    assert_eq!(matched("operation=fetch_channel"), 1);
    assert_eq!(matched("status=404"), 1);
    assert_eq!(matched("code=20404&method=GET"), 1);
    assert_eq!(matched("path=/v2/Services/*/Channels/*"), 1);
    assert_eq!(matched("status=200"), 2);
    assert_eq!(matched("since=1"), 2);
    assert_eq!(matched("rule=flex.flow.list&via=rest"), 1);
    assert_eq!(matched("who=nobody"), 0);
    assert_eq!((matched("method=get&warnings=false"), matched("warnings=true")), (3, 0));
    panel.refused("GET", "/journal?status=many", "", 400);
    for (mistyped, says) in [
        ("operation=fetch_chanel", "fetch_channel"),
        ("method=PSOT", "POST"),
        ("via=sockt", "socket"),
        ("rule=flex.flow.lists", "flex.flow.list"),
        ("warnings=yes", "true, false"),
    ] {
        let told = panel.refused("GET", &format!("/journal?{mistyped}"), "", 400);
        assert!(told.contains(says), "{told}");
    }
}
