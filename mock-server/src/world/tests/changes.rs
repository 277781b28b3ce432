//! What each change tells those who listen.

use bytes::Bytes;
use wire::channel::NewChannel;
use wire::channel::UpdateChannel;
use wire::credential::PushService;
use wire::member::{NewMember, UpdateMember};
use wire::message::{Order, UpdateMessage};
use wire::user::{NotificationLevel, UpdateUser, UpdateUserChannel};

use super::super::PageRequest;
use super::super::binding::NewBinding;
use super::*;

fn kinds(heard: &[(String, i64)]) -> Vec<&str> {
    heard.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[test]
fn a_message_is_an_item_and_then_a_document() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let ada = bench.device("ada");
    ada.follow(channel);
    bench.says(channel, "ada", "hello").unwrap();
    let heard = ada.hears();
    let types: Vec<&str> = heard.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(types, ["com.twilio.rtd.cds.list", "com.twilio.rtd.cds.document"]);
    let item = &heard[0].1["events"][0];
    assert_eq!(
        (&item["id"], &item["item_index"], &item["list_revision"]),
        (&0.into(), &0.into(), &"1".into())
    );
    assert_eq!(item["item_data"]["text"], "hello");
    let member = bench.world.member(bench.service, &channel.text(), "ada").unwrap();
    assert_eq!(item["item_data"]["memberSid"], member.sid.to_string());
    assert_eq!(heard[1].1["events"][0]["document_data"]["lastMessage"]["index"], 0);
}

#[test]
fn who_asked_in_version_3_is_told_in_version_3() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let (new, old) = (bench.device("ada"), bench.device("ada"));
    new.subscribe(Object::Messages(channel), None).unwrap();
    old.subscribe_as(Protocol::V3, Object::Messages(channel), None).unwrap();
    bench.says(channel, "ada", "hello").unwrap();
    let (new, old) = (new.hears(), old.hears());
    assert_eq!(new[0].1["event_protocol_version"], 4);
    assert_eq!(old[0].1["event_protocol_version"], 3);
    assert_eq!(new[0].1["events"][0], old[0].1["event"]);
}

#[test]
fn indexes_count_up_and_stay_when_a_message_goes() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let ada = bench.device("ada");
    ada.follow(channel);
    let sids: Vec<_> = (0..3).map(|n| bench.says(channel, "ada", &format!("{n}")).unwrap().sid).collect();
    ada.hears();
    let name = channel.text();
    bench.world.delete_message(bench.service, &name, sids[1]).unwrap();
    let change = UpdateMessage { body: Some("two".into()), ..UpdateMessage::default() };
    let edited = bench.world.update_message(bench.service, &name, sids[2], change).unwrap();
    assert_eq!(
        (edited.was_edited, edited.index, edited.last_updated_by.as_deref()),
        (true, 2, Some("system"))
    );
    assert_eq!(ada.hears_of(), [("list_item_removed".to_owned(), 3), ("list_item_updated".to_owned(), 4)]);
    assert_eq!(bench.says(channel, "ada", "3").unwrap().index, 3);
    let list = |order| bench.world.messages(bench.service, &name, order, PageRequest::first(2)).unwrap();
    let indexes = |page: &super::super::Page<Message>| page.items.iter().map(|m| m.index).collect::<Vec<_>>();
    assert_eq!(indexes(&list(Order::Ascending)), [0, 2]);
    let newest = list(Order::Descending);
    assert_eq!(indexes(&newest), [3, 2]);
    let rest = PageRequest { size: 2, after: newest.next };
    let rest = bench.world.messages(bench.service, &name, Order::Descending, rest).unwrap();
    assert_eq!((indexes(&rest), rest.next), (vec![0], None));
    assert_eq!(code(bench.world.message(bench.service, &name, sids[1])), (404, 20404));
}

#[test]
fn joining_and_leaving_is_heard_on_the_roster_and_by_the_user() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let (ada, agent) = (bench.device("ada"), bench.device("agent"));
    ada.follow(channel);
    agent.follow_self();
    bench.world.add_member(bench.service, &channel.text(), NewMember::new("agent".into())).unwrap();
    assert_eq!(kinds(&ada.hears_of()), ["map_item_added"]);
    let joined = agent.hears();
    assert_eq!(joined[0].1["events"][0]["item_key"], channel.to_string());
    assert_eq!(joined[0].1["events"][0]["item_data"]["status"], "joined");
    agent.follow(channel);
    bench.world.remove_member(bench.service, &channel.text(), "agent").unwrap();
    assert_eq!(kinds(&ada.hears_of()), ["map_item_removed"]);
    assert_eq!(kinds(&agent.hears_of()), ["map_item_removed", "map_item_removed"]);
    bench.says(channel, "ada", "still there?").unwrap();
    assert_eq!(agent.hears().len(), 0, "a former member must hear no more");
    assert_eq!(code(agent.subscribe(Object::Messages(channel), Some(-1))), (403, 54007));
}

#[test]
fn a_horizon_moves_on_the_roster_and_on_the_users_own_channels() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    for n in 0..3 {
        bench.says(channel, "agent", &format!("{n}")).unwrap();
    }
    let ada = bench.device("ada");
    ada.follow(channel);
    ada.follow_self();
    let name = channel.text();
    let read = UpdateUserChannel { last_consumed_message_index: Some(1), ..Default::default() };
    let mine = bench.world.update_user_channel(bench.service, "ada", &name, &read).unwrap();
    assert_eq!((mine.last_consumed_message_index, mine.unread_messages_count), (Some(1), Some(1)));
    let heard = ada.hears();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].1["events"][0]["map_unique_name"], format!("{channel}.roster"));
    assert_eq!(heard[0].1["events"][0]["item_data"]["lastConsumedMessageIndex"], 1);
    assert_eq!(heard[1].1["events"][0]["map_unique_name"], "ada.channels");
    assert_eq!(heard[1].1["events"][0]["item_revision"], "1");
    let by_member = UpdateMember { last_consumed_message_index: Some(2), ..UpdateMember::default() };
    bench.world.update_member(bench.service, &name, "ada", by_member).unwrap();
    assert_eq!(ada.hears().len(), 2);
    let mine = bench.world.user_channel(bench.service, "ada", &name).unwrap();
    assert_eq!(mine.unread_messages_count, Some(0));
    let muted =
        UpdateUserChannel { notification_level: Some(NotificationLevel::Muted), ..Default::default() };
    bench.world.update_user_channel(bench.service, "ada", &name, &muted).unwrap();
    assert_eq!(ada.hears()[0].1["events"][0]["item_data"]["notificationLevel"], "muted");
}

#[test]
fn a_changed_channel_is_a_changed_document() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let ada = bench.device("ada");
    ada.follow(channel);
    let change = UpdateChannel { attributes: Some(r#"{"status":"INACTIVE"}"#.into()), ..Default::default() };
    bench.world.update_channel(bench.service, &channel.text(), change).unwrap();
    let heard = ada.hears();
    assert_eq!(heard[0].1["event_type"], "document_updated");
    assert_eq!(heard[0].1["events"][0]["document_data"]["attributes"]["status"], "INACTIVE");
}

#[test]
fn a_deleted_channel_says_good_bye() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let ada = bench.device("ada");
    ada.follow(channel);
    ada.follow_self();
    bench.world.delete_flex_channel(channel).unwrap();
    assert_eq!(
        kinds(&ada.hears_of()),
        ["map_item_removed", "list_removed", "map_removed", "document_removed"]
    );
    assert_eq!(code(bench.world.channel(bench.service, &channel.text())), (404, 20404));
    assert_eq!(code(bench.world.flex_channel(channel)), (404, 20404));
    assert_eq!(bench.world.user(bench.service, "ada").unwrap().joined_channels_count, 0);
    assert_eq!(bench.open("ada").1, Opened::New);
    assert_eq!(bench.world.population().message_bytes, 0);
}

#[test]
fn what_is_remembered_of_the_deleted_takes_its_room_until_it_is_forgotten() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let name = channel.text();
    let held = || bench.world.population().message_bytes;
    let one = bench.says(channel, "ada", "0123456789").unwrap();
    let bare = held() - 10;
    bench.world.delete_message(bench.service, &name, one.sid).unwrap();
    assert_eq!(held(), bare, "that it was there can be told for a while");
    for _ in 0..100 {
        let next = bench.says(channel, "ada", "0123456789").unwrap();
        bench.world.delete_message(bench.service, &name, next.sid).unwrap();
    }
    assert_eq!(held(), 32 * bare);
    bench.world.delete_flex_channel(channel).unwrap();
    assert_eq!(held(), 0);
}

#[test]
fn an_event_of_a_broken_rule_is_not_sent_late_either() {
    let bench = Bench::new();
    let ada = bench.device("ada");
    let object = Object::Info(ada.connection.user.sid);
    let soon = tokio::time::Instant::now();
    ada.connection.push_at(soon, Bytes::new());
    ada.connection.push_behind(object, Bytes::new(), soon);
    assert!(!ada.connection.hold(object, Bytes::new(), soon));
    assert_eq!(ada.connection.pop(), Outgoing::Nothing(None));
}

#[test]
fn reachability_follows_the_first_and_the_last_device() {
    let bench = Bench::new();
    let watcher = bench.device("agent");
    let phone = bench.device("ada");
    watcher.subscribe(Object::Info(phone.connection.user.sid), None).unwrap();
    let tablet = bench.device("ada");
    phone.leave();
    assert_eq!(watcher.hears().len(), 0);
    assert_eq!(bench.world.user(bench.service, "ada").unwrap().is_online, Some(true));
    tablet.leave();
    let heard = watcher.hears();
    assert_eq!(heard[0].1["events"][0]["item_key"], "reachability");
    assert_eq!(
        heard[0].1["events"][0]["item_data"],
        serde_json::json!({"online": false, "notifiable": false})
    );
}

#[test]
fn a_changed_and_a_deleted_user_are_heard_of() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let agent = bench.device("agent");
    bench.world.add_member(bench.service, &channel.text(), NewMember::new("agent".into())).unwrap();
    agent.follow(channel);
    let ada = bench.world.user(bench.service, "ada").unwrap().sid;
    agent.subscribe(Object::Info(ada), None).unwrap();
    let change = UpdateUser { friendly_name: Some("Ada L.".into()), ..UpdateUser::default() };
    bench.world.update_user(bench.service, "ada", change).unwrap();
    assert_eq!(agent.hears()[0].1["events"][0]["item_data"]["value"], "Ada L.");
    bench.world.delete_user(bench.service, &ada.text()).unwrap();
    assert_eq!(kinds(&agent.hears_of()), ["map_item_removed", "map_removed"]);
    assert_eq!(code(bench.world.user(bench.service, "ada")), (404, 20404));
}

#[test]
fn who_is_deleted_gets_neither_a_session_list_nor_a_binding() {
    let bench = Bench::new();
    let ada = bench.device("ada");
    let user = &ada.connection.user;
    let context = || serde_json::value::to_raw_value("").unwrap();
    let list = bench.world.open_session_list(user, context()).unwrap();
    bench.world.delete_user(bench.service, "ada").unwrap();
    assert_eq!(code(bench.world.open_session_list(user, context())), (404, 20404));
    let endpoint = "phone".to_owned();
    let binding =
        NewBinding { kind: PushService::Fcm, endpoint, credential: None, message_types: Vec::new() };
    assert_eq!(code(bench.world.bind(user, binding)), (404, 20404));
    let list: Value = serde_json::from_slice(&list).unwrap();
    let list = Object::Session(list["sid"].as_str().unwrap().parse().unwrap());
    assert_eq!(code(bench.world.add_command(user, list, &serde_json::Map::new())), (404, 54150));
}

#[test]
fn typing_is_told_to_the_others_only() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    bench.world.add_member(bench.service, &channel.text(), NewMember::new("agent".into())).unwrap();
    let (ada, agent) = (bench.device("ada"), bench.device("agent"));
    let found = bench.world.channel_with(channel).unwrap();
    assert_eq!(bench.world.announce_typing(&found, &ada.connection.user), 5);
    let heard = agent.hears();
    assert_eq!(heard[0].0, "twilio.ipmsg.typing_indicator");
    let expected = serde_json::json!({"channel_sid": channel, "identity": "ada", "typing_timeout": 6});
    assert_eq!(heard[0].1, expected);
    assert_eq!(ada.hears().len(), 0);
}

#[test]
fn who_does_not_read_loses_the_connection_not_the_mock_its_memory() {
    let bench = Bench::with(Caps { outbox_bytes: 2_000, ..Caps::default() });
    let channel = bench.chat("ada");
    let ada = bench.device("ada");
    ada.follow(channel);
    for n in 0..5 {
        bench.says(channel, "ada", &format!("{n}")).unwrap();
    }
    assert!(ada.connection.is_overflown());
    assert_eq!(ada.connection.pop(), Outgoing::Overflown);
}

#[test]
fn what_is_made_in_a_service_while_it_is_deleted_does_not_stay() {
    let bench = Bench::new();
    let service = bench.world.find_service(bench.service).unwrap();
    bench.world.delete_service(bench.service).unwrap();
    let made = bench.world.make_channel(&service, NewChannel::default());
    assert_eq!(code(made.map(|channel| channel.sid)), (404, 20404));
    let user = bench.world.user_for(&service, &"ada".into(), None);
    assert_eq!(code(user.map(|user| user.sid)), (404, 20404));
    let population = bench.world.population();
    assert_eq!((population.channels, population.users), (0, 0));
}
