//! The control API, and what the mock's clients see of what it does.

#[path = "../rest/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the REST API, which use all of it")]
mod support;

mod accounts;
mod clock;
mod device;
mod door;
mod faults;
mod journal;
mod panel;
mod verify;
