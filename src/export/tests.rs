use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wire::time::Timestamp;

use super::*;
use crate::flex::post;
use crate::record::{Catalog, Collector, Counter, Gauges, Outcome, Recorder, Sample, Timeline};
use crate::report::{About, Given, ScenarioRef, TargetRef};

/// A run of one step under way, to be told of.
struct Run {
    recorder: Recorder,
    collector: Collector,
    at: Duration,
}

impl Run {
    fn new() -> (Self, Source) {
        let mut catalog = Catalog::new();
        catalog.step("main", "open_channel");
        let catalog = Arc::new(catalog);
        let recorder = Recorder::new(Arc::clone(&catalog), Timeline::steady(tokio::time::Instant::now()));
        let nowhere = || Box::new(io::sink());
        let mut collector = Collector::new(catalog, Duration::ZERO, nowhere(), nowhere());
        let about = About {
            run_id: "r1".to_owned(),
            started: Timestamp::from_secs(1_470_089_440),
            scenario: ScenarioRef { name: "launch \"day\"\\".to_owned(), hash: "abc".to_owned() },
            seed: 42,
            schedule_hash: "def".to_owned(),
            load_model: "partly open".to_owned(),
            labels: BTreeMap::from([
                ("a-b".to_owned(), "1".to_owned()),
                ("a.b".to_owned(), "x\ny".to_owned()),
            ]),
            target: TargetRef { name: "mock".to_owned(), kind: "mock".to_owned(), same_machine: true },
            given: Given::default(),
            notes: Vec::new(),
        };
        let source = Source { about: Arc::new(about), live: collector.live() };
        (Self { recorder, collector, at: Duration::ZERO }, source)
    }

    /// One more second, with an answer that took so many milliseconds.
    fn second(&mut self, ms: u64) {
        let start = tokio::time::Instant::now();
        let sample = Sample::new(start, start, start, start + Duration::from_millis(ms), Outcome::Ok);
        let step = Catalog::new().step("main", "open_channel");
        self.recorder.step(step, &sample);
        self.recorder.count(Counter::Sent, 3);
        self.collector.merge(&mut self.recorder.snapshot());
        self.at += Duration::from_secs(1);
        self.collector.tick(self.at, &Gauges { stage: "steady", connected: 7, ..Gauges::default() });
    }
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends text over a connection of its own and reads all that comes.
fn exchange(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn scrape(address: SocketAddr) -> String {
    exchange(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
}

fn served() -> (Run, Export, SocketAddr) {
    let (run, source) = Run::new();
    let (listener, address) = listener();
    let doors = Doors { metrics: Some(listener), otlp: None };
    (run, Export::start(doors, source).unwrap(), address)
}

#[test]
fn a_scrape_tells_what_was_measured_up_to_the_last_second() {
    let (mut run, export, address) = served();
    for (seconds, ms) in [(1, 2), (2, 400_000)] {
        run.second(ms);
        let page = scrape(address);
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{page}");
        let labels = "{journey=\"main\",step=\"open_channel\",phase=\"steady\"";
        for line in [
            "# TYPE flexload_messages_sent_total counter".to_owned(),
            format!("flexload_messages_sent_total {}", 3 * seconds),
            "flexload_customers_connected 7".to_owned(),
            "flexload_run_stage{stage=\"steady\"} 1".to_owned(),
            // Before anything failed, so that a rate misses no failure.
            "flexload_step_errors_total 0".to_owned(),
            "flexload_step_errors_total{journey=\"main\",step=\"open_channel\"} 0".to_owned(),
            "flexload_run_stage{stage=\"drain\"} 0".to_owned(),
            "# TYPE flexload_step_response_seconds histogram".to_owned(),
            format!("flexload_step_response_seconds_bucket{labels},le=\"0.001\"}} 0"),
            format!("flexload_step_response_seconds_bucket{labels},le=\"0.0025\"}} 1"),
            format!("flexload_step_response_seconds_bucket{labels},le=\"300\"}} 1"),
            format!("flexload_step_response_seconds_bucket{labels},le=\"3600\"}} {seconds}"),
            format!("flexload_step_response_seconds_bucket{labels},le=\"+Inf\"}} {seconds}"),
            format!("flexload_step_response_seconds_count{labels}}} {seconds}"),
        ] {
            assert!(page.lines().any(|found| found == line), "no `{line}` in\n{page}");
        }
        assert!(!page.contains("phase=\"warm-up\""), "{page}");
    }
    assert_eq!(export.end(), Pushed::default());
}

#[test]
fn labels_of_the_command_line_are_names_and_text_that_readers_take() {
    let (_run, export, address) = served();
    let page = scrape(address);
    let info = page.lines().find(|line| line.starts_with("flexload_run_info{")).unwrap();
    assert!(info.contains(r#"scenario="launch \"day\"\\""#), "{info}");
    assert!(info.ends_with(r#"label_a_b="1",label_a_b_="x\ny"} 1"#), "{info}");
    drop(export);
}

#[test]
fn what_is_no_scrape_is_told_so() {
    let (_run, export, address) = served();
    for (request, status) in [
        ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", "404 Not Found"),
        ("POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "405 Method Not Allowed"),
        ("nonsense\r\n\r\n", "400 Bad Request"),
        (&format!("GET /metrics HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(64 << 10)), "431 Request Header"),
    ] {
        let answer = exchange_what_fits(address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let head = exchange(address, "HEAD /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    drop(export);
}

/// As [`exchange`], also where the other end answers and hangs up before everything was sent.
fn exchange_what_fits(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let _ = stream.write_all(text.as_bytes());
    let (mut answer, mut some) = (Vec::new(), [0; 1024]);
    while let Ok(read @ 1..) = stream.read(&mut some) {
        answer.extend_from_slice(&some[..read]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn scrapers_that_say_nothing_hold_up_neither_the_run_nor_its_end() {
    let (mut run, export, address) = served();
    let idle: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(address).unwrap()).collect();
    for _ in 0..100 {
        run.second(2);
    }
    assert_eq!(run.at, Duration::from_secs(100));
    assert_eq!(export.end(), Pushed::default());
    drop(idle);
}

/// A collector that answers each push alike, and what it was sent.
fn collector(answer: &'static str) -> (post::Collector, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&requests);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = String::new();
            let mut some = [0; 4096];
            while !whole(&request) {
                let read = stream.read(&mut some).unwrap();
                request.push_str(std::str::from_utf8(&some[..read]).unwrap());
            }
            kept.lock().unwrap().push(request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, requests)
}

fn whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() == length.parse::<usize>().unwrap())
}

fn pushing(collector: post::Collector, source: Source) -> Export {
    let headers = post::headers("x-key=hush").unwrap();
    let otlp = Some(Post::new(collector, headers).unwrap());
    Export::start(Doors { metrics: None, otlp }, source).unwrap()
}

#[test]
fn a_collector_gets_a_push_at_the_start_and_one_at_the_end() {
    let (mut run, source) = Run::new();
    let (url, requests) = collector("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    let export = pushing(url, source);
    assert_eq!(export.objection, None);
    run.second(2);
    assert_eq!(export.end(), Pushed { all: 2, failed: 0, why: None });
    let requests = requests.lock().unwrap();
    let bodies: Vec<serde_json::Value> = requests
        .iter()
        .map(|request| {
            assert!(request.starts_with("POST /v1/metrics HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("content-type: application/json\r\n"), "{request}");
            assert!(request.contains("x-key: hush\r\n"), "{request}");
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
        })
        .collect();
    let metric = |nth: usize, name: &str| {
        let metrics = bodies[nth]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
        metrics.iter().find(|metric| metric["name"] == name).unwrap().clone()
    };
    assert_eq!(metric(0, "flexload.messages.sent")["sum"]["dataPoints"][0]["asInt"], "0");
    let sent = metric(1, "flexload.messages.sent");
    assert_eq!(sent["unit"], "{message}");
    assert_eq!(
        (&sent["sum"]["aggregationTemporality"], &sent["sum"]["isMonotonic"]),
        (&2.into(), &true.into())
    );
    let point = &sent["sum"]["dataPoints"][0];
    assert_eq!((&point["asInt"], &point["startTimeUnixNano"]), (&"3".into(), &"1470089440000000000".into()));
    let response = &metric(1, "flexload.step.response")["histogram"]["dataPoints"][0];
    assert_eq!((&response["count"], &response["sum"]), (&"1".into(), &0.002.into()));
    let [counts, bounds] =
        ["bucketCounts", "explicitBounds"].map(|name| response[name].as_array().unwrap().len());
    assert_eq!(counts, bounds + 1);
}

#[test]
fn a_collector_that_does_not_take_it_is_counted_and_nothing_else() {
    for (answer, why) in [
        ("HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\n\x1b[31m", "answered 503: [31m"),
        ("HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n", "answered 302: "),
        (
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\
             {\"partialSuccess\":{\"rejectedDataPoints\":\"4\",\"errorMessage\":\"too old\"}}",
            "it took only some of the values: too old",
        ),
        ("nonsense\r\n\r\n", "invalid HTTP version parsed"),
    ] {
        let (_run, source) = Run::new();
        let export = pushing(collector(answer).0, source);
        assert_eq!(export.objection.as_deref(), Some(why));
        assert_eq!(export.end(), Pushed { all: 2, failed: 2, why: Some(why.to_owned()) });
    }
}

#[test]
fn a_collector_that_is_not_there_is_told_at_the_start() {
    let (_run, source) = Run::new();
    let (gone, address) = listener();
    drop(gone);
    let export = pushing(format!("http://{address}").parse().unwrap(), source);
    assert!(
        export.objection.as_deref().unwrap().to_lowercase().contains("refused"),
        "{:?}",
        export.objection
    );
    assert_eq!(export.end().failed, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn metrics_that_cannot_be_served_are_an_error_at_the_start_and_no_collector_is_blamed() {
    use std::os::fd::OwnedFd;
    // The kernel has no events for it.
    let file = std::fs::File::open("/dev/null").unwrap();
    let listener = TcpListener::from(OwnedFd::from(file));
    listener.set_nonblocking(true).unwrap();
    let (_run, source) = Run::new();
    assert!(Export::start(Doors { metrics: Some(listener), otlp: None }, source).is_err());
}
