//! How the generator was meanwhile.

use std::io::{self, Write};

use super::super::super::data::{Check, Report};
use super::super::chart::{Between, Chart, Line, Point, Seen};
use super::super::frame::Limit;
use super::super::scale::Unit;
use super::{Of, line, marks};
use crate::record::{History, Stretch};

/// Workers that have a line of their own; of more, the busiest and the least busy are drawn.
const WORKERS_DRAWN: usize = 4;

/// Shares of the CPUs: a name, and what it shows.
const CPU: [(&str, Of); 4] = [
    ("generator", |s| s.health.cpu_share),
    ("embedded mock", |s| s.health.mock_cpu_share),
    ("stolen by the host", |s| s.health.steal),
    ("something waited for a CPU", |s| s.health.pressure),
];

/// Loop lag, busy workers and CPUs over time; a sentence where the files do not tell.
pub(in super::super) fn health(report: &Report, history: &History, out: &mut dyn Write) -> io::Result<()> {
    if history.stretches.len() < 2 {
        return Ok(());
    }
    let known = |line: &Line| line.points.iter().any(|point| point.y != Seen::Nothing);
    let cpu = CPU.iter().map(|(name, of)| line(name, *of, history)).filter(known).collect();
    let lag = vec![line("the latest of all workers", |stretch| stretch.health.lag_ms(), history)];
    let charts = [
        ("busy", "Busy workers", "share of the second", Unit::Share, busy(history)),
        ("lag", "Lateness of the workers' heartbeat", "worst of the second", Unit::Time, lag),
        ("cpu", "CPU", "share of the CPUs", Unit::Share, cpu),
    ];
    let mut drawn: Vec<_> = charts.into_iter().filter(|(.., lines)| lines.iter().any(known)).collect();
    if drawn.is_empty() {
        return writeln!(out, "<p>The run's files do not tell how busy the generator was over time.</p>");
    }
    writeln!(out, "<div class=\"charts\">")?;
    for (id, title, upwards, y, lines) in drawn.drain(..) {
        let chart = Chart {
            title: title.to_owned(),
            upwards,
            x: Unit::Clock,
            until: history.length_s(),
            y,
            lines,
            between: Between::Empty,
            limits: limits(report, id),
            marks: marks(report, history),
        };
        chart.write(id, out)?;
    }
    writeln!(out, "</div>")
}

/// What the scenario holds a chart's values against: that a second counts as busy, or the mean of a share.
fn limits(report: &Report, chart: &str) -> Vec<Limit> {
    let checks = report.generator.checks.iter();
    let limit = |check: &Check| match (chart, check.name.as_str()) {
        ("busy", "busy") => {
            check.each_second.map(|value| Limit { value, says: format!("{:.0}%", value * 100.0) })
        }
        ("cpu", "steal" | "pressure") => check
            .bound
            .map(|value| Limit { value, says: format!("{:.0}% {} on average", value * 100.0, check.name) }),
        _ => None,
    };
    checks.filter_map(limit).collect()
}

fn busy(history: &History) -> Vec<Line> {
    let workers = history.stretches.iter().map(|stretch| stretch.health.workers.len()).max().unwrap_or(0);
    let of = |name: String, busy: &dyn Fn(&Stretch) -> Option<f64>| Line {
        name,
        points: history
            .stretches
            .iter()
            .map(|stretch| Point {
                from: stretch.from_s,
                until: stretch.until_s,
                y: Seen::or_nothing(busy(stretch)),
            })
            .collect(),
    };
    if workers > WORKERS_DRAWN {
        let least = |stretch: &Stretch| {
            stretch.health.workers.iter().filter_map(|worker| worker.busy).reduce(f64::min)
        };
        return vec![
            of("busiest worker".to_owned(), &|stretch: &Stretch| stretch.health.busiest()),
            of("least busy worker".to_owned(), &least),
        ];
    }
    let own = |nth: usize| {
        of(format!("worker {nth}"), &move |stretch| {
            stretch.health.workers.get(nth).and_then(|worker| worker.busy)
        })
    };
    (0..workers).map(own).collect()
}
