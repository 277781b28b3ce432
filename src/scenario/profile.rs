//! How load is written: phases of arrivals (open) or of users (closed).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::value::one_key::one_key;
use crate::value::{Rate, Span, Text};

/// `load:` as written.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `phases`")]
pub struct Load {
    /// Slots for chats at one time; an arrival that finds none is dropped and counted. Default: as many as there
    /// are customers.
    #[serde(default)]
    pub max_open: Option<u32>,
    /// One after another.
    pub phases: Vec<Phase>,
    /// How long chats may take to end after the last phase; what is unfinished then counts as such.
    #[serde(default = "two_minutes")]
    pub drain: Span,
}

fn two_minutes() -> Span {
    Span::seconds(120)
}

/// One stretch of load.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Phase {
    /// Arrivals whose rate changes steadily.
    Ramp(Ramp),
    /// Arrivals at one rate.
    Hold(Hold),
    /// Arrivals at recorded moments.
    Replay(Replay),
    /// A number of users, each starting over when done: the closed model.
    Users(Users),
}

one_key!(
    Phase,
    noun: "phase",
    expecting: "a phase: one of `ramp`, `hold`, `replay`, `users`",
    { "ramp" => Ramp, "hold" => Hold, "replay" => Replay, "users" => Users },
    word: |word: &str| Err(format!("`{word}` needs options, like `hold: {{ rate: 8/s, for: 1m }}`"))
);

/// How arrivals are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Evenly.
    #[default]
    Constant,
    /// Independently of each other, as people do.
    Poisson,
}

/// `ramp: { from, to, over }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `from`, `to` and `over`")]
pub struct Ramp {
    /// The rate at the beginning.
    pub from: Rate,
    /// The rate at the end.
    pub to: Rate,
    /// How long it takes.
    pub over: Span,
    /// How arrivals are spaced.
    #[serde(default)]
    pub arrivals: Arrivals,
    /// Whether the results of this phase are left out of the verdict.
    #[serde(default)]
    pub warmup: bool,
}

/// `hold: { rate, for }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `rate` and `for`")]
pub struct Hold {
    /// The rate.
    pub rate: Rate,
    /// How long.
    #[serde(rename = "for")]
    pub duration: Span,
    /// How arrivals are spaced.
    #[serde(default)]
    pub arrivals: Arrivals,
    /// Whether the results of this phase are left out of the verdict.
    #[serde(default)]
    pub warmup: bool,
}

/// `replay: { file }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `file`")]
pub struct Replay {
    /// A text file, relative to the scenario's folder: one arrival a line, in seconds from the phase's start,
    /// ascending; `#` begins a comment.
    pub file: Text,
    /// Whether the results of this phase are left out of the verdict.
    #[serde(default)]
    pub warmup: bool,
}

/// `users: { from, to, over }` or `users: { hold, for }`
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `from`, `to` and `over`, or with `hold` and `for`")]
pub struct Users {
    /// How many users at the beginning.
    #[serde(default)]
    pub from: Option<u32>,
    /// How many users at the end.
    #[serde(default)]
    pub to: Option<u32>,
    /// How long the change takes.
    #[serde(default)]
    pub over: Option<Span>,
    /// How many users all along.
    #[serde(default)]
    pub hold: Option<u32>,
    /// How long.
    #[serde(default, rename = "for")]
    pub duration: Option<Span>,
    /// Whether the results of this phase are left out of the verdict.
    #[serde(default)]
    pub warmup: bool,
}

impl Users {
    /// The users at the beginning, at the end, and how long it takes; `None` when neither form is complete.
    pub fn form(&self) -> Option<(u32, u32, Span)> {
        match self {
            Users {
                from: Some(from), to: Some(to), over: Some(over), hold: None, duration: None, ..
            } => Some((*from, *to, *over)),
            Users {
                from: None, to: None, over: None, hold: Some(users), duration: Some(duration), ..
            } => Some((*users, *users, *duration)),
            Users { .. } => None,
        }
    }
}

impl Phase {
    /// Whether the results of this phase are left out of the verdict.
    pub fn warmup(&self) -> bool {
        match self {
            Phase::Ramp(Ramp { warmup, .. })
            | Phase::Hold(Hold { warmup, .. })
            | Phase::Replay(Replay { warmup, .. })
            | Phase::Users(Users { warmup, .. }) => *warmup,
        }
    }

    /// The phase's key, as written.
    pub fn kind(&self) -> &'static str {
        match self {
            Phase::Ramp(_) => "ramp",
            Phase::Hold(_) => "hold",
            Phase::Replay(_) => "replay",
            Phase::Users(_) => "users",
        }
    }
}

impl Load {
    /// Whether this is the closed model: users, not arrivals.
    pub fn is_closed(&self) -> bool {
        self.phases.iter().any(|phase| matches!(phase, Phase::Users(_)))
    }
}
