//! What packages are needed for, where a lock file tells it by its graph alone.

use crate::formats::package::{Origin, Package, Scope};

/// Dependencies of one package: the index of each, and what for.
pub(in crate::formats::lockfile) type Edges = Vec<(usize, Scope)>;

/// What the project itself names: index, and what for.
pub(in crate::formats::lockfile) type Roots = Vec<(usize, Scope)>;

/// Sets `depends_on` by the edges (one list a package) and `direct` by the roots.
pub(in crate::formats::lockfile) fn link(packages: &mut [Package], edges: &[Edges], roots: &Roots) {
    for (package, edges) in packages.iter_mut().zip(edges) {
        let mut targets: Vec<usize> = edges.iter().map(|(target, _)| *target).collect();
        targets.sort_unstable();
        targets.dedup();
        package.depends_on = Some(targets);
        package.direct = (package.origin != Origin::Own).then_some(false);
    }
    for (root, _) in roots {
        if let Some(package) = packages.get_mut(*root)
            && package.origin != Origin::Own
        {
            package.direct = Some(true);
        }
    }
}

/// The scopes of what is needed, the strongest first.
const STRONGEST_FIRST: [Scope; 3] = [Scope::Runtime, Scope::Optional, Scope::Development];

/// Sets the scope of every package whose scope is not known to the strongest of those that lead to it from the roots. A
/// way is as strong as its weakest part.
pub(in crate::formats::lockfile) fn scopes(packages: &mut [Package], edges: &[Edges], roots: &Roots) {
    for (strength, scope) in STRONGEST_FIRST.into_iter().enumerate() {
        let weaker = STRONGEST_FIRST.get(strength + 1..).unwrap_or_default();
        let mut pending: Vec<usize> =
            roots.iter().filter(|(_, wanted)| *wanted == scope).map(|(root, _)| *root).collect();
        // What stronger packages need no more strongly than this; what they need more strongly is done.
        for (package, edges) in packages.iter().zip(edges) {
            if package.scope != Scope::Unknown {
                pending.extend(edges.iter().filter(|edge| edge.1 == scope).map(|edge| edge.0));
            }
        }
        while let Some(index) = pending.pop() {
            let Some(package) = packages.get_mut(index) else { continue };
            if package.scope != Scope::Unknown {
                continue;
            }
            package.scope = scope;
            let edges = edges.get(index).map(Vec::as_slice).unwrap_or_default();
            pending.extend(edges.iter().filter(|edge| !weaker.contains(&edge.1)).map(|edge| edge.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Scope::{Development, Optional, Runtime, Unknown};

    #[test]
    fn the_strongest_need_counts_and_cycles_end() {
        let mut packages = vec![Package::default(); 7];
        // 0 (run) → 1, 1 → 0, 1 ⇢ 2; 3 (develop) → 2, 3 → 4; 5 hangs free; 1 → 6 to develop.
        let edges = vec![
            vec![(1, Runtime)],
            vec![(0, Runtime), (2, Optional), (6, Development)],
            vec![],
            vec![(2, Runtime), (4, Runtime)],
            vec![],
            vec![],
            vec![],
        ];
        let roots = vec![(3, Development), (0, Runtime)];
        link(&mut packages, &edges, &roots);
        scopes(&mut packages, &edges, &roots);
        let scopes: Vec<Scope> = packages.iter().map(|package| package.scope).collect();
        assert_eq!(scopes, [Runtime, Runtime, Optional, Development, Development, Unknown, Development]);
        let direct: Vec<Option<bool>> = packages.iter().map(|package| package.direct).collect();
        assert_eq!(direct, [true, false, false, true, false, false, false].map(Some));
        assert_eq!(packages[1].depends_on, Some(vec![0, 2, 6]));
    }
}
