//! Evidence that cannot be written, and too few files to open: said, and never a silent pass.

use std::process::Command;

use crate::support::{CHAT, Ended, Here, Mock, Ran};

/// The same command under a limit of the shell's.
fn under(limit: &str, here: &Here, arguments: &[&str]) -> Ended {
    let script = format!("ulimit {limit}; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_flexload")]).args(arguments);
    command.current_dir(here.path()).env_clear();
    Ended::of(command)
}

#[test]
fn a_reports_folder_that_cannot_be_made_is_14_and_the_summary_is_printed() {
    let here = Here::new();
    here.write("s.yaml", CHAT).write("in-the-way", "a file");
    here.ended(&["run", "s.yaml", "--out", "in-the-way"]).says(
        14,
        &[
            "warning: in-the-way",
            "INCOMPLETE",
            "evidence incomplete: in-the-way",
            "10 sent, 10 acknowledged, 10 pushed, 5 replied",
        ],
    );
}

#[test]
fn a_disk_that_is_full_is_14_and_the_summary_is_printed() {
    for (blocks, seen) in [("0", "effective.yaml"), ("1", "run.json")] {
        let here = Here::new();
        here.write("s.yaml", CHAT);
        let ended = under(&format!("-f {blocks}"), &here, &["run", "s.yaml"]);
        ended.says(14, &["INCOMPLETE", "evidence incomplete", seen, "10 sent, 10 acknowledged"]);
    }
}

#[test]
fn a_disk_that_fills_up_during_the_run_is_14_in_run_json_too() {
    let here = Here::new();
    here.write("s.yaml", CHAT);
    // A report of its own has more to say than fits the place it goes to.
    let ended = here.ended(&["run", "s.yaml", "--report", "json=/dev/full"]);
    ended.says(14, &["INCOMPLETE", "/dev/full", "10 sent, 10 acknowledged"]);
    let ran = Ran::of(&here, ended);
    assert_eq!(ran.json()["verdict"]["outcome"], "incomplete");
}

#[test]
fn a_summary_that_cannot_be_printed_is_14() {
    let here = Here::new();
    here.write("s.yaml", CHAT);
    let script = "exec \"$0\" run s.yaml > /dev/full";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_flexload")]).current_dir(here.path()).env_clear();
    Ended::of(command).says(14, &["error: stdout: "]);
}

#[test]
fn a_report_for_a_folder_that_is_not_there_is_14() {
    let here = Here::new();
    let ran = here.run(CHAT, &["--report", "json=nowhere/run.json"]);
    ran.says(
        14,
        &["warning: nowhere/run.json: its folder is not there", "INCOMPLETE", "10 sent, 10 acknowledged"],
    );
    assert_eq!(ran.json()["verdict"]["outcome"], "incomplete");
}

#[test]
fn nothing_is_made_on_a_target_that_cannot_be_noted() {
    let here = Here::new();
    let (_mock, _file) = Mock::as_target(&here, &[]);
    here.write("s.yaml", CHAT).write("in-the-way", "a file");
    here.ended(&["run", "s.yaml", "--target", "mock", "--out", "in-the-way"])
        .says(14, &["resources.ndjson cannot be written, and nothing is made"]);
}

#[test]
fn too_few_open_files_for_the_plan_are_4_before_the_start() {
    let here = Here::new();
    let crowd = "{ count: 10000, identity: \"c-{{ customer.index }}\" }";
    here.write("s.yaml", CHAT);
    let customers = format!("customers={crowd}");
    let arguments =
        ["run", "s.yaml", "--set", &customers, "--set", "load.phases=[{ users: { hold: 10000, for: 1m } }]"];
    let ended = under("-n 1000", &here, &arguments);
    ended.says(
        4,
        &["open files, and this process may open 1000", "ulimit -Hn", "flexload mock --targets-file"],
    );
    let needed: u64 = ended
        .err
        .split("the plan needs ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .and_then(|number| number.parse().ok())
        .expect("a number");
    assert!((20_000..21_000).contains(&needed), "{needed}");
    assert!(here.newest_run().is_none(), "nothing was begun");
}
