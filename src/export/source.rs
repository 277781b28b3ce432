//! A run as it is told to others, at any moment.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::record::Live;
use crate::report::{About, Metrics, OtlpSpan};

/// What a run tells of itself.
#[derive(Clone)]
pub struct Source {
    /// What it is about.
    pub about: Arc<About>,
    /// What was measured so far.
    pub live: watch::Receiver<Arc<Live>>,
}

impl Source {
    fn metrics(&self) -> Metrics {
        // Not for longer than it takes to count one more reader: the run waits for this lock.
        let live = Arc::clone(&self.live.borrow());
        Metrics::live(&self.about, &live)
    }

    /// The text of a scrape.
    pub(super) fn page(&self) -> Vec<u8> {
        let mut page = Vec::new();
        // Memory takes all that is written.
        let _ = self.metrics().write_prometheus(&mut page);
        page
    }

    /// The body of a push.
    pub(super) fn request(&self) -> Vec<u8> {
        let since = Duration::from_millis(u64::try_from(self.about.started.millis()).unwrap_or(0));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(since);
        let mut body = Vec::new();
        let _ = self.metrics().write_otlp(OtlpSpan { start: since, now }, &mut body);
        body
    }
}
