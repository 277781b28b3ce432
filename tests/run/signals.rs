//! Ctrl-c and SIGTERM at any time: a valid report of what there is, and what is left on the target by name.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::relay::Relay;
use crate::support::{CHAT, Here, Mock, PATIENCE, Ran, Started, count};

/// A slow chat with every phase: a warm-up, a steady state, and a drain that waits for an agent's answer.
const SLOW: &str = "\
version: 1
name: slow
customers: { count: 200, identity: \"c-{{ customer.index }}\" }
agents: { count: 1, chats_each: 200, reply_after: 1m }
load:
  phases:
    - hold: { rate: 5/s, for: 2s, warmup: true }
    - hold: { rate: 5/s, for: 2s }
  drain: 5m
steps:
  - mint_token
  - connect
  - open_channel
  - send_message: { body: hello }
  - await_reply: { within: 2m, timeout: 2m }
thresholds:
  - errors.count == 0
";

fn interrupted(here: &Here, run: Started, signal: (&str, i32)) -> Ran {
    let mut run = run;
    run.signal(signal.0);
    let ran = Ran::of(here, run.ended());
    ran.says(signal.1, &["INTERRUPTED", "ended by SIG"]);
    let json = ran.json();
    assert_eq!(json["verdict"]["outcome"], "interrupted", "{:#}", json["verdict"]);
    assert_eq!(json["littles_law"]["held"], true, "{:#}", json["littles_law"]);
    let totals = &json["totals"];
    assert_eq!(count(totals, "customers"), count(totals, "finished"), "{totals:#}");
    ran
}

const INT: (&str, i32) = ("-INT", 130);
const TERM: (&str, i32) = ("-TERM", 143);

/// A signal after this is another request, not the first one again.
const LATER: Duration = Duration::from_millis(1_100);

/// The stages of the seconds written so far.
fn has_come_to(here: &Here, stage: &str) -> bool {
    let word = format!("\"{stage}\"");
    here.newest_run()
        .and_then(|folder| std::fs::read_to_string(folder.join("seconds.ndjson")).ok())
        .is_some_and(|seconds| seconds.contains(&word))
}

fn in_stage(stage: &str, signal: (&str, i32)) {
    let here = Here::new();
    here.write("s.yaml", SLOW);
    let run = here.started(&["run", "s.yaml"]);
    here.until(stage, |here| has_come_to(here, stage));
    let ran = interrupted(&here, run, signal);
    assert!(ran.total("customers") > 0);
    // Everybody waits for an answer, which nobody can know yet: that the run was ended is no failure of the target's.
    let run = ran.json();
    assert_eq!(run["thresholds"][0]["outcome"], "held", "{run:#}");
    let note = run["notes"].to_string();
    assert!(note.contains("under way when the run was ended"), "{note}");
    let seconds = ran.file("seconds.ndjson");
    let last: serde_json::Value =
        serde_json::from_str(seconds.lines().last().expect("a second")).expect("JSON");
    assert_eq!((count(&last, "connected"), count(&last, "open_chats")), (0, 0), "{last:#}");
}

#[test]
fn in_warm_up_and_steady_state_and_drain() {
    thread::scope(|scope| {
        for (stage, signal) in [("warm-up", INT), ("steady", TERM), ("drain", INT)] {
            scope.spawn(move || in_stage(stage, signal));
        }
    });
}

#[test]
fn while_agents_log_in() {
    let here = Here::new();
    here.write("s.yaml", SLOW);
    let run = here.started(&["run", "s.yaml", "--set", "agents.count=600"]);
    here.until("a folder", |here| here.newest_run().is_some_and(|run| run.join("seconds.ndjson").exists()));
    let ran = interrupted(&here, run, TERM);
    assert_eq!(ran.total("due"), 0, "{}", ran.ended);
}

#[test]
fn while_the_target_does_not_answer_its_preflight() {
    thread::scope(|scope| {
        for socket_only in [false, true] {
            scope.spawn(move || {
                let here = Here::new();
                let (_mock, file) = Mock::as_target(&here, &[]);
                let silent = Relay::silent();
                if socket_only {
                    silent.is_the_socket_of(&here, &file);
                } else {
                    silent.is_all_of(&here, &file);
                }
                here.write("s.yaml", CHAT);
                let run = here.started(&["run", "s.yaml", "--target", "mock"]);
                silent.until_somebody_came();
                let ran = interrupted(&here, run, INT);
                assert_eq!(ran.total("due"), 0);
            });
        }
    });
}

const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n\
                           Content-Length: 60\r\n\r\n\
                           {\"code\":20503,\"message\":\"later\",\"more_info\":\"\",\"status\":503}";

#[test]
fn in_clean_up_what_is_left_is_listed_and_cleaned_up_later() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let (relay, refused) = Relay::refusing(&file, "DELETE ", UNAVAILABLE);
    relay.is_all_of(&here, &file);
    here.write("s.yaml", CHAT);
    let run = here.started(&["run", "s.yaml", "--target", "mock"]);
    here.until("a clean-up", |_| refused.load(Ordering::Relaxed) > 0);
    let ran = interrupted(&here, run, INT);
    ran.says(130, &["left on the target", "curl -X DELETE", "resources left on the target"]);
    assert_eq!(ran.total("customers"), 5);
    assert_eq!(ran.total("completed"), 5, "the run itself was through");
    here.write("flexload.yaml", &file.0);
    let folder = ran.folder.as_ref().expect("a folder").to_str().expect("text");
    here.ended(&["cleanup", folder]).says(0, &["removed 5 channels and 7 users"]);
    here.ended(&["cleanup", folder]).says(0, &["removed 0 channels and 0 users"]);
}

#[test]
fn a_long_clean_up_says_how_far_it_is_and_how_to_leave_it() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let (relay, refused) = Relay::refusing(&file, "DELETE ", "");
    relay.is_all_of(&here, &file);
    here.write("s.yaml", CHAT);
    let mut run = here.started(&["run", "s.yaml", "--target", "mock"]);
    here.until("a clean-up", |_| refused.load(Ordering::Relaxed) > 0);
    // People are told every three seconds.
    thread::sleep(Duration::from_secs(5));
    run.signal("-INT");
    thread::sleep(LATER);
    run.signal("-INT");
    let ended = run.ended();
    ended.says(130, &["cleaning up", "ctrl-c leaves the rest on the target; `flexload cleanup reports/"]);
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let here = Here::new();
    let (_mock, file) = Mock::as_target(&here, &[]);
    let (relay, asked) = Relay::refusing(&file, "DELETE ", "");
    relay.is_all_of(&here, &file);
    here.write("s.yaml", SLOW);
    let mut run = here.started(&["run", "s.yaml", "--target", "mock"]);
    here.until("steady", |here| has_come_to(here, "steady"));
    run.signal("-INT");
    // It cleans up now, on a target that does not answer, for as long as its patience lasts.
    here.until("a clean-up", |_| asked.load(Ordering::Relaxed) > 0);
    thread::sleep(LATER);
    assert!(run.is_running());
    run.signal("-INT");
    run.ended_within(PATIENCE / 10).says(
        130,
        &["note: asked to end: stopping", "warning: asked again: ended at once; no report was written"],
    );
}

#[test]
fn a_signal_right_after_the_first_loses_no_report() {
    let here = Here::new();
    here.write("s.yaml", SLOW);
    let mut run = here.started(&["run", "s.yaml", "--report", "html", "--report", "junit"]);
    here.until("steady", |here| has_come_to(here, "steady"));
    run.signal("-INT");
    thread::sleep(Duration::from_millis(50));
    let ran = interrupted(&here, run, INT);
    assert!(!ran.ended.err.contains("ended at once"), "{}", ran.ended);
    assert!(ran.file("report.html").ends_with("</html>\n"));
    assert!(!ran.file("junit.xml").is_empty());
}
