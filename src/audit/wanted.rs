//! Files that globs of the settings name. They are read even when git ignores them (built artefacts usually are
//! ignored), and a glob that names no file at all is told apart: it protects nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use globset::GlobMatcher;

use crate::engine::Findings;
use crate::formats::glob::{self, GlobError};
use crate::host::files::path_text;
use crate::report::LeftOutKind;

/// Most entries met on disk for one glob.
const MOST: usize = 20_000;
/// Deepest folder entered below the fixed part of a glob.
const DEPTH: usize = 32;

/// Globs over paths relative to the tree; `*` does not cross a `/`.
pub(super) struct Wanted(Vec<Glob>);

struct Glob {
    text: String,
    matcher: GlobMatcher,
    used: AtomicBool,
    /// Whether the search on disk ended at its bound, or at a folder that could not be read.
    unsearched: AtomicBool,
}

impl Wanted {
    /// Compiles globs.
    ///
    /// # Errors
    /// The first that is none.
    pub(super) fn new(globs: &[String]) -> Result<Self, GlobError> {
        let compile = |text: &String| {
            glob::parse(text).map(|glob| Glob {
                text: text.clone(),
                matcher: glob.compile_matcher(),
                used: AtomicBool::new(false),
                unsearched: AtomicBool::new(false),
            })
        };
        globs.iter().map(compile).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one matches, which is remembered.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut any = false;
        for glob in &self.0 {
            if glob.matcher.is_match(path) {
                glob.used.store(true, Relaxed);
                any = true;
            }
        }
        any
    }

    /// The globs that have matched nothing so far.
    pub(super) fn unused(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|glob| !glob.used.load(Relaxed)).map(|glob| glob.text.as_str())
    }

    /// Notes the globs whose files may not all have been found on disk.
    pub(super) fn note_unsearched(&self, findings: &mut Findings<'_>) {
        for glob in self.0.iter().filter(|glob| glob.unsearched.load(Relaxed)) {
            let reason = "ignored files that a glob names: not all folders could be searched for them";
            findings.left_out(LeftOutKind::Unreadable, reason, &glob.text);
        }
    }

    /// Files on disk that the globs match, relative to the tree. Folders are searched only where a glob begins with
    /// a fixed folder or is of fixed depth; links are not followed.
    pub(super) fn on_disk(&self, root: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for glob in &self.0 {
            let parts: Vec<&str> = glob.text.split('/').collect();
            let plain = |part: &&&str| !part.contains(['*', '?', '[', ']', '{', '}', '\\']);
            let fixed: Vec<&str> = parts.iter().take_while(plain).copied().collect();
            if fixed.len() == parts.len() {
                found.insert(glob.text.clone());
                continue;
            }
            let depth = if !glob.text.contains("**") && !glob.text.contains('{') {
                parts.len() - fixed.len() - 1
            } else if fixed.is_empty() {
                continue;
            } else {
                DEPTH
            };
            let folder = root.join(fixed.join("/"));
            if folder.canonicalize().is_ok_and(|real| real.starts_with(root)) {
                let mut left = MOST;
                let whole = search(root, &folder, depth, &mut left, &glob.matcher, &mut found);
                glob.unsearched.fetch_or(!whole, Relaxed);
            }
        }
        found
    }
}

/// Searches a folder; false when not everything in it could be met.
fn search(
    root: &Path,
    folder: &Path,
    depth: usize,
    left: &mut usize,
    matcher: &GlobMatcher,
    found: &mut BTreeSet<String>,
) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let mut whole = true;
    for entry in entries {
        let Some(less) = left.checked_sub(1) else { return false };
        *left = less;
        let Ok(entry) = entry else {
            whole = false;
            continue;
        };
        let path = entry.path();
        let relative = path_text(path.strip_prefix(root).unwrap_or(&path));
        match entry.file_type() {
            Ok(kind) if kind.is_file() && matcher.is_match(&relative) => {
                found.insert(relative);
            }
            Ok(kind) if kind.is_dir() && depth > 0 && entry.file_name() != ".git" => {
                whole &= search(root, &path, depth - 1, left, matcher, found);
            }
            _ => {}
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_on_disk_and_unused_globs_known() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["dist/a.tar.gz", "dist/deep/er/b.bin", "top.bin", "src/c.bin"] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "x").unwrap();
        }
        let globs = ["dist/*.tar.gz", "dist/**/*.bin", "*.bin", "**/*.bin", "exact/file", "none/*"];
        let wanted = Wanted::new(&globs.map(str::to_owned)).unwrap();
        let found: Vec<String> = wanted.on_disk(&root).into_iter().collect();
        assert_eq!(found, ["dist/a.tar.gz", "dist/deep/er/b.bin", "exact/file", "top.bin"]);
        for path in ["dist/a.tar.gz", "dist/deep/er/b.bin", "top.bin", "src/c.bin"] {
            assert!(wanted.matches(path), "{path}");
        }
        assert!(!wanted.matches("dist/deep/a.tar.gz"));
        assert_eq!(wanted.unused().collect::<Vec<_>>(), ["exact/file", "none/*"]);
        assert!(Wanted::new(&["[".to_owned()]).is_err());
        assert!(wanted.0.iter().all(|glob| !glob.unsearched.load(Relaxed)));
    }

    #[test]
    fn a_search_that_ends_at_its_bound_says_so() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let wanted = Wanted::new(&["*".to_owned()]).unwrap();
        let matcher = &wanted.0[0].matcher;
        for (mut left, whole) in [(3, true), (2, false)] {
            let mut found = BTreeSet::new();
            let bound = left;
            assert_eq!(search(folder.path(), folder.path(), 0, &mut left, matcher, &mut found), whole);
            assert_eq!(found.len(), bound);
        }
        let absent = folder.path().join("absent");
        assert!(!search(folder.path(), &absent, 0, &mut 9, matcher, &mut BTreeSet::new()));
    }
}
