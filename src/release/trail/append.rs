//! Adding a record. The length of the trail does not matter: only its end is read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::record::{Event, Head, MAX_LINE, Record, digest};
use super::verify::{MAX_BYTES, Noted, noted};
use super::{head_path, lock_path};
use crate::host::disk::{Access, Disk};
use crate::host::files::{folder_of, open_regular};
use crate::report::ReleaseTrail;

/// Longest wait for another program that writes the same trail.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(10);
/// Bytes read from the end: a torn line, the last line, and what shows where that begins.
const TAIL: u64 = 2 * MAX_LINE as u64 + 1;

/// Makes the folder of a trail if it is not there (the one above it must be), and sees that a record can be added, before
/// the work that it will be about.
///
/// # Errors
/// As [`append`].
pub fn ensure(trail: &Path, disk: &Disk) -> io::Result<()> {
    folder(trail, disk)?;
    let _lock = lock(trail, PATIENCE)?;
    let noted = noted(trail)?;
    match open(trail, false) {
        Ok(mut file) => End::of(&mut file)?.follows(&noted).map(drop),
        Err(error) if error.kind() == io::ErrorKind::NotFound => none(&noted).map(drop),
        Err(error) => Err(error),
    }
}

fn folder(trail: &Path, disk: &Disk) -> io::Result<()> {
    let folder = folder_of(trail);
    if folder.is_dir() {
        return Ok(());
    }
    match disk.create_folder(&folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// Adds an event to a trail; makes the trail if there is none. Whoever else writes it is waited for, ten seconds at the
/// most. A torn last line, as a crash leaves it, is removed, and the record says so.
///
/// # Errors
/// The trail cannot be written, another program does not let go of it, or its end is not the one that its head names: a
/// trail that is broken is not added to.
pub fn append(trail: &Path, event: &Event, tool: &str, disk: &Disk) -> io::Result<ReleaseTrail> {
    folder(trail, disk)?;
    let _lock = lock(trail, PATIENCE)?;
    let noted = noted(trail)?;
    let mut file = match open(trail, false) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => begin(trail, &noted, disk)?,
        Err(error) => return Err(error),
    };
    let end = End::of(&mut file)?;
    let last = end.follows(&noted)?;
    if noted != Noted::Head(last.clone()) {
        write_head(trail, &last, disk)?;
    }
    if end.torn {
        disk.truncate(&file, trail, end.length)?;
    }
    let seq = last.seq.checked_add(1).ok_or_else(broken)?;
    let mut line = Record::of(event, tool, seq, &last.sha256, end.torn).to_line();
    let head = Head { seq, sha256: digest(&line) };
    line.push(b'\n');
    if end.length + line.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!(
                "the trail is full ({MAX_BYTES} bytes): put it away together with its head, and begin a new one"
            ),
        ));
    }
    file.seek(SeekFrom::Start(end.length))?;
    if let Err(error) = disk.append(&mut file, trail, &line) {
        // What was written of the line is removed now if that can be done, else by the next record.
        let _ = disk.truncate(&file, trail, end.length);
        return Err(error);
    }
    write_head(trail, &head, disk)?;
    Ok(ReleaseTrail { records: head.seq, head: head.sha256, notes: Vec::new() })
}

/// Whether there need be no trail: there is no head, or it says that there is no record.
fn none(noted: &Noted) -> io::Result<bool> {
    match noted {
        Noted::Missing => Ok(false),
        Noted::Head(head) if *head == Head::none() => Ok(true),
        Noted::Head(_) | Noted::Faulty => Err(broken()),
    }
}

/// Begins a trail: first the head that says that there is no record, so that a head is never missing afterwards.
fn begin(trail: &Path, noted: &Noted, disk: &Disk) -> io::Result<File> {
    if !none(noted)? {
        write_head(trail, &Head::none(), disk)?;
    }
    disk.create_file(trail, Access::Public)?.finish()?;
    disk.sync_name(trail)?;
    open(trail, false)
}

/// The end of a trail.
struct End {
    /// The last whole record and its digest, if there is one.
    last: Option<(Record, String)>,
    /// Bytes up to the end of it.
    length: u64,
    /// Whether something stands behind it.
    torn: bool,
}

impl End {
    fn of(file: &mut File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        if size > MAX_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("larger than {MAX_BYTES} bytes"),
            ));
        }
        let from = size.saturating_sub(TAIL);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        Read::take(&mut *file, TAIL).read_to_end(&mut tail)?;
        let whole = memchr::memrchr(b'\n', &tail).map_or(0, |at| at + 1);
        let torn = tail.len() - whole;
        let Some(lines) = tail.get(..whole).and_then(|lines| lines.strip_suffix(b"\n")) else {
            // Not one line is whole: as long as no line can be, this is what is left of the first.
            let torn = size > 0;
            return if from == 0 && size < MAX_LINE as u64 {
                Ok(Self { last: None, length: 0, torn })
            } else {
                Err(broken())
            };
        };
        let start = memchr::memrchr(b'\n', lines).map(|at| at + 1);
        if (start.is_none() && from > 0) || torn >= MAX_LINE {
            return Err(broken());
        }
        let line = lines.get(start.unwrap_or(0)..).unwrap_or_default();
        let record = Record::parse(line).map_err(|_| broken())?;
        Ok(Self { last: Some((record, digest(line))), length: size - torn as u64, torn: torn > 0 })
    }

    /// The head that this end has, if it follows from the one that was noted: the same, or one record further, as a crash
    /// between the two leaves it.
    fn follows(&self, noted: &Noted) -> io::Result<Head> {
        let noted = match noted {
            Noted::Head(noted) => noted,
            // Nothing has been written yet.
            Noted::Missing if self.last.is_none() && !self.torn => return Ok(Head::none()),
            Noted::Missing | Noted::Faulty => return Err(broken()),
        };
        let Some((record, sha256)) = &self.last else {
            return if *noted == Head::none() { Ok(Head::none()) } else { Err(broken()) };
        };
        let head = Head { seq: record.seq, sha256: sha256.clone() };
        let next = noted.seq.checked_add(1) == Some(record.seq) && record.prev == noted.sha256;
        if head == *noted || next { Ok(head) } else { Err(broken()) }
    }
}

fn write_head(trail: &Path, head: &Head, disk: &Disk) -> io::Result<()> {
    let path = head_path(trail);
    let mut temporary = path.clone().into_os_string();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    // One of a program that ended in the middle.
    disk.remove_file(&temporary)?;
    disk.write_new(&temporary, &head.to_bytes(), Access::Public)?;
    disk.rename(&temporary, &path)?;
    disk.sync_name(&path)
}

/// Waits until nobody else writes the trail. The lock ends with the file that is returned, or with the program.
fn lock(trail: &Path, patience: Duration) -> io::Result<File> {
    let mut file = open(&lock_path(trail), true)?;
    wait(&file, File::try_lock, patience)?;
    // Who holds it, for whoever waits in vain; nothing depends on it.
    let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
    Ok(file)
}

/// Waits until nobody writes the trail, to read it; without a lock file there is nobody to wait for.
pub(super) fn lock_shared(trail: &Path) -> io::Result<Option<File>> {
    let Ok((file, _)) = open_regular(&lock_path(trail)) else { return Ok(None) };
    wait(&file, File::try_lock_shared, PATIENCE)?;
    Ok(Some(file))
}

fn wait(file: &File, take: impl Fn(&File) -> Result<(), TryLockError>, patience: Duration) -> io::Result<()> {
    let begun = Instant::now();
    loop {
        match take(file) {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() < patience => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = Read::take(file, 20).read_to_string(&mut holder);
                let holder = holder.trim().parse::<u32>();
                let holder =
                    holder.map_or_else(|_| "another program".to_owned(), |id| format!("process {id}"));
                let seconds = patience.as_secs();
                return Err(io::Error::new(
                    io::ErrorKind::WouldBlock,
                    format!(
                        "{holder} has held the trail for {seconds} seconds: see what it does, and try again"
                    ),
                ));
            }
        }
    }
}

/// Opens a regular file for reading and writing; links are not followed.
fn open(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(create).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed()).mode(0o644);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

fn broken() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the trail does not end where its head says, so nothing is added to it: `readiness release trail --verify` tells more",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_in_vain_is_told_for_whom() {
        let folder = tempfile::tempdir().unwrap();
        let trail = folder.path().join("trail.jsonl");
        let held = lock(&trail, PATIENCE).unwrap();
        let error = lock(&trail, Duration::from_millis(30)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!(
            error.to_string().starts_with(&format!("process {} has held", std::process::id())),
            "{error}"
        );
        drop(held);
        lock(&trail, Duration::ZERO).unwrap();
    }
}
