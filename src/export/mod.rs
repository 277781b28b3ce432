//! Hands a run's metrics to other programs while it lasts: Prometheus asks for them, a collector of OpenTelemetry is
//! sent them.
//!
//! A thread of its own with what was merged once a second: neither who scrapes slowly nor a collector that does not
//! answer can hold up a worker or the run.

mod push;
mod serve;
mod source;

use std::io;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::flex::post::Post;

pub use self::push::Pushed;
pub use self::source::Source;

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
    /// There is no thread or no event queue for it, or the listener cannot be waited on.
    pub fn start(doors: Doors, source: Source) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::sync_channel(1);
        let run = move || {
            work(doors, source, &tell, stopped).unwrap_or_else(|error| {
                // It is waited for below.
                let _ = tell.send(Err(error));
                Pushed::default()
            })
        };
        let thread = std::thread::Builder::new().name("export".to_owned()).spawn(run)?;
        let objection = told.recv().map_err(io::Error::other)??;
        Ok(Self { stop, thread, objection })
    }

    /// Sends the last values and closes the doors, in bounded time.
    pub fn end(self) -> Pushed {
        // Nobody there any more is as good as told.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_default()
    }
}

/// How it began: what the collector had against the first push, if anything, or why nothing can be told at all.
type Begun = io::Result<Option<String>>;

/// The thread's work until it is told to stop. The runtime is made and dropped here: within the run's own it must not be.
fn work(
    doors: Doors,
    source: Source,
    tell: &mpsc::SyncSender<Begun>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<Pushed> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        if let Some(listener) = doors.metrics {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            // It ends with the runtime.
            tokio::spawn(serve::serve(listener, source.clone()));
        }
        if let Some(post) = doors.otlp {
            return Ok(push::push(post, source, tell, stopped).await);
        }
        let _ = tell.send(Ok(None));
        // A sender that is gone means stop, too.
        drop(stopped.await);
        Ok(Pushed::default())
    })
}

#[cfg(test)]
mod tests;
