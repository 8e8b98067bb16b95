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

/// Tells what only building or testing needs from what running needs, where the scope of the project's own dependencies
/// is known and that of the others is not.
pub(super) fn spread_scopes(packages: &mut [Package]) {
    let known =
        packages.iter().any(|package| package.direct == Some(true) && package.scope != Scope::Unknown);
    let unknown =
        packages.iter().any(|package| package.direct != Some(true) && package.scope == Scope::Unknown);
    if !known || !unknown {
        return;
    }
    // The strongest reason to need a package wins: running it before options before development.
    for scope in [Scope::Runtime, Scope::Optional, Scope::Development] {
        let mut reached = vec![false; packages.len()];
        let mut next: Vec<usize> = packages
            .iter()
            .enumerate()
            .filter(|(_, package)| package.direct == Some(true) && package.scope == scope)
            .map(|(index, _)| index)
            .collect();
        while let Some(index) = next.pop() {
            let Some(package) = packages.get(index) else { continue };
            for needed in package.depends_on.as_deref().unwrap_or_default() {
                if let Some(slot @ false) = reached.get_mut(*needed) {
                    *slot = true;
                    next.push(*needed);
                }
            }
        }
        for (package, reached) in packages.iter_mut().zip(reached) {
            if reached && package.scope == Scope::Unknown {
                package.scope = scope;
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
}
