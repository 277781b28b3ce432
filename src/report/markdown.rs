//! The summary as Markdown, for the page a CI server shows of a run.

use std::io::{self, Write};

use super::data::{ErrorRow, Report, StepRow, ThresholdRow};
use super::terminal::{cell, confidence};
use crate::verdict::Judgement;
use crate::words::seconds;

/// Groups of errors that are told; `run.json` has all.
const ERRORS_SHOWN: usize = 20;
/// Steps that are told: such a page has a limit.
const STEPS_SHOWN: usize = 200;

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    verdict(report, out)?;
    thresholds(report, out)?;
    steps(report, out)?;
    errors(report, out)?;
    what_was_run(report, out)
}

fn verdict(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (word, scenario) = (report.verdict.outcome.name().to_uppercase(), plain(&report.scenario.name));
    writeln!(
        out,
        "## {word}: {scenario} on {}, {}\n",
        plain(&report.target.name),
        seconds(report.elapsed_s)
    )?;
    for reason in &report.verdict.reasons {
        writeln!(out, "- {}", plain(reason))?;
    }
    Ok(())
}

fn thresholds(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.thresholds.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Thresholds\n\n| | threshold | seen | beside it |\n|---|---|--:|---|")?;
    for ThresholdRow { text, seen, outcome, interval, detail, .. } in &report.thresholds {
        let word = match outcome {
            Judgement::Held => "held",
            Judgement::Missed => "**missed**",
            Judgement::Unknown => "n/a",
        };
        let sure: Vec<String> = interval.as_ref().map(confidence).into_iter().chain(detail.clone()).collect();
        writeln!(out, "| {word} | {} | {} | {} |", plain(text), plain(seen), plain(&sure.join("; ")))?;
    }
    Ok(())
}

fn steps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let taken: Vec<&StepRow> = report.steps.iter().filter(|row| row.sent + row.errors > 0).collect();
    if taken.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Steps\n")?;
    writeln!(
        out,
        "| step | sent | ok | errors | service p50 | p95 | p99 | response p50 | p95 | p99 |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for row in taken.iter().take(STEPS_SHOWN) {
        let StepRow { sent, ok, errors, .. } = row;
        write!(out, "| {} | {sent} | {ok} | {errors} |", plain(&row.unambiguous_name(&report.steps)))?;
        for times in [&row.service, &row.response] {
            for (name, value) in
                [("p50_ms", times.p50_ms), ("p95_ms", times.p95_ms), ("p99_ms", times.p99_ms)]
            {
                write!(out, " {} |", cell(times, name, value))?;
            }
        }
        writeln!(out)?;
    }
    more(taken.len(), STEPS_SHOWN, "steps", out)
}

fn errors(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.errors.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### Errors: {}\n", report.totals.errors)?;
    writeln!(out, "| count | step | what | the first one |\n|--:|---|---|---|")?;
    for ErrorRow { step, kind, count, example, .. } in report.errors.iter().take(ERRORS_SHOWN) {
        let step = step.as_deref().unwrap_or("outside steps");
        writeln!(out, "| {count} | {} | {} | {} |", plain(step), plain(kind), plain(example))?;
    }
    more(report.errors.len(), ERRORS_SHOWN, "kinds", out)
}

fn more(all: usize, shown: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(out, "\nand {more} more {what} in run.json"),
    }
}

fn what_was_run(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let generator = if report.generator.valid { "valid" } else { "**not valid**" };
    writeln!(
        out,
        "\nGenerator: {generator}. {} messages sent, {} acknowledged, {} replied.",
        report.totals.sent, report.totals.acknowledged, report.totals.replied
    )?;
    if report.target.same_machine {
        writeln!(out, "The target ran on this machine too: each slows the other.")?;
    }
    for note in &report.notes {
        writeln!(out, "\n{}", plain(note))?;
    }
    let (run, seed, schedule) = (plain(&report.run_id), report.seed, plain(&report.schedule_hash));
    writeln!(
        out,
        "\nRun {run} of {}, seed {seed}, schedule {schedule}, flexload {}.",
        plain(&report.started),
        plain(&report.flexload)
    )
}

/// Text that stays text: nothing in it is markup, and it stays on its line and in its cell.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '(' | ')' => {
                plain.extend(['\\', c])
            }
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::Format;
    use super::super::tests::{report, text};
    use super::*;

    /// The text of every cell, heading, item and paragraph as another library reads it, cells by `|`.
    fn read(report: &Report) -> Vec<String> {
        let markdown = text(report, Format::Markdown);
        let mut blocks = vec![String::new()];
        for event in Parser::new_ext(&markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Text(text) => blocks.last_mut().unwrap().push_str(&text),
                Event::End(TagEnd::TableCell) => blocks.last_mut().unwrap().push('|'),
                Event::SoftBreak => blocks.last_mut().unwrap().push(' '),
                Event::Start(Tag::Strong) | Event::End(TagEnd::Strong | TagEnd::Table | TagEnd::List(_)) => {}
                Event::Start(
                    Tag::Heading { .. }
                    | Tag::Paragraph
                    | Tag::Item
                    | Tag::Table(_)
                    | Tag::TableHead
                    | Tag::TableRow
                    | Tag::TableCell
                    | Tag::List(None),
                ) => {}
                Event::End(_) => blocks.push(String::new()),
                other => panic!("{other:?} in:\n{markdown}"),
            }
        }
        blocks.into_iter().filter(|block| !block.is_empty()).collect()
    }

    #[test]
    fn the_page_tells_verdict_thresholds_steps_and_errors_in_that_order() {
        let page = read(&report());
        let order = [
            "FAILED: launch-day on mock, 61 s",
            "missed: errors.rate < 1%",
            "Thresholds",
            "held|open_channel.response.p95 < 2s|1.902s||",
            "n/a|open_channel.response.p99.9 < 2s|n/a (2001 of 10000 samples)||",
            "missed|errors.rate < 1%|",
            "Steps",
            "open_channel|2000|2000|1|1.00s|1.90s|1.98s|1.00s|1.90s|1.98s|",
            "send_a_message_with_a_very_long_name|2000|1800|200|1.11s|failed|failed|1.11s|failed|failed|",
            "Errors: 201",
            "200|send_a_message_with_a_very_long_name|status 429 (20429)|Too  [31mmany requests|",
            "Generator: valid",
            "a note",
            "seed 42, schedule def",
        ];
        let mut rest = page.iter();
        for wanted in order {
            assert!(rest.any(|block| block.contains(wanted)), "no `{wanted}` where it is to be in {page:#?}");
        }
    }

    #[test]
    fn text_from_elsewhere_stays_text_in_its_cell() {
        let nasty = "a|b `c` *d* _e_ [f](g) <b>h</b> &amp; \\ ~~i~~ ![j](k) #1 é漢";
        let mut report = report();
        report.scenario.name = nasty.to_owned();
        report.errors[0].example = nasty.to_owned();
        report.errors[0].kind = "line\nbreak".to_owned();
        report.thresholds[0].text = nasty.to_owned();
        report.verdict.reasons = vec![nasty.to_owned()];
        let page = read(&report);
        for wanted in [
            format!("FAILED: {nasty} on mock, 61 s"),
            nasty.to_owned(),
            format!("held|{nasty}|1.902s||"),
            format!("200|send_a_message_with_a_very_long_name|line break|{nasty}|"),
        ] {
            assert!(page.contains(&wanted), "no `{wanted}` in {page:#?}");
        }
    }

    #[test]
    fn an_interval_is_told_beside_its_threshold() {
        let mut report = report();
        report.thresholds[0].interval = Some(super::super::data::IntervalRow {
            low_ms: Some(1_800.0),
            high_ms: Some(2_100.0),
            high_at_least: false,
            rough: false,
            close: true,
        });
        let page = read(&report);
        let sure = "held|open_channel.response.p95 < 2s|1.902s|95% confidence: 1.80s to 2.10s; close: the limit lies within|";
        assert!(page.iter().any(|block| block == sure), "{page:#?}");
    }
}
