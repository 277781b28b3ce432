//! The tables as CSV: `steps.csv` from the report, `seconds.csv` from `seconds.ndjson`.
//!
//! Columns keep their names and say their units. What is not known is empty, a kind of failure that did not come 0; a percentile that falls among the
//! failures is `inf`: it is above every success.

use std::io::{self, BufRead, Read, Write};

use csv::{Terminator, WriterBuilder};
use serde_json::{Map, Value};

use super::data::{Report, Times};

/// The longest line of `seconds.ndjson` that is read.
const LONGEST: u64 = 1 << 20;
/// The most columns: some for the run, some for each worker.
const COLUMNS: usize = 4_096;

/// Writes a row for each step.
pub(super) fn steps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut table = table(out);
    let kinds = ["service", "response", "lag"];
    let columns = ["count", "failed", "p50_ms", "p95_ms", "p99_ms", "p99_9_ms", "max_ms"];
    let head = ["journey", "step", "sent", "ok", "errors"].map(str::to_owned).into_iter();
    let times = kinds.iter().flat_map(|kind| columns.iter().map(move |column| format!("{kind}_{column}")));
    table.write_record(head.chain(times))?;
    for row in &report.steps {
        let counts = [row.sent, row.ok, row.errors].map(|count| count.to_string());
        let head = [row.journey.clone(), row.name.clone()].into_iter().chain(counts);
        let times = [&row.service, &row.response, &row.lag].into_iter().flat_map(cells);
        table.write_record(head.chain(times))?;
    }
    table.flush()
}

fn cells(times: &Times) -> [String; 7] {
    let percentile = |name: &str, value: Option<f64>| match value {
        Some(ms) => ms.to_string(),
        None if times.among_failures.iter().any(|failed| failed == name) => "inf".to_owned(),
        None => String::new(),
    };
    [
        times.count.to_string(),
        times.failed.to_string(),
        percentile("p50_ms", times.p50_ms),
        percentile("p95_ms", times.p95_ms),
        percentile("p99_ms", times.p99_ms),
        percentile("p99_9_ms", times.p99_9_ms),
        times.max_ms.map(|ms| ms.to_string()).unwrap_or_default(),
    ]
}

/// What was read of `seconds.ndjson`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seconds {
    /// Its whole lines.
    pub(super) lines: u64,
    /// Whether it ended in the middle of one more, which is left out.
    pub(super) torn: bool,
}

/// Writes a row for each second: a column for each value, under its name in `seconds.ndjson`; one inside another
/// is `outer.inner`.
///
/// # Errors
///
/// Those of reading and writing, and a line that is none of ours, with its number.
pub(super) fn seconds<R: BufRead>(
    open: impl Fn() -> io::Result<R>,
    out: &mut dyn Write,
) -> io::Result<Seconds> {
    // Not every second has every value, so all are read before the first is written.
    let mut columns: Vec<String> = Vec::new();
    each_line(open()?, |line| {
        for (name, _) in line {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
        if columns.len() > COLUMNS { Err(invalid(format!("more than {COLUMNS} values"))) } else { Ok(()) }
    })?;
    // The time comes first, whatever order the others have.
    columns.sort_by_key(|name| name != "at_s");
    let mut table = table(out);
    table.write_record(&columns)?;
    let read = each_line(open()?, |line| {
        let values: std::collections::HashMap<String, String> = line.into_iter().collect();
        let row = columns.iter().map(|name| values.get(name).map_or(untold(name), String::as_str));
        Ok(table.write_record(row)?)
    })?;
    table.flush()?;
    Ok(read)
}

/// What a line means that does not have a value: kinds of failures are told only where they came.
fn untold(name: &str) -> &'static str {
    if name.starts_with("errors_by_kind.") { "0" } else { "" }
}

/// The values of each line by their names.
fn each_line(
    mut lines: impl BufRead,
    mut take: impl FnMut(Vec<(String, String)>) -> io::Result<()>,
) -> io::Result<Seconds> {
    let mut read = Seconds::default();
    let mut text = Vec::new();
    for number in 1_u64.. {
        text.clear();
        if lines.by_ref().take(LONGEST).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        let at = |why: &dyn std::fmt::Display| invalid(format!("seconds.ndjson line {number}: {why}"));
        let line: Map<String, Value> = match serde_json::from_slice(&text) {
            Ok(line) => line,
            Err(_) if text.last() != Some(&b'\n') && (text.len() as u64) < LONGEST => {
                read.torn = true;
                break;
            }
            Err(error) => return Err(at(&error)),
        };
        let mut values = Vec::new();
        line.into_iter().for_each(|(name, value)| flatten(name, value, &mut values));
        take(values).map_err(|error| at(&error))?;
        read.lines = number;
    }
    Ok(read)
}

/// serde_json bounds how deep values lie in each other.
fn flatten(name: String, value: Value, values: &mut Vec<(String, String)>) {
    match value {
        Value::Null => values.push((name, String::new())),
        Value::Bool(value) => values.push((name, value.to_string())),
        Value::Number(value) => values.push((name, value.to_string())),
        Value::String(value) => values.push((name, value)),
        Value::Array(inner) => {
            for (index, value) in inner.into_iter().enumerate() {
                flatten(format!("{name}.{index}"), value, values);
            }
        }
        Value::Object(inner) => {
            for (key, value) in inner {
                flatten(format!("{name}.{key}"), value, values);
            }
        }
    }
}

/// Lines end as RFC 4180 has it.
fn table(out: &mut dyn Write) -> csv::Writer<&mut dyn Write> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{report, text};
    use super::*;

    fn seconds_of(ndjson: &str) -> io::Result<String> {
        let mut out = Vec::new();
        seconds(|| Ok(ndjson.as_bytes()), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn steps_have_a_row_each_under_columns_with_units() {
        let mut report = report();
        report.steps[2].name = "say \"a,b\"\nand = c".to_owned();
        let table = text(&report, Format::Csv);
        let times = |kind| {
            ["count", "failed", "p50_ms", "p95_ms", "p99_ms", "p99_9_ms", "max_ms"]
                .map(|column| format!("{kind}_{column}"))
                .join(",")
        };
        let [service, response, lag] = ["service", "response", "lag"].map(times);
        let head = format!("journey,step,sent,ok,errors,{service},{response},{lag}\r\n");
        assert!(table.starts_with(&head), "{table}");
        let json: serde_json::Value = serde_json::from_str(&text(&report, Format::Json)).unwrap();
        let open = table.lines().nth(1).unwrap();
        let [p50, p95, p99] = ["p50_ms", "p95_ms", "p99_ms"].map(|name| &json["steps"][0]["response"][name]);
        assert!(open.starts_with("main,open_channel,2000,2000,1,2000,0,"), "{open}");
        assert!(open.contains(&format!(",2001,1,{p50},{p95},{p99},,")), "{open}: p99.9 has too few samples");
        let send = table.lines().nth(2).unwrap();
        assert!(send.contains(",2000,200,1111") && send.contains(",inf,inf,,"), "{send}");
        assert!(table.contains("\r\nmain,\"say \"\"a,b\"\"\nand = c\",0,0,0,0,0,,,,,,0,0,,,,,,"), "{table}");
    }

    #[test]
    fn seconds_have_a_column_for_each_value_that_any_line_has() {
        let table = seconds_of(
            "{\"stage\":\"steady\",\"at_s\":1.0,\"sent\":3}\n\
             {\"stage\":\"drain\",\"at_s\":2.0,\"sent\":4,\"workers\":[{\"busy\":0.5},{\"busy\":0.25}],\"psi\":null,\
             \"errors_by_kind\":{\"status 429 (20429)\":2}}\n",
        );
        let table = table.unwrap();
        let mut lines = table.split("\r\n");
        let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
        assert_eq!(columns[0], "at_s");
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let column = |name| {
            let index = columns.iter().position(|column| *column == name).unwrap();
            [rows[0][index], rows[1][index]]
        };
        assert_eq!(column("at_s"), ["1.0", "2.0"]);
        assert_eq!(column("stage"), ["steady", "drain"]);
        assert_eq!(column("sent"), ["3", "4"]);
        assert_eq!(column("workers.0.busy"), ["", "0.5"]);
        assert_eq!(column("workers.1.busy"), ["", "0.25"]);
        assert_eq!(column("psi"), ["", ""]);
        assert_eq!(column("errors_by_kind.status 429 (20429)"), ["0", "2"]);
    }

    #[test]
    fn a_last_line_that_is_torn_is_left_out() {
        for torn in ["{\"at_s\":", "{\"at_s\":2,\"sent\":1", "{"] {
            let ndjson = format!("{{\"at_s\":1}}\n{torn}");
            assert_eq!(seconds_of(&ndjson).unwrap(), "at_s\r\n1\r\n", "{torn}");
            let read = seconds(|| Ok(ndjson.as_bytes()), &mut Vec::new()).unwrap();
            assert_eq!(read, Seconds { lines: 1, torn: true });
        }
        assert_eq!(seconds_of("{\"at_s\":1}").unwrap(), "at_s\r\n1\r\n", "only the newline is missing");
    }

    #[test]
    fn a_line_that_is_none_or_too_long_is_named() {
        let long = format!("{{\"at_s\":1}}\n{{\"at_s\":\"{}\"}}\n", "x".repeat(LONGEST as usize));
        for ndjson in ["{\"at_s\":1}\n{\"at_s\":\n", "{\"at_s\":1}\n[1]\n", &long] {
            let says = seconds_of(ndjson).unwrap_err().to_string();
            assert!(says.starts_with("seconds.ndjson line 2: "), "{says}");
        }
    }
}
