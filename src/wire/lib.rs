//! The words Twilio Flex, Programmable Chat and the Chat SDK use.
//!
//! Pure data: no I/O, no clock, no runtime. Both the harness and the mock server speak them, so neither
//! has to import the other.

pub mod aim;
pub mod binding;
pub mod channel;
pub mod credential;
pub mod error;
pub mod flex_channel;
pub mod flow;
pub mod form;
pub mod frame;
pub mod identity;
pub mod invite;
pub mod media;
pub mod member;
pub mod message;
pub mod page;
pub mod role;
pub mod secret;
pub mod service;
pub mod sid;
pub mod sync;
mod text;
pub mod time;
pub mod token;
pub mod user;
pub mod web_channel;
pub mod webhook;
mod word;
