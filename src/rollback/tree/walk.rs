//! Every file, link and folder of a tree with what it is besides its bytes.
//!
//! A few threads share a list of folders that are still to be read. The work per name is constant: one `lstat` relative to
//! the folder that is open. Links are never followed.

use std::fs::{FileType, Metadata, ReadDir};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::rollback::point::{Meta, RawPath};

/// Folders below folders, at the most.
const DEPTH: usize = 1024;
/// Threads, at the most: the system's own tables are shared, so that more do not help.
const THREADS: usize = 4;

/// Something that lies in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the tree.
    pub path: RawPath,
    /// What it is.
    pub kind: Kind,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// Bytes, of files.
    pub size: u64,
    /// Whether it is a folder with a `.git` of its own, whose inside is not walked.
    pub repository: bool,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// A pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

/// Walks a tree, on several threads; the answer is in order of paths. `enter` says which folders are entered; the git directory
/// and `.readiness` of the tree itself are not, and are not among the answers. What cannot be read is told with its reason.
#[must_use]
pub fn walk(root: &Path, enter: &(dyn Fn(&RawPath) -> bool + Sync)) -> (Vec<Found>, Vec<(RawPath, String)>) {
    let walk = Walk { root, enter, todo: Mutex::new(Todo::default()), news: Condvar::new() };
    let mut first = Answer::default();
    match std::fs::read_dir(root) {
        Ok(entries) => {
            let folders = walk.names(entries, &RawPath::default(), 0, &mut first);
            lock(&walk.todo).folders.extend(folders.unwrap_or_default());
        }
        Err(error) => first.told.push((RawPath::default(), error.to_string())),
    }
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, THREADS);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let started: Vec<_> = (1..threads).map(|_| scope.spawn(|| walk.work())).collect();
        let mut answers = vec![walk.work()];
        // A thread that panicked takes its answers with it, which must not pass for a tree that has nothing there.
        answers.extend(started.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Answer::lost())));
        answers
    });
    let Answer { mut found, mut told } = first;
    found.reserve(answers.iter().map(|answer| answer.found.len()).sum());
    for mut answer in answers {
        found.append(&mut answer.found);
        told.append(&mut answer.told);
    }
    // Each thread's part is in order: a stable sort finds the runs and merges them.
    found.sort_by(|one, other| one.path.cmp(&other.path));
    told.sort();
    (found, told)
}

/// Tells a folder from another that has the same path at another time, where the system tells enough: its inode and the
/// moment it was made, because inodes are given again.
#[must_use]
pub fn folder_mark(folder: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = folder.symlink_metadata().ok()?;
        let made = metadata.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{}-{}.{:09}", metadata.ino(), made.as_secs(), made.subsec_nanos()))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// What the file system says of something besides its bytes.
#[must_use]
pub fn meta_of(metadata: &Metadata) -> Meta {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Meta {
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            seconds: metadata.mtime(),
            nanoseconds: u32::try_from(metadata.mtime_nsec()).unwrap_or_default(),
        }
    }
    #[cfg(not(unix))]
    {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let since = since.unwrap_or_default();
        Meta {
            mode: if metadata.is_dir() { 0o755 } else { 0o644 },
            uid: 0,
            gid: 0,
            seconds: i64::try_from(since.as_secs()).unwrap_or_default(),
            nanoseconds: since.subsec_nanos(),
        }
    }
}

/// What something is, by its type.
#[must_use]
pub fn kind_of(kind: FileType) -> Kind {
    if kind.is_file() {
        return Kind::File;
    }
    if kind.is_dir() {
        return Kind::Folder;
    }
    if kind.is_symlink() {
        return Kind::Link;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Kind::Pipe;
        }
        if kind.is_socket() {
            return Kind::Socket;
        }
    }
    Kind::Device
}

/// A walk that goes on.
struct Walk<'a> {
    root: &'a Path,
    enter: &'a (dyn Fn(&RawPath) -> bool + Sync),
    todo: Mutex<Todo>,
    /// There are folders to read, or nobody is left who could find more.
    news: Condvar,
}

#[derive(Default)]
struct Todo {
    folders: Vec<Folder>,
    /// Threads that are reading a folder, and may find more.
    busy: usize,
}

/// A folder that is to be read.
struct Folder {
    path: RawPath,
    meta: Meta,
    depth: usize,
}

#[derive(Default)]
struct Answer {
    found: Vec<Found>,
    told: Vec<(RawPath, String)>,
}

impl Answer {
    fn lost() -> Self {
        Self { found: Vec::new(), told: vec![(RawPath::default(), "a part of the walk failed".to_owned())] }
    }
}

/// A thread that panicked holding the list leaves nothing half done in it.
fn lock(todo: &Mutex<Todo>) -> MutexGuard<'_, Todo> {
    todo.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Walk<'_> {
    /// Reads folders until there are none.
    fn work(&self) -> Answer {
        let mut answer = Answer::default();
        while let Some(folder) = self.next() {
            let more = self.read(folder, &mut answer);
            let mut todo = lock(&self.todo);
            todo.folders.extend(more);
            todo.busy -= 1;
            self.news.notify_all();
        }
        answer.found.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        answer
    }

    fn next(&self) -> Option<Folder> {
        let mut todo = lock(&self.todo);
        loop {
            if let Some(folder) = todo.folders.pop() {
                todo.busy += 1;
                return Some(folder);
            }
            if todo.busy == 0 {
                return None;
            }
            todo = self.news.wait(todo).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reads a folder below the tree; the folders in it that are to be read.
    fn read(&self, folder: Folder, answer: &mut Answer) -> Vec<Folder> {
        let at = self.root.join(folder.path.to_path());
        let before = (answer.found.len(), answer.told.len());
        let folders = match std::fs::read_dir(&at) {
            Ok(entries) => self.names(entries, &folder.path, folder.depth, answer),
            // It was there a moment ago: whoever removed it did so before the answer.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                answer.told.push((folder.path.clone(), error.to_string()));
                Some(Vec::new())
            }
        };
        let repository = folders.is_none();
        if repository {
            answer.found.truncate(before.0);
            answer.told.truncate(before.1);
        }
        answer.found.push(found_folder(folder.path, folder.meta, repository));
        folders.unwrap_or_default()
    }

    /// Takes the names of a folder; the folders among them that are to be read, or none when the folder is below the tree and
    /// a repository of its own.
    fn names(
        &self,
        entries: ReadDir,
        path: &RawPath,
        depth: usize,
        answer: &mut Answer,
    ) -> Option<Vec<Folder>> {
        let mut folders = Vec::new();
        let mut full = path.bytes().to_vec();
        if !full.is_empty() {
            full.push(b'/');
        }
        let above = full.len();
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    answer.told.push((path.clone(), error.to_string()));
                    break;
                }
            };
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            match (depth, name) {
                (0, b".git" | b".readiness") => continue,
                (_, b".git") => return None,
                _ => {}
            }
            full.truncate(above);
            full.extend_from_slice(name);
            let here = RawPath::from_bytes(&full);
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    answer.told.push((here, error.to_string()));
                    continue;
                }
            };
            let (kind, meta) = (kind_of(metadata.file_type()), meta_of(&metadata));
            if kind != Kind::Folder {
                let size = if kind == Kind::File { metadata.len() } else { 0 };
                answer.found.push(Found { path: here, kind, meta, size, repository: false });
            } else if name.eq_ignore_ascii_case(b".git") {
                // On other file systems this is the git directory; no point says what is in such a folder.
                answer.told.push((here.clone(), "a folder of this name is not entered".to_owned()));
                answer.found.push(found_folder(here, meta, false));
            } else if depth + 1 >= DEPTH {
                answer.told.push((here.clone(), format!("more than {DEPTH} folders below each other")));
                answer.found.push(found_folder(here, meta, false));
            } else if (self.enter)(&here) {
                folders.push(Folder { path: here, meta, depth: depth + 1 });
            } else {
                let mut git: PathBuf = entry.path();
                git.push(".git");
                let repository = git.symlink_metadata().is_ok();
                answer.found.push(found_folder(here, meta, repository));
            }
        }
        Some(folders)
    }
}

const fn found_folder(path: RawPath, meta: Meta, repository: bool) -> Found {
    Found { path, kind: Kind::Folder, meta, size: 0, repository }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn list(root: &Path, enter: &(dyn Fn(&RawPath) -> bool + Sync)) -> Vec<(String, Kind, bool)> {
        let (found, told) = walk(root, enter);
        assert_eq!(told, []);
        found
            .into_iter()
            .map(|found| (found.path.text().into_owned(), found.kind, found.repository))
            .collect()
    }

    #[test]
    fn everything_is_found_in_order_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in
            [".git/objects", ".readiness/x", "a", "a.b", "skipped/below", "inner/.git", "inner/src", "own"]
        {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        for name in [".git/HEAD", "a/b", "a.b/c", "skipped/file", "inner/file", "own/.git", "own/file", "z"] {
            std::fs::write(root.join(name), name).unwrap();
        }
        symlink("a", root.join("link")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        std::fs::set_permissions(root.join("z"), std::fs::Permissions::from_mode(0o4711)).unwrap();
        let expected = [
            ("a", Kind::Folder, false),
            ("a.b", Kind::Folder, false),
            ("a.b/c", Kind::File, false),
            ("a/b", Kind::File, false),
            ("inner", Kind::Folder, true),
            ("link", Kind::Link, false),
            ("own", Kind::Folder, true),
            ("pipe", Kind::Pipe, false),
            ("skipped", Kind::Folder, false),
            ("socket", Kind::Socket, false),
            ("z", Kind::File, false),
        ];
        let found = list(root, &|path| path.bytes() != b"skipped");
        assert_eq!(found, expected.map(|(path, kind, own)| (path.to_owned(), kind, own)));
        // A folder that is not entered is known for a repository all the same.
        assert!(list(root, &|_| false).contains(&("inner".to_owned(), Kind::Folder, true)));
        let (found, _) = walk(root, &|_| true);
        let z = found.iter().find(|found| found.path.bytes() == b"z").unwrap();
        assert_eq!((z.meta.mode, z.size), (0o4711, 1));
    }

    #[test]
    fn what_is_too_deep_or_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let (found, told) = walk(&root, &|_| true);
        assert!(found.is_empty() && told.len() == 1, "{told:?}");
        std::fs::create_dir_all(root.join("sub/.GIT/hooks")).unwrap();
        let (found, told) = walk(&root, &|_| true);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(told.first().map(|(path, _)| path.text().into_owned()), Some("sub/.GIT".to_owned()));
        let deep = folder.path().join("deep");
        std::fs::create_dir_all(deep.join("d/".repeat(1100))).unwrap();
        let (found, told) = walk(&deep, &|_| true);
        assert_eq!((found.len(), told.len()), (DEPTH, 1), "{told:?}");
    }

    #[test]
    fn many_folders_are_walked_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for outer in 0..30 {
            for inner in 0..10 {
                let path = format!("{outer}/{inner}");
                std::fs::create_dir_all(folder.path().join(&path)).unwrap();
                std::fs::write(folder.path().join(&path).join("f"), "").unwrap();
                expected.extend([format!("{path}/f"), path]);
            }
            expected.push(outer.to_string());
        }
        expected.sort();
        let found: Vec<String> = list(folder.path(), &|_| true).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(found, expected);
    }

    /// `cargo test --release --lib -- --ignored walk_of_100_000_files --nocapture`
    #[test]
    #[ignore = "a measurement"]
    fn walk_of_100_000_files() {
        let folder = tempfile::tempdir().unwrap();
        for outer in 0..1000 {
            let path = folder.path().join(format!("folder{}/part{outer}", outer % 20));
            std::fs::create_dir_all(&path).unwrap();
            (0..100).for_each(|file| std::fs::write(path.join(format!("source_{file}.rs")), "x").unwrap());
        }
        for _ in 0..5 {
            let begun = std::time::Instant::now();
            let (found, told) = walk(folder.path(), &|_| true);
            assert_eq!((found.len(), told.len()), (101_020, 0));
            eprintln!("{:?}", begun.elapsed());
        }
    }
}
