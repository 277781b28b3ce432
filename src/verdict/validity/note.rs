//! What is told of the machine without being judged: it explains numbers, it does not make them wrong.

use super::{Limits, percent};
use crate::record::{Room, Summary, Usage};

/// Less than this is the noise of any virtual machine.
const STEAL: f64 = 0.01;
/// Below this now and then something waits on any machine that works.
const PRESSURE: f64 = 0.10;
/// NTP adjusts a clock by half a millisecond a second without setting it.
const STEP_MS: f64 = 50.0;
/// From this share of what there is on it is worth knowing how much is left.
const NEARLY_ALL: f64 = 0.8;

pub(super) fn notes(summary: &Summary, limits: &Limits, room: &Room) -> Vec<String> {
    let strain = summary.strain();
    let mut notes = Vec::new();
    if let Some((mean, most)) = worth_telling(strain.steal, STEAL).filter(|_| limits.steal.is_none()) {
        notes.push(format!(
            "the hypervisor gave {mean} of this machine's CPU time to others ({most} in the worst second): times are \
             longer than they would be"
        ));
    }
    if let Some((mean, most)) = worth_telling(strain.pressure, PRESSURE).filter(|_| limits.pressure.is_none())
    {
        notes.push(format!(
            "for {mean} of the time something on this machine waited for a CPU ({most} in the worst second): times are \
             longer than they would be"
        ));
    }
    if let Some(step) =
        strain.clock_step_ms.filter(|step| step.abs() >= STEP_MS && limits.clock_step.is_none())
    {
        notes.push(format!(
            "the wall clock was set by {step} ms while the run went on: no duration here is taken from it, but times of \
             day are"
        ));
    }
    let mut nearly = |seen: Option<u64>, of: Option<u64>, what: &str| {
        if let Some((seen, of)) = seen.zip(of).filter(|(seen, of)| *seen as f64 >= *of as f64 * NEARLY_ALL) {
            notes.push(format!("{what}: {seen} of {of}"));
        }
    };
    nearly(summary.peak().open_files, room.open_files, "open files came close to their limit");
    nearly(strain.time_wait, room.ports, "closed connections held most ports for a minute each");
    notes
}

/// Mean and most in words, where the mean is worth a word.
fn worth_telling(usage: Usage, from: f64) -> Option<(String, String)> {
    let mean = usage.mean().filter(|mean| *mean >= from)?;
    Some((percent(mean), percent(usage.most()?)))
}
