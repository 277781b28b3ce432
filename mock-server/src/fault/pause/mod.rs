//! Faults of time: the mock as a whole stops for a while.

pub(crate) mod freeze_mock;
