//! What a client sees of things that only a mock can do.

use crate::Probe;
use crate::api::{Api, request};
use crate::device::Device;

pub(crate) const PROBES: &[Probe] = &[
    ("mock.ready", whether_it_is_ready_can_be_asked_by_anybody),
    ("socket.reset", who_is_connected_when_the_account_begins_anew_is_sent_away),
    ("socket.user-deleted", a_deleted_users_device_is_told),
];

fn whether_it_is_ready_can_be_asked_by_anybody() {
    let api = Api::start();
    let reply = api.raw(&request("GET", "/_mock/ready", "", "")).is(200);
    assert_eq!(reply.body["ready"], true);
}

fn who_is_connected_when_the_account_begins_anew_is_sent_away() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    api.mock.accounts().first().reset();
    assert_eq!(ada.hears("close").head["status"]["code"], 308);
}

fn a_deleted_users_device_is_told() {
    let api = Api::start();
    let mut ada = Device::login(&api, "ada");
    api.delete(&api.service("/Users/ada")).is(204);
    assert_eq!(ada.hears("close").head["status"]["code"], 401);
}
