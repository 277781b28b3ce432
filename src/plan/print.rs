//! The plan in words, for `flexload plan`.

use std::fmt::{self, Write};
use std::time::Duration;

use super::Plan;
use crate::scenario::Scenario;
use crate::scenario::profile::{Arrivals, Phase};

impl Plan {
    /// Writes what will happen, a line a subject.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&self, scenario: &Scenario, out: &mut dyn Write) -> fmt::Result {
        let forecast = &self.forecast;
        let Plan { max_open, .. } = self;
        writeln!(
            out,
            "{}: {} of load, then up to {} for chats to end",
            scenario.name,
            time(self.length),
            time(self.drain)
        )?;
        for (phase, planned) in scenario.load.phases.iter().zip(&self.phases) {
            let warmup = if planned.warmup { " (warm-up)" } else { "" };
            writeln!(out, "  from {:<12} {}{warmup}", time(planned.start), describe(phase))?;
        }
        let mut line = |subject: &str, says: String| writeln!(out, "  {subject:<17} {says}");
        line("customers", format!("{} of {}", forecast.customers, scenario.customers.count))?;
        line(
            "chats",
            format!(
                "{}, {} each on average; at the peak {} at once (slots: {max_open})",
                forecast.chats,
                time(forecast.chat_length),
                forecast.peak_chats
            ),
        )?;
        if forecast.dropped > 0 {
            line("dropped", format!("about {} arrivals would find no free slot", forecast.dropped))?;
        }
        line("messages", format!("{} of customers, {} of agents", forecast.sent, forecast.replies))?;
        line(
            "requests",
            format!(
                "{} by REST ({} of them create channels), {} over customers' connections",
                forecast.rest_requests, forecast.creates, forecast.socket_requests
            ),
        )?;
        if forecast.uploads > 0 {
            line("uploads", format!("{} files, from customers' devices", forecast.uploads))?;
        }
        line("connections", format!("{} at the peak", forecast.peak_connections))?;
        line("open files", format!("{}", forecast.files))?;
        line("agents", agents(self, scenario))?;
        line(
            "billable",
            format!(
                "about {} active users, {} channels opened, {} messages",
                forecast.active_users,
                forecast.opened,
                forecast.sent + forecast.replies
            ),
        )?;
        line("thresholds", scenario.thresholds.len().to_string())?;
        line(
            "schedule",
            format!("{} (seed {})", &self.schedule_hash[..16.min(self.schedule_hash.len())], self.seed),
        )
    }
}

fn agents(plan: &Plan, scenario: &Scenario) -> String {
    let Some(agents) = &scenario.agents else { return "none: nobody answers".to_owned() };
    let slots = u64::from(agents.count) * u64::from(agents.chats_each);
    let enough = if plan.forecast.peak_chats > slots { ", so customers will wait" } else { "" };
    format!(
        "{} with {} chats each, {slots} slots; needed for the peak: {}{enough}",
        agents.count, agents.chats_each, plan.forecast.agents_needed
    )
}

fn describe(phase: &Phase) -> String {
    let spacing = |arrivals: Arrivals| match arrivals {
        Arrivals::Constant => "",
        Arrivals::Poisson => ", Poisson",
    };
    match phase {
        Phase::Ramp(ramp) => {
            format!("ramp from {} to {} over {}{}", ramp.from, ramp.to, ramp.over, spacing(ramp.arrivals))
        }
        Phase::Hold(hold) => format!("hold {} for {}{}", hold.rate, hold.duration, spacing(hold.arrivals)),
        Phase::Replay(replay) => format!("replay {}", replay.file),
        Phase::Users(users) => match users.form() {
            Some((from, to, over)) if from == to => format!("{from} users for {over}"),
            Some((from, to, over)) => format!("users from {from} to {to} over {over}"),
            None => String::new(),
        },
    }
}

/// `4m`, `1m 12s`, `9.7s`: as exact as a reader wants it.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        return format!("{}s", (seconds * 10.0).round() / 10.0);
    }
    let whole = seconds.round() as u64;
    let parts = [(whole / 3600, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    words.join(" ")
}
