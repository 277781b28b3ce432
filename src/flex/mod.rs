//! The Flex client: where a target is and as whom it is called, its REST APIs, and the Chat SDK's socket.

pub mod budget;
pub mod cleanup;
pub mod guard;
pub mod post;
pub mod preflight;
pub mod resources;
pub mod rest;
pub mod run_id;
pub mod sdk;
pub mod socket;
pub mod target;

#[cfg(test)]
pub(crate) mod fake;
