//! Changes to a disk, one operation at a time, each of which a test can make fail or watch.
//!
//! What must survive being ended at any moment (preparing a release, rotating keys, restoring) is written in terms of
//! [`Disk`], so that a test can fail or end the program at every operation in turn. What is only read, and single files
//! that are replaced whole, go through [`super::files`].

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::folder_of;

/// One kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A folder is made.
    CreateFolder,
    /// A new file is opened.
    CreateFile,
    /// Bytes are written to it.
    Write,
    /// A file that is there is cut to a length.
    Truncate,
    /// Its bytes are forced to the disk.
    SyncFile,
    /// A file or a folder gets another name.
    Rename,
    /// A file is removed.
    RemoveFile,
    /// A folder is removed.
    RemoveFolder,
    /// The names in a folder are forced to the disk.
    SyncFolder,
    /// A symbolic link is made.
    Link,
    /// Mode, owner or time of a file or a folder is set.
    Describe,
    /// Two names change places.
    Exchange,
    /// All that a file system holds back is forced to the disk.
    SyncAll,
}

/// What is asked before each operation: an error keeps it from happening.
type Watch = dyn Fn(Operation, &Path) -> io::Result<()> + Send + Sync;

/// The disk as a feature that changes it sees it.
#[derive(Clone, Default)]
pub struct Disk {
    watch: Option<Arc<Watch>>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.watch.is_some() { "Disk(watched)" } else { "Disk" })
    }
}

/// Who may use a new file, less the umask; without meaning on systems that know no such modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone may read it: 0644.
    Public,
    /// Its owner alone: 0600.
    Private,
}

impl Disk {
    /// The disk, where nothing but the system decides.
    #[must_use]
    pub const fn real() -> Self {
        Self { watch: None }
    }

    /// The disk, with `watch` asked before each operation.
    pub fn watched(watch: impl Fn(Operation, &Path) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self { watch: Some(Arc::new(watch)) }
    }

    fn ask(&self, operation: Operation, path: &Path) -> io::Result<()> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch(operation, path))
    }

    /// Makes a folder that must not be there yet; those above it must.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` when something has the name.
    pub fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::CreateFolder, path)?;
        std::fs::create_dir(path)
    }

    /// As [`Disk::create_folder`], for its owner alone: 0700.
    ///
    /// # Errors
    /// As there.
    pub fn create_private_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::CreateFolder, path)?;
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(path)
    }

    /// Opens a new file for writing. Whatever has the name already, a link too, is left alone.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` when something has the name.
    pub fn create_file(&self, path: &Path, access: Access) -> io::Result<DiskFile> {
        self.ask(Operation::CreateFile, path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(match access {
                Access::Public => 0o644,
                Access::Private => 0o600,
            });
        }
        let _ = access;
        Ok(DiskFile { file: options.open(path)?, path: path.to_owned(), disk: self.clone() })
    }

    /// Writes a new file whole and forces it to the disk; its name is forced by [`Disk::sync_folder`].
    ///
    /// # Errors
    /// What the system says; what was written until then stays.
    pub fn write_new(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        let mut file = self.create_file(path, access)?;
        file.write_all(bytes)?;
        file.finish()
    }

    /// Adds bytes at the position of a file that is open for writing, and forces them to the disk; `path` is its name.
    ///
    /// # Errors
    /// What the system says; part of the bytes may be written then.
    pub fn append(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.ask(Operation::Write, path)?;
        file.write_all(bytes)?;
        self.ask(Operation::SyncFile, path)?;
        file.sync_all()
    }

    /// Cuts a file that is open for writing to a length, and forces that to the disk; `path` is its name.
    ///
    /// # Errors
    /// What the system says.
    pub fn truncate(&self, file: &File, path: &Path, length: u64) -> io::Result<()> {
        self.ask(Operation::Truncate, path)?;
        file.set_len(length)?;
        self.ask(Operation::SyncFile, path)?;
        file.sync_all()
    }

    /// Gives a file or a folder another name. A file that has the new name is replaced in the same moment.
    ///
    /// # Errors
    /// What the system says; nothing has changed then.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(Operation::Rename, to)?;
        std::fs::rename(from, to)
    }

    /// Gives a file or a folder a name that nothing has yet. Where the system cannot promise it in one step, it is looked
    /// at before.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` when something has the name. Nothing has changed then.
    pub fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(Operation::Rename, to)?;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                Ok(()) => return Ok(()),
                // File systems that do not know the flag.
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if to.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        std::fs::rename(from, to)
    }

    /// Removes a file; that it is not there already is no error.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::RemoveFile, path)?;
        match std::fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Removes a folder and all in it, links themselves and not what they lead to; that it is not there is no error.
    ///
    /// # Errors
    /// What the system says; part of it may be gone then.
    pub fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::RemoveFolder, path)?;
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Removes a folder that is empty.
    ///
    /// # Errors
    /// What the system says; `DirectoryNotEmpty` when it is not.
    pub fn remove_empty_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::RemoveFolder, path)?;
        std::fs::remove_dir(path)
    }

    /// Lets two names change places in one moment. Both must be there, on one file system.
    ///
    /// # Errors
    /// What the system says; `Unsupported` where the system or the file system cannot. Nothing has changed then.
    pub fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.ask(Operation::Exchange, other)?;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
                Ok(()) => Ok(()),
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                    Err(io::ErrorKind::Unsupported.into())
                }
                Err(error) => Err(error.into()),
            }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = one;
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Makes a symbolic link that leads to `target`, where nothing has the name yet.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` when something has the name, `Unsupported` where there are no such links.
    pub fn symlink(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.ask(Operation::Link, path)?;
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(target, path)
        }
        #[cfg(not(unix))]
        {
            let _ = target;
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Sets mode, owner and time of modification of what has a name; a link itself, and not what it leads to. What is none
    /// stays as it is. A link has no mode of its own.
    ///
    /// # Errors
    /// What the system says; part of it may be set then.
    pub fn describe(&self, path: &Path, wanted: &Description) -> io::Result<()> {
        self.ask(Operation::Describe, path)?;
        #[cfg(unix)]
        {
            use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT, utimensat};
            use std::os::unix::fs::PermissionsExt as _;
            let is_link = path.symlink_metadata()?.is_symlink();
            // The owner first: giving a file away takes its set-user bits.
            if let Some((user, group)) = wanted.owner {
                std::os::unix::fs::lchown(path, Some(user), Some(group))?;
            }
            if let Some(mode) = wanted.mode.filter(|_| !is_link) {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o7777))?;
            }
            if let Some((seconds, nanoseconds)) = wanted.modified {
                let times = Timestamps {
                    last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
                    last_modification: Timespec { tv_sec: seconds, tv_nsec: i64::from(nanoseconds) },
                };
                utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?;
            }
        }
        #[cfg(not(unix))]
        let _ = (path, wanted);
        Ok(())
    }

    /// Forces everything that the file system of `path` holds back to the disk, whoever wrote it: cheaper than one by one
    /// when there is much.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync_all(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::SyncAll, path)?;
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(File::open(path)?)?;
        #[cfg(all(unix, not(target_os = "linux")))]
        rustix::fs::sync();
        Ok(())
    }

    /// Forces the names in a folder to the disk, where the system lets one do so.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.ask(Operation::SyncFolder, path)?;
        #[cfg(unix)]
        File::open(path)?.sync_all()?;
        Ok(())
    }

    /// Forces the name of a file or a folder to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync_name(&self, path: &Path) -> io::Result<()> {
        self.sync_folder(&folder_of(path))
    }
}

/// What a file is besides its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Permissions: the twelve low bits of its mode.
    pub mode: Option<u32>,
    /// Numbers of the user and the group that own it.
    pub owner: Option<(u32, u32)>,
    /// When it was modified: seconds since 1970, and nanoseconds.
    pub modified: Option<(i64, u32)>,
}

/// A new file that is being written.
#[derive(Debug)]
pub struct DiskFile {
    file: File,
    path: PathBuf,
    disk: Disk,
}

impl DiskFile {
    /// Forces what was written to the disk and closes the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> io::Result<()> {
        self.disk.ask(Operation::SyncFile, &self.path)?;
        self.file.sync_all()
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.ask(Operation::Write, &self.path)?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_takes_the_place_of_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let disk = Disk::real();
        disk.write_new(&one, b"1", Access::Private).unwrap();
        disk.write_new(&two, b"2", Access::Public).unwrap();
        assert_eq!(
            disk.write_new(&one, b"3", Access::Public).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(disk.rename_new(&one, &two).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&two).unwrap(), b"2");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
            disk.create_private_folder(&folder.path().join("own")).unwrap();
            let mode = std::fs::metadata(folder.path().join("own")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        disk.rename_new(&one, &folder.path().join("three")).unwrap();
        disk.rename(&two, &folder.path().join("three")).unwrap();
        assert_eq!(std::fs::read(folder.path().join("three")).unwrap(), b"2");
        disk.remove_file(&one).unwrap();
        disk.remove_folder(&one).unwrap();
    }

    #[test]
    fn a_watch_is_asked_before_and_can_refuse() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let disk = Disk::watched(|operation, _| match operation {
            Operation::SyncFile => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        });
        assert_eq!(
            disk.write_new(&path, b"1", Access::Public).unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"1", "it was written, and not forced to the disk");
    }
}
