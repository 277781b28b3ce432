//! `junit.xml`: the verdict, the generator and each threshold as a test, for the servers that run tests.
//!
//! What the target did wrong is a `failure`, what kept the run from proving anything an `error`, and what had too
//! few samples `skipped`.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::data::{Report, ThresholdRow};
use crate::verdict::{Judgement, Outcome};

/// One test.
struct Case {
    group: &'static str,
    name: String,
    seconds: f64,
    came: Came,
}

/// What it came to.
enum Came {
    Passed,
    Failed(String),
    /// Nothing can be said because the run itself went wrong.
    CouldNotRun(String),
    Skipped(String),
}

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let cases = cases(report);
    let counts = counts(&cases, report.elapsed_s);
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites")
        .with_attribute(("name", "flexload"))
        .with_attributes(borrowed(&counts))
        .write_inner_content(|xml| suite(report, &cases, &counts, xml))?;
    writeln!(out)
}

fn suite<W: Write>(
    report: &Report,
    cases: &[Case],
    counts: &[(&str, String)],
    xml: &mut Writer<W>,
) -> io::Result<()> {
    let name = format!("{} on {}", report.scenario.name, report.target.name);
    xml.create_element("testsuite")
        .with_attribute(("name", &*legal(&name)))
        // Its schema allows no time zone here; it is UTC.
        .with_attribute(("timestamp", report.started.trim_end_matches('Z')))
        .with_attributes(borrowed(counts))
        .write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| properties(report, xml))?;
            cases.iter().try_for_each(|case| write_case(&report.scenario.name, case, xml))
        })?;
    Ok(())
}

fn properties<W: Write>(report: &Report, xml: &mut Writer<W>) -> io::Result<()> {
    let seed = report.seed.to_string();
    let fixed = [
        ("flexload", &report.flexload),
        ("run_id", &report.run_id),
        ("started", &report.started),
        ("scenario", &report.scenario.name),
        ("scenario_hash", &report.scenario.hash),
        ("schedule_hash", &report.schedule_hash),
        ("seed", &seed),
        ("load_model", &report.load_model),
        ("target", &report.target.name),
        ("target_kind", &report.target.kind),
    ];
    let fixed = fixed.into_iter().map(|(name, value)| (name.to_owned(), value));
    let labels = report.labels.iter().map(|(name, value)| (format!("label.{name}"), value));
    for (name, value) in fixed.chain(labels) {
        xml.create_element("property")
            .with_attribute(("name", &*legal(&name)))
            .with_attribute(("value", &*legal(value)))
            .write_empty()?;
    }
    Ok(())
}

fn write_case<W: Write>(scenario: &str, case: &Case, xml: &mut Writer<W>) -> io::Result<()> {
    let element = xml
        .create_element("testcase")
        .with_attribute(("classname", &*legal(&format!("{scenario}.{}", case.group))))
        .with_attribute(("name", &*legal(&case.name)))
        .with_attribute(("time", &*case.seconds.to_string()));
    let (outcome, says) = match &case.came {
        Came::Passed => return element.write_empty().map(|_| ()),
        Came::Failed(says) => ("failure", says),
        Came::CouldNotRun(says) => ("error", says),
        Came::Skipped(says) => ("skipped", says),
    };
    element.write_inner_content(|xml| {
        // The first line where only one is shown, all of them where there is room.
        let first = legal(says.lines().next().unwrap_or_default()).into_owned();
        let element = xml.create_element(outcome).with_attribute(("message", &*first));
        if outcome == "skipped" {
            element.write_empty()?;
        } else {
            let element = element.with_attribute(("type", case.group));
            element.write_text_content(BytesText::new(&legal(says)))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn cases(report: &Report) -> Vec<Case> {
    let generator = &report.generator;
    let valid = if generator.valid { Came::Passed } else { Came::CouldNotRun(generator.reasons.join("\n")) };
    let mut cases: Vec<Case> = report.thresholds.iter().map(threshold).collect();
    cases.push(Case { group: "generator", name: "valid".to_owned(), seconds: 0.0, came: valid });
    cases.push(Case {
        group: "run",
        name: "verdict".to_owned(),
        seconds: report.elapsed_s,
        came: verdict(report),
    });
    cases
}

fn threshold(row: &ThresholdRow) -> Case {
    let seen =
        [Some(&row.seen), row.detail.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>().join("; ");
    let came = match row.outcome {
        Judgement::Held => Came::Passed,
        Judgement::Missed => Came::Failed(format!("seen: {seen}")),
        Judgement::Unknown => Came::Skipped(seen),
    };
    Case { group: "thresholds", name: row.text.clone(), seconds: 0.0, came }
}

fn verdict(report: &Report) -> Came {
    let outcome = report.verdict.outcome;
    let says = || format!("{}: {}", outcome.name(), report.verdict.reasons.join("\n"));
    match outcome {
        Outcome::Passed => Came::Passed,
        Outcome::Failed | Outcome::Aborted => Came::Failed(says()),
        Outcome::Invalid | Outcome::Inconclusive | Outcome::Interrupted | Outcome::Incomplete => {
            Came::CouldNotRun(says())
        }
    }
}

fn counts(cases: &[Case], elapsed_s: f64) -> [(&'static str, String); 5] {
    let count = |of: fn(&Came) -> bool| cases.iter().filter(|case| of(&case.came)).count().to_string();
    [
        ("tests", cases.len().to_string()),
        ("failures", count(|came| matches!(came, Came::Failed(_)))),
        ("errors", count(|came| matches!(came, Came::CouldNotRun(_)))),
        ("skipped", count(|came| matches!(came, Came::Skipped(_)))),
        ("time", elapsed_s.to_string()),
    ]
}

fn borrowed<'a>(counts: &'a [(&'a str, String)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    counts.iter().map(|(name, value)| (*name, value.as_str()))
}

/// XML has no form at all for most control characters, not even an escaped one.
fn legal(text: &str) -> Cow<'_, str> {
    let illegal = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(illegal) { text.replace(illegal, "\u{fffd}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report, text};
    use super::super::{Format, Report};
    use super::*;

    /// The document as another library reads it.
    fn read(report: &Report, with: impl FnOnce(&roxmltree::Document<'_>)) {
        let xml = text(report, Format::Junit);
        let document = roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error}:\n{xml}"));
        with(&document);
    }

    fn children<'a>(document: &'a roxmltree::Document<'_>, tag: &str) -> Vec<roxmltree::Node<'a, 'a>> {
        document.descendants().filter(|node| node.has_tag_name(tag)).collect()
    }

    #[test]
    fn each_threshold_the_generator_and_the_verdict_are_a_test() {
        read(&report(), |document| {
            let suite = children(document, "testsuite")[0];
            assert_eq!(suite.attribute("name"), Some("launch-day on mock"));
            assert_eq!(suite.attribute("timestamp"), Some("2016-08-01T22:10:40"));
            let cases: Vec<_> = children(document, "testcase")
                .iter()
                .map(|case| {
                    let came = case.first_element_child().map_or("passed", |child| child.tag_name().name());
                    (case.attribute("name").unwrap(), came)
                })
                .collect();
            assert_eq!(
                cases,
                [
                    ("open_channel.response.p95 < 2s", "passed"),
                    ("open_channel.response.p99.9 < 2s", "skipped"),
                    ("send_a_message_with_a_very_long_name.response.p95 < 2s", "failure"),
                    ("errors.rate < 1%", "failure"),
                    ("valid", "passed"),
                    ("verdict", "failure"),
                ]
            );
            for of in [suite, document.root_element()] {
                let counts = ["tests", "failures", "errors", "skipped", "time"];
                assert_eq!(counts.map(|name| of.attribute(name).unwrap()), ["6", "3", "0", "1", "61"]);
            }
        });
    }

    #[test]
    fn what_was_run_is_in_the_properties() {
        read(&report(), |document| {
            let of = |name| {
                let properties = children(document, "property");
                let property = properties.iter().find(|node| node.attribute("name") == Some(name));
                property.and_then(|node| node.attribute("value").map(str::to_owned))
            };
            for (name, value) in [
                ("seed", "42"),
                ("scenario_hash", "abc"),
                ("schedule_hash", "def"),
                ("target", "mock"),
                ("label.team", "chat"),
            ] {
                assert_eq!(of(name).as_deref(), Some(value), "{name}");
            }
        });
    }

    #[test]
    fn a_run_that_proved_nothing_is_an_error_not_a_failure() {
        for outcome in [Outcome::Invalid, Outcome::Inconclusive, Outcome::Interrupted, Outcome::Incomplete] {
            let mut report = report();
            report.verdict.outcome = outcome;
            report.verdict.reasons = vec!["why".to_owned(), "and why too".to_owned()];
            report.generator.valid = false;
            report.generator.reasons = vec!["too slow".to_owned()];
            read(&report, |document| {
                let errors = children(document, "error");
                let seen: Vec<_> = errors.iter().filter_map(|error| error.attribute("message")).collect();
                assert_eq!(seen, ["too slow".to_owned(), format!("{}: why", outcome.name())]);
                assert!(errors[1].text().unwrap().contains("and why too"));
                assert_eq!(document.root_element().attribute("errors"), Some("2"));
            });
        }
    }

    #[test]
    fn text_from_elsewhere_stays_text() {
        let nasty = "]]> <b a='x' \"y\"> & &amp; \u{fffd} é 漢";
        let mut report = report();
        report.scenario.name = nasty.to_owned();
        report.labels.insert(nasty.to_owned(), nasty.to_owned());
        let row = &mut report.thresholds[3];
        (row.seen, row.detail) = ("\u{0}\u{1b}[31m\u{ffff}".to_owned(), Some(nasty.to_owned()));
        read(&report, |document| {
            let suite = children(document, "testsuite")[0];
            assert_eq!(suite.attribute("name"), Some(format!("{nasty} on mock").as_str()));
            let properties = children(document, "property");
            let label =
                properties.iter().find(|node| node.attribute("name") == Some(&format!("label.{nasty}")));
            assert_eq!(label.and_then(|node| node.attribute("value")), Some(nasty));
            assert_eq!(
                children(document, "failure")[1].text(),
                Some(format!("seen: \u{fffd}\u{fffd}[31m\u{fffd}; {nasty}").as_str())
            );
        });
    }
}
