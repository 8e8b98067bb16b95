//! Whether what a restore would write can be written where it belongs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid, getgroups};

use super::problems::Problems;
use super::targets::Target;
use crate::rollback::FOLDER;

/// Bit of a folder's mode: only owners take things out of it.
const STICKY: u32 = 0o1000;

/// Why nothing can be written in a folder, and how many things should be.
struct Closed<'t> {
    words: String,
    first: &'t Target,
    more: u64,
}

pub(super) fn look(root: &Path, targets: &[Target], problems: &mut Problems) {
    let user = User::own();
    let to_folder: HashSet<&Path> =
        targets.iter().filter(|target| target.folder).map(|target| target.path.as_path()).collect();
    let mut folders: HashMap<PathBuf, Result<Option<Metadata>, String>> = HashMap::new();
    // Told by folder: a folder with a thousand files is one trouble.
    let mut closed: BTreeMap<PathBuf, Closed<'_>> = BTreeMap::new();
    for target in targets {
        let parent = target.path.parent().unwrap_or(&target.within);
        let open = folders
            .entry(parent.to_owned())
            .or_insert_with(|| open_folder(&target.within, parent, &to_folder));
        match open {
            Err(words) => {
                closed
                    .entry(parent.to_owned())
                    .and_modify(|closed| closed.more += 1)
                    .or_insert_with(|| Closed { words: words.clone(), first: target, more: 0 });
            }
            Ok(folder) => {
                if let Some(words) = refused(target, folder.as_ref(), &user) {
                    problems.add("RBK-005", &target.name, &words);
                }
            }
        }
    }
    for Closed { words, first, more } in closed.into_values() {
        let also = if more > 0 { format!(" ({more} more there)") } else { String::new() };
        problems.add("RBK-005", &first.name, &format!("{words}{also}"));
    }
    let own = root.join(FOLDER);
    if let Err(words) = open_folder(root, &own.join("restoring"), &HashSet::new()) {
        problems.add_at("RBK-005", FOLDER, &words);
    }
}

/// The user that runs this.
struct User {
    is_root: bool,
    id: u32,
    groups: HashSet<u32>,
}

impl User {
    fn own() -> Self {
        let id = geteuid();
        let groups = getgroups().unwrap_or_default().into_iter().chain([getegid()]);
        Self { is_root: id.is_root(), id: id.as_raw(), groups: groups.map(rustix::fs::Gid::as_raw).collect() }
    }
}

/// Why one thing cannot be written in a folder that is open.
fn refused(target: &Target, folder: Option<&Metadata>, user: &User) -> Option<String> {
    let (uid, gid) = (target.meta.uid, target.meta.gid);
    if !user.is_root && uid != user.id {
        return Some(format!("it belongs to the user {uid}, and only root can give files away"));
    }
    if !user.is_root && !user.groups.contains(&gid) {
        return Some(format!("it belongs to the group {gid}, which this user is not in"));
    }
    let now = target.now.as_ref()?;
    if is_locked(&target.path) {
        return Some("what is there is locked against changes (chattr +i or +a)".to_owned());
    }
    let is_sticky = folder.is_some_and(|folder| folder.mode() & STICKY != 0 && folder.uid() != user.id);
    if is_sticky && !user.is_root && now.uid() != user.id {
        return Some(
            "what is there belongs to another user, in a folder where only owners remove".to_owned(),
        );
    }
    None
}

/// The nearest folder above something that is there (none when it is the one that something has to make way for), if it can be
/// written to; `to_folder` are paths that become folders first, whatever is there now.
///
/// # Errors
/// Why it cannot, in words.
fn open_folder(within: &Path, folder: &Path, to_folder: &HashSet<&Path>) -> Result<Option<Metadata>, String> {
    let told = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut nearest = within.to_owned();
    let below = folder.strip_prefix(within).unwrap_or(Path::new(""));
    for part in below.components() {
        let next = nearest.join(part);
        match next.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => nearest = next,
            Ok(_) if to_folder.contains(next.as_path()) => break,
            Ok(metadata) if metadata.is_symlink() => {
                return Err(told(&next, &"it is a link, and a restore goes through none"));
            }
            Ok(_) => return Err(told(&next, &"it is no folder")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            Err(error) => return Err(told(&next, &error)),
        }
    }
    match access(&nearest, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if is_locked(&nearest) => {
            Err(told(&nearest, &"it is locked against changes (chattr +i or +a)"))
        }
        Ok(()) => Ok(nearest.symlink_metadata().ok()),
        Err(Errno::ROFS) => Err(told(&nearest, &"its file system is mounted read-only")),
        Err(Errno::ACCESS | Errno::PERM) => Err(told(&nearest, &"this user may not write there")),
        Err(error) => Err(told(&nearest, &std::io::Error::from(error))),
    }
}

/// Whether something has an attribute that keeps even root from changing it.
fn is_locked(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        let locks = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
        statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
            .is_ok_and(|found| found.stx_attributes.intersects(locks))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}
