//! What ends flexload from outside: ctrl-c, SIGTERM, SIGHUP.
//!
//! The first asks for a graceful end (report written, resources listed); the second ends the process at once.

use std::io;
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::watch;

use super::exit::Exit;

/// Which signal asked for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// SIGINT: ctrl-c.
    Interrupt,
    /// SIGTERM, or SIGHUP: the terminal or the supervisor is going away.
    Terminate,
}

impl Asked {
    /// How a run that was ended this way exits.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// Told once the process was asked to end. Cheap to clone; may be awaited on any runtime and thread.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<Asked>>);

impl Stop {
    /// Who asked, if anybody has.
    pub fn asked(&self) -> Option<Asked> {
        *self.0.borrow()
    }

    /// Waits until somebody asks.
    pub async fn wait(&mut self) -> Asked {
        loop {
            if let Some(asked) = *self.0.borrow_and_update() {
                return asked;
            }
            if self.0.changed().await.is_err() {
                // Nobody listens for signals any more, so nobody will ever ask.
                std::future::pending::<()>().await;
            }
        }
    }

    /// A stop that is asked for by hand.
    pub fn by_hand() -> (watch::Sender<Option<Asked>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }
}

/// Starts listening, on a thread of its own: a busy worker must not be able to delay a second ctrl-c.
///
/// SIGXFSZ is caught and dropped as well, so that a file limit (`ulimit -f`) shows up as a failed write, which is
/// reported, and not as a dead process.
///
/// # Errors
///
/// When the thread, its runtime or a signal handler cannot be set up.
pub fn listen() -> io::Result<Stop> {
    let (sender, stop) = Stop::by_hand();
    let (ready, is_ready) = std::sync::mpsc::sync_channel(1);
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let runtime = match runtime::Builder::new_current_thread().enable_io().build() {
            Ok(runtime) => runtime,
            Err(error) => return ready.send(Err(error)).unwrap_or_default(),
        };
        runtime.block_on(async move {
            match Handlers::install() {
                Ok(handlers) => {
                    let _ = ready.send(Ok(()));
                    handlers.serve(&sender).await;
                }
                Err(error) => ready.send(Err(error)).unwrap_or_default(),
            }
        });
    })?;
    is_ready.recv().map_err(|_| io::Error::other("the thread for signals ended"))??;
    Ok(stop)
}

struct Handlers {
    interrupt: Stream,
    terminate: Stream,
    hangup: Stream,
    file_too_large: Stream,
}

impl Handlers {
    fn install() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            file_too_large: signal(SignalKind::from_raw(libc::SIGXFSZ))?,
        })
    }

    async fn serve(mut self, stop: &watch::Sender<Option<Asked>>) {
        let mut first = true;
        loop {
            let asked = tokio::select! {
                _ = self.interrupt.recv() => Asked::Interrupt,
                _ = self.terminate.recv() => Asked::Terminate,
                _ = self.hangup.recv() => Asked::Terminate,
                _ = self.file_too_large.recv() => continue,
            };
            if !first {
                end_at_once(asked);
            }
            first = false;
            stop.send_replace(Some(asked));
        }
    }
}

/// Only `main` may end the process otherwise. Here it cannot be asked to: the second signal means that
/// whoever sent it does not want to wait for it.
#[allow(clippy::exit)]
fn end_at_once(asked: Asked) -> ! {
    std::process::exit(i32::from(asked.exit().code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_who_asked() {
        let (sender, mut stop) = Stop::by_hand();
        assert_eq!(stop.asked(), None);
        let mut other = stop.clone();
        sender.send_replace(Some(Asked::Terminate));
        assert_eq!(stop.wait().await, Asked::Terminate);
        assert_eq!(other.wait().await, Asked::Terminate, "a stop asked for earlier is not missed");
        assert_eq!(stop.asked().map(Asked::exit), Some(Exit::Terminated));
    }
}
