use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::record::{Catalog, Collector, Kind, Outcome as Ended, Recorder, Room, Sample, StepId, Timeline};
use crate::scenario;
use crate::scenario::metric::{self, Metric, Selection, Statistic};
use crate::scenario::threshold::{Limit, Operator, Threshold};

/// A run in which ten customers were due and started, and each sent one message.
fn run(more: impl FnOnce(&mut Recorder, StepId, &dyn Fn(u64, Ended) -> Sample)) -> Summary {
    let start = Instant::now();
    let mut catalog = Catalog::new();
    let send = catalog.step("main", "send_message");
    let catalog = Arc::new(catalog);
    let mut recorder = Recorder::new(catalog.clone(), Timeline::steady(start));
    let sample = |ms: u64, outcome| {
        let ended = start + Duration::from_millis(ms);
        Sample::new(start, start, start, ended, outcome)
    };
    for counter in [Counter::Due, Counter::Started, Counter::Sent, Counter::Acknowledged] {
        recorder.count(counter, 10);
    }
    (1..=10).for_each(|n| recorder.step(send, &sample(n * 10, Ended::Ok)));
    more(&mut recorder, send, &sample);
    let mut collector = Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()));
    collector.merge(&mut recorder.snapshot());
    collector.finish(Duration::from_secs(1))
}

fn threshold(metric: Metric, operator: Operator, limit: Limit) -> Threshold {
    Threshold {
        text: String::new(),
        metric,
        of: Selection::default(),
        operator,
        limit,
        window: None,
        abort: false,
        place: None,
    }
}

/// `subject.part.statistic OPERATOR LIMIT`, judged.
fn judged(summary: &Summary, metric: Metric, operator: Operator, limit: Limit) -> Judged {
    Judged::new(&threshold(metric, operator, limit), summary)
}

fn response(statistic: Statistic) -> Metric {
    Metric { subject: "send_message".to_owned(), part: Some("response"), statistic }
}

fn all(subject: &str, statistic: Statistic) -> Metric {
    Metric { subject: subject.to_owned(), part: None, statistic }
}

fn time(text: &str) -> Limit {
    Limit::Time(text.parse().unwrap())
}

#[test]
fn a_threshold_is_judged_by_the_value() {
    let summary = run(|_, _, _| ());
    let absent = Metric { subject: "await_reply".to_owned(), ..response(Statistic::P95) };
    let table = [
        (response(Statistic::P95), time("200ms"), Judgement::Held, "100.0ms"),
        (response(Statistic::P95), time("50ms"), Judgement::Missed, "100.0ms"),
        (response(Statistic::P99), time("200ms"), Judgement::Unknown, "n/a (10 of 1000 samples)"),
        (all("errors", Statistic::Rate), Limit::Share(0.01), Judgement::Held, "0.00%"),
        (all("errors", Statistic::Count), Limit::Number(1.0), Judgement::Held, "0"),
        (all("dropped", Statistic::Rate), Limit::Share(0.01), Judgement::Held, "0.00%"),
        (absent, time("1s"), Judgement::Unknown, "n/a (no such metric)"),
    ];
    for (metric, limit, expected, seen) in table {
        let judged = judged(&summary, metric, Operator::Below, limit);
        assert_eq!((judged.judgement, judged.seen().as_str()), (expected, seen), "{judged}");
    }
}

#[test]
fn a_percentile_among_failures_misses_every_limit() {
    let summary = run(|recorder, send, sample| {
        recorder.step(send, &sample(1, Kind::Status { http: 500, code: None }.into()));
    });
    for operator in [Operator::Below, Operator::Above, Operator::AtMost, Operator::AtLeast, Operator::Equal] {
        let judged = judged(&summary, response(Statistic::P95), operator, time("1s"));
        assert_eq!((judged.judgement, judged.seen().as_str()), (Judgement::Missed, "failed"));
    }
    let rate = judged(&summary, all("errors", Statistic::Rate), Operator::Below, Limit::Share(0.01));
    assert_eq!(rate.to_string(), "missed: errors.rate < 1% (seen: 9.09%)");
}

#[test]
fn every_metric_a_scenario_may_name_is_measured() {
    let text = "version: 1\nname: all\ncustomers: { count: 5 }\nagents: { count: 1 }\n\
                load: { phases: [ { hold: { rate: 1/s, for: 5s } } ] }\nsteps:\n  - mint_token: {}\n  - connect: {}\n  \
                - open_channel: {}\n  - send_message: { id: hello, body: hi }\n  - await_reply: { within: 3s }\n  \
                - leave: {}\n";
    let loaded = scenario::parse("all.yaml", text, Path::new("."), &[]).unwrap();
    let catalog = crate::engine::catalog(&loaded.scenario);
    let collector = Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()));
    let summary = collector.finish(Duration::from_secs(1));
    for metric in metric::catalogue(&loaded.scenario) {
        assert!(summary.metric(&metric.to_string()).is_some(), "{metric}");
    }
}

/// The facts of a run with nothing to complain about.
fn facts<'a>(summary: &'a Summary, thresholds: &'a [Judged], validity: &'a Validity) -> Facts<'a> {
    Facts {
        summary,
        thresholds,
        validity,
        littles_law: LittlesLaw::default(),
        sends_messages: true,
        awaits_replies: false,
        stopped: None,
        troubles: &[],
        left_behind: 0,
    }
}

#[test]
fn a_run_without_reasons_passed() {
    let summary = run(|_, _, _| ());
    let validity = Validity::of(&summary, &Limits::default(), &Room::default());
    let held = [judged(&summary, all("errors", Statistic::Rate), Operator::Below, Limit::Share(0.01))];
    let verdict = Verdict::of(&facts(&summary, &held, &validity));
    assert_eq!((verdict.outcome(), verdict.reasons().len()), (Outcome::Passed, 0));
}

#[test]
fn the_first_cause_decides_and_all_are_told() {
    let summary = run(|recorder, send, sample| {
        recorder.step(send, &sample(1, Kind::Local("EMFILE").into()));
    });
    let validity = Validity::of(&summary, &Limits::default(), &Room::default());
    let thresholds = [
        judged(&summary, response(Statistic::P99), Operator::Below, time("1s")),
        judged(&summary, response(Statistic::P50), Operator::Below, time("1ms")),
    ];
    let mut facts = facts(&summary, &thresholds, &validity);
    facts.left_behind = 2;
    let troubles = ["steps: no space left".to_owned()];
    let causes = |facts: &Facts<'_>| Verdict::of(facts).causes().collect::<Vec<_>>();
    let rest = [Cause::Invalid, Cause::Missed, Cause::Inconclusive, Cause::LeftBehind];
    assert_eq!(causes(&facts), rest);
    assert_eq!(Verdict::of(&facts).outcome(), Outcome::Invalid);
    facts.troubles = &troubles;
    assert_eq!(Verdict::of(&facts).outcome(), Outcome::Incomplete);
    facts.stopped = Some(Signal::Terminate);
    assert_eq!(Verdict::of(&facts).outcome(), Outcome::Interrupted);
    assert_eq!(causes(&facts).len(), 6);
}

#[test]
fn nothing_proven_is_inconclusive() {
    let nobody = {
        let catalog = Arc::new(Catalog::new());
        Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()))
            .finish(Duration::from_secs(1))
    };
    let validity = Validity::of(&nobody, &Limits::default(), &Room::default());
    assert!(validity.holds(), "nobody due, nobody late");
    let verdict = Verdict::of(&facts(&nobody, &[], &validity));
    assert_eq!(verdict.outcome(), Outcome::Inconclusive);
    assert!(verdict.reasons()[0].says.contains("no customer was due"));

    let silent = {
        let start = Instant::now();
        let catalog = Arc::new(Catalog::new());
        let mut recorder = Recorder::new(catalog.clone(), Timeline::steady(start));
        for counter in [Counter::Due, Counter::Started, Counter::Sent] {
            recorder.count(counter, 5);
        }
        let mut collector =
            Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()));
        collector.merge(&mut recorder.snapshot());
        collector.finish(Duration::from_secs(1))
    };
    let validity = Validity::of(&silent, &Limits::default(), &Room::default());
    let mut silent = facts(&silent, &[], &validity);
    assert_eq!(Verdict::of(&silent).outcome(), Outcome::Inconclusive);
    silent.sends_messages = false;
    assert!(Verdict::of(&silent).reasons()[0].says.contains("no step succeeded"));

    let unanswered = run(|_, _, _| ());
    let validity = Validity::of(&unanswered, &Limits::default(), &Room::default());
    let mut unanswered = facts(&unanswered, &[], &validity);
    assert_eq!(Verdict::of(&unanswered).outcome(), Outcome::Passed);
    unanswered.awaits_replies = true;
    assert!(Verdict::of(&unanswered).reasons()[0].says.contains("no message was answered"));
}

#[test]
fn starts_below_99_percent_are_the_generators_fault_and_drops_are_not() {
    // Due, dropped, started beyond the ten that were: whether the run is valid.
    let table =
        [(90, 0, 90, true), (90, 0, 89, true), (90, 0, 88, false), (90, 80, 10, true), (990, 0, 980, true)];
    for (due, dropped, started, valid) in table {
        let summary = run(|recorder, send, _| {
            recorder.count(Counter::Due, due);
            recorder.count(Counter::Started, started);
            let now = Instant::now();
            (0..dropped).for_each(|_| recorder.dropped(send, now, now));
        });
        let validity = Validity::of(&summary, &Limits::default(), &Room::default());
        assert_eq!(validity.holds(), valid, "{:?}", validity.checks());
    }
}

#[test]
fn local_errors_make_a_run_invalid_and_are_named() {
    let summary = run(|recorder, send, sample| {
        (0..3).for_each(|_| recorder.step(send, &sample(1, Kind::Local("EADDRNOTAVAIL").into())));
    });
    let validity = Validity::of(&summary, &Limits::default(), &Room::default());
    let broken: Vec<String> = validity.broken().map(Check::to_string).collect();
    assert_eq!(broken, ["errors of this machine: EADDRNOTAVAIL 3 (limit: none)"]);
}
