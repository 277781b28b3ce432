//! Faults of the socket.

use std::time::Duration;

use mock_server::fault::Fault;
use serde_json::json;

use super::{planted, times};
use crate::Probe;
use crate::api::Api;
use crate::device::{Device, Frame, Heard, token};

pub(crate) const PROBES: &[Probe] = &[
    ("fault.refuse-login", a_login_is_refused),
    ("fault.withhold-established", nobody_says_that_a_subscription_stands),
    ("fault.drop-socket", a_socket_is_reset),
    ("fault.close", a_client_is_sent_away),
    ("fault.expire-token", a_token_ends_before_its_time),
];

/// Logs in: the whole reply.
fn init(api: &Api) -> Frame {
    let header = json!({"method": "init", "token": token(api, "ada"), "capabilities": ["client_update"]});
    Device::connect(api).ask(header, b"")
}

fn a_login_is_refused() {
    for (status, code) in [(401, 20104), (403, 51007), (429, 51202)] {
        let api = planted("refuse_login", json!({"status": status, "backoff": "3s", "identity": "a*"}));
        let reply = init(&api);
        let verdict = &reply.head["status"];
        assert_eq!((&verdict["code"], &verdict["errorCode"]), (&status.into(), &code.into()), "{reply:?}");
        assert_eq!(reply.payload, json!({"backoff_policy": {"reconnect_min_ms": 3000}}));
        Device::login(&api, "bob");
        assert_eq!(times(&api), 1);
    }
    assert_eq!(init(&planted("refuse_login", json!({"status": 429}))).payload, json!(null));
}

fn nobody_says_that_a_subscription_stands() {
    let api = planted("withhold_established", json!({"first": 1}));
    let channel = api.open("ada");
    let mut ada = Device::login(&api, "ada");
    let sid = ada.sync(&format!("/Lists/{channel}.messages"))["sid"].clone();
    let object = json!([{"object_sid": sid, "object_type": "list", "last_event_id": -1}]);
    assert_eq!(ada.subscriptions("establish", object.clone()).status(), 202);
    api.post(&api.service(&format!("/Channels/{channel}/Messages")), &[("Body", "hi")]).is(201);
    // It stands all the same, and what would have come first has not come.
    assert_eq!(ada.hear().kind(), "list_item_added");
    assert_eq!(ada.subscriptions("establish", object).status(), 202);
    ada.hears("subscription_established");
    assert_eq!(times(&api), 1);
}

fn a_socket_is_reset() {
    let api = planted("drop_socket", json!({"at": "50ms", "every": 2}));
    let mut ada = Device::login(&api, "ada");
    let mut bob = Device::login(&api, "bob");
    assert!(matches!(bob.next(), Heard::Broken));
    ada.sync("/Maps/ada.channels");
    assert_eq!(times(&api), 1);
}

fn a_client_is_sent_away() {
    let api = planted("close", json!({"code": 410, "identity": "nobody"}));
    let mut ada = Device::login(&api, "ada");
    assert_eq!(times(&api), 0);
    // At will: whoever is connected when the fault is planted.
    let close = json!([{"close": {"code": 308, "backoff": "2500ms"}}]);
    api.mock.accounts().first().plant(&serde_json::from_value::<Vec<Fault>>(close).unwrap());
    let close = ada.hears("close");
    assert_eq!(close.head["status"]["code"], 308);
    assert_eq!(close.payload, json!({"backoff_policy": {"reconnect_min_ms": 2500}}));
    ada.closed();
    assert_eq!(times(&api), 1);
}

fn a_token_ends_before_its_time() {
    let api = planted("expire_token", json!({"from": "10m"}));
    let mut ada = Device::login(&api, "ada");
    ada.sync("/Maps/ada.channels");
    assert_eq!(times(&api), 0);
    api.mock.accounts().first().advance(Duration::from_secs(600)).unwrap();
    let close = ada.hear();
    assert_eq!((close.kind(), &close.head["status"]["code"]), ("close", &410.into()), "{close:?}");
    ada.closed();
    assert_eq!(times(&api), 1);
}
