//! What somebody else needs to run the same, and where the rest is.

use std::io::{self, Write};

use super::super::super::data::Report;
use super::super::super::environment::Environment;
use super::super::super::recorded::Recorded;
use super::super::text::Text;
use super::list;

/// Scenario, target, machine, and the command that runs it again.
pub(in super::super) fn what_was_run(
    report: &Report,
    recorded: &Recorded,
    out: &mut dyn Write,
) -> io::Result<()> {
    let target = &report.target;
    let same = if target.same_machine { ", on this machine too: each slows the other" } else { "" };
    let mut facts = vec![
        ("Scenario".to_owned(), report.scenario.name.clone()),
        ("Scenario hash".to_owned(), report.scenario.hash.clone()),
        ("Seed".to_owned(), report.seed.to_string()),
        ("Schedule hash".to_owned(), report.schedule_hash.clone()),
        ("Load model".to_owned(), report.load_model.clone()),
        ("Target".to_owned(), format!("{} ({}){same}", target.name, target.kind)),
        ("Run".to_owned(), report.run_id.clone()),
        ("flexload".to_owned(), report.flexload.clone()),
    ];
    if let Some(machine) = &recorded.environment {
        facts.push(("Machine".to_owned(), machine_words(machine)));
    }
    let label = |(name, value): (&String, &String)| (format!("Label {name}"), value.clone());
    facts.extend(report.labels.iter().map(label));
    writeln!(out, "<dl class=\"facts\">")?;
    for (name, value) in &facts {
        writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", Text(name), Text(value))?;
    }
    writeln!(out, "</dl>")?;
    if let Some(folder) = &report.folder {
        writeln!(
            out,
            "<p id=\"again\">The same again:</p>\n<pre tabindex=\"0\" aria-labelledby=\"again\"><code>{}</code></pre>",
            Text(&again(report, folder))
        )?;
    }
    Ok(())
}

/// The command that offers the same load again: the effective scenario holds the seed and every option of its own.
fn again(report: &Report, folder: &str) -> String {
    let mut words =
        vec!["flexload run".to_owned(), quoted(&format!("{}/effective.yaml", folder.trim_end_matches('/')))];
    let given = &report.given;
    // An older run did not tell; without a target it is the embedded mock, which has that name.
    let older = Some(&report.target.name).filter(|name| *name != "mock");
    words.extend(given.target.as_ref().or(older).map(|name| format!("--target {}", quoted(name))));
    words.extend(given.workers.map(|workers| format!("--workers {workers}")));
    words.extend(given.once.then(|| "--once".to_owned()));
    words.extend(
        report.labels.iter().map(|(name, value)| format!("--label {}", quoted(&format!("{name}={value}")))),
    );
    words.join(" ")
}

/// A word as every shell of Unix takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '=' | ':' | ',' | '+' | '@' | '%')
    };
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn machine_words(machine: &Environment) -> String {
    let words = [
        machine.host.clone(),
        machine.cpu.clone(),
        machine.cpus.map(|cpus| format!("{cpus} CPUs")),
        machine.memory_kib.map(|kib| format!("{:.1} GiB", kib as f64 / 1024.0 / 1024.0)),
        Some(format!("{} {}", machine.os, machine.arch)),
        machine.kernel.clone(),
        (!machine.optimised).then(|| "a debug build of flexload: its times say little".to_owned()),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What people should know beside the numbers.
pub(in super::super) fn notes(report: &Report, recorded: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let notes = || report.notes.iter().chain(&recorded.history.notes);
    if notes().next().is_none() { Ok(()) } else { list(notes(), out) }
}

/// Where everything else is.
pub(in super::super) fn files(report: &Report, _: &Recorded, out: &mut dyn Write) -> io::Result<()> {
    let Some(folder) = &report.folder else { return Ok(()) };
    let names = report.file_names();
    writeln!(out, "<p>{}/: {}</p>", Text(folder.trim_end_matches('/')), Text(&names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::super::super::data::Given;
    use super::super::super::super::tests::report;
    use super::{again, quoted};

    #[test]
    fn the_same_again_says_what_was_said() {
        let mut report = report();
        assert_eq!(again(&report, "r/"), "flexload run r/effective.yaml --label team=chat");
        // A mock of another process has the name of the one inside a run.
        report.given = Given { target: Some("mock".to_owned()), once: true, workers: Some(2) };
        assert_eq!(
            again(&report, "r"),
            "flexload run r/effective.yaml --target mock --workers 2 --once --label team=chat"
        );
        report.given = Given::default();
        report.target.name = "staging".to_owned();
        assert!(again(&report, "r").contains(" --target staging "), "a run of an older version");
    }

    #[test]
    fn a_word_stays_one_word_in_a_shell() {
        let table = [
            ("reports/a-1/effective.yaml", "reports/a-1/effective.yaml"),
            ("team=it's $HOME", r"'team=it'\''s $HOME'"),
            ("", "''"),
        ];
        for (word, says) in table {
            assert_eq!(quoted(word), says);
        }
    }
}
