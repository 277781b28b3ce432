//! A chat from login to good-bye, as SDK 6.0.0 was recorded.

use super::*;

/// What the SDK asks for after its login, for one channel: the objects to subscribe to.
async fn opens(client: &mut Client, service: &str, channel: &str, identity: &str) -> Value {
    let configuration = client.get("aim.us1.twilio.com/Client/v1/Configuration").await;
    assert_eq!(configuration["identity"], identity);
    assert_eq!(configuration["sync_objects"]["my_conversations"], format!("{identity}.channels"));
    let media = configuration["links"]["media_service"].as_str().unwrap();
    assert!(
        media.starts_with("http://127.0.0.1:") && media.ends_with(&format!("/v1/Services/{service}/Media"))
    );
    let info = configuration["sync_objects"]["my_user_info"].as_str().unwrap().to_owned();
    let mine = client.get(&format!("cds.us1.twilio.com/v3/Maps/{identity}.channels")).await;
    let info = client.get(&format!("cds.us1.twilio.com/v3/Maps/{info}?Include=items")).await;
    assert_eq!(info["items"][2]["data"], json!({"online": true, "notifiable": false}));
    let list = client.get(configuration["links"]["my_conversations"].as_str().unwrap()).await;
    assert_eq!(list["conversations"][0]["conversation_sid"], channel);
    assert_eq!(list["meta"]["next_token"], Value::Null);
    let document = list["conversations"][0]["sync_objects"]["conversation"].as_str().unwrap().to_owned();
    let document = client.get(&format!("cds.us1.twilio.com/v3/Documents/{document}")).await;
    let messages = document["data"]["messages"].as_str().unwrap();
    let messages = client.get(&format!("cds.us1.twilio.com/v3/Lists/{messages}")).await;
    let roster = document["data"]["roster"].as_str().unwrap();
    let roster = client.get(&format!("cds.us1.twilio.com/v3/Maps/{roster}")).await;
    let items = roster["links"]["items"].as_str().unwrap();
    let members = client.get(&format!("{items}?HideExpired=true&PageSize=50&Order=asc")).await;
    assert_eq!(members["items"][0]["data"]["identity"], identity);
    let objects = [&mine, &info, &document, &messages, &roster];
    objects
        .map(|object| {
            json!({"object_sid": object["sid"], "object_type": object["type"], "last_event_id": object["last_event_id"]})
        })
        .into_iter()
        .collect()
}

fn kinds(heard: &[Heard]) -> Vec<&str> {
    heard.iter().map(Heard::kind).collect()
}

#[tokio::test]
async fn the_recorded_session_is_served() {
    let server = Server::start().await;
    let (service, channel) = (server.bench.service.to_string(), server.bench.chat("ada"));
    let mut ada = server.connect().await;
    let reply = ada.init(&server.token("ada"), None).await;
    assert_eq!(reply["capabilities"], json!(["client_update", "offline_storage"]));
    assert_eq!(reply["continuation_token_status"]["reissue_reason"], "MISSING");
    assert_eq!(reply["offline_storage"]["ip_messaging"]["storage_id"].as_str().unwrap().len(), 40);
    assert_eq!(reply["init_registrations"][0]["product"], "ip_messaging");
    let objects = opens(&mut ada, &service, &channel.to_string(), "ada").await;
    let (replayed, established) = ada.subscribe(4, objects).await;
    assert_eq!((replayed.len(), kinds(&established)), (0, vec!["subscription_established"]));
    assert!(
        established[0].payload["events"]
            .as_array()
            .unwrap()
            .iter()
            .all(|e| e["replay_status"] == "completed")
    );

    // Sending: both events come before the answer, as recorded.
    let messages =
        format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{channel}/Messages");
    let (status, sent) = ada.request("POST", &messages, r#"{"body":"hello","attributes":"{}"}"#).await;
    assert_eq!((status, &sent["index"], &sent["author"]), (201, &0.into(), &"ada".into()));
    let heard = ada.heard();
    assert_eq!(kinds(&heard), ["list_item_added", "document_updated"]);
    assert_eq!(heard[0].payload["events"][0]["item_data"]["sid"], sent["sid"]);

    // Somebody joins and answers by REST.
    let world = &server.bench.world;
    let member = wire::member::NewMember::new("agent".into());
    world.add_member(server.bench.service, &channel.text(), member).unwrap();
    assert_eq!(ada.hear().await.kind(), "map_item_added");
    let posted = server.bench.says(channel, "agent", "how can I help?").unwrap();
    let heard = ada.hear().await;
    assert_eq!(heard.head["message_type"], "com.twilio.rtd.cds.list");
    assert_eq!(heard.payload["events"][0]["item_data"]["sid"], posted.sid.to_string());
    assert_eq!(ada.hear().await.kind(), "document_updated");

    // Reading, and saying so.
    let list = ada.get(&format!("cds.us1.twilio.com/v3/Lists/{channel}.messages")).await;
    let items = list["links"]["items"].as_str().unwrap();
    let history = ada.get(&format!("{items}?HideExpired=true&PageSize=30&Order=desc")).await;
    let texts: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|item| &item["data"]["text"]).collect();
    assert_eq!(texts, ["how can I help?", "hello"]);
    assert_eq!(history["items"][0]["created_by"], "agent");
    let one = ada.get(&format!("{items}?Index=1")).await;
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
    let me = world.user(server.bench.service, "ada").unwrap().sid;
    let mine = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Users/{me}/Conversations/{channel}");
    let (status, read) = ada.request("POST", &mine, r#"{"last_consumed_message_index":0}"#).await;
    assert_eq!((status, &read["unread_messages_count"]), (200, &1.into()));
    assert_eq!(kinds(&ada.heard()), ["map_item_updated", "map_item_updated"]);
    let (_, none) = ada.request("POST", &mine, r#"{"last_consumed_message_index":null}"#).await;
    assert_eq!(
        (&none["last_consumed_message_index"], &none["unread_messages_count"]),
        (&Value::Null, &Value::Null)
    );

    // What ada sent, REST can read.
    let message: wire::sid::MessageSid = sent["sid"].as_str().unwrap().parse().unwrap();
    let stored = world.message(server.bench.service, &channel.text(), message).unwrap();
    assert_eq!((stored.body.as_deref(), stored.from.as_deref()), (Some("hello"), Some("ada")));
    ada.send(&json!({"id": "TMbye", "method": "close", "payload_size": 0}), b"").await;
    ada.heard();
    ada.closes().await;
}

#[tokio::test]
async fn typing_reaches_the_other_side() {
    let server = Server::start().await;
    let (service, channel) = (server.bench.service, server.bench.chat("ada"));
    let member = wire::member::NewMember::new("agent".into());
    server.bench.world.add_member(service, &channel.text(), member).unwrap();
    let mut ada = server.login("ada").await;
    let mut agent = server.login("agent").await;
    let url = format!("aim.us1.twilio.com/v1/Instances/{service}/Typing");
    let answer = ada.request("POST", &url, &format!("ChannelSid={channel}")).await;
    assert_eq!(answer, (200, json!({"typing_timeout": 5})));
    let heard = agent.hear().await;
    assert_eq!(heard.head["message_type"], "twilio.ipmsg.typing_indicator");
    assert_eq!(heard.payload["typing_timeout"], 6);
    assert_eq!(ada.heard().len(), 0);
}

#[tokio::test]
async fn being_added_is_pushed_and_the_channel_can_be_opened() {
    let server = Server::start().await;
    let mut ada = server.login("ada").await;
    let mine = ada.get("cds.us1.twilio.com/v3/Maps/ada.channels").await;
    assert_eq!(mine["last_event_id"], -1);
    ada.subscribe(4, json!([{"object_sid": mine["sid"], "object_type": "map", "last_event_id": -1}])).await;
    let channel = server.bench.chat("ada");
    let heard = ada.hear().await;
    assert_eq!(heard.payload["events"][0]["item_key"], channel.to_string());
    let items = mine["links"]["items"].as_str().unwrap();
    let item = ada.get(&format!("{items}?HideExpired=true&Key={channel}")).await;
    assert_eq!(item["items"][0]["data"]["channel"], format!("{channel}.channel"));
    opens(&mut ada, &server.bench.service.to_string(), &channel.to_string(), "ada").await;
}

#[tokio::test]
async fn the_same_mutation_is_made_once() {
    let server = Server::start().await;
    let (service, channel) = (server.bench.service, server.bench.chat("ada"));
    let mut ada = server.login("ada").await;
    let url = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations/{channel}/Messages");
    let id = json!({"X-Twilio-Mutation-Id": "aee194af-bca1-4260-ae5c-0ebf41f863eb"});
    let body = r#"{"body":"once"}"#;
    let first = ada.asks("POST", &url, body, id.clone()).await;
    ada.vanish();
    // On another line, too.
    let mut ada = server.login("ada").await;
    let again = ada.asks("POST", &url, body, id).await;
    assert_eq!(again.head["http_status"]["code"], 202);
    assert_eq!(again.payload["resource_sid"], first.payload["sid"]);
    let message = ada.get(again.payload["resource_url"].as_str().unwrap()).await;
    assert_eq!((&message["index"], &message["body"]), (&0.into(), &"once".into()));
    assert_eq!(server.bench.world.channel(service, &channel.text()).unwrap().messages_count, 1);
}

#[tokio::test]
async fn a_device_makes_and_leaves_channels_of_its_own() {
    let server = Server::start().await;
    let base = format!("aim.us1.twilio.com/Client/v1/Services/{}", server.bench.service);
    let mut ada = server.login("ada").await;
    let create = r#"{"type":"private","unique_name":"ada's den","friendly_name":"Den","attributes":"{}"}"#;
    let (status, den) = ada.request("POST", &format!("{base}/Conversations"), create).await;
    assert_eq!((status, &den["created_by"]), (201, &"ada".into()));
    // Whoever made it may see it, to join it; others may not.
    assert_eq!(ada.get(&format!("{base}/Conversations/ada%27s%20den")).await["sid"], den["sid"]);
    let mut eve = server.login("eve").await;
    assert_eq!(eve.request("GET", &format!("{base}/Conversations/ada%27s%20den"), "").await.0, 403);
    let participants = format!("{}/Participants", den["url"].as_str().unwrap());
    assert_eq!(ada.request("POST", &participants, r#"{"identity":"ada"}"#).await.0, 201);
    assert_eq!(ada.get(&format!("{base}/Conversations/ada%27s%20den")).await["sid"], den["sid"]);
    assert_eq!(ada.request("POST", &participants, r#"{"identity":"bob smith"}"#).await.0, 201);
    // The SDK sends some identities encoded and others as they are.
    let (status, bob) =
        ada.request("POST", &format!("{participants}/bob smith"), r#"{"attributes":"{}"}"#).await;
    assert_eq!((status, &bob["code"]), (403, &50107.into()));
    assert_eq!(
        ada.request("DELETE", &format!("{participants}/bob%20smith"), "null").await,
        (204, Value::Null)
    );
    assert_eq!(ada.request("DELETE", &format!("{participants}/ada"), "null").await.0, 204);
    let (status, gone) = ada.request("DELETE", den["url"].as_str().unwrap(), "null").await;
    assert_eq!((status, &gone["code"]), (403, &50400.into()));
}

#[tokio::test]
async fn others_messages_and_channels_are_theirs() {
    let server = Server::start().await;
    let (service, channel) = (server.bench.service, server.bench.chat("ada"));
    let base = format!("aim.us1.twilio.com/Client/v1/Services/{service}/Conversations");
    let said = server.bench.says(channel, "agent", "hello").unwrap();
    let mut ada = server.login("ada").await;
    let message = format!("{base}/{channel}/Messages/{}", said.sid);
    assert_eq!(ada.request("POST", &message, r#"{"body":"forged"}"#).await.1["code"], 50107);
    assert_eq!(ada.request("DELETE", &message, "null").await.1["code"], 50107);
    assert_eq!(ada.request("DELETE", &format!("{base}/{channel}"), "null").await.1["code"], 50107);
    let own = server.bench.says(channel, "ada", "helo").unwrap();
    let own = format!("{base}/{channel}/Messages/{}", own.sid);
    assert_eq!(ada.request("POST", &own, r#"{"body":"hello"}"#).await.0, 200);
    assert_eq!(ada.request("DELETE", &own, "null").await.0, 204);
    assert_eq!(ada.request("GET", &own, "").await.1["code"], 50500);
    let mut bob = server.login("bob").await;
    let (status, refused) =
        bob.request("POST", &format!("{base}/{channel}/Messages"), r#"{"body":"hi"}"#).await;
    assert_eq!((status, &refused["code"]), (403, &50400.into()));
    assert_eq!(bob.request("GET", &format!("cds.us1.twilio.com/v3/Maps/{channel}.roster"), "").await.0, 403);
}
