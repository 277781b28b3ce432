use super::super::tests::report;
use super::*;
use crate::record::{Felt, Histogram, History, StepHistory, Stretch, Tail};
use std::time::Duration;

/// A long run of so many steps, each with as many points as there can be.
fn long_run(steps: usize) -> (Report, Recorded) {
    let mut report = report();
    let row = report.steps[0].clone();
    report.steps = (0..steps)
        .map(|nth| {
            let mut row = row.clone();
            row.name = format!("step_{nth}");
            row
        })
        .collect();
    let mut values = Histogram::new();
    (1..=200_000u64).for_each(|us| values.record(Duration::from_micros(us * 7)));
    let stretch = |nth: u32| Stretch {
        from_s: f64::from(nth) * 144.0,
        until_s: f64::from(nth + 1) * 144.0,
        connected: 4_000 + u64::from(nth % 7),
        due: 1_000 + u64::from(nth),
        ..Stretch::default()
    };
    let felt = |nth: u32| Felt {
        from_s: f64::from(nth) * 144.0,
        until_s: f64::from(nth + 1) * 144.0,
        p50_ms: Some(1.0 + f64::from(nth % 13)),
        p95_ms: (!nth.is_multiple_of(100)).then(|| 100.0 + f64::from(nth)),
    };
    let tail = |nth: u32| Tail {
        from_s: f64::from(nth) * 144.0,
        until_s: f64::from(nth + 1) * 144.0,
        p99_ms: (!nth.is_multiple_of(70)).then(|| 200.0 + f64::from(nth)),
    };
    let step = |nth: usize| StepHistory {
        journey: row.journey.clone(),
        step: format!("step_{nth}"),
        points: (0..600).map(felt).collect(),
        tails: (0..600).map(tail).collect(),
        service: values.clone(),
        response: values.clone(),
    };
    let history = History {
        stretches: (0..600).map(stretch).collect(),
        stages: vec![(0.0, "warm-up".to_owned()), (600.0, "steady".to_owned())],
        steps: (0..steps).map(step).collect(),
        ..History::default()
    };
    (report, Recorded { history, environment: None })
}

fn page(report: &Report, recorded: &Recorded) -> String {
    let mut out = Vec::new();
    write(report, recorded, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Fails where an element is not ended in the order it was begun, or an id is there twice.
fn well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = std::collections::HashSet::new();
    let mut rest = page.strip_prefix("<!doctype html>").unwrap();
    while let Some(start) = rest.find('<') {
        let tag = &rest[start + 1..start + rest[start..].find('>').unwrap()];
        rest = &rest[start + tag.len() + 2..];
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        if let Some(id) = tag.split(" id=\"").nth(1) {
            assert!(ids.insert(id.split('"').next().unwrap().to_owned()), "twice: {tag}");
        }
        match tag.strip_prefix('/') {
            Some(ended) => assert_eq!(open.pop(), Some(ended), "before {rest:.80}"),
            None if tag.ends_with('/') || matches!(name, "meta" | "link") => {}
            None => open.push(name),
        }
        if matches!(tag, "style" | "script") {
            rest = &rest[rest.find(&format!("</{tag}>")).unwrap()..];
        }
    }
    assert!(open.is_empty(), "never ended: {open:?}");
}

#[test]
fn the_page_answers_in_the_order_people_ask() {
    let (report, recorded) = long_run(2);
    let page = page(&report, &recorded);
    let order = [
        "FAILED: launch-day",
        "missed: errors.rate &lt; 1%",
        ">Thresholds</h2>",
        "open_channel.response.p95</th><td class=\"good\">✓ held</td>",
        ">Generator: valid</h2>",
        ">How far chats got</h2>",
        ">Load over time</h2>",
        ">Steps</h2>",
        ">Latency</h2>",
        "step_1, percentiles",
        ">Errors: 201</h2>",
        "status 429 (20429)",
        ">What was run</h2>",
        "Label team",
        ">Files</h2>",
    ];
    let mut from = 0;
    for piece in order {
        let found = page[from..].find(piece).unwrap_or_else(|| panic!("no `{piece}` after {from}"));
        from += found + piece.len();
    }
    well_formed(&page);
}

#[test]
fn figures_are_those_of_the_report() {
    let report = report();
    let page = page(&report, &Recorded::default());
    let open = &report.steps[0];
    let p95 = crate::words::time(open.response.p95_ms.unwrap());
    let row = page.split("<th scope=\"row\">open_channel</th>").nth(1).unwrap();
    let row = row.split("</tr>").next().unwrap();
    for figure in [open.sent.to_string(), open.ok.to_string(), open.errors.to_string(), p95] {
        assert!(row.contains(&format!(">{figure}</td>")), "no {figure} in {row}");
    }
    for threshold in &report.thresholds {
        assert!(page.contains(&format!(">{}</td>", Text(&threshold.seen))), "{}", threshold.seen);
    }
    assert!(page.contains(">failed</td>"), "p95 of the sends falls among the failures");
}

#[test]
fn what_comes_from_outside_stays_text() {
    let evil = "</title><script>alert('1')</script>&\"";
    let mut report = report();
    report.scenario.name = evil.to_owned();
    report.verdict.reasons = vec![evil.to_owned()];
    report.labels.insert(evil.to_owned(), evil.to_owned());
    report.target.name = evil.to_owned();
    report.steps[0].name = evil.to_owned();
    report.parts[0].name = evil.to_owned();
    report.errors[0].example = evil.to_owned();
    report.thresholds[0].text = evil.to_owned();
    report.notes = vec![evil.to_owned()];
    report.files = vec![evil.to_owned()];
    let (_, recorded) = long_run(1);
    let page = page(&report, &recorded);
    assert!(!page.contains("alert('1')") && !page.contains("<script>alert"), "it is markup");
    assert!(page.matches("alert(&#39;1&#39;)").count() >= 10);
    well_formed(&page);
}

/// The core files of a run of 24 h: a line a second, of each of so many steps a line in 72 seconds.
fn a_day(steps: usize) -> (String, String) {
    const SECONDS: usize = 86_400;
    let (mut seconds, mut intervals) = (String::new(), String::new());
    for at in 1..=SECONDS {
        let kinds: Vec<String> =
            (0..8).map(|kind| format!("\"status 4{kind:02}\":{}", at % (kind + 2))).collect();
        let workers: Vec<String> = (0..8)
            .map(|nth| format!("{{\"lag_ms\":{}.5,\"busy\":0.{}}}", at % 7, 1 + (at + nth) % 9))
            .collect();
        seconds.push_str(&format!(
            "{{\"at_s\":{at}.0,\"stage\":\"steady\",\"connected\":{},\"due\":{},\"steps_ok\":{},\"errors\":9,\
             \"errors_by_kind\":{{{}}},\"workers\":[{}],\"cpu_share\":0.{},\"clock_step_ms\":{}}}\n",
            3_000 + at % 997,
            at % 13,
            at % 511,
            kinds.join(","),
            workers.join(","),
            1 + at % 9,
            if at % 30_000 == 0 { 250.0 } else { 0.0 },
        ));
    }
    let lines: Vec<String> = (1..=7u64)
        .map(|nth| {
            let mut values = Histogram::new();
            (0..40 * nth).for_each(|us| values.record(Duration::from_micros(1_000 + us * nth)));
            crate::record::encoded(&values)
        })
        .collect();
    for from in (0..SECONDS).step_by(72) {
        for step in 0..steps {
            let kinds: &[&str] =
                if from % 504 == 0 { &["service", "response", "failed"] } else { &["response"] };
            for kind in kinds {
                let values = &lines[(from / 72 + step) % lines.len()];
                intervals.push_str(&format!(
                    "Tag=steady/main/step_{step}/{kind},{from}.000,72.000,1.000,{values}\n"
                ));
            }
        }
    }
    (seconds, intervals)
}

#[test]
fn a_soak_of_a_day_with_fifteen_steps_is_a_page_of_less_than_five_megabytes() {
    let (seconds, intervals) = a_day(15);
    let history = History::read(seconds.as_bytes(), intervals.as_bytes()).unwrap();
    let kinds = |stretch: &Stretch| stretch.errors_by_kind.values().sum::<u64>();
    let told = (1..=86_400).map(|at: usize| (0..8).map(|kind| at % (kind + 2)).sum::<usize>()).sum::<usize>();
    assert_eq!(history.stretches.iter().map(kinds).sum::<u64>(), told as u64, "thinned, and none is lost");
    assert_eq!(history.clock_steps.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [30_000.0, 60_000.0]);
    let (mut report, _) = long_run(15);
    report.funnel = Vec::new();
    let page = page(&report, &Recorded { history, environment: None });
    for drawn in ["step_14 over time", "p99", "Errors by kind", "Busy workers", "clock +250ms"] {
        assert!(page.contains(drawn), "{drawn}");
    }
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    well_formed(&page);
}

#[test]
fn as_many_steps_as_are_drawn_stay_below_five_megabytes() {
    let (report, recorded) = long_run(60);
    let page = page(&report, &recorded);
    assert!(page.contains("20 more are in the table above"));
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    well_formed(&page);
}

#[test]
fn it_loads_nothing_and_what_is_not_known_is_not_there() {
    let page = page(&report(), &Recorded::default());
    // What is within the page may be named.
    let page_without_own = page.replace("url(#hatch-", "");
    for foreign in ["http:", "https:", "url(", "import", "src="] {
        assert!(!page_without_own.contains(foreign), "{foreign}");
    }
    assert!(!page.contains("Load over time") && !page.contains(">Latency<") && !page.contains("Machine"));
    well_formed(&page);
}

#[test]
fn the_sample_report_is_of_this_version_and_tells_nothing_of_where_it_was_made() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let report = super::super::read(&folder).unwrap();
    let told = std::fs::read_to_string(folder.join("report.html")).unwrap();
    well_formed(&told);
    assert!(told.len() < 500_000, "{} bytes", told.len());
    assert_eq!(report.folder.as_deref(), Some("reports/sample"));
    let seen =
        |metric: &str| report.thresholds.iter().find(|row| row.metric == metric).unwrap().observed.unwrap();
    let [service, response] = ["service", "response"].map(|time| seen(&format!("open_channel.{time}.p95")));
    assert!(service * 100.0 < response, "omission is to be seen: {service} and {response}");
    // Every part of the page that is made from the report alone is the same today.
    for section in [sections::thresholds, sections::steps, sections::parts, sections::chat] {
        let mut today = Vec::new();
        section(&report, &Recorded::default(), &mut today).unwrap();
        let today = String::from_utf8(today).unwrap();
        assert!(told.contains(&today), "render the sample again (reports/README.md): {today:.300}");
    }
}
