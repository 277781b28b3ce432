//! What ends flexload from outside: ctrl-c, SIGTERM, SIGHUP.
//!
//! The first asks for a graceful end (report written, resources listed). One that comes right after it is the same
//! request; a later one ends the process at once.

use std::io::{self, IsTerminal};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

use super::exit::Exit;
use super::say;

/// How long further signals are the same request: a ctrl-c pressed twice, or one that both the terminal and a
/// supervisor pass on.
const SAME: Duration = Duration::from_secs(1);

/// How long an end at once waits until its words are written: a stopped terminal is not waited for.
const PARTING: Duration = Duration::from_millis(200);

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

/// Where the report is of what the command does: what an end at once would lose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// The command writes none.
    #[default]
    Never,
    /// It is still to come.
    NotYet,
    /// It is there.
    Yes,
}

impl Written {
    /// What is said when a signal asks for the end.
    const fn stopping(self) -> Option<&'static str> {
        match self {
            Self::Never => None,
            Self::NotYet => Some(
                "asked to end: stopping, then writing the report; asked again after a second, it ends without one",
            ),
            Self::Yes => Some("asked to end: stopping; the report is written"),
        }
    }

    /// What is said when a further signal ends the process.
    const fn at_once(self) -> &'static str {
        match self {
            Self::Never => "asked again: ended at once",
            Self::NotYet => "asked again: ended at once; no report was written",
            Self::Yes => "asked again: ended at once; the report was written",
        }
    }
}

/// Told once the process was asked to end. Cheap to clone; may be awaited on any runtime and thread.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: watch::Receiver<Option<Asked>>,
    written: watch::Sender<Written>,
}

impl Stop {
    /// Who asked, if anybody has.
    pub fn asked(&self) -> Option<Asked> {
        *self.asked.borrow()
    }

    /// Waits until somebody asks.
    pub async fn wait(&mut self) -> Asked {
        loop {
            if let Some(asked) = *self.asked.borrow_and_update() {
                return asked;
            }
            if self.asked.changed().await.is_err() {
                // Nobody listens for signals any more, so nobody will ever ask.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Says where the report is, for whoever ends the process at once.
    pub fn report_is(&self, written: Written) {
        self.written.send_replace(written);
    }

    /// A stop that is asked for by hand.
    pub fn by_hand() -> (watch::Sender<Option<Asked>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self { asked: receiver, written: watch::Sender::default() })
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
    let written = stop.written.clone();
    let (ready, is_ready) = mpsc::sync_channel(1);
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let runtime = match runtime::Builder::new_current_thread().enable_io().build() {
            Ok(runtime) => runtime,
            Err(error) => return ready.send(Err(error)).unwrap_or_default(),
        };
        runtime.block_on(async move {
            match Handlers::install() {
                Ok(handlers) => {
                    let _ = ready.send(Ok(()));
                    handlers.serve(&sender, &written).await;
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

    async fn serve(mut self, stop: &watch::Sender<Option<Asked>>, written: &watch::Sender<Written>) {
        let mut first = None;
        loop {
            let asked = tokio::select! {
                _ = self.interrupt.recv() => Asked::Interrupt,
                _ = self.terminate.recv() => Asked::Terminate,
                _ = self.hangup.recv() => Asked::Terminate,
                _ = self.file_too_large.recv() => continue,
            };
            match Heard::after(first.map(|at: Instant| at.elapsed())) {
                Heard::First => {
                    first = Some(Instant::now());
                    stop.send_replace(Some(asked));
                    let words = written.borrow().stopping();
                    if let Some(words) = words.filter(|_| !is_drawn_on()) {
                        said(move || say::note(words));
                    }
                }
                Heard::Same => {}
                Heard::Again => {
                    let written = *written.borrow();
                    end_at_once(asked, written);
                }
            }
        }
    }
}

/// What a signal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    First,
    /// It asks for what was asked for already.
    Same,
    /// Whoever sent it does not want to wait.
    Again,
}

impl Heard {
    fn after(since_first: Option<Duration>) -> Self {
        match since_first {
            None => Self::First,
            Some(since) if since < SAME => Self::Same,
            Some(_) => Self::Again,
        }
    }
}

/// Whether the run is drawn there, which tells that it stops; a line between would tear the picture.
fn is_drawn_on() -> bool {
    io::stderr().is_terminal() && say::obedient()
}

/// Says something on a thread of its own, which is done when the receiver hears of it: who reads stderr must not be
/// able to hold up a signal.
fn said(words: impl FnOnce() + Send + 'static) -> mpsc::Receiver<()> {
    let (done, is_done) = mpsc::sync_channel(1);
    // Without a thread nothing is said, and the signal still does what it is for.
    let _ = thread::Builder::new().name("parting".to_owned()).spawn(move || {
        words();
        let _ = done.send(());
    });
    is_done
}

/// Only `main` may end the process otherwise. Here it cannot be asked to: the second signal means that
/// whoever sent it does not want to wait for it.
#[allow(clippy::exit)]
fn end_at_once(asked: Asked, written: Written) -> ! {
    let _ = said(move || say::warning(written.at_once())).recv_timeout(PARTING);
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

    #[test]
    fn a_signal_right_after_the_first_is_the_same_request_and_a_later_one_is_not() {
        let table = [
            (None, Heard::First),
            (Some(0), Heard::Same),
            (Some(999), Heard::Same),
            (Some(1_000), Heard::Again),
            (Some(60_000), Heard::Again),
        ];
        for (ms, heard) in table {
            assert_eq!(Heard::after(ms.map(Duration::from_millis)), heard, "{ms:?}");
        }
    }
}
