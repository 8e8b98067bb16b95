//! What several test files need.

use std::path::{Path, PathBuf};

use readiness::artifact::signature::TrustedKey;
use readiness::audit::Settings;
use readiness::config::{self, Known};
use readiness::crypto::keys::parse_public_keys;
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

/// Runs checks over a tree, deep, with built-in settings or those of its `readiness.yaml`.
pub(crate) fn audit(tree: &Path, only: &[&str]) -> Outcome {
    audit_with(tree, only, &settings_of(tree))
}

/// What the `readiness.yaml` of a tree says to its checks.
fn settings_of(tree: &Path) -> Settings {
    let known = Known { checks: &[], rules: &[] };
    let Some(config) = config::find(tree, known).expect("a configuration") else {
        return Settings::default();
    };
    let keys = config.public_keys.iter().flat_map(|name| {
        let keys = parse_public_keys(&std::fs::read(tree.join(name)).unwrap()).unwrap();
        keys.into_iter().map(|key| TrustedKey::unconditional(name.clone(), key))
    });
    let mut settings = Settings::default();
    settings.integrity.keys = keys.collect();
    settings.integrity.manifest = config.manifest.map(PathBuf::from);
    settings.integrity.critical = config.critical;
    settings.integrity.require_signature = config.require_signed_manifest;
    settings
}

/// Runs checks over a tree, deep, with given settings.
pub(crate) fn audit_with(tree: &Path, only: &[&str], settings: &Settings) -> Outcome {
    let started = readiness::audit::CHECKS
        .iter()
        .filter(|item| only.is_empty() || only.contains(&item.check.id))
        .map(|item| Started { check: item.check, start: (item.start)(settings) })
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
