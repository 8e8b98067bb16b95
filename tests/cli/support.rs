//! What several test files need.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::Timestamp;
use readiness::audit::Settings;
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;
use readiness::engine::{self, Outcome, Progress, Started};
use readiness::report::{Finding, Report};

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

/// The moment of every audit of the tests, in seconds since 1970: 2026-06-15, noon in UTC.
pub(crate) const NOW: i64 = 1_781_524_800;

/// Audits a tree, deep, as the command does: a `readiness.yaml` at its root has force.
pub(crate) fn audit(tree: &Path, only: &[&str]) -> Report {
    let args = AuditArgs {
        path: Some(tree.to_owned()),
        deep: true,
        only: only.iter().map(|id| (*id).to_owned()).collect(),
        ..AuditArgs::default()
    };
    audit_report(&args, Timestamp::from_second(NOW).unwrap(), &|_| None).expect("the tree can be audited")
}

/// Runs checks over a tree, deep, with given settings; no gate.
pub(crate) fn audit_with(tree: &Path, only: &[&str], settings: &Settings) -> Outcome {
    let started = readiness::audit::CHECKS
        .iter()
        .filter(|item| only.is_empty() || only.contains(&item.check.id))
        .map(|item| Started { check: item.check, start: (item.start)(settings) })
        .collect();
    let reading = engine::Settings { deep: true, ..engine::Settings::default() };
    engine::run(tree, &reading, started, &Progress::default()).expect("the tree can be read")
}

/// All findings of a report.
pub(crate) fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    report.checks.iter().flat_map(|check| &check.findings)
}

/// What the program itself does in a folder, at a moment in seconds since 1970, with nothing else of the environment than
/// where programs lie.
pub(crate) fn readiness(folder: &Path, arguments: &[&str], moment: i64) -> Output {
    Command::new(env!("CARGO_BIN_EXE_readiness"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SOURCE_DATE_EPOCH", moment.to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Writes text on a fixed path under a folder, making folders as needed.
pub(crate) fn write(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes.as_ref()).unwrap();
}
