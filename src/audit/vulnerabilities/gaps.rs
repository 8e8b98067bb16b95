//! What could not be judged. Each of it is left out by name, and together it is why the check was not evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::age;
use super::data::Data;
use super::judge::Judged;
use super::{Assembled, Listed, Settings};
use crate::advisories::builtin;
use crate::advisories::store::{Source, StoreError};
use crate::engine::{Findings, role_of};
use crate::formats::declared;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::lockfile::Kind;
use crate::formats::package::Package;
use crate::formats::sbom::Sbom;
use crate::report::{LeftOutKind, PathRole, Status};

/// What completes the check, as hints name it.
const UPDATE: &str = "readiness advisories update";
/// What is left to do where nothing would complete it.
const ACCEPT: &str = "readiness audit --only vulnerabilities --all names each; \
                      `gate: {optional: [vulnerabilities]}` in readiness.yaml accepts them";
/// Most ecosystems named in a reason.
const NAMED: usize = 4;

/// Everything that keeps the check from having looked.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// What is wrong with the data, worst first.
    data: Vec<String>,
    /// Sources that were asked, and how many records at fault their import left out.
    faults: BTreeMap<String, u64>,
    /// Files that were not understood; those of the product, and the others.
    files: [Vec<(String, String)>; 2],
    /// Ecosystems that were asked about.
    used: BTreeSet<String>,
    /// Scanners that were asked for and gave no report, and why.
    scanners: Vec<(String, String)>,
    /// Ecosystems without data, with the files that name packages of theirs and how many.
    without_data: BTreeMap<String, BTreeMap<String, u64>>,
    /// Whether there is a database at all: without one, every ecosystem lacks data, and that is said once.
    has_database: bool,
    /// Names of packages of which something could not be told.
    unsure: BTreeSet<String>,
    /// Single packages: reason, file, how many.
    packages: BTreeMap<(String, String), u64>,
    /// The same, of what is no package of the product.
    beside: BTreeMap<(String, String), u64>,
    /// Project files that ask for packages that no lock file pins; those of the product, and the others.
    unlocked: [BTreeMap<String, declared::Kind>; 2],
    /// Files that list only a part of what will be installed, why, and whether they belong to the product.
    partial: Vec<(String, &'static str, bool)>,
    /// Whether one of these is a list of pip.
    pip: bool,
    /// Whether any file names packages, pinned or not.
    asked: bool,
}

impl Gaps {
    /// What the inventory could not tell.
    pub(super) fn of(assembled: &Assembled) -> Self {
        let product = |(path, _): &(String, String)| role_of(path).is_none();
        let (product, others) = assembled.unread.iter().cloned().partition(product);
        let mut gaps = Self { files: [product, others], ..Self::default() };
        gaps.asked = !assembled.unread.is_empty();
        for (path, reason) in &assembled.aside {
            gaps.note(false, path, reason);
        }
        for file in assembled.unlocked() {
            gaps.asked = true;
            let [product, others] = &mut gaps.unlocked;
            let place = if file.role.is_none() { product } else { others };
            place.insert(file.path.clone(), file.kind);
        }
        // An SBOM that lists nothing says nothing; one that holds only analyses is no list.
        for bom in &assembled.sboms {
            let empty = |bom: &Sbom| bom.packages.is_empty() && bom.statements.is_empty();
            if bom.contents.as_ref().is_ok_and(empty) {
                gaps.asked = true;
                gaps.note(bom.role.is_none(), &bom.path, "an SBOM that lists nothing");
            }
            if let Some(reason) = bom.contents.as_ref().ok().and_then(|contents| contents.partial) {
                gaps.asked = true;
                gaps.partial.push((bom.path.clone(), reason, bom.role.is_none()));
            }
        }
        for source in &assembled.sources {
            if let Some(reason) = source.file.partial {
                gaps.asked = true;
                gaps.partial.push((source.path.clone(), reason, source.role.is_none()));
                gaps.pip |= source.role.is_none() && source.kind == Kind::Requirements;
            }
            for unread in &source.file.left_out {
                gaps.asked = true;
                gaps.note(is_product(source.role, Some(source.kind)), &source.path, unread.reason);
                gaps.unsure.insert(unread.name.clone());
            }
        }
        gaps
    }

    /// Notes something of which nothing can be said. What is no part of the product is left out by name, and does not
    /// keep the check from an answer.
    fn note(&mut self, product: bool, path: &str, reason: &str) {
        let counts = if product { &mut self.packages } else { &mut self.beside };
        *counts.entry((reason.to_owned(), path.to_owned())).or_default() += 1;
    }

    /// Whether a package that is not found any more may still be there: its file is not understood, or some package of
    /// its name could not be judged.
    pub(super) fn may_hide(&self, path: &str, name: &str) -> bool {
        self.unsure.contains(name) || self.files.iter().flatten().any(|(unread, _)| unread == path)
    }

    /// Whether the data is there.
    pub(super) fn data(&mut self, data: &Data, problem: Option<StoreError>) {
        self.has_database = data.database.is_some();
        if let Some(problem) = problem {
            self.data.push(format!("the advisory data cannot be used ({problem})"));
        }
        if !self.has_database {
            let (count, day) = (builtin::all().len(), builtin::as_of());
            self.data.push(format!(
                "nothing was evaluated beyond the built-in list of {count} advisories ({day})"
            ));
        }
    }

    /// Whether the data is new enough: the newest entry of all; of the parts that were used, the oldest import and the
    /// newest entry of each.
    pub(super) fn age(&mut self, data: &Data, settings: &Settings) {
        let Some(database) = &data.database else { return };
        let sources = &database.contents().sources;
        // Scores and lists of exploited vulnerabilities that are new say nothing of the advisories.
        let advisories = sources.iter().filter(|source| Family::of_name(&source.name).is_some());
        let newest = advisories.map(|source| source.newest.as_str()).max().unwrap_or_default();
        let used: Vec<&Source> = sources.iter().filter(|source| self.used.contains(&source.name)).collect();
        let oldest = used.iter().map(|source| (source.imported.as_str(), source.name.as_str())).min();
        let Some((imported, name)) = oldest else { return };
        let allowed = settings.max_age_days;
        let old = |what: &str, moment: &str| match age::days(moment, settings.now) {
            Some(days) if days <= i64::from(allowed) => None,
            Some(days) => Some(format!("{what} is {days} days old, {allowed} are allowed")),
            None => Some(format!("{what} has no date")),
        };
        let of_all = old("the newest entry of the advisory data", newest);
        // Data that is old as a whole is old in its parts.
        if of_all.is_none() {
            let stale = used.iter().filter_map(|source| age::stale(source, allowed, settings.now));
            self.data.extend(stale);
        }
        self.data.extend(of_all);
        self.data.extend(old(&format!("the import of {name}"), imported));
    }

    /// What the import of the data that was used could not take in.
    pub(super) fn faults(&mut self, data: &Data) {
        let sources = data.database.iter().flat_map(|database| &database.contents().sources);
        let used = sources.filter(|source| source.faults > 0 && self.used.contains(&source.name));
        self.faults = used.map(|source| (source.name.clone(), source.faults)).collect();
    }

    /// A scanner that was asked for and gave no report: what it would have seen is not known.
    pub(super) fn scanner(&mut self, name: &str, reason: &str) {
        self.asked = true;
        self.scanners.push((name.to_owned(), reason.to_owned()));
    }

    /// A package that cannot be asked about.
    pub(super) fn package(&mut self, list: &Listed<'_>, package: &Package) {
        let reason = match (&package.ecosystem, &package.version) {
            // Its own list of what it left out has it already.
            _ if list.kind == Some(Kind::Workflow) => return,
            (None, _) if list.kind == Some(Kind::Containerfile) => "what a base image holds is not looked at",
            (None, _) => "no ecosystem that advisories know",
            (_, None) => "no exact version",
            _ => "no name",
        };
        self.unsure.insert(package.name.clone());
        self.note(is_product(list.role, list.kind), list.path, reason);
    }

    /// A package of an ecosystem without data. Where there is no database at all, that is said once.
    pub(super) fn without_data(&mut self, list: &Listed<'_>, ecosystem: &Ecosystem) {
        if !self.has_database {
            return;
        }
        if is_product(list.role, list.kind) {
            let files = self.without_data.entry(data_name(ecosystem)).or_default();
            *files.entry(list.path.to_owned()).or_default() += 1;
        } else {
            self.note(false, list.path, &format!("no advisory data for {}", data_name(ecosystem)));
        }
    }

    /// A package that was asked about.
    pub(super) fn judged(
        &mut self,
        list: &Listed<'_>,
        package: &Package,
        ecosystem: &Ecosystem,
        judged: &Judged,
    ) {
        let product = is_product(list.role, list.kind);
        self.used.insert(ecosystem.family.name().to_owned());
        if !judged.covered {
            self.without_data(list, ecosystem);
        }
        if let Some((advisory, reason)) = judged.unknown.first() {
            self.unsure.insert(package.name.clone());
            let version = package.version.as_deref().unwrap_or_default();
            let more = judged.unknown.len() - 1;
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let reason = format!("{} {version} against {advisory}{more}: {reason}", package.name);
            self.note(product, list.path, &reason);
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
        for (path, reason) in self.files.iter().flatten() {
            findings.left_out(LeftOutKind::Unparsable, reason, path);
        }
        for ((reason, path), count) in self.packages.iter().chain(&self.beside) {
            findings.left_out_many(LeftOutKind::Unjudged, reason, path, *count);
        }
        for (ecosystem, files) in &self.without_data {
            let reason = format!("no advisory data for {ecosystem}");
            for (path, count) in files {
                findings.left_out_many(LeftOutKind::Unjudged, &reason, path, *count);
            }
        }
        for (source, count) in &self.faults {
            let reason = "advisories at fault, which their import left out";
            findings.left_out_many(LeftOutKind::Unparsable, reason, &format!("{source} advisories"), *count);
        }
        for (path, reason, _) in &self.partial {
            findings.left_out(LeftOutKind::Unjudged, reason, path);
        }
        for path in self.unlocked.iter().flat_map(BTreeMap::keys) {
            findings.left_out(LeftOutKind::Unjudged, "dependencies that no lock file pins", path);
        }
    }

    /// The status, unless everything could be judged.
    pub(super) fn status(&self) -> Option<Status> {
        let mut reasons = self.data.clone();
        let mut hint = (!self.data.is_empty()).then(|| UPDATE.to_owned());
        reasons.extend(self.scanners.iter().map(|(name, reason)| format!("{name} gave no report: {reason}")));
        if let Some((name, _)) = self.scanners.first() {
            hint = hint.or_else(|| {
                Some(format!("join a report that {name} made elsewhere: readiness audit --evidence FILE"))
            });
        }
        let [files, _] = &self.files;
        match files.as_slice() {
            [] => {}
            [(path, reason)] => reasons.push(format!("{path} is not understood ({reason})")),
            [(path, _), rest @ ..] => {
                reasons.push(format!("{path}{} are not understood", more_files(rest.len())));
            }
        }
        if !self.without_data.is_empty() {
            let mut names: Vec<&str> = self.without_data.keys().map(String::as_str).collect();
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            reasons.push(format!("no advisory data for {}{more}", names.join(", ")));
            let all: BTreeSet<String> =
                self.without_data.keys().map(|name| quoted(name.split(':').next().unwrap_or(name))).collect();
            hint =
                hint.or_else(|| Some(format!("{UPDATE} {}", all.into_iter().collect::<Vec<_>>().join(" "))));
        }
        let [unlocked, _] = &self.unlocked;
        if let Some((path, kind)) = unlocked.first_key_value() {
            let ask = if unlocked.len() == 1 { "asks" } else { "ask" };
            reasons
                .push(format!("no lock file pins what {path}{} {ask} for", more_files(unlocked.len() - 1)));
            hint = hint.or_else(|| Some(format!("write a lock file and commit it: {}", lock_command(*kind))));
        }
        let mut partial = self.partial.iter().filter(|(_, _, product)| *product);
        if let Some((path, reason, _)) = partial.next() {
            reasons.push(format!("{path}{}: {reason}", more_files(partial.count())));
            let all = || "list all that is installed: pip-compile --generate-hashes".to_owned();
            hint = hint.or_else(|| self.pip.then(all));
        }
        let single: u64 = self.packages.values().sum();
        if single > 0 {
            let packages = if single == 1 { "package" } else { "packages" };
            reasons.push(format!("{single} {packages} could not be judged"));
        }
        if reasons.is_empty() {
            return None;
        }
        Some(Status::not_evaluated(&reasons.join("; "), hint.as_deref().unwrap_or(ACCEPT)))
    }
}

/// Whether packages of a file are part of what ships: no test or example, and neither the actions of a workflow nor base
/// images, which have no advisories of this kind.
fn is_product(role: Option<PathRole>, kind: Option<Kind>) -> bool {
    role.is_none() && !matches!(kind, Some(Kind::Workflow | Kind::Containerfile))
}

/// What data would have to be there: an ecosystem, or a release of a distribution.
fn data_name(ecosystem: &Ecosystem) -> String {
    if ecosystem.family.has_releases() { ecosystem.to_string() } else { ecosystem.family.name().to_owned() }
}

/// What writes the lock file of a project.
const fn lock_command(kind: declared::Kind) -> &'static str {
    match kind {
        declared::Kind::Cargo => "cargo generate-lockfile",
        declared::Kind::Npm => "npm install --package-lock-only",
        declared::Kind::PyProject => "uv lock",
        declared::Kind::Pipfile => "pipenv lock",
        declared::Kind::Composer => "composer update --no-install",
        declared::Kind::Gemfile => "bundle lock",
        declared::Kind::Pub => "dart pub get",
        declared::Kind::NuGet => "dotnet restore --use-lock-file",
    }
}

/// How many files there are beside the one that is named; nothing when there are none.
fn more_files(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " and 1 more file".to_owned(),
        _ => format!(" and {count} more files"),
    }
}

/// A name as a word of a command line.
fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("'{name}'") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::inventory::SbomSource;

    #[test]
    fn every_gap_is_a_reason() {
        let mut gaps = Gaps { has_database: true, ..Gaps::default() };
        assert_eq!(gaps.status(), None);
        gaps.files[0].push(("a/Cargo.lock".to_owned(), "line 3: expected a table".to_owned()));
        gaps.note(true, "b/requirements.txt", "no exact version");
        gaps.note(true, "b/requirements.txt", "no exact version");
        gaps.note(false, "c.yml", "a branch");
        gaps.without_data.insert("Hex".to_owned(), BTreeMap::from([("mix.lock".to_owned(), 3)]));
        let Some(Status::NotEvaluated { reason, hint }) = gaps.status() else { panic!("it has gaps") };
        assert_eq!(
            reason,
            "a/Cargo.lock is not understood (line 3: expected a table); no advisory data for Hex; 2 packages could not be judged"
        );
        assert_eq!(hint.as_deref(), Some("readiness advisories update Hex"));
    }

    #[test]
    fn an_sbom_that_may_list_more_is_a_gap() {
        let sbom = |partial| {
            let contents = Ok(Sbom { packages: vec![Package::default()], partial, ..Sbom::default() });
            SbomSource { path: "a.cdx.json".to_owned(), role: None, contents }
        };
        let status = |partial| {
            let assembled = Assembled { sboms: vec![sbom(partial)], ..Assembled::default() };
            Gaps { has_database: true, ..Gaps::of(&assembled) }.status()
        };
        assert_eq!(status(None), None);
        let Some(Status::NotEvaluated { reason, .. }) = status(Some("twice")) else { panic!("it has a gap") };
        assert_eq!(reason, "a.cdx.json: twice");
    }

    #[test]
    fn one_more_file_is_singular_and_a_missing_scanner_names_the_other_way() {
        let mut gaps = Gaps::default();
        let both = ["a/Cargo.toml", "b/Cargo.toml"].map(|path| (path.to_owned(), declared::Kind::Cargo));
        gaps.unlocked[0].extend(both);
        let Some(Status::NotEvaluated { reason, hint }) = gaps.status() else { panic!("it has gaps") };
        assert_eq!(reason, "no lock file pins what a/Cargo.toml and 1 more file ask for");
        assert_eq!(hint.as_deref(), Some("write a lock file and commit it: cargo generate-lockfile"));
        gaps.scanner("trivy", "it is not installed");
        let Some(Status::NotEvaluated { reason, hint }) = gaps.status() else { panic!("it has gaps") };
        assert_eq!(
            reason,
            "trivy gave no report: it is not installed; no lock file pins what a/Cargo.toml and 1 more file ask for"
        );
        assert_eq!(
            hint.as_deref(),
            Some("join a report that trivy made elsewhere: readiness audit --evidence FILE")
        );
    }
}
