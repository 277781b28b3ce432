//! The REST API over plain HTTP: what Twilio documents, sentence by sentence.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails should say where")]

mod chat;
mod flex_channel;
mod flow;
mod host;
mod limit;
mod paging;
mod server;
mod settings;
#[allow(dead_code, reason = "the tests of the rules use more of it")]
#[path = "../support/api.rs"]
mod support;
