//! Who acts: the customer (a person with a device), the backend (the server behind the customer's chat page)
//! and the agent who answers.
//!
//! Three actors, three connections. The customer speaks the Chat SDK's own wire over a connection never
//! shared; the backend calls REST over a small pool; an agent serves several chats over one login.

pub mod agent;
pub mod backend;
mod chat;
mod context;
pub mod customer;
pub mod desk;
mod failure;
mod present;
mod said;
mod tally;

pub use context::{AgentSteps, Context, Waits};
pub use failure::Done;
pub use present::{Counted, Present, Stay};
pub use said::Said;
pub use tally::{Indexes, Tally};
