use std::sync::Arc;

use tokio::time::Instant;

use super::*;
use crate::record::{Kind, Outcome, Recorder, Sample, StepId, Timeline};
use crate::scenario::metric::{Metric, Selection};

/// Seconds made up by hand, each shown to one threshold.
struct Shown {
    recorder: Recorder,
    send: StepId,
    start: Instant,
    threshold: Threshold,
    watch: Watch,
    at: Duration,
}

fn threshold(subject: &str, part: Option<&'static str>, statistic: Statistic, limit: Limit) -> Threshold {
    Threshold {
        text: String::new(),
        metric: Metric { subject: subject.to_owned(), part, statistic },
        of: Selection::default(),
        operator: Operator::Below,
        limit,
        window: Some("3s".parse().unwrap()),
        abort: false,
        place: None,
    }
}

/// `send_message.response.p50 < 100ms for 3s`: a window needs 40 samples.
fn median() -> Threshold {
    threshold("send_message", Some("response"), Statistic::P50, Limit::Time("100ms".parse().unwrap()))
}

/// `errors.rate < 10% for 3s`: 200 samples, or 20 failures.
fn error_rate() -> Threshold {
    threshold("errors", None, Statistic::Rate, Limit::Share(0.1))
}

impl Shown {
    fn to(threshold: Threshold) -> Self {
        let mut catalog = Catalog::new();
        let send = catalog.step("main", "send_message");
        let catalog = Arc::new(catalog);
        let start = Instant::now();
        let recorder = Recorder::new(Arc::clone(&catalog), Timeline::steady(start));
        let watch = Watch::new(std::slice::from_ref(&threshold), &catalog);
        Self { recorder, send, start, threshold, watch, at: Duration::ZERO }
    }

    /// One more second, in which so many took `ms` and so many failed. Whether the run goes on.
    fn second(&mut self, ok: usize, ms: u64, failed: usize) -> bool {
        let took = |ms| self.start + Duration::from_millis(ms);
        let sample = |ended, outcome| Sample::new(self.start, self.start, self.start, ended, outcome);
        for _ in 0..ok {
            self.recorder.step(self.send, &sample(took(ms), Outcome::Ok));
        }
        for _ in 0..failed {
            self.recorder.step(self.send, &sample(took(1), Kind::Timeout.into()));
        }
        // Ticks are never quite on time.
        self.at += Duration::from_millis(if self.at.as_secs().is_multiple_of(2) { 1_010 } else { 990 });
        self.watch.second(self.at, &self.recorder.snapshot()).is_continue()
    }

    fn came_to(&self) -> &Windows {
        self.watch.windows(&self.threshold).unwrap()
    }

    fn judged_and_missed(&self) -> (u64, u64) {
        (self.came_to().judged, self.came_to().missed)
    }
}

fn about(moment: Option<Moment>) -> (f64, f64) {
    let moment = moment.unwrap();
    (moment.at.as_secs_f64().round(), moment.over.as_secs_f64().round())
}

#[test]
fn a_window_is_judged_once_it_holds_enough() {
    let mut shown = Shown::to(median());
    assert_eq!(shown.came_to().needed, 40);
    shown.second(39, 50, 0);
    assert_eq!(shown.judged_and_missed(), (0, 0));
    assert_eq!(shown.came_to().fullest, 39);
    shown.second(1, 50, 0);
    assert_eq!(shown.judged_and_missed(), (1, 0), "the two seconds together have 40");
    shown.second(0, 0, 0);
    assert_eq!(shown.judged_and_missed(), (2, 0), "they are still within the last three");
    shown.second(0, 0, 0);
    assert_eq!(shown.judged_and_missed(), (2, 0), "39 of them are not any more");
}

#[test]
fn every_percentile_has_a_floor_of_its_own() {
    let table = [
        (Statistic::P50, 40),
        (Statistic::P90, 200),
        (Statistic::P95, 400),
        (Statistic::P99, 2_000),
        (Statistic::P999, 20_000),
        (Statistic::Mean, 20),
        (Statistic::Max, 1),
        (Statistic::Count, 0),
    ];
    for (statistic, expected) in table {
        let metric = Metric { statistic, ..median().metric };
        assert_eq!(needed(&Threshold { metric, ..median() }), expected, "{statistic:?}");
    }
    assert_eq!(needed(&error_rate()), 200);
    assert_eq!(needed(&Threshold { limit: Limit::Share(0.0), ..error_rate() }), 20);
}

#[test]
fn failures_rank_above_every_success_in_a_window_too() {
    let mut shown = Shown::to(median());
    shown.second(21, 1, 19);
    assert_eq!(shown.judged_and_missed(), (1, 0), "the median is a success");
    shown.second(0, 0, 2);
    assert_eq!(shown.judged_and_missed(), (2, 0), "the 21st of 42 is the last success");
    shown.second(0, 0, 1);
    assert_eq!(shown.judged_and_missed(), (3, 1), "the 22nd of 43 is a failure");
    assert_eq!(shown.came_to().worst.unwrap().observed, Observed::Failed);
}

#[test]
fn what_recovers_was_still_missed() {
    let mut shown = Shown::to(median());
    for (second, ms) in [(1, 20), (2, 20), (3, 150), (4, 400), (5, 20), (6, 20), (7, 20), (8, 20), (9, 20)] {
        assert!(shown.second(100, ms, 0), "second {second}: nothing aborts without being asked to");
    }
    // The middle of (20, 20, 150) and of (20, 150, 400) is 20 and 150; then (150, 400, 20) is 150, then 20 again.
    assert_eq!(shown.judged_and_missed(), (9, 2));
    assert_eq!(about(shown.came_to().first_missed), (4.0, 3.0));
    assert_eq!(about(shown.came_to().worst), (4.0, 3.0), "the first of two that are equally bad");
    let Observed::Time(worst) = shown.came_to().worst.unwrap().observed else { panic!("a time") };
    assert_eq!(worst.as_millis(), 150);
}

#[test]
fn the_first_windows_are_as_long_as_the_run_is_old() {
    let mut shown = Shown::to(median());
    shown.second(100, 200, 0);
    assert_eq!(about(shown.came_to().first_missed), (1.0, 1.0));
}

#[test]
fn a_threshold_that_may_abort_ends_the_run_when_it_is_missed_and_not_before() {
    let mut shown = Shown::to(Threshold { abort: true, ..median() });
    assert!(shown.second(39, 500, 0), "too few to tell");
    assert!(!shown.second(1, 500, 0));
}

#[test]
fn without_a_window_all_so_far_is_judged() {
    let mut shown = Shown::to(Threshold { window: None, abort: true, ..median() });
    for _ in 0..100 {
        assert!(shown.second(10, 50, 0));
    }
    for second in 0..100 {
        assert!(shown.second(10, 500, 0), "second {second}: half of all is fast");
    }
    assert!(!shown.second(1, 500, 0));
    assert_eq!(about(shown.came_to().first_missed), (201.0, 201.0));
    assert_eq!(shown.watch.0[0].window.slots.len(), 1, "all so far is one sum");
}

#[test]
fn a_rate_is_told_by_many_samples_or_by_twenty_failures() {
    let mut shown = Shown::to(error_rate());
    shown.second(0, 0, 19);
    assert_eq!(shown.judged_and_missed(), (0, 0));
    shown.second(0, 0, 1);
    assert_eq!(shown.judged_and_missed(), (1, 1), "20 of 20 failed: no number of samples helps that");
    let mut shown = Shown::to(error_rate());
    shown.second(181, 1, 18);
    assert_eq!(shown.judged_and_missed(), (0, 0));
    shown.second(1, 1, 0);
    assert_eq!(shown.judged_and_missed(), (1, 0), "18 of 200 is 9 %");
}

#[test]
fn a_count_is_judged_from_the_first_second_on_and_forgets_what_left_the_window() {
    let limit = Limit::Number(5.0);
    let mut shown = Shown::to(threshold("errors", None, Statistic::Count, limit));
    for (failed, missed) in [(0, 0), (3, 0), (2, 1), (0, 2), (0, 2), (4, 2)] {
        shown.second(0, 0, failed);
        assert_eq!(shown.came_to().missed, missed);
    }
    assert_eq!(shown.came_to().judged, 6);
}

#[test]
fn a_long_window_holds_at_most_about_sixty_slots() {
    let mut shown = Shown::to(Threshold { window: Some("3m".parse().unwrap()), ..median() });
    for _ in 0..400 {
        shown.second(1, 50, 0);
    }
    let Windows { fullest, .. } = *shown.came_to();
    assert!((180..=183).contains(&fullest), "{fullest}");
    let slots = shown.watch.0[0].window.slots.len();
    assert!((60..=62).contains(&slots), "{slots}");
}

#[test]
fn what_is_not_watched_has_no_windows() {
    let plain = Threshold { window: None, ..median() };
    assert_eq!(Shown::to(plain.clone()).watch.windows(&plain), None);
}
