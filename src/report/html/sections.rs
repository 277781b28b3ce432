//! The parts of the page that are words and tables: every figure is the report's own.

use std::io::{self, Write};

use super::super::data::{Check, PartRow, Report, StepRow, ThresholdRow, Times};
use super::super::environment::Environment;
use super::super::terminal::{cell, seconds, time};
use super::table::{
    Cell,
    Column::{self, Head, Number, Words},
    Table,
};
use super::text::Text;
use crate::verdict::{Judgement, Outcome};

/// The word, and why.
pub(super) fn verdict(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.verdict.outcome;
    let (class, sign) = match outcome {
        Outcome::Passed => ("good", "✓"),
        Outcome::Failed | Outcome::Aborted | Outcome::Invalid => ("bad", "✗"),
        Outcome::Inconclusive | Outcome::Interrupted | Outcome::Incomplete => ("unsure", "?"),
    };
    let word = outcome.name().to_uppercase();
    writeln!(
        out,
        "<header class=\"verdict {class}\">\n<h1><span aria-hidden=\"true\">{sign}</span> {word}: {}</h1>",
        Text(&report.scenario.name)
    )?;
    list(&report.verdict.reasons, out)?;
    let (started, long) = (&report.started, seconds(report.elapsed_s));
    writeln!(out, "<p>{} · started {} · exit code {}</p>", Text(&long), Text(started), report.exit_code)?;
    writeln!(out, "</header>")
}

/// Each threshold with the value seen.
pub(super) fn thresholds(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.thresholds.is_empty() {
        return Ok(());
    }
    let columns = [
        ("Metric", Head),
        ("Outcome", Words),
        ("Seen", Number),
        ("Limit", Number),
        ("95 % confidence", Words),
    ];
    // A run that was too short has no interval to show, and so no column of them.
    let shown = if report.thresholds.iter().any(|row| row.interval.is_some()) { 5 } else { 4 };
    let row = |row: &ThresholdRow| {
        let (class, word) = match row.outcome {
            Judgement::Held => ("good", "✓ held"),
            Judgement::Missed => ("bad", "✗ missed"),
            Judgement::Unknown => ("unsure", "? not known"),
        };
        let limit = row.text.strip_prefix(&row.metric).unwrap_or(&row.text).trim();
        vec![
            row.metric.as_str().into(),
            Cell::marked(class, word),
            row.seen.as_str().into(),
            limit.into(),
            confidence(row).into(),
        ]
    };
    section("Thresholds", out)?;
    let rows = report.thresholds.iter().map(row).collect();
    table("Thresholds with the value seen", &columns[..shown], rows, out)?;
    end(out)
}

/// Where the truth lies, for a percentile of a run that was long enough.
fn confidence(row: &ThresholdRow) -> String {
    let Some(interval) = &row.interval else { return "–".to_owned() };
    let bound = |ms: Option<f64>| ms.map_or_else(|| "failed".to_owned(), time);
    let at_least = if interval.high_at_least { "at least " } else { "" };
    let mut words = format!("{} to {at_least}{}", bound(interval.low_ms), bound(interval.high_ms));
    if interval.rough {
        words.push_str(", rough");
    }
    if interval.close {
        words.push_str(", close: the limit lies within");
    }
    words
}

/// Scenario, target, machine: what somebody else needs to run the same.
pub(super) fn what_was_run(
    report: &Report,
    machine: Option<&Environment>,
    out: &mut dyn Write,
) -> io::Result<()> {
    section("What was run", out)?;
    let target = &report.target;
    let same = if target.same_machine { ", on this machine too: each slows the other" } else { "" };
    let mut facts = vec![
        ("Scenario".to_owned(), report.scenario.name.clone()),
        ("Scenario hash".to_owned(), report.scenario.hash.clone()),
        ("Seed".to_owned(), report.seed.to_string()),
        ("Schedule hash".to_owned(), report.schedule_hash.clone()),
        ("Load model".to_owned(), report.load_model.clone()),
        ("Target".to_owned(), format!("{} ({}){same}", target.name, target.kind)),
        ("Run".to_owned(), report.run_id.clone()),
        ("flexload".to_owned(), report.flexload.clone()),
    ];
    if let Some(machine) = machine {
        facts.push(("Machine".to_owned(), machine_words(machine)));
    }
    let label = |(name, value): (&String, &String)| (format!("Label {name}"), value.clone());
    facts.extend(report.labels.iter().map(label));
    writeln!(out, "<dl>")?;
    for (name, value) in &facts {
        writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", Text(name), Text(value))?;
    }
    writeln!(out, "</dl>")?;
    end(out)
}

fn machine_words(machine: &Environment) -> String {
    let words = [
        machine.host.clone(),
        machine.cpu.clone(),
        machine.cpus.map(|cpus| format!("{cpus} CPUs")),
        machine.memory_kib.map(|kib| format!("{:.1} GiB", kib as f64 / 1024.0 / 1024.0)),
        Some(format!("{} {}", machine.os, machine.arch)),
        machine.kernel.clone(),
        (!machine.optimised).then(|| "a debug build of flexload: its times say little".to_owned()),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How far customers and messages got.
pub(super) fn chat(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let totals = &report.totals;
    let columns = [("How far", Head), ("Count", Number), ("Of", Number), ("Share", Number)];
    let customers = [
        ("customers due", totals.due, None),
        ("customers started", totals.customers, Some(totals.due)),
        ("customers at the end of their chat", totals.finished, Some(totals.customers)),
        ("chats without an error", totals.completed, Some(totals.customers)),
    ];
    let messages = [
        ("messages sent", totals.sent, None),
        ("acknowledged by the target", totals.acknowledged, Some(totals.sent)),
        ("seen by everybody in the chat", totals.pushed, Some(totals.sent)),
        ("customers' messages answered", totals.replied, None),
    ];
    let row = |(what, count, of): (&str, u64, Option<u64>)| {
        let whole = of.map_or_else(String::new, |of| of.to_string());
        vec![what.into(), count.to_string().into(), whole.into(), share(count, of).into()]
    };
    section("Customers and messages", out)?;
    let rows = customers.into_iter().chain(messages).map(row).collect();
    table("How far customers and messages got, over the whole run", &columns, rows, out)?;
    let peak = &report.peak;
    writeln!(
        out,
        "<p>At most {} customers connected, {} chats open and {} customers waiting for an agent at once. \
         {} dropped, {} retries, {} connections made again.</p>",
        peak.connected,
        peak.open_chats,
        peak.waiting_for_agent,
        totals.dropped,
        totals.retries,
        totals.reconnects
    )?;
    end(out)
}

/// A share that rounding does not make a hundred percent, or none.
fn share(count: u64, of: Option<u64>) -> String {
    match of {
        None | Some(0) => String::new(),
        Some(of) if count == of => "100 %".to_owned(),
        Some(of) => format!("{:.1} %", (count as f64 / of as f64 * 100.0).clamp(0.0, 99.9)),
    }
}

/// A row a step.
pub(super) fn steps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let taken = |row: &&StepRow| row.ok + row.errors > 0;
    if !report.steps.iter().any(|row| taken(&row)) {
        return Ok(());
    }
    let columns = [
        ("Step", Head),
        ("Started", Number),
        ("OK", Number),
        ("Errors", Number),
        ("Service p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("Response p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("Max", Number),
    ];
    let row = |row: &StepRow| {
        let mut cells: Vec<Cell> = vec![row.unambiguous_name(&report.steps).into()];
        cells.extend([row.sent, row.ok].map(|count| count.to_string().into()));
        cells.push(bad_if(row.errors));
        cells.extend(percentiles(&row.service).into_iter().chain(percentiles(&row.response)));
        cells.push(longest(&row.response).into());
        cells
    };
    section("Steps", out)?;
    let rows = report.steps.iter().filter(taken).map(row).collect();
    table("Steps in the steady state", &columns, rows, out)?;
    writeln!(
        out,
        "<p>Service: from when a step began. Response: from when it was due, which is what a customer feels. \
         Failures rank above every success: a percentile that falls among them says failed. n/a: too few samples.</p>"
    )?;
    if report.warm_up_steps > 0 {
        writeln!(out, "<p>{} steps were due in warm-up and are in no time here.</p>", report.warm_up_steps)?;
    }
    end(out)
}

/// A row a part or wait.
pub(super) fn parts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let seen: Vec<&PartRow> = report.parts.iter().filter(|row| row.times.count > 0).collect();
    if seen.is_empty() {
        return Ok(());
    }
    let columns = [
        ("Part or wait", Head),
        ("Count", Number),
        ("Errors", Number),
        ("p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("Max", Number),
    ];
    let row = |row: &PartRow| {
        let times = &row.times;
        let mut cells: Vec<Cell> =
            vec![row.name.as_str().into(), times.count.to_string().into(), bad_if(times.failed)];
        cells.extend(percentiles(times));
        cells.push(longest(times).into());
        cells
    };
    section("Parts of steps and waits", out)?;
    table(
        "Parts of steps and waits in the steady state",
        &columns,
        seen.into_iter().map(row).collect(),
        out,
    )?;
    end(out)
}

/// Failures by kind, each with the first one in words.
pub(super) fn errors(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.errors.is_empty() {
        return Ok(());
    }
    let columns = [
        ("Step", Head),
        ("Kind", Words),
        ("Count", Number),
        ("In warm-up", Number),
        ("The first one", Words),
    ];
    let row = |row: &super::super::data::ErrorRow| {
        vec![
            row.step.as_deref().unwrap_or("outside steps").into(),
            row.kind.as_str().into(),
            row.count.to_string().into(),
            row.warm_up.to_string().into(),
            row.example.as_str().into(),
        ]
    };
    section(&format!("Errors: {}", report.totals.errors), out)?;
    table("Failures by step and kind", &columns, report.errors.iter().map(row).collect(), out)?;
    end(out)
}

/// Whether the generator did its part.
pub(super) fn generator(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let generator = &report.generator;
    section(&format!("Generator: {}", if generator.valid { "valid" } else { "not valid" }), out)?;
    let columns = [("Check", Head), ("Outcome", Words), ("Seen", Words), ("Limit", Words)];
    let row = |Check { what, seen, limit, held }: &Check| {
        let mark = if *held { Cell::marked("good", "✓ kept") } else { Cell::marked("bad", "✗ exceeded") };
        vec![what.as_str().into(), mark, seen.as_str().into(), limit.as_str().into()]
    };
    table("What the generator had to keep", &columns, generator.checks.iter().map(row).collect(), out)?;
    let lag = &generator.lag;
    writeln!(
        out,
        "<p>Schedule lag, which the generator added: p50 {}, p95 {}, p99 {}, max {}. {}.</p>",
        cell(lag, "p50_ms", lag.p50_ms),
        cell(lag, "p95_ms", lag.p95_ms),
        cell(lag, "p99_ms", lag.p99_ms),
        longest(lag),
        generator.used()
    )?;
    end(out)
}

/// What people should know beside the numbers.
pub(super) fn notes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.notes.is_empty() {
        return Ok(());
    }
    section("Notes", out)?;
    list(&report.notes, out)?;
    end(out)
}

/// Where everything else is.
pub(super) fn files(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(folder) = &report.folder else { return Ok(()) };
    section("Files", out)?;
    let steps = report.files.iter().filter(|file| file.starts_with("steps/")).count();
    let others = report.files.iter().filter(|file| !file.starts_with("steps/")).cloned();
    let names: Vec<String> = others.chain((steps > 0).then(|| format!("steps/*.hgrm ({steps})"))).collect();
    writeln!(out, "<p>{}/: {}</p>", Text(folder.trim_end_matches('/')), Text(&names.join(", ")))?;
    end(out)
}

fn percentiles(times: &Times) -> [Cell; 3] {
    [("p50_ms", times.p50_ms), ("p95_ms", times.p95_ms), ("p99_ms", times.p99_ms)].map(|(name, value)| {
        let words = cell(times, name, value);
        if words == "failed" { Cell::marked("number bad", "failed") } else { words.into() }
    })
}

fn longest(times: &Times) -> String {
    times.max_ms.map_or_else(|| "n/a".to_owned(), time)
}

fn bad_if(count: u64) -> Cell {
    let words = count.to_string();
    if count > 0 { Cell::marked("number bad", &words) } else { words.into() }
}

fn list(items: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<ul>")?;
    items.iter().try_for_each(|item| writeln!(out, "<li>{}</li>", Text(item)))?;
    writeln!(out, "</ul>")
}

fn table(
    caption: &str,
    columns: &[(&str, Column)],
    rows: Vec<Vec<Cell>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    Table { caption, columns, rows }.write(out)
}

fn section(title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section>\n<h2>{}</h2>", Text(title))
}

fn end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</section>")
}
