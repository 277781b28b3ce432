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

#[cfg(test)]
mod tests;
