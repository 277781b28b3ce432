//! Session lists of the generations 3.x and 4.x: whose they are, what outlives a line, what may go wrong with them.

use super::*;
use crate::operation::Operation;

const LISTS: &str = "cds.us1.twilio.com/v3/Lists";

/// Makes a session list, and subscribes to it: its SID and where its items are.
async fn opens(client: &mut Client) -> (String, String) {
    let wanted = json!({"purpose": "com.twilio.rtd.ipmsg", "context": {"type": "IpMsgSession"}});
    let (status, list) = client.request("POST", LISTS, &wanted.to_string()).await;
    assert_eq!(status, 201, "{list}");
    let sid = list["sid"].as_str().unwrap().to_owned();
    let from = json!([{"object_sid": sid, "object_type": "list", "last_event_id": -1}]);
    let (replayed, _) = client.subscribe(3, from).await;
    assert_eq!(replayed[0].kind(), "list_context_updated");
    assert_eq!(replayed[0].payload["event"]["list_unique_name"], Value::Null);
    (sid, list["links"]["items"].as_str().unwrap().to_owned())
}

/// The item of a command.
fn item(action: &str, request: Value) -> String {
    let mut request = request;
    request["action"] = action.into();
    json!({"data": {"request": request, "commandId": "one"}}).to_string()
}

#[tokio::test]
async fn a_message_sent_by_command_is_told_like_any_other_before_the_command_is_answered() {
    let server = Server::start().await;
    let channel = server.bench.chat("ada");
    let mut ada = server.login("ada").await;
    let (_, items) = opens(&mut ada).await;
    let messages = ada.get(&format!("cds.us1.twilio.com/v3/Lists/{channel}.messages")).await;
    ada.subscribe(3, json!([{"object_sid": messages["sid"], "object_type": "list", "last_event_id": -1}]))
        .await;
    let said = item("sendMessage", json!({"channelSid": channel, "text": "hello", "attributes": "{}"}));
    let (status, taken) = ada.request("POST", &items, &said).await;
    assert_eq!((status, &taken["index"]), (201, &0.into()));
    let told = [ada.hear().await, ada.hear().await, ada.hear().await];
    assert_eq!(told.each_ref().map(Heard::kind), ["list_item_added", "list_item_added", "list_item_updated"]);
    assert_eq!(told[0].payload["event"]["item_data"]["commandId"], "one");
    assert_eq!(told[1].payload["event"]["item_data"]["text"], "hello");
    assert_eq!(told[2].payload["event"]["item_data"]["response"]["messageId"], 0);
}

#[tokio::test]
async fn a_list_is_its_users_and_nobody_elses() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    let (list, items) = opens(&mut ada).await;
    let mut eve = server.login("eve").await;
    let (status, refused) = eve.request("POST", &items, &item("makeTea", json!({}))).await;
    assert_eq!((status, &refused["code"]), (403, &54007.into()));
    let from = json!([{"object_sid": list, "object_type": "list", "last_event_id": -1}]);
    let (_, outcomes) = eve.subscribe(3, from).await;
    assert_eq!(outcomes[0].payload["event"]["error"]["code"], 54007);
    for below in ["", "/Items", "/Context"] {
        assert_eq!(eve.request("GET", &format!("{LISTS}/{list}{below}"), "").await.0, 403, "{below}");
    }
    // On another line of its own user it goes on.
    let mut again = server.login("ada").await;
    assert_eq!(again.request("POST", &items, &item("makeTea", json!({}))).await.0, 201);
}

#[tokio::test]
async fn a_list_that_is_gone_is_unknown() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    let (list, items) = opens(&mut ada).await;
    server.bench.world.close_session_list(list.parse().unwrap());
    assert_eq!(ada.hear().await.kind(), "list_removed");
    let (status, refused) = ada.request("POST", &items, &item("makeTea", json!({}))).await;
    assert_eq!((status, &refused["code"]), (404, &54150.into()));
    let (_, outcomes) =
        ada.subscribe(3, json!([{"object_sid": list, "object_type": "list", "last_event_id": 0}])).await;
    assert_eq!(outcomes[0].payload["event"]["error"]["code"], 54150);
}

#[tokio::test]
async fn faults_strike_a_command_by_what_it_commands_or_before_it_is_taken() {
    let faults = r#"[{"status":{"operation":"send_message","status":503,"every":2}},
        {"status":{"operation":"send_command","status":404,"code":54150,"every":3}}]"#;
    let config = Config { faults: serde_json::from_str(faults).unwrap(), ..Config::default() };
    let server = Server::with(&config).await;
    let channel = server.bench.chat("ada");
    let mut ada = server.login("ada").await;
    let (_, items) = opens(&mut ada).await;
    let said = item("sendMessage", json!({"channelSid": channel, "text": "hello"}));
    for expected in [200, 20503] {
        assert_eq!(ada.request("POST", &items, &said).await.0, 201);
        let told = [ada.hear().await, ada.hear().await];
        assert_eq!(told[1].payload["event"]["item_data"]["response"]["status"], expected);
    }
    let (status, refused) = ada.request("POST", &items, &said).await;
    assert_eq!((status, &refused["code"]), (404, &54150.into()));
    assert_eq!(server.bench.world.channel(server.bench.service, &channel.text()).unwrap().messages_count, 1);
}

#[tokio::test]
async fn whatever_a_device_asks_for_faults_may_strike_it() {
    let asked = r#"["read_sync","register_push","unregister_push","list_templates"]"#;
    let faults = format!(r#"[{{"status":{{"operation":{asked},"status":503}}}}]"#);
    let config = Config { faults: serde_json::from_str(&faults).unwrap(), ..Config::default() };
    let server = Server::with(&config).await;
    let mut ada = server.login("ada").await;
    let (list, _) = opens(&mut ada).await;
    let registrations = "ers.us1.twilio.com/v1/registrations";
    for (method, path, body) in [
        ("GET", format!("{LISTS}/{list}/Context"), ""),
        ("POST", registrations.to_owned(), "{}"),
        ("DELETE", format!("{registrations}/0"), ""),
        ("GET", "aim.us1.twilio.com/Client/v2/ContentTemplates".to_owned(), ""),
    ] {
        assert_eq!(ada.request(method, &path, body).await.0, 503, "{method} {path}");
    }
}

#[tokio::test]
async fn the_journal_tells_what_was_commanded() {
    let server = Server::start().await;
    let channel = server.bench.chat("ada");
    let mut ada = server.login("ada").await;
    let (list, items) = opens(&mut ada).await;
    let said = item("sendMessage", json!({"channelSid": channel, "text": "hello"}));
    ada.request("POST", &items, &said).await;
    ada.get(&format!("{LISTS}/{list}/Context")).await;
    let told: Vec<_> = server
        .shared
        .journal
        .entries()
        .iter()
        .map(|entry| (entry.method.clone(), entry.operation, entry.status))
        .collect();
    let expected = [
        ("POST".to_owned(), Some(Operation::SendCommand), 201),
        ("COMMAND".to_owned(), Some(Operation::SendMessage), 200),
        ("GET".to_owned(), Some(Operation::ReadSync), 200),
    ];
    assert_eq!(told[told.len() - 3..], expected);
}
