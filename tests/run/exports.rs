//! A run's metrics for other programs: served and sent while it lasts, written down when it has ended.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;

use crate::support::{CHAT, Ended, Here, Ran};

/// The values of a page in Prometheus's format, by name with labels.
fn values(page: &str) -> BTreeMap<&str, f64> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let value = |line: &'_ str| line.rsplit_once(' ').map(|(name, value)| (name.len(), value.parse().ok()));
    samples
        .map(|line| match value(line) {
            Some((length, Some(value))) => (&line[..length], value),
            _ => panic!("no sample: {line}"),
        })
        .collect()
}

fn scrape(url: &str) -> String {
    let address = url.trim_start_matches("http://").trim_end_matches("/metrics");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

#[test]
fn a_run_is_scraped_while_it_lasts() {
    let here = Here::new();
    here.write("s.yaml", CHAT.replace("customers: { count: ", "customers: { exhausted: reuse, count: "));
    let load = "load={ phases: [{ hold: { rate: 20/s, for: 10m } }] }";
    let mut run = here.started(&["run", "s.yaml", "--set", load, "--metrics", "127.0.0.1:0"]);
    let note = run.line_with("metrics at");
    let url = note.rsplit_once(' ').expect("a URL").1.to_owned();
    let count = |name: &str| values(&scrape(&url)).get(name).copied().unwrap_or_default();
    here.until("messages are sent", |_| count("flexload_messages_sent_total") > 0.0);
    let before = count("flexload_customers_started_total");
    here.until("more customers start", |_| count("flexload_customers_started_total") > before);
    let page = scrape(&url);
    assert!(values(&page).contains_key("process_cpu_seconds_total"), "{page}");
    run.signal("-INT");
    let ran = Ran::of(&here, run.ended());
    assert_eq!(ran.json()["verdict"]["outcome"], "interrupted");
}

#[test]
fn the_end_of_a_run_is_a_file_with_the_counts_of_run_json() {
    let here = Here::new();
    let ran = here.run(CHAT, &["--report", "prometheus", "--label", "team=chat"]);
    let page = ran.file("metrics.prom");
    let (values, run) = (values(page), ran.json());
    let of = |name: &str| values.get(name).copied().unwrap_or_else(|| panic!("no {name} in\n{page}"));
    let number = |value: &Value| value.as_f64().expect("a number");
    for (name, total) in [
        ("customers_due", "due"),
        ("customers_started", "customers"),
        ("messages_sent", "sent"),
        ("messages_replied", "replied"),
    ] {
        assert_eq!(of(&format!("flexload_{name}_total")), number(&run["totals"][total]), "{name}");
    }
    assert_eq!(of("flexload_run_exit_code"), number(&run["exit_code"]));
    let steps = run["steps"].as_array().expect("steps");
    for step in steps {
        let [journey, name] = ["journey", "name"].map(|key| step[key].as_str().expect("text"));
        for time in ["service", "response", "lag"] {
            let labels = format!("{{journey=\"{journey}\",step=\"{name}\",phase=\"steady\"");
            let metric = format!("flexload_step_{time}_seconds");
            let count = of(&format!("{metric}_count{labels}}}"));
            assert_eq!(count, number(&step[time]["count"]), "{name} {time}");
            assert_eq!(count, of(&format!("{metric}_bucket{labels},le=\"+Inf\"}}")), "{name} {time}");
        }
    }
    assert!(page.contains("label_team=\"chat\""), "{page}");
    let folder = ran.folder.as_ref().expect("a folder").display().to_string();
    let again = here.ended(&["report", &folder, "--report", "prometheus=-"]);
    assert_eq!(again.out, page);
}

#[test]
fn what_cannot_be_told_is_refused_before_the_run() {
    let here = Here::new();
    here.write("s.yaml", CHAT);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    for (arguments, code, words) in [
        (["--metrics", "0.0.0.0:9464"], 2, "for this machine alone"),
        (["--metrics", &taken], 4, "port 0 picks a free one"),
        (["--otlp", "http://me:hush@127.0.0.1:4318"], 2, "OTEL_EXPORTER_OTLP_HEADERS"),
        (["--otlp", "127.0.0.1:4318"], 2, "http://"),
    ] {
        let ended = here.ended(&[&["run", "s.yaml"], &arguments[..]].concat());
        ended.says(code, &[words]);
        assert!(!ended.err.contains("hush"), "{ended}");
    }
    let mut command = here.flexload(&["run", "s.yaml", "--otlp", "http://127.0.0.1:4318"]);
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "authorization hush");
    let ended = Ended::of(command);
    ended.says(3, &["OTEL_EXPORTER_OTLP_HEADERS: it is a list of name=value"]);
    assert!(!ended.err.contains("hush"), "{ended}");
    for (url, headers, words) in [
        ("http://127.0.0.1:4318", &b"x-key=hush\xff"[..], "OTEL_EXPORTER_OTLP_HEADERS: it is not UTF-8"),
        ("http://collector.example.test", b"x-key=hush", "--otlp: headers may be secret"),
    ] {
        let mut command = here.flexload(&["run", "s.yaml", "--otlp", url]);
        command.env("OTEL_EXPORTER_OTLP_HEADERS", OsStr::from_bytes(headers));
        let ended = Ended::of(command);
        ended.says(3, &[words]);
        assert!(!ended.err.contains("hush"), "{ended}");
    }
    assert_eq!(here.newest_run(), None);
}

#[test]
fn a_collector_that_is_not_there_is_a_warning() {
    let here = Here::new();
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let ran = here.run(CHAT, &["--otlp", &format!("http://{gone}")]);
    ran.says(0, &["the run goes on", "2 of 2 pushes were not taken"]);
}
