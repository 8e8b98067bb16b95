//! Every check and every rule of the program in one list. The invariants over them are tests here.

use sha2::{Digest as _, Sha256};

use crate::audit;
use crate::engine::Check;
use crate::report::Rule;

/// All checks, in report order.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    audit::CHECKS.iter().map(|item| item.check)
}

/// All rules with their check, by check and id.
pub fn rules() -> impl Iterator<Item = (&'static Check, &'static Rule)> {
    checks().flat_map(|check| (check.rules)().iter().map(move |rule| (check, rule)))
}

/// The rule with an id, in any case.
#[must_use]
pub fn rule(id: &str) -> Option<(&'static Check, &'static Rule)> {
    rules().find(|(_, rule)| rule.id.eq_ignore_ascii_case(id))
}

/// SHA-256 (hex) over all rule files: equal digests mean equal rules, patterns included.
#[must_use]
pub fn digest() -> String {
    let mut hasher = Sha256::new();
    for check in checks() {
        hasher.update(check.rule_file);
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        for (check, rule) in rules() {
            let (prefix, number) = rule.id.split_once('-').unwrap();
            assert!(prefix.len() == 3 && prefix.bytes().all(|byte| byte.is_ascii_uppercase()), "{}", rule.id);
            assert!(number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()), "{}", rule.id);
            assert!(seen.insert(&rule.id), "{} stands twice", rule.id);
            assert!(!check.id.is_empty());
        }
    }

    #[test]
    fn patterns_compile_and_their_judges_exist() {
        for item in audit::CHECKS {
            let crate::engine::Start::Run(inspect) = (item.start)(&audit::Settings::default()) else {
                continue;
            };
            for pattern in inspect.patterns().into_iter().flatten() {
                let id = &pattern.rule.id;
                let regex = pattern.compile().unwrap_or_else(|error| panic!("{id}: {error}"));
                assert!(regex.captures_len() <= 2, "{id}: one group at the most");
                assert!(
                    pattern.source.literals.iter().all(|literal| literal.len() >= 3),
                    "{id}: literals of three or more"
                );
                assert_eq!(pattern.source.judge.is_some(), pattern.judge.is_some(), "{id}: judge not found");
            }
        }
    }

    #[test]
    fn texts_are_complete() {
        for (_, rule) in rules() {
            assert!(!rule.title.ends_with('.'), "{}: a title has no final period", rule.id);
            assert!(rule.title.len() <= 90, "{}: a title fits a line", rule.id);
            for (name, text) in [("description", &rule.description), ("remediation", &rule.remediation)] {
                assert!(text.ends_with('.') && text.len() > 20, "{}: {name} is full sentences", rule.id);
            }
            assert!(rule.mappings.keys().all(|name| !name.is_empty()), "{}", rule.id);
            assert!(rule.severity_outside_product.is_none_or(|lower| lower < rule.severity), "{}", rule.id);
        }
    }
}
