//! The terminal as indicatif draws on it, but with lines that end.
//!
//! indicatif fills each line with blanks up to the edge and lets the terminal wrap. Terminals that break lines anew when
//! their width changes then take all of it for one long line, and what was drawn before cannot be found again. Here a
//! line ends before the edge, so it only ever grows into a known number of rows.

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;

use crate::words;

/// How large a terminal is, in columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Size {
    /// Of the terminal behind stderr; the smallest usual one where it does not say.
    pub(super) fn of_stderr() -> Self {
        let (height, width) = console::Term::stderr().size_checked().unwrap_or((24, 80));
        Self { width: usize::from(width), height: usize::from(height) }
    }
}

/// A terminal that is drawn on: what one frame writes goes out at once.
pub(super) struct Screen {
    size: fn() -> Size,
    frame: Mutex<Frame>,
}

struct Frame {
    out: Box<dyn Write + Send>,
    /// What goes out with the next flush.
    text: String,
    /// The columns of each line that is on the screen.
    drawn: Vec<usize>,
    /// The same of the frame that is being written.
    drawing: Vec<usize>,
}

impl Screen {
    pub(super) fn new(size: fn() -> Size, out: Box<dyn Write + Send>) -> Self {
        let frame = Frame { out, text: String::new(), drawn: Vec::new(), drawing: Vec::new() };
        Self { size, frame: Mutex::new(frame) }
    }

    /// How to ask for its size.
    pub(super) fn measure(&self) -> fn() -> Size {
        self.size
    }

    fn frame(&self) -> MutexGuard<'_, Frame> {
        // A panic elsewhere leaves at worst half a frame.
        self.frame.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn escape(&self, n: usize, letter: char) -> io::Result<()> {
        if n > 0 {
            self.frame().text.push_str(&format!("\x1b[{n}{letter}"));
        }
        Ok(())
    }
}

impl Frame {
    /// The rows that what is drawn has more than lines, since the terminal became narrower.
    fn grown(&self, width: usize) -> usize {
        let rows = |columns: &usize| columns.max(&1).div_ceil(width.max(1));
        self.drawn.iter().map(rows).sum::<usize>().saturating_sub(self.drawn.len())
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Screen")
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        u16::try_from((self.size)().width).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        u16::try_from((self.size)().height).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        // The first thing a frame does, but for the very first, is to go back to where the last one began.
        let grown = {
            let mut frame = self.frame();
            let grown = frame.grown((self.size)().width);
            frame.drawn.clear();
            grown
        };
        self.escape(n + grown, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.escape(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.escape(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.escape(n, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(line)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let mut frame = self.frame();
        // Blanks alone fill a line up to the edge, and no line of ours is blank.
        if text.trim_start_matches(' ').is_empty() {
            return Ok(());
        }
        let next = if frame.drawing.is_empty() { "\r" } else { "\r\n" };
        frame.text.push_str(next);
        frame.text.push_str(text);
        frame.text.push_str("\x1b[K");
        let columns = words::columns(&console::strip_ansi_codes(text));
        frame.drawing.push(columns);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.frame().text.push_str("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut frame = self.frame();
        // What is below is left from a taller frame.
        frame.text.push_str("\x1b[J");
        frame.drawn = mem::take(&mut frame.drawing);
        let text = mem::take(&mut frame.text);
        frame.out.write_all(text.as_bytes())?;
        frame.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static WIDTH: AtomicUsize = AtomicUsize::new(80);

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Paper {
        fn take(&self) -> String {
            String::from_utf8(mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_narrower_terminal_broke_into_more_rows_is_gone_back_over() {
        let paper = Paper::default();
        let size = || Size { width: WIDTH.load(Ordering::Relaxed), height: 24 };
        let screen = Screen::new(size, Box::new(paper.clone()));
        // Sixty columns, twenty, and thirty coloured characters of two each; blanks as indicatif writes them.
        let lines = ["x".repeat(60), "y".repeat(20), format!("\x1b[31m{}\x1b[0m", "客".repeat(30))];
        let draw = || {
            for line in &lines {
                screen.write_str(line).unwrap();
                screen.write_str(&" ".repeat(20)).unwrap();
            }
            screen.flush().unwrap();
            paper.take()
        };
        assert_eq!(draw().matches("\r\n").count(), 2, "lines end, and none is blank");
        for (width, up) in [(80, 2), (40, 4), (25, 6), (200, 2)] {
            WIDTH.store(width, Ordering::Relaxed);
            screen.move_cursor_up(2).unwrap();
            let frame = draw();
            assert!(frame.starts_with(&format!("\x1b[{up}A")), "{width}: {frame:?}");
        }
    }
}
