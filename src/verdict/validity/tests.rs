use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::record::{Catalog, Collector, Gauges, Health, Outcome, Recorder, Sample, Timeline, WorkerHealth};
use crate::scenario::metric::{Metric, Selection, Statistic};
use crate::scenario::threshold::{Limit, Operator};
use crate::scenario::{Threshold, Validity as Written};
use crate::value::Span;

/// One second as `seconds.ndjson` has it.
#[derive(Clone, Default)]
pub(super) struct Second {
    pub(super) stage: &'static str,
    pub(super) due: u64,
    pub(super) started: u64,
    pub(super) dropped: u64,
    pub(super) late: u64,
    pub(super) health: Health,
}

/// A steady second of two workers, the second of which is so busy; twenty customers are due and started.
fn steady(busy: f64) -> Second {
    let worker = |busy| WorkerHealth { busy: Some(busy), lag_ms: Some(1.2) };
    let health = Health { workers: vec![worker(0.1), worker(busy)], throttled: Some(0), ..Health::default() };
    Second { stage: "steady", due: 20, started: 20, health, ..Second::default() }
}

fn seconds(many: usize, of: &Second) -> Vec<Second> {
    vec![of.clone(); many]
}

/// A run of these seconds, in which each of `lags` milliseconds was seen so often.
pub(super) fn summary(series: &[Second], lags: &[(u64, usize)]) -> Summary {
    let start = Instant::now();
    let mut catalog = Catalog::new();
    let send = catalog.step("main", "send_message");
    let catalog = Arc::new(catalog);
    let mut recorder = Recorder::new(catalog.clone(), Timeline::steady(start));
    for (lag, many) in lags {
        let began = start + Duration::from_millis(*lag);
        (0..*many).for_each(|_| recorder.step(send, &Sample::new(start, start, began, began, Outcome::Ok)));
    }
    let mut collector = Collector::new(catalog, Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()));
    for (at, second) in (1..).zip(series) {
        let counts = [
            (Counter::Due, second.due),
            (Counter::Started, second.started),
            (Counter::Dropped, second.dropped),
            (Counter::LateStarts, second.late),
        ];
        counts.into_iter().for_each(|(counter, many)| recorder.count(counter, many));
        collector.merge(&mut recorder.snapshot());
        let gauges = Gauges { stage: second.stage, health: second.health.clone(), ..Gauges::default() };
        collector.tick(Duration::from_secs(at), &gauges);
    }
    collector.finish(Duration::from_secs(series.len() as u64))
}

pub(super) fn judged(series: &[Second], lags: &[(u64, usize)], limits: &Limits) -> Validity {
    Validity::of(&summary(series, lags), limits, &Room::default())
}

/// The names of the limits that broke.
pub(super) fn broken(validity: &Validity) -> Vec<&'static str> {
    validity.broken().map(|check| check.name).collect()
}

/// What, its seconds, its lags, the limits that break.
type Case<'a> = (&'a str, Vec<Second>, &'a [(u64, usize)], &'a [&'a str]);

#[test]
fn each_limit_breaks_for_its_own_reason_and_nothing_else_does() {
    let full = |busy, dropped| Second { started: 20 - dropped, dropped, ..steady(busy) };
    let late = |late| Second { late, ..steady(0.3) };
    let throttled = Second { health: Health { throttled: Some(3), ..steady(0.3).health }, ..steady(0.3) };
    let stalled = {
        let mut second = full(0.3, 10);
        second.health.workers[0].lag_ms = Some(2_400.0);
        second
    };
    let mix = |many: usize, odd: Second| [seconds(100 - many, &steady(0.3)), seconds(many, &odd)].concat();
    let table: [Case; 18] = [
        ("a quiet run", mix(0, steady(0.3)), &[(1, 2_000)], &[]),
        ("lag p99 at the limit", mix(0, steady(0.3)), &[(1, 1_980), (5, 20)], &[]),
        ("lag p99 beyond it", mix(0, steady(0.3)), &[(1, 1_970), (7, 30)], &["lag"]),
        ("too few starts to know their p99", mix(0, steady(0.3)), &[(70, 999)], &[]),
        ("a worker busy in 4 of 100 seconds", mix(4, steady(0.95)), &[], &[]),
        ("a worker busy in 5 of 100 seconds", mix(5, steady(0.95)), &[], &["busy"]),
        ("a worker at its limit all the time", mix(100, steady(0.80)), &[], &[]),
        ("slots used up while workers have time", mix(60, full(0.4, 15)), &[], &[]),
        ("slots used up while a worker is saturated", mix(4, full(0.9, 15)), &[], &["starts"]),
        ("both", mix(60, full(0.9, 15)), &[], &["starts", "busy"]),
        ("the same few, far below one in a hundred", mix(1, full(0.9, 1)), &[], &[]),
        ("slots used up while a worker stood still", mix(3, stalled), &[], &["starts"]),
        ("starts a second late", mix(50, late(1)), &[], &["starts"]),
        ("a few starts a second late", mix(19, late(1)), &[], &[]),
        ("held up in two seconds", mix(2, throttled.clone()), &[], &[]),
        ("held up in three", mix(3, throttled.clone()), &[], &["throttled_seconds"]),
        (
            "held up in warm-up",
            [seconds(9, &Second { stage: "warm-up", ..throttled }), mix(0, steady(0.3))].concat(),
            &[],
            &[],
        ),
        ("nobody due", Vec::new(), &[], &[]),
    ];
    for (what, series, lags, names) in table {
        let validity = judged(&series, lags, &Limits::default());
        assert_eq!(broken(&validity), names, "{what}: {:#?}", validity.checks());
        assert_eq!(validity.holds(), names.is_empty());
    }
}

#[test]
fn a_short_run_is_not_judged_by_one_busy_second() {
    for (busy, names) in [(2, [].as_slice()), (3, &["busy"])] {
        let series = [seconds(4, &steady(0.2)), seconds(busy, &steady(1.0))].concat();
        assert_eq!(broken(&judged(&series, &[], &Limits::default())), names, "{busy} busy seconds");
    }
    let warm_up = seconds(30, &Second { stage: "warm-up", ..steady(1.0) });
    assert_eq!(broken(&judged(&warm_up, &[], &Limits::default())), [""; 0], "warm-up is judged by nothing");
}

#[test]
fn what_the_system_does_not_tell_breaks_nothing_and_is_no_number() {
    let blind = Second { health: Health::default(), ..Second { dropped: 3, started: 17, ..steady(0.0) } };
    let written = Written {
        steal: Some("1%".parse().unwrap()),
        pressure: Some("1%".parse().unwrap()),
        clock_step: Some(Span::millis(5)),
        ..Written::default()
    };
    let validity = judged(&seconds(50, &blind), &[], &Limits::new(&written, &[]));
    assert!(validity.holds() && validity.notes().is_empty(), "{validity:#?}");
    for check in validity.checks().iter().filter(|check| !["starts", "local_errors"].contains(&check.name)) {
        assert!(check.value.is_none() && check.seen.starts_with("n/a"), "{check:?}");
    }
}

#[test]
fn the_value_is_told_with_the_limit_that_it_broke() {
    let full = Second { started: 5, dropped: 15, ..steady(0.9) };
    let mut series = [seconds(90, &steady(0.3)), seconds(8, &full)].concat();
    series.extend(seconds(2, &Second { late: 4, ..steady(0.3) }));
    (3..6).for_each(|second| series[second].health.throttled = Some(2));
    let validity = judged(&series, &[(9, 2_000)], &Limits::default());
    let told: Vec<String> = validity.broken().map(Check::to_string).collect();
    let expected = [
        "customers started of those due: 1872 of 2000 (120 dropped while the generator was held up, 8 more than 1s \
         late) (limit: at least 99%)",
        "schedule lag p99: 9.01ms (limit: at most 5.00ms)",
        "steady seconds in which a worker was busy for more than 80%: 8 of 100 (worker 1) (limit: less than 5%, or \
         than 3 seconds)",
        "steady seconds in which the CPU quota held the process up: 3 of 100 (6 times) (limit: at most \
         0%, or less than 3 seconds)",
    ];
    assert_eq!(told, expected);
    let values: Vec<_> = validity.broken().map(|check| (check.value, check.bound)).collect();
    assert_eq!(values[0], (Some(0.936), 0.99));
    assert_eq!((values[2], values[3]), ((Some(0.08), 0.05), (Some(0.03), 0.0)));
}

#[test]
fn a_run_that_goes_on_is_told_what_it_does_not_keep_so_far() {
    let so_far = |series: &[Second]| {
        let summary = summary(series, &[]);
        Validity::broken_so_far(summary.counters(), summary.strain(), &Limits::default())
    };
    assert_eq!(so_far(&seconds(10, &steady(0.5))), None);
    let words = so_far(&seconds(10, &steady(0.9))).unwrap();
    assert!(words.contains("busy for more than 80%: 10 of 10 (worker 1)"), "{words}");
}

#[test]
fn every_limit_of_the_scenario_is_the_one_that_counts() {
    let share = |text: &str| text.parse().unwrap();
    let mut strained = steady(0.9);
    strained.health.steal = Some(0.2);
    strained.health.pressure = Some(0.6);
    strained.health.clock_step_ms = Some(-300.0);
    strained.health.throttled = Some(1);
    let series = seconds(50, &Second { late: 2, ..strained });
    let lags = [(29, 2_000)];
    let all = ["starts", "lag", "busy", "throttled_seconds"];
    assert_eq!(broken(&judged(&series, &lags, &Limits::default())), all);
    let generous = Written {
        starts: share("90%"),
        lag: Some(Span::millis(30)),
        busy: share("90%"),
        throttled_seconds: share("100%"),
        steal: Some(share("20%")),
        pressure: Some(share("60%")),
        clock_step: Some(Span::millis(300)),
        ..Written::default()
    };
    assert_eq!(broken(&judged(&series, &lags, &Limits::new(&generous, &[]))), [""; 0]);
    let one = |change: &dyn Fn(&mut Written), name: &str| {
        let mut written = generous;
        change(&mut written);
        assert_eq!(broken(&judged(&series, &lags, &Limits::new(&written, &[]))), [name]);
    };
    one(&|limits| limits.starts = share("91%"), "starts");
    one(&|limits| limits.lag = Some(Span::millis(28)), "lag");
    one(&|limits| limits.busy = share("89%"), "busy");
    one(&|limits| limits.throttled_seconds = share("99%"), "throttled_seconds");
    one(&|limits| limits.steal = Some(share("19%")), "steal");
    one(&|limits| limits.pressure = Some(share("59%")), "pressure");
    one(&|limits| limits.clock_step = Some(Span::millis(299)), "clock_step");
    let seldom = Written { busy: share("89%"), busy_seconds: share("100%"), ..generous };
    assert_eq!(broken(&judged(&series, &lags, &Limits::new(&seldom, &[]))), ["busy"]);
    let series = [series, seconds(1, &steady(0.1))].concat();
    assert_eq!(broken(&judged(&series, &lags, &Limits::new(&seldom, &[]))), [""; 0]);
}

#[test]
fn the_lag_that_is_allowed_grows_with_the_smallest_latency_limit() {
    let threshold = |part, operator, limit| Threshold {
        text: String::new(),
        metric: Metric { subject: "open_channel".to_owned(), part: Some(part), statistic: Statistic::P95 },
        of: Selection::default(),
        operator,
        limit,
        window: None,
        abort: false,
        place: None,
    };
    let time = |ms| Limit::Time(Span::millis(ms));
    let below = |part, ms| threshold(part, Operator::Below, time(ms));
    let table = [
        (vec![], 5),
        (vec![below("response", 80)], 5),
        (vec![below("response", 800)], 40),
        (vec![below("response", 25_000), below("service", 800)], 40),
        // Not latency limits: a lower bound, the generator's own lag, a share.
        (vec![below("response", 800), threshold("response", Operator::Above, time(200))], 40),
        (vec![below("response", 800), below("lag", 200)], 40),
        (vec![below("response", 800), threshold("errors", Operator::Below, Limit::Share(0.01))], 40),
    ];
    for (thresholds, ms) in table {
        assert_eq!(
            Limits::new(&Written::default(), &thresholds).lag,
            Duration::from_millis(ms),
            "{thresholds:?}"
        );
    }
    let written = Written { lag: Some(Span::millis(20)), ..Written::default() };
    assert_eq!(Limits::new(&written, &[below("response", 800)]).lag, Duration::from_millis(20));
}

#[test]
fn what_explains_numbers_without_making_them_wrong_is_a_note() {
    let mut second = steady(0.2);
    second.health.steal = Some(0.02);
    second.health.pressure = Some(0.3);
    second.health.time_wait = Some(24_000);
    let mut series = seconds(10, &second);
    series[4].health.steal = Some(0.12);
    series[5].health.clock_step_ms = Some(-740.0);
    let summary = summary(&series, &[]);
    let room = Room { ports: Some(28_232), ..Room::default() };
    let validity = Validity::of(&summary, &Limits::default(), &room);
    assert!(validity.holds());
    let expected = [
        "the hypervisor gave 3% of this machine's CPU time to others (12% in the worst second)",
        "for 30% of the time something on this machine waited for a CPU (30% in the worst second)",
        "the wall clock was set by -740 ms while the run went on",
        "closed connections held most ports for a minute each: 24000 of 28232",
    ];
    assert_eq!(validity.notes().len(), expected.len(), "{:?}", validity.notes());
    for (note, words) in validity.notes().iter().zip(expected) {
        assert!(note.starts_with(words), "{note}");
    }
    // What has a limit is a check instead.
    let written = Written { steal: Some("50%".parse().unwrap()), ..Written::default() };
    assert_eq!(Validity::of(&summary, &Limits::new(&written, &[]), &room).notes().len(), 3);
    assert_eq!(judged(&seconds(10, &steady(0.2)), &[], &Limits::default()).notes(), [""; 0]);
}
