//! What differs in git directories: the files that keep head, index and operations in progress, and refs.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::side::{Side, ancestors};
use super::{Change, Content, RefChange, Thing, is_same};
use crate::rollback::point::{Class, Entry, Meta, RawPath, Repository, Source, What, is_state};

/// Something of a git directory; whether it was only concluded to be there, from what lies in it.
type Kept = (Thing, bool);

/// Changes of the git state of one repository that is in both states. Their paths lie below the git directory that is there
/// now, wherever the point had it. Folders with state files in them are not captured themselves: those that lost all of
/// them since or have to be made are concluded, with mode 0755 and the owner of what lies in them.
pub(super) fn state_changes(now: &Repository, then: &Repository, same_names: bool) -> Vec<Change> {
    let (one, other) = (kept(&now.state), kept(&then.state));
    let names: BTreeSet<&RawPath> = one.keys().chain(other.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let (before, after) = (one.get(name), other.get(name));
        let equal = match (before, after) {
            (Some((before, concluded)), Some((after, concluded_too))) => {
                is_same(before, after, same_names)
                    || ((*concluded || *concluded_too)
                        && before.content == Content::Folder
                        && after.content == Content::Folder)
            }
            _ => false,
        };
        if !equal {
            changes.push(Change {
                path: now.git_dir.join(name.bytes()),
                before: before.map(|(thing, _)| thing.clone()),
                after: after.map(|(thing, _)| thing.clone()),
                class: Class { source: Source::Git, ..Class::default() },
                in_git: false,
            });
        }
    }
    changes
}

fn kept(state: &[Entry]) -> BTreeMap<RawPath, Kept> {
    let mut all = BTreeMap::new();
    for entry in state {
        for folder in ancestors(entry.path.bytes()).map(RawPath::from_bytes) {
            // `info` holds a state file and is none of the folders that operations make.
            if is_state(&folder) {
                let meta = Meta { mode: 0o755, ..entry.meta };
                all.entry(folder).or_insert((Thing { content: Content::Folder, meta, size: 0 }, true));
            }
        }
    }
    for entry in state {
        let (content, size) = match &entry.what {
            What::File { object, size } => (Content::Object(*object), *size),
            What::Link { target } => (Content::Link(target.clone()), 0),
            What::Folder {} => (Content::Folder, 0),
        };
        all.insert(entry.path.clone(), (Thing { content, meta: entry.meta, size }, false));
    }
    all
}

/// Refs of repositories that are in both states and differ; those made since only if everything is to be `exact`. Work trees
/// that share their refs tell them once, and each its own (`refs/bisect`, `refs/worktree`, `refs/rewritten`).
pub(super) fn ref_changes(now: &Side<'_>, then: &Side<'_>, exact: bool) -> Vec<RefChange> {
    let mut shared = HashSet::new();
    let mut changes = Vec::new();
    for repository in &now.state.point.repositories {
        let Some(captured) = then.repositories.get(repository.path.bytes()) else { continue };
        let is_first = shared.insert(&repository.common_dir);
        let (one, other) = (refs(repository), refs(captured));
        let names: BTreeSet<&str> = one.keys().chain(other.keys()).copied().collect();
        for name in names {
            let (before, after) = (one.get(name), other.get(name));
            if before != after && (after.is_some() || exact) && (is_first || is_of_work_tree(name)) {
                changes.push(RefChange {
                    repository: repository.path.clone(),
                    name: name.to_owned(),
                    before: before.cloned(),
                    after: after.cloned(),
                });
            }
        }
    }
    changes
}

/// Refs by name; the value of one that leads to another says so.
fn refs(repository: &Repository) -> BTreeMap<&str, String> {
    let plain = repository.refs.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let leading = repository.symbolic.iter().map(|(name, target)| (name.as_str(), format!("ref: {target}")));
    plain.chain(leading).collect()
}

fn is_of_work_tree(name: &str) -> bool {
    ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].iter().any(|start| name.starts_with(start))
}

/// What is not compared, because a repository is there in one state alone.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// Folders of repositories that were made since, or what has to stay because one lies in it.
    left: BTreeSet<RawPath>,
    /// Folders of repositories that are not there any more.
    gone: BTreeSet<RawPath>,
    /// Files `.git` of repositories whose git directory is another one now.
    moved: HashSet<RawPath>,
}

impl Apart {
    pub(super) fn of(now: &Side<'_>, then: &Side<'_>) -> Self {
        let mut apart = Self::default();
        for repository in &now.state.point.repositories {
            let path = &repository.path;
            match then.repositories.get(path.bytes()) {
                Some(captured) if captured.git_dir != repository.git_dir => {
                    apart.moved.insert(path.join(b".git"));
                }
                Some(_) => {}
                // Only its git directory is new, not the tree.
                None if path.is_empty() => {
                    apart.left.insert(repository.git_dir.clone());
                }
                None => {
                    // What stood in the place of a folder above it would take the whole folder away.
                    let above = ancestors(path.bytes())
                        .filter(|folder| then.get(folder).is_some_and(|item| !item.is_folder()))
                        .last();
                    apart.left.insert(above.map_or_else(|| path.clone(), RawPath::from_bytes));
                }
            }
        }
        for repository in &then.state.point.repositories {
            if !now.repositories.contains_key(repository.path.bytes()) {
                apart.gone.insert(repository.path.clone());
            }
        }
        apart
    }

    /// The folder on whose account a path is not compared.
    pub(super) fn covering(&self, path: &RawPath) -> Option<RawPath> {
        if self.left.is_empty() && self.gone.is_empty() && self.moved.is_empty() {
            return None;
        }
        let covers = |folder: &RawPath| {
            !folder.is_empty() && (self.left.contains(folder) || self.gone.contains(folder))
        };
        if covers(path) || self.moved.contains(path) {
            return Some(path.clone());
        }
        ancestors(path.bytes()).map(RawPath::from_bytes).find(covers)
    }

    /// What is left alone, and which repositories are gone: all of them, or those only of which something was asked for.
    pub(super) fn told(self, asked: Option<&HashSet<RawPath>>) -> (Vec<RawPath>, Vec<RawPath>) {
        let told = |paths: BTreeSet<RawPath>| {
            paths.into_iter().filter(|path| asked.is_none_or(|asked| asked.contains(path))).collect()
        };
        (told(self.left), told(self.gone))
    }

    /// Paths that stay as they are.
    pub(super) fn left(&self) -> impl Iterator<Item = &RawPath> {
        self.left.iter()
    }
}
