//! What packages are needed for, where a lock file tells it by its graph alone.

use crate::formats::package::{Origin, Package, Scope};

/// Dependencies of one package: the index of each, and whether the package can do without.
pub(in crate::formats::lockfile) type Edges = Vec<(usize, bool)>;

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

/// Sets the scope of every package whose scope is not known to the strongest of those that lead to it from the roots:
/// to run, if it pleases, to develop.
pub(in crate::formats::lockfile) fn scopes(packages: &mut [Package], edges: &[Edges], roots: &Roots) {
    for scope in [Scope::Runtime, Scope::Optional, Scope::Development] {
        let mut pending: Vec<usize> =
            roots.iter().filter(|(_, wanted)| *wanted == scope).map(|(root, _)| *root).collect();
        if scope == Scope::Optional {
            // What a package of the product can do without.
            let needed = packages.iter().zip(edges).filter(|(package, _)| package.scope == Scope::Runtime);
            pending
                .extend(needed.flat_map(|(_, edges)| edges.iter().filter(|edge| edge.1).map(|edge| edge.0)));
        }
        while let Some(index) = pending.pop() {
            let Some(package) = packages.get_mut(index) else { continue };
            if package.scope != Scope::Unknown {
                continue;
            }
            package.scope = scope;
            let edges = edges.get(index).map(Vec::as_slice).unwrap_or_default();
            let followed = edges.iter().filter(|(_, optional)| scope != Scope::Runtime || !optional);
            pending.extend(followed.map(|(target, _)| *target));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Scope::{Development, Optional, Runtime, Unknown};

    #[test]
    fn the_strongest_need_counts_and_cycles_end() {
        let mut packages = vec![Package::default(); 6];
        // 0 (run) → 1, 1 → 0, 1 ⇢ 2; 3 (develop) → 2, 3 → 4; 5 hangs free.
        let edges = vec![
            vec![(1, false)],
            vec![(0, false), (2, true)],
            vec![],
            vec![(2, false), (4, false)],
            vec![],
            vec![],
        ];
        let roots = vec![(3, Development), (0, Runtime)];
        link(&mut packages, &edges, &roots);
        scopes(&mut packages, &edges, &roots);
        let scopes: Vec<Scope> = packages.iter().map(|package| package.scope).collect();
        assert_eq!(scopes, [Runtime, Runtime, Optional, Development, Development, Unknown]);
        let direct: Vec<Option<bool>> = packages.iter().map(|package| package.direct).collect();
        assert_eq!(direct, [true, false, false, true, false, false].map(Some));
        assert_eq!(packages[1].depends_on, Some(vec![0, 2]));
    }
}
