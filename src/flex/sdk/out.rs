//! Frames on their way out.

use std::ops::Range;

/// Frames to be sent, one after another in one buffer.
///
/// Acknowledgements come before requests: the SDK acknowledges a frame as it is read, but sends what the
/// frame made necessary a timer's tick later, so frames that arrive together are all acknowledged first.
#[derive(Debug, Default)]
pub struct Out {
    acks: Frames,
    requests: Frames,
}

/// Some frames in one buffer.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Frames {
    /// Appends the frame that `write` writes.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    fn pop(&mut self) {
        self.ends.pop();
        self.bytes.truncate(self.ends.last().copied().unwrap_or_default());
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.bytes.get(Range { start, end: *end }).unwrap_or_default())
    }

    fn clear(&mut self) {
        // One login's worth is kept for the next connection; more is an exception not worth its memory.
        self.bytes.clear();
        self.bytes.shrink_to(64 * 1024);
        self.ends.clear();
    }
}

impl Out {
    pub(super) fn ack(&mut self, id: &str) {
        self.acks.push(|bytes| wire::frame::ack(id, bytes));
    }

    pub(super) fn request(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.requests.push(write);
    }

    /// Takes the last request back.
    pub(super) fn retract(&mut self) {
        self.requests.pop();
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.acks.ends.is_empty() && self.requests.ends.is_empty()
    }

    /// The frames in the order they leave.
    pub fn frames(&self) -> impl Iterator<Item = &[u8]> {
        self.acks.iter().chain(self.requests.iter())
    }

    /// Forgets the frames.
    pub fn clear(&mut self) {
        self.acks.clear();
        self.requests.clear();
    }
}
