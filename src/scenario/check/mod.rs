//! What only shows once everything is read: the parts of a scenario against each other.
//!
//! Every check adds all it finds, so that an author sees everything at once.

mod load;
mod media;
mod order;
mod people;
mod templates;
mod validity;

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::diagnostic::{Diagnostic, ScenarioError, Severity};
use super::file::File;
use super::yaml::{Parsed, Source};
use super::{Journey, Loaded, Phase, Scenario, metric, threshold};
use crate::step::Step;
use crate::value::Name;

/// What was found so far.
struct Findings<'a> {
    source: &'a Source,
    found: Vec<Diagnostic>,
}

impl Findings<'_> {
    fn error(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    fn at(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = self.source.at(path, message.into());
        self.found.push(helped(diagnostic, help));
    }

    fn at_key(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = self.source.at_key(path, message.into());
        self.found.push(helped(diagnostic, help));
    }

    fn warn(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = self.source.at(path, message.into());
        self.found.push(Diagnostic { severity: Severity::Warning, ..helped(diagnostic, help) });
    }

    fn warn_key(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = self.source.at_key(path, message.into());
        self.found.push(Diagnostic { severity: Severity::Warning, ..helped(diagnostic, help) });
    }
}

fn helped(diagnostic: Diagnostic, help: impl Into<String>) -> Diagnostic {
    let help = help.into();
    Diagnostic { help: (!help.is_empty()).then_some(help), ..diagnostic }
}

/// Checks a typed file and makes a scenario of it.
pub(super) fn check(parsed: Parsed<File>, folder: &Path) -> Result<Loaded, ScenarioError> {
    let Parsed { file, source, effective, mut offered } = parsed;
    let mut findings = Findings { source: &source, found: Vec::new() };
    let (mut journeys, roots) = journeys(&file, &mut findings);
    media::load(&mut journeys, &roots, file.seed, folder, &mut findings);
    for (journey, root) in journeys.iter().zip(&roots) {
        order::check(journey, root, file.agents.is_some(), &mut findings);
    }
    names(&journeys, &roots, &mut findings);
    load::check(&file, &journeys, &mut findings);
    validity::check(&file.validity, &mut findings);
    let replays = load::replays(&file.load, folder, &mut findings);
    let people = people::load(&file.customers, folder, &mut findings);
    if let Some(people) = &people {
        load::users(&file.load, people, &mut findings);
    }
    templates::check(&file, people.as_ref(), &journeys, &roots, &mut findings);
    if let Some(people) = &people
        && !findings.found.iter().any(|found| found.severity == Severity::Error)
    {
        people::distinct(people, &file, &mut findings);
    }
    let thresholds = thresholds(&file, &journeys, &mut findings);
    let (errors, warnings): (Vec<_>, Vec<_>) =
        findings.found.into_iter().partition(|found| found.severity == Severity::Error);
    let Some(customers) = people.filter(|_| errors.is_empty()) else {
        return Err(ScenarioError::Invalid(errors));
    };
    customers.describe(&mut offered);
    let hash = hex(&Sha256::digest(&effective));
    let scenario = Scenario {
        name: file.name,
        seed: file.seed,
        vars: file.vars,
        customers,
        agents: file.agents,
        load: file.load,
        replays,
        backend: file.backend,
        mock: file.mock,
        journeys,
        thresholds,
        validity: file.validity,
        effective,
        offered,
        hash,
    };
    Ok(Loaded { scenario, warnings })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The journeys, and the path of each one's steps in the file.
fn journeys(file: &File, findings: &mut Findings<'_>) -> (Vec<Journey>, Vec<String>) {
    let (journeys, roots): (Vec<_>, Vec<_>) = match (&file.steps, &file.journeys) {
        (Some(_), Some(_)) => {
            findings.at_key("journeys", "both `steps` and `journeys`", "write one of them");
            return Default::default();
        }
        (None, None) => {
            findings.at(
                "",
                "a scenario without steps",
                "write `steps:`, or `journeys:` of several ways through",
            );
            return Default::default();
        }
        (Some(steps), None) => {
            let main: Option<Name> = "main".parse().ok();
            main.map(|name| {
                let journey =
                    Journey { name, weight: 1, transport: file.transport.clone(), steps: steps.clone() };
                (journey, "steps".to_owned())
            })
            .into_iter()
            .unzip()
        }
        (None, Some(written)) => written
            .iter()
            .enumerate()
            .map(|(index, journey)| {
                let journey = Journey {
                    name: journey.name.clone(),
                    weight: journey.weight,
                    transport: journey.transport.clone().unwrap_or_else(|| file.transport.clone()),
                    steps: journey.steps.clone(),
                };
                (journey, format!("journeys[{index}].steps"))
            })
            .unzip(),
    };
    if journeys.is_empty() {
        findings.at_key("journeys", "a scenario without steps: `journeys` is empty", "");
    } else if journeys.iter().all(|journey| journey.weight == 0) {
        findings.at_key("journeys", "every journey has the weight 0", "nobody would take any");
    }
    for (index, journey) in journeys.iter().enumerate() {
        if journeys[..index].iter().any(|earlier| earlier.name == journey.name) {
            let path = format!("journeys[{index}].name");
            findings.at(
                &path,
                format!("a second journey `{}`", journey.name),
                "journeys have names of their own",
            );
        }
    }
    (journeys, roots)
}

/// Metric names: an `id` must not be a word that means something else.
fn names(journeys: &[Journey], roots: &[String], findings: &mut Findings<'_>) {
    let mut kinds: Vec<(String, &'static str)> = Vec::new();
    for (journey, root) in journeys.iter().zip(roots) {
        each_step(&journey.steps, root, &mut |step, path| {
            let (Some(name), Some(options)) = (step.name(), step.options()) else { return };
            let kind = step.kind();
            if options.id.is_some() {
                let path = format!("{path}.{kind}.id");
                if metric::is_reserved(name) {
                    findings.at(&path, format!("`{name}` is a metric of the run"), "take another name");
                } else if name != kind && crate::step::NAMES.contains(&name) {
                    findings.at(&path, format!("`{name}` is the name of another step"), "take another name");
                } else if let Some((_, other)) =
                    kinds.iter().find(|(known, other)| known == name && *other != kind)
                {
                    findings.at(
                        &path,
                        format!("`{name}` already names a step `{other}`"),
                        "take another name",
                    );
                }
            }
            kinds.push((name.to_owned(), kind));
        });
    }
}

/// Calls with every step and its path, `steps[2].repeat.steps[0]`.
fn each_step<'a>(steps: &'a [Step], root: &str, each: &mut dyn FnMut(&'a Step, &str)) {
    for (index, step) in steps.iter().enumerate() {
        let path = format!("{root}[{index}]");
        each(step, &path);
        match step {
            Step::Repeat(repeat) => each_step(&repeat.steps, &format!("{path}.repeat.steps"), each),
            Step::OneOf(one_of) => {
                for (index, branch) in one_of.0.iter().enumerate() {
                    each_step(&branch.steps, &format!("{path}.one_of[{index}].steps"), each);
                }
            }
            _ => {}
        }
    }
}

fn thresholds(file: &File, journeys: &[Journey], findings: &mut Findings<'_>) -> Vec<threshold::Threshold> {
    let warms_up = file.load.phases.iter().any(Phase::warmup);
    let known = metric::Known::new(journeys, file.agents.is_some(), warms_up);
    let mut thresholds = Vec::new();
    for (index, sentence) in file.thresholds.iter().enumerate() {
        let path = format!("thresholds[{index}]");
        match threshold::parse(sentence.as_str(), &known) {
            Ok(threshold) => {
                let place = findings.source.at(&path, String::new()).place;
                thresholds.push(threshold::Threshold { place, ..threshold });
            }
            Err(error) => {
                let diagnostic = findings.source.at_part(&path, sentence.as_str(), &error.at, error.message);
                findings.error(helped(diagnostic, error.help));
            }
        }
    }
    thresholds
}
