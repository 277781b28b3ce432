//! GitHub's annotations: lines of a log that its Actions show beside the run.

use std::io::{self, Write};

use super::data::Report;
use crate::verdict::Judgement;

/// Writes a line for each threshold that was missed or had too few samples, and for an invalid run.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let title = property(&format!("flexload: {}", report.scenario.name));
    for row in &report.thresholds {
        let (level, word) = match row.outcome {
            Judgement::Held => continue,
            Judgement::Missed => ("error", "missed"),
            Judgement::Unknown => ("warning", "not judged"),
        };
        let says = data(&format!("{word}: {} (seen: {})", row.text, row.seen));
        writeln!(out, "::{level} title={title}::{says}")?;
    }
    if !report.generator.valid {
        let why = data(&report.generator.reasons.join("\n"));
        writeln!(out, "::error title={title}::the run is invalid: {why}")?;
    }
    Ok(())
}

/// A command's message, which ends with its line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A command's property, which ends with a comma or colon too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{report, text};

    #[test]
    fn each_missed_threshold_is_an_error_and_each_unjudged_one_a_warning() {
        let lines = text(&report(), Format::Annotations);
        let lines: Vec<&str> = lines.lines().collect();
        let title = "title=flexload%3A launch-day";
        assert_eq!(
            lines,
            [
                format!(
                    "::warning {title}::not judged: open_channel.response.p99.9 < 2s (seen: n/a (2001 of 10000 samples))"
                ),
                format!(
                    "::error {title}::missed: send_a_message_with_a_very_long_name.response.p95 < 2s (seen: failed)"
                ),
                format!("::error {title}::missed: errors.rate < 1%25 (seen: 5.02%25)"),
            ]
        );
    }

    #[test]
    fn an_invalid_run_is_an_error_of_one_line_and_a_good_one_says_nothing() {
        let mut report = report();
        report.scenario.name = "a,b:c%\r\n::error::d".to_owned();
        report.thresholds.clear();
        assert_eq!(text(&report, Format::Annotations), "");
        report.generator.valid = false;
        report.generator.reasons = vec!["too late: 40%".to_owned(), "no files".to_owned()];
        assert_eq!(
            text(&report, Format::Annotations),
            "::error title=flexload%3A a%2Cb%3Ac%25%0D%0A%3A%3Aerror%3A%3Ad::the run is invalid: too late: 40%25%0Ano files\n"
        );
    }
}
