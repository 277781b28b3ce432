//! Every rule of the mock, from wherever it is declared: which there are, how often each was followed, and which
//! are broken.

use std::fmt;

use crate::basis::RuleId;

/// Every rule of the mock, by name.
#[must_use]
pub fn all() -> Vec<RuleId> {
    let declared: &[&[RuleId]] = &[
        crate::answer::RULES,
        crate::auth::RULES,
        &crate::fault::rules(),
        crate::host::RULES,
        crate::limit::RULES,
        crate::patient::RULES,
        &crate::route::rules(),
        crate::server::RULES,
        crate::shaped::RULES,
        &crate::socket::rules(),
        &crate::world::rules(),
    ];
    let mut rules = declared.concat();
    rules.sort_unstable_by_key(|rule| rule.id());
    rules
}

/// How often each rule was followed in this process, by name.
#[must_use]
pub fn counts() -> Vec<(RuleId, u64)> {
    all().into_iter().map(|rule| (rule, rule.count())).collect()
}

/// Rules that cannot be broken so that anybody would see it, and why.
const UNBREAKABLE: [(&str, &str); 1] =
    [("socket.stalled", "a line that takes nothing is cut by server.answer.slow: break that")];

/// The rule of this name, to be broken: for [`crate::Config::broken`].
///
/// # Errors
/// If there is no such rule, or breaking it would show nobody anything.
pub fn to_break(name: &str) -> Result<RuleId, CannotBreak> {
    if let Some((_, why)) = UNBREAKABLE.iter().find(|(kept, _)| *kept == name) {
        return Err(CannotBreak::Kept { name: name.to_owned(), why });
    }
    let found = all().into_iter().find(|rule| rule.id() == name);
    found.ok_or_else(|| CannotBreak::Unknown { name: name.to_owned() })
}

/// Why a rule cannot be broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannotBreak {
    /// There is none of this name.
    Unknown {
        /// The name.
        name: String,
    },
    /// Nobody would see the difference.
    Kept {
        /// The rule's name.
        name: String,
        /// Why not.
        why: &'static str,
    },
}

impl fmt::Display for CannotBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no rule is named `{name}`; --rules prints them all"),
            Self::Kept { name, why } => write!(f, "the rule `{name}` cannot be broken: {why}"),
        }
    }
}

impl std::error::Error for CannotBreak {}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::basis::Broken;

    /// The names declared in the source files, read from the text: what `all` must hold.
    fn declared_in_source(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                declared_in_source(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("basis.rs") {
                let text = fs::read_to_string(&path).unwrap();
                for block in text.split("\nrules! {").skip(1) {
                    let block = block.split("\n}").next().unwrap();
                    // A declaration is `NAME = "the.id", …`.
                    found.extend(
                        block
                            .split(" = \"")
                            .skip(1)
                            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
                    );
                }
            }
        }
    }

    #[test]
    fn no_two_rules_share_a_name() {
        let rules = all();
        let names: BTreeSet<_> = rules.iter().map(|rule| rule.id()).collect();
        assert_eq!(names.len(), rules.len(), "a rule's name is used twice");
    }

    #[test]
    fn every_rule_declared_anywhere_is_listed() {
        let mut declared = Vec::new();
        declared_in_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut declared);
        let listed: BTreeSet<String> = all().iter().map(|rule| rule.id().to_owned()).collect();
        let forgotten: Vec<_> = declared.iter().filter(|id| !listed.contains(*id)).collect();
        assert!(forgotten.is_empty(), "add the RULES of these to rules::all: {forgotten:?}");
    }

    #[test]
    fn a_rule_is_broken_for_as_long_as_its_mock_lives_and_counted_all_the_same() {
        let rule = to_break("rest.auth.challenge").unwrap();
        let (before, broken) = (rule.count(), Broken::new(vec![rule]));
        assert!(!rule.follow());
        assert!(rule.count() > before);
        drop(broken);
        assert!(rule.follow());
    }

    #[test]
    fn what_cannot_be_broken_is_refused_by_name() {
        let says = |name| to_break(name).unwrap_err().to_string();
        assert_eq!(says("no.such.rule"), "no rule is named `no.such.rule`; --rules prints them all");
        for (name, why) in UNBREAKABLE {
            assert!(says(name).ends_with(why));
            assert!(all().iter().any(|rule| rule.id() == name), "{name} is no rule");
        }
    }

    #[test]
    fn the_readme_counts_the_rules_there_are() {
        let (rules, mut says) = (all(), BTreeMap::new());
        for rule in &rules {
            *says.entry(format!("| {} | ", rule.basis().name())).or_insert(0) += 1;
        }
        let readme = include_str!("../README.md");
        let total = format!("today there are {}:", rules.len());
        let rows = says.iter().map(|(row, count)| format!("{row}{count} |"));
        let wrong: Vec<String> = rows.chain([total]).filter(|line| !readme.contains(line)).collect();
        assert!(wrong.is_empty(), "the README is to say: {wrong:#?}");
    }

    #[test]
    fn every_rule_says_something_and_where_it_is_from() {
        for rule in all() {
            assert!(!rule.rule().says.is_empty(), "{rule:?} says nothing");
            assert!(!rule.basis().source().is_empty(), "{rule:?} has no source");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
            assert!(rule.id().chars().all(plain), "{rule:?} is not an area.topic.what name");
        }
    }
}
