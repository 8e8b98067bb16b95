//! One repository of the tree, looked at: git is asked several things at once, the work tree is walked, and what was found is
//! sorted.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::notes::Notes;
use super::patterns::Patterns;
use super::sort::{Known, Region, Sorted, sort};
use super::take::Item;
use crate::rollback::point::{Class, Gap, LfsFile, RawPath, Source};
use crate::rollback::tree::{
    Conversion, Found, History, Ignored, Kind, Place, Tracked, converted, differing, first_commits, history,
    ignored, place, staged, state_files, tracked, walk,
};

/// A repository as it was found; or what takes the place of one.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The work tree, sorted.
    pub sorted: Sorted,
    /// The repository, if there is one that git can read.
    pub repository: Option<Repo>,
}

/// A repository that git can read.
#[derive(Debug)]
pub(super) struct Repo {
    /// Where it keeps its things.
    pub place: Place,
    /// Head, refs and the like.
    pub history: History,
    /// Objects that only the index and operations in progress know.
    pub staged: Vec<String>,
    /// Paths of which index and commit differ.
    pub staged_count: u64,
    /// Files of its git directory that are captured.
    pub state: Vec<Item>,
    /// Files of Git LFS, paths relative to the tree.
    pub lfs: Vec<LfsFile>,
    /// First commits, when they were asked for.
    pub first_commits: Vec<String>,
    /// What it was when the look began.
    pub moment: Moment,
}

/// What git answered.
struct Answers {
    history: Result<History, String>,
    tracked: Result<Vec<Tracked>, String>,
    converted: Result<Vec<(RawPath, Conversion)>, String>,
    differing: Result<Vec<RawPath>, String>,
    ignored: Result<Ignored, String>,
    staged: Result<(Vec<String>, u64), String>,
    first_commits: Vec<String>,
    found: Vec<Found>,
    unread: Vec<(RawPath, String)>,
}

/// Looks at the work tree at `at`, relative to the tree at `root`.
pub(super) fn look(
    root: &Path,
    at: &RawPath,
    patterns: &Patterns,
    gaps: &mut Vec<Gap>,
    notes: &mut Notes,
) -> Looked {
    let work = if at.is_empty() { root.to_owned() } else { root.join(at.to_path()) };
    let gap = |path: &RawPath, reason: String| Gap { path: path.clone(), reason };
    let place = match place(&work) {
        Ok(Some(place)) => Some(place),
        Ok(None) if work.join(".git").symlink_metadata().is_err() => None,
        Ok(None) => {
            gaps.push(gap(
                at,
                "git does not know its `.git` for a repository's, which is not captured".to_owned(),
            ));
            None
        }
        Err(reason) => {
            gaps.push(gap(at, format!("git cannot read its repository, which is not captured: {reason}")));
            None
        }
    };
    let Some(place) = place else {
        let (found, unread) = walk(&work, &|_| true);
        gaps.extend(unread.into_iter().map(|(path, reason)| gap(&at.join(path.bytes()), reason)));
        return Looked { sorted: sort(at, Known::default(), found, patterns, gaps, notes), repository: None };
    };
    let moment = Moment::of(&place);
    let answers = ask(&place, at, patterns);
    let mut doubt = false;
    let mut failed = |what: &str, reason: String| {
        gaps.push(gap(at, format!("{what}: {reason}")));
        doubt = true;
    };
    let unread = answers.unread;
    let tracked = answers.tracked.unwrap_or_else(|reason| {
        failed("what is tracked is not known", reason);
        Vec::new()
    });
    let differing = answers.differing.unwrap_or_else(|reason| {
        failed("what differs from the index is not known", reason);
        Vec::new()
    });
    let ignored = answers.ignored.unwrap_or_else(|reason| {
        failed("what is ignored is not known", reason);
        Ignored::default()
    });
    let mut converted = answers.converted.unwrap_or_else(|reason| {
        failed("which files git converts is not known", reason);
        Vec::new()
    });
    let history = answers.history.map_err(|reason| failed("the repository cannot be captured", reason)).ok();
    let (staged, staged_count) = answers.staged.unwrap_or_else(|reason| {
        failed("what is staged is not known", reason);
        (Vec::new(), 0)
    });
    gaps.extend(unread.into_iter().map(|(path, reason)| gap(&at.join(path.bytes()), reason)));
    converted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let mut lfs = Vec::new();
    let mut paths = Vec::with_capacity(converted.len());
    for (path, conversion) in converted {
        if let Conversion::Lfs { sha256, size, file } = conversion {
            let path = at.join(path.bytes());
            if file.is_none() {
                notes.lfs_absent.add(&path);
            }
            lfs.push(LfsFile { path, sha256, size, present: file.is_some() });
        }
        paths.push(path);
    }
    let state = state_items(&place, gaps, root);
    let known = Known { git: true, tracked, differing, converted: paths, ignored, doubt };
    let sorted = sort(at, known, answers.found, patterns, gaps, notes);
    let first_commits = answers.first_commits;
    let repository = history.map(|history| {
        gaps.extend(history.gaps.iter().map(|reason| gap(at, reason.clone())));
        Repo { place, history, staged, staged_count, state, lfs, first_commits, moment }
    });
    Looked { sorted, repository }
}

/// Asks git, all at once, and walks as soon as it is known what is ignored.
fn ask(place: &Place, at: &RawPath, patterns: &Patterns) -> Answers {
    let lost = || "a thread failed".to_owned();
    std::thread::scope(|scope| {
        let listed = scope.spawn(|| {
            let tracked = tracked(place);
            let converted = tracked.as_ref().map_or_else(|_| Ok(Vec::new()), |list| converted(place, list));
            (tracked, converted)
        });
        let differing = scope.spawn(|| differing(place));
        let staged = scope.spawn(|| staged(place));
        let history = scope.spawn(|| history(place));
        // They tell trees apart, which only the tree itself is asked.
        let first = at.is_empty().then(|| scope.spawn(|| first_commits(place)));
        let ignored = ignored(place);
        let region = ignored.as_ref().map_or_else(|_| Region::default(), Region::new);
        let enter = |path: &RawPath| !region.has(path) || patterns.reach_into(&at.join(path.bytes()));
        let (found, unread) = walk(&place.work, &enter);
        let (tracked, converted) = listed.join().unwrap_or_else(|_| (Err(lost()), Err(lost())));
        Answers {
            history: history.join().unwrap_or_else(|_| Err(lost())),
            tracked,
            converted,
            differing: differing.join().unwrap_or_else(|_| Err(lost())),
            ignored,
            staged: staged.join().unwrap_or_else(|_| Err(lost())),
            first_commits: first.and_then(|first| first.join().ok()).unwrap_or_default(),
            found,
            unread,
        }
    })
}

/// The files of the git directory that are captured, paths relative to it.
fn state_items(place: &Place, gaps: &mut Vec<Gap>, root: &Path) -> Vec<Item> {
    let above = below(root, &place.git_dir);
    let files = state_files(place).unwrap_or_else(|reason| {
        gaps.push(Gap { path: above.clone(), reason });
        Vec::new()
    });
    let class = Class { source: Source::Git, ..Class::default() };
    let mut items = Vec::with_capacity(files.len());
    for path in files {
        match Item::at(place.git_dir.join(path.to_path()), path.clone(), class) {
            Ok(item) => items.push(item),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => gaps.push(Gap { path: above.join(path.bytes()), reason: error.to_string() }),
        }
    }
    items
}

/// A place as the point names it: relative to the tree when it lies in it.
pub(super) fn below(root: &Path, path: &Path) -> RawPath {
    RawPath::of(path.strip_prefix(root).unwrap_or(path))
}

/// The `.git` of a work tree when it is a file or a link: it says where the git directory is, and is captured like any other
/// file, though git never tells of it.
pub(super) fn git_file(root: &Path, at: &RawPath) -> Option<Item> {
    let path = at.join(b".git");
    let class = Class { source: Source::Untracked, ..Class::default() };
    let item = Item::at(root.join(path.to_path()), path, class).ok()?;
    matches!(item.kind, Kind::File | Kind::Link).then_some(item)
}

/// What tells whether another git command was at work meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    head: Option<Seen>,
    index: Option<Seen>,
    /// Whether the index is held by another command.
    pub locked: bool,
}

/// Which file it is and when it was written to. Git writes the index beside its place and renames it, so that each writing
/// shows in the number of the file alone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    size: u64,
    times: [i64; 4],
    number: (u64, u64),
}

impl Moment {
    /// Now.
    pub(super) fn of(place: &Place) -> Self {
        let seen = |name: &str| -> Option<Seen> {
            let path: PathBuf = place.git_dir.join(name);
            path.symlink_metadata().ok().map(|metadata| Seen::of(&metadata))
        };
        Self { head: seen("HEAD"), index: seen("index"), locked: seen("index.lock").is_some() }
    }
}

impl Seen {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.size(),
            times: [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()],
            number: (metadata.dev(), metadata.ino()),
        }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        let meta = crate::rollback::tree::meta_of(metadata);
        let times = [meta.seconds, i64::from(meta.nanoseconds), 0, 0];
        Self { size: metadata.len(), times, number: (0, 0) }
    }
}
