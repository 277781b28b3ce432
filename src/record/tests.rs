//! The whole way from sample to summary and files.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// A file that tests can read while the collector owns it.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk with room for so many bytes.
struct Disk(usize);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"));
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Bench {
    start: Instant,
    send: StepId,
    echo: PartId,
    wait: PartId,
    catalog: Arc<Catalog>,
}

impl Bench {
    fn new() -> Self {
        let mut catalog = Catalog::new();
        let send = catalog.step("main", "send message");
        let echo = catalog.part(send, "echo");
        let wait = catalog.wait("agent_wait");
        Self { start: Instant::now(), send, echo, wait, catalog: Arc::new(catalog) }
    }

    fn recorder(&self, warm_up: u64) -> Recorder {
        let phases =
            [(Phase::WarmUp, Duration::from_secs(warm_up)), (Phase::Steady, Duration::from_secs(100))];
        Recorder::new(self.catalog.clone(), Timeline::new(self.start, phases))
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    /// Due at `due`, began 1 ms later, took `service`.
    fn sample(&self, due: u64, service: u64, outcome: Outcome) -> Sample {
        Sample::new(self.at(due), self.at(due), self.at(due + 1), self.at(due + 1 + service), outcome)
    }

    fn collector(&self) -> (Collector, Shared, Shared) {
        let (hlog, seconds) = (Shared::default(), Shared::default());
        let outs = (Box::new(hlog.clone()), Box::new(seconds.clone()));
        (
            Collector::new(self.catalog.clone(), Duration::from_secs(1_700_000_000), outs.0, outs.1),
            hlog,
            seconds,
        )
    }
}

fn time(observed: Option<Observed>) -> u128 {
    match observed {
        Some(Observed::Time(time)) => time.as_millis(),
        other => panic!("{other:?} is no time"),
    }
}

#[test]
fn two_workers_are_one_run() {
    let bench = Bench::new();
    let (mut collector, _, _) = bench.collector();
    let mut workers = [bench.recorder(0), bench.recorder(0)];
    for n in 0..1000u64 {
        let worker = &mut workers[n as usize % 2];
        worker.step(bench.send, &bench.sample(n, n + 1, Outcome::Ok));
        worker.part(bench.echo, bench.at(n), Duration::from_millis(n + 1));
        worker.count(Counter::Sent, 1);
    }
    for worker in &mut workers {
        let mut snapshot = worker.snapshot();
        collector.merge(&mut snapshot);
        worker.recycle(snapshot);
    }
    let summary = collector.finish(Duration::from_secs(1));
    assert_eq!(time(summary.metric("send message.service.p50")), 500);
    assert_eq!(time(summary.metric("send message.response.p95")), 951);
    assert_eq!(time(summary.metric("send message.service.p99")), 990);
    assert_eq!(time(summary.metric("send message.lag.max")), 1);
    assert_eq!(time(summary.metric("send message.echo.p50")), 500);
    assert_eq!(
        summary.metric("send message.service.p99.9"),
        Some(Observed::TooFew { have: 1000, need: 10_000 })
    );
    assert_eq!(summary.metric("send message.service.count"), Some(Observed::Count(1000)));
    assert_eq!(summary.metric("errors.rate"), Some(Observed::Ratio(0.0)));
    assert_eq!(summary.metric("agent_wait.p95"), Some(Observed::TooFew { have: 0, need: 5 }));
    assert_eq!(summary.counters().get(Counter::Sent), 1000);
    for unknown in ["send.service.p95", "send message.service.p42", "send message.ecno.p95", "p95", ""] {
        assert_eq!(summary.metric(unknown), None, "{unknown}");
    }
}

#[test]
fn warm_up_is_kept_apart() {
    let bench = Bench::new();
    let (mut collector, _, _) = bench.collector();
    let mut worker = bench.recorder(1);
    for _ in 0..10 {
        worker.step(bench.send, &bench.sample(0, 5000, Kind::Timeout.into()));
        // Due in warm-up, ended long after: still warm-up.
        worker.step(bench.send, &bench.sample(999, 5000, Outcome::Ok));
        worker.step(bench.send, &bench.sample(1000, 10, Outcome::Ok));
    }
    collector.merge(&mut worker.snapshot());
    let summary = collector.finish(Duration::from_secs(2));
    assert_eq!(time(summary.metric("send message.service.max")), 10);
    assert_eq!(summary.warm_up_samples(), 20);
    assert_eq!(summary.metric("errors.rate"), Some(Observed::Ratio(0.0)));
    assert_eq!(summary.errors().count(), 10, "but no error is lost");
}

#[test]
fn failures_and_drops_are_in_the_percentiles_and_local_ones_not_in_the_rate() {
    let bench = Bench::new();
    let (mut collector, _, _) = bench.collector();
    let mut worker = bench.recorder(0);
    for n in 0..90 {
        worker.step(bench.send, &bench.sample(n, 10, Outcome::Ok));
    }
    worker.step(bench.send, &bench.sample(0, 30_000, Kind::Timeout.into()));
    worker.step(bench.send, &bench.sample(0, 1, Kind::Local("EMFILE").into()));
    for _ in 0..9 {
        worker.dropped(bench.send, bench.at(5), bench.at(5));
    }
    collector.merge(&mut worker.snapshot());
    let summary = collector.finish(Duration::from_secs(1));
    assert_eq!(summary.metric("send message.response.p95"), Some(Observed::Failed));
    assert_eq!(time(summary.metric("send message.service.p95")), 10, "the dropped say nothing of the target");
    assert_eq!(summary.metric("errors.rate"), Some(Observed::Ratio(10.0 / 100.0)));
    assert_eq!(summary.metric("send message.errors.count"), Some(Observed::Count(11)));
    assert_eq!(summary.counters().get(Counter::Dropped), 9);
    assert_eq!(summary.local_failures(), [(Kind::Local("EMFILE"), 1)]);
    let step = summary.step_named("send message").unwrap();
    assert_eq!((step.started(), step.ok(), step.failed()), (92, 90, 11));
    assert_eq!(step.response().longest().unwrap().as_secs(), 30, "a timeout is at least this long");
}

#[test]
fn the_interval_log_adds_up_to_the_totals() {
    let bench = Bench::new();
    let (mut collector, hlog, seconds) = bench.collector();
    let mut worker = bench.recorder(2);
    for second in 0..5u64 {
        for n in 0..100 {
            let outcome = if n == 7 { Kind::Timeout.into() } else { Outcome::Ok };
            worker.step(bench.send, &bench.sample(second * 1000 + n, n, outcome));
        }
        worker.part(bench.wait, bench.at(second * 1000), Duration::from_millis(3));
        let mut snapshot = worker.snapshot();
        collector.merge(&mut snapshot);
        worker.recycle(snapshot);
        let gauges = Gauges { stage: "steady", connected: second, ..Gauges::default() };
        collector.tick(Duration::from_secs(second + 1), &gauges);
    }
    let summary = collector.finish(Duration::from_secs(5));
    let lines = histogram::read_log(&hlog.text());
    let sum = |tag: &str| {
        let mut sum = Histogram::new();
        lines.iter().filter(|(name, ..)| name == tag).for_each(|(.., one)| sum.add(one));
        sum
    };
    let (_, step) = summary.steps().next().unwrap();
    assert_eq!(sum("steady/main/send_message/service").cumulative(), step.service().values().cumulative());
    assert_eq!(sum("steady/main/send_message/service").count(), 297);
    assert_eq!(sum("steady/main/send_message/failed").count(), 3);
    assert_eq!(sum("warm-up/main/send_message/response").count(), 198);
    assert_eq!(sum("steady/run/agent_wait/wait").count(), 3);
    assert!(lines.iter().all(|(_, _, length, _)| *length == 1.0));
    let starts: Vec<f64> = lines.iter().map(|(_, start, ..)| *start).collect();
    assert!(starts.is_sorted() && starts.last() == Some(&4.0), "{starts:?}");
    let text = seconds.text();
    let last: serde_json::Value = serde_json::from_str(text.lines().nth(4).unwrap()).unwrap();
    assert_eq!(
        (&last["connected"], &last["steps_ok"], &last["steps_failed"]),
        (&4.into(), &99.into(), &1.into())
    );
    assert_eq!(summary.peak().connected, 4);
}

#[test]
fn after_an_hour_lines_cover_ten_seconds() {
    let bench = Bench::new();
    let (mut collector, hlog, seconds) = bench.collector();
    let mut worker = bench.recorder(0);
    for second in 1..=3640u64 {
        worker.step(bench.send, &bench.sample(second, 1, Outcome::Ok));
        collector.merge(&mut worker.snapshot());
        collector.tick(Duration::from_secs(second), &Gauges::default());
    }
    assert_eq!(collector.errors(), 0);
    let summary = collector.finish(Duration::from_secs(3640));
    let text = hlog.text();
    let services = text.lines().filter(|line| line.contains("/service,"));
    assert_eq!(services.count(), 3600 + 4);
    assert_eq!(seconds.text().lines().count(), 3640);
    assert_eq!(summary.steps().next().unwrap().1.ok(), 3640, "and nothing is lost");
}

#[test]
fn a_full_disk_ends_the_file_not_the_run() {
    let bench = Bench::new();
    let disks: [Out; 2] = [Box::new(Disk(600)), Box::new(Disk(1_000_000))];
    let [small, large] = disks;
    let mut collector = Collector::new(bench.catalog.clone(), Duration::ZERO, small, large);
    let mut worker = bench.recorder(0);
    for second in 1..=20u64 {
        worker.step(bench.send, &bench.sample(second, 1, Outcome::Ok));
        collector.merge(&mut worker.snapshot());
        collector.tick(Duration::from_secs(second), &Gauges::default());
    }
    let summary = collector.finish(Duration::from_secs(20));
    assert_eq!(summary.steps().next().unwrap().1.ok(), 20);
    assert_eq!(summary.troubles(), ["intervals.hlog: no space left on device"]);
}

#[test]
fn the_best_minute_is_found_with_what_happened_in_it() {
    let bench = Bench::new();
    let (mut collector, _, _) = bench.collector();
    let mut worker = bench.recorder(0);
    for second in 0..=200u64 {
        // Up to 520 at second 50, from 130 on down again; a customer with one message ends outside.
        let connected = if (50..=130).contains(&second) { 520 + second % 3 } else { second.min(100) };
        let few = if second == 20 { 1 } else { 4 };
        worker.finished(Finished {
            completed: second % 2 == 0,
            sent: few,
            replied: few,
            chatted: Duration::ZERO,
        });
        collector.merge(&mut worker.snapshot());
        collector.tick(Duration::from_secs(second), &Gauges { connected, ..Gauges::default() });
    }
    let summary = collector.finish(Duration::from_secs(200));
    let best = summary.sustained().unwrap();
    assert_eq!((best.connected, best.completed), (520, 30));
    assert_eq!(best.least, Some(Least { sent: 4, replied: 4 }));
    assert!(best.from >= Duration::from_secs(50) && best.length == Duration::from_secs(60));
    assert_eq!(summary.counters().get(Counter::Completed), 101);
}

#[test]
fn the_interval_log_answers_for_the_percentile_that_the_summary_asks_about() {
    let start = Instant::now();
    let mut catalog = Catalog::new();
    let send = catalog.step("main", "send_message");
    let catalog = Arc::new(catalog);
    let mut recorder = Recorder::new(catalog.clone(), Timeline::steady(start));
    let log = Shared::default();
    let mut collector = Collector::new(catalog, Duration::ZERO, Box::new(log.clone()), Box::new(io::sink()));
    for second in 0..200 {
        // Slow at the end; a failure each second.
        let ms = if second < 120 { 10 } else { 40 };
        for _ in 0..9 {
            let ended = start + Duration::from_millis(ms);
            recorder.step(send, &Sample::new(start, start, start, ended, Outcome::Ok));
        }
        let failed = Outcome::Failed(Failure::new(Kind::Timeout, "no answer"));
        recorder.step(send, &Sample::new(start, start, start, start, failed));
        collector.merge(&mut recorder.snapshot());
        collector.tick(Duration::from_secs(second + 1), &Gauges::default());
    }
    let summary = collector.finish(Duration::from_secs(200));
    let (question, quantile, times) =
        summary.question("send_message.response.p50", Select::default()).unwrap();
    assert_eq!((quantile, times.count()), (0.5, 2_000));
    let text = log.text();
    let cuts = read_blocks(|| Ok(text.as_bytes()), &[question]).unwrap().unwrap();
    assert!(cuts[0].blocks.iter().all(|block| block.all == 100), "failures count, too");
    let below: Vec<u64> = cuts[0].blocks.iter().map(|block| block.at_or_below).collect();
    assert_eq!(below, [[90; 12].as_slice(), &[0; 8]].concat());
    let interval = woodruff(&times, quantile, &cuts[0]).unwrap();
    assert!(interval.holds(Duration::from_millis(30)), "{interval:?}");
    for no_time in ["send_message.response.p95", "errors.rate", "send_message.response.max"] {
        assert!(summary.question(no_time, Select::default()).is_none(), "{no_time} is no time here");
    }
}

#[test]
fn what_is_under_way_when_a_run_is_broken_off_is_no_failure() {
    let bench = Bench::new();
    let (mut collector, hlog, _) = bench.collector();
    let mut recorder = bench.recorder(0);
    recorder.step(bench.send, &bench.sample(0, 5, Outcome::Ok));
    recorder.step(bench.send, &bench.sample(10, 5, Kind::Unfinished.into()));
    recorder.break_off();
    recorder.step(bench.send, &bench.sample(20, 70, Kind::Unfinished.into()));
    recorder.step(bench.send, &bench.sample(30, 40, Kind::Unfinished.into()));
    recorder.step(bench.send, &bench.sample(40, 5, Kind::Timeout.into()));
    recorder.part_failed(bench.echo, bench.at(20), Duration::from_millis(70));
    collector.begin(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_005));
    collector.merge(&mut recorder.snapshot());
    let summary = collector.finish(Duration::from_secs(1));
    let cut_off = CutOff { count: 2, oldest: Duration::from_millis(71) };
    assert_eq!(summary.cut_off(), cut_off);
    assert_eq!(
        summary.metric("send message.errors.count"),
        Some(Observed::Count(2)),
        "the one before, and a true timeout"
    );
    assert_eq!(summary.metric("send message.echo.max"), Some(Observed::TooFew { have: 0, need: 1 }));
    // The log's times count from when the load began.
    let log = hlog.text();
    assert!(log.contains("#[StartTime: 1700000005.000 "), "{log}");
}

#[test]
fn what_the_log_cannot_tell_gets_no_interval() {
    let bench = Bench::new();
    let (mut collector, _, _) = bench.collector();
    let mut recorder = bench.recorder(1);
    for n in 0..40 {
        recorder.step(bench.send, &bench.sample(n * 100, 5, Outcome::Ok));
    }
    collector.merge(&mut recorder.snapshot());
    let whole = collector.finish(Duration::from_secs(5));
    let warm_up = Select { journey: None, phase: Phase::WarmUp };
    assert!(whole.metric_of("send message.service.p50", warm_up).is_some());
    assert!(whole.question("send message.service.p50", warm_up).is_none(), "it is cut by the steady state");
    assert!(whole.question("send message.service.p50", Select::default()).is_some());

    let (mut collector, _, _) = bench.collector();
    recorder.step(bench.send, &bench.sample(2_000, 5, Outcome::Ok));
    (0..5).for_each(|n| recorder.step(bench.send, &bench.sample(2_000 + n, 5, Outcome::Ok)));
    recorder.dropped(bench.send, bench.at(2_000), bench.at(2_001));
    collector.merge(&mut recorder.snapshot());
    let dropped = collector.finish(Duration::from_secs(5));
    assert!(
        dropped.question("send message.service.p50", Select::default()).is_none(),
        "it holds who was dropped"
    );
    assert!(dropped.question("send message.response.p50", Select::default()).is_some());
}
