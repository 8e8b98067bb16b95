//! Files: opened without following links or waiting for pipes, read with bounds, written whole or not at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Opens a regular file for reading. Never follows a symbolic link in the last component and never blocks on a pipe
/// or a device.
///
/// # Errors
/// What the system says; `InvalidInput` when it is not a regular file.
pub fn open_regular(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok((file, metadata))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

/// Reads a file of at most `limit` bytes that the user or a setting named; links are followed.
///
/// # Errors
/// What the system says; `FileTooLarge` beyond the limit; `InvalidInput` when it is not a regular file.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let real = path.canonicalize()?;
    let (file, metadata) = open_regular(&real)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0));
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// The folder that a file is to be written into is not there. It is in the [`io::Error`] that writing ends with.
#[derive(Debug, thiserror::Error)]
#[error("there is no folder {}", .0.display())]
pub struct NoFolder(PathBuf);

/// Says whether the folder is there that a file is to lie in. None is made: one that was mistyped is not looked into.
///
/// # Errors
/// [`NoFolder`] as `NotFound`.
pub fn check_folder(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    match std::fs::metadata(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(io::Error::new(io::ErrorKind::NotFound, NoFolder(folder)))
        }
        _ => Ok(()),
    }
}

/// Whether an error is [`NoFolder`].
#[must_use]
pub fn names_no_folder(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<NoFolder>)
}

/// Writes a file whole or not at all: a temporary file beside it, sync, rename, sync of the folder. Mode 0644 less the
/// umask for new files; an existing file keeps its mode. A device or a pipe (`/dev/null`, `/dev/stdout`) is written to as
/// it stands: a file must never take its place.
///
/// # Errors
/// What the system says; the target is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let mut temporary = temporary_beside(path, ".readiness-")?;
    temporary.write_all(bytes)?;
    put_in_place(temporary, path)
}

/// An empty file beside `path`, with the mode that `path` has or would get and a name that begins with `prefix`. It is
/// removed when it is dropped.
///
/// # Errors
/// What the system says.
pub fn temporary_beside(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    check_folder(path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o7777);
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    builder.tempfile_in(folder_of(path))
}

/// Puts a file of [`temporary_beside`] in the place of `path`: sync, rename, sync of the folder.
///
/// # Errors
/// What the system says; the target is untouched then.
pub fn put_in_place(temporary: NamedTempFile, path: &Path) -> io::Result<()> {
    if is_special(path) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    Ok(())
}

/// Whether something other than a file or a folder stands there: a device, a pipe, a socket.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Adds to a file that belongs to someone else, such as a CI system; makes it if it is not there.
///
/// # Errors
/// What the system says.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
}

/// Says whether `path` can be written by [`write_atomic`], before any work is done for it.
///
/// # Errors
/// The same that writing would meet: no folder, no permission, a folder in its place.
pub fn check_writable(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    // Opening a pipe only to try it would end it for its reader.
    if is_special(path) {
        return Ok(());
    }
    check_folder(path)?;
    tempfile::Builder::new().prefix(".readiness-").suffix(".tmp").tempfile_in(folder_of(path)).map(drop)
}

/// The folder that a file lies in.
#[must_use]
pub fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A path as reports write it: separated by `/`, valid UTF-8, with other bytes written `\xNN`.
#[must_use]
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        if !text.is_empty() && !text.ends_with('/') {
            text.push('/');
        }
        for chunk in component.as_os_str().as_encoded_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                text.push_str(&format!("\\x{byte:02X}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_whole_and_keeps_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.json");
        write_atomic(&target, b"one").unwrap();
        write_atomic(&target, b"two").unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        let absent = folder.path().join("absent/report.json");
        for told in [check_writable(&absent), write_atomic(&absent, b"x")] {
            let told = told.unwrap_err();
            assert_eq!(told.kind(), io::ErrorKind::NotFound);
            let folder = folder.path().join("absent");
            assert_eq!(told.to_string(), format!("there is no folder {}", folder.display()));
        }
        assert!(check_writable(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert!(open_regular(&link).is_err());
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open_regular(&pipe).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn path_text_is_always_printable_utf8() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a/\xFFb"));
        assert_eq!(path_text(path), "a/\\xFFb");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_takes_the_place_of_what_is_no_file() {
        use std::os::unix::fs::FileTypeExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(write_atomic(&path, b"text").is_err());
        let temporary = temporary_beside(&path, ".t-").unwrap();
        assert!(put_in_place(temporary, &path).is_err());
        assert!(std::fs::metadata(&path).unwrap().file_type().is_socket());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        // A device takes what is written to it.
        write_atomic(Path::new("/dev/null"), b"text").unwrap();
        assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
