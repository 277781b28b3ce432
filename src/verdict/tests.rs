use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::record::{Catalog, Collector, Kind, Outcome as Ended, Recorder, Sample, StepId, Timeline};

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

fn judged(summary: &Summary, metric: &str, holds: &dyn Fn(f64) -> bool) -> Judged {
    Judged::new(&Sentence { text: metric, metric, limit: 0.0, limit_is_time: true, holds }, summary)
}

#[test]
fn a_threshold_is_judged_by_the_value() {
    let summary = run(|_, _, _| ());
    let table: [(&str, f64, Judgement); 7] = [
        ("send_message.response.p95", 0.2, Judgement::Held),
        ("send_message.response.p95", 0.05, Judgement::Missed),
        ("send_message.response.p99", 0.2, Judgement::Unknown),
        ("errors.rate", 0.01, Judgement::Held),
        ("errors.count", 1.0, Judgement::Held),
        ("dropped.rate", 0.01, Judgement::Held),
        ("await_reply.response.p95", 1.0, Judgement::Unknown),
    ];
    for (metric, limit, expected) in table {
        let judged = judged(&summary, metric, &|value| value < limit);
        assert_eq!(judged.judgement, expected, "{judged}");
    }
    assert_eq!(judged(&summary, "send_message.response.p99", &|_| true).seen(), "n/a (10 of 1000 samples)");
}

#[test]
fn a_percentile_among_failures_misses_every_limit() {
    let summary = run(|recorder, send, sample| {
        recorder.step(send, &sample(1, Kind::Status { http: 500, code: None }.into()));
    });
    for holds in [|_| true, |_| false] {
        let judged = judged(&summary, "send_message.response.p95", &holds);
        assert_eq!(judged.judgement, Judgement::Missed);
        assert!(judged.seen().starts_with("failed"));
    }
    let rate = judged(&summary, "errors.rate", &|value| value < 0.01);
    assert_eq!((rate.judgement, rate.seen().as_str()), (Judgement::Missed, "9.09%"));
}

/// The facts of a run with nothing to complain about.
fn facts<'a>(summary: &'a Summary, thresholds: &'a [Judged], validity: &'a Validity) -> Facts<'a> {
    Facts {
        summary,
        thresholds,
        validity,
        sends_messages: true,
        stopped: None,
        troubles: &[],
        left_behind: 0,
    }
}

#[test]
fn a_run_without_reasons_passed() {
    let summary = run(|_, _, _| ());
    let validity = Validity::of(&summary);
    let held = [judged(&summary, "errors.rate", &|value| value < 0.01)];
    let verdict = Verdict::of(&facts(&summary, &held, &validity));
    assert_eq!((verdict.outcome(), verdict.reasons().len()), (Outcome::Passed, 0));
}

#[test]
fn the_first_cause_decides_and_all_are_told() {
    let summary = run(|recorder, send, sample| {
        recorder.step(send, &sample(1, Kind::Local("EMFILE").into()));
    });
    let validity = Validity::of(&summary);
    let thresholds = [
        judged(&summary, "send_message.response.p99", &|_| true),
        judged(&summary, "send_message.response.p50", &|_| false),
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
    let validity = Validity::of(&nobody);
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
    let validity = Validity::of(&silent);
    let mut silent = facts(&silent, &[], &validity);
    assert_eq!(Verdict::of(&silent).outcome(), Outcome::Inconclusive);
    silent.sends_messages = false;
    assert_eq!(Verdict::of(&silent).outcome(), Outcome::Passed, "a scenario that only logs in is one too");
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
        let validity = Validity::of(&summary);
        assert_eq!(validity.holds(), valid, "{:?}", validity.checks());
    }
}

#[test]
fn local_errors_make_a_run_invalid_and_are_named() {
    let summary = run(|recorder, send, sample| {
        (0..3).for_each(|_| recorder.step(send, &sample(1, Kind::Local("EADDRNOTAVAIL").into())));
    });
    let validity = Validity::of(&summary);
    let broken: Vec<String> = validity.broken().map(Check::to_string).collect();
    assert_eq!(broken, ["errors of this machine: EADDRNOTAVAIL 3 (limit: none)"]);
}
