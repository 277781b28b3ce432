//! `.hgrm`: one distribution as the text that HdrHistogram's plotter reads.

use std::io::{self, Write};

use super::distribution::{Distribution, rank};

/// Steps between a percentile and the one with half as many samples beyond it.
const TICKS_PER_HALF_DISTANCE: f64 = 5.0;

/// Writes the percentile distribution in milliseconds.
///
/// Percentiles are of *all* samples: with failures the curve ends where they begin instead of reaching 100 %
/// on the survivors. A line of comment, which the plotter skips, says how many there are.
pub fn write_hgrm(times: &Distribution, out: &mut dyn Write) -> io::Result<()> {
    let values = times.values().cumulative();
    writeln!(out, "{:>12} {:>14} {:>10} {:>14}\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")?;
    let all = times.count();
    let mut line = |value: std::time::Duration, quantile: f64, below: u64| {
        let ms = value.as_secs_f64() * 1e3;
        if quantile < 1.0 {
            writeln!(out, "{ms:12.3} {quantile:2.12} {below:10} {:14.2}", 1.0 / (1.0 - quantile))
        } else {
            writeln!(out, "{ms:12.3} {quantile:2.12} {below:10}")
        }
    };
    let mut quantile = 0.0;
    let mut values = values.into_iter().peekable();
    while let Some(&(value, below)) = values.peek() {
        if rank(quantile, all) > below {
            values.next();
            continue;
        }
        let last = below == times.ok();
        // The last line stands at the share that succeeded, 100 % when all did.
        let at = if last { below as f64 / all as f64 } else { quantile };
        line(value, at, below)?;
        if last {
            break;
        }
        let halvings = (1.0 / (1.0 - quantile)).log2().floor() + 1.0;
        quantile += 1.0 / (TICKS_PER_HALF_DISTANCE * 2f64.powf(halvings));
    }
    let ms = |time: Option<std::time::Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
    let histogram = times.values();
    writeln!(
        out,
        "#[Mean    = {:12.3}, StdDeviation   = {:12.3}]",
        ms(histogram.mean()),
        ms(histogram.stdev())
    )?;
    writeln!(out, "#[Max     = {:12.3}, Total count    = {:12}]", ms(histogram.max()), times.ok())?;
    writeln!(out, "#[Buckets = {:12}, SubBuckets     = {:12}]", histogram.buckets(), 2048)?;
    if times.failed() > 0 {
        writeln!(out, "#[Failed  = {:12}, ranked above every value]", times.failed())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Histogram;
    use super::*;

    fn rows(times: &Distribution) -> (Vec<Vec<f64>>, String) {
        let mut text = Vec::new();
        write_hgrm(times, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let numbers = |line: &str| line.split_whitespace().map(|n| n.parse().ok()).collect();
        (text.lines().filter_map(numbers).filter(|row: &Vec<f64>| !row.is_empty()).collect(), text)
    }

    fn of(count: u64, failed: u64) -> Distribution {
        let mut values = Histogram::new();
        (1..=count).for_each(|ms| values.record(Duration::from_millis(ms)));
        Distribution::with_failed(values, failed)
    }

    #[test]
    fn the_curve_rises_to_the_maximum() {
        let (rows, text) = rows(&of(1000, 0));
        assert!(rows.len() > 30 && rows.iter().all(|row| row.len() >= 3));
        assert!(rows.is_sorted_by(|a, b| a[0] <= b[0] && a[1] < b[1] && a[2] <= b[2]), "{text}");
        let median = rows.iter().find(|row| row[1] == 0.5).unwrap();
        assert!((median[0] - 500.0).abs() <= 0.5 && median[2] == 500.0 && median[3] == 2.0, "{median:?}");
        let last = rows.last().unwrap();
        assert_eq!((last[1], last[2], last.len()), (1.0, 1000.0, 3));
        assert!(text.contains("Total count    =         1000]"));
    }

    #[test]
    fn with_failures_the_curve_ends_where_they_begin() {
        let (rows, text) = rows(&of(900, 100));
        let last = rows.last().unwrap();
        assert_eq!((last[1], last[2]), (0.9, 900.0));
        assert!(text.contains("#[Failed  =          100, ranked above every value]"));
    }

    #[test]
    fn nothing_measured_is_a_head_and_a_foot() {
        let (rows, text) = rows(&of(0, 0));
        assert!(rows.is_empty() && text.contains("Total count    =            0]"));
    }
}
