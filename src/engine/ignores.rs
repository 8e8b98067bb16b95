//! Which files git would ignore. The rules of each folder stand on those of the folders above it, up to the root of
//! the repository; a repository inside the tree starts anew.

use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Largest ignore file read, in bytes.
const LIMIT: u64 = 1 << 20;

/// The ignore rules that hold in one folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignores(Option<Arc<Layer>>);

#[derive(Debug)]
struct Layer {
    rules: Gitignore,
    above: Ignores,
}

impl Ignores {
    /// The rules at the root of an audit: those of the repository's exclude file and of every folder from the
    /// repository's root down to (not including) the audited one. Outside a repository git ignores nothing.
    pub(super) fn above(root: &Path, repository: Option<&Path>) -> Self {
        let Some(repository) = repository else { return Self::default() };
        let mut rules = Self::default().with_file(repository, &repository.join(".git/info/exclude"));
        let mut folders: Vec<&Path> =
            root.ancestors().skip(1).take_while(|folder| folder.starts_with(repository)).collect();
        folders.reverse();
        for folder in folders {
            rules = rules.with_file(folder, &folder.join(".gitignore"));
        }
        rules
    }

    /// The rules of a folder with its own `.gitignore` added.
    pub(super) fn enter(&self, folder: &Path) -> Self {
        self.with_file(folder, &folder.join(".gitignore"))
    }

    fn with_file(&self, folder: &Path, file: &Path) -> Self {
        let Ok(text) = crate::host::files::read_bounded(file, LIMIT) else { return self.clone() };
        let mut builder = GitignoreBuilder::new(folder);
        for line in String::from_utf8_lossy(&text).lines() {
            // A line git itself would not understand ignores nothing.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(rules) if !rules.is_empty() => Self(Some(Arc::new(Layer { rules, above: self.clone() }))),
            _ => self.clone(),
        }
    }

    /// Whether git ignores a path (absolute, inside the folder these rules hold in).
    pub(super) fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        let mut layer = self.0.as_deref();
        while let Some(current) = layer {
            match current.rules.matched(path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => layer = current.above.0.as_deref(),
            }
        }
        false
    }
}
