//! The summary people read: the verdict and why first, the files last.

use std::io::{self, Write};

use super::data::{Check, IntervalRow, PartRow, Report, StepRow, Times};
use crate::verdict::{Judgement, Outcome};
use crate::words::{self, count, seconds, time};

/// How the summary looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; fits from 80 on.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 80, colour: false }
    }
}

/// From this width on the tables show more columns.
const WIDE: usize = 110;
/// Groups of errors that are printed; `run.json` has all.
const ERRORS_SHOWN: usize = 20;

const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[1;32m";
const YELLOW: &str = "\x1b[1;33m";
const BOLD: &str = "\x1b[1m";

/// Writes the summary.
pub(super) fn write(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { look: Look { width: look.width.max(80), ..look }, out };
    page.verdict(report)?;
    page.thresholds(report)?;
    page.generator(report)?;
    page.delivery(report)?;
    page.steps(report)?;
    page.parts(report)?;
    page.errors(report)?;
    page.notes(report)?;
    page.files(report)
}

/// `95% confidence: 780ms to 850ms; close: the limit lies within`
pub(super) fn confidence(interval: &IntervalRow) -> String {
    format!("95% confidence: {}", interval.words())
}

struct Page<'a> {
    look: Look,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn verdict(&mut self, report: &Report) -> io::Result<()> {
        let outcome = report.verdict.outcome;
        let colour = match outcome {
            Outcome::Passed => GREEN,
            Outcome::Failed | Outcome::Aborted | Outcome::Invalid => RED,
            Outcome::Inconclusive | Outcome::Interrupted | Outcome::Incomplete => YELLOW,
        };
        let word = self.painted(colour, &outcome.name().to_uppercase());
        let (scenario, target) = (&report.scenario.name, &report.target.name);
        writeln!(self.out, "{word}  {scenario} on {target}, {}", seconds(report.elapsed_s))?;
        for reason in &report.verdict.reasons {
            self.wrapped("  ", reason)?;
        }
        Ok(())
    }

    fn thresholds(&mut self, report: &Report) -> io::Result<()> {
        if report.thresholds.is_empty() {
            return Ok(());
        }
        self.heading("Thresholds")?;
        let texts = report.thresholds.iter().map(|row| words::columns(&row.text));
        let text_width = texts.max().unwrap_or(0).min(self.look.width - 40);
        for row in &report.thresholds {
            let (colour, word) = match row.outcome {
                Judgement::Held => (GREEN, "held  "),
                Judgement::Missed => (RED, "missed"),
                Judgement::Unknown => (YELLOW, "n/a   "),
            };
            let word = self.painted(colour, word);
            if words::columns(&row.text) <= text_width {
                writeln!(self.out, "  {word}  {}  {}", words::filled(&row.text, text_width), row.seen)?;
            } else {
                // The sentence has lines of its own, and the value stands below those of the others.
                self.hanging(&format!("  {word}  "), 10, &row.text)?;
                writeln!(self.out, "{:10}{:text_width$}  {}", "", "", row.seen)?;
            }
            if let Some(interval) = &row.interval {
                self.wrapped("          ", &confidence(interval))?;
            }
            if let Some(detail) = &row.detail {
                self.wrapped("          ", detail)?;
            }
        }
        Ok(())
    }

    fn generator(&mut self, report: &Report) -> io::Result<()> {
        let generator = &report.generator;
        let (colour, word) = if generator.valid { (GREEN, "valid") } else { (RED, "not valid") };
        let light = self.painted(colour, word);
        self.heading_with("Generator:", &format!(" {light}"))?;
        if generator.valid {
            self.wrapped("  ", &all_held(&generator.checks))?;
        } else {
            self.checks(&generator.checks)?;
        }
        let lag = &generator.lag;
        writeln!(
            self.out,
            "  schedule lag: p50 {}, p95 {}, p99 {}, max {}",
            cell(lag, "p50_ms", lag.p50_ms),
            cell(lag, "p95_ms", lag.p95_ms),
            cell(lag, "p99_ms", lag.p99_ms),
            lag.max_ms.map_or_else(|| "n/a".to_owned(), time),
        )?;
        writeln!(self.out, "  {}", generator.used())?;
        if report.target.same_machine {
            self.wrapped("  ", &generator.beside_the_target())?;
        }
        Ok(())
    }

    /// Every check with its value and its limit, those that broke first.
    fn checks(&mut self, checks: &[Check]) -> io::Result<()> {
        let (held, broken): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| check.held);
        for Check { what, seen, limit, held, .. } in broken.into_iter().chain(held) {
            let (colour, word) = if *held { (GREEN, "held  ") } else { (RED, "broken") };
            let word = self.painted(colour, word);
            self.hanging(&format!("  {word}  "), 10, &format!("{what}: {seen} (limit: {limit})"))?;
        }
        Ok(())
    }

    fn delivery(&mut self, report: &Report) -> io::Result<()> {
        let (totals, peak) = (&report.totals, &report.peak);
        self.heading("Delivery")?;
        let messages = format!(
            "messages: {} sent, {} acknowledged, {} pushed, {} replied",
            totals.sent, totals.acknowledged, totals.pushed, totals.replied
        );
        self.wrapped("  ", &messages)?;
        let customers = format!(
            "customers: {} due, {} started, {} finished, {} completed, {} dropped",
            totals.due, totals.customers, totals.finished, totals.completed, totals.dropped
        );
        self.wrapped("  ", &customers)?;
        let most = format!(
            "at most {} connected, {} chats open, {} waiting for an agent (seen once a second)",
            peak.connected, peak.open_chats, peak.waiting_for_agent
        );
        self.wrapped("  ", &most)?;
        if let Some(minute) = &report.sustained {
            let words = format!("{} or more connected for {}", minute.connected, seconds(minute.length_s));
            self.wrapped("  ", &words)?;
        }
        if totals.retries + totals.reconnects > 0 {
            writeln!(self.out, "  {} retries, {} reconnections", totals.retries, totals.reconnects)?;
        }
        Ok(())
    }

    fn steps(&mut self, report: &Report) -> io::Result<()> {
        let (taken, never): (Vec<_>, Vec<_>) = report.steps.iter().partition(|row| row.sent + row.errors > 0);
        if taken.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = taken.iter().map(|row| row.unambiguous_name(&report.steps)).collect();
        let wide = self.look.width >= WIDE;
        let columns: &[&str] =
            if wide { &["p50", "p95", "p99", "p99.9", "max"] } else { &["p50", "p95", "p99"] };
        let times_width = columns.len() * 7;
        let room = self.look.width - 18 - 2 * (times_width + 2);
        let room = names.iter().map(|name| words::columns(name)).max().unwrap_or(0).clamp(5, room);
        self.heading(&format!(
            "{:room$} {:>6}{:>6}{:>5} |{:^times_width$} |{:^times_width$}",
            "Steps", "", "", "", "service", "response"
        ))?;
        let heads: String = columns.iter().map(|column| format!("{column:>7}")).collect();
        writeln!(self.out, "{:room$} {:>6}{:>6}{:>5} |{heads} |{heads}", "", "sent", "ok", "err")?;
        for (name, row) in names.iter().zip(taken) {
            self.step(&words::filled(name, room), row, wide)?;
        }
        let mut words = "n/a: too few samples; failed: it falls among the failures".to_owned();
        if report.warm_up_steps > 0 {
            words.push_str(&format!("; {} steps of warm-up are left out", report.warm_up_steps));
        }
        self.wrapped("", &words)?;
        if never.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = never.iter().map(|row| row.unambiguous_name(&report.steps)).collect();
        self.wrapped("", &format!("never taken: {}", names.join(", ")))
    }

    fn step(&mut self, name: &str, row: &StepRow, wide: bool) -> io::Result<()> {
        let error = format!("{:>5}", count(row.errors));
        let error = if row.errors > 0 { self.painted(RED, &error) } else { error };
        let (sent, ok) = (count(row.sent), count(row.ok));
        let (service, response) = (cells(&row.service, wide), cells(&row.response, wide));
        writeln!(self.out, "{name} {sent:>6}{ok:>6}{error} |{service} |{response}")
    }

    fn parts(&mut self, report: &Report) -> io::Result<()> {
        let seen = report.parts.iter().filter(|row| row.times.count > 0);
        let (trifles, seen): (Vec<_>, Vec<_>) = seen.partition(|row| is_trifle(row));
        if seen.is_empty() {
            return Ok(());
        }
        let room = seen.iter().map(|row| words::columns(&row.name)).max().unwrap_or(0).clamp(15, 44);
        self.heading(&format!(
            "{:room$} {:>6}{:>5} |{:>7}{:>7}{:>7}{:>7}",
            "Parts and waits", "count", "err", "p50", "p95", "p99", "max"
        ))?;
        for row in seen {
            let times = &row.times;
            writeln!(
                self.out,
                "{} {:>6}{:>5} |{}{:>7}",
                words::filled(&row.name, room),
                count(times.count),
                count(times.failed),
                cells(times, false),
                times.max_ms.map_or_else(|| "n/a".to_owned(), time),
            )?;
        }
        if trifles.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = trifles.iter().map(|row| row.name.as_str()).collect();
        self.wrapped("", &format!("all under 1 ms: {}", names.join(", ")))
    }

    fn errors(&mut self, report: &Report) -> io::Result<()> {
        if report.errors.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Errors: {}", report.totals.errors))?;
        for row in report.errors.iter().take(ERRORS_SHOWN) {
            let step = row.step.as_deref().unwrap_or("outside steps");
            let warm_up = match row.warm_up {
                0 => String::new(),
                some => format!(", {some} of them in warm-up"),
            };
            let count = format!("  {:>6}  ", count(row.count));
            self.hanging(&count, 10, &format!("{step}: {}{warm_up}", row.kind))?;
            if !row.example.is_empty() {
                self.wrapped("          e.g. ", &row.example)?;
            }
        }
        match report.errors.len().saturating_sub(ERRORS_SHOWN) {
            0 => Ok(()),
            more => writeln!(self.out, "  and {more} more kinds in run.json"),
        }
    }

    fn notes(&mut self, report: &Report) -> io::Result<()> {
        if report.notes.is_empty() {
            return Ok(());
        }
        self.heading("Notes")?;
        report.notes.iter().try_for_each(|note| self.wrapped("  ", note))
    }

    fn files(&mut self, report: &Report) -> io::Result<()> {
        self.heading("Files")?;
        let Some(folder) = &report.folder else {
            return writeln!(self.out, "  none: the run's folder could not be made");
        };
        writeln!(self.out, "  {folder}/")?;
        self.wrapped("  ", &report.file_names().join(", "))
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        self.heading_with(text, "")
    }

    /// A heading that ends in a word with a colour of its own.
    fn heading_with(&mut self, text: &str, light: &str) -> io::Result<()> {
        let text = self.painted(BOLD, text.trim_end());
        writeln!(self.out, "\n{text}{light}")
    }

    /// Text broken between words so that it stays within the width.
    fn wrapped(&mut self, lead: &str, text: &str) -> io::Result<()> {
        self.hanging(lead, words::columns(lead), text)
    }

    /// The same below a lead of so many columns, which may have colours.
    fn hanging(&mut self, lead: &str, columns: usize, text: &str) -> io::Result<()> {
        let mut lead = lead.to_owned();
        for line in words::broken(text, self.look.width - columns) {
            writeln!(self.out, "{lead}{line}")?;
            lead = " ".repeat(columns);
        }
        Ok(())
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.look.colour { format!("{colour}{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// One line for a generator that did its part as far as could be seen.
fn all_held(checks: &[Check]) -> String {
    // A run.json of before has no names.
    let name = |check: &Check| if check.name.is_empty() { check.what.clone() } else { check.name.clone() };
    let (judged, unknown): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| check.is_judged());
    let names: Vec<String> = judged.into_iter().map(name).collect();
    let all = if unknown.is_empty() { "all " } else { "" };
    let held = format!("{all}{} checks held: {}", names.len(), names.join(", "));
    if unknown.is_empty() {
        return held;
    }
    let unknown: Vec<String> =
        unknown.into_iter().map(|check| format!("{}: {}", name(check), check.seen)).collect();
    format!("{held}; not judged: {}", unknown.join(", "))
}

/// A part that never took long enough to explain anything.
fn is_trifle(row: &PartRow) -> bool {
    row.times.failed == 0 && row.times.max_ms.is_some_and(|ms| ms < 1.0)
}

/// The percentiles of one kind of time, seven columns each.
fn cells(times: &Times, wide: bool) -> String {
    let mut cells = vec![
        cell(times, "p50_ms", times.p50_ms),
        cell(times, "p95_ms", times.p95_ms),
        cell(times, "p99_ms", times.p99_ms),
    ];
    if wide {
        cells.push(cell(times, "p99_9_ms", times.p99_9_ms));
        cells.push(times.max_ms.map_or_else(|| "n/a".to_owned(), time));
    }
    cells.iter().map(|cell| format!("{cell:>7}")).collect()
}

/// A percentile, or why there is none.
pub(super) fn cell(times: &Times, name: &str, value: Option<f64>) -> String {
    match value {
        Some(ms) => time(ms),
        None if times.among_failures.iter().any(|null| null == name) => "failed".to_owned(),
        None => "n/a".to_owned(),
    }
}
