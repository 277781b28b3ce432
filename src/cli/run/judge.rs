//! From what was measured to the verdict, the reports and the exit code.

use super::super::args::{Place, ReportAs, ReportFormat, Run};
use super::super::exit::Exit;
use super::super::render::{self, SUMMARY};
use super::super::say;
use super::super::signals::Asked;
use super::{TheRun, github};
use crate::engine::{End, Ran};
use crate::plan::Plan;
use crate::record::{Distribution, Question, woodruff};
use crate::report::{About, Folder, Report, ScenarioRef, TargetRef, Told, Usage};
use crate::scenario::{Scenario, metric};
use crate::verdict::{self, Cause, Facts, Limits, LittlesLaw, Signal, Validity, Verdict, Watch};

const RUN_JSON: ReportAs = ReportAs { format: ReportFormat::Json, path: None };

/// Everything a verdict is made from.
pub(super) struct Evidence<'a> {
    pub(super) run: &'a TheRun,
    pub(super) scenario: &'a Scenario,
    pub(super) plan: &'a Plan,
    pub(super) ran: &'a Ran,
    /// What thresholds came to while it went on.
    pub(super) watch: &'a Watch,
    /// What could not be removed from the target, in words.
    pub(super) left: &'a [String],
    /// The signal that asked for the end, if one did.
    pub(super) asked: Option<Asked>,
}

/// What came of it.
pub(super) struct Judged {
    pub(super) report: Report,
    pub(super) exit: Exit,
}

impl Evidence<'_> {
    /// Judges the run and writes its files.
    pub(super) fn judge(&self, args: &Run, folder: &mut Folder) -> Judged {
        let summary = &self.ran.summary;
        folder.write_steps(summary);
        let thresholds = self.thresholds(folder);
        let limits = Limits::new(&self.scenario.validity, &self.scenario.thresholds);
        let validity = Validity::of(summary, &limits, &self.ran.room);
        let about = about(self.run, self.scenario, self.plan);
        let littles_law = LittlesLaw { area: self.ran.chats, sum: summary.chatted() };
        let told = |folder: &Folder, written: bool| {
            // run.json is written last, and names itself.
            let itself = (!written && folder.path().is_some()).then(|| "run.json".to_owned());
            let files: Vec<String> = folder.files().iter().cloned().chain(itself).collect();
            let verdict = Verdict::of(&Facts {
                summary,
                thresholds: &thresholds,
                validity: &validity,
                littles_law,
                sends_messages: takes(self.scenario, "send_message"),
                awaits_replies: takes(self.scenario, "await_reply"),
                // Also where only the clean-up was cut short.
                stopped: self.asked.map(signal),
                troubles: folder.troubles(),
                left_behind: self.left.len() as u64,
            });
            let exit = exit_of(&verdict);
            let report = Report::new(&Told {
                about: &about,
                summary,
                thresholds: &thresholds,
                validity: &validity,
                littles_law,
                verdict: &verdict,
                exit_code: exit.code(),
                usage: self.usage(),
                folder: folder.path().map(|path| path.display().to_string()).as_deref(),
                files: &files,
            });
            Judged { report, exit }
        };
        render::to_files(&args.report, &told(folder, false).report, folder);
        // run.json names the reports that were written; one that could not be is a hole in the evidence.
        let judged = told(folder, false);
        let troubles = folder.troubles().len();
        folder.write_run(&judged.report);
        // It may be a hole itself.
        if folder.troubles().len() > troubles { told(folder, true) } else { judged }
    }

    /// The thresholds, judged, with how far each percentile can be trusted.
    fn thresholds(&self, folder: &mut Folder) -> Vec<verdict::Judged> {
        let summary = &self.ran.summary;
        let judged: Vec<_> = self
            .scenario
            .thresholds
            .iter()
            .map(|threshold| {
                let aborted = self.ran.end == End::Aborted;
                verdict::Judged::new(threshold, summary).watched(self.watch.windows(threshold), aborted)
            })
            .collect();
        let asked: Vec<_> = judged.iter().map(|judged| judged.question(summary)).collect();
        let questions: Vec<Question> =
            asked.iter().flatten().map(|(question, ..)| question.clone()).collect();
        let mut cuts = folder.ask_intervals(&questions).into_iter().flatten();
        let interval = |asked: Option<(Question, f64, Distribution)>| {
            let (_, quantile, times) = asked?;
            woodruff(&times, quantile, &cuts.next()?)
        };
        let intervals: Vec<_> = asked.into_iter().map(interval).collect();
        judged.into_iter().zip(intervals).map(|(judged, interval)| judged.within(interval)).collect()
    }

    /// Prints the summary and what else goes to stdout. What could not be printed is a hole in the evidence
    /// that run.json, written by now, does not know of.
    pub(super) fn tell(&self, args: &Run, report: &Report, folder: &Folder) -> Exit {
        tell_left(self.left);
        let asked = args.report.contains(&SUMMARY);
        // Without a folder there is no run.json in it.
        let homeless = |form: &ReportAs| *form == RUN_JSON && folder.path().is_none();
        let printed = args.report.iter().filter(|form| form.place() == Place::Stdout || homeless(form));
        let told = render::to_stdout(printed.chain((!asked).then_some(&SUMMARY)), report, folder.path());
        github::tell(report);
        told
    }

    fn usage(&self) -> Usage {
        Usage {
            cpu_seconds: self.ran.usage.cpu_seconds,
            max_rss_kib: self.ran.usage.max_rss_kib,
            workers: u32::try_from(self.run.workers).unwrap_or(u32::MAX),
            room: self.ran.room,
        }
    }
}

/// What the run is about: what is known before any number.
pub(super) fn about(run: &TheRun, scenario: &Scenario, plan: &Plan) -> About {
    let target = &run.target;
    let kind = if target.embedded || target.is_local() { "mock" } else { "flex" };
    About {
        run_id: run.id.to_string(),
        started: run.started,
        scenario: ScenarioRef { name: scenario.name.to_string(), hash: scenario.hash.clone() },
        seed: plan.seed,
        schedule_hash: plan.schedule_hash.clone(),
        load_model: if scenario.load.is_closed() { "closed" } else { "partly open" }.to_owned(),
        labels: run.labels.clone(),
        target: TargetRef {
            name: target.name.clone(),
            kind: kind.to_owned(),
            same_machine: target.on_this_machine(),
        },
        given: run.given.clone(),
        notes: Vec::new(),
    }
}

/// Names what is left on the target, each with the command that removes it.
pub(super) fn tell_left(left: &[String]) {
    for command in left {
        say::warning(format!("left on the target; to remove it: {command}"));
    }
}

fn takes(scenario: &Scenario, kind: &str) -> bool {
    metric::steps(&scenario.journeys, scenario.agents.is_some()).iter().any(|step| step.kind == kind)
}

fn signal(asked: Asked) -> Signal {
    match asked {
        Asked::Interrupt => Signal::Interrupt,
        Asked::Terminate => Signal::Terminate,
    }
}

fn exit_of(verdict: &Verdict) -> Exit {
    Exit::first_of(verdict.causes().map(|cause| match cause {
        Cause::Stopped(Signal::Interrupt) => Exit::Interrupted,
        Cause::Stopped(Signal::Terminate) => Exit::Terminated,
        Cause::Incomplete => Exit::Incomplete,
        Cause::Invalid => Exit::Invalid,
        Cause::Aborted => Exit::Aborted,
        Cause::Missed => Exit::Missed,
        Cause::Inconclusive => Exit::Inconclusive,
        Cause::LeftBehind => Exit::LeftBehind,
    }))
}
