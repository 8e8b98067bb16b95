//! Files taken as they are at one moment: one that changes while it is read is read again.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, PoisonError};

use super::Taken;
use super::key::{Naming, StoreKey};
use super::object::{Packed, Packer};
use crate::crypto::streaming::EncryptError;
use crate::host::files::open_regular;
use crate::rollback::point::{Meta, ObjectId};

/// How often a file that changes is read.
pub(super) const TRIES: u32 = 3;
/// Bytes that files which are being read and packed may take in memory together.
const ROOM: u64 = 32 << 20;
/// What a file takes besides its bytes.
const FIXED: u64 = 64 << 10;
/// What is said of a file that is never the same twice.
pub(super) const RESTLESS: &str = "it kept changing while it was read";

/// What tells that a file was not written to.
#[derive(PartialEq, Eq)]
pub(super) struct Moment(u64, [i64; 4], [u64; 2]);

impl Moment {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
        Self(metadata.len(), times, [metadata.dev(), metadata.ino()])
    }

    #[cfg(not(unix))]
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
        let nanoseconds = modified.map_or(0, |time| time.as_microsecond());
        Self(metadata.len(), [nanoseconds, 0, 0, 0], [0, 0])
    }
}

/// What there is to say of a file besides its contents.
pub(super) fn taken(object: ObjectId, file: &File, metadata: &Metadata) -> Result<Taken, String> {
    #[cfg(unix)]
    let (meta, names) = {
        use std::os::unix::fs::MetadataExt as _;
        let meta = Meta {
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            seconds: metadata.mtime(),
            nanoseconds: u32::try_from(metadata.mtime_nsec()).unwrap_or(0),
        };
        (meta, metadata.nlink())
    };
    #[cfg(not(unix))]
    let (meta, names) = (Meta::default(), 1);
    Ok(Taken { object, size: metadata.len(), meta, names, attributes: attributes(file)? })
}

/// What cannot be read, in words.
pub(super) fn unread(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

/// Names of extended attributes that somebody set. Those that the system itself gives every file, and gives again, are none.
#[cfg(target_os = "linux")]
fn attributes(file: &File) -> Result<Vec<String>, String> {
    use rustix::io::Errno;
    // No list is longer than this on Linux (XATTR_LIST_MAX).
    const LONGEST: usize = 64 << 10;
    let mut short = [0; 512];
    let mut long = Vec::new();
    let list = match rustix::fs::flistxattr(file, &mut short[..]) {
        Ok(length) => short.get(..length),
        Err(Errno::RANGE) => {
            long.resize(LONGEST, 0);
            match rustix::fs::flistxattr(file, &mut long[..]) {
                Ok(length) => long.get(..length),
                Err(error) => return Err(format!("its extended attributes cannot be listed: {error}")),
            }
        }
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => None,
        Err(error) => return Err(format!("its extended attributes cannot be listed: {error}")),
    };
    let names = list.unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let names = names.map(|name| String::from_utf8_lossy(name).into_owned());
    Ok(names.filter(|name| !is_of_the_system(name)).collect())
}

#[cfg(not(target_os = "linux"))]
fn attributes(_: &File) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

/// Labels and measurements of security modules, and what file systems show as attributes although it is their own.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "attributes are listed on Linux only"))]
fn is_of_the_system(name: &str) -> bool {
    const OWN: &[&str] = &["security.selinux", "security.ima", "security.evm", "security.apparmor"];
    const GROUPS: &[&str] =
        &["security.SMACK64", "system.nfs4_", "trusted.overlay.", "system.cifs_", "system.ntfs_"];
    OWN.contains(&name) || GROUPS.iter().any(|group| name.starts_with(group))
}

/// Room in memory that is waited for.
pub(super) struct Room {
    left: Mutex<u64>,
    freed: Condvar,
}

impl Room {
    pub(super) const fn new() -> Self {
        Self { left: Mutex::new(ROOM), freed: Condvar::new() }
    }

    /// Waits until there is room for `bytes`; what was taken, which is to be given back.
    fn take(&self, bytes: u64) -> u64 {
        let bytes = bytes.min(ROOM);
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        while *left < bytes {
            left = self.freed.wait(left).unwrap_or_else(PoisonError::into_inner);
        }
        *left -= bytes;
        bytes
    }

    pub(super) fn give_back(&self, bytes: u64) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) += bytes;
        self.freed.notify_all();
    }
}

/// What became of one file.
pub(super) enum Outcome {
    /// It was taken, and is to be stored if it is new; or it cannot be taken.
    Done(Result<(Taken, Option<Packed>), String>),
    /// It is too large to be held in memory.
    Large,
    /// It cannot be encrypted: nothing can.
    Failed(EncryptError),
}

/// Several workers at one list of files.
pub(super) struct Work<'a> {
    pub(super) paths: &'a [PathBuf],
    /// The first that nobody has yet.
    pub(super) next: AtomicUsize,
    /// Nobody needs the rest any more.
    pub(super) stop: AtomicBool,
    pub(super) room: Room,
    pub(super) key: Option<&'a StoreKey>,
    /// Files of more bytes are not read whole.
    pub(super) whole: u64,
    /// Whether an object is new, asked once for each; none when nothing is stored.
    pub(super) is_new: Option<&'a (dyn Fn(ObjectId) -> bool + Sync)>,
}

impl Work<'_> {
    /// Takes files until there are no more: number, outcome and the room to be given back.
    pub(super) fn run(&self, to: &Sender<(usize, Outcome, u64)>) {
        let mut packer = Packer::new(self.key.cloned());
        loop {
            let at = self.next.fetch_add(1, Relaxed);
            let Some(path) = self.paths.get(at).filter(|_| !self.stop.load(Relaxed)) else { return };
            let mut held = 0;
            let outcome = self.take(path, &mut packer, &mut held);
            if to.send((at, outcome, held)).is_err() {
                return;
            }
        }
    }

    fn take(&self, path: &Path, packer: &mut Packer, held: &mut u64) -> Outcome {
        for _ in 0..TRIES {
            self.room.give_back(std::mem::take(held));
            let (file, before) = match open_regular(path) {
                Ok((_, before)) if before.len() > self.whole => return Outcome::Large,
                Ok(opened) => opened,
                Err(error) => return Outcome::Done(Err(unread(&error))),
            };
            // Its bytes, and what becomes of them.
            *held = self.room.take(2 * before.len() + FIXED);
            let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0) + 1);
            let read = (&file).take(before.len() + 1).read_to_end(&mut bytes);
            let after = match read.and_then(|_| file.metadata()) {
                Ok(after) => after,
                Err(error) => return Outcome::Done(Err(unread(&error))),
            };
            if Moment::of(&before) != Moment::of(&after) || bytes.len() as u64 != before.len() {
                continue;
            }
            let id = Naming::of(self.key, &bytes);
            let taken = match taken(id, &file, &before) {
                Ok(taken) => taken,
                Err(reason) => return Outcome::Done(Err(reason)),
            };
            if !self.is_new.is_some_and(|is_new| is_new(id)) {
                return Outcome::Done(Ok((taken, None)));
            }
            let packed = packer.pack(id, bytes);
            return match packed {
                Ok(packed) => Outcome::Done(Ok((taken, Some(packed)))),
                Err(error) => Outcome::Failed(error),
            };
        }
        Outcome::Done(Err(RESTLESS.to_owned()))
    }
}
