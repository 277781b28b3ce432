//! Failures of one second by kind, as `seconds.ndjson` tells them.

use std::collections::{BTreeMap, BTreeSet};

use super::errors::Errors;
use super::failure::Kind;

/// Kinds that are told apart in one run: those that came first. A run has a handful; the codes come from the
/// target, so their number must not be the target's to choose.
pub(super) const KINDS_MAX: usize = 24;

/// What all kinds beyond are counted as.
pub(super) const OTHER: &str = "other";

/// The kinds told apart so far, so that a kind has one name all through the run.
#[derive(Debug, Default)]
pub(super) struct Kinds(BTreeSet<Kind>);

impl Kinds {
    /// How many failures there were of each kind, as the report prints it.
    pub(super) fn count(&mut self, errors: &Errors) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for ((_, kind), group) in errors.iter() {
            *counts.entry(self.name(*kind)).or_default() += group.count();
        }
        counts
    }

    fn name(&mut self, kind: Kind) -> String {
        if self.0.len() < KINDS_MAX && kind != Kind::Other {
            self.0.insert(kind);
        }
        if self.0.contains(&kind) { kind.to_string() } else { OTHER.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Catalog;
    use super::super::phase::Phase;
    use super::*;

    #[test]
    fn a_kind_is_counted_over_all_steps_and_keeps_its_name_when_there_are_too_many() {
        let mut catalog = Catalog::new();
        let [one, two] = ["one", "two"].map(|step| Some(catalog.step("main", step)));
        let mut errors = Errors::default();
        errors.add(one, Phase::Steady, &Kind::Timeout.into());
        errors.add(two, Phase::WarmUp, &Kind::Timeout.into());
        let mut kinds = Kinds::default();
        assert_eq!(kinds.count(&errors), BTreeMap::from([("timeout".to_owned(), 2)]));
        for code in 0..1000 {
            errors.add(None, Phase::Steady, &Kind::Status { http: 400, code: Some(code) }.into());
        }
        let counts = kinds.count(&errors);
        assert_eq!(counts.len(), KINDS_MAX + 1);
        assert_eq!((counts["timeout"], counts.values().sum::<u64>()), (2, 1002));
        errors.clear();
        errors.add(None, Phase::Steady, &Kind::Timeout.into());
        errors.add(None, Phase::Steady, &Kind::Unfinished.into());
        assert_eq!(
            kinds.count(&errors),
            BTreeMap::from([("other".to_owned(), 1), ("timeout".to_owned(), 1)])
        );
    }
}
