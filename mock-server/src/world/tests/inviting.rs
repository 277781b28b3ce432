//! Invites, as the invited hear of them.

use wire::channel::{NewChannel, Visibility};
use wire::invite::NewInvite;
use wire::member::NewMember;
use wire::sid::ChannelSid;

use super::super::object::Object;
use super::{Bench, code};

fn private(bench: &Bench) -> ChannelSid {
    let new = NewChannel { visibility: Some(Visibility::Private), ..NewChannel::default() };
    bench.world.create_channel(bench.service, new).unwrap().sid
}

fn invite(bench: &Bench, channel: ChannelSid, identity: &str) {
    let new = NewInvite { identity: identity.into(), role_sid: None };
    bench.world.create_invite(bench.service, &channel.text(), &new).unwrap();
}

#[test]
fn an_invite_is_heard_and_becomes_the_membership_or_goes() {
    let bench = Bench::new();
    let ada = bench.device("ada");
    ada.follow_self();
    let (taken, left) = (private(&bench), private(&bench));
    invite(&bench, taken, "ada");
    invite(&bench, left, "ada");
    let heard = ada.hears();
    assert_eq!(heard[0].1["events"][0]["item_data"]["status"], "invited");
    bench.world.add_member(bench.service, &taken.text(), NewMember::new("ada".into())).unwrap();
    let heard = ada.hears();
    assert_eq!(heard[0].1["event_type"], "map_item_updated");
    assert_eq!(heard[0].1["events"][0]["item_data"]["status"], "joined");
    let service = bench.world.find_service(bench.service).unwrap();
    let channel = |sid: ChannelSid| bench.world.find_channel(&service, &sid.text()).unwrap();
    let user = bench.world.find_user(&service, "ada").unwrap();
    bench.world.decline(&channel(left), &user).unwrap();
    assert_eq!(ada.hears()[0].1["event_type"], "map_item_removed");
    assert_eq!(code(bench.world.decline(&channel(left), &user)), (404, 20404));
    assert_eq!(code(bench.world.decline(&channel(taken), &user)), (400, 50602));
}

#[test]
fn the_invited_see_the_channel_but_not_what_is_in_it() {
    let bench = Bench::new();
    let ada = bench.device("ada");
    let channel = private(&bench);
    assert_eq!(code(ada.subscribe(Object::Document(channel), None)), (403, 54007));
    invite(&bench, channel, "ada");
    ada.subscribe(Object::Document(channel), None).unwrap();
    for hidden in [Object::Messages(channel), Object::Roster(channel)] {
        assert_eq!(code(ada.subscribe(hidden, None)), (403, 54007));
    }
}
