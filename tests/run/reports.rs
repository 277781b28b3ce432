//! The reports beside run.json: asked for with the run, and rendered again from its folder.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{CHAT, Ended, Here, Ran};

/// A threshold that no run keeps beside one that every run keeps.
fn missed() -> String {
    format!("{CHAT}  - open_channel.response.p95 < 1us\n")
}

#[test]
fn junit_goes_into_the_folder_and_run_json_names_it() {
    let ran = Here::new().run(&missed(), &["--report", "junit", "--label", "team=<chat>"]);
    ran.says(5, &["FAILED"]);
    let document = roxmltree::Document::parse(ran.file("junit.xml")).expect("XML");
    let suites = document.root_element();
    assert_eq!(
        ["tests", "failures", "errors"].map(|name| suites.attribute(name)),
        [Some("4"), Some("2"), Some("0")]
    );
    let files = ran.json()["files"].clone();
    let files = files.as_array().expect("a list");
    assert_eq!(files.iter().filter(|file| *file == "junit.xml").count(), 1, "{files:?}");
}

#[test]
fn a_report_is_rendered_again_from_the_folder_alone() {
    let here = Here::new();
    let ran = here.run(&missed(), &["--report", "junit", "--report", "json=out.json"]);
    let folder = ran.folder.clone().expect("a folder");
    let moved = here.path().join("elsewhere");
    fs::rename(&folder, &moved).expect("moved");
    fs::remove_file(moved.join("junit.xml")).expect("removed");
    // Exit 0 although the run's own was 5: it was rendered.
    let summary = here.ended(&["report", "elsewhere"]);
    summary.says(0, &["FAILED  chat on mock", "missed: open_channel.response.p95 < 1us", "elsewhere/\n"]);
    here.ended(&["report", "elsewhere", "--report", "junit", "--report", "terminal=again.txt"])
        .says(0, &["written: elsewhere/junit.xml"]);
    // The folder is told as it is now; nothing else changed.
    let before =
        ran.file("junit.xml").replace(&ran.json()["folder"].as_str().expect("text").to_owned(), "elsewhere");
    assert_eq!(fs::read_to_string(moved.join("junit.xml")).expect("read"), before);
    assert_eq!(fs::read_to_string(here.path().join("again.txt")).expect("read"), summary.out);
    assert_eq!(fs::read_to_string(moved.join("run.json")).expect("read"), ran.file("run.json"));
    let json = here.ended(&["report", "elsewhere", "--report", "json=-"]);
    let [mut printed, mut written] = [json.out.as_str(), ran.file("run.json")]
        .map(|text| serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
    assert_eq!([&mut printed, &mut written].map(|run| run["folder"].take())[0], "elsewhere");
    assert_eq!(printed, written);
}

#[test]
fn a_folder_that_tells_of_no_run_is_3_and_a_place_that_cannot_be_written_14() {
    let here = Here::new();
    for (run_json, words) in [
        (None, "there is no such file"),
        (Some("{\"schema_version\": 1, \"flex"), "ends in the middle"),
        (Some("{\"schema_version\": 99}"), "schema_version 99"),
        (Some("[]"), "not as a run of this version writes it"),
    ] {
        if let Some(run_json) = run_json {
            here.write("run.json", run_json);
        }
        here.ended(&["report", "."]).says(3, &["run.json", words]);
    }
    let ran = here.run(CHAT, &[]);
    let folder = ran.folder.as_ref().expect("a folder").display().to_string();
    let ended = here.ended(&["report", &folder, "--report", "junit=nowhere/junit.xml"]);
    ended.says(14, &["error: nowhere/junit.xml"]);
    assert!(!ended.err.contains("written: "), "{ended}");
    here.ended(&["report", &folder, "--report", "junit=j.xml"]).says(0, &["note: written: j.xml"]);
}

/// A run with what a GitHub runner sets, and the page it appends to.
fn on_github(here: &Here, scenario: &str, arguments: &[&str]) -> (Ended, String) {
    here.write("s.yaml", scenario).write("page.md", "# before\n");
    let mut command = here.flexload(&[&["run", "s.yaml"], arguments].concat());
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", here.path().join("page.md"));
    let ended = Ended::of(command);
    (ended, fs::read_to_string(here.path().join("page.md")).expect("read"))
}

#[test]
fn on_github_a_missed_threshold_is_annotated_and_the_summary_is_on_the_page() {
    let here = Here::new();
    let (ended, page) = on_github(&here, &missed(), &["--report", "markdown"]);
    assert_eq!(ended.code, 5, "{ended}");
    let line = "\n::error title=flexload%3A chat::missed: open_channel.response.p95 < 1us (seen: ";
    assert!(ended.out.contains(line), "{ended}");
    let ran = Ran::of(&here, ended);
    assert_eq!(page, format!("# before\n{}", ran.file("summary.md")));
    assert!(!here.run(&missed(), &[]).ended.out.contains("::error"), "only on a runner");
}

#[test]
fn a_page_that_cannot_be_written_is_a_warning() {
    let here = Here::new();
    here.write("s.yaml", CHAT);
    let mut command = here.flexload(&["run", "s.yaml"]);
    command.env("GITHUB_STEP_SUMMARY", "nowhere/page.md");
    Ended::of(command).says(0, &["warning: GITHUB_STEP_SUMMARY nowhere/page.md: "]);
}

/// The rows of a table whose values hold neither quotes nor commas, by column.
fn rows(table: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = table.split_terminator("\r\n").map(|line| line.split(','));
    let columns: Vec<&str> = lines.next().expect("columns").collect();
    lines.map(|line| columns.iter().copied().zip(line).collect()).collect()
}

#[test]
fn the_tables_hold_what_run_json_holds() {
    let here = Here::new();
    let ran = here.run(CHAT, &["--report", "csv", "--report", "csv=tables/here"]);
    ran.says(0, &["steps.csv", "seconds.csv"]);
    let (steps, seconds) = (rows(ran.file("steps.csv")), rows(ran.file("seconds.csv")));
    let run = ran.json();
    for (row, step) in steps.iter().zip(run["steps"].as_array().expect("steps")) {
        assert_eq!(Some(row["step"]), step["name"].as_str());
        for (column, value) in [("sent", &step["sent"]), ("response_p50_ms", &step["response"]["p50_ms"])] {
            let seen: f64 = row[column].parse().expect("a number");
            assert_eq!(Some(seen), value.as_f64(), "{column} of {}", row["step"]);
        }
    }
    let sum = |name: &str| seconds.iter().map(|row| row[name].parse::<u64>().expect("a count")).sum::<u64>();
    for name in ["due", "sent", "acknowledged", "pushed", "replied"] {
        assert_eq!(sum(name), ran.total(name), "{name}");
    }
    assert_eq!(seconds.len(), ran.file("seconds.ndjson").lines().count());
    for name in ["steps.csv", "seconds.csv"] {
        let elsewhere = fs::read_to_string(here.path().join("tables/here").join(name)).expect("read");
        assert_eq!(elsewhere, ran.file(name));
    }
}

#[test]
fn tables_are_read_up_to_a_torn_line_and_good_ones_are_not_lost_to_a_file_that_says_nothing() {
    let here = Here::new();
    let ran = here.run(CHAT, &["--report", "csv"]);
    let folder = ran.folder.clone().expect("a folder");
    let name = folder.display().to_string();
    let (good, table) = (ran.file("seconds.csv"), folder.join("seconds.csv"));
    let torn = format!("{}{{\"at_s\":", ran.file("seconds.ndjson"));
    fs::write(folder.join("seconds.ndjson"), torn).expect("written");
    let ended = here.ended(&["report", &name, "--report", "csv"]);
    ended.says(0, &["note: seconds.ndjson ends in the middle of a line", "seconds.csv\n"]);
    assert_eq!(fs::read_to_string(&table).expect("read"), good);
    for (seconds, words) in [
        (Some("{}\n[1]\n"), "seconds.ndjson line 2: "),
        (Some("{\"at_s\":"), "seconds.ndjson holds not one second"),
        (Some(""), "seconds.ndjson holds not one second"),
        (None, "seconds.ndjson: No such file"),
    ] {
        match seconds {
            Some(text) => fs::write(folder.join("seconds.ndjson"), text).expect("written"),
            None => fs::remove_file(folder.join("seconds.ndjson")).expect("removed"),
        }
        let ended = here.ended(&["report", &name, "--report", "csv"]);
        ended.says(14, &["steps.csv\n", "seconds.csv: ", words]);
        assert!(!ended.err.contains("seconds.csv\n"), "not said to be written: {ended}");
        assert_eq!(fs::read_to_string(&table).expect("read"), good, "{words}");
    }
}

#[test]
fn evidence_that_is_empty_or_gone_is_named_by_every_report_made_from_it() {
    let here = Here::new();
    let ran = here.run(CHAT, &["--report", "prometheus"]);
    let folder = ran.folder.clone().expect("a folder");
    let name = folder.display().to_string();
    let core = ["seconds.ndjson", "intervals.hlog"];
    for lack in ["is empty", "is not there"] {
        for file in core.map(|file| folder.join(file)) {
            match lack {
                "is empty" => fs::write(file, "").expect("written"),
                _ => fs::remove_file(file).expect("removed"),
            }
        }
        let ended = here.ended(&["report", &name, "--report", "prometheus"]);
        ended.says(14, &["error: metrics.prom: ", "intervals.hlog: "]);
        let kept = fs::read_to_string(folder.join("metrics.prom")).expect("read");
        assert_eq!(kept, ran.file("metrics.prom"), "a good one stays");
        let words = core.map(|file| format!("{file} {lack}"));
        here.ended(&["report", &name, "--report", "html"]).says(0, &words.each_ref().map(String::as_str));
        let page = fs::read_to_string(folder.join("report.html")).expect("read");
        let (_, notes) = page.split_once("<section id=\"notes\"").expect("notes");
        let (notes, files) = notes.split_once("<section id=\"files\"").expect("files");
        assert!(words.iter().all(|words| notes.contains(words)), "{notes}");
        assert!(core.iter().all(|file| files.contains(file) == (lack == "is empty")), "{files}");
    }
}
