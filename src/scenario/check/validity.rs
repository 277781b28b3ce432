//! Limits of the generator that no run could keep.

use super::super::validity::Validity;
use super::Findings;
use crate::value::Span;

/// Timers fire up to a millisecond late, and customers start on the same wake.
const LAG_LEAST: Span = Span::millis(2);
/// Clocks are compared to the millisecond, and NTP adjusts half a millisecond a second.
const STEP_LEAST: Span = Span::millis(5);

pub(super) fn check(validity: &Validity, findings: &mut Findings<'_>) {
    let mut refuse = |key: &str, message: String, help: &str| {
        findings.at(&format!("validity.{key}"), message, help);
    };
    let percent = validity.busy.of_one() * 100.0;
    if percent == 0.0 {
        refuse("busy", "every worker is busier than 0%".to_owned(), "write a share above 0%, like `80%`");
    } else if (percent - percent.round()).abs() > 1e-9 {
        refuse("busy", format!("`{}` is too fine", validity.busy), "seconds are counted by whole percent");
    }
    if validity.busy_seconds.of_one() == 0.0 {
        refuse("busy_seconds", "any run reaches 0%".to_owned(), "write a share above 0%, like `5%`");
    }
    if let Some(lag) = validity.lag.filter(|lag| *lag < LAG_LEAST) {
        let message = format!("no generator keeps a lag of {lag}: timers alone are up to 1ms late");
        refuse("lag", message, "write `2ms` or more");
    }
    if let Some(step) = validity.clock_step.filter(|step| *step < STEP_LEAST) {
        let message = format!("{step} is too fine: clocks are adjusted a little all the time");
        refuse("clock_step", message, "write `5ms` or more");
    }
}
