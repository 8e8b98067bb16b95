//! Whether a point belongs to a tree.

use std::path::Path;

use super::problems::Problems;
use crate::rollback::point::{Point, RawPath, Source};
use crate::rollback::tree;

/// Whether a point belongs to the tree at `root` (absolute and without links): it is the very folder, or its path is the same,
/// or its repository knows the commit that was captured; and where it is another folder and the first commits of both histories are known, they have one in common.
///
/// # Errors
/// It belongs to another tree, or that cannot be told because git fails; in words.
pub fn belongs(point: &Point, root: &Path) -> Result<(), String> {
    let here = RawPath::of(root);
    let of = || format!("the point is of {}, this is {}", point.root.path.text(), here.text());
    // Whatever was done to its history since, it is the same folder.
    if here == point.root.path && point.root.folder.is_some() && point.root.folder == tree::folder_mark(root)
    {
        return Ok(());
    }
    let place = tree::place(root)?;
    if let Some(place) = &place
        && !point.root.first_commits.is_empty()
    {
        let first = tree::first_commits(place);
        if !first.is_empty() && !first.iter().any(|commit| point.root.first_commits.contains(commit)) {
            return Err(format!("{}; their histories begin with different commits", of()));
        }
    }
    if here == point.root.path {
        return Ok(());
    }
    match (&place, point.commit()) {
        (Some(place), Some(commit)) if tree::missing(place, &[commit.to_owned()])?.is_empty() => Ok(()),
        (_, Some(_)) => Err(format!("{}, and the commit of the point is not known here", of())),
        (_, None) => Err(of()),
    }
}

/// What is said to lie outside the tree must not lie in it: whoever wrote the manifest would reach its git directory so.
pub(super) fn outside_is_outside(point: &Point, problems: &mut Problems) {
    for entry in point.entries.iter().filter(|entry| entry.class.source == Source::Outside) {
        if entry.path.lies_in(&point.root.path) {
            problems.add("RBK-003", &entry.path, "the point has it as outside the tree, and it lies inside");
        }
    }
}
