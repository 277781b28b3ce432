//! Failures counted by step and kind, with one example each. No error is ever lost.

use std::collections::BTreeMap;

use super::catalog::StepId;
use super::failure::{Failure, Kind};
use super::phase::Phase;

/// How many groups are kept apart. Codes come from the target, so their number must not be the target's to
/// choose; what is beyond is counted under [`Kind::Other`].
const GROUPS_MAX: usize = 256;

/// What failures are grouped by: the step (`None`: outside any step) and the kind.
pub type ErrorKey = (Option<StepId>, Kind);

/// The failures of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorGroup {
    /// How many were due in the steady state.
    pub steady: u64,
    /// How many were due in warm-up.
    pub warm_up: u64,
    /// The first one's words, on one line and bounded.
    pub example: String,
}

impl ErrorGroup {
    /// All of them.
    pub fn count(&self) -> u64 {
        self.steady + self.warm_up
    }
}

/// All groups of failures, in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    groups: BTreeMap<ErrorKey, ErrorGroup>,
}

impl Errors {
    /// Counts one failure.
    pub(super) fn add(&mut self, step: Option<StepId>, phase: Phase, failure: &Failure) {
        let group = self.group((step, failure.kind));
        if group.example.is_empty() {
            group.example = failure.example();
        }
        match phase {
            Phase::WarmUp => group.warm_up += 1,
            Phase::Steady => group.steady += 1,
        }
    }

    /// Adds the counts of another.
    pub(super) fn merge(&mut self, other: &Self) {
        for (key, more) in &other.groups {
            let group = self.group(*key);
            group.steady += more.steady;
            group.warm_up += more.warm_up;
            if group.example.is_empty() {
                group.example.clone_from(&more.example);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.groups.clear();
    }

    /// Every group.
    pub fn iter(&self) -> impl Iterator<Item = (&ErrorKey, &ErrorGroup)> {
        self.groups.iter()
    }

    /// How many failures there were in all.
    pub fn count(&self) -> u64 {
        self.groups.values().map(ErrorGroup::count).sum()
    }

    fn group(&mut self, key: ErrorKey) -> &mut ErrorGroup {
        let full = self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(&key);
        // A local error stays local whatever the number of groups: it decides whether the run is valid.
        let rest = if key.1.is_local() { Kind::Local("other") } else { Kind::Other };
        self.groups.entry(if full { (None, rest) } else { key }).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_beyond_the_limit_are_counted_together() {
        let mut errors = Errors::default();
        for code in 0..1000 {
            let kind = Kind::Status { http: 400, code: Some(code) };
            errors.add(None, Phase::Steady, &Failure::new(kind, format!("code {code}")));
        }
        errors.add(None, Phase::WarmUp, &Kind::Local("EMFILE").into());
        assert_eq!(errors.count(), 1001);
        assert_eq!(errors.iter().count(), GROUPS_MAX + 2);
        assert!(errors.iter().any(|((_, kind), group)| kind.is_local() && group.warm_up == 1));
    }

    #[test]
    fn merging_adds_counts_and_keeps_the_first_example() {
        let (mut one, mut two) = (Errors::default(), Errors::default());
        one.add(None, Phase::Steady, &Failure::new(Kind::Timeout, "first"));
        two.add(None, Phase::WarmUp, &Failure::new(Kind::Timeout, "second"));
        one.merge(&two);
        let (_, group) = one.iter().next().unwrap();
        assert_eq!((group.steady, group.warm_up, group.example.as_str()), (1, 1, "first"));
    }
}
