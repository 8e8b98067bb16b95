//! What could not be judged. Each of it is left out by name, and together it is why the check was not evaluated.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::data::Data;
use super::judge::Judged;
use super::{Assembled, Settings};
use crate::advisories::builtin;
use crate::advisories::store::StoreError;
use crate::engine::Findings;
use crate::formats::ecosystem::Ecosystem;
use crate::formats::lockfile::Kind;
use crate::formats::package::Package;
use crate::report::LeftOutKind;
use crate::report::Status;

/// What completes the check, as hints name it.
const UPDATE: &str = "readiness advisories update";
/// Most ecosystems named in a reason.
const NAMED: usize = 4;

/// Everything that keeps the check from having looked.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// What is wrong with the data, worst first, and what to do about it.
    data: Vec<(String, &'static str)>,
    /// Scanners that were asked for and gave no report, and why.
    scanners: Vec<(String, String)>,
    /// Files that were not understood.
    files: Vec<(String, String)>,
    /// Ecosystems without data, with the number of their packages.
    without_data: BTreeMap<String, u64>,
    /// Whether there is a database at all: without one, every ecosystem lacks data, and that is said once.
    has_database: bool,
    /// Single packages: reason, file, how many.
    packages: BTreeMap<(String, String), u64>,
    /// The same, of what is no package of the product.
    beside: BTreeMap<(String, String), u64>,
    /// Project files that ask for packages that no lock file pins; those of the product, and the others.
    unlocked: [BTreeSet<String>; 2],
    /// Files that list only a part of what will be installed, why, and whether they belong to the product.
    partial: Vec<(String, &'static str, bool)>,
    /// Whether any file names packages, pinned or not.
    asked: bool,
}

impl Gaps {
    /// What the inventory could not tell.
    pub(super) fn of(assembled: &Assembled) -> Self {
        let mut gaps = Self { files: assembled.unread.clone(), ..Self::default() };
        gaps.asked = !assembled.unread.is_empty();
        for file in assembled.unlocked() {
            gaps.asked = true;
            let [product, others] = &mut gaps.unlocked;
            let place = if file.role.is_none() { product } else { others };
            place.insert(file.path.clone());
        }
        for source in &assembled.sources {
            if let Some(reason) = source.file.partial {
                gaps.asked = true;
                gaps.partial.push((source.path.clone(), reason, source.role.is_none()));
            }
            for unread in &source.file.left_out {
                gaps.asked = true;
                gaps.note(source.kind, &source.path, unread.reason);
            }
        }
        gaps
    }

    /// Notes something of which nothing can be said. Actions of workflows and base images are no packages of the product:
    /// they are left out by name, and do not keep the check from an answer.
    fn note(&mut self, kind: Kind, path: &str, reason: &str) {
        let beside = matches!(kind, Kind::Workflow | Kind::Containerfile);
        let counts = if beside { &mut self.beside } else { &mut self.packages };
        *counts.entry((reason.to_owned(), path.to_owned())).or_default() += 1;
    }

    /// Whether the data is there, and new enough.
    pub(super) fn data(&mut self, data: &Data, problem: Option<StoreError>, settings: &Settings) {
        self.has_database = data.database.is_some();
        if let Some(problem) = problem {
            self.data.push((format!("the advisory data cannot be used ({problem})"), UPDATE));
        }
        let Some(database) = &data.database else {
            let (count, day) = (builtin::all().len(), builtin::as_of());
            let text =
                format!("nothing was evaluated beyond the built-in list of {count} advisories ({day})");
            self.data.push((text, UPDATE));
            return;
        };
        let contents = database.contents();
        let newest = contents.sources.iter().map(|source| source.newest.as_str()).max().unwrap_or_default();
        for (what, moment) in [("the newest entry", newest), ("the import", contents.imported.as_str())] {
            match age_days(moment, settings.now) {
                Some(days) if days <= i64::from(settings.max_age_days) => {}
                Some(days) => self.data.push((
                    format!(
                        "{what} of the advisory data is {days} days old, {} are allowed",
                        settings.max_age_days
                    ),
                    UPDATE,
                )),
                None => self.data.push((format!("{what} of the advisory data has no date"), UPDATE)),
            }
        }
    }

    /// A scanner that was asked for and gave no report: what it would have seen is not known.
    pub(super) fn scanner(&mut self, name: &str, reason: &str) {
        self.asked = true;
        self.scanners.push((name.to_owned(), reason.to_owned()));
    }

    /// A package that cannot be asked about.
    pub(super) fn package(&mut self, kind: Option<Kind>, path: &str, package: &Package) {
        let reason = match (&package.ecosystem, &package.version) {
            (None, _) if kind == Some(Kind::Containerfile) => "what a base image holds is not looked at",
            (None, _) => "no ecosystem that advisories know",
            (_, None) => "no exact version",
            _ => "no name",
        };
        match kind {
            // Its own list of what it left out has it already.
            Some(Kind::Workflow) => {}
            Some(kind) => self.note(kind, path, reason),
            None => *self.packages.entry((reason.to_owned(), path.to_owned())).or_default() += 1,
        }
    }

    /// A package that was asked about.
    pub(super) fn judged(&mut self, path: &str, package: &Package, ecosystem: &Ecosystem, judged: &Judged) {
        if !judged.covered && self.has_database {
            *self.without_data.entry(ecosystem.family.name().to_owned()).or_default() += 1;
        }
        if let Some((advisory, reason)) = judged.unknown.first() {
            let version = package.version.as_deref().unwrap_or_default();
            let more = judged.unknown.len() - 1;
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let reason = format!("{} {version} against {advisory}{more}: {reason}", package.name);
            *self.packages.entry((reason, path.to_owned())).or_default() += 1;
        }
    }

    /// Whether nothing in the tree names packages.
    pub(super) const fn nothing_asks(&self) -> bool {
        !self.asked
    }

    /// Leaves everything out by name.
    pub(super) fn report(&self, findings: &mut Findings<'_>) {
        for (name, reason) in &self.scanners {
            findings.left_out(LeftOutKind::Unjudged, &format!("no report of a scanner: {reason}"), name);
        }
        for (path, reason) in &self.files {
            findings.left_out(LeftOutKind::Unparsable, &format!("packages are not known: {reason}"), path);
        }
        for ((reason, path), count) in self.packages.iter().chain(&self.beside) {
            for _ in 0..*count {
                findings.left_out(LeftOutKind::Unjudged, reason, path);
            }
        }
        for (ecosystem, count) in &self.without_data {
            let reason = format!("no advisory data for {ecosystem}");
            for _ in 0..*count {
                findings.left_out(LeftOutKind::Unjudged, &reason, ecosystem);
            }
        }
        for (path, reason, _) in &self.partial {
            findings.left_out(LeftOutKind::Unjudged, reason, path);
        }
        for path in self.unlocked.iter().flatten() {
            findings.left_out(LeftOutKind::Unjudged, "dependencies that no lock file pins", path);
        }
    }

    /// The status, unless everything could be judged.
    pub(super) fn status(&self) -> Option<Status> {
        let mut reasons: Vec<String> = self.data.iter().map(|(reason, _)| reason.clone()).collect();
        let mut hint = self.data.first().map(|(_, hint)| *hint);
        reasons.extend(self.scanners.iter().map(|(name, reason)| format!("{name} gave no report: {reason}")));
        match self.files.as_slice() {
            [] => {}
            [(path, reason)] => reasons.push(format!("{path} is not understood ({reason})")),
            [(path, _), rest @ ..] => {
                reasons.push(format!("{path} and {} more files are not understood", rest.len()));
            }
        }
        if !self.without_data.is_empty() {
            let mut names: Vec<&str> = self.without_data.keys().map(String::as_str).collect();
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            reasons.push(format!("no advisory data for {}{more}", names.join(", ")));
            hint = hint.or(Some(UPDATE));
        }
        let [unlocked, _] = &self.unlocked;
        match (unlocked.first(), unlocked.len()) {
            (None, _) => {}
            (Some(path), 1) => reasons.push(format!("no lock file pins what {path} asks for")),
            (Some(path), count) => {
                reasons.push(format!("no lock file pins what {path} and {} more files ask for", count - 1));
            }
        }
        let mut partial = self.partial.iter().filter(|(_, _, product)| *product);
        if let Some((path, reason, _)) = partial.next() {
            let more = partial.count();
            let more = if more > 0 { format!(" and {more} more files") } else { String::new() };
            reasons.push(format!("{path}{more}: {reason}"));
        }
        let single: u64 = self.packages.values().sum();
        if single > 0 {
            let packages = if single == 1 { "package" } else { "packages" };
            reasons.push(format!("{single} {packages} could not be judged"));
        }
        if reasons.is_empty() {
            return None;
        }
        Some(Status::not_evaluated(&reasons.join("; "), hint.unwrap_or("readiness audit --explain --all")))
    }
}

/// Whole days from a moment (RFC 3339) to another; none when it is no moment. What lies ahead is 0 days old.
fn age_days(moment: &str, now: Timestamp) -> Option<i64> {
    let moment: Timestamp = moment.parse().ok()?;
    Some((now.as_second() - moment.as_second()).max(0) / 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_whole_days() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(age_days("2026-11-15T12:00:00Z", now), Some(7));
        assert_eq!(age_days("2026-11-14T11:59:59Z", now), Some(8));
        assert_eq!(age_days("2026-11-23T00:00:00Z", now), Some(0));
        assert_eq!(age_days("yesterday", now), None);
    }

    #[test]
    fn every_gap_is_a_reason() {
        let mut gaps = Gaps { has_database: true, ..Gaps::default() };
        assert_eq!(gaps.status(), None);
        gaps.files.push(("a/Cargo.lock".to_owned(), "line 3: expected a table".to_owned()));
        gaps.note(Kind::Requirements, "b/requirements.txt", "no exact version");
        gaps.note(Kind::Requirements, "b/requirements.txt", "no exact version");
        gaps.note(Kind::Workflow, "c.yml", "a branch");
        gaps.without_data.insert("Hex".to_owned(), 3);
        let Some(Status::NotEvaluated { reason, hint }) = gaps.status() else { panic!("it has gaps") };
        assert_eq!(
            reason,
            "a/Cargo.lock is not understood (line 3: expected a table); no advisory data for Hex; 2 packages could not be judged"
        );
        assert_eq!(hint.as_deref(), Some(UPDATE));
    }
}
