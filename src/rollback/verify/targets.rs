//! What a restore would write, by a look at names, sizes and times alone: no contents are read.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::rollback::point::{Meta, Origin, RawPath, State, What};
use crate::rollback::tree::Place;

/// Something that would be written.
#[derive(Debug)]
pub(super) struct Target {
    /// As the point names it.
    pub(super) name: RawPath,
    /// Where it is.
    pub(super) path: PathBuf,
    /// The folder that it must not leave.
    pub(super) within: PathBuf,
    /// What it is to be besides its bytes.
    pub(super) meta: Meta,
    /// Bytes that are staged for it.
    pub(super) size: u64,
    /// Whether it is to be a folder.
    pub(super) folder: bool,
    /// What is there now.
    pub(super) now: Option<Metadata>,
}

/// What of a point is not there, or has another kind, size, mode, owner or time.
pub(super) fn targets(
    root: &Path,
    outside: Option<&Path>,
    state: &State,
    repositories: &BTreeMap<RawPath, Place>,
) -> Vec<Target> {
    let beyond = outside.unwrap_or(Path::new("/"));
    let mut all = Vec::new();
    let mut add = |name: RawPath, within: &Path, below: &RawPath, what: Wanted, meta: Meta| {
        let below = below.to_path();
        let path = within.join(below.strip_prefix("/").unwrap_or(&below));
        let now = path.symlink_metadata().ok();
        if now.as_ref().is_none_or(|now| differs(now, &what, meta)) {
            let size = if let Wanted::File(size) = what { size } else { 0 };
            let folder = matches!(what, Wanted::Folder);
            all.push(Target { name, path, within: within.to_owned(), meta, size, folder, now });
        }
    };
    for entry in &state.point.entries {
        let within = if entry.path.is_absolute() { beyond } else { root };
        add(entry.path.clone(), within, &entry.path, Wanted::of(&entry.what), entry.meta);
    }
    for item in &state.unchanged {
        let what = match item.origin {
            Origin::Blob(_) => Wanted::File(item.size),
            Origin::LinkBlob(_) => Wanted::Link,
            Origin::Folder => Wanted::Folder,
        };
        add(item.path.clone(), root, &item.path, what, item.meta);
    }
    for repository in &state.point.repositories {
        let Some(place) = repositories.get(&repository.path) else { continue };
        for entry in &repository.state {
            let name = repository.git_dir.join(entry.path.bytes());
            add(name, &place.git_dir, &entry.path, Wanted::of(&entry.what), entry.meta);
        }
    }
    all
}

/// What something is to be.
enum Wanted {
    File(u64),
    Link,
    Folder,
}

impl Wanted {
    const fn of(what: &What) -> Self {
        match what {
            What::File { size, .. } => Self::File(*size),
            What::Link { .. } => Self::Link,
            What::Folder {} => Self::Folder,
        }
    }
}

fn differs(now: &Metadata, wanted: &Wanted, meta: Meta) -> bool {
    let is_kind = match wanted {
        Wanted::File(size) => now.is_file() && now.len() == *size,
        Wanted::Link => now.is_symlink(),
        Wanted::Folder => now.is_dir(),
    };
    let (is_link, is_folder) = (matches!(wanted, Wanted::Link), matches!(wanted, Wanted::Folder));
    let is_time = now.mtime() == meta.seconds && now.mtime_nsec() == i64::from(meta.nanoseconds);
    !is_kind
        || (now.uid(), now.gid()) != (meta.uid, meta.gid)
        || (!is_link && now.permissions().mode() & 0o7777 != meta.mode)
        // A folder's time changes with what lies in it.
        || (!is_folder && !is_time)
}
