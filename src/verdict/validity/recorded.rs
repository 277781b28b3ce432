//! Series that real runs left in `seconds.ndjson`, judged again. Each is a run of twelve seconds or eight of a debug
//! build on two CPUs, cut to the fields that matter here; the lags are those that its run.json tells.

use serde::Deserialize;

use super::tests::{Second, broken, judged};
use super::{Counter, Limits, Validity};
use crate::record::Health;

/// A line, as far as it is judged.
#[derive(Deserialize)]
struct Line {
    stage: String,
    due: u64,
    started: u64,
    dropped: u64,
    late_starts: u64,
    #[serde(flatten)]
    health: Health,
}

impl From<Line> for Second {
    fn from(line: Line) -> Self {
        let Line { stage, due, started, dropped, late_starts, health } = line;
        let stage = if stage == "steady" { "steady" } else { "drain" };
        Self { stage, due, started, dropped, late: late_starts, health }
    }
}

fn series(text: &str) -> Vec<Second> {
    text.lines().map(|line| serde_json::from_str::<Line>(line).unwrap().into()).collect()
}

fn dropped(series: &[Second]) -> u64 {
    series.iter().map(|second| second.dropped).sum()
}

fn starts(validity: &Validity) -> &str {
    &validity.checks().iter().find(|check| check.name == "starts").unwrap().seen
}

#[test]
fn a_rate_beyond_the_machine_breaks_what_it_broke_in_the_run() {
    // 400 chats a second, of which one worker manages some 150.
    let beyond = series(include_str!("series/beyond.ndjson"));
    let validity = judged(&beyond, &[(0, 8_300), (66, 190)], &Limits::default());
    assert_eq!(broken(&validity), ["starts", "lag", "busy"]);
    assert!(starts(&validity).ends_with("(1951 dropped while the generator was held up)"), "{validity:#?}");
    // The same run at 4 chats a second.
    let within = series(include_str!("series/within.ndjson"));
    assert_eq!(broken(&judged(&within, &[(0, 240)], &Limits::default())), [""; 0]);
}

#[test]
fn a_quota_that_held_the_process_up_breaks_nothing_else() {
    // 0.12 CPUs for 9 chats a second: 70 times in 8 seconds.
    let quota = series(include_str!("series/quota.ndjson"));
    let validity = judged(&quota, &[(0, 340), (77, 20)], &Limits::default());
    assert_eq!(broken(&validity), ["throttled_seconds"]);
    assert_eq!(validity.broken().next().unwrap().seen, "8 of 8 (70 times)");
}

#[test]
fn what_the_target_did_breaks_nothing() {
    let runs = [
        // Every channel took 700 ms.
        (include_str!("series/slow_target.ndjson"), 0),
        // Nothing was answered for three seconds.
        (include_str!("series/frozen_target.ndjson"), 0),
        // Every channel took 2 s, and there were slots for six chats.
        (include_str!("series/slots_used_up.ndjson"), 60),
    ];
    for (text, found_no_slot) in runs {
        let run = series(text);
        assert_eq!(dropped(&run), found_no_slot);
        let validity = judged(&run, &[(0, 180), (7, 3)], &Limits::default());
        assert_eq!(broken(&validity), [""; 0], "{validity:#?}");
        let due: u64 = run.iter().map(|second| second.due).sum();
        assert_eq!(starts(&validity), format!("{0} of {0}", due - found_no_slot));
    }
}

#[test]
fn drops_of_a_slow_target_do_not_hide_those_of_a_saturated_worker() {
    // The slots that were used up, in a run whose worker was saturated in one of those seconds.
    let mut run = series(include_str!("series/slots_used_up.ndjson"));
    let full = run.iter().position(|second| second.dropped > 0).unwrap();
    run[full].health.workers[0].busy = Some(0.97);
    let own = run[full].dropped;
    let validity = judged(&run, &[], &Limits::default());
    assert_eq!(broken(&validity), ["starts"]);
    assert!(starts(&validity).contains(&format!("({own} dropped while")), "{}", starts(&validity));
    let all = super::tests::summary(&run, &[]);
    assert_eq!(all.counters().get(Counter::Dropped), 60);
}
