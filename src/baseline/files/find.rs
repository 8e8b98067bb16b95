//! The files that a declaration means: one by its path, or those that a glob matches.

use std::fs::FileType;
use std::path::{Component, Path, PathBuf};

use globset::GlobMatcher;

use crate::formats::glob;
use crate::host::files::path_text;

/// Most entries of folders that are looked at for a glob.
const ENTRIES: usize = 200_000;
/// Most files that a glob may match.
const FILES: usize = 1_000;
/// Deepest folder, from where the glob begins.
const DEPTH: usize = 32;

/// What a declaration means.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Name in reports and path of each file.
    pub(super) files: Vec<(String, PathBuf)>,
    /// Why these are not all.
    pub(super) trouble: Option<String>,
}

/// What is declared by `path`, from `folder` on.
pub(super) fn find(path: &str, folder: &Path) -> Found {
    let literal = folder.join(path);
    // A file whose name looks like a glob is meant by its name.
    if !path.contains(['*', '?', '[', '{']) || std::fs::symlink_metadata(&literal).is_ok() {
        return Found { files: vec![(path.to_owned(), literal)], trouble: None };
    }
    if Path::new(path).components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return trouble(
            "a glob must stay in the folder of the configuration: it may not begin with `/` or hold `..`",
        );
    }
    let matcher = match glob::parse(path.trim_start_matches("./")) {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => return trouble(&error.to_string()),
    };
    let Ok(real) = folder.canonicalize() else { return trouble("its folder cannot be read") };
    let mut walk = Walk { matcher, folder: &real, left: ENTRIES, found: Found::default() };
    let start: PathBuf = Path::new(path.trim_start_matches("./"))
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '\\']))
        .collect();
    walk.folder(&real.join(start), 0);
    let mut found = walk.found;
    found.files.sort();
    if found.files.is_empty() && found.trouble.is_none() {
        found.trouble = Some("no file matches".to_owned());
    }
    found
}

fn trouble(words: &str) -> Found {
    Found { files: Vec::new(), trouble: Some(words.to_owned()) }
}

struct Walk<'f> {
    matcher: GlobMatcher,
    folder: &'f Path,
    left: usize,
    found: Found,
}

impl Walk<'_> {
    fn folder(&mut self, at: &Path, depth: usize) {
        let entries = match std::fs::read_dir(at) {
            Ok(entries) => entries,
            // The fixed beginning of a glob that is not there matches nothing; what is there must be read.
            Err(error) if depth == 0 && error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return self.trouble(format!("{}: {error}", path_text(self.relative(at)))),
        };
        for entry in entries.flatten() {
            if self.left == 0 {
                return self.trouble(format!("more than {ENTRIES} entries: not all were looked at"));
            }
            self.left -= 1;
            let (path, kind) = (entry.path(), entry.file_type());
            let Ok(kind) = kind else { continue };
            if kind.is_dir() {
                if depth < DEPTH {
                    self.folder(&path, depth + 1);
                } else {
                    self.trouble(format!("folders deeper than {DEPTH} were not looked at"));
                }
            } else if self.matcher.is_match(self.relative(&path)) && self.is_meant(&path, kind) {
                if self.found.files.len() >= FILES {
                    return self.trouble(format!("it matches more than {FILES} files"));
                }
                let text = path_text(self.relative(&path));
                self.found.files.push((text, path));
            }
        }
    }

    /// A link counts when what it leads to is a file of the folder; what leads out of it is not what a glob means.
    fn is_meant(&self, path: &Path, kind: FileType) -> bool {
        if !kind.is_symlink() {
            return true;
        }
        path.canonicalize().is_ok_and(|real| real.starts_with(self.folder) && real.is_file())
    }

    fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.folder).unwrap_or(path)
    }

    fn trouble(&mut self, words: String) {
        self.found.trouble.get_or_insert(words);
    }
}
