//! The folder beside the target in which a release is built.
//!
//! It is called `.NAME.readiness-partial-PID` and locked as long as its process lives: the system gives the lock back
//! when the process ends, however it ends. So a folder whose lock can be had belongs to nobody any more, in whichever
//! container its process ran, and is removed; one whose lock is held is another preparation of the same release, and that
//! is told.

use std::io;
use std::path::{Path, PathBuf};

use crate::host::disk::Disk;
use crate::host::files::{folder_of, path_text};
use crate::host::lock::FolderLock;

/// What stands between the target's name and the number of the process.
const MARK: &str = ".readiness-partial-";

/// A folder in which a release is built.
#[derive(Debug)]
pub(super) struct Staging<'d> {
    disk: &'d Disk,
    path: PathBuf,
    target: PathBuf,
    /// Held while this lives.
    _lock: FolderLock,
}

/// Why there is no such folder.
#[derive(Debug, thiserror::Error)]
pub(super) enum StagingError {
    #[error("{0} is there already; a release is never changed")]
    Exists(String),
    #[error("another preparation of this release is at work in {0}")]
    Busy(String),
    #[error("{path}: {source}")]
    Disk { path: String, source: io::Error },
    #[error("{path}: {source}")]
    Unforced { path: String, source: io::Error },
}

impl<'d> Staging<'d> {
    /// Makes the folder, and the folders above it that are missing. What earlier preparations left that were ended is
    /// removed first, and named.
    pub(super) fn begin(target: &Path, disk: &'d Disk) -> Result<(Self, Vec<String>), StagingError> {
        let at = |path: &Path| {
            let path = path_text(path);
            move |source| StagingError::Disk { path, source }
        };
        if target.symlink_metadata().is_ok() {
            return Err(StagingError::Exists(path_text(target)));
        }
        let above = folder_of(target);
        make_folders(&above, disk).map_err(at(&above))?;
        let removed = remove_left_over(&above, target, disk)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = above.join(format!(".{name}{MARK}{}", std::process::id()));
        disk.create_folder(&path).map_err(at(&path))?;
        let lock = FolderLock::take(&path).map_err(at(&path))?;
        let target = target.to_owned();
        Ok((Self { disk, path, target, _lock: lock }, removed))
    }

    /// A place in the folder.
    pub(super) fn place(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    /// Forces the names in the folders that were made to the disk and gives the folder its name. Afterwards the release
    /// is there, whole; after an error it is not.
    pub(super) fn put_in_place(self, folders: &[&str]) -> Result<(), StagingError> {
        let done = self.place_it(folders);
        if done.is_err() {
            // Where it could not be taken back, nothing has this name any more.
            self.abandon();
        }
        done
    }

    fn place_it(&self, folders: &[&str]) -> Result<(), StagingError> {
        let at = |path: &Path| {
            let path = path_text(path);
            move |source| StagingError::Disk { path, source }
        };
        for folder in folders {
            let folder = self.place(folder);
            self.disk.sync_folder(&folder).map_err(at(&folder))?;
        }
        self.disk.sync_folder(&self.path).map_err(at(&self.path))?;
        self.disk.rename_new(&self.path, &self.target).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                StagingError::Exists(path_text(&self.target))
            } else {
                StagingError::Disk { path: path_text(&self.target), source }
            }
        })?;
        self.disk.sync_name(&self.target).map_err(|source| {
            let path = path_text(&self.target);
            // Nobody was told yet that it is there, so it is taken back.
            match self.disk.rename_new(&self.target, &self.path) {
                Ok(()) => StagingError::Disk { path, source },
                Err(_) => StagingError::Unforced { path, source },
            }
        })
    }

    /// Removes the folder. What cannot be removed now is removed by the next preparation.
    pub(super) fn abandon(&self) {
        let _ = self.disk.remove_folder(&self.path);
    }
}

fn make_folders(folder: &Path, disk: &Disk) -> io::Result<()> {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    for path in missing.into_iter().rev() {
        match disk.create_folder(path) {
            // Someone else made it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        disk.sync_name(path)?;
    }
    Ok(())
}

/// Removes folders of preparations of this target that were ended before their end.
fn remove_left_over(above: &Path, target: &Path, disk: &Disk) -> Result<Vec<String>, StagingError> {
    let prefix = format!(".{}{MARK}", target.file_name().unwrap_or_default().to_string_lossy());
    let at = |source| StagingError::Disk { path: path_text(above), source };
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(above).map_err(at)? {
        let entry = entry.map_err(at)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix(&prefix).unwrap_or_default();
        let ours = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let shown = path_text(&entry.path());
        match FolderLock::take(&entry.path()) {
            // Whose it is cannot be told.
            Ok(held) if !held.is_held() => continue,
            // Held until it is gone.
            Ok(_held) => disk
                .remove_folder(&entry.path())
                .map_err(|source| StagingError::Disk { path: shown.clone(), source })?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(StagingError::Busy(shown)),
            Err(source) => return Err(StagingError::Disk { path: shown, source }),
        }
        removed.push(shown);
    }
    removed.sort_unstable();
    Ok(removed)
}
