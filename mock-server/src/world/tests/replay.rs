//! What somebody hears who was away.

use wire::member::NewMember;
use wire::message::UpdateMessage;
use wire::sync::ReplayStatus;

use super::super::items::ItemQuery;
use super::*;

#[test]
fn who_was_away_hears_what_was_missed_in_order() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let first = bench.says(channel, "ada", "first").unwrap();
    bench.says(channel, "ada", "second").unwrap();
    let change = UpdateMessage { body: Some("edited".into()), ..UpdateMessage::default() };
    bench.world.update_message(bench.service, &channel.text(), first.sid, change).unwrap();
    let ada = bench.device("ada");
    let established = ada.subscribe(Object::Messages(channel), Some(0)).unwrap();
    assert_eq!(established, Established { status: ReplayStatus::Completed, last_event_id: 2 });
    let heard = ada.hears();
    let told: Vec<_> = heard
        .iter()
        .map(|(kind, payload)| {
            (kind.as_str(), payload["event_type"].as_str().unwrap(), &payload["correlation_id"])
        })
        .collect();
    let five = Value::from(5);
    assert_eq!(
        told,
        [("twilio.sync.event", "list_item_added", &five), ("twilio.sync.event", "list_item_updated", &five)]
    );
    assert_eq!(heard[1].1["events"][0]["item_data"]["text"], "edited");
    assert_eq!((&heard[0].1["events"][0]["id"], &heard[1].1["events"][0]["id"]), (&1.into(), &2.into()));
    bench.says(channel, "ada", "third").unwrap();
    assert_eq!(ada.hears_of(), [("list_item_added".to_owned(), 3)]);
}

#[test]
fn who_missed_nothing_or_reads_for_themselves_hears_nothing() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    bench.says(channel, "ada", "first").unwrap();
    let ada = bench.device("ada");
    ada.subscribe(Object::Messages(channel), Some(0)).unwrap();
    ada.subscribe(Object::Document(channel), None).unwrap();
    // From another life of the mock: ahead of all that happened in this one.
    ada.subscribe(Object::Roster(channel), Some(900)).unwrap();
    assert_eq!(ada.hears().len(), 0);
}

#[test]
fn a_long_absence_is_replayed_in_parts() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    for n in 0..1_100 {
        bench.says(channel, "ada", &format!("{n}")).unwrap();
    }
    let ada = bench.device("ada");
    let (mut seen, mut ids, mut parts) = (-1, Vec::new(), 0);
    loop {
        let established = ada.subscribe(Object::Messages(channel), Some(seen)).unwrap();
        ids.extend(ada.hears_of().into_iter().map(|(_, id)| id));
        seen = established.last_event_id;
        parts += 1;
        if established.status == ReplayStatus::Completed {
            break;
        }
        // Not yet subscribed: a live event now would make the client believe it had all before it.
        bench.says(channel, "ada", "meanwhile").unwrap();
        assert_eq!(ada.hears().len(), 0);
    }
    assert_eq!(parts, 3);
    assert_eq!(ids, (0..1_102).collect::<Vec<_>>());
}

#[test]
fn channels_joined_and_left_meanwhile_are_told() {
    let bench = Bench::new();
    let (stays, goes) = (bench.chat("ada"), bench.chat("bob"));
    let agent = bench.device("agent");
    let mine = Object::Channels(agent.connection.user.sid);
    for channel in [stays, goes] {
        bench.world.add_member(bench.service, &channel.text(), NewMember::new("agent".into())).unwrap();
    }
    bench.world.remove_member(bench.service, &goes.text(), "agent").unwrap();
    agent.subscribe(mine, Some(1)).unwrap();
    assert_eq!(agent.hears_of(), [("map_item_removed".to_owned(), 2)]);
    agent.subscribe(mine, Some(-1)).unwrap();
    assert_eq!(agent.hears_of(), [("map_item_added".to_owned(), 0)]);
}

#[test]
fn the_login_at_hand_is_replayed_as_reachability() {
    let bench = Bench::new();
    bench.chat("ada");
    let ada = bench.device("ada");
    ada.subscribe(Object::Info(ada.connection.user.sid), Some(2)).unwrap();
    let heard = ada.hears();
    assert_eq!(heard[0].1["event_type"], "map_item_updated");
    assert_eq!(heard[0].1["events"][0]["item_key"], "reachability");
    assert_eq!(heard[0].1["events"][0]["id"], 3);
}

#[test]
fn what_is_not_yours_cannot_be_heard() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    let bob = bench.device("bob");
    let ada = bench.world.user(bench.service, "ada").unwrap().sid;
    assert_eq!(code(bob.subscribe(Object::Messages(channel), None)), (403, 54007));
    assert_eq!(code(bob.subscribe(Object::Channels(ada), None)), (403, 54007));
    assert!(bob.subscribe(Object::Info(ada), None).is_ok());
    assert_eq!(code(bob.subscribe(Object::Messages(ChannelSid::mock(9, 9_999)), None)), (404, 54150));
    let room = bench.public("lobby").unwrap().sid;
    assert!(bob.subscribe(Object::Messages(room), None).is_ok());
    bob.bench.world.unsubscribe(&bob.connection, Object::Messages(room));
    bench.says(room, "ada", "anybody?").unwrap();
    assert_eq!(bob.hears().len(), 0);
}

/// A text that is six times as large in JSON: 192 KB of what a body may hold.
fn bulky() -> String {
    "\u{1}".repeat(32 * 1024)
}

#[test]
fn a_replay_of_large_messages_leaves_the_line_alone() {
    let bench = Bench::new();
    let channels: Vec<_> = ["ada", "bob"].map(|identity| bench.chat(identity)).into();
    for channel in &channels {
        bench.world.add_member(bench.service, &channel.text(), NewMember::new("agent".into())).unwrap();
        for _ in 0..30 {
            bench.says(*channel, "ada", &bulky()).unwrap();
        }
    }
    let agent = bench.device("agent");
    let (mut seen, mut heard, mut parts) = ([-1; 2], 0, 0);
    let mut done = [false; 2];
    while done != [true; 2] {
        parts += 1;
        assert!(parts < 40, "it gets nowhere: {seen:?}");
        for (nth, channel) in channels.iter().enumerate() {
            let established = agent.subscribe(Object::Messages(*channel), Some(seen[nth])).unwrap();
            seen[nth] = established.last_event_id;
            done[nth] = established.status == ReplayStatus::Completed;
        }
        assert!(agent.connection.waiting() < 2 << 20);
        heard += agent.hears().len();
    }
    assert!(!agent.connection.is_overflown());
    assert_eq!((heard, seen), (60, [29; 2]));
}

#[test]
fn pages_of_large_messages_end_early_and_join_to_the_whole() {
    let bench = Bench::new();
    let channel = bench.chat("ada");
    for _ in 0..30 {
        bench.says(channel, "ada", &bulky()).unwrap();
    }
    let ada = bench.device("ada");
    for descending in [false, true] {
        let mut query = ItemQuery { page_size: Some(100), descending, ..ItemQuery::default() };
        let mut indexes = Vec::new();
        loop {
            let page = bench.world.items(&ada.connection.user, Object::Messages(channel), &query).unwrap();
            assert!(page.len() < 2 << 20, "{}", page.len());
            let page: Value = serde_json::from_slice(&page).unwrap();
            let items = page["items"].as_array().unwrap();
            indexes.extend(items.iter().map(|item| item["index"].as_u64().unwrap()));
            let Some(next) = page["meta"]["next_token"].as_str() else { break };
            query = ItemQuery::of_token(next).unwrap();
        }
        if descending {
            indexes.reverse();
        }
        assert_eq!(indexes, (0..30).collect::<Vec<_>>());
    }
}

#[test]
fn one_frame_is_never_too_large_but_two_are() {
    let bench = Bench::with(Caps { outbox_bytes: 10, ..Caps::default() });
    bench.chat("ada");
    let ada = bench.device("ada");
    ada.connection.push(vec![0; 100].into());
    assert!(!ada.connection.is_overflown());
    ada.connection.push(vec![0; 100].into());
    assert!(ada.connection.is_overflown());
}
