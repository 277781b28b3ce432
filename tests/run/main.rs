//! Whole runs from outside: a scenario in, a folder, a summary and an exit code out.

#![allow(clippy::expect_used, reason = "clippy knows tests by their attribute only, not their helpers")]

#[path = "../support/mod.rs"]
mod support;

mod chats;
mod clean_up;
mod disk;
mod exports;
mod freeze;
mod picture;
mod preflight;
mod proof;
mod relay;
mod reports;
mod scenarios;
mod secrets;
mod signals;
mod target_share;
mod thresholds;
mod validity;
