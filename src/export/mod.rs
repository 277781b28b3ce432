//! Hands a run's metrics to other programs while it lasts: Prometheus asks for them, a collector of OpenTelemetry is
//! sent them.
//!
//! A thread of its own with what was merged once a second: neither who scrapes slowly nor a collector that does not
//! answer can hold up a worker or the run.

mod push;
mod serve;

use std::io;
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

use crate::flex::post::Post;
use crate::record::Live;
use crate::report::{About, Metrics, OtlpSpan};

pub use self::push::Pushed;

/// What a run tells of itself.
#[derive(Clone)]
pub struct Source {
    /// What it is about.
    pub about: Arc<About>,
    /// What was measured so far.
    pub live: watch::Receiver<Arc<Live>>,
}

/// Where it goes.
#[derive(Default)]
pub struct Doors {
    /// Where Prometheus asks: bound, and in nobody's way.
    pub metrics: Option<TcpListener>,
    /// Where the collector takes requests.
    pub otlp: Option<Post>,
}

/// Metrics on their way out. Dropping it ends them without a last push.
pub struct Export {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Pushed>,
    /// What the collector had against the first push, if anything.
    pub objection: Option<String>,
}

impl Export {
    /// Opens the doors. With a collector it returns when the first push has been answered or given up, so that one
    /// that refuses everything is known before the run.
    ///
    /// # Errors
    ///
    /// There is no thread or no event queue for it.
    pub fn start(doors: Doors, source: Source) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::sync_channel(1);
        let work = async move {
            if let Some(listener) = doors.metrics {
                // It ends with the runtime.
                tokio::spawn(serve::serve(tokio::net::TcpListener::from_std(listener)?, source.clone()));
            }
            match doors.otlp {
                Some(post) => Ok(push::push(post, source, tell, stopped).await),
                None => {
                    drop(tell);
                    // A sender that is gone means stop, too.
                    drop(stopped.await);
                    Ok(Pushed::default())
                }
            }
        };
        let run = move || runtime.block_on(work).unwrap_or_else(|error: io::Error| Pushed::never(&error));
        let thread = std::thread::Builder::new().name("export".to_owned()).spawn(run)?;
        let objection = told.recv().ok().flatten();
        Ok(Self { stop, thread, objection })
    }

    /// Sends the last values and closes the doors, in bounded time.
    pub fn end(self) -> Pushed {
        // Nobody there any more is as good as told.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_default()
    }
}

impl Source {
    fn metrics(&self) -> Metrics {
        // Not for longer than it takes to count one more reader: the run waits for this lock.
        let live = Arc::clone(&self.live.borrow());
        Metrics::live(&self.about, &live)
    }

    /// The text of a scrape.
    fn page(&self) -> Vec<u8> {
        let mut page = Vec::new();
        // Memory takes all that is written.
        let _ = self.metrics().write_prometheus(&mut page);
        page
    }

    /// The body of a push.
    fn request(&self) -> Vec<u8> {
        let since = Duration::from_millis(u64::try_from(self.about.started.millis()).unwrap_or(0));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(since);
        let mut body = Vec::new();
        let _ = self.metrics().write_otlp(OtlpSpan { start: since, now }, &mut body);
        body
    }
}

#[cfg(test)]
mod tests;
