use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wire::time::Timestamp;

use super::*;
use crate::record::{
    Catalog, Collector, Counter, Failure, Finished, Gauges, Kind, Outcome, Recorder, Room, Sample, Summary,
    Timeline,
};
use crate::scenario::metric::{Metric, Selection, Statistic};
use crate::scenario::threshold::{Limit, Operator, Threshold};
use crate::verdict::{self, Facts, Judged, Limits, LittlesLaw, Validity};
use crate::words;

/// A run of two steps: every tenth send fails, one customer is dropped, names are long.
fn summary() -> Summary {
    let start = Instant::now();
    let mut catalog = Catalog::new();
    let open = catalog.step("main", "open_channel");
    let send = catalog.step("main", "send_a_message_with_a_very_long_name");
    let joined = catalog.part(open, "joined");
    catalog.step("main", "leave");
    catalog.step("vip", "leave");
    let wait = catalog.wait("agent_wait");
    let catalog = Arc::new(catalog);
    let mut recorder = Recorder::new(catalog.clone(), Timeline::steady(start));
    let sample =
        |ms: u64, outcome| Sample::new(start, start, start, start + Duration::from_millis(ms), outcome);
    for n in 1..=2000u64 {
        recorder.step(open, &sample(n, Outcome::Ok));
        let failure =
            Failure::new(Kind::Status { http: 429, code: Some(20429) }, "Too \x1b[31mmany\nrequests");
        let outcome = if n % 10 == 0 { Outcome::Failed(failure) } else { Outcome::Ok };
        recorder.step(send, &sample(n, outcome));
        recorder.part(joined, start, Duration::from_micros(n));
    }
    recorder.part(wait, start, Duration::from_secs(70));
    recorder.dropped(open, start, start);
    for counter in [Counter::Started, Counter::Sent, Counter::Acknowledged] {
        recorder.count(counter, 2000);
    }
    recorder.count(Counter::Due, 2001);
    recorder.finished(Finished { completed: true, sent: 4, replied: 3, chatted: Duration::ZERO });
    let mut collector = Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()));
    collector.merge(&mut recorder.snapshot());
    for second in 0..=61 {
        collector.tick(Duration::from_secs(second), &Gauges { connected: 500, ..Gauges::default() });
    }
    collector.finish(Duration::from_secs(61))
}

fn judged(summary: &Summary) -> Vec<Judged> {
    let response =
        |subject: &str, statistic| Metric { subject: subject.to_owned(), part: Some("response"), statistic };
    let rate = Metric { subject: "errors".to_owned(), part: None, statistic: Statistic::Rate };
    let two_seconds = Limit::Time("2s".parse().unwrap());
    let table = [
        (response("open_channel", Statistic::P95), two_seconds),
        (response("open_channel", Statistic::P999), two_seconds),
        (response("send_a_message_with_a_very_long_name", Statistic::P95), two_seconds),
        (rate, Limit::Share(0.01)),
    ];
    let judge = |(metric, limit)| {
        let threshold = Threshold {
            text: String::new(),
            metric,
            of: Selection::default(),
            operator: Operator::Below,
            limit,
            window: None,
            abort: false,
            place: None,
        };
        Judged::new(&threshold, summary)
    };
    table.into_iter().map(judge).collect()
}

fn report_of(summary: &Summary, thresholds: &[Judged]) -> Report {
    let validity = Validity::of(summary, &Limits::default(), &Room::default());
    let facts = Facts {
        summary,
        thresholds,
        validity: &validity,
        littles_law: LittlesLaw::default(),
        sends_messages: true,
        awaits_replies: false,
        stopped: None,
        troubles: &[],
        left_behind: 0,
    };
    let about = About {
        run_id: "r1".to_owned(),
        started: Timestamp::from_secs(1_470_089_440),
        scenario: ScenarioRef { name: "launch-day".to_owned(), hash: "abc".to_owned() },
        seed: 42,
        schedule_hash: "def".to_owned(),
        load_model: "partly open".to_owned(),
        labels: BTreeMap::from([("team".to_owned(), "chat".to_owned())]),
        target: TargetRef { name: "mock".to_owned(), kind: "embedded mock".to_owned(), same_machine: true },
        given: Given::default(),
        notes: vec!["a note".to_owned()],
    };
    Report::new(&Told {
        about: &about,
        summary,
        thresholds,
        validity: &validity,
        littles_law: LittlesLaw::default(),
        verdict: &verdict::Verdict::of(&facts),
        exit_code: 5,
        usage: Usage {
            cpu_seconds: Some(12.34),
            max_rss_kib: Some(65_536),
            workers: 2,
            room: Room::default(),
        },
        folder: Some("reports/20160801T221040Z-launch-day"),
        files: &[
            "run.json".to_owned(),
            "intervals.hlog".to_owned(),
            "steps/open_channel.response.hgrm".to_owned(),
        ],
    })
}

pub(super) fn report() -> Report {
    let summary = summary();
    let thresholds = judged(&summary);
    report_of(&summary, &thresholds)
}

pub(super) fn text(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    format.write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn terminal(report: &Report, width: usize, colour: bool) -> String {
    text(report, Format::Terminal(Look { width, colour }))
}

#[test]
fn the_summary_is_in_its_order() {
    let page = terminal(&report(), 80, false);
    let order = [
        "FAILED  launch-day on mock, 61 s",
        "missed: errors.rate < 1%",
        "\nThresholds\n",
        "  held    open_channel.response.p95 < 2s",
        "1.902s",
        "n/a (2001 of 10000 samples)",
        "  failed\n",
        "\nGenerator: valid\n",
        " checks held: starts, ",
        "not judged: ",
        "schedule lag: p50",
        "2 workers, 12.3 s of CPU, 64.0 MiB",
        "the target ran on this machine too",
        "\nDelivery\n",
        "2000 sent, 2000 acknowledged, 0 pushed, 0 replied",
        "500 or more connected for 60 s",
        "\nSteps",
        "open_channel",
        "never taken: main/leave, vip/leave",
        "\nParts and waits",
        "open_channel.joined",
        "agent_wait",
        "\nErrors: 201\n",
        "status 429 (20429)",
        "e.g. Too [31mmany requests",
        "\nNotes\n",
        "a note",
        "\nFiles\n",
        "reports/20160801T221040Z-launch-day/",
        "run.json, intervals.hlog, steps/*.hgrm (1)",
    ];
    let mut from = 0;
    for piece in order {
        let found =
            page[from..].find(piece).unwrap_or_else(|| panic!("no `{piece}` after {from} in:\n{page}"));
        from += found + piece.len();
    }
}

#[test]
fn every_line_fits_the_width_and_colour_only_adds_colour() {
    let report = report();
    for width in [80, 100, 120] {
        let page = terminal(&report, width, false);
        for line in page.lines() {
            assert!(words::columns(line) <= width, "{} at {width}: {line}", words::columns(line));
        }
        assert!(!page.contains('\x1b'));
        let mut bare = terminal(&report, width, true);
        for colour in ["\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[1m", "\x1b[0m"] {
            bare = bare.replace(colour, "");
        }
        assert_eq!(bare, page);
    }
    assert!(terminal(&report, 120, false).contains("p99.9"));
}

#[test]
fn the_folder_has_a_file_for_each_step_taken() {
    let root = tempfile::tempdir().unwrap();
    let mut folder = Folder::create(root.path(), Timestamp::from_secs(0), "smoke");
    folder.write_steps(&summary());
    folder.write_run(&report());
    let long = "send_a_message_with_a_very_long_name";
    let files = [
        "steps/open_channel.service.hgrm".to_owned(),
        "steps/open_channel.response.hgrm".to_owned(),
        format!("steps/{long}.service.hgrm"),
        format!("steps/{long}.response.hgrm"),
        "run.json".to_owned(),
    ];
    assert_eq!((folder.files(), folder.troubles()), (&files[..], &[][..]));
    for file in files {
        assert!(std::fs::metadata(folder.path().unwrap().join(&file)).unwrap().len() > 100, "{file}");
    }
}

#[test]
fn a_generator_that_failed_shows_each_check_with_its_limit_the_broken_ones_first() {
    let mut report = report();
    report.generator.valid = false;
    let local = report.generator.checks.iter_mut().find(|check| check.name == "local_errors");
    local.unwrap().held = false;
    let page = terminal(&report, 80, false);
    let expected = "
Generator: not valid
  broken  errors of this machine: none (limit: none)
  held    customers started of those due: 2000 of 2000 (limit: at least 99%)
";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn names_of_any_script_keep_the_columns_straight() {
    let mut report = report();
    report.steps[0].name = "打开频道并等待客服".to_owned();
    report.parts[0].name = "打开频道.joined".to_owned();
    report.thresholds[0].text = "打开频道.response.p95 < 2s".to_owned();
    report.errors[0].example = "请求太多了".repeat(40);
    let page = terminal(&report, 80, false);
    for line in page.lines() {
        assert!(words::columns(line) <= 80, "{}: {line}", words::columns(line));
    }
    let bar = |line: &&str| line.contains(" |") && !line.starts_with("Parts");
    let bars: BTreeSet<usize> = page
        .lines()
        .skip_while(|line| !line.starts_with("Steps"))
        .take_while(|line| !line.starts_with("Parts"))
        .filter(bar)
        .map(|line| words::columns(line.split('|').next().unwrap_or_default()))
        .collect();
    assert_eq!(bars.len(), 1, "{page}");
}

#[test]
fn run_json_tells_what_the_interface_promises() {
    let value: serde_json::Value = serde_json::from_str(&text(&report(), Format::Json)).unwrap();
    for pointer in [
        "/schema_version",
        "/scenario/name",
        "/scenario/hash",
        "/seed",
        "/schedule_hash",
        "/labels",
        "/target",
        "/verdict/outcome",
        "/verdict/reasons/0",
        "/exit_code",
        "/totals/customers",
        "/totals/sent",
        "/totals/acknowledged",
        "/totals/pushed",
        "/totals/replied",
        "/totals/errors",
        "/totals/dropped",
        "/peak/connected",
        "/peak/open_chats",
        "/peak/waiting_for_agent",
        "/steps/0/name",
        "/steps/0/ok",
        "/steps/0/errors",
        "/steps/0/service/p50_ms",
        "/steps/0/service/p95_ms",
        "/steps/0/service/p99_ms",
        "/steps/0/service/max_ms",
        "/steps/0/service/count",
        "/steps/0/response/p50_ms",
        "/steps/0/lag/p50_ms",
        "/thresholds/0",
        "/generator/cpu_seconds",
        "/generator/max_rss_kib",
        "/generator/valid",
        "/generator/reasons",
    ] {
        assert!(value.pointer(pointer).is_some(), "{pointer}");
    }
    assert_eq!(value["verdict"]["outcome"], "failed");
    let [open, send] = [&value["steps"][0], &value["steps"][1]];
    assert_eq!((&open["sent"], &open["ok"], &open["errors"]), (&2000.into(), &2000.into(), &1.into()));
    assert!(open["response"]["p99_9_ms"].is_null(), "2,001 samples are too few for p99.9");
    assert_eq!(open["response"]["among_failures"], serde_json::json!([]));
    assert!(send["response"]["p95_ms"].is_null(), "a tenth failed");
    assert_eq!(send["response"]["among_failures"], serde_json::json!(["p95_ms", "p99_ms"]));
    assert_eq!(value["sustained"]["connected"], 500);
    assert_eq!(value["thresholds"][0]["limit"], 2000.0);
    assert_eq!(value["errors"][0]["kind"], "status 429 (20429)");
}

#[test]
fn percentiles_agree_with_an_independent_computation() {
    let value: serde_json::Value = serde_json::from_str(&text(&report(), Format::Json)).unwrap();
    // The sends: 1 to 2000 ms less every tenth, which failed and so ranks above all.
    let mut sends: Vec<f64> =
        (1..=2000).map(|n| if n % 10 == 0 { f64::INFINITY } else { f64::from(n) }).collect();
    sends.sort_by(f64::total_cmp);
    let response = &value["steps"][1]["response"];
    for (name, quantile) in [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)] {
        let truth = sends[(quantile * sends.len() as f64).ceil() as usize - 1];
        match response[name].as_f64() {
            Some(seen) => assert!((seen / truth - 1.0).abs() < 0.001, "{name}: {seen} for {truth}"),
            None => assert!(truth.is_infinite(), "{name}: none for {truth}"),
        }
    }
    assert_eq!(response["count"], 2000);
}

#[test]
fn run_json_validates_against_the_published_schema() {
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    compiler.add_resource("run.schema.json", schema()).unwrap();
    let index = compiler.compile("run.schema.json", &mut schemas).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text(&report(), Format::Json)).unwrap();
    schemas.validate(&value, index).unwrap();
    let nothing = {
        let catalog = Arc::new(Catalog::new());
        Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()))
            .finish(Duration::ZERO)
    };
    let empty = serde_json::to_value(report_of(&nothing, &[])).unwrap();
    schemas.validate(&empty, index).unwrap();
    value["totals"]["sent"] = "many".into();
    assert!(schemas.validate(&value, index).is_err(), "and the schema says no to what is wrong");
}

/// The published file; run with `-- --ignored publish` to write it anew.
const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/run.schema.json");

fn schema_text() -> String {
    format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap())
}

#[test]
fn the_published_schema_is_this_one() {
    let published = std::fs::read_to_string(PUBLISHED).unwrap();
    assert_eq!(published, schema_text(), "run `cargo test -p flexload --lib publish -- --ignored`");
}

#[test]
#[ignore = "writes reports/run.schema.json"]
fn publish_the_schema() {
    std::fs::write(PUBLISHED, schema_text()).unwrap();
}
