//! A line that breaks, and what is heard on the next.

use super::*;

#[tokio::test]
async fn what_was_missed_is_replayed_on_the_next_line() {
    let server = Server::start().await;
    let channel = server.bench.chat("ada");
    let mut ada = server.connect().await;
    let first = ada.init(&server.token("ada"), None).await;
    let list = ada.get(&format!("cds.us1.twilio.com/v3/Lists/{channel}.messages")).await;
    let subscription =
        |seen: i64| json!([{"object_sid": list["sid"], "object_type": "list", "last_event_id": seen}]);
    ada.subscribe(4, subscription(-1)).await;
    server.bench.says(channel, "agent", "heard").unwrap();
    let seen = ada.hear().await.payload["events"][0]["id"].as_i64().unwrap();
    ada.vanish();
    server.bench.says(channel, "agent", "missed").unwrap();

    let mut ada = server.connect().await;
    let token = first["continuation_token"].as_str().unwrap();
    let again = ada.init(&server.token("ada"), Some(token)).await;
    assert_eq!(again["continuation_token"], token);
    assert_eq!(again["continuation_token_status"], json!({"reissued": false}));
    assert_eq!(again["offline_storage"], first["offline_storage"]);
    let (replayed, established) = ada.subscribe(4, subscription(seen)).await;
    assert_eq!(replayed.len(), 1);
    assert_eq!(replayed[0].payload["correlation_id"], 77);
    assert_eq!(replayed[0].payload["events"][0]["item_data"]["text"], "missed");
    assert_eq!(established[0].payload["events"][0]["last_event_id"], seen + 1);

    let mut bob = server.connect().await;
    let other = bob.init(&server.token("bob"), Some(token)).await;
    assert_eq!(other["continuation_token_status"]["reissue_reason"], "DIFFERENT_IDENTITY");
    assert_ne!(other["continuation_token"], token);
}

#[tokio::test]
async fn a_client_of_version_3_gets_an_answer_for_each_object() {
    let server = Server::start().await;
    let channel = server.bench.chat("ada");
    let mut ada = server.login("ada").await;
    let document = ada.get(&format!("cds.us1.twilio.com/v3/Documents/{channel}.channel")).await;
    let (_, outcomes) = ada
        .subscribe(
            3,
            json!([
                {"object_sid": document["sid"], "object_type": "document", "last_event_id": -1},
                {"object_sid": "MP00000000000000000000000000000000", "object_type": "map", "last_event_id": -1},
            ]),
        )
        .await;
    assert_eq!(outcomes[0].payload["event"]["object_sid"], document["sid"]);
    assert_eq!(outcomes[1].kind(), "subscription_failed");
    assert_eq!(outcomes[1].payload["event"]["error"]["code"], 54200);
    server.bench.says(channel, "agent", "hello").unwrap();
    let live = ada.hear().await;
    assert_eq!(live.payload["event_protocol_version"], 3);
    assert_eq!(live.payload["event"]["document_data"]["lastMessage"]["index"], 0);
    let cancel = json!({"event_protocol_version": 3, "action": "cancel", "correlation_id": 78,
        "requests": [{"object_sid": document["sid"], "object_type": "document"}]});
    ada.request("POST", "cds.us1.twilio.com/v4/Subscriptions", &cancel.to_string()).await;
    assert_eq!(ada.hear().await.kind(), "subscription_canceled");
    server.bench.says(channel, "agent", "still there?").unwrap();
    ada.get(&format!("cds.us1.twilio.com/v3/Documents/{channel}.channel")).await;
    assert_eq!(ada.heard().len(), 0);
}

#[tokio::test]
async fn who_went_is_offline_and_told_nothing() {
    let server = Server::start().await;
    server.bench.chat("ada");
    let ada = server.login("ada").await;
    let online = || server.bench.world.user(server.bench.service, "ada").unwrap().is_online;
    assert_eq!(online(), Some(true));
    ada.vanish();
    for _ in 0..500 {
        if online() == Some(false) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("ada is still online");
}
