//! What the checks of dependencies share: every file that names packages, parsed once, whichever check meets it first,
//! and put together after the last one was read.

mod assemble;
mod graph;
mod locks;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::engine::{Entry, EntryKind, File, Want};
use crate::formats::fault::Fault;
use crate::formats::lockfile::{self, Lockfile, Script};
use crate::formats::os_release::Distribution;
use crate::formats::package::Package;
use crate::formats::sbom::{self, Sbom};
use crate::formats::{declared, os_release};
use crate::report::{InventorySource, PathRole};

pub use assemble::{Assembled, DeclaredSource, SbomSource, Source};
pub use graph::Ways;
pub use locks::{Locks, is_central};

/// The packages of a tree. Shared by the checks of one run; a new run needs a new one.
#[derive(Default)]
pub struct Inventory {
    taken: Mutex<BTreeMap<String, Taken>>,
    root: OnceLock<PathBuf>,
    assembled: OnceLock<Arc<Assembled>>,
    /// Paths that are read as SBOMs whatever they are called, relative to the tree.
    named_sboms: Vec<String>,
}

// The packages of a tree are thousands of lines, and file contents have no place in a log.
impl fmt::Debug for Inventory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Inventory").finish_non_exhaustive()
    }
}

/// One file, parsed.
#[derive(Debug)]
struct Taken {
    role: Option<PathRole>,
    contents: Contents,
}

#[derive(Debug)]
enum Contents {
    Locked(lockfile::Kind, Result<Lockfile, Fault>),
    Declared(declared::Kind, Result<declared::Declared, Fault>),
    Sbom(Box<Result<Sbom, Fault>>),
    Release(Result<Distribution, Fault>),
    /// Names packages in a form that is not read, and why.
    Unreadable(&'static str),
    /// A project file that is not read and asks for packages; a lock file may speak for it.
    Script(&'static Script),
    /// Named as an SBOM, and not there.
    Absent,
    /// Larger than the bound on files, or it changed while it was read.
    NotWhole,
    /// A link, by what it names as written. Links are not followed.
    Link(String),
}

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Locked(lockfile::Kind),
    Declared(declared::Kind),
    Sbom,
    Release,
    Unreadable(&'static str),
    /// If it asks for packages.
    Script,
}

impl Inventory {
    /// An inventory that also reads files of any name as SBOMs.
    #[must_use]
    pub fn with_sboms(named_sboms: Vec<String>) -> Self {
        Self { named_sboms, ..Self::default() }
    }

    /// Told once where the tree is, so that files that a lock file includes can be read.
    pub(super) fn begin(&self, root: &std::path::Path) {
        let _ = self.root.set(root.to_owned());
    }

    /// Files that must be read even when git ignores them.
    pub(super) fn named(&self) -> Vec<String> {
        self.named_sboms.clone()
    }

    /// Whether a file names packages; by its name alone.
    pub(super) fn wants(&self, entry: &Entry) -> Want {
        match self.role(&entry.path) {
            Some(_) if entry.is_file() => Want::Bytes,
            // Not followed, but what such a link names is not known.
            Some(_) => Want::Name,
            None => Want::Nothing,
        }
    }

    /// Whether a file names packages, by its path.
    pub fn knows(&self, path: &str) -> bool {
        self.role(path).is_some()
    }

    /// Whether a file is an SBOM, by its name or because it was named as one.
    pub(super) fn is_sbom(&self, path: &str) -> bool {
        self.role(path) == Some(Role::Sbom)
    }

    fn role(&self, path: &str) -> Option<Role> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if self.named_sboms.iter().any(|named| named == path) || sbom::is_sbom_name(name) {
            Some(Role::Sbom)
        } else if let Some(kind) = lockfile::Kind::of_path(path) {
            Some(Role::Locked(kind))
        } else if let Some(kind) = declared::Kind::of_name(name) {
            Some(Role::Declared(kind))
        } else if os_release::is_os_release_path(path) {
            Some(Role::Release)
        } else {
            let unreadable = lockfile::UNREADABLE.iter().find(|(ending, _)| {
                path.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('/'))
            });
            let unreadable = unreadable.map(|(_, reason)| Role::Unreadable(reason));
            unreadable.or_else(|| Script::of_path(path).map(|_| Role::Script))
        }
    }

    /// Takes a file that was read, unless another check brought it already.
    pub(super) fn take(&self, file: &File<'_>) {
        if let EntryKind::Link(target) = &file.entry.kind {
            return self.take_link(&file.entry.path, file.entry.role, target);
        }
        let whole = file.whole && !file.changed;
        self.take_bytes(&file.entry.path, file.entry.role, whole.then(|| file.contents.bytes()));
    }

    fn take_link(&self, path: &str, role: Option<PathRole>, target: &str) {
        // A release that is not known makes its packages ones that cannot be judged anyway.
        if self.role(path).is_some_and(|what| what != Role::Release) {
            let contents = Contents::Link(target.to_owned());
            self.taken().entry(path.to_owned()).or_insert(Taken { role, contents });
        }
    }

    /// Takes the contents of a file; none for a file that could not be read whole.
    pub fn take_bytes(&self, path: &str, role: Option<PathRole>, bytes: Option<&[u8]>) {
        if self.taken().contains_key(path) {
            return;
        }
        let Some(what) = self.role(path) else { return };
        let contents = match (what, bytes) {
            (Role::Unreadable(reason), _) => Contents::Unreadable(reason),
            (_, None) => Contents::NotWhole,
            (Role::Script, Some(bytes)) => match Script::asking(path, bytes) {
                Some(script) => Contents::Script(script),
                None => return,
            },
            (Role::Locked(kind), Some(bytes)) => Contents::Locked(kind, lockfile::parse(kind, bytes)),
            (Role::Declared(kind), Some(bytes)) => Contents::Declared(kind, declared::parse(kind, bytes)),
            (Role::Sbom, Some(bytes)) => Contents::Sbom(Box::new(sbom::parse(bytes))),
            (Role::Release, Some(bytes)) => Contents::Release(os_release::parse(bytes)),
        };
        self.taken().insert(path.to_owned(), Taken { role, contents });
    }

    /// Everything that was taken, put together; made at the first call, after which nothing more is taken in.
    pub fn assembled(&self) -> Arc<Assembled> {
        let make = || {
            let mut taken = std::mem::take(&mut *self.taken());
            for path in &self.named_sboms {
                let absent = || Taken { role: None, contents: Contents::Absent };
                taken.entry(path.clone()).or_insert_with(absent);
            }
            Arc::new(assemble::assemble(taken, self.root.get().map(PathBuf::as_path)))
        };
        Arc::clone(self.assembled.get_or_init(make))
    }

    // A thread that panicked while it held the lock left whole values behind: they are only inserted.
    fn taken(&self) -> MutexGuard<'_, BTreeMap<String, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The packages of everything that was read, by file.
#[must_use]
pub fn packages(assembled: &Assembled) -> Vec<(String, Vec<Package>)> {
    let locked = assembled.sources.iter().map(|source| (source.path.clone(), source.file.packages.clone()));
    let boms = assembled
        .sboms
        .iter()
        .filter_map(|bom| Some((bom.path.clone(), bom.contents.as_ref().ok()?.packages.clone())));
    locked.chain(boms).collect()
}

impl Assembled {
    /// The packages by file, as reports list them.
    #[must_use]
    pub fn listed(&self) -> Vec<InventorySource> {
        let locked = self.sources.iter().map(|source| (&source.path, &source.format, &source.file.packages));
        let boms = self.sboms.iter().filter_map(|sbom| {
            sbom.contents.as_ref().ok().map(|contents| (&sbom.path, &contents.format, &contents.packages))
        });
        let mut listed: Vec<InventorySource> = locked
            .chain(boms)
            .map(|(path, format, packages)| {
                let mut names: Vec<String> = packages
                    .iter()
                    .filter(|package| package.origin != crate::formats::package::Origin::Own)
                    .map(assemble::identity)
                    .collect();
                names.sort_unstable();
                names.dedup();
                InventorySource { path: path.clone(), format: format.clone(), packages: names }
            })
            .collect();
        listed.sort_by(|one, other| one.path.cmp(&other.path));
        listed
    }
}
