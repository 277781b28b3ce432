//! Which charts there are.

mod errors;
mod health;
mod latency;
mod load;

pub(super) use errors::errors;
pub(super) use health::health;
pub(super) use latency::latency;
pub(super) use load::load;

use super::super::data::Report;
use super::chart::{Line, Point, Seen};
use super::frame::Mark;
use crate::record::{History, Stretch};
use crate::words::clock;

/// What a line shows of a stretch.
type Of = fn(&Stretch) -> Option<f64>;

fn line(name: &str, of: Of, history: &History) -> Line {
    let point = |stretch: &Stretch| Point {
        from: stretch.from_s,
        until: stretch.until_s,
        y: Seen::or_nothing(of(stretch)),
    };
    Line { name: name.to_owned(), points: history.stretches.iter().map(point).collect() }
}

fn rate(count: u64, stretch: &Stretch) -> f64 {
    // The last line of a run may end in the moment the one before did.
    count as f64 / stretch.length_s().max(0.5)
}

/// What happened meanwhile, in order: where the engine began to do something else (what it did first and the end
/// need no line), where the clock jumped, where a threshold was first missed while the run went on.
fn marks(report: &Report, history: &History) -> Vec<Mark> {
    let stages = history.stages.iter().filter(|(at, stage)| *at > 0.0 && stage != "done");
    let stages = stages.map(|(at, stage)| Mark { at: *at, what: stage.clone() });
    let jumps = history.clock_steps.iter().map(|(at, ms)| Mark { at: *at, what: jump(*ms) });
    let missed = report.thresholds.iter().filter_map(|row| Some((row, row.windows.as_ref()?)));
    let missed = missed.filter_map(|(row, windows)| {
        let word = if windows.aborted { "aborted" } else { "missed" };
        Some(Mark { at: windows.first_missed_s?, what: format!("{word}: {}", row.metric) })
    });
    let mut marks: Vec<Mark> = stages.chain(jumps).chain(missed).collect();
    marks.sort_by(|one, two| one.at.total_cmp(&two.at));
    marks
}

fn jump(ms: f64) -> String {
    let sign = if ms < 0.0 { "−" } else { "+" };
    let far = if ms.abs() < 1e4 { format!("{:.0}ms", ms.abs()) } else { clock(ms.abs() / 1e3) };
    format!("clock {sign}{far}")
}
