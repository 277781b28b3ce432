//! What is written is compared with recordings: a chat of the SDK 6.0.0 between made-up people.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{data, *};
use crate::{
    sid::{AccountSid, ChatServiceSid, MemberSid, MessageSid, RoleSid},
    time::Timestamp,
};

const MY_CHANNELS: &str = r#"{"sid":"MP14a5e9b8462a4653889f0abc4480440a","unique_name":"session-2189.channels","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Maps/MP14a5e9b8462a4653889f0abc4480440a","revision":"1","last_event_id":0,"date_expires":null,"date_created":"2026-11-22T11:58:28.690Z","date_updated":"2026-11-22T11:58:28.691Z","created_by":"system","links":{"items":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Maps/MP14a5e9b8462a4653889f0abc4480440a/Items"},"type":"map"}"#;
const LIST: &str = r#"{"sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","unique_name":"CH97802c45da694888941aba89aa1692fc.messages","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Lists/ES7b0bf738f9914b8b8b6cc51e656113c5","revision":"0","last_event_id":-1,"date_expires":null,"date_created":"2026-11-22T11:58:28.691Z","date_updated":"2026-11-22T11:58:28.691Z","created_by":"system","links":{"items":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Lists/ES7b0bf738f9914b8b8b6cc51e656113c5/Items","context":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Lists/ES7b0bf738f9914b8b8b6cc51e656113c5/Context"},"type":"list"}"#;
const DOCUMENT: &str = r#"{"sid":"ET2b8815ed503b48beb3c341e1ef323a75","unique_name":"CH97802c45da694888941aba89aa1692fc.channel","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Documents/ET2b8815ed503b48beb3c341e1ef323a75","revision":"0","last_event_id":-1,"date_expires":null,"date_created":"2026-11-22T11:58:28.691Z","date_updated":"2026-11-22T11:58:28.691Z","created_by":"system","data":{"sid":"CH97802c45da694888941aba89aa1692fc","uniqueName":null,"friendlyName":"Chat","attributes":{"status":"ACTIVE","channel_type":"custom","long_lived":false,"pre_engagement_data":""},"type":"private","createdBy":"system","dateCreated":"2026-11-22T11:58:28.691Z","dateUpdated":"2026-11-22T11:58:28.691Z","roster":"CH97802c45da694888941aba89aa1692fc.roster","messages":"CH97802c45da694888941aba89aa1692fc.messages","state":{"current":"active","dateUpdated":"2026-11-22T11:58:28.691Z"},"lastMessage":null},"type":"document"}"#;
const ROSTER: &str = r#"{"items":[{"key":"MB92cec7238b1e44aa98e30e83c9dce34b","map_sid":"MPc487579307f24aa9a66da0177e670f50","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Maps/MPc487579307f24aa9a66da0177e670f50/Items/MB92cec7238b1e44aa98e30e83c9dce34b","revision":"0","last_event_id":0,"date_expires":null,"date_created":"2026-11-22T11:58:28.691Z","date_updated":"2026-11-22T11:58:28.691Z","created_by":"system","data":{"identity":"session-2189","userInfo":"MP0d34339e907f4344a82547e614c86100","roleSid":"RL00000000000000000000000000000002","dateCreated":"2026-11-22T11:58:28.691Z","dateUpdated":"2026-11-22T11:58:28.691Z","attributes":"{}","lastConsumedMessageIndex":null,"lastConsumptionTimestamp":null,"type":"chat"}}],"meta":{"page":0,"page_size":50,"next_token":null,"previous_token":null,"prev_token":null,"direct_token":false,"list_size":0,"key":"items"}}"#;
const EMPTY: &str = r#"{"items":[],"meta":{"page":0,"page_size":30,"next_token":null,"previous_token":null,"prev_token":null,"direct_token":false,"list_size":0,"key":"items"}}"#;
const MY_CHANNEL_ITEMS: &str = r#"{"items":[{"key":"CH97802c45da694888941aba89aa1692fc","map_sid":"MP14a5e9b8462a4653889f0abc4480440a","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Maps/MP14a5e9b8462a4653889f0abc4480440a/Items/CH97802c45da694888941aba89aa1692fc","revision":"0","last_event_id":0,"date_expires":null,"date_created":"2026-11-22T11:58:28.691Z","date_updated":"2026-11-22T11:58:28.691Z","created_by":"system","data":{"channel":"CH97802c45da694888941aba89aa1692fc.channel","channelSid":"CH97802c45da694888941aba89aa1692fc","type":"private","status":"joined","friendlyName":"Chat","uniqueName":null,"createdBy":"system","dateCreated":"2026-11-22T11:58:28.691Z","dateUpdated":"2026-11-22T11:58:28.691Z","messages":"CH97802c45da694888941aba89aa1692fc.messages","roster":"CH97802c45da694888941aba89aa1692fc.roster","lastConsumedMessageIndex":null,"notificationLevel":"default"}}],"meta":{"page":0,"page_size":50,"next_token":null,"previous_token":null,"prev_token":null,"direct_token":false,"list_size":0,"key":"items"}}"#;
const MESSAGES: &str = r#"{"items":[{"index":1,"list_sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Lists/ES7b0bf738f9914b8b8b6cc51e656113c5/Items/1","revision":"0","last_event_id":1,"date_expires":null,"date_created":"2026-11-22T11:58:31.598Z","date_updated":"2026-11-22T11:58:31.598Z","created_by":"agent-2189","data":{"sid":"IM74c9e0c8b78247538d26a8ff97d21253","author":"agent-2189","text":"hi, how can I help?","timestamp":"2026-11-22T11:58:31.598Z","dateUpdated":"2026-11-22T11:58:31.598Z","lastUpdatedBy":null,"attributes":"{}","type":"text","memberSid":"MBbb67bdac761b4478bdc8c7fe586eb187"}},{"index":0,"list_sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","account_sid":"AC00000000000000000000000000000001","service_sid":"IS00000000000000000000000000000001","url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Lists/ES7b0bf738f9914b8b8b6cc51e656113c5/Items/0","revision":"0","last_event_id":0,"date_expires":null,"date_created":"2026-11-22T11:58:30.182Z","date_updated":"2026-11-22T11:58:30.182Z","created_by":"session-2189","data":{"sid":"IM766850d6d7964729b568225ad166be64","author":"session-2189","text":"hello, I need help","timestamp":"2026-11-22T11:58:30.182Z","dateUpdated":"2026-11-22T11:58:30.182Z","lastUpdatedBy":null,"attributes":"{}","type":"text","memberSid":"MB92cec7238b1e44aa98e30e83c9dce34b"}}],"meta":{"page":0,"page_size":10,"next_token":null,"previous_token":null,"prev_token":null,"direct_token":false,"list_size":0,"key":"items"}}"#;
const SUBSCRIBE: &str = r#"{"event_protocol_version":4,"action":"establish","correlation_id":1795348708847,"retried_requests":0,"ttl_in_s":-1,"requests":[{"object_sid":"MP14a5e9b8462a4653889f0abc4480440a","object_type":"map","last_event_id":0},{"object_sid":"MP0d34339e907f4344a82547e614c86100","object_type":"map","last_event_id":3},{"object_sid":"ET2b8815ed503b48beb3c341e1ef323a75","object_type":"document","last_event_id":-1},{"object_sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","object_type":"list","last_event_id":-1},{"object_sid":"MPc487579307f24aa9a66da0177e670f50","object_type":"map","last_event_id":0}]}"#;
const ESTABLISHED: &str = r#"{"event_type":"subscription_established","correlation_id":1795348708847,"event_protocol_version":4,"events":[{"object_sid":"MP14a5e9b8462a4653889f0abc4480440a","object_type":"map","replay_status":"completed","last_event_id":0},{"object_sid":"MP0d34339e907f4344a82547e614c86100","object_type":"map","replay_status":"completed","last_event_id":3},{"object_sid":"ET2b8815ed503b48beb3c341e1ef323a75","object_type":"document","replay_status":"completed","last_event_id":-1},{"object_sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","object_type":"list","replay_status":"completed","last_event_id":-1},{"object_sid":"MPc487579307f24aa9a66da0177e670f50","object_type":"map","replay_status":"completed","last_event_id":0}]}"#;
const ADDED: &str = r#"{"event_type":"list_item_added","event_protocol_version":4,"events":[{"id":0,"date_created":"2026-11-22T11:58:30.182Z","list_sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","list_unique_name":"CH97802c45da694888941aba89aa1692fc.messages","list_revision":"1","item_index":0,"item_url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Lists/ES7b0bf738f9914b8b8b6cc51e656113c5/Items/0","item_revision":"0","item_data":{"sid":"IM766850d6d7964729b568225ad166be64","author":"session-2189","text":"hello, I need help","timestamp":"2026-11-22T11:58:30.182Z","dateUpdated":"2026-11-22T11:58:30.182Z","lastUpdatedBy":null,"attributes":"{}","type":"text","memberSid":"MB92cec7238b1e44aa98e30e83c9dce34b"},"date_expires":null}]}"#;
const UPDATED: &str = r#"{"event_type":"document_updated","event_protocol_version":4,"events":[{"id":0,"date_created":"2026-11-22T11:58:30.183Z","document_sid":"ET2b8815ed503b48beb3c341e1ef323a75","document_unique_name":"CH97802c45da694888941aba89aa1692fc.channel","document_revision":"1","document_data":{"sid":"CH97802c45da694888941aba89aa1692fc","uniqueName":null,"friendlyName":"Chat","attributes":{"status":"ACTIVE","channel_type":"custom","long_lived":false,"pre_engagement_data":""},"type":"private","createdBy":"system","dateCreated":"2026-11-22T11:58:28.691Z","dateUpdated":"2026-11-22T11:58:28.691Z","roster":"CH97802c45da694888941aba89aa1692fc.roster","messages":"CH97802c45da694888941aba89aa1692fc.messages","state":{"current":"active","dateUpdated":"2026-11-22T11:58:28.691Z"},"lastMessage":{"index":0,"timestamp":"2026-11-22T11:58:30.182Z"}},"date_expires":null}]}"#;
const MAP_UPDATED: &str = r#"{"event_type":"map_item_updated","event_protocol_version":4,"events":[{"id":2,"date_created":"2026-11-22T11:58:32.306Z","map_sid":"MPc487579307f24aa9a66da0177e670f50","map_unique_name":"CH97802c45da694888941aba89aa1692fc.roster","map_revision":"3","item_key":"MB92cec7238b1e44aa98e30e83c9dce34b","item_url":"https://cds.us1.twilio.com/v3/Services/IS00000000000000000000000000000001/Maps/MPc487579307f24aa9a66da0177e670f50/Items/MB92cec7238b1e44aa98e30e83c9dce34b","item_revision":"1","item_data":{"identity":"session-2189","userInfo":"MP0d34339e907f4344a82547e614c86100","roleSid":"RL00000000000000000000000000000002","dateCreated":"2026-11-22T11:58:28.691Z","dateUpdated":"2026-11-22T11:58:28.691Z","attributes":"{}","lastConsumedMessageIndex":1,"lastConsumptionTimestamp":"2026-11-22T11:58:32.306Z","type":"chat"},"date_expires":null}]}"#;

fn sid<T: FromStr<Err = SidError>>(text: &str) -> T {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn service() -> ChatServiceSid {
    sid("IS00000000000000000000000000000001")
}

fn messages() -> ListSid {
    sid("ES7b0bf738f9914b8b8b6cc51e656113c5")
}

fn roster() -> MapSid {
    sid("MPc487579307f24aa9a66da0177e670f50")
}

const OPENED: &str = "2026-11-22T11:58:28.691Z";

fn about(revision: u64, last_event_id: i64) -> About<'static> {
    About {
        account_sid: sid::<AccountSid>("AC00000000000000000000000000000001"),
        service_sid: service(),
        revision,
        last_event_id,
        date_created: at(OPENED),
        date_updated: at(OPENED),
        created_by: "system",
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn message() -> data::Message<'static> {
    data::Message {
        sid: sid::<MessageSid>("IM766850d6d7964729b568225ad166be64"),
        author: "session-2189".into(),
        text: Some("hello, I need help".into()),
        timestamp: Some(at("2026-11-22T11:58:30.182Z")),
        date_updated: Some(at("2026-11-22T11:58:30.182Z")),
        last_updated_by: None,
        attributes: "{}".into(),
        r#type: "text".into(),
        member_sid: Some(sid::<MemberSid>("MB92cec7238b1e44aa98e30e83c9dce34b")),
        media: None,
        medias: Vec::new(),
    }
}

fn member() -> data::Member<'static> {
    data::Member {
        identity: "session-2189".into(),
        user_info: Some("MP0d34339e907f4344a82547e614c86100".into()),
        role_sid: Some(sid::<RoleSid>("RL00000000000000000000000000000002")),
        date_created: Some(at(OPENED)),
        date_updated: Some(at(OPENED)),
        attributes: Some("{}".into()),
        last_consumed_message_index: None,
        last_consumption_timestamp: None,
        r#type: "chat".into(),
    }
}

#[test]
fn objects_are_written_as_recorded() {
    let sid = sid("MP14a5e9b8462a4653889f0abc4480440a");
    let created = About { date_created: at("2026-11-22T11:58:28.690Z"), ..about(1, 0) };
    let unique_name = "session-2189.channels";
    let map = Map::<()> { sid, unique_name, about: created, items: None };
    assert_eq!(json(&map), MY_CHANNELS);

    let unique_name = Some("CH97802c45da694888941aba89aa1692fc.messages");
    assert_eq!(json(&List { sid: messages(), unique_name, about: about(0, -1) }), LIST);

    let channel: Descriptor<'_> = serde_json::from_str(DOCUMENT).unwrap();
    let data: data::Channel<'_> = serde_json::from_str(channel.data.unwrap().get()).unwrap();
    let unique_name = &channel.unique_name.unwrap();
    let ObjectSid::Document(sid) = channel.sid else { panic!("{DOCUMENT}") };
    assert_eq!(json(&Document { sid, unique_name, about: about(0, -1), data: &data }), DOCUMENT);
}

#[test]
fn items_are_written_as_recorded() {
    let key = "MB92cec7238b1e44aa98e30e83c9dce34b";
    let items = [MapItem { map_sid: roster(), key, about: about(0, 0), data: &member() }];
    let meta = Meta { page_size: 50, key: Some("items"), ..Meta::default() };
    assert_eq!(json(&Page { items: &items, meta }), ROSTER);
    let map_sid = roster();
    let unique_name = "CH97802c45da694888941aba89aa1692fc.roster";
    let map = Map { sid: map_sid, unique_name, about: about(1, 0), items: Some(&items) };
    assert!(json(&map).ends_with(&format!(r#""type":"map","items":[{}]}}"#, json(&items[0]))));

    let none: [MapItem<'_, ()>; 0] = [];
    assert_eq!(json(&Page { items: &none, meta: Meta { page_size: 30, ..meta } }), EMPTY);

    let read: ItemPage<'_> = serde_json::from_str(MY_CHANNEL_ITEMS).unwrap();
    let data: data::MyChannel<'_> = serde_json::from_str(read.items[0].data.get()).unwrap();
    assert_eq!(json(&data), read.items[0].data.get());

    let read: ItemPage<'_> = serde_json::from_str(MESSAGES).unwrap();
    assert_eq!(read.items.iter().map(|item| item.index).collect::<Vec<_>>(), [Some(1), Some(0)]);
    assert_eq!(serde_json::from_str::<data::Message<'_>>(read.items[1].data.get()).unwrap(), message());
    let posted = at("2026-11-22T11:58:30.182Z");
    let about =
        About { created_by: "session-2189", date_created: posted, date_updated: posted, ..about(0, 0) };
    let item = ListItem { list_sid: messages(), index: 0, about, data: &message() };
    assert!(MESSAGES.contains(&json(&item)), "{}", json(&item));
}

#[test]
fn subscriptions_are_written_as_recorded() {
    let asked: Subscriptions = serde_json::from_str(SUBSCRIBE).unwrap();
    assert_eq!(json(&asked), SUBSCRIBE);
    let outcomes: Vec<_> = asked
        .requests
        .iter()
        .map(|request| Outcome::Established {
            object_sid: request.object_sid,
            replay_status: ReplayStatus::Completed,
            last_event_id: request.last_event_id.unwrap(),
        })
        .collect();
    let told = answer(asked.event_protocol_version, asked.correlation_id, &outcomes);
    assert_eq!(told, [ESTABLISHED.as_bytes()]);
    assert_eq!(
        json(&Accepted::RECORDED),
        r#"{"estimated_delivery_in_ms":10000,"max_batch_size":1000,"ttl_in_s":86400}"#
    );

    let notice = Notice::read(ESTABLISHED.as_bytes()).unwrap();
    assert_eq!(notice.event_type, EventType::SubscriptionEstablished);
    assert_eq!(notice.correlation_id, Some(asked.correlation_id));
    let known: Vec<_> = notice.events().map(|event| (event.object_sid, event.last_event_id)).collect();
    assert_eq!(known, asked.requests.iter().map(|r| (r.object_sid, r.last_event_id)).collect::<Vec<_>>());
}

#[test]
fn version_3_tells_of_one_object_at_a_time() {
    let (list, map) = (ObjectSid::from(messages()), ObjectSid::from(roster()));
    let error = Problem { status: 404, code: 54100, message: "not found".into() };
    let outcomes = [
        Outcome::Established { object_sid: list, replay_status: ReplayStatus::Interrupted, last_event_id: 7 },
        Outcome::Failed { object_sid: map, error: error.clone() },
        Outcome::Canceled { object_sid: map },
    ];
    for protocol in [Protocol::V3, Protocol::V4] {
        let told = answer(protocol, 5, &outcomes);
        let notices: Vec<_> = told.iter().map(|payload| Notice::read(payload).unwrap()).collect();
        let types: Vec<_> = notices.iter().map(|notice| notice.event_type).collect();
        use EventType::{SubscriptionCanceled, SubscriptionEstablished, SubscriptionFailed};
        assert_eq!(types, [SubscriptionEstablished, SubscriptionFailed, SubscriptionCanceled]);
        assert_eq!(notices[0].events().next().unwrap().replay_status, Some(ReplayStatus::Interrupted));
        assert_eq!(notices[1].events().next().unwrap().error, Some(error.clone()));
        let field = if protocol == Protocol::V3 { "\"event\":{" } else { "\"events\":[" };
        assert!(told.iter().all(|payload| str::from_utf8(payload).unwrap().contains(field)));
    }
}

#[test]
fn a_cancel_names_no_event() {
    let cancel = Subscriptions {
        event_protocol_version: Protocol::V3,
        action: Action::Cancel,
        correlation_id: 1,
        retried_requests: 0,
        ttl_in_s: -1,
        reason: None,
        requests: vec![Subscription { object_sid: messages().into(), last_event_id: None }],
    };
    let written = json(&cancel);
    assert!(written.ends_with(
        r#""requests":[{"object_sid":"ES7b0bf738f9914b8b8b6cc51e656113c5","object_type":"list"}]}"#
    ));
    assert_eq!(serde_json::from_str::<Subscriptions>(&written).unwrap(), cancel);
}

fn added(data: &data::Message<'static>) -> Event<'static, RawValue> {
    let data = Box::leak(RawValue::from_string(json(data)).unwrap());
    Event {
        id: 0,
        date_created: at("2026-11-22T11:58:30.182Z"),
        service_sid: service(),
        object: messages().into(),
        unique_name: Some("CH97802c45da694888941aba89aa1692fc.messages"),
        revision: 1,
        change: Change::ItemAdded { key: Key::Index(0), revision: 0, data },
    }
}

#[test]
fn events_are_written_as_recorded() {
    let event = added(&message());
    let live = Notification { protocol: Protocol::V4, correlation_id: None, event };
    assert_eq!(json(&live), ADDED);

    let notice = Notice::read(UPDATED.as_bytes()).unwrap();
    let seen = notice.events().next().unwrap();
    let updated = Event {
        id: seen.id.unwrap(),
        date_created: seen.date_created.unwrap(),
        service_sid: service(),
        object: seen.object_sid,
        unique_name: Some("CH97802c45da694888941aba89aa1692fc.channel"),
        revision: 1,
        change: Change::Updated { data: seen.data.unwrap() },
    };
    let live = Notification { protocol: Protocol::V4, correlation_id: None, event: updated };
    assert_eq!(json(&live), UPDATED);

    let notice = Notice::read(MAP_UPDATED.as_bytes()).unwrap();
    let seen = notice.events().next().unwrap();
    let horizon = at("2026-11-22T11:58:32.306Z");
    let data = data::Member {
        last_consumed_message_index: Some(1),
        last_consumption_timestamp: Some(horizon),
        ..member()
    };
    let updated = Event {
        id: 2,
        date_created: horizon,
        service_sid: service(),
        object: roster().into(),
        unique_name: Some("CH97802c45da694888941aba89aa1692fc.roster"),
        revision: 3,
        change: Change::ItemUpdated {
            key: Key::Name(seen.item_key.as_deref().unwrap()),
            revision: 1,
            data: &data,
        },
    };
    let live = Notification { protocol: Protocol::V4, correlation_id: None, event: updated };
    assert_eq!(json(&live), MAP_UPDATED);
}

#[test]
fn both_versions_of_an_event_are_read_alike() {
    for (protocol, correlation_id) in [(Protocol::V3, None), (Protocol::V4, Some(9))] {
        let written = json(&Notification { protocol, correlation_id, event: added(&message()) });
        let notice = Notice::read(written.as_bytes()).unwrap();
        assert_eq!((notice.event_type, notice.correlation_id), (EventType::ListItemAdded, correlation_id));
        let all: Vec<_> = notice.events().collect();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].object_sid, all[0].item_index), (messages().into(), Some(0)));
        assert_eq!(serde_json::from_str::<data::Message<'_>>(all[0].data.unwrap().get()).unwrap(), message());
    }
}

#[test]
fn removals_say_what_was_there() {
    let event = added(&message());
    let Change::ItemAdded { key, data, .. } = event.change else { panic!("{event:?}") };
    let removed = Event { change: Change::ItemRemoved { key, data }, ..event };
    assert_eq!(removed.event_type(), EventType::ListItemRemoved);
    assert!(json(&removed).contains(r#""list_revision":"1","item_index":0,"item_data":{"sid""#));
    let gone = Event { change: Change::Removed, object: roster().into(), ..event };
    assert_eq!(gone.event_type(), EventType::MapRemoved);
    assert!(json(&gone).ends_with(r#""map_revision":"1"}"#));
}

#[test]
fn an_unknown_event_is_other() {
    let notice = Notice::read(br#"{"event_type":"stream_message_published","events":[]}"#).unwrap();
    assert_eq!(notice.event_type, EventType::Other);
    assert_eq!(notice.events().count(), 0);
}

#[test]
fn texts_without_escapes_are_borrowed() {
    use std::borrow::Cow;
    let read: ItemPage<'_> = serde_json::from_str(MESSAGES).unwrap();
    let message: data::Message<'_> = serde_json::from_str(read.items[0].data.get()).unwrap();
    assert!(matches!((&message.author, &message.text), (Cow::Borrowed(_), Some(Cow::Borrowed(_)))));
}

proptest! {
    #[test]
    fn every_message_comes_back(bytes: [u8; 16], author: String, text: String, millis in 0..4_000_000_000_000_i64) {
        let sent = data::Message {
            sid: MessageSid::from_bytes(bytes),
            author: author.into(),
            text: Some(text.into()),
            timestamp: Some(Timestamp::from_millis(millis)),
            ..message()
        };
        let written = json(&Notification { protocol: Protocol::V4, correlation_id: None, event: added(&sent) });
        let notice = Notice::read(written.as_bytes()).unwrap();
        let data = notice.events().next().unwrap().data.unwrap();
        prop_assert_eq!(serde_json::from_str::<data::Message<'_>>(data.get()).unwrap(), sent);
    }

    #[test]
    fn every_name_comes_back(identity in "\\PC{0,20}", bytes: [u8; 16]) {
        let channel = ChannelSid::from_bytes(bytes);
        for name in [
            Name::MyChannels(&identity),
            Name::UserInfo(UserSid::from_bytes(bytes)),
            Name::Channel(channel),
            Name::Messages(channel),
            Name::Roster(channel),
        ] {
            let text = name.to_string();
            prop_assert_eq!(Name::parse(&text), Some(name));
        }
    }

    #[test]
    fn every_object_sid_comes_back(bytes: [u8; 16], kind in 0..3) {
        let sid: ObjectSid = match kind {
            0 => DocumentSid::from_bytes(bytes).into(),
            1 => ListSid::from_bytes(bytes).into(),
            _ => MapSid::from_bytes(bytes).into(),
        };
        prop_assert_eq!(sid.to_string().parse::<ObjectSid>().unwrap(), sid);
        prop_assert_eq!(serde_json::from_str::<ObjectSid>(&json(&sid)).unwrap(), sid);
    }

    #[test]
    fn no_payload_breaks_the_reader(payload: Vec<u8>) {
        let _ = Notice::read(&payload);
    }
}
