//! A folder held by one program at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long to wait before it is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// Holds a folder until it is dropped; the system takes it back from a program that ends, however it ends.
#[derive(Debug)]
pub struct FolderLock(Option<File>);

impl FolderLock {
    /// Takes a folder. Where the system knows no locks of folders, nothing is held, and [`Self::is_held`] says so.
    ///
    /// # Errors
    /// `WouldBlock` when another program holds it; else what the system says.
    pub fn take(folder: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        {
            let file = File::open(folder)?;
            match file.try_lock() {
                Ok(()) => Ok(Self(Some(file))),
                Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
                // Some network file systems know no locks.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    Ok(Self(None))
                }
                Err(TryLockError::Error(error)) => Err(error),
            }
        }
        #[cfg(not(unix))]
        {
            let _ = (folder, TryLockError::WouldBlock);
            Ok(Self(None))
        }
    }

    /// The same, tried again until it is given back, for so long at the most.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn wait(folder: &Path, patience: Duration) -> io::Result<Self> {
        let begun = Instant::now();
        loop {
            match Self::take(folder) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && begun.elapsed() < patience => {
                    std::thread::sleep(AGAIN);
                }
                taken => return taken,
            }
        }
    }

    /// Whether anything keeps others out.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for FolderLock {
    /// Gives the folder back at once. Closing the file would not: a program that is just being started holds a copy of it
    /// until it runs.
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = file.unlock();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        assert!(held.is_held());
        assert_eq!(FolderLock::take(folder.path()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        // What is started meanwhile has a copy of the handle until it runs.
        let copy = held.0.as_ref().unwrap().try_clone().unwrap();
        drop(held);
        assert!(FolderLock::take(folder.path()).unwrap().is_held());
        drop(copy);
    }
}
