//! Arrivals as they were recorded.

use std::time::Duration;

/// Recorded offsets, ascending.
#[derive(Debug, Clone)]
pub(super) struct Replay<'a> {
    offsets: std::iter::Copied<std::slice::Iter<'a, Duration>>,
}

impl<'a> Replay<'a> {
    /// These, as they are.
    pub(super) fn new(offsets: &'a [Duration]) -> Replay<'a> {
        Replay { offsets: offsets.iter().copied() }
    }
}

impl Iterator for Replay<'_> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.offsets.next()
    }
}
