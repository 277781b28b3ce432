//! A mock of what a custom chat on Twilio Flex talks to: the Flex Channels API, Programmable Chat's REST
//! API and the socket of the Chat SDK, all acting on one world.

pub mod basis;
pub mod clock;
pub mod config;
pub mod fault;
pub mod guard;
pub mod limit;
pub mod world;
