//! The customer's device: what the Chat SDK 6.0.0 (`twilio-chat` with `twilsock` 0.12.2 and `twilio-sync`
//! 3.4.0) says on its socket, request by request, timer by timer.
//!
//! [`session`] is that SDK without a socket or a clock: frames and the time go in, frames and events come
//! out, so its habits are tested with made-up times. [`Sdk`] gives it a connection and is what a customer or
//! an agent holds: nothing runs by itself, whoever holds it calls [`Sdk::next`].
//!
//! Left out of it: media, which goes beside the socket, push registration, and the telemetry the service does not grant.

mod account;
mod backoff;
mod chance;
mod channel;
mod client;
mod command;
mod config;
mod connection;
mod decode;
mod error;
mod escape;
mod event;
mod login;
mod notify;
mod out;
mod outcome;
mod request;
pub mod session;
mod subscribe;
#[cfg(test)]
mod tests;
mod trace;
mod write;

pub use client::Sdk;
pub use config::{Direction, Login, SdkConfig, Trace};
pub use error::{Doing, ErrorKind, SdkError};
pub use event::{Answer, ConnectTimes, Event, History, Message, Reached, Ticket};
pub use out::Out;
