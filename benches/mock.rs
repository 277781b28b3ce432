//! What the mock's two hottest REST operations cost without a network: opening a channel, posting a message.
//!
//! Each answer is the whole of it, from the request's head to the bytes of the body. A world grows with what is
//! made in it, so a fresh one is taken before it has grown large: what is measured is the usual size of a run.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run should say where")]

use std::hint::black_box;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use mock_server::{Config, Limits, Mock};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// How much is made in one world.
const WORLD: u64 = 10_000;

/// A mock, and what its requests have in common.
struct Bench {
    mock: Mock,
    authorization: String,
}

impl Bench {
    fn new() -> Self {
        let config = Config { limits: Limits::Off, ..Config::default() };
        let mock = Mock::new(config, ([127, 0, 0, 1], 8765).into());
        let credentials = mock.credentials();
        let pair = format!("{}:{}", credentials.account_sid, credentials.auth_token.expose());
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(pair));
        Self { mock, authorization }
    }

    fn post(&self, path: &str, body: String) -> Request<Bytes> {
        Request::post(path)
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into())
            .expect("a request that is well formed")
    }

    fn create(&self, n: u64) -> Request<Bytes> {
        let flow = self.mock.credentials().flex_flow_sid;
        let names = "ChatUserFriendlyName=Customer&ChatFriendlyName=Chat%20about%20pricing";
        self.post("/v1/Channels", format!("FlexFlowSid={flow}&Identity=c-{n}&{names}&Target=c-{n}"))
    }

    /// Sends all requests one after the other; the time counts the answers only.
    fn time(&self, runtime: &Runtime, requests: Vec<Request<Bytes>>) -> Duration {
        runtime.block_on(async {
            let began = Instant::now();
            for request in requests {
                let answer = black_box(self.mock.answer(request).await);
                assert_eq!(answer.status(), 201);
            }
            began.elapsed()
        })
    }
}

/// Splits `iters` into worlds, and adds up what each takes.
fn by_worlds(iters: u64, mut world: impl FnMut(u64) -> Duration) -> Duration {
    let mut left = iters;
    let mut total = Duration::ZERO;
    while left > 0 {
        let count = left.min(WORLD);
        total += world(count);
        left -= count;
    }
    total
}

fn mock(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut group = criterion.benchmark_group("mock");
    group.throughput(Throughput::Elements(1));
    group.bench_function("open_channel", |bencher| {
        bencher.iter_custom(|iters| {
            by_worlds(iters, |count| {
                let bench = Bench::new();
                bench.time(&runtime, (0..count).map(|n| bench.create(n)).collect())
            })
        });
    });
    group.bench_function("send_message", |bencher| {
        bencher.iter_custom(|iters| {
            by_worlds(iters, |count| {
                let bench = Bench::new();
                let opened = runtime.block_on(bench.mock.answer(bench.create(0))).into_body();
                let opened: wire::flex_channel::FlexChannel =
                    serde_json::from_slice(&opened).expect("the channel that was opened");
                let service = bench.mock.credentials().chat_service_sid;
                let path = format!("/v2/Services/{service}/Channels/{}/Messages", opened.sid);
                let body = |n: u64| format!("From=c-0&Body=hello%20{n}");
                bench.time(&runtime, (0..count).map(|n| bench.post(&path, body(n))).collect())
            })
        });
    });
    group.finish();
}

criterion_group!(benches, mock);
criterion_main!(benches);
