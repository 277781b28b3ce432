//! What was offered and what came of it, over time.

use std::io::{self, Write};

use super::super::super::data::Report;
use super::super::super::recorded::Recorded;
use super::super::chart::{Between, Chart};
use super::super::scale::Unit;
use super::{Of, line, marks, rate};

/// A chart of the load: its id, its title, what it measures, and its lines.
type Drawn = (&'static str, &'static str, &'static str, Unit, &'static [(&'static str, Of)]);

const DRAWN: [Drawn; 4] = [
    (
        "starts",
        "Customers offered and started",
        "a second",
        Unit::Rate,
        &[("due", |s| Some(rate(s.due, s))), ("started", |s| Some(rate(s.started, s)))],
    ),
    (
        "people",
        "Chats, customers and the queue for agents",
        "at once",
        Unit::Count,
        &[
            ("chats open", |s| Some(s.open_chats as f64)),
            ("customers connected", |s| Some(s.connected as f64)),
            ("waiting for an agent", |s| Some(s.waiting_for_agent as f64)),
        ],
    ),
    (
        "messages",
        "Messages of customers and agents",
        "a second",
        Unit::Rate,
        &[("sent", |s| Some(rate(s.sent, s))), ("acknowledged", |s| Some(rate(s.acknowledged, s)))],
    ),
    (
        "steps",
        "Steps ended",
        "a second",
        Unit::Rate,
        &[("succeeded", |s| Some(rate(s.steps_ok, s))), ("failed", |s| Some(rate(s.steps_failed, s)))],
    ),
];

/// The charts; nothing where the run has no course.
pub(in super::super) fn load(report: &Report, recorded: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let history = &recorded.history;
    if history.stretches.len() < 2 {
        return Ok(());
    }
    writeln!(out, "<div class=\"charts\">")?;
    for (id, title, upwards, unit, lines) in DRAWN {
        let chart = Chart {
            title: title.to_owned(),
            upwards,
            x: Unit::Clock,
            until: history.length_s(),
            y: unit,
            lines: lines.iter().map(|(name, of)| line(name, *of, history)).collect(),
            between: Between::Empty,
            limits: Vec::new(),
            marks: marks(report, history),
        };
        chart.write(id, out)?;
    }
    writeln!(out, "</div>")
}
