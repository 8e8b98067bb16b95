//! Two states, and what would have to change to make one of the other. Pure: nothing is read.
//!
//! - `scope`: which part of a point is meant.
//! - `side`: one of the two states, path by path.
//! - `repositories`: git directories and refs.
//! - `environment`: variables.
//! - `summary`: the changes as a report has them.

mod environment;
mod repositories;
mod scope;
mod side;
mod summary;
#[cfg(test)]
mod tests;

pub use environment::environment;
pub use scope::{Scope, parse_scope};
pub(in crate::rollback) use summary::size_words;
pub use summary::summary;

use std::collections::HashSet;

use self::repositories::{Apart, ref_changes, state_changes};
use self::side::{Item, Side, ancestors, pairs};
use crate::rollback::point::{Class, Meta, ObjectId, RawPath, Source, State};

/// Something at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What it is.
    pub content: Content,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// Bytes, of files.
    pub size: u64,
}

/// What something is, and where its contents come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file whose contents are an object of the store.
    Object(ObjectId),
    /// A file whose contents are a blob of the repository at this path.
    Blob {
        /// Work tree of the repository, relative to the tree.
        repository: RawPath,
        /// The blob, hex.
        oid: String,
    },
    /// A file whose contents Git LFS keeps in the repository at this path.
    Lfs {
        /// Work tree of the repository, relative to the tree.
        repository: RawPath,
        /// SHA-256 of the contents, hex.
        sha256: String,
    },
    /// A link and its target.
    Link(RawPath),
    /// A link whose target is a blob of the repository at this path.
    LinkBlob {
        /// Work tree of the repository, relative to the tree.
        repository: RawPath,
        /// The blob, hex.
        oid: String,
    },
    /// A folder.
    Folder,
}

impl Content {
    /// Whether two contents are known to be the same, whichever repository has them. What is an object in one and a blob in
    /// the other may be the same all the same: that can only be said by reading it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Blob { oid: one, .. }, Self::Blob { oid: other, .. })
            | (Self::LinkBlob { oid: one, .. }, Self::LinkBlob { oid: other, .. })
            | (Self::Lfs { sha256: one, .. }, Self::Lfs { sha256: other, .. }) => one == other,
            (one, other) => one == other,
        }
    }
}

/// What becomes of a path. Where both are there, they differ, or may: whether a file that is an object in one state and a blob
/// in the other differs can only be said by reading it (if their sizes differ, it certainly does).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the tree, or absolute. Files of a git directory stand below its path, as the present state has it.
    pub path: RawPath,
    /// What is there now.
    pub before: Option<Thing>,
    /// What will be.
    pub after: Option<Thing>,
    /// Why it is captured, by the point that has it; a configuration or security-related file when either state says so.
    pub class: Class,
    /// Whether what is there now is tracked and unchanged: git can give it back, so that it need not be kept.
    pub in_git: bool,
}

impl Change {
    /// Whether a folder takes the place of something else.
    #[must_use]
    pub fn becomes_folder(&self) -> bool {
        is_folder(self.after.as_ref()) && self.before.is_some() && !is_folder(self.before.as_ref())
    }

    /// Whether something else takes the place of a folder. What the point does not know may still lie in that folder (ignored
    /// files): the folder is put aside whole, and never removed unseen.
    #[must_use]
    pub fn replaces_folder(&self) -> bool {
        is_folder(self.before.as_ref()) && self.after.is_some() && !is_folder(self.after.as_ref())
    }

    /// Whether the contents stay, and only mode or owner become others.
    #[must_use]
    pub fn is_description(&self) -> bool {
        matches!((&self.before, &self.after), (Some(before), Some(after)) if before.content.is_same(&after.content))
    }
}

fn is_folder(thing: Option<&Thing>) -> bool {
    thing.is_some_and(|thing| thing.content == Content::Folder)
}

/// A ref that gets another value. The value of a symbolic ref is `ref: NAME`, as its file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefChange {
    /// Work tree of the repository, relative to the tree.
    pub repository: RawPath,
    /// Full name.
    pub name: String,
    /// What it is now, hex or `ref: NAME`; none when it is not there.
    pub before: Option<String>,
    /// What it will be, hex or `ref: NAME`; none when it was made since, and is removed because everything is to be exact.
    pub after: Option<String>,
}

/// What would have to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Paths, in order, each once. See [`Self::removals`] and [`Self::makings`] for the order to carry them out in.
    pub paths: Vec<Change>,
    /// Refs.
    pub refs: Vec<RefChange>,
    /// Names of environment variables that are known to differ.
    pub environment: Vec<String>,
    /// What is left alone with everything in it: repositories made since the point, which it knows nothing of; a folder with
    /// such a repository in it, where the point has something else.
    pub left: Vec<RawPath>,
    /// Repositories of the point that are not there now. Nothing in their folders is changed (but for the tree itself); they
    /// have to be brought back first.
    pub gone: Vec<RawPath>,
}

impl Changes {
    /// Whether nothing would change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.refs.is_empty()
    }

    /// What was made since, in the order in which it can be taken away: what lies in a folder before the folder. These come
    /// first, so that a folder is as empty as it can be before something else takes its place. A folder that still holds
    /// files which nobody captured stays.
    pub fn removals(&self) -> impl Iterator<Item = &Change> {
        self.paths.iter().rev().filter(|change| change.after.is_none())
    }

    /// What is made, replaced or described, in the order in which it can be: a folder before what lies in it. So a file that
    /// stands where a folder has to be is replaced before that folder is filled.
    pub fn makings(&self) -> impl Iterator<Item = &Change> {
        self.paths.iter().filter(|change| change.after.is_some())
    }
}

/// What would have to change in `now` to make `then` of it, as far as `scope` goes.
///
/// - Times alone are no difference.
/// - An absolute path that lies in the tree is never one: what lies there has a relative one.
/// - Files made since the point are changes without an `after`, if a capture would have taken them then too: what git
///   ignores or ignored then, what lies outside the tree, and what the point names as a gap is left alone. So are folders that do not
///   become empty.
/// - Folders above what is made are made too, whether or not they belong to the scope.
/// - Refs made since are changes only when everything is to be `exact`.
/// - The git state belongs to the scope's `git`, and goes into the git directory that is there now.
#[must_use]
pub fn compare(now: &State, then: &State, scope: &Scope, exact: bool) -> Changes {
    let (now, then) = (Side::new(now), Side::new(then));
    let same_names = now.state.point.contents == then.state.point.contents;
    let apart = Apart::of(&now, &then);
    // What was there and was not captured, for whatever reason.
    let ignored = then.state.point.repositories.iter().flat_map(|repository| &repository.ignored);
    let gaps: HashSet<&[u8]> =
        then.state.point.gaps.iter().map(|gap| &gap.path).chain(ignored).map(RawPath::bytes).collect();
    let is_gap = |path: &RawPath| {
        !gaps.is_empty()
            && (gaps.contains(path.bytes())
                || ancestors(path.bytes()).any(|folder| !folder.is_empty() && gaps.contains(folder)))
    };

    let mut changes = Changes::default();
    let mut asked = HashSet::new();
    // Folders made since, and what is made since and stays.
    let (mut folders, mut staying): (Vec<Item<'_>>, Vec<&RawPath>) = (Vec::new(), Vec::new());
    for (path, before, after) in pairs(&now, &then) {
        if path.is_absolute() && path.lies_in(&now.state.point.root.path) {
            // No capture says so, and the git directory could be reached that way.
            continue;
        }
        let wanted = scope.wants(path, before, after);
        if let Some(folder) = apart.covering(path) {
            if wanted && after.is_some() {
                asked.insert(folder);
            }
            if before.is_some() {
                staying.push(path);
            }
            continue;
        }
        match (before, after) {
            (Some(item), None) if !wanted || !is_since(item) || is_gap(path) => staying.push(path),
            (Some(item), None) if item.is_folder() => folders.push(item),
            (Some(one), Some(other)) if is_same_item(&now, one, &then, other, same_names) => {}
            _ if wanted => changes.paths.push(change(&now, before, &then, after)),
            _ => {}
        }
    }

    let needed = folders_above(&now, &then, &changes.paths);
    changes.paths.extend(needed);
    if !folders.is_empty() {
        let made = changes.paths.iter().filter(|change| change.after.is_some()).map(|change| &change.path);
        let full: HashSet<&[u8]> =
            made.chain(staying).chain(apart.left()).flat_map(|path| ancestors(path.bytes())).collect();
        folders.retain(|folder| !full.contains(folder.path().bytes()));
        changes.paths.extend(folders.into_iter().map(|folder| change(&now, Some(folder), &then, None)));
    }
    if scope.git {
        for repository in &now.state.point.repositories {
            if let Some(captured) = then.repositories.get(repository.path.bytes()) {
                changes.paths.extend(state_changes(repository, captured, same_names));
            }
        }
        changes.refs = ref_changes(&now, &then, exact);
    }
    if scope.config {
        changes.environment = environment::differing(&now.state.point, &then.state.point);
    }
    (changes.left, changes.gone) = apart.told((!scope.git).then_some(&asked));
    changes.paths.sort_by(|one, other| one.path.cmp(&other.path));
    changes.paths.dedup_by(|later, kept| later.path == kept.path);
    changes
}

/// Whether a capture would have taken it at any time, so that it was made since if the point has it not.
fn is_since(item: Item<'_>) -> bool {
    matches!(item.class().source, Source::Tracked | Source::Untracked | Source::Ignored)
}

fn change<'s>(now: &Side<'s>, before: Option<Item<'s>>, then: &Side<'s>, after: Option<Item<'s>>) -> Change {
    let class = |item: Option<Item<'_>>| item.map(Item::class);
    let (one, other) = (class(before), class(after));
    let either =
        |flag: fn(&Class) -> bool| one.as_ref().is_some_and(flag) || other.as_ref().is_some_and(flag);
    Change {
        path: before.or(after).map(|item| item.path().clone()).unwrap_or_default(),
        before: before.map(|item| now.thing(item)),
        after: after.map(|item| then.thing(item)),
        class: Class {
            source: other.or(one).unwrap_or_default().source,
            config: either(|class| class.config),
            security: either(|class| class.security),
        },
        in_git: before.is_some_and(Item::is_in_git),
    }
}

/// Folders of the point that are none now, and that something which is made lies in, without being among the changes.
fn folders_above(now: &Side<'_>, then: &Side<'_>, changes: &[Change]) -> Vec<Change> {
    let listed: HashSet<&[u8]> = changes.iter().map(|change| change.path.bytes()).collect();
    let mut seen = HashSet::new();
    let mut needed = Vec::new();
    for path in changes.iter().filter(|change| change.after.is_some()).map(|change| &change.path) {
        // Above a folder that was looked at already, all were.
        for folder in ancestors(path.bytes()).take_while(|folder| seen.insert(*folder)) {
            let (before, after) = (now.get(folder), then.get(folder));
            if !listed.contains(folder)
                && after.is_some_and(Item::is_folder)
                && !before.is_some_and(Item::is_folder)
            {
                needed.push(change(now, before, then, after));
            }
        }
    }
    needed
}

fn is_same_item<'s>(
    now: &Side<'s>,
    one: Item<'s>,
    then: &Side<'s>,
    other: Item<'s>,
    same_names: bool,
) -> bool {
    let look = now.look(one);
    look == then.look(other)
        && (same_names || !matches!(look, side::Look::Object(_)))
        && is_same_meta(
            one.meta(),
            other.meta(),
            matches!(look, side::Look::Link(_) | side::Look::LinkBlob(_)),
        )
}

/// Whether two things are known to be the same; `same_names` says whether equal names of objects mean equal contents.
fn is_same(one: &Thing, other: &Thing, same_names: bool) -> bool {
    let is_link = matches!(one.content, Content::Link(_) | Content::LinkBlob { .. });
    one.content.is_same(&other.content)
        && (same_names || !matches!(one.content, Content::Object(_)))
        && is_same_meta(one.meta, other.meta, is_link)
}

/// Mode and owner; the mode of a link means nothing.
fn is_same_meta(one: Meta, other: Meta, is_link: bool) -> bool {
    (one.mode == other.mode || is_link) && one.uid == other.uid && one.gid == other.gid
}
