//! The control API, and what the mock's clients see of what it does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` in the call reads best")]

mod accounts;
#[allow(dead_code, reason = "the tests of the REST API and of the rules use more of it")]
#[path = "../support/api.rs"]
mod api;
mod clock;
#[allow(dead_code, reason = "the tests of the rules use more of it")]
#[path = "../support/device.rs"]
mod device;
mod door;
mod faults;
mod journal;
mod panel;
mod state;
mod verify;
