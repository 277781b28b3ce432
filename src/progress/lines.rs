//! From the state of a run to lines that fit a terminal: a pure function.

use std::fmt;

use super::screen::Size;
use super::{Lately, Progress, StepProgress};
use crate::words;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Between two phrases of a line.
const GAP: usize = 3;
/// Where phrases go on, when they need a second line.
const INDENT: usize = 2;
/// The most rows a table of steps has, so that what is above it stays in sight.
const STEPS_MAX: usize = 16;
/// The columns of a name, where there is room.
const NAME_MAX: usize = 32;
/// The most steps whose times stand in a line of a log.
const TOLD_MAX: usize = 3;

/// The lines of a live display, none of them as wide as the terminal, and fewer of them than it has rows.
pub(super) fn lines(now: &Progress, size: Size, colour: bool) -> Vec<String> {
    // The last column stays free: a character there makes some terminals wrap.
    let width = size.width.saturating_sub(1).max(1);
    let height = size.height.saturating_sub(1).max(1);
    let mut page = Page { width, colour, lines: Vec::new() };
    page.phrases(&head(now));
    page.phrases(&people(now));
    page.phrases(&messages(now));
    if let Some(why) = &now.saturated {
        page.phrases(&[Phrase::coloured(RED, why)]);
    }
    page.steps(now, height);
    page.lines.truncate(height);
    page.lines
}

/// A few words that stay together on a line.
struct Phrase {
    text: String,
    colour: &'static str,
}

impl Phrase {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: "" }
    }

    fn coloured(colour: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), colour }
    }
}

fn head(now: &Progress) -> Vec<Phrase> {
    if now.stopping {
        return vec![
            Phrase::coloured(BOLD, "stopping"),
            Phrase::new(words::clock(now.elapsed.as_secs_f64())),
            Phrase::new("once more ends it at once"),
        ];
    }
    let mut phrases =
        vec![Phrase::coloured(BOLD, now.phase), Phrase::new(words::clock(now.elapsed.as_secs_f64()))];
    phrases
        .extend(now.remaining.map(|left| Phrase::new(format!("{} left", words::clock(left.as_secs_f64())))));
    phrases.push(match &now.saturated {
        None => Phrase::coloured(GREEN, "generator ok"),
        Some(_) => Phrase::coloured(RED, "generator SATURATED"),
    });
    phrases
}

fn people(now: &Progress) -> Vec<Phrase> {
    let mut phrases = vec![
        Phrase::new(format!("{:.1}/s of {:.1}/s", now.achieved, now.offered)),
        Phrase::new(format!("{} chats open", now.open_chats)),
    ];
    if now.agents > 0 {
        phrases.push(Phrase::new(format!("{} of {} agents busy", now.agents_busy, now.agents)));
    }
    if now.waiting > 0 {
        phrases.push(Phrase::coloured(YELLOW, format!("{} waiting for one", now.waiting)));
    }
    phrases
}

fn messages(now: &Progress) -> Vec<Phrase> {
    let mut phrases = vec![
        Phrase::new(format!("{} messages", words::count(now.sent))),
        Phrase::new(format!("{} answered", words::count(now.replied))),
    ];
    phrases.push(match now.errors {
        0 => Phrase::coloured(GREEN, "no errors"),
        errors => Phrase::coloured(RED, error_words(errors, now.commonest_error.as_ref())),
    });
    phrases
}

/// `14 errors: 12 status 429 (20429)`
fn error_words(errors: u64, commonest: Option<&(String, u64)>) -> String {
    let plural = if errors == 1 { "" } else { "s" };
    match commonest {
        Some((kind, count)) if *count == errors => format!("{} error{plural}: {kind}", words::count(errors)),
        Some((kind, count)) => {
            format!("{} error{plural}: {} {kind}", words::count(errors), words::count(*count))
        }
        None => format!("{} error{plural}", words::count(errors)),
    }
}

struct Page {
    width: usize,
    colour: bool,
    lines: Vec<String>,
}

impl Page {
    /// Phrases beside each other, on as many lines as they need.
    fn phrases(&mut self, phrases: &[Phrase]) {
        let mut line = String::new();
        let mut used = 0;
        for phrase in phrases {
            let wide = words::columns(&phrase.text);
            if used > 0 && used + GAP + wide > self.width {
                self.lines.push(std::mem::take(&mut line));
                used = 0;
            }
            let first = self.lines.is_empty() && used == 0;
            let before = match used {
                0 if first => 0,
                0 => INDENT.min(self.width / 8),
                _ => GAP,
            };
            let text = words::cut(&phrase.text, self.width.saturating_sub(used + before));
            line.push_str(&" ".repeat(before));
            used += before + words::columns(&text);
            line.push_str(&self.painted(phrase.colour, &text));
        }
        self.lines.push(line);
    }

    /// Who is at which step and how long it takes them.
    fn steps(&mut self, now: &Progress, height: usize) {
        let room = height.saturating_sub(self.lines.len() + 1).min(STEPS_MAX);
        let Some(table) = Table::within(self.width, &now.steps) else { return };
        if room < 3 || now.steps.is_empty() {
            return;
        }
        let limit = if now.steps.iter().any(|step| step.limit.is_some()) { "limit" } else { "" };
        let head = table.row("lately", "now", "p50", "p95", "err", limit);
        let head = self.painted(DIM, &head);
        self.lines.push(head);
        // Thinking has a row, too, and so has the number of steps that are left out.
        let thinking = now.thinking > 0;
        let shown = shown(&now.steps, room - usize::from(thinking));
        for step in &shown {
            let row = table.step(step);
            let colour = if step.failed > 0 { RED } else { "" };
            let row = self.painted(colour, &row);
            self.lines.push(row);
        }
        if thinking {
            self.lines.push(table.row("thinking", &words::count(now.thinking), "", "", "", ""));
        }
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.colour && !colour.is_empty() { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    }
}

/// The steps there is room for: all of them, else those at which something happens.
fn shown(steps: &[StepProgress], room: usize) -> Vec<&StepProgress> {
    let idle = |step: &StepProgress| step.customers == 0 && step.failed == 0 && step.p50 == Lately::Unknown;
    let leave_idle = steps.len() > room;
    steps.iter().filter(|step| !(leave_idle && idle(step))).take(room).collect()
}

/// The columns of the steps' table, which are fewer on a narrow terminal.
struct Table {
    name: usize,
    median: bool,
    limit: usize,
}

impl Table {
    /// Columns of `now`, `p50`, `p95`, `err`.
    const FIGURES: [usize; 4] = [6, 7, 7, 6];

    fn within(width: usize, steps: &[StepProgress]) -> Option<Self> {
        let longest = steps.iter().map(|step| words::columns(&step.name)).max().unwrap_or(0);
        let wanted = longest.clamp("thinking".len(), NAME_MAX);
        let [now, p50, p95, failed] = Self::FIGURES;
        let figures = INDENT + now + p95 + failed;
        let median = width >= figures + p50 + wanted.min(11);
        let figures = figures + if median { p50 } else { 0 };
        let name = wanted.min(width.checked_sub(figures)?);
        // Less than a few letters of a name tell nothing.
        (name >= 4).then(|| Self { name, median, limit: width.saturating_sub(figures + name + 2) })
    }

    fn row(&self, name: &str, now: &str, p50: &str, p95: &str, failed: &str, limit: &str) -> String {
        let [a, b, c, d] = Self::FIGURES;
        let median = if self.median { format!("{p50:>b$}") } else { String::new() };
        let name = words::filled(name, self.name);
        let limit = if words::columns(limit) <= self.limit { limit } else { "" };
        let indent = " ".repeat(INDENT);
        format!("{indent}{name}{now:>a$}{median}{p95:>c$}{failed:>d$}  {limit}").trim_end().to_owned()
    }

    fn step(&self, step: &StepProgress) -> String {
        let failed = if step.failed > 0 { words::count(step.failed) } else { String::new() };
        let now = if step.customers > 0 { words::count(step.customers) } else { String::new() };
        let (p50, p95) = (step.p50.to_string(), step.p95.to_string());
        self.row(&step.name, &now, &p50, &p95, &failed, step.limit.as_deref().unwrap_or_default())
    }
}

impl fmt::Display for Progress {
    /// A line of a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stopping {
            return write!(
                f,
                "stopping {} | once more ends it at once",
                words::clock(self.elapsed.as_secs_f64())
            );
        }
        write!(f, "{:<8} {}", self.phase, words::clock(self.elapsed.as_secs_f64()))?;
        if let Some(remaining) = self.remaining {
            write!(f, " (-{})", words::clock(remaining.as_secs_f64()))?;
        }
        write!(f, " | {:.1}/s of {:.1}/s | {} open", self.achieved, self.offered, self.open_chats)?;
        if self.waiting > 0 {
            write!(f, ", {} waiting", self.waiting)?;
        }
        write!(f, " | {} sent, {} replied", self.sent, self.replied)?;
        write!(f, " | {}", error_words(self.errors, self.commonest_error.as_ref()))?;
        if self.agents > 0 {
            write!(f, " | {}/{} agents busy", self.agents_busy, self.agents)?;
        }
        for step in told(&self.steps) {
            write!(f, " | {} p50 {} p95 {}", step.name, step.p50, step.p95)?;
        }
        match &self.saturated {
            None => f.write_str(" | generator ok"),
            Some(why) => write!(f, " | generator SATURATED: {why}"),
        }
    }
}

/// The steps whose times a line of a log has room for: those with a limit, else the slowest.
fn told(steps: &[StepProgress]) -> Vec<&StepProgress> {
    let known = || steps.iter().filter(|step| step.p95 != Lately::Unknown);
    let limited: Vec<_> = known().filter(|step| step.limit.is_some()).take(TOLD_MAX).collect();
    if limited.is_empty() { known().max_by_key(|step| step.p95).into_iter().collect() } else { limited }
}
