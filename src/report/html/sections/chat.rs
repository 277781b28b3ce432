//! How far customers and messages got.

use std::io::{self, Write};

use super::super::super::data::Report;
use super::super::super::recorded::Recorded;
use super::super::table::{
    Cell,
    Column::{Head, Number, Words},
};
use super::{share, table};

/// A row of the way through a chat.
struct Stage<'a> {
    what: &'a str,
    of: u64,
    reached: u64,
}

/// The way through a chat, and how far messages got.
pub(in super::super) fn chat(report: &Report, _: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    funnel(report, out)?;
    messages(report, out)?;
    let (totals, peak) = (&report.totals, &report.peak);
    writeln!(
        out,
        "<p>At most {} customers connected, {} chats open and {} customers waiting for an agent at once, \
         looked at once a second. \
         {} dropped, {} retries, {} connections made again.</p>",
        peak.connected,
        peak.open_chats,
        peak.waiting_for_agent,
        totals.dropped,
        totals.retries,
        totals.reconnects
    )
}

fn funnel(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let totals = &report.totals;
    let ends = |what, of, reached| Stage { what, of, reached };
    let before = [ends("due", totals.due, totals.due), ends("started", totals.due, totals.customers)];
    let milestones = report.funnel.iter().map(|row| ends(&row.what, row.of, row.reached));
    let after = [ends("through the chat without an error", totals.customers, totals.completed)];
    let stages: Vec<Stage<'_>> = before.into_iter().chain(milestones).chain(after).collect();
    let columns = [
        ("Customers", Head),
        ("Part", Words),
        ("Count", Number),
        ("Of", Number),
        ("Share", Number),
        ("Fewer than before", Number),
    ];
    let row = |(nth, stage): (usize, &Stage<'_>)| {
        let part = if stage.of > 0 { stage.reached as f64 / stage.of as f64 } else { 0.0 };
        let lost =
            nth.checked_sub(1).map_or(0, |before| stages[before].reached.saturating_sub(stage.reached));
        let lost = if lost > 0 { Cell::marked("number bad", &format!("−{lost}")) } else { "".into() };
        vec![
            stage.what.into(),
            Cell::bar(part),
            stage.reached.to_string().into(),
            stage.of.to_string().into(),
            share(stage.reached, stage.of).into(),
            lost,
        ]
    };
    let rows = stages.iter().enumerate().map(row).collect();
    table("Customers by how far they got, each counted once", &columns, rows, out)?;
    writeln!(
        out,
        "<p>Of: those who were started and whose journey leads there. Customers may write before an agent has come, \
         so a later row may hold more than the one before.</p>"
    )
}

fn messages(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let totals = &report.totals;
    let columns = [("Messages", Head), ("Part", Words), ("Count", Number), ("Of", Number), ("Share", Number)];
    let rows = [
        ("sent by customers and agents", totals.sent, totals.sent),
        ("acknowledged by the target", totals.acknowledged, totals.sent),
        ("seen by everybody in the chat", totals.pushed, totals.sent),
    ];
    let row = |(what, count, of): (&str, u64, u64)| {
        let part = if of > 0 { count as f64 / of as f64 } else { 0.0 };
        let numbers = [count.to_string(), of.to_string(), share(count, of)].map(Cell::from);
        [what.into(), Cell::bar(part)].into_iter().chain(numbers).collect()
    };
    table("Messages by how far they got", &columns, rows.into_iter().map(row).collect(), out)?;
    writeln!(out, "<p>{} messages of customers were answered.</p>", totals.replied)
}
