//! Opening a channel, and opening it again.

use wire::channel::UpdateChannel;
use wire::member::NewMember;
use wire::service::UpdateService;
use wire::sid::TaskSid;

use super::super::{Page, PageRequest};
use super::*;

fn attributes(bench: &Bench, channel: ChannelSid) -> Value {
    let view = bench.world.channel(bench.service, &channel.text()).unwrap();
    serde_json::from_str(&view.attributes.unwrap()).unwrap()
}

fn set_attributes(bench: &Bench, channel: ChannelSid, attributes: &str) {
    let change = UpdateChannel { attributes: Some(attributes.into()), ..UpdateChannel::default() };
    bench.world.update_channel(bench.service, &channel.text(), change).unwrap();
}

#[test]
fn opening_makes_a_user_a_private_channel_and_a_member() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    create.target = Some("ada-1".to_owned());
    create.pre_engagement_data = Some(r#"{"page": "/pricing"}"#.to_owned());
    let (flex, opened) = bench.world.open_flex_channel(create).unwrap();
    assert_eq!(opened, Opened::New);
    let chat = bench.world.channel(bench.service, &flex.sid.text()).unwrap();
    assert_eq!((chat.visibility.as_str(), chat.created_by.as_deref()), ("private", Some("system")));
    assert_eq!((chat.friendly_name.as_deref(), chat.members_count), (Some("Chat with Ada"), 1));
    let expected = serde_json::json!({
        "task_sid": flex.task_sid, "from": "ada-1", "channel_type": "custom", "status": "ACTIVE",
        "long_lived": false, "pre_engagement_data": {"page": "/pricing"},
    });
    assert_eq!(attributes(&bench, flex.sid), expected);
    let user = bench.world.user(bench.service, "ada").unwrap();
    assert_eq!((Some(user.sid), user.friendly_name.as_deref()), (flex.user_sid, Some("Ada")));
    let members = bench.world.members(bench.service, &flex.sid.text(), &[], PageRequest::first(9)).unwrap();
    assert_eq!(members.items[0].identity, "ada");
}

#[test]
fn a_repeat_gets_the_same_channel_while_it_is_active() {
    let bench = Bench::new();
    let (first, _) = bench.open("ada");
    assert_eq!(bench.open("ada"), (first.clone(), Opened::Existing));
    assert_ne!(bench.open("bob").0.sid, first.sid);
    let mut elsewhere = bench.create("ada");
    elsewhere.flex_flow_sid = bench.credentials.studio_flow_sid;
    assert_ne!(bench.world.open_flex_channel(elsewhere).unwrap().0.sid, first.sid);
}

#[test]
fn a_create_is_not_refused_because_somebody_deletes_the_channel() {
    let bench = Bench::new();
    let opens = || (0..2_000).map(|_| bench.open("ada").0.sid);
    std::thread::scope(|scope| {
        scope.spawn(|| opens().for_each(drop));
        scope.spawn(|| {
            for sid in opens() {
                // Nobody else deletes, so it is there.
                bench.world.delete_flex_channel(sid).unwrap();
            }
        });
    });
}

#[test]
fn the_target_decides_not_the_identity() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    create.target = Some("thread".to_owned());
    let (first, _) = bench.world.open_flex_channel(create.clone()).unwrap();
    create.identity = "bob".into();
    assert_eq!(bench.world.open_flex_channel(create).unwrap(), (first.clone(), Opened::Existing));
    assert_ne!(bench.open("ada").0.sid, first.sid);
}

#[test]
fn after_inactive_a_new_channel_is_made() {
    let bench = Bench::new();
    let (first, _) = bench.open("ada");
    set_attributes(&bench, first.sid, r#"{"status":"INACTIVE","long_lived":false}"#);
    let (second, opened) = bench.open("ada");
    assert_eq!(opened, Opened::New);
    assert_ne!(second.sid, first.sid);
    assert_eq!(second.user_sid, first.user_sid);
    set_attributes(&bench, second.sid, r#"{"status":"inactive"}"#);
    assert_ne!(bench.open("ada").0.sid, second.sid);
}

#[test]
fn a_long_lived_channel_outlives_inactive() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    create.long_lived = Some(true);
    let (first, _) = bench.world.open_flex_channel(create).unwrap();
    assert_eq!(attributes(&bench, first.sid)["long_lived"], true);
    set_attributes(&bench, first.sid, r#"{"status":"INACTIVE","long_lived":true}"#);
    let ada = bench.device("ada");
    ada.subscribe(Object::Document(first.sid), None).unwrap();
    let (again, opened) = bench.open("ada");
    assert_eq!((again.sid, opened), (first.sid, Opened::Reopened));
    assert!(again.task_sid.is_some() && again.task_sid != first.task_sid);
    let attributes = attributes(&bench, first.sid);
    assert_eq!((&attributes["status"], &attributes["long_lived"]), (&"ACTIVE".into(), &true.into()));
    assert_eq!(attributes["task_sid"], again.task_sid.unwrap().to_string());
    assert_eq!(ada.hears_of()[0].0, "document_updated");
    assert_eq!(bench.open("ada"), (again, Opened::Existing));
    set_attributes(&bench, first.sid, r#"{"status":"INACTIVE","long_lived":false}"#);
    assert_eq!(bench.open("ada").1, Opened::New);
}

#[test]
fn what_is_refused_leaves_no_user_and_what_is_empty_was_left_out() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    create.pre_engagement_data = Some("x".repeat(40_000));
    assert_eq!(code(bench.world.open_flex_channel(create)), (400, 50303));
    assert_eq!(bench.world.population().users, 0);
    let mut create = bench.create("ada");
    (create.target, create.chat_unique_name) = (Some(String::new()), Some(String::new()));
    let first = bench.world.open_flex_channel(create).unwrap().0.sid;
    assert_eq!(attributes(&bench, first)["from"], "Ada");
    assert_eq!(bench.world.channel(bench.service, &first.text()).unwrap().unique_name, None);
}

#[test]
fn a_unique_name_is_had_once() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    create.chat_unique_name = Some("ada-chat".to_owned());
    let (first, _) = bench.world.open_flex_channel(create.clone()).unwrap();
    assert_eq!(bench.world.channel(bench.service, "ada-chat").unwrap().sid, first.sid);
    create.identity = "bob".into();
    assert_eq!(code(bench.world.open_flex_channel(create.clone())), (409, 45208));
    assert_eq!(code(bench.public("ada-chat")), (409, 50307));
    set_attributes(&bench, first.sid, r#"{"status":"INACTIVE"}"#);
    let (second, opened) = bench.world.open_flex_channel(create.clone()).unwrap();
    assert_eq!(opened, Opened::New);
    assert_eq!(bench.world.channel(bench.service, "ada-chat").unwrap().sid, second.sid);
    assert_eq!(bench.world.channel(bench.service, &first.sid.text()).unwrap().unique_name, None);
    let first = second;
    bench.world.delete_flex_channel(first.sid).unwrap();
    assert_eq!(bench.world.open_flex_channel(create).unwrap().1, Opened::New);
}

#[test]
fn the_task_depends_on_the_flow() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    assert!(bench.world.open_flex_channel(create.clone()).unwrap().0.task_sid.is_some());
    for flow in [bench.credentials.studio_flow_sid, bench.credentials.external_flow_sid] {
        create.flex_flow_sid = flow;
        let (flex, _) = bench.world.open_flex_channel(create.clone()).unwrap();
        assert_eq!(flex.task_sid, None);
        assert_eq!(attributes(&bench, flex.sid).get("task_sid"), None);
    }
    let mut attached = bench.create("bob");
    attached.task_sid = Some(TaskSid::mock(1, 99));
    assert_eq!(bench.world.open_flex_channel(attached).unwrap().0.task_sid, Some(TaskSid::mock(1, 99)));
}

#[test]
fn two_creates_at_once_make_one_channel() {
    let bench = Bench::new();
    let sids: Vec<_> = std::thread::scope(|threads| {
        let all: Vec<_> = (0..8).map(|_| threads.spawn(|| bench.open("ada"))).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(sids.iter().all(|(flex, _)| flex.sid == sids[0].0.sid));
    assert_eq!(sids.iter().filter(|(_, opened)| *opened == Opened::New).count(), 1);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let bench = Bench::new();
    let mut create = bench.create("ada");
    create.flex_flow_sid = FlexFlowSid::mock(9, 999);
    assert_eq!(code(bench.world.open_flex_channel(create)), (404, 45205));
    assert_eq!(code(bench.world.open_flex_channel(bench.create("system"))), (400, 45211));
    bench
        .world
        .update_service(bench.service, UpdateService { user_channels: Some(1), ..Default::default() })
        .unwrap();
    let full = bench.chat("ada");
    set_attributes(&bench, full, r#"{"status":"INACTIVE"}"#);
    assert_eq!(code(bench.world.open_flex_channel(bench.create("ada"))), (403, 45207));
    // Nothing is left behind, and the refused create holds nothing up.
    assert_eq!(bench.world.flex_channels(PageRequest::first(9)).items.len(), 1);
    assert_eq!(bench.world.population().channels, 1);
}

#[test]
fn limits_and_caps_hold() {
    let bench = Bench::with(Caps { channels: 2, messages_per_channel: 2, ..Caps::default() });
    let channel = bench.chat("ada");
    bench.chat("bob");
    assert_eq!(code(bench.world.open_flex_channel(bench.create("cy"))), (503, 20503));
    bench.says(channel, "ada", "one").unwrap();
    bench.says(channel, "ada", "two").unwrap();
    assert_eq!(code(bench.says(channel, "ada", "three")), (503, 20503));
    let limit = UpdateService { channel_members: Some(2), ..Default::default() };
    bench.world.update_service(bench.service, limit).unwrap();
    let add = |who: &str| bench.world.add_member(bench.service, &channel.text(), NewMember::new(who.into()));
    assert_eq!(code(add("ada")), (409, 50404));
    add("agent").unwrap();
    assert_eq!(code(add("third")), (403, 50403));
}

#[test]
fn lists_come_in_pages() {
    let bench = Bench::new();
    for n in 0..7 {
        bench.chat(&format!("customer-{n}"));
    }
    let mut sids = Vec::new();
    let mut request = PageRequest::first(3);
    loop {
        let Page { items, next } = bench.world.flex_channels(request);
        sids.extend(items.into_iter().map(|flex| flex.sid));
        let Some(next) = next else { break };
        request.after = Some(next);
    }
    assert_eq!(sids.len(), 7);
    let private = Some(wire::channel::Visibility::Private);
    let channels = bench.world.channels(bench.service, private, PageRequest::first(100)).unwrap();
    assert_eq!(channels.items.iter().map(|channel| channel.sid).collect::<Vec<_>>(), sids);
}
