//! What a run is doing, while it does it: a live display on a terminal, else a line every ten seconds.
//!
//! Drawing has a thread of its own, because a stopped terminal (ctrl-s, a full pipe) blocks whoever writes to it, and
//! that must never be the run. It reads the newest state and owns nothing; nothing it fails at is told to anybody.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

/// How often the live display is drawn.
const FRAME: Duration = Duration::from_millis(200);

/// How often a line is printed where there is no live display.
const LINE: Duration = Duration::from_secs(10);

/// How long the end of a run waits for the last drawing: a stopped terminal is not waited for.
const PARTING: Duration = Duration::from_millis(300);

/// The state of a run, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// What is going on: `warm-up`, `steady`, `drain`, `clean-up`.
    pub phase: &'static str,
    /// Since the first arrival was due.
    pub elapsed: Duration,
    /// Until the load ends, when that is known.
    pub remaining: Option<Duration>,
    /// Arrivals a second, as planned for now.
    pub offered: f64,
    /// Arrivals a second, as started of late.
    pub achieved: f64,
    /// Chats that are open.
    pub open_chats: u64,
    /// Messages sent by customers.
    pub sent: u64,
    /// Of those, answered.
    pub replied: u64,
    /// Steps that failed.
    pub errors: u64,
    /// Agents in at least one chat.
    pub agents_busy: u64,
    /// All agents.
    pub agents: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}", self.phase, clock(self.elapsed))?;
        if let Some(remaining) = self.remaining {
            write!(f, " (-{})", clock(remaining))?;
        }
        write!(
            f,
            " | {:.1}/s of {:.1}/s | {} open | {} sent, {} replied | {} errors",
            self.achieved, self.offered, self.open_chats, self.sent, self.replied, self.errors
        )?;
        if self.agents > 0 {
            write!(f, " | {}/{} agents busy", self.agents_busy, self.agents)?;
        }
        Ok(())
    }
}

/// `1:05`, `1:02:05`.
fn clock(span: Duration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A display at work. Dropping it takes the live display off the screen.
pub struct Display {
    stop: mpsc::SyncSender<()>,
    gone: mpsc::Receiver<()>,
}

impl Display {
    /// Shows what the channel holds on stderr, until dropped or until the sender is.
    pub fn start(state: watch::Receiver<Progress>) -> Self {
        let live = io::stderr().is_terminal();
        Self::spawn(state, live, LINE, Box::new(io::stderr()))
    }

    fn spawn(
        state: watch::Receiver<Progress>,
        live: bool,
        every: Duration,
        out: Box<dyn Write + Send>,
    ) -> Self {
        let (stop, stopped) = mpsc::sync_channel(1);
        let (going, gone) = mpsc::sync_channel(1);
        // Without a thread there is no display, and the run goes on.
        let _ = thread::Builder::new().name("progress".to_owned()).spawn(move || {
            if live {
                draw(&state, &stopped)
            } else {
                print(&state, &stopped, every, out)
            }
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

fn draw(state: &watch::Receiver<Progress>, stopped: &mpsc::Receiver<()>) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    while goes_on(state, stopped, FRAME) {
        // Copied out: the lock of the channel is not held while a terminal is written to.
        let now = *state.borrow();
        bar.set_message(now.to_string());
        bar.tick();
    }
    bar.finish_and_clear();
}

fn print(
    state: &watch::Receiver<Progress>,
    stopped: &mpsc::Receiver<()>,
    every: Duration,
    mut out: Box<dyn Write + Send>,
) {
    while goes_on(state, stopped, every) {
        let now = *state.borrow();
        let _ = writeln!(out, "{now}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("the page").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A terminal that was stopped.
    struct Stuck;

    impl Write for Stuck {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            loop {
                thread::park();
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn busy() -> Progress {
        Progress {
            phase: "steady",
            elapsed: Duration::from_secs(65),
            remaining: Some(Duration::from_secs(3725)),
            offered: 8.0,
            achieved: 7.96,
            open_chats: 480,
            sent: 1200,
            replied: 1190,
            errors: 0,
            agents_busy: 70,
            agents: 80,
        }
    }

    #[test]
    fn a_line_tells_what_goes_on() {
        assert_eq!(
            busy().to_string(),
            "steady   1:05 (-1:02:05) | 8.0/s of 8.0/s | 480 open | 1200 sent, 1190 replied | 0 errors | 70/80 agents busy"
        );
        assert!(!Progress { agents: 0, ..busy() }.to_string().contains("agents"));
    }

    #[test]
    fn without_a_terminal_lines_are_printed_until_the_end() {
        let (sender, state) = watch::channel(busy());
        let page = Page::default();
        let display = Display::spawn(state, false, Duration::from_millis(5), Box::new(page.clone()));
        while page.0.lock().expect("the page").len() < 200 {
            thread::sleep(Duration::from_millis(1));
        }
        drop(display);
        let text = String::from_utf8(page.0.lock().expect("the page").clone()).expect("text");
        assert!(text.lines().count() >= 2 && text.lines().all(|line| line.starts_with("steady")), "{text}");
        drop(sender);
    }

    #[test]
    fn a_stopped_terminal_holds_nobody_up() {
        let (sender, state) = watch::channel(busy());
        let display = Display::spawn(state, false, Duration::from_millis(1), Box::new(Stuck));
        thread::sleep(Duration::from_millis(20));
        sender.send_replace(Progress::default());
        drop(display);
    }
}
