//! What measuring costs: one sample on a worker, and a second's hand-over on the collector.

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use flexload::record::{
    Catalog, Collector, Failure, Gauges, Kind, Outcome, Phase, Recorder, Sample, StepId, Timeline,
};
use tokio::time::Instant;

const STEPS: usize = 8;

struct Run {
    catalog: Arc<Catalog>,
    steps: Vec<StepId>,
    start: Instant,
}

impl Run {
    fn new() -> Self {
        let mut catalog = Catalog::new();
        let steps = (0..STEPS).map(|n| catalog.step("main", &format!("step {n}"))).collect();
        Self { catalog: Arc::new(catalog), steps, start: Instant::now() }
    }

    fn recorder(&self) -> Recorder {
        let minute = Duration::from_secs(60);
        let timeline = Timeline::new(self.start, [(Phase::WarmUp, minute), (Phase::Steady, minute)]);
        Recorder::new(self.catalog.clone(), timeline)
    }

    /// Latencies spread from 1 to 200 ms.
    fn samples(&self) -> Vec<Sample> {
        let spread = |n: u64| {
            let due = self.start + Duration::from_secs(61);
            let ended = due + Duration::from_micros(1000 + n * 7919 % 199_000);
            Sample::new(due, due, due + Duration::from_micros(n % 90), ended, Outcome::Ok)
        };
        (0..1024).map(spread).collect()
    }

    /// A worker's second at 1,000 samples.
    fn second(&self, recorder: &mut Recorder, samples: &[Sample]) {
        for (n, sample) in samples.iter().enumerate().take(1000) {
            recorder.step(self.steps[n % STEPS], sample);
        }
    }
}

fn record(c: &mut Criterion) {
    let run = Run::new();
    let samples = run.samples();
    let mut recorder = run.recorder();
    let mut n = 0;
    c.bench_function("recorder/one sample", |b| {
        b.iter(|| {
            n = (n + 1) % samples.len();
            recorder.step(run.steps[n % STEPS], black_box(&samples[n]));
        });
    });
    let outcome =
        Outcome::Failed(Failure::new(Kind::Status { http: 429, code: Some(20429) }, "Too many requests"));
    let refused = Sample { outcome, ..samples[0].clone() };
    c.bench_function("recorder/one failure", |b| b.iter(|| recorder.step(run.steps[0], black_box(&refused))));
}

fn hand_over(c: &mut Criterion) {
    let run = Run::new();
    let samples = run.samples();
    let collector =
        || Collector::new(run.catalog.clone(), Duration::ZERO, Box::new(io::sink()), Box::new(io::sink()));

    let mut recorder = run.recorder();
    c.bench_function("recorder/snapshot on the worker", |b| {
        b.iter(|| {
            let snapshot = recorder.snapshot();
            recorder.recycle(black_box(snapshot));
        });
    });
    let mut merging = collector();
    c.bench_function("collector/merge 1000 samples", |b| {
        b.iter_batched(
            || {
                run.second(&mut recorder, &samples);
                recorder.snapshot()
            },
            |mut snapshot| {
                merging.merge(&mut snapshot);
                snapshot
            },
            BatchSize::LargeInput,
        );
    });
    let mut writing = collector();
    let mut at = Duration::ZERO;
    c.bench_function("collector/merge and write a second", |b| {
        b.iter_batched(
            || {
                run.second(&mut recorder, &samples);
                recorder.snapshot()
            },
            |mut snapshot| {
                writing.merge(&mut snapshot);
                // Always within the first hour, when each second is written.
                at = (at + Duration::from_secs(1)).min(Duration::from_secs(3600));
                writing.tick(at, &Gauges::default());
                snapshot
            },
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(benches, record, hand_over);
criterion_main!(benches);
