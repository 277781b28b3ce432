//! What flexload's exit codes mean: the one table, printed by `--explain-exit`.

use std::fmt;
use std::process::ExitCode;

/// How flexload ends. The number is the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for was shown to hold.
    Passed = 0,
    /// flexload itself is broken.
    Internal = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The scenario, a target file, a secret or a flow file is missing or wrong.
    Input = 3,
    /// A guard said no before anything was sent.
    Refused = 4,
    /// A threshold was missed.
    Missed = 5,
    /// A threshold ended the run early.
    Aborted = 6,
    /// The generator was the bottleneck, so the numbers say nothing about the target.
    Invalid = 7,
    /// A comparison found it got worse.
    Regressed = 8,
    /// Nothing was proven.
    Inconclusive = 9,
    /// A conformance case or a doctor rule failed, or something is wrong with an inspected token.
    Nonconforming = 10,
    /// The target did not pass the questions asked before the start.
    Preflight = 11,
    /// A message was lost, doubled or reordered.
    Undelivered = 12,
    /// Something the run made is still on the target.
    LeftBehind = 13,
    /// The evidence has a hole.
    Incomplete = 14,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

/// Which one is told when several hold. Codes that end the run at once never meet another.
const FIRST_OF: [Exit; 10] = [
    Exit::Interrupted,
    Exit::Terminated,
    Exit::Incomplete,
    Exit::Undelivered,
    Exit::Nonconforming,
    Exit::Invalid,
    Exit::Aborted,
    Exit::Missed,
    Exit::Regressed,
    Exit::Inconclusive,
];

impl Exit {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 17] = [
        Self::Passed,
        Self::Internal,
        Self::Usage,
        Self::Input,
        Self::Refused,
        Self::Missed,
        Self::Aborted,
        Self::Invalid,
        Self::Regressed,
        Self::Inconclusive,
        Self::Nonconforming,
        Self::Preflight,
        Self::Undelivered,
        Self::LeftBehind,
        Self::Incomplete,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// One line for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "passed; capacity: an interval was found; compare: not worse",
            Self::Internal => "internal error (a panic too)",
            Self::Usage => "bad command line",
            Self::Input => {
                "scenario, target file, secret or flow file missing or invalid; a scenario without steps"
            }
            Self::Refused => {
                "refused by a guard (target not allowed, budget, missing confirmation, \
                 too few open files for the plan)"
            }
            Self::Missed => "a threshold was missed",
            Self::Aborted => "aborted early by a threshold",
            Self::Invalid => "run invalid: generator saturated or schedule not kept",
            Self::Regressed => "regression",
            Self::Inconclusive => {
                "inconclusive or vacuous: nothing was proven (no arrivals, no message delivered, \
                 a threshold on n/a)"
            }
            Self::Nonconforming => {
                "a conformance case or a doctor rule failed; token inspect: something is wrong with the token"
            }
            Self::Preflight => {
                "preflight failed: unreachable, no answer within 10 s, not an answer of this API, or 401/403"
            }
            Self::Undelivered => "delivery violated",
            Self::LeftBehind => "resources left on the target although clean-up was asked for",
            Self::Incomplete => "evidence incomplete (disk, residual not 0, a checker crashed)",
            Self::Interrupted => {
                "SIGINT: of a run, after writing a valid partial report marked interrupted; asked again a second \
                 or more later, at once, and it says whether the report was written (a mock that is asked to end ends \
                 with 0)"
            }
            Self::Terminated => {
                "SIGTERM: of a run, after writing a valid partial report marked interrupted; asked again a second \
                 or more later, at once, and it says whether the report was written (a mock that is asked to end ends \
                 with 0)"
            }
        }
    }

    /// The one to end with when all of these hold: 1–4 and 11 before the others (they end a run at once),
    /// then 130/143, 14, 12, 10, 7, 6, 5, 8, 9, 13. Nothing holding is `Passed`.
    pub fn first_of(holding: impl IntoIterator<Item = Self>) -> Self {
        holding.into_iter().min_by_key(|exit| exit.rank()).unwrap_or(Self::Passed)
    }

    fn rank(self) -> usize {
        match self {
            Self::Internal | Self::Usage | Self::Input | Self::Refused | Self::Preflight => 0,
            Self::Passed => usize::MAX,
            Self::LeftBehind => FIRST_OF.len() + 1,
            Self::Missed
            | Self::Aborted
            | Self::Invalid
            | Self::Regressed
            | Self::Inconclusive
            | Self::Nonconforming
            | Self::Undelivered
            | Self::Incomplete
            | Self::Interrupted
            | Self::Terminated => {
                1 + FIRST_OF.iter().position(|first| *first == self).unwrap_or(FIRST_OF.len())
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table as `--explain-exit` prints it.
pub struct Table;

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exit in Exit::ALL {
            writeln!(f, "{:>4}  {}", exit.code(), exit.meaning())?;
        }
        f.write_str(
            "\n1-4 and 11 end the run at once. When several of the others hold, \
             the first of 130/143, 14, 12, 10, 7, 6, 5, 8, 9, 13.\n",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_holds_is_told() {
        for (holding, told) in [
            (vec![], Exit::Passed),
            (vec![Exit::Passed, Exit::LeftBehind], Exit::LeftBehind),
            (vec![Exit::LeftBehind, Exit::Inconclusive], Exit::Inconclusive),
            (vec![Exit::Missed, Exit::Invalid, Exit::Aborted], Exit::Invalid),
            (vec![Exit::Regressed, Exit::Missed], Exit::Missed),
            (vec![Exit::Undelivered, Exit::Incomplete], Exit::Incomplete),
            (vec![Exit::Incomplete, Exit::Interrupted], Exit::Interrupted),
            (vec![Exit::Terminated, Exit::Missed], Exit::Terminated),
            (vec![Exit::Interrupted, Exit::Refused], Exit::Refused),
        ] {
            assert_eq!(Exit::first_of(holding.iter().copied()), told, "{holding:?}");
        }
    }

    #[test]
    fn the_order_of_reasons_is_the_published_one() {
        let published = [130, 143, 14, 12, 10, 7, 6, 5, 8, 9, 13];
        let mut sorted: Vec<Exit> =
            Exit::ALL.into_iter().filter(|exit| published.contains(&exit.code())).collect();
        sorted.sort_by_key(|exit| exit.rank());
        assert_eq!(sorted.iter().map(|exit| exit.code()).collect::<Vec<_>>(), published);
    }

    #[test]
    fn the_table_names_each_code_once() {
        let table = Table.to_string();
        for exit in Exit::ALL {
            assert_eq!(
                table
                    .lines()
                    .filter(|line| line.trim_start().starts_with(&format!("{} ", exit.code())))
                    .count(),
                1,
                "{exit:?}"
            );
        }
    }
}
