//! Prometheus's text format, version 0.0.4: what its server, its agents and the textfile collector all read.
//!
//! Written here and not by a client library: those keep the values themselves, ours are measured elsewhere.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};

use super::data::{Family, Label, Metrics, Point, Run, Value};
use super::names::{INFO, Kind, Metric};
use crate::record::Buckets;

/// Writes all metrics.
pub(super) fn write(metrics: &Metrics, out: &mut dyn Write) -> io::Result<()> {
    head(&INFO, out)?;
    sample(INFO.prometheus, &info(&metrics.run), None, &1, out)?;
    for Family { metric, points } in metrics.families.iter().filter(|family| !family.points.is_empty()) {
        head(metric, out)?;
        for Point { labels, value } in points {
            match value {
                Value::Whole(value) => sample(metric.prometheus, labels, None, value, out)?,
                Value::Real(value) => sample(metric.prometheus, labels, None, value, out)?,
                Value::Times(times) => histogram(metric.prometheus, labels, times, out)?,
            }
        }
    }
    Ok(())
}

fn head(metric: &Metric, out: &mut dyn Write) -> io::Result<()> {
    let Metric { prometheus: name, help, kind, .. } = metric;
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Level | Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    // Helps are ours, of one line and without a backslash, so there is nothing to escape.
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn histogram(name: &str, labels: &[Label], times: &Buckets, out: &mut dyn Write) -> io::Result<()> {
    let bucket = format!("{name}_bucket");
    let bounds = Buckets::bounds().map(|bound| bound.to_string()).chain(["+Inf".to_owned()]);
    let mut below = 0;
    for (bound, count) in bounds.zip(times.counts()) {
        below += count;
        sample(&bucket, labels, Some(&bound), &below, out)?;
    }
    sample(&format!("{name}_sum"), labels, None, &times.sum_s(), out)?;
    sample(&format!("{name}_count"), labels, None, &below, out)
}

fn sample(
    name: &str,
    labels: &[Label],
    le: Option<&str>,
    value: &dyn fmt::Display,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "{name}")?;
    let labels = labels.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
    let mut before = '{';
    for (name, value) in labels.chain(le.map(|le| ("le", le))) {
        write!(out, "{before}{name}=\"{}\"", Escaped(value))?;
        before = ',';
    }
    writeln!(out, "{} {value}", if before == ',' { "}" } else { "" })
}

/// The run's own labels, and those of the command line as names that Prometheus takes.
fn info(run: &Run) -> Vec<Label> {
    let seed = run.seed.to_string();
    let own = [
        ("run_id", &run.id),
        ("scenario", &run.scenario),
        ("target", &run.target),
        ("version", &run.version),
        ("seed", &seed),
    ];
    let mut labels: Vec<Label> = own.map(|(name, value)| (name.into(), value.clone())).into();
    let mut taken = BTreeSet::new();
    for (name, value) in &run.labels {
        let keep = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut name: String = "label_".chars().chain(name.chars().map(keep)).collect();
        // Two labels may come to one name, which no reader would take.
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        labels.push((name.into(), value.clone()));
    }
    labels
}

/// Text as it stands between quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for c in self.0.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::Format;
    use super::super::super::tests::{report, text};

    #[test]
    fn the_end_of_a_run_tells_each_sample_once() {
        let mut report = report();
        report.thresholds.push(report.thresholds[0].clone());
        let page = text(&report, Format::Prometheus(None));
        let mut seen = BTreeSet::new();
        for line in page.lines().filter(|line| !line.starts_with("# HELP")) {
            let name = line.rsplit_once(' ').map_or(line, |(name, _)| name);
            assert!(seen.insert(name), "twice: {line}");
        }
        for line in [
            "flexload_run_exit_code 5",
            "flexload_threshold_held{threshold=\"errors.rate < 1%\"} 0",
            "flexload_threshold_held{threshold=\"open_channel.response.p95 < 2s\"} 1",
            "flexload_messages_sent_total 2000",
            "flexload_step_errors_total 0",
            "flexload_step_errors_total{journey=\"main\",step=\"leave\"} 0",
            "flexload_step_errors_total{journey=\"main\",step=\"open_channel\"} 1",
            "flexload_step_errors_total{journey=\"main\",step=\"send_a_message_with_a_very_long_name\"} 200",
        ] {
            assert!(page.lines().any(|found| found == line), "no `{line}` in\n{page}");
        }
        assert!(!page.contains("p99.9 < 2s"), "one that could not be judged is not there");
        assert!(
            !page.contains("process_"),
            "node_exporter's own, which reads this file, has these names:\n{page}"
        );
    }

    #[test]
    fn a_report_whose_counts_do_not_add_up_is_told_as_it_is() {
        let mut report = report();
        let dropped = report.errors.iter_mut().find(|row| row.class == "dropped").unwrap();
        (dropped.count, dropped.warm_up) = (1, 2);
        report.errors[0].count = u64::MAX;
        let twice = report.errors[0].clone();
        report.errors.push(twice);
        let page = text(&report, Format::Prometheus(None));
        let step = "journey=\"main\",step=\"send_a_message_with_a_very_long_name\"";
        let line = format!("flexload_step_errors_total{{{step}}} {}", u64::MAX);
        assert!(page.lines().any(|found| found == line), "no `{line}` in\n{page}");
    }
}
