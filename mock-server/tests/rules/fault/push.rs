//! Faults of pushes.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::{Chat, heard, times, told};
use crate::Probe;

pub(crate) const PROBES: &[Probe] = &[
    ("fault.duplicate-push", a_push_comes_twice),
    ("fault.reorder-push", a_push_comes_after_its_successor),
    ("fault.drop-push", a_push_never_comes),
    ("fault.delay-push", a_push_comes_late),
    ("fault.corrupt-push", a_push_says_something_else),
];

fn a_push_comes_twice() {
    let mut chat = Chat::with("duplicate_push", json!({"identity": "bob", "every": 2}));
    for text in ["one", "two", "three"] {
        chat.says("ada", text);
    }
    let right = told(&[(0, "one"), (1, "two"), (2, "three")]);
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(0, "one"), (1, "two"), (1, "two"), (2, "three")]));
    assert_eq!(heard(&mut chat.ada, "ada"), right);
    assert_eq!((chat.history(), times(&chat.api)), (right, 1));
}

fn a_push_comes_after_its_successor() {
    let mut chat =
        Chat::with("reorder_push", json!({"identity": "b*", "after": 1, "every": 3, "within": "200ms"}));
    for text in ["0", "1", "2", "3", "4", "5", "6"] {
        chat.says("ada", text);
    }
    // The fourth after the first waits for the fifth; the seventh for one that does not come.
    let indexes: Vec<u64> = heard(&mut chat.bob, "bob").iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, [0, 1, 2, 4, 3, 5]);
    sleep(Duration::from_millis(250));
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(6, "6")]));
    assert_eq!((heard(&mut chat.ada, "ada").len(), times(&chat.api)), (7, 1));
}

fn a_push_never_comes() {
    let mut chat = Chat::with("drop_push", json!({"identity": "bob", "every": 2}));
    for text in ["one", "two", "three"] {
        chat.says("ada", text);
    }
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(0, "one"), (2, "three")]));
    assert_eq!(heard(&mut chat.ada, "ada").len(), 3);
    assert_eq!((chat.history().len(), times(&chat.api)), (3, 1));
}

fn a_push_comes_late() {
    let mut chat = Chat::with("delay_push", json!({"identity": "bob", "first": 1, "by": "250ms"}));
    chat.says("ada", "one");
    chat.says("ada", "two");
    assert_eq!(heard(&mut chat.bob, "bob"), []);
    assert_eq!(heard(&mut chat.ada, "ada").len(), 2);
    sleep(Duration::from_millis(300));
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(0, "one"), (1, "two")]));
    assert_eq!(times(&chat.api), 1);
}

fn a_push_says_something_else() {
    let mut chat = Chat::with("corrupt_push", json!({"identity": "bob"}));
    chat.says("ada", "one");
    assert_eq!(heard(&mut chat.bob, "bob"), told(&[(0, "xne")]));
    let right = told(&[(0, "one")]);
    assert_eq!((heard(&mut chat.ada, "ada"), chat.history()), (right.clone(), right));
    assert_eq!(times(&chat.api), 1);
}
