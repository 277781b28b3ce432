//! Words to people, on stderr: coloured only on a terminal that wants it, and never able to fail what it
//! reports about.

use std::fmt;
use std::io::{self, IsTerminal, Write};

/// What a line is about; it decides the word in front and its colour.
#[derive(Clone, Copy)]
enum Tone {
    Error,
    Warning,
    Note,
}

impl Tone {
    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Error => "\x1b[1;31m",
            Self::Warning => "\x1b[1;33m",
            Self::Note => "\x1b[1;36m",
        }
    }
}

/// Something went wrong and the command ends with it.
pub fn error(what: impl fmt::Display) {
    line(Tone::Error, &what);
}

/// Something is likely not what was meant; the command goes on.
pub fn warning(what: impl fmt::Display) {
    line(Tone::Warning, &what);
}

/// Something worth knowing.
pub fn note(what: impl fmt::Display) {
    line(Tone::Note, &what);
}

/// A line as it is, without a word in front.
pub fn plain(what: impl fmt::Display) {
    // Nobody reading stderr is no reason to fail.
    let _ = writeln!(io::stderr().lock(), "{what}");
}

fn line(tone: Tone, what: &dyn fmt::Display) {
    let (on, off) = if colours(&io::stderr()) { (tone.colour(), "\x1b[0m") } else { ("", "") };
    let _ = writeln!(io::stderr().lock(), "{on}{}{off}: {what}", tone.word());
}

/// Whether colours may be written here: a terminal, and neither `NO_COLOR` (set and not empty, as
/// no-color.org has it) nor `TERM=dumb`.
pub fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && obedient()
}

/// Whether a terminal does what it is told, such as to move its cursor: all but `TERM=dumb` do.
pub fn obedient() -> bool {
    std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// The columns of the terminal on stdout; 80 where it is none.
pub fn width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns))
}

/// Writes a command's product to stdout. A reader that has gone away (`| head`) is not an error.
pub fn product(what: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{what}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
