//! What measuring costs the generator: recording and health, as a share of all instructions it executes while it
//! drives customers at the rate of `scenarios/launch-day.yaml`.
//!
//! Instructions and not time, because they are the same however busy the machine is, and because what is inlined
//! everywhere can still be told apart. The kernel's are not among them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    Fallible,
    callgrind::{Owner, Profile},
    mock::Mock,
    run::Run,
    table::{Bound, Row, Table, Unit},
};

/// The steady state of launch day: 8 chats a second with six messages and six replies each. Thoughts are shorter, so
/// that the first chats have ended when the measurement begins.
const LAUNCH_DAY: &str = include_str!("../../scenarios/launch-day.yaml");
const BRIEFLY: [&str; 4] = [
    "load.phases=[{ hold: { rate: 8/s, for: 90s } }]",
    "steps.3.repeat.steps.2.think=1s",
    "agents.reply_after=500ms",
    "load.drain=1s",
];
/// The same workers and agents with next to nobody to serve.
const ALMOST_NOBODY: &str = "load.phases=[{ hold: { rate: 1/m, for: 90s } }]";
/// Threads that drive customers: what is done each second is done by each.
const WORKERS: &str = "2";
/// When chats begin and end at the same rate.
const SETTLED: f64 = 20.0;
/// How long instructions are counted.
const LONG: f64 = 30.0;
/// How long a run may take to come that far.
const PATIENCE: Duration = Duration::from_secs(180);

const RECORDING: Owner = 0;
const HEALTH: Owner = 1;

pub(crate) fn measure(table: &mut Table) -> Fallible<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err("record: valgrind is not installed, and instructions are counted by its callgrind".into());
    }
    let busy = Counted::of(&BRIEFLY)?;
    let idle = Counted::of(&[&BRIEFLY[..], &[ALMOST_NOBODY]].concat())?;
    let share = |instructions: f64| 100.0 * instructions / busy.total;
    let measuring = share(busy.recording + busy.health);
    // What a run with nobody there executes and is neither: mostly the runtime, woken up for both. At most, since who
    // is busy is awake more often than not.
    let woken = (idle.total - idle.recording - idle.health) * busy.seconds / idle.seconds;
    for (what, ours, reach) in [
        (
            "recording and health, of the instructions of a run at launch day's rate",
            measuring,
            Some(Bound::Is(3.0)),
        ),
        ("the same with all that a run with nobody there executes besides", measuring + share(woken), None),
    ] {
        table.add(Row { what, floor_is: "", unit: Unit::Percent, ours, floor: None, reach, defect: None });
    }
    table.note(format!(
        "instructions: {:.1} million a second at {:.0} messages/s, of which recording {:.2} % and health {:.2} %; {:.2} \
         million a second with nobody there",
        busy.total / busy.seconds / 1e6,
        busy.messages / busy.seconds,
        share(busy.recording),
        share(busy.health),
        idle.total / idle.seconds / 1e6,
    ));
    Ok(())
}

/// Instructions of some seconds of a run.
struct Counted {
    total: f64,
    recording: f64,
    health: f64,
    /// Sent meanwhile.
    messages: f64,
    seconds: f64,
}

impl Counted {
    fn of(set: &[&str]) -> Fallible<Self> {
        let folder = tempfile::tempdir()?;
        let profile = folder.path().join("profile");
        let mut options = vec!["--workers", WORKERS];
        options.extend(set.iter().flat_map(|value| ["--set", value]));
        let mock = Mock::start()?;
        let mut run = Run::begin_as(callgrind(&profile), LAUNCH_DAY, Some(&mock), &options)?;
        let before = wait(&mut run, SETTLED)?;
        control(&run, "--instr=on")?;
        let after = wait(&mut run, before.at_s + LONG)?;
        control(&run, "--dump")?;
        let text = fs::read_to_string(profile.with_extension("1"))?;
        let profile = Profile::read(&text)?;
        let [recording, health] = profile.of(whose);
        Ok(Self {
            total: profile.total(),
            recording,
            health,
            messages: after.sent - before.sent,
            seconds: after.at_s - before.at_s,
        })
    }
}

/// The source file's, or the function's.
fn whose(name: &str) -> Option<Owner> {
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if is(&[
        "src/engine/health/",
        "flexload::engine::health::",
        "src/record/health/",
        "flexload::record::health::",
    ]) {
        Some(HEALTH)
    } else if is(&["src/record/", "flexload::record::", "hdrhistogram"]) {
        Some(RECORDING)
    } else {
        None
    }
}

/// flexload under callgrind, which counts nothing until it is told to: until then it slows the run down less.
fn callgrind(profile: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    // An instruction that fills or copies whole blocks, as glibc has it for larger ones, would count once a byte.
    command.env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM");
    command.args(["--quiet", "--tool=callgrind", "--instr-atstart=no"]);
    command.arg(format!("--callgrind-out-file={}", profile.display()));
    command.arg(env!("CARGO_BIN_EXE_flexload"));
    command
}

fn control(run: &Run, what: &str) -> Fallible<()> {
    let told = Command::new("callgrind_control").arg(what).arg(run.pid().to_string()).output()?;
    if told.status.success() {
        return Ok(());
    }
    Err(format!("callgrind_control {what}: {}", String::from_utf8_lossy(&told.stdout)).into())
}

/// How far a run has come.
#[derive(Default)]
struct Progress {
    at_s: f64,
    sent: f64,
}

/// A line of `seconds.ndjson`.
#[derive(Deserialize)]
struct Second {
    at_s: f64,
    sent: f64,
}

/// Waits until a run has come to this second.
fn wait(run: &mut Run, at_s: f64) -> Fallible<Progress> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        sleep(Duration::from_millis(100));
        run.still_runs()?;
        let progress = progress(&run.folder().join("out")).unwrap_or_default();
        if progress.at_s >= at_s {
            return Ok(progress);
        }
    }
    Err(format!("the run did not come to its second {at_s}: {}", run.said()).into())
}

/// What the lines so far say; `None` before the first, and while one is being written.
fn progress(out: &Path) -> Option<Progress> {
    let folder: PathBuf = fs::read_dir(out).ok()?.next()?.ok()?.path();
    let text = fs::read_to_string(folder.join("seconds.ndjson")).ok()?;
    text.lines().try_fold(Progress::default(), |so_far, line| {
        let Second { at_s, sent } = serde_json::from_str(line).ok()?;
        Some(Progress { at_s, sent: so_far.sent + sent })
    })
}
