//! What several test files need.

use std::path::{Path, PathBuf};

use readiness::engine::{self, Outcome, Progress, Started};
use readiness::report::Finding;

/// A path inside the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The corpora, when the environment names them; says on stderr that a test was skipped otherwise.
pub(crate) fn corpora(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("READINESS_CORPORA").map(PathBuf::from);
    if named.is_none() {
        eprintln!("{test}: skipped, READINESS_CORPORA is not set");
    }
    named.map(|path| if path.is_absolute() { path } else { repository("").join(path) })
}

/// Runs checks over a tree with built-in settings, deep.
pub(crate) fn audit(tree: &Path, only: &[&str]) -> Outcome {
    let settings = readiness::audit::Settings::default();
    let started = readiness::audit::CHECKS
        .iter()
        .filter(|item| only.is_empty() || only.contains(&item.check.id))
        .map(|item| Started { check: item.check, start: (item.start)(&settings) })
        .collect();
    let reading = engine::Settings { deep: true, ..engine::Settings::default() };
    engine::run(tree, &reading, started, &Progress::default()).expect("the tree can be read")
}

/// All findings of an outcome.
pub(crate) fn findings(outcome: &Outcome) -> impl Iterator<Item = &Finding> {
    outcome.checks.iter().flat_map(|check| &check.findings)
}

/// Writes text on a fixed path under a folder, making folders as needed.
pub(crate) fn write(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes.as_ref()).unwrap();
}
