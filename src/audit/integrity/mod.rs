//! Integrity: what a manifest or a checksum file lists is what stands in the tree.
//!
//! Lists are read before the files that they list are met: our manifest when the tree is known, a checksum file when
//! its folder is listed. Every file that is read then answers the claims on its path, and what the walk did not show is
//! looked at in the end, so that each claim gets an answer.

mod begin;
mod claim;
mod direct;
mod ledger;
mod modes;
mod problems;
mod signed;
mod source;
mod write;

pub use write::{WriteError, write_manifest};

use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use globset::GlobSet;
use jiff::Timestamp;

use self::claim::{Difference, Expected};
use self::ledger::Ledger;
use self::source::Named;
use crate::artifact::signature::TrustedKey;
use crate::engine::{
    Check, Conclusion, Entry, EntryKind, File, Findings, Inspect, Reads, RuleFile, Start, Tree, Want,
};
use crate::formats::{glob, hex};
use crate::report::{LeftOutKind, Status};

/// The command that makes a manifest, as hints name it.
const HINT: &str = "readiness audit --write-manifest";

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "integrity",
    title: "Integrity",
    about: "Files are those that a manifest or a checksum file lists: unchanged, complete, nothing added.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// What the check is told.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The manifest, where it is not `readiness.manifest.json` at the root of the tree; absolute, or relative to the
    /// tree. It may lie outside the tree, and it may be a checksum file if it is named like one. Its signature lies
    /// beside it and has `.sig` added to its name.
    pub manifest: Option<PathBuf>,
    /// Globs over paths relative to the tree (`*` does not cross a `/`): each file that matches must be listed in the
    /// manifest, and each glob must match something.
    pub critical: Vec<String>,
    /// Keys that may sign the manifest.
    pub keys: Vec<TrustedKey>,
    /// The moment as of which keys are valid or not.
    pub at: Timestamp,
    /// Whether a manifest without a valid signature is refused.
    pub require_signature: bool,
}

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    let settings = settings.integrity.clone();
    match glob::set(settings.critical.iter().map(String::as_str)) {
        Ok(critical) => {
            Start::Run(Box::new(Integrity { settings, critical, ledger: Mutex::new(Ledger::default()) }))
        }
        Err(error) => {
            let reason = format!("integrity.critical: {error}");
            Start::Skip(Status::Errored { reason })
        }
    }
}

struct Integrity {
    settings: Settings,
    critical: GlobSet,
    ledger: Mutex<Ledger>,
}

impl Integrity {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Whoever panicked left at the worst a claim unanswered; the engine has noted the error already.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inspect for Integrity {
    fn begin(&self, tree: &Tree<'_>) {
        let mut ledger = self.ledger();
        ledger.root = Some(tree.root.to_owned());
        ledger.deep = tree.deep;
        begin::load(&self.settings, tree.root, &mut ledger);
    }

    fn named(&self) -> Vec<String> {
        self.ledger().paths()
    }

    fn listed(&self, files: &[Entry]) {
        for entry in files.iter().filter(|entry| entry.is_file()) {
            let Named::List { sure } = source::named(entry.name()) else { continue };
            if self.ledger().is_list(&entry.path) {
                continue;
            }
            if !self.ledger().deep && entry.path.contains('/') {
                let reason = "a checksum file below the root: not used without --deep".to_owned();
                self.ledger().omissions.push((LeftOutKind::Shallow, reason, entry.path.clone()));
                continue;
            }
            let list = source::checksum_file(&entry.location, &entry.path, sure);
            let mut ledger = self.ledger();
            match list {
                Ok(list) => ledger.take_in(&entry.path, true, false, list),
                Err((kind, reason)) => ledger.omissions.push((kind, reason, entry.path.clone())),
            }
        }
        let mut ledger = self.ledger();
        if ledger.manifest || !self.critical.is_empty() {
            files.iter().for_each(|entry| ledger.meet(entry, &self.critical));
        }
    }

    fn wants(&self, entry: &Entry) -> Want {
        let ledger = self.ledger();
        if ledger.is_list(&entry.path) || ledger.awaits(&entry.path) {
            Want::Digest
        } else if source::named(entry.name()) == Named::Weak {
            Want::Name
        } else {
            Want::Nothing
        }
    }

    fn file(&self, file: &File<'_>, findings: &mut Findings<'_>) {
        let path = &file.entry.path;
        let mut ledger = self.ledger();
        if source::named(file.entry.name()) == Named::Weak {
            findings.left_out(LeftOutKind::Unsupported, "MD5 or SHA-1: algorithm not supported", path);
        }
        if let EntryKind::Link(target) = &file.entry.kind {
            // A checksum file means what the link leads to; that is looked at in the end.
            for claim in ledger.take_out(path, |expected| !matches!(expected, Expected::Sum(..))) {
                let answer = claim::link(&claim.expected, target).map_or(Ok(None), Err);
                ledger.answer(path, &claim, answer, &self.critical);
            }
            return;
        }
        let Some(digest) = file.digest else { return };
        ledger.check_list(path, Some(digest));
        for claim in ledger.take_out(path, Expected::is_for_engine) {
            let answer = if file.changed {
                Err(Difference::Unverified("it changed while it was read".to_owned()))
            } else {
                let mode = cfg!(unix).then_some(file.entry.mode);
                claim::contents(&claim.expected, file.entry.size, &digest).map_or(Ok(mode), Err)
            };
            ledger.answer(path, &claim, answer, &self.critical);
        }
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let mut ledger = std::mem::take(&mut *self.ledger());
        let status = match ledger.root.take() {
            Some(root) => {
                ledger.settle(&root, &self.critical);
                if ledger.manifest {
                    ledger.unmatched(&self.settings.critical);
                }
                self.status(&mut ledger)
            }
            None if self.settings.manifest.is_none() && self.settings.critical.is_empty() => {
                Some(Status::not_applicable("single files are the subject, not a tree", ""))
            }
            None => Some(Status::not_evaluated("single files are the subject, not a tree", "")),
        };
        for source in &ledger.sources {
            let kind = if source.is_manifest { "manifests" } else { "checksum files" };
            findings.examined(kind, 1);
            if source.is_manifest {
                let digest = hex::encode(&source.digest);
                findings.examined(&format!("{} (SHA-256 {digest})", source.name), 1);
            }
        }
        for (unit, count) in [("entries", ledger.compared), ("signatures", ledger.signatures)] {
            if count > 0 {
                findings.examined(unit, count);
            }
        }
        for (kind, reason, path) in &ledger.omissions {
            findings.left_out(*kind, reason, path);
        }
        // Whatever was found stands, even when something else could not be looked at.
        let found = !ledger.problems.is_empty();
        ledger.problems.report(findings);
        match status {
            Some(status) if !found => Conclusion::Instead(status),
            _ => Conclusion::Evaluated,
        }
    }
}

impl Integrity {
    /// How the check ends if nothing was found; none if it looked at what it is for.
    fn status(&self, ledger: &mut Ledger) -> Option<Status> {
        if ledger.instead.is_some() {
            return ledger.instead.take();
        }
        if !self.settings.critical.is_empty() && !ledger.manifest {
            let reason = "critical files are configured, but no manifest is in use that could cover them";
            ledger.omissions.push((LeftOutKind::Unsupported, reason.to_owned(), ".".to_owned()));
            return Some(Status::not_evaluated(reason, HINT));
        }
        if ledger.manifest || ledger.compared > 0 {
            return None;
        }
        if ledger.omissions.iter().any(|(kind, ..)| *kind == LeftOutKind::Shallow) {
            return Some(Status::not_applicable(
                "checksum files stand below the root only",
                "readiness audit --deep",
            ));
        }
        Some(match ledger.sources.len() {
            0 => Status::not_applicable("no manifest and no usable checksum file", HINT),
            _ => Status::not_applicable("the checksum files list no file that is in the tree", HINT),
        })
    }
}
