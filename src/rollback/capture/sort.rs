//! What a walk found, sorted into what git can give back, what is captured byte by byte, and what is left alone. Pure:
//! nothing is read.

use std::collections::{BTreeMap, HashSet};
use std::iter::Peekable;

use super::notes::Notes;
use super::patterns::Patterns;
use super::take::Item;
use crate::rollback::point::{
    Class, Gap, Meta, Origin, RawPath, RepositoryKind, Source, StatusCounts, Unchanged,
};
use crate::rollback::tree::{Found, Ignored, Kind, Tracked};

/// Git's mode of a submodule.
const SUBMODULE: u32 = 0o160_000;
/// Git's mode of a link.
const LINK: u32 = 0o120_000;
/// Git's mode of a program.
const PROGRAM: u32 = 0o100_755;

/// What git knows of a work tree; all lists in order of paths.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Whether there is git here at all.
    pub git: bool,
    /// The index.
    pub tracked: Vec<Tracked>,
    /// What differs from it, or may.
    pub differing: Vec<RawPath>,
    /// What has other bytes than its blob, or may.
    pub converted: Vec<RawPath>,
    /// What is ignored.
    pub ignored: Ignored,
    /// Whether git failed, so that every tracked file is captured byte by byte.
    pub doubt: bool,
}

/// A tree, sorted. Paths are relative to the tree that is captured, not to the work tree.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// What git can give back, and folders.
    pub unchanged: Vec<Unchanged>,
    /// What is captured byte by byte.
    pub items: Vec<Item>,
    /// Repositories inside, whose insides were not walked.
    pub inner: Vec<(RawPath, RepositoryKind)>,
    /// Commits of submodules.
    pub submodules: Vec<(RawPath, String)>,
    /// What is ignored and is not captured: files, and whole folders.
    pub ignored: Vec<RawPath>,
    /// Counts; what is staged is not counted here.
    pub status: StatusCounts,
    /// What is in conflict, relative to the work tree.
    conflicts: Vec<RawPath>,
}

/// Sorts what was found in the work tree at `at`, which is relative to the tree.
pub(super) fn sort(
    at: &RawPath,
    known: Known,
    found: Vec<Found>,
    patterns: &Patterns,
    gaps: &mut Vec<Gap>,
    notes: &mut Notes,
) -> Sorted {
    let region = Region::new(&known.ignored);
    let mut sorting = Sorting {
        at,
        patterns,
        region: &region,
        ignored: Cursor(&known.ignored.files),
        folders: BTreeMap::new(),
        sorted: Sorted::default(),
        gaps,
        notes,
    };
    let (mut differing, mut converted) = (Cursor(&known.differing), Cursor(&known.converted));
    let mut tracked = known.tracked.into_iter().peekable();
    let mut index = std::iter::from_fn(|| next_path(&mut tracked)).peekable();
    for found in found {
        while let Some(entry) = index.next_if(|entry| entry.tracked.path < found.path) {
            sorting.sorted.seen(at, &entry);
        }
        let Some(entry) = index.next_if(|entry| entry.tracked.path == found.path) else {
            sorting.untracked(found);
            continue;
        };
        sorting.sorted.seen(at, &entry);
        // Each list is asked of each path, so that it is gone through in step.
        let (differs, converts) = (differing.has(&found.path), converted.has(&found.path));
        sorting.tracked(found, entry, differs || converts || known.doubt);
    }
    index.for_each(|entry| sorting.sorted.seen(at, &entry));
    let mut sorted = sorting.sorted;
    let ignored = known.ignored.files.iter().chain(&known.ignored.folders);
    sorted.ignored = ignored.map(|path| at.join(path.bytes())).collect();
    sorted.ignored.sort_unstable();
    let mut conflicts = Cursor(&sorted.conflicts);
    let changed = known.differing.iter().filter(|path| !conflicts.has(path)).count();
    sorted.status.changed = changed as u64;
    sorted.status.conflicted = sorted.conflicts.len() as u64;
    if !known.git {
        sorted.status = StatusCounts::default();
    }
    sorted
}

/// A path of the index.
struct Indexed {
    tracked: Tracked,
    conflict: bool,
}

/// The next path of the index; of a conflict all stages are one.
fn next_path(tracked: &mut Peekable<impl Iterator<Item = Tracked>>) -> Option<Indexed> {
    let first = tracked.next()?;
    let mut conflict = first.stage != 0;
    while tracked.next_if(|next| next.path == first.path).is_some() {
        conflict = true;
    }
    Some(Indexed { tracked: first, conflict })
}

impl Sorted {
    /// Counts an entry of the index.
    fn seen(&mut self, at: &RawPath, entry: &Indexed) {
        if entry.conflict {
            self.conflicts.push(entry.tracked.path.clone());
        }
        if entry.tracked.mode == SUBMODULE {
            self.submodules.push((at.join(entry.tracked.path.bytes()), entry.tracked.oid.clone()));
        }
    }
}

/// A list in order, asked for one path after the other, in order.
struct Cursor<'l>(&'l [RawPath]);

impl Cursor<'_> {
    fn has(&mut self, path: &RawPath) -> bool {
        while let Some((first, rest)) = self.0.split_first() {
            match first.cmp(path) {
                std::cmp::Ordering::Less => self.0 = rest,
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Greater => return false,
            }
        }
        false
    }
}

/// Folders of which everything is ignored.
#[derive(Debug, Default)]
pub(super) struct Region(HashSet<Vec<u8>>);

impl Region {
    /// Those of a work tree.
    pub(super) fn new(ignored: &Ignored) -> Self {
        Self(ignored.folders.iter().map(|path| path.bytes().to_vec()).collect())
    }

    /// Whether a path is one of them or lies in one.
    pub(super) fn has(&self, path: &RawPath) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let bytes = path.bytes();
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let mut above = std::iter::once(0).chain(ends).chain([bytes.len()]);
        above.any(|end| bytes.get(..end).is_some_and(|folder| self.0.contains(folder)))
    }
}

struct Sorting<'s> {
    at: &'s RawPath,
    patterns: &'s Patterns,
    region: &'s Region,
    ignored: Cursor<'s>,
    /// Ignored folders that were entered: what is captured in them needs them.
    folders: BTreeMap<RawPath, Meta>,
    sorted: Sorted,
    gaps: &'s mut Vec<Gap>,
    notes: &'s mut Notes,
}

impl Sorting<'_> {
    /// A path as the point has it.
    fn path(&self, path: RawPath) -> RawPath {
        if self.at.is_empty() { path } else { self.at.join(path.bytes()) }
    }

    fn tracked(&mut self, found: Found, entry: Indexed, differs: bool) {
        let Indexed { tracked: Tracked { mode, oid, hidden, .. }, conflict } = entry;
        let (kind, meta, size) = (found.kind, found.meta, found.size);
        if kind == Kind::Folder {
            let inner = if mode == SUBMODULE { RepositoryKind::Submodule } else { RepositoryKind::Nested };
            self.folder(found, inner);
            return;
        }
        let path = self.path(found.path);
        let same = match kind {
            Kind::File => mode & 0o170_000 == 0o100_000 && (meta.mode & 0o100 != 0) == (mode == PROGRAM),
            Kind::Link => mode == LINK,
            _ => false,
        };
        let marks = self.patterns.marks(&path);
        if !same || differs || conflict || hidden || marks.is_protected() {
            let class = Class { source: Source::Tracked, config: marks.config, security: marks.security };
            self.item(path, kind, meta, class);
            return;
        }
        let origin = if kind == Kind::Link { Origin::LinkBlob(oid) } else { Origin::Blob(oid) };
        self.sorted.unchanged.push(Unchanged { path, origin, meta, size });
    }

    fn untracked(&mut self, found: Found) {
        let listed = self.ignored.has(&found.path);
        let ignored = listed || self.region.has(&found.path);
        if !ignored && found.kind == Kind::Folder {
            if found.repository {
                self.sorted.status.untracked += 1;
            }
            self.folder(found, RepositoryKind::Nested);
            return;
        }
        let Found { path, kind, meta, repository, .. } = found;
        let path = self.path(path);
        if ignored && kind == Kind::Folder {
            if repository {
                self.notes.ignored_repositories.add(&path);
            } else if self.patterns.reach_into(&path) {
                self.folders.insert(path, meta);
            }
            return;
        }
        let marks = self.patterns.marks(&path);
        let kept = matches!(kind, Kind::File | Kind::Link);
        if ignored && !(marks.is_wanted() && kept) {
            return;
        }
        let source = if ignored { Source::Ignored } else { Source::Untracked };
        if !ignored && kept {
            self.sorted.status.untracked += 1;
        }
        if ignored {
            self.folders_above(&path);
        }
        self.item(path, kind, meta, Class { source, config: marks.config, security: marks.security });
    }

    fn folder(&mut self, found: Found, inner: RepositoryKind) {
        let path = self.path(found.path);
        if found.repository {
            self.sorted.inner.push((path.clone(), inner));
        }
        let origin = Origin::Folder;
        self.sorted.unchanged.push(Unchanged { path, origin, meta: found.meta, size: 0 });
    }

    /// Ignored folders stand in no list of unchanged things, so that those that something is captured in are captured too.
    fn folders_above(&mut self, path: &RawPath) {
        let mut above = path.parent();
        while let Some(folder) = above {
            above = folder.parent();
            let Some(meta) = self.folders.remove(&folder) else { return };
            let class = Class { source: Source::Ignored, ..Class::default() };
            self.sorted.items.push(Item::new(folder, Kind::Folder, meta, class));
        }
    }

    fn item(&mut self, path: RawPath, kind: Kind, meta: Meta, class: Class) {
        match kind {
            Kind::File | Kind::Link | Kind::Folder => {
                self.sorted.items.push(Item::new(path, kind, meta, class));
            }
            // Programs make them when they start.
            Kind::Socket => self.notes.sockets.add(&path),
            Kind::Pipe => self.gaps.push(Gap { path, reason: "a pipe is not captured".to_owned() }),
            Kind::Device => self.gaps.push(Gap { path, reason: "a device is not captured".to_owned() }),
        }
    }
}
