//! Configuration files of a tree, found by globs: bounded, without following links.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::host::files::path_text;

/// Folders that hold what others made, and what this program keeps.
const NOT_ENTERED: [&str; 4] = [".git", ".readiness", "node_modules", "target"];
/// Most files; most entries met on the way; deepest folder entered.
const FILES: usize = 2_000;
const ENTRIES: usize = 200_000;
const DEPTH: usize = 32;

/// A glob, and which folders it can match anything in.
struct Wish {
    /// The folders that it begins with.
    fixed: Vec<String>,
    /// How many parts its paths have; none for any number.
    parts: Option<usize>,
}

impl Wish {
    fn of(glob: &str) -> Self {
        // A `/` between braces is not between parts.
        let parts: Vec<&str> =
            if glob.contains('{') { glob.split('{').take(1).collect() } else { vec![glob] };
        let begin = parts.first().copied().unwrap_or_default();
        let plain = |part: &&str| !part.contains(['*', '?', '[', ']', '{', '}', '\\']);
        let all: Vec<&str> = begin.split('/').collect();
        // The last part is a file, or not whole.
        let folders = all.len().saturating_sub(1);
        let fixed = all.iter().take(folders).copied().take_while(plain).map(str::to_owned).collect();
        let inner = glob.split_once('{').is_some_and(|(_, rest)| rest.contains('/'));
        let parts = (!inner && !glob.contains("**")).then(|| glob.split('/').count());
        Self { fixed, parts }
    }

    /// Whether anything in a folder, or below it, may match.
    fn may_enter(&self, folder: &[&str]) -> bool {
        self.fixed.iter().zip(folder).all(|(fixed, part)| fixed == part)
            && self.parts.is_none_or(|parts| folder.len() < parts)
    }
}

/// Paths relative to the tree that globs match, sorted; what could not be looked at goes to `unseen`.
pub(super) fn find(root: &Path, globs: &[String], unseen: &mut Vec<String>) -> Vec<String> {
    let (mut set, mut wishes) = (GlobSetBuilder::new(), Vec::new());
    for glob in globs {
        // `{docker-,}compose.yaml` is a way to write that something may be absent.
        match GlobBuilder::new(glob).literal_separator(true).empty_alternates(true).build() {
            Ok(built) => {
                set.add(built);
                wishes.push(Wish::of(glob));
            }
            Err(error) => unseen.push(format!("glob `{glob}`: {}", error.kind())),
        }
    }
    let set = match set.build() {
        Ok(set) => set,
        Err(error) => {
            unseen.push(format!("baseline.drift.files: {error}"));
            return Vec::new();
        }
    };
    let mut search = Search { root, set, wishes, found: Vec::new(), left: ENTRIES, full: false, unseen };
    search.folder("", 0);
    search.found.sort_unstable();
    search.found
}

struct Search<'a> {
    root: &'a Path,
    set: GlobSet,
    wishes: Vec<Wish>,
    found: Vec<String>,
    left: usize,
    full: bool,
    unseen: &'a mut Vec<String>,
}

impl Search<'_> {
    /// Looks at a folder; `path` is empty or ends in a `/`.
    fn folder(&mut self, path: &str, depth: usize) {
        let entries = match std::fs::read_dir(self.root.join(path)) {
            Ok(entries) => entries,
            Err(error) => {
                return self.unseen.push(format!("{}: {error}", if path.is_empty() { "." } else { path }));
            }
        };
        let mut names: Vec<(String, Option<std::fs::FileType>)> = Vec::new();
        for entry in entries.map_while(Result::ok) {
            if self.left == 0 {
                self.stop(&format!("more than {ENTRIES} files and folders"));
                break;
            }
            self.left -= 1;
            let name = entry.file_name();
            // Names that are no text are not written in globs.
            if let Some(name) = name.to_str() {
                names.push((name.to_owned(), entry.file_type().ok()));
            } else if self.set.is_match(path_text(Path::new(&name))) {
                self.unseen.push(format!("{path}{}: its name is no text", path_text(Path::new(&name))));
            }
        }
        names.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (name, kind) in names {
            if self.full {
                return;
            }
            let below = format!("{path}{name}");
            match kind {
                Some(kind) if kind.is_dir() => {
                    let parts: Vec<&str> = below.split('/').collect();
                    let wanted = self.wishes.iter().any(|wish| wish.may_enter(&parts));
                    if !wanted || NOT_ENTERED.contains(&name.as_str()) {
                        continue;
                    }
                    if depth < DEPTH {
                        self.folder(&format!("{below}/"), depth + 1);
                    } else {
                        self.unseen.push(format!("{below}: deeper than {DEPTH} folders"));
                    }
                }
                Some(kind) if kind.is_symlink() && self.leads_on(&below) => {
                    self.unseen.push(format!("{below}: a link to a folder, which is not followed"));
                }
                _ if !self.set.is_match(&below) => {}
                Some(kind) if kind.is_file() => {
                    if self.found.len() >= FILES {
                        self.stop(&format!("more than {FILES} configuration files"));
                        return;
                    }
                    self.found.push(below);
                }
                Some(kind) if kind.is_symlink() => {
                    self.unseen.push(format!("{below}: a link, which is not followed"));
                }
                _ => self.unseen.push(format!("{below}: not a regular file")),
            }
        }
    }

    /// Whether a link leads to a folder in which there may be configuration.
    fn leads_on(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        self.wishes.iter().any(|wish| wish.may_enter(&parts)) && self.root.join(path).is_dir()
    }

    fn stop(&mut self, reason: &str) {
        if !self.full {
            self.unseen.push(format!("{reason}: the rest was not looked at"));
        }
        self.full = true;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "the trees of tests")]

    use super::*;
    use crate::baseline::settings::DEFAULT_CONFIG;

    fn found(root: &Path, globs: &[&str]) -> (Vec<String>, Vec<String>) {
        let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let mut unseen = Vec::new();
        (find(root, &globs, &mut unseen), unseen)
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(file), "a: 1").unwrap();
        }
        folder
    }

    #[test]
    fn files_are_found_by_the_built_in_globs() {
        let tree = tree(&[
            "readiness.yaml",
            ".env",
            ".env.production",
            "Cargo.toml",
            "src/inner.toml",
            "config/production.yaml",
            "config/deep/er/app.properties",
            "config/notes.txt",
            "compose.yaml",
            "docker-compose.prod.yml",
            "node_modules/x/config/a.yaml",
            "other/config/a.yaml",
            "application-prod.yml",
        ]);
        let (files, unseen) = found(tree.path(), DEFAULT_CONFIG);
        let expected = [
            ".env",
            ".env.production",
            "Cargo.toml",
            "application-prod.yml",
            "compose.yaml",
            "config/deep/er/app.properties",
            "config/production.yaml",
            "docker-compose.prod.yml",
            "readiness.yaml",
        ];
        assert_eq!(
            (files.iter().map(String::as_str).collect::<Vec<_>>(), unseen.len()),
            (expected.to_vec(), 0)
        );
    }

    #[test]
    fn globs_reach_as_far_as_they_are_written() {
        let tree = tree(&[
            "a/b/c.yaml",
            "a/d.yaml",
            "node_modules/e.yaml",
            ".git/f.yaml",
            "target/g.yaml",
            "h.yaml",
        ]);
        for (glob, expected) in [
            ("**/*.yaml", &["a/b/c.yaml", "a/d.yaml", "h.yaml"][..]),
            ("*/*.yaml", &["a/d.yaml"]),
            ("a/b/c.yaml", &["a/b/c.yaml"]),
            ("{a/b,a}/*.yaml", &["a/b/c.yaml", "a/d.yaml"]),
            ("a/{b/c,d}.yaml", &["a/b/c.yaml", "a/d.yaml"]),
            ("a/**", &["a/b/c.yaml", "a/d.yaml"]),
            ("../**", &[]),
            ("/etc/passwd", &[]),
        ] {
            assert_eq!(found(tree.path(), &[glob]).0, expected, "{glob}");
        }
        assert!(found(tree.path(), &["["]).1[0].contains("glob `[`"));
        assert_eq!(found(&tree.path().join("none"), &["*"]).1.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_and_not_followed() {
        let tree = tree(&["config/a.yaml", "elsewhere/b.yaml"]);
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, tree.path().join(name)).unwrap();
        };
        link("/etc/passwd", "config/link.yaml");
        link("../elsewhere", "config/folder");
        let (files, unseen) = found(tree.path(), &["config/**/*.yaml"]);
        assert_eq!(files, ["config/a.yaml"]);
        assert_eq!(
            unseen,
            [
                "config/folder: a link to a folder, which is not followed",
                "config/link.yaml: a link, which is not followed"
            ]
        );
    }
}
