//! What the check knows while it is at work: claims that no one has answered yet, the lists they come from, and what was
//! found. A claim leaves the ledger when it is answered, so that memory grows with the lists and not with the tree.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::claim::{Claim, Difference, Expected};
use super::direct;
use super::modes::{self, Change, Umasks};
use super::problems::Problems;
use super::source::List;
use crate::engine::Entry;
use crate::report::{LeftOutKind, Status};

/// A list that is in use.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path in the tree, or its name where it lies elsewhere.
    pub(super) name: String,
    /// Whether it lies in the tree.
    pub(super) in_tree: bool,
    /// Whether it is our own manifest, which claims to be complete.
    pub(super) is_manifest: bool,
    /// SHA-256 of its bytes.
    pub(super) digest: [u8; 32],
    /// Claims whose path is there.
    there: u64,
}

/// Everything known so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The tree, once it is known.
    pub(super) root: Option<PathBuf>,
    /// Whether every file is read.
    pub(super) deep: bool,
    /// The lists in use.
    pub(super) sources: Vec<Source>,
    /// Whether our own manifest is in use.
    pub(super) manifest: bool,
    /// Paths that the manifest need not list: itself and its signature.
    pub(super) own: Vec<String>,
    /// Findings.
    pub(super) problems: Problems,
    /// What was not looked at, and the path it concerns.
    pub(super) omissions: Vec<(LeftOutKind, String, String)>,
    /// How the check ends when nothing was found.
    pub(super) instead: Option<Status>,
    /// Claims answered.
    pub(super) compared: u64,
    /// Signatures verified.
    pub(super) signatures: u64,
    claims: HashMap<String, Vec<Claim>>,
    lists: HashMap<String, usize>,
    umasks: Umasks,
    /// Patterns of critical files that matched something.
    matched: Vec<bool>,
}

impl Ledger {
    /// Takes a list in. `name` is its path in the tree when it lies there.
    pub(super) fn take_in(&mut self, name: &str, in_tree: bool, is_manifest: bool, list: List) {
        if in_tree && self.lists.contains_key(name) {
            return;
        }
        let source = self.sources.len();
        let place = if in_tree { name } else { "" };
        for (rule, line, message) in list.problems {
            self.problems.add(rule, place, line, message);
        }
        self.omissions
            .extend(list.omissions.into_iter().map(|(kind, reason)| (kind, reason, name.to_owned())));
        for (path, claim) in list.claims {
            self.claims.entry(path).or_default().push(Claim { source, ..claim });
        }
        if in_tree {
            self.lists.insert(name.to_owned(), source);
        }
        let (name, digest) = (name.to_owned(), list.digest);
        self.sources.push(Source { name, in_tree, is_manifest, digest, there: 0 });
        self.manifest |= is_manifest;
    }

    /// Whether a file is a list in use.
    pub(super) fn is_list(&self, path: &str) -> bool {
        self.lists.contains_key(path)
    }

    /// Notes when a list is not the same any more as when it was read.
    pub(super) fn check_list(&mut self, path: &str, digest: Option<[u8; 32]>) {
        let source = self.lists.get(path).and_then(|at| self.sources.get(*at));
        if source.is_some_and(|source| digest.is_some_and(|digest| digest != source.digest)) {
            let why = "the list changed while the audit ran".to_owned();
            self.problems.add("INT-009", path, 0, why);
        }
    }

    /// Whether the engine should read a file for its digest.
    pub(super) fn awaits(&self, path: &str) -> bool {
        self.claims.get(path).is_some_and(|claims| claims.iter().any(|claim| claim.expected.is_for_engine()))
    }

    /// Paths of the claims of all lists.
    pub(super) fn paths(&self) -> Vec<String> {
        self.claims.keys().cloned().collect()
    }

    /// Takes out the claims on a path that `fits` holds for.
    pub(super) fn take_out(&mut self, path: &str, fits: impl Fn(&Expected) -> bool) -> Vec<Claim> {
        let Some(mut claims) = self.claims.remove(path) else { return Vec::new() };
        let taken = claims.extract_if(.., |claim| fits(&claim.expected)).collect();
        if !claims.is_empty() {
            self.claims.insert(path.to_owned(), claims);
        }
        taken
    }

    /// Holds an entry of the tree against the manifest's claim to be complete, and against the critical patterns.
    pub(super) fn meet(&mut self, entry: &Entry, critical: &GlobSet) {
        let is_critical = self.match_critical(&entry.path, critical);
        if !self.manifest || self.own.contains(&entry.path) {
            return;
        }
        let is_manifest = |claim: &Claim| self.sources.get(claim.source).is_some_and(|from| from.is_manifest);
        if !self.claims.get(&entry.path).is_some_and(|claims| claims.iter().any(is_manifest)) {
            let (rule, message) = if is_critical {
                ("INT-011", "critical, and the manifest does not list it")
            } else {
                ("INT-004", "the manifest does not list it")
            };
            self.problems.add(rule, &entry.path, 0, message.to_owned());
        }
    }

    /// Whether a path is critical; the patterns that say so are noted.
    fn match_critical(&mut self, path: &str, critical: &GlobSet) -> bool {
        let matches = critical.matches(path);
        self.matched.resize(critical.len(), false);
        for index in &matches {
            self.matched.get_mut(*index).into_iter().for_each(|matched| *matched = true);
        }
        !matches.is_empty()
    }

    /// Notes the answer to a claim: the permission bits of a file that is as it should be, or the difference.
    pub(super) fn answer(
        &mut self,
        path: &str,
        claim: &Claim,
        answer: Result<Option<u32>, Difference>,
        critical: &GlobSet,
    ) {
        self.compared += 1;
        let Some(source) = self.sources.get_mut(claim.source) else { return };
        let missing = matches!(answer, Err(Difference::Missing));
        source.there += u64::from(!missing);
        let list = source.name.clone();
        let at_list = missing && source.in_tree && claim.line > 0;
        match answer {
            Err(difference) => {
                let unsure = matches!(difference, Difference::Unverified(_));
                let is_critical = self.match_critical(path, critical) && !unsure;
                let rule = if is_critical { "INT-001" } else { difference.rule() };
                let words = difference.words(&list);
                if at_list && !is_critical {
                    self.problems.add(rule, &list, claim.line, format!("{path}: {words}"));
                } else {
                    self.problems.add(rule, path, 0, words);
                }
            }
            Ok(Some(found)) => {
                if let Expected::File { mode: Some(listed), .. } = claim.expected {
                    self.compare_modes(path, listed, found);
                }
            }
            Ok(None) => {}
        }
    }

    fn compare_modes(&mut self, path: &str, listed: u32, found: u32) {
        let message = || format!("permissions {found:04o}, the manifest lists {listed:04o}");
        match modes::compare(listed, found) {
            Change::Dangerous => self.problems.add("INT-006", path, 0, message()),
            Change::Other => self.problems.add("INT-005", path, 0, message()),
            Change::Umask(Some(umasks)) => self.umasks.note(umasks, path, message()),
            Change::Umask(None) => {}
        }
    }

    /// Answers what the walk left open, and draws the conclusions that need everything.
    pub(super) fn settle(&mut self, root: &Path, critical: &GlobSet) {
        let mut open: Vec<(String, Vec<Claim>)> = self.claims.drain().collect();
        open.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut missing = Vec::new();
        for (path, claims) in open {
            for claim in claims {
                match direct::verify(root, &path, &claim.expected) {
                    Err(Difference::Missing) => missing.push((path.clone(), claim)),
                    answer => self.answer(&path, &claim, answer, critical),
                }
            }
        }
        // A checksum file of which nothing is there speaks of files that are fetched or built elsewhere.
        let mut elsewhere = std::collections::BTreeSet::new();
        for (path, claim) in missing {
            let source = self.sources.get(claim.source);
            if source.is_some_and(|source| !source.is_manifest && source.there == 0)
                && critical.matches(&path).is_empty()
            {
                elsewhere.insert(claim.source);
            } else {
                self.answer(&path, &claim, Err(Difference::Missing), critical);
            }
        }
        for source in elsewhere.into_iter().filter_map(|at| self.sources.get(at)) {
            let reason = "none of the files that it lists is in the tree".to_owned();
            self.omissions.push((LeftOutKind::Unreadable, reason, source.name.clone()));
        }
        self.umasks.settle(&mut self.problems);
    }

    /// Reports the patterns of critical files that matched nothing.
    pub(super) fn unmatched(&mut self, patterns: &[String]) {
        for (index, pattern) in patterns.iter().enumerate() {
            if !self.matched.get(index).copied().unwrap_or(false) {
                self.problems.add("INT-012", "", 0, format!("critical pattern `{pattern}` matches no file"));
            }
        }
    }
}
