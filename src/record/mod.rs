//! What was measured: samples go in at the workers, merged histograms and counters come out.
//!
//! ```text
//! worker: Sample ─▶ Recorder ─(each second)─▶ Snapshot ─▶ Collector ─▶ intervals.hlog, seconds.ndjson
//!                  (no locks)                             (one)      ├▶ Totals ─▶ Summary
//!                                                                    └▶ Live, for who looks on
//! ```
//!
//! Percentiles are never averaged: histograms are added, and percentiles are read from the sum. Nothing
//! here knows a threshold or a report.

mod blocks;
mod buckets;
mod catalog;
mod collector;
mod counter;
mod distribution;
mod errors;
mod evidence;
mod failure;
mod funnel;
mod health;
mod hgrm;
mod histogram;
mod history;
mod interval;
mod interval_log;
mod kinds;
mod live;
mod peak;
mod phase;
mod process;
mod quantity;
mod recent;
mod recorder;
mod sample;
mod seconds;
mod snapshot;
mod summary;

pub use blocks::{BLOCKS, Block, Cut, Question, read_blocks};
pub use buckets::Buckets;
pub use catalog::{Catalog, PartId, PartName, StepId, StepName};
pub use collector::Collector;
pub use counter::{Counter, Counters};
pub use distribution::{Distribution, Observed, samples_needed};
pub use errors::{ErrorGroup, ErrorKey, Errors};
pub use evidence::Out;
pub use failure::{Failure, Kind};
pub use funnel::{Funnel, Milestone, Milestones, Passed};
pub use health::{Busiest, Health, Room, STALLED, Strain, Usage, WorkerHealth};
pub use hgrm::write_hgrm;
pub use histogram::Histogram;
#[cfg(test)]
pub(crate) use histogram::encoded;
pub use history::{Felt, History, Quantile, StepHistory, Stretch, Tail, spectrum, torn};
pub use interval::{Bound, Interval, woodruff};
pub(crate) use interval_log::plain;
pub use live::{Live, LiveStep};
pub use peak::{Peak, Sustained};
pub use phase::{Phase, Timeline};
pub use process::Process;
pub(crate) use process::name_and_cpu;
pub use quantity::{Measured, Quantity, Select};
pub use recorder::{Finished, Recorder};
pub use sample::{Outcome, Sample};
pub use seconds::Gauges;
pub use snapshot::{CutOff, Least, Snapshot};
pub use summary::{StepSummary, Summary};

#[cfg(test)]
mod tests;
