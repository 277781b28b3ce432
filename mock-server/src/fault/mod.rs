//! What the mock does wrong on purpose, so that whoever looks for mistakes can be tested.
//!
//! A fault is one file: what the configuration says, what it then does, and the rule that says what a client sees of
//! it. Which there are is listed in one place, `kind`; what they share (how often, where, for whom, when) is declared
//! in another, `select`; `plan` has them at work, exchangeable while the mock runs. The mock counts what it planted.
//!
//! | folder | what goes wrong | asked |
//! |---|---|---|
//! | `http` | an answer, over HTTP or in the tunnel | `Guard::request`, then `Struck` has its way with the answer |
//! | `pause` | time: all answers and pushes wait | before an answer is given out, before a socket is written to |
//! | `socket` | a login, a subscription, a connection | at the login, and by a timer of the session |
//! | `push` | one event on its way to one device | `Plan::delivery`, where events are published |
//! | `message` | what is stored, acknowledged and pushed of a message | `Faults::post`, with the channel locked |
//! | `open` | the opening of a customer's channel | where it is opened |
//!
//! Which there are and how each is written: the table of `scenarios/README.md`, every line of which is a test. To add
//! one: a file, a line in `kind`, a line in that table, and a probe of its rule under `tests/rules/fault/`.

pub(crate) mod aim;
mod draw;
pub(crate) mod http;
mod kind;
pub(crate) mod message;
pub(crate) mod open;
pub(crate) mod pause;
mod plan;
pub(crate) mod push;
pub(crate) mod select;
pub(crate) mod socket;
mod span;

pub use kind::Fault;
pub(crate) use kind::rules;
pub(crate) use plan::Faults;
pub use plan::{Plan, Planted};
pub use span::Span;

pub use crate::operation::Operation;
