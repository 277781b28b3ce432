//! Coordinated omission as counts: all sockets of the mock stand still for four seconds, and how many samples are
//! slow then follows from when each step was due.
//!
//! A sample is slow above `BOUND`. What comes at a rate of 2.5/s, every 400 ms, and is due while everything stands
//! still ends when that is over, so samples of all lengths up to the freeze's are there, evenly spread, one each
//! 400 ms: only the last of them is not slow by this bound, well within the two by which a count may differ. In
//! return, a busy machine must hold a step up for almost that long to be mistaken for the mock (a login takes 0.1 s by
//! itself), thrice, and in the very moment when all goes on. A freeze of two seconds and twice the rate give the same
//! counts and half the patience. When exactly the freeze begins is nothing the counts depend on, as long as steps of
//! every kind are due before, during and after it.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::support::{Here, Ran};

/// What is due comes every 400 ms, and the freeze takes four seconds: ten of them.
const DURING_THE_FREEZE: u64 = 10;
/// Above this a sample is slow.
const BOUND: Duration = Duration::from_millis(400);
/// The middle of the freeze: half of what is spread evenly over it is above.
const HALF: Duration = Duration::from_secs(2);

/// A scenario in which everything stands still for four seconds, so long after the mock's start.
fn scenario(from: &str, load: &str, steps: &str, more: &str) -> String {
    format!(
        "version: 1\nname: freeze\ncustomers: {{ count: 100, identity: \"c-{{{{ customer.index }}}}\" }}\n\
         load: {{ phases: [{{ hold: {load} }}], drain: 30s }}\n\
         mock: {{ limits: off, faults: [{{ freeze_mock: {{ from: {from}, for: 4s }} }}] }}\n{more}\nsteps:\n{steps}\n"
    )
}

/// A run in which nothing failed: whoever waited was served in the end.
fn run(scenario: &str) -> Ran {
    let ran = Here::new().run(scenario, &[]);
    let totals = &ran.json()["totals"];
    assert_eq!(totals["errors"], 0, "{}", ran.ended);
    assert_eq!(totals["customers"], totals["completed"], "{}", ran.ended);
    ran
}

/// A line of the interval log: its tag, when it began, and how many of its values are above `bound`.
fn lines(ran: &Ran, bound: Duration) -> Vec<(String, f64, u64)> {
    let bound = u64::try_from(bound.as_micros()).expect("microseconds");
    let log = IntervalLogIterator::new(ran.file("intervals.hlog").as_bytes());
    let entries = log.filter_map(|entry| match entry.expect("a line of the interval log") {
        LogEntry::Interval(line) => Some(line),
        LogEntry::StartTime(_) | LogEntry::BaseTime(_) => None,
    });
    let line = entries.map(|line| {
        let bytes = STANDARD.decode(line.encoded_histogram()).expect("base64");
        let values: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut &bytes[..]).expect("a histogram");
        let tag = line.tag().expect("a tag").as_str().to_owned();
        (tag, line.start_timestamp().as_secs_f64(), values.count_between(bound, u64::MAX))
    });
    line.collect()
}

/// The second in which all went on: most of what is slow ended there.
fn thaw(ran: &Ran) -> f64 {
    let mut ended: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, start, slow) in lines(ran, BOUND) {
        *ended.entry(start.round() as u64).or_default() += slow;
    }
    ended.into_iter().max_by_key(|(_, slow)| *slow).expect("a line").0 as f64
}

/// How many values above `bound` were recorded when all went on, a second before or after included, under the tags
/// that end like this. What is slow at another time is not the mock's doing.
fn above(ran: &Ran, bound: Duration, tag: &str) -> u64 {
    let thaw = thaw(ran);
    let all: Vec<_> = lines(ran, bound).into_iter().filter(|line| line.0.ends_with(tag)).collect();
    assert!(!all.is_empty(), "no line for {tag}: {}", ran.ended);
    all.iter().filter(|(_, start, _)| (start - thaw).abs() < 1.6).map(|line| line.2).sum()
}

fn slow(ran: &Ran, tag: &str) -> u64 {
    above(ran, BOUND, tag)
}

/// Asserts a count as the theory has it, give or take two.
fn about(seen: u64, theory: u64, what: &str, ran: &Ran) {
    assert!(seen.abs_diff(theory) <= 2, "{what}: {seen}, in theory {theory}\n{}", ran.ended);
}

/// Everybody who arrives meanwhile waits, on a connection of their own. What they do next is not slow any more,
/// but for those who thought and came back while everything stood still.
#[test]
fn who_arrives_or_comes_back_from_thinking_while_all_stands_still_waits_and_nobody_else() {
    let steps = "  - mint_token\n  - connect\n  - open_channel\n  - typing\n\
                 \u{20} - think: 2s\n  - send_message: { id: after_a_short_thought, body: x }\n\
                 \u{20} - think: 5s\n  - send_message: { id: after_a_long_thought, body: x }";
    // Whoever is due for the last step at the beginning of the freeze arrived 7 s before.
    let ran = run(&scenario("10s", "{ rate: 2.5/s, for: 15s }", steps, ""));
    for time in ["response", "service"] {
        let connect = format!("/connect/{time}");
        about(slow(&ran, &connect), DURING_THE_FREEZE, &connect, &ran);
        about(above(&ran, HALF, &connect), DURING_THE_FREEZE / 2, "in the first half", &ran);

        // Not the step before it: with the device logged in that takes a tenth of a second by itself, so one of
        // them may be under way when the freeze begins.
        let next = format!("/typing/{time}");
        about(slow(&ran, &next), 0, "directly after another step", &ran);

        // Shorter than the freeze: who thought when it began comes back within it and waits for the rest of it,
        // at least two seconds. Who was held up before thinking comes back when it is over.
        let short = format!("/after_a_short_thought/{time}");
        about(slow(&ran, &short), DURING_THE_FREEZE / 2, &short, &ran);
        about(above(&ran, HALF, &short), DURING_THE_FREEZE / 2, "for two seconds at least", &ran);

        let long = format!("/after_a_long_thought/{time}");
        about(slow(&ran, &long), DURING_THE_FREEZE, &long, &ran);
        about(above(&ran, HALF, &long), DURING_THE_FREEZE / 2, "in the first half", &ran);
    }
    about(slow(&ran, "/lag"), 0, "waiting for the mock is no lag", &ran);
}

/// One customer on a beat of 400 ms: each beat of the freeze is felt late, though only one message waits at a time.
#[test]
fn a_customer_on_a_beat_feels_every_beat_of_the_freeze_and_service_tells_of_one() {
    let steps = "  - mint_token\n  - connect\n  - open_channel\n\
                 \u{20} - repeat: { times: 28, steps: [pace: { every: 400ms }, send_message: { body: x }] }";
    let ran = run(&scenario("5s", "{ rate: 1/s, for: 1s }", steps, ""));
    about(slow(&ran, "/send_message/response"), DURING_THE_FREEZE, "by response", &ran);
    about(above(&ran, HALF, "/send_message/response"), DURING_THE_FREEZE / 2, "in the first half", &ran);
    about(slow(&ran, "/send_message/service"), 1, "by service", &ran);
    about(slow(&ran, "/lag"), 0, "waiting for the message before is no lag", &ran);
}

/// Four connections to the API: those who hold them wait for the mock, all others for a connection.
#[test]
fn behind_a_pool_as_many_are_slow_by_service_as_it_has_connections() {
    const POOL: u64 = 4;
    let more = format!("backend: {{ connections: {POOL} }}\ntransport: {{ backend: {{ poll: off }} }}");
    let ran = run(&scenario("4s", "{ rate: 2.5/s, for: 10s }", "  - open_channel", &more));
    about(slow(&ran, "/open_channel/response"), DURING_THE_FREEZE, "by response", &ran);
    about(above(&ran, HALF, "/open_channel/response"), DURING_THE_FREEZE / 2, "in the first half", &ran);
    about(slow(&ran, "/open_channel/service"), POOL, "by service", &ran);
    about(slow(&ran, "/pool_wait/wait"), DURING_THE_FREEZE - POOL, "for the pool", &ran);
    about(slow(&ran, "/lag"), 0, "waiting for the pool is no lag", &ran);
}
