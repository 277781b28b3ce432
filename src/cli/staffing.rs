//! `flexload plan --peak …`: how many agents a peak needs, without a scenario.

use std::fmt::{self, Write};
use std::str::FromStr;

use clap::Args;

use super::Ended;
use super::print;
use crate::plan::staffing::{Demand, Goal, Staffed};
use crate::value::{Rate, Span};

/// What `flexload plan --peak` takes.
#[derive(Args, Clone, Debug)]
pub struct Staffing {
    /// Without a scenario: how many chats come in at the peak, as 1200/h. Says how many agents that takes.
    #[arg(long, env = "FLEXLOAD_PEAK", value_name = "RATE", requires = "handle", value_parser = some_rate)]
    pub peak: Option<Rate>,

    /// With --peak: how long a chat takes one of an agent's slots, wrap-up included.
    #[arg(long, env = "FLEXLOAD_HANDLE", value_name = "SPAN", requires = "peak", value_parser = some_time)]
    pub handle: Option<Span>,

    /// With --peak: how many chats an agent holds at once.
    #[arg(long, env = "FLEXLOAD_CHATS_EACH", value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub chats_each: u32,

    /// With --peak: the share of customers who get an agent within that wait.
    #[arg(long, env = "FLEXLOAD_SERVICE_LEVEL", value_name = "SHARE/SPAN", default_value = "80%/20s")]
    pub service_level: ServiceLevel,

    /// With --peak: the share of their paid time that agents are not at work (breaks, training, illness).
    #[arg(long, env = "FLEXLOAD_SHRINKAGE", value_name = "SHARE", default_value = "0%")]
    pub shrinkage: Share,

    /// With --peak: how long customers wait on average before they give up.
    #[arg(long, env = "FLEXLOAD_PATIENCE", value_name = "SPAN", requires = "peak", value_parser = some_time)]
    pub patience: Option<Span>,
}

/// An error in its own words.
fn told(error: impl fmt::Display) -> String {
    error.to_string()
}

fn some_rate(text: &str) -> Result<Rate, String> {
    let rate: Rate = text.parse().map_err(told)?;
    if rate.per_second() > 0.0 { Ok(rate) } else { Err("expected more than none".to_owned()) }
}

fn some_time(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(told)?;
    if span.is_zero() { Err("expected more than no time".to_owned()) } else { Ok(span) }
}

/// A share below one: `80%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        match percent {
            Some(percent) if (0.0..100.0).contains(&percent) => Ok(Self(percent / 100.0)),
            _ => Err("expected a share from 0% to below 100%, as 30%".to_owned()),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0 * 100.0)
    }
}

/// `80%/20s`: so many wait no longer than that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    share: Share,
    within: Span,
}

impl FromStr for ServiceLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (share, within) = text.split_once('/').ok_or("expected a share and a wait, as 80%/20s")?;
        let within: Span = within.parse().map_err(told)?;
        Ok(Self { share: share.parse()?, within })
    }
}

/// Agents told besides the number that is needed, fewer and more.
const AROUND: u32 = 3;

/// Says how many agents the peak needs.
pub(super) fn staffing(args: &Staffing, peak: Rate, handle: Span) -> Ended {
    let demand = Demand {
        rate: peak.per_second(),
        handle: handle.duration(),
        chats_each: args.chats_each,
        patience: args.patience.map(Span::duration),
    };
    let goal = Goal { share: args.service_level.share.0, within: args.service_level.within.duration() };
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write(&mut text, args, (peak, handle), demand, goal);
    print(text)
}

fn write(
    out: &mut String,
    args: &Staffing,
    (peak, handle): (Rate, Span),
    demand: Demand,
    goal: Goal,
) -> fmt::Result {
    let ServiceLevel { share, within } = args.service_level;
    writeln!(
        out,
        "{peak} chats of {handle}: {:.1} at once on average; {} for each agent",
        demand.load(),
        args.chats_each
    )?;
    let Some(needed) = demand.needed(goal) else {
        return writeln!(out, "more than ten million slots: {share} within {within} is not computed");
    };
    writeln!(
        out,
        "\n  agents    slots     busy  wait at all  mean wait  within {within:<5}{}",
        head(demand)
    )?;
    let fewest = needed.agents.saturating_sub(AROUND).max(1);
    for agents in fewest..=needed.agents + AROUND {
        let mark = if agents == needed.agents { '>' } else { ' ' };
        writeln!(out, "{mark} {}", row(&demand.with(agents, goal)))?;
    }
    let rostered = (f64::from(needed.agents) / (1.0 - args.shrinkage.0)).ceil();
    writeln!(
        out,
        "\n{} agents at work give {share} of customers an agent within {within}; {rostered} on the roster ({} shrinkage)",
        needed.agents, args.shrinkage
    )?;
    writeln!(
        out,
        "Erlang C over slots: chats arrive at random, handle times are exponential, nobody gives up{}.",
        if demand.patience.is_some() {
            ";\nthe last two columns are Erlang A: customers give up after their patience"
        } else {
            ""
        }
    )
}

const fn head(demand: Demand) -> &'static str {
    if demand.patience.is_some() { "   give up  mean wait" } else { "" }
}

fn row(staffed: &Staffed) -> String {
    let patient = staffed.patient.map_or_else(
        || format!("{:>7}  {:>11}  {:>9}  {:>12}", "-", "-", "grows", "-"),
        |patient| {
            format!(
                "{:>6.1}%  {:>10.1}%  {:>8.1}s  {:>11.1}%",
                patient.occupancy * 100.0,
                patient.waiting * 100.0,
                patient.mean_wait,
                patient.within * 100.0
            )
        },
    );
    let impatient = staffed.impatient.map_or_else(String::new, |impatient| {
        format!("  {:>7.1}%  {:>8.1}s", impatient.abandoned * 100.0, impatient.mean_wait)
    });
    format!("{:>6}  {:>7}  {patient}{impatient}", staffed.agents, staffed.slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_service_levels_are_read_as_people_write_them() {
        assert_eq!("30%".parse(), Ok(Share(0.3)));
        assert_eq!("80%/20s".parse::<ServiceLevel>().map(|level| level.share), Ok(Share(0.8)));
        for wrong in ["30", "100%", "-1%", "x%"] {
            assert!(wrong.parse::<Share>().is_err(), "{wrong}");
        }
        for wrong in ["80%", "80%/20", "80/20s"] {
            assert!(wrong.parse::<ServiceLevel>().is_err(), "{wrong}");
        }
    }
}
