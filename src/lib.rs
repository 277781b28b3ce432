//! flexload rehearses a Twilio Flex launch.
//!
//! The map of the house, in the direction the data flows:
//!
//! ```text
//! scenario ─▶ plan ─▶ engine ─▶ actor + step ─▶ flex ══ HTTP, WebSocket ══▶ Flex or mock-server
//! (words)    (pure)   (time)        │
//!                                   └─ Sample ─▶ record ─▶ verdict ─▶ report
//!                                                  └─(each second)─▶ export ══▶ Prometheus, OpenTelemetry
//! ```
//!
//! `wire` (a crate of its own) holds the words both ends share; `mock-server` is the other end.

pub mod actor;
pub mod cli;
pub mod engine;
pub mod export;
pub mod flex;
pub mod plan;
pub mod progress;
pub mod record;
pub mod report;
pub mod scenario;
pub mod seed;
pub mod step;
pub mod targets;
pub mod value;
pub mod verdict;
pub mod words;
