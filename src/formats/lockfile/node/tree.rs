//! Packages at their places under `node_modules`, and what Node finds from there.
//!
//! From a package, Node looks for another in the package's own `node_modules`, then in those of the folders above it.
//! Places are a tree whose edges are names, so a step upwards costs one look-up, and depth is bounded.

use std::collections::{HashMap, HashSet};

/// Deepest place that is kept. Trees that were installed without hoisting have some twenty levels.
const MAX_DEPTH: usize = 64;

/// One step to a place: into a folder of the project, or to a package below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::formats::lockfile) enum Step<'t> {
    /// A folder that is no package, or one of the project's own.
    Folder(&'t str),
    /// A package within the `node_modules` of what is above.
    Package(&'t str),
}

#[derive(Default)]
struct Place {
    above: Option<usize>,
    package: Option<usize>,
}

/// The places of a lock file.
pub(in crate::formats::lockfile) struct Tree<'t> {
    places: Vec<Place>,
    below: HashMap<(usize, Step<'t>), usize>,
    /// Names that are anywhere, as most that are not found from a place are nowhere.
    names: HashSet<&'t str>,
}

impl<'t> Tree<'t> {
    /// A tree with nothing but its root, place 0.
    pub(in crate::formats::lockfile) fn new() -> Self {
        Self { places: vec![Place::default()], below: HashMap::new(), names: HashSet::new() }
    }

    /// The place that steps lead to from the root, made where it is not there yet; none if it is too deep.
    pub(in crate::formats::lockfile) fn place(
        &mut self,
        steps: impl Iterator<Item = Step<'t>>,
    ) -> Option<usize> {
        let mut at = 0;
        for (depth, step) in steps.enumerate() {
            if depth == MAX_DEPTH {
                return None;
            }
            let next = self.places.len();
            let entry = *self.below.entry((at, step)).or_insert(next);
            if entry == next {
                if let Step::Package(name) = step {
                    self.names.insert(name);
                }
                self.places.push(Place { above: Some(at), package: None });
            }
            at = entry;
        }
        Some(at)
    }

    /// The place that steps lead to, if there is one.
    pub(in crate::formats::lockfile) fn look_up<'s>(
        &self,
        mut steps: impl Iterator<Item = Step<'s>>,
    ) -> Option<usize>
    where
        't: 's,
    {
        steps.try_fold(0, |at, step| self.below.get(&(at, step)).copied())
    }

    /// Puts a package, by its index, at a place. Of several, the last one counts, as for repeated keys.
    pub(in crate::formats::lockfile) fn put(&mut self, place: usize, package: usize) {
        if let Some(place) = self.places.get_mut(place) {
            place.package = Some(package);
        }
    }

    /// What is at a place.
    pub(in crate::formats::lockfile) fn at(&self, place: usize) -> Option<usize> {
        self.places.get(place)?.package
    }

    /// The package that Node finds by a name from a place.
    pub(in crate::formats::lockfile) fn find(&self, from: usize, name: &'t str) -> Option<usize> {
        let mut at = self.names.contains(name).then_some(from);
        while let Some(place) = at {
            if let Some(found) = self.below.get(&(place, Step::Package(name)))
                && let Some(package) = self.at(*found)
            {
                return Some(package);
            }
            at = self.places.get(place)?.above;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_place_wins() {
        let mut tree = Tree::new();
        let put = |tree: &mut Tree<'static>, steps: &[Step<'static>], package| {
            let place = tree.place(steps.iter().copied()).unwrap();
            tree.put(place, package);
            place
        };
        put(&mut tree, &[Step::Package("a")], 0);
        let b = put(&mut tree, &[Step::Package("b")], 1);
        put(&mut tree, &[Step::Package("b"), Step::Package("a")], 2);
        let member = put(&mut tree, &[Step::Folder("packages"), Step::Folder("m")], 3);
        put(&mut tree, &[Step::Folder("packages"), Step::Folder("m"), Step::Package("c")], 4);
        assert_eq!(tree.find(b, "a"), Some(2));
        assert_eq!(tree.find(0, "a"), Some(0));
        assert_eq!(tree.find(member, "a"), Some(0));
        assert_eq!(tree.find(member, "c"), Some(4));
        assert_eq!(tree.find(b, "c"), None);
    }

    #[test]
    fn depth_is_bounded() {
        let mut tree = Tree::new();
        assert!(tree.place(std::iter::repeat_n(Step::Package("a"), MAX_DEPTH)).is_some());
        assert!(tree.place(std::iter::repeat_n(Step::Package("a"), MAX_DEPTH + 1)).is_none());
    }
}
