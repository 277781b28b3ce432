//! Every rule of the mock, from wherever it is declared.

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

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
    fn every_rule_says_something_and_where_it_is_from() {
        for rule in all() {
            assert!(!rule.rule().says.is_empty(), "{rule:?} says nothing");
            assert!(!rule.basis().source().is_empty(), "{rule:?} has no source");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
            assert!(rule.id().chars().all(plain), "{rule:?} is not an area.topic.what name");
        }
    }
}
