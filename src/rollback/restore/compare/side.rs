//! One of the two states, path by path.

use std::collections::HashMap;

use super::{Content, Thing};
use crate::rollback::point::{
    Class, Entry, LfsFile, Meta, ObjectId, Origin, RawPath, Repository, State, Unchanged, What,
};

/// Something of a state, however the state has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'s> {
    /// Captured byte by byte.
    Entry(&'s Entry),
    /// Git can give it back, or it is a folder.
    Clean(&'s Unchanged),
}

impl<'s> Item<'s> {
    pub(super) const fn path(self) -> &'s RawPath {
        match self {
            Self::Entry(entry) => &entry.path,
            Self::Clean(clean) => &clean.path,
        }
    }

    /// Its class; what is unchanged is tracked, and no more is known of it.
    pub(super) fn class(self) -> Class {
        match self {
            Self::Entry(entry) => entry.class,
            Self::Clean(_) => Class::default(),
        }
    }

    pub(super) const fn is_folder(self) -> bool {
        match self {
            Self::Entry(entry) => matches!(entry.what, What::Folder {}),
            Self::Clean(clean) => matches!(clean.origin, Origin::Folder),
        }
    }

    /// Whether git can give it back: a file or a link that is unchanged.
    pub(super) const fn is_in_git(self) -> bool {
        matches!(self, Self::Clean(clean) if !matches!(clean.origin, Origin::Folder))
    }

    pub(super) const fn meta(self) -> Meta {
        match self {
            Self::Entry(entry) => entry.meta,
            Self::Clean(clean) => clean.meta,
        }
    }
}

/// What something is, borrowed: equal when the contents are known to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look<'s> {
    Object(ObjectId),
    Blob(&'s str),
    Lfs(&'s str),
    Link(&'s RawPath),
    LinkBlob(&'s str),
    Folder,
}

/// A state with what is looked up in it.
pub(super) struct Side<'s> {
    pub(super) state: &'s State,
    /// By path.
    pub(super) repositories: HashMap<&'s [u8], &'s Repository>,
    /// Files of Git LFS whose contents are there, by path.
    lfs: HashMap<&'s [u8], &'s LfsFile>,
}

impl<'s> Side<'s> {
    pub(super) fn new(state: &'s State) -> Self {
        let repositories = &state.point.repositories;
        let present = repositories.iter().flat_map(|repository| &repository.lfs).filter(|file| file.present);
        Self {
            state,
            repositories: repositories
                .iter()
                .map(|repository| (repository.path.bytes(), repository))
                .collect(),
            lfs: present.map(|file| (file.path.bytes(), file)).collect(),
        }
    }

    /// All that the state has, in order of paths. What stands in both of its lists is what was captured.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'s>> + use<'s> {
        let mut entries = self.state.point.entries.iter().peekable();
        let mut unchanged = self.state.unchanged.iter().peekable();
        std::iter::from_fn(move || match (entries.peek(), unchanged.peek()) {
            (Some(entry), Some(clean)) if clean.path < entry.path => unchanged.next().map(Item::Clean),
            (Some(entry), Some(clean)) => {
                if clean.path == entry.path {
                    unchanged.next();
                }
                entries.next().map(Item::Entry)
            }
            (Some(_), None) => entries.next().map(Item::Entry),
            (None, _) => unchanged.next().map(Item::Clean),
        })
    }

    /// What is at a path.
    pub(super) fn get(&self, path: &[u8]) -> Option<Item<'s>> {
        let entries = &self.state.point.entries;
        if let Ok(at) = entries.binary_search_by(|entry| entry.path.bytes().cmp(path)) {
            return entries.get(at).map(Item::Entry);
        }
        let unchanged = &self.state.unchanged;
        let at = unchanged.binary_search_by(|clean| clean.path.bytes().cmp(path)).ok()?;
        unchanged.get(at).map(Item::Clean)
    }

    pub(super) fn look(&self, item: Item<'s>) -> Look<'s> {
        match item {
            Item::Entry(entry) => match &entry.what {
                What::File { object, .. } => Look::Object(*object),
                What::Link { target } => Look::Link(target),
                What::Folder {} => Look::Folder,
            },
            Item::Clean(clean) => match &clean.origin {
                Origin::Blob(oid) => self
                    .lfs
                    .get(clean.path.bytes())
                    .map_or(Look::Blob(oid), |file| Look::Lfs(file.sha256.as_str())),
                Origin::LinkBlob(oid) => Look::LinkBlob(oid),
                Origin::Folder => Look::Folder,
            },
        }
    }

    /// It, with where its contents come from.
    pub(super) fn thing(&self, item: Item<'s>) -> Thing {
        let size = match item {
            Item::Entry(Entry { what: What::File { size, .. }, .. }) => *size,
            Item::Entry(_) => 0,
            Item::Clean(clean) => clean.size,
        };
        let repository = || self.owner(item.path());
        let content = match self.look(item) {
            Look::Object(object) => Content::Object(object),
            Look::Blob(oid) => Content::Blob { repository: repository(), oid: oid.to_owned() },
            Look::Lfs(sha256) => Content::Lfs { repository: repository(), sha256: sha256.to_owned() },
            Look::Link(target) => Content::Link(target.clone()),
            Look::LinkBlob(oid) => Content::LinkBlob { repository: repository(), oid: oid.to_owned() },
            Look::Folder => Content::Folder,
        };
        Thing { content, meta: item.meta(), size }
    }

    /// The repository that a path belongs to: the deepest one above it.
    fn owner(&self, path: &RawPath) -> RawPath {
        let owner = ancestors(path.bytes()).find(|folder| self.repositories.contains_key(folder));
        RawPath::from_bytes(owner.unwrap_or_default())
    }
}

/// The folders above a path, the nearest first; of a relative path, the empty one last.
pub(super) fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    fn above(path: &[u8]) -> Option<&[u8]> {
        match path.iter().rposition(|byte| *byte == b'/') {
            Some(0) => (path.len() > 1).then_some(b"/"),
            Some(at) => path.get(..at),
            None => (!path.is_empty()).then_some(b""),
        }
    }
    std::iter::successors(above(path), |folder| above(folder))
}

/// The two states side by side, in order of paths.
pub(super) fn pairs<'s>(
    now: &Side<'s>,
    then: &Side<'s>,
) -> impl Iterator<Item = (&'s RawPath, Option<Item<'s>>, Option<Item<'s>>)> + use<'s> {
    let (mut now, mut then) = (now.items().peekable(), then.items().peekable());
    std::iter::from_fn(move || {
        let order = match (now.peek(), then.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(one), Some(other)) => one.path().cmp(other.path()),
        };
        let one = if order.is_le() { now.next() } else { None };
        let other = if order.is_ge() { then.next() } else { None };
        let path = one.or(other)?.path();
        Some((path, one, other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_above() {
        let of = |path: &'static str| {
            ancestors(path.as_bytes()).map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(of("a/b/c"), ["a/b", "a", ""]);
        assert_eq!(of("/etc/app"), ["/etc", "/"]);
        assert!(of("").is_empty() && of("/").is_empty());
    }
}
