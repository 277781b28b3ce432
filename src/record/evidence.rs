//! Files of evidence: a full disk must not stop a run, and must not go unnoticed.

use std::io::{self, Write};

/// Where evidence goes.
pub type Out = Box<dyn Write + Send>;

/// One file that is written all through the run.
///
/// Its first error ends the writing, not the run: what follows would be torn lines. The error is kept for the
/// verdict, which becomes `incomplete`.
pub(super) struct Evidence {
    name: &'static str,
    out: Option<Out>,
    trouble: Option<String>,
}

impl Evidence {
    pub(super) fn new(name: &'static str, out: Out) -> Self {
        Self { name, out: Some(out), trouble: None }
    }

    /// Writes, unless writing has failed before.
    pub(super) fn write(&mut self, with: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let Some(out) = self.out.as_mut() else { return };
        if let Err(error) = with(out.as_mut()) {
            self.trouble = Some(format!("{}: {error}", self.name));
            // A buffered writer would try to write its rest again, and block or fail again, when dropped; that
            // failure is the one we have just kept.
            self.out = None;
        }
    }

    /// Makes sure what was written is out, so that a run that is killed leaves what it measured so far.
    pub(super) fn flush(&mut self) {
        self.write(|out| out.flush());
    }

    /// What went wrong, if anything.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}
