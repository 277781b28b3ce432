//! Faults of opening a customer's channel.

pub(crate) mod duplicate_channel;
pub(crate) mod task_sid_repr;
