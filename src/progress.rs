//! What a run is doing, while it does it: a live display on a terminal, else a line every ten seconds.
//!
//! Drawing has a thread of its own, because a stopped terminal (ctrl-s, a full pipe) blocks whoever writes to it, and
//! that must never be the run. It reads the newest state and owns nothing; nothing it fails at is told to anybody.

mod lines;
mod screen;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use self::screen::{Screen, Size};
use crate::words;

/// How often the live display is drawn.
const FRAME: Duration = Duration::from_millis(200);

/// How often a line is printed where there is no live display.
const LINE: Duration = Duration::from_secs(10);

/// How often it is looked whether there is something to print at once.
const LOOK: Duration = Duration::from_millis(200);

/// How long the end of a run waits for the last drawing: a stopped terminal is not waited for.
const PARTING: Duration = Duration::from_millis(300);

/// The state of a run, for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// What is going on: `setup`, `warm-up`, `steady`, `drain`.
    pub phase: &'static str,
    /// Whether the run was asked to stop: what is going on then is its end.
    pub stopping: bool,
    /// Since the first arrival was due.
    pub elapsed: Duration,
    /// Until the load ends, when that is known.
    pub remaining: Option<Duration>,
    /// Arrivals a second that were due of late.
    pub offered: f64,
    /// Of those, started.
    pub achieved: f64,
    /// Chats that are open.
    pub open_chats: u64,
    /// Of those, waiting for an agent.
    pub waiting: u64,
    /// Messages sent, by customers and agents.
    pub sent: u64,
    /// Customers' messages that were answered.
    pub replied: u64,
    /// Steps that failed.
    pub errors: u64,
    /// What most of them failed of, and how many.
    pub commonest_error: Option<(String, u64)>,
    /// Agents in at least one chat.
    pub agents_busy: u64,
    /// All agents.
    pub agents: u64,
    /// What makes the run invalid so far; `None` while the generator keeps up.
    pub saturated: Option<String>,
    /// Customers who are at no step: they think, or wait for their beat.
    pub thinking: u64,
    /// The customers' steps, in the scenario's order.
    pub steps: Vec<StepProgress>,
}

/// One step of the customers.
#[derive(Clone, Debug, PartialEq)]
pub struct StepProgress {
    /// What it is called.
    pub name: Arc<str>,
    /// Customers that are at it.
    pub customers: u64,
    /// The median of its response time over the last seconds.
    pub p50: Lately,
    /// The same for 95 of 100.
    pub p95: Lately,
    /// How many failed in those seconds.
    pub failed: u64,
    /// What the scenario demands of its response time: `p95 < 800ms`.
    pub limit: Option<Arc<str>>,
}

/// A percentile of the last seconds, the worse the larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lately {
    /// Too few samples.
    #[default]
    Unknown,
    /// A time.
    Time(Duration),
    /// It falls among the failures.
    Failed,
}

impl fmt::Display for Lately {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.pad("-"),
            Self::Time(time) => f.pad(&words::time(time.as_secs_f64() * 1e3)),
            Self::Failed => f.pad("failed"),
        }
    }
}

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Lines that are drawn over and over.
    Live {
        /// Whether they may be coloured.
        colour: bool,
    },
    /// A line every ten seconds.
    Lines,
}

impl Show {
    /// What fits stderr: only a terminal that obeys is drawn on.
    pub fn on_stderr(colour: bool, obedient: bool) -> Self {
        if obedient && io::stderr().is_terminal() { Self::Live { colour } } else { Self::Lines }
    }
}

/// A display at work. Dropping it takes the live display off the screen.
pub struct Display {
    stop: mpsc::SyncSender<()>,
    gone: mpsc::Receiver<()>,
}

impl Display {
    /// Shows what the channel holds on stderr, until dropped or until the sender is.
    pub fn start(state: watch::Receiver<Progress>, show: Show) -> Self {
        Self::spawn(state, move |state, stopped| match show {
            Show::Live { colour } => {
                draw(state, stopped, colour, Screen::new(Size::of_stderr, Box::new(io::stderr())))
            }
            Show::Lines => print(state, stopped, LINE, Box::new(io::stderr())),
        })
    }

    fn spawn(
        state: watch::Receiver<Progress>,
        work: impl FnOnce(&watch::Receiver<Progress>, &mpsc::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::sync_channel(1);
        let (going, gone) = mpsc::sync_channel(1);
        // Without a thread there is no display, and the run goes on.
        let _ = thread::Builder::new().name("progress".to_owned()).spawn(move || {
            work(&state, &stopped);
            let _ = going.send(());
        });
        Self { stop, gone }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.stop.try_send(());
        let _ = self.gone.recv_timeout(PARTING);
    }
}

/// Whether the display goes on after waiting so long.
fn goes_on(state: &watch::Receiver<Progress>, stopped: &mpsc::Receiver<()>, wait: Duration) -> bool {
    matches!(stopped.recv_timeout(wait), Err(RecvTimeoutError::Timeout)) && state.has_changed().is_ok()
}

fn draw(state: &watch::Receiver<Progress>, stopped: &mpsc::Receiver<()>, colour: bool, screen: Screen) {
    let size = screen.measure();
    let target = ProgressDrawTarget::term_like(Box::new(screen));
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    while goes_on(state, stopped, FRAME) {
        // Copied out: the lock of the channel is not held while a terminal is written to.
        let now = state.borrow().clone();
        bar.set_message(lines::lines(&now, size(), colour).join("\n"));
    }
    bar.finish_and_clear();
}

fn print(
    state: &watch::Receiver<Progress>,
    stopped: &mpsc::Receiver<()>,
    every: Duration,
    mut out: Box<dyn Write + Send>,
) {
    let mut waited = Duration::ZERO;
    let mut stopping = false;
    let look = every.min(LOOK);
    while goes_on(state, stopped, look) {
        waited += look;
        let now = state.borrow().clone();
        // That it was heard is told at once.
        if waited >= every || now.stopping != stopping {
            let _ = writeln!(out, "{now}");
            waited = Duration::ZERO;
            stopping = now.stopping;
        }
    }
}
