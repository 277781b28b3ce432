//! What reading a scenario costs: YAML, types, source map and checks of `scenarios/launch-day.yaml`, and the plan.

use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use flexload::{plan, scenario};

const LAUNCH_DAY: &str = include_str!("../scenarios/launch-day.yaml");

fn launch_day() -> scenario::Scenario {
    match scenario::parse("launch-day.yaml", LAUNCH_DAY, Path::new("scenarios"), &[]) {
        Ok(loaded) => loaded.scenario,
        Err(error) => panic!("{error}"),
    }
}

fn benches(criterion: &mut Criterion) {
    criterion.bench_function("scenario/parse launch-day.yaml", |bencher| {
        bencher.iter(|| black_box(launch_day()));
    });
    let scenario = launch_day();
    criterion.bench_function("plan/launch-day.yaml", |bencher| {
        bencher.iter(|| black_box(plan::Plan::new(&scenario, plan::Options::default())));
    });
}

// The macro makes a public function of the group, with no place for a comment.
#[allow(missing_docs, reason = "made by criterion's macro")]
mod group {
    criterion::criterion_group!(scenarios, super::benches);
}
criterion::criterion_main!(group::scenarios);
