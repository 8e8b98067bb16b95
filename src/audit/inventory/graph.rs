//! Ways through a dependency graph: how a package came in, and what only building or testing needs.

use std::collections::VecDeque;

use crate::formats::package::{Origin, Package, Scope};

/// Most names of a way that are told, those nearest to its end. Real ways have some ten; in a chain made to do harm, where
/// every package is a finding, whole ways would be as much as the square of their number.
const LONGEST: usize = 100;

/// The shortest way from the project to each of its packages.
#[derive(Debug)]
pub struct Ways {
    /// The package before each on its way; itself for the first of a way; none where no way is known.
    before: Vec<Option<usize>>,
}

impl Ways {
    /// Finds the ways, beginning at what the project names itself.
    #[must_use]
    pub fn of(packages: &[Package]) -> Self {
        let mut before: Vec<Option<usize>> = vec![None; packages.len()];
        let mut next = VecDeque::new();
        for (index, package) in packages.iter().enumerate() {
            if package.direct == Some(true) && package.origin != Origin::Own {
                if let Some(slot) = before.get_mut(index) {
                    *slot = Some(index);
                }
                next.push_back(index);
            }
        }
        while let Some(index) = next.pop_front() {
            for needed in
                packages.get(index).and_then(|package| package.depends_on.as_deref()).unwrap_or_default()
            {
                if let Some(slot @ None) = before.get_mut(*needed) {
                    *slot = Some(index);
                    next.push_back(*needed);
                }
            }
        }
        Self { before }
    }

    /// The names on the way to a package: the project's own dependency first, it itself last; empty where none is known. A very long way begins with `…` instead.
    #[must_use]
    pub fn to(&self, index: usize, packages: &[Package]) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = index;
        while let Some(before) = self.before.get(at).copied().flatten() {
            if names.len() == LONGEST {
                names.push("…".to_owned());
                break;
            }
            names.extend(packages.get(at).map(|package| package.name.clone()));
            if before == at {
                break;
            }
            at = before;
        }
        names.reverse();
        names
    }
}

/// Tells what only building or testing needs from what running needs, where the lock file does not: only the scope of the
/// project's own dependencies is known.
pub(super) fn spread_scopes(packages: &mut [Package]) {
    // The strongest reason to need a package wins, over what a project file says of it too: what only tests name may be
    // needed by something that ships. What something of unknown use needs may be needed to run.
    let mut reached = vec![false; packages.len()];
    for scope in Scope::MOST_EXPOSED_FIRST {
        let mut next: Vec<usize> = Vec::new();
        for ((index, package), reached) in packages.iter().enumerate().zip(&mut reached) {
            if package.direct == Some(true) && package.scope == scope && !*reached {
                *reached = true;
                next.push(index);
            }
        }
        while let Some(index) = next.pop() {
            let needs =
                packages.get(index).and_then(|package| package.depends_on.clone()).unwrap_or_default();
            for needed in needs {
                if let (Some(slot @ false), Some(package)) =
                    (reached.get_mut(needed), packages.get_mut(needed))
                {
                    *slot = true;
                    package.scope = match package.scope {
                        Scope::Unknown => scope,
                        told => told.most_exposed(scope),
                    };
                    next.push(needed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, direct: bool, scope: Scope, needs: &[usize]) -> Package {
        Package {
            name: name.to_owned(),
            direct: Some(direct),
            scope,
            depends_on: Some(needs.to_vec()),
            ..Package::default()
        }
    }

    #[test]
    fn ways_are_the_shortest_and_end_in_circles_too() {
        let packages = [
            package("web", true, Scope::Unknown, &[1]),
            package("http", false, Scope::Unknown, &[2, 0]),
            package("tls", false, Scope::Unknown, &[1]),
            package("alone", false, Scope::Unknown, &[]),
        ];
        let ways = Ways::of(&packages);
        assert_eq!(ways.to(2, &packages), ["web", "http", "tls"]);
        assert_eq!(ways.to(0, &packages), ["web"]);
        assert!(ways.to(3, &packages).is_empty());
    }

    #[test]
    fn very_long_ways_are_cut() {
        let chain: Vec<Package> =
            (0..200).map(|at| package(&at.to_string(), at == 0, Scope::Unknown, &[at + 1])).collect();
        let ways = Ways::of(&chain);
        assert_eq!(ways.to(99, &chain).len(), 100);
        let long = ways.to(199, &chain);
        assert_eq!((long.len(), &*long[0], &*long[1], &*long[100]), (101, "…", "100", "199"));
    }

    #[test]
    fn what_running_needs_is_not_development() {
        let mut packages = [
            package("app", true, Scope::Runtime, &[2]),
            package("test", true, Scope::Development, &[2, 3]),
            package("shared", false, Scope::Unknown, &[]),
            package("mock", false, Scope::Unknown, &[]),
        ];
        spread_scopes(&mut packages);
        assert_eq!(packages.map(|package| package.scope)[2..], [Scope::Runtime, Scope::Development]);
    }

    #[test]
    fn what_ships_needs_is_no_development_whatever_tests_name() {
        let mut packages = [
            package("app", true, Scope::Runtime, &[1]),
            package("named by tests", true, Scope::Development, &[2]),
            package("below", false, Scope::Unknown, &[]),
            package("test", true, Scope::Development, &[4]),
            package("unknown use", true, Scope::Unknown, &[]),
        ];
        spread_scopes(&mut packages);
        let scopes = packages.map(|package| package.scope);
        assert_eq!(scopes[..3], [Scope::Runtime; 3]);
        assert_eq!(scopes[3..], [Scope::Development, Scope::Unknown]);
    }

    #[test]
    fn what_something_of_unknown_use_needs_is_not_development() {
        let mut packages = [
            package("renamed", true, Scope::Unknown, &[2]),
            package("test", true, Scope::Development, &[2, 3]),
            package("shared", false, Scope::Unknown, &[4]),
            package("mock", false, Scope::Unknown, &[4, 5]),
            package("deep", false, Scope::Unknown, &[]),
            package("deep mock", false, Scope::Unknown, &[]),
        ];
        spread_scopes(&mut packages);
        let (unknown, development) = (Scope::Unknown, Scope::Development);
        assert_eq!(packages.map(|package| package.scope)[2..], [unknown, development, unknown, development]);
    }
}
