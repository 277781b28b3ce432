//! Load, agents and numbers that must make sense.

use std::path::Path;
use std::time::Duration;

use super::super::customers::{Exhausted, People};
use super::super::file::File;
use super::super::profile::{Load, Phase};
use super::super::settings::{Poll, Transport};
use super::super::{Journey, read_text};
use super::Findings;
use crate::step::Step;
use crate::value::Rate;

/// The largest file of recorded arrivals.
const LARGEST_REPLAY: u64 = 64 << 20;

pub(super) fn check(file: &File, journeys: &[Journey], findings: &mut Findings<'_>) {
    phases(&file.load, findings);
    rates(file, journeys, findings);
    if file.load.max_open == Some(0) {
        findings.at(
            "load.max_open",
            "`max_open` is 0",
            "nobody could ever chat; leave it out or write a number above 0",
        );
    }
    if file.backend.connections == 0 {
        findings.at("backend.connections", "a pool of no connections", "write a number above 0");
    }
    if let Some(agents) = &file.agents {
        if agents.count == 0 || agents.chats_each == 0 {
            let field = if agents.count == 0 { "count" } else { "chats_each" };
            findings.at(
                &format!("agents.{field}"),
                format!("`{field}` is 0: nobody would ever answer"),
                "leave `agents` out, or write a number above 0",
            );
        }
        if let Some(fault) = agents.reply_after.fault() {
            findings.at("agents.reply_after", fault, "");
        }
    }
    polls(file, findings);
}

/// Backends that would ask without a pause, of the scenario and of each journey.
fn polls(file: &File, findings: &mut Findings<'_>) {
    let of_journeys = file.journeys.iter().flatten().enumerate().filter_map(|(index, journey)| {
        Some((format!("journeys[{index}].transport"), journey.transport.as_ref()?))
    });
    for (path, transport) in std::iter::once(("transport".to_owned(), &file.transport)).chain(of_journeys) {
        if let Transport::Backend(backend) = transport
            && let Poll::Every(span) = backend.poll
            && span.is_zero()
        {
            findings.at(
                &format!("{path}.backend.poll"),
                "polling every 0s",
                "write `off`, or a time above 0",
            );
        }
    }
}

fn phases(load: &Load, findings: &mut Findings<'_>) {
    if load.phases.is_empty() {
        findings.at(
            "load.phases",
            "no phases: nobody would arrive",
            "write at least one, like `- hold: { rate: 1/s, for: 1m }`",
        );
    }
    let closed = load.is_closed();
    for (index, phase) in load.phases.iter().enumerate() {
        let path = format!("load.phases[{index}].{}", phase.kind());
        if closed != matches!(phase, Phase::Users(_)) {
            findings.at_key(
                &path,
                format!("`{}` beside `users`", phase.kind()),
                "a scenario has either arrivals (open model) or users (closed model)",
            );
        }
        let (length, name) = match phase {
            Phase::Ramp(ramp) => (Some(ramp.over), "over"),
            Phase::Hold(hold) => (Some(hold.duration), "for"),
            Phase::Replay(_) => (None, ""),
            Phase::Users(users) => match users.form() {
                Some((_, _, over)) => (Some(over), if users.hold.is_some() { "for" } else { "over" }),
                None => {
                    findings.at(&path, "users need `from`, `to` and `over`, or `hold` and `for`", "");
                    (None, "")
                }
            },
        };
        if length.is_some_and(crate::value::Span::is_zero) {
            findings.at(&format!("{path}.{name}"), "a phase of no length", "write a time above 0");
        }
    }
}

fn rates(file: &File, journeys: &[Journey], findings: &mut Findings<'_>) {
    let opens = journeys.iter().any(|journey| {
        let mut opens = false;
        super::super::metric::walk(&journey.steps, &mut |step| opens |= matches!(step, Step::OpenChannel(_)));
        opens
    });
    let Some(allowed) = file.mock.limits.table().channels_create else { return };
    let limit = f64::from(allowed.count) / allowed.per.as_secs_f64();
    let mut check = |path: String, rate: Rate| {
        if opens && rate.per_second() > limit {
            findings.warn(
                &path,
                format!(
                    "{rate} is above the limit of {limit} channel creates a second: the rest is answered 429"
                ),
                "lower it, or set `mock: { limits: off }` if this is meant",
            );
        }
    };
    for (index, phase) in file.load.phases.iter().enumerate() {
        match phase {
            Phase::Hold(hold) => check(format!("load.phases[{index}].hold.rate"), hold.rate),
            Phase::Ramp(ramp) if ramp.from.per_second() > ramp.to.per_second() => {
                check(format!("load.phases[{index}].ramp.from"), ramp.from);
            }
            Phase::Ramp(ramp) => check(format!("load.phases[{index}].ramp.to"), ramp.to),
            Phase::Replay(_) | Phase::Users(_) => {}
        }
    }
}

/// A customer has one chat at a time: users for whom no customer is left would not come at all, and nobody would
/// notice. (Without `reuse` customers running out is what was asked for.)
pub(super) fn users(load: &Load, people: &People, findings: &mut Findings<'_>) {
    if people.exhausted != Exhausted::Reuse {
        return;
    }
    for (index, phase) in load.phases.iter().enumerate() {
        let Phase::Users(users) = phase else { continue };
        let most = users.form().map_or(0, |(from, to, _)| from.max(to));
        if most > people.count {
            findings.warn_key(
                &format!("load.phases[{index}].users"),
                format!("{most} users, but only {} customers", people.count),
                "a customer has one chat at a time: the others stay away; add customers",
            );
        }
    }
}

/// The recorded arrivals of each phase.
pub(super) fn replays(load: &Load, folder: &Path, findings: &mut Findings<'_>) -> Vec<Box<[Duration]>> {
    let mut replays = Vec::new();
    for (index, phase) in load.phases.iter().enumerate() {
        let mut offsets = Vec::new();
        if let Phase::Replay(replay) = phase {
            let path = folder.join(replay.file.as_str());
            match read_text(&path, LARGEST_REPLAY).and_then(|text| recorded(&text)) {
                Ok(read) => offsets = read,
                Err(why) => {
                    let at = format!("load.phases[{index}].replay.file");
                    findings.at(&at, format!("{}: {why}", path.display()), "");
                }
            }
        }
        replays.push(offsets.into());
    }
    replays
}

fn recorded(text: &str) -> Result<Vec<Duration>, String> {
    let mut offsets: Vec<Duration> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let seconds: f64 =
            line.parse().map_err(|_| format!("line {number}: `{line}` is not a number of seconds"))?;
        let offset = Duration::try_from_secs_f64(seconds)
            .map_err(|_| format!("line {number}: `{line}` is not a time after the phase's start"))?;
        if offsets.last().is_some_and(|last| *last > offset) {
            return Err(format!("line {number}: `{line}` is before the line above it"));
        }
        offsets.push(offset);
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_arrivals_are_seconds_a_line() {
        let offsets = recorded("# from the log of May\n0\n0.5\n\n2 # late\n").unwrap();
        assert_eq!(offsets, [0, 500, 2000].map(Duration::from_millis));
        for (text, says) in [("soon", "line 1: `soon`"), ("2\n1", "line 2: `1` is before"), ("-1", "line 1")]
        {
            assert!(recorded(text).unwrap_err().contains(says), "{text}");
        }
    }
}
