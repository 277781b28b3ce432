//! How far customers and messages got.

use std::io::{self, Write};

use super::super::super::data::Report;
use super::super::super::recorded::Recorded;
use super::super::table::Column::{Head, Number};
use super::{share, table};

/// The table of how far customers and messages got.
pub(in super::super) fn chat(report: &Report, _: &Recorded, out: &mut dyn Write) -> io::Result<()> {
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
        let part = of.map_or_else(String::new, |of| share(count, of));
        vec![what.into(), count.to_string().into(), whole.into(), part.into()]
    };
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
    )
}
