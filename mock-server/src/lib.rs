//! A mock of what a custom chat on Twilio Flex talks to: the Flex Channels API, Programmable Chat's REST
//! API and the socket of the Chat SDK, all acting on one world.

pub mod account;
mod answer;
mod auth;
pub mod basis;
pub mod clock;
pub mod config;
pub mod control;
mod credentials;
mod duration;
pub mod fault;
pub mod guard;
mod host;
pub mod journal;
pub mod limit;
mod near;
mod operation;
mod patient;
mod ready;
mod route;
pub mod rules;
mod server;
mod shaped;
mod socket;
mod start;
mod suggest;
pub use world::state;
pub mod world;

pub use config::{Caps, Config, Credentials, Limits};
pub use ready::{ready, socket_url};
pub use server::{Counters, Mock, serve, url_of};
pub use start::{MockServer, StartError, listen};
