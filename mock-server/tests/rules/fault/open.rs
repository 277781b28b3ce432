//! Faults of opening a channel.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::{planted, times};
use crate::Probe;

pub(crate) const PROBES: &[Probe] = &[
    ("fault.duplicate-channel", two_creates_make_two_channels),
    ("fault.task-sid-repr", a_task_sid_is_what_python_prints),
];

fn two_creates_make_two_channels() {
    let api = planted("duplicate_channel", json!({"within": "150ms"}));
    let (one, other) = (api.open("ada"), api.open("ada"));
    assert_ne!(one, other);
    assert_eq!(times(&api), 1);
    sleep(Duration::from_millis(200));
    assert_eq!((api.open("ada"), times(&api)), (other, 1));
}

fn a_task_sid_is_what_python_prints() {
    let api = planted("task_sid_repr", json!({"every": 2}));
    let flow = api.credentials().task_flow_sid.to_string();
    let task = api.post("/v1/Channels", &api.create(&flow, "ada")).is(201).text("task_sid");
    assert!(task.starts_with("WT"), "{task}");
    let task = api.post("/v1/Channels", &api.create(&flow, "bob")).is(201).text("task_sid");
    assert!(task.starts_with("{u'prefix': u'WT', u'"), "{task}");
    assert_eq!(times(&api), 1);
}
