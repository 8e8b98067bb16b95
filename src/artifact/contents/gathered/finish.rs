//! From what the members say to one bill.

use std::collections::BTreeMap;

use super::role::Standing;
use super::{Gathered, Lock, printable};
use crate::artifact::sbom::{Bill, List};
use crate::formats::declared;
use crate::formats::lockfile::Kind;
use crate::formats::os_release::set_distribution;
use crate::formats::package::{Origin, Package};
use crate::formats::package_metadata;

/// Names of packages in one statement at most.
const NAMED: usize = 5;

impl Gathered {
    /// The bill; `created` is RFC 3339 in UTC.
    pub(crate) fn bill(mut self, created: &str) -> Bill {
        self.set_releases();
        self.tell_own();
        self.drop_sums();
        self.tell_missing();
        let mut lists: Vec<(String, Vec<Package>)> = Vec::new();
        lists.extend(self.locks.into_iter().map(|lock| (lock.path, lock.file.packages)));
        lists.extend(self.said.into_iter().map(|said| (said.path, vec![said.package])));
        lists.extend(self.programs);
        lists.sort_by(|(one, _), (other, _)| one.cmp(other));
        let lists: Vec<List<'_>> = lists.iter().map(|(path, packages)| List { path, packages }).collect();
        let mut bill = Bill::of(&self.name, created.to_owned(), &lists);
        bill.missing = self.missing.into_iter().collect();
        if self.more_missing > 0 {
            bill.missing.push(format!("and {} statements more", self.more_missing));
        }
        bill.outside = self.outside.into_iter().collect();
        bill
    }

    /// Packages of a distribution belong to the release that the same file system names.
    fn set_releases(&mut self) {
        for lock in &mut self.locks {
            let database = match lock.kind {
                Kind::Dpkg => "var/lib/dpkg/",
                Kind::Apk => "lib/apk/db/",
                _ => continue,
            };
            let Some((root, _)) = lock.path.rsplit_once(database) else { continue };
            let root = root.strip_suffix("usr/").unwrap_or(root);
            if let Some((_, distribution)) = self.releases.iter().find(|(known, _)| known == root) {
                set_distribution(&mut lock.file.packages, distribution);
            } else {
                let reason = "nothing names the release of the distribution that its packages are of";
                self.missing.insert(format!("{}: {reason}", printable(&lock.path)));
            }
        }
    }

    /// Marks what the archive is itself. Then programs in it are parts of that, and no projects beside it.
    fn tell_own(&mut self) {
        // A jar has a `pom.properties` for each package that was put into it; its own is the one that it is named after.
        let named = |said: &super::Said| {
            let artifact = said.package.name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
            let rest = self.lower.strip_prefix(&artifact)?;
            rest.starts_with(['-', '.']).then_some(artifact.len())
        };
        let is_own_pom = |said: &super::Said| said.kind == package_metadata::Kind::Maven && said.depth == 0;
        let poms = self.said.iter().enumerate().filter(|(_, said)| is_own_pom(said));
        let best = poms
            .filter_map(|(at, said)| Some((named(said)?, at)))
            .max_by_key(|(length, at)| (*length, std::cmp::Reverse(*at)));
        if let Some((_, at)) = best
            && let Some(said) = self.said.get_mut(at)
        {
            said.standing = Standing::Own;
        }
        let mut is_told = false;
        for said in self.said.iter_mut().filter(|said| said.standing == Standing::Own) {
            said.package.origin = Origin::Own;
            is_told = true;
        }
        let parts = self.programs.iter_mut().flat_map(|(_, packages)| packages);
        for package in parts.filter(|package| is_told && package.origin == Origin::Own) {
            package.origin = Origin::Path(String::new());
        }
    }

    /// `go.sum` holds digests for the modules of the `go.mod` beside it, most of them of modules that are not built.
    fn drop_sums(&mut self) {
        let (sums, kept): (Vec<Lock>, Vec<Lock>) =
            std::mem::take(&mut self.locks).into_iter().partition(|lock| lock.kind == Kind::GoSum);
        for sum in sums {
            let is_beside =
                |lock: &Lock| lock.kind == Kind::GoMod && folder_of(&lock.path) == folder_of(&sum.path);
            if !sum.file.packages.is_empty() && !kept.iter().any(is_beside) {
                self.fail(&sum.path, "no go.mod that can be read stands beside it");
            }
        }
        self.locks = kept;
    }

    fn tell_missing(&mut self) {
        let mut missing = Vec::new();
        for lock in &self.locks {
            let path = printable(&lock.path);
            missing.extend(lock.file.partial.map(|reason| format!("{path}: {reason}")));
            let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for entry in &lock.file.left_out {
                by_reason.entry(entry.reason).or_default().push(&entry.name);
            }
            for (reason, names) in by_reason {
                let named: Vec<String> = names
                    .iter()
                    .filter(|name| !name.is_empty())
                    .take(NAMED)
                    .map(|name| printable(name))
                    .collect();
                let list = if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
                missing.push(format!("{path}: {} without a place here, {reason}{list}", names.len()));
            }
            for (include, line) in &lock.file.includes {
                let joined = super::join(folder_of(&lock.path), include);
                if !joined.is_some_and(|joined| self.locks.iter().any(|other| other.path == joined)) {
                    missing.push(format!("{path}: what line {line} includes is not read"));
                }
            }
        }
        for (path, kind) in &self.declared {
            let speaks = |lock: &Lock| {
                let of_kind = declared::Kind::of_lock(lock.kind) == Some(*kind)
                    || (lock.kind == Kind::Requirements && *kind == declared::Kind::PyProject);
                of_kind && governs(folder_of(&lock.path), folder_of(path))
            };
            if !self.locks.iter().any(speaks) {
                missing.push(format!("{}: no lock file tells what it resolves to", printable(path)));
            }
        }
        for (path, script) in &self.scripts {
            let speaks = |lock: &Lock| {
                script.locks.contains(&lock.kind) && governs(folder_of(&lock.path), folder_of(path))
            };
            if !self.locks.iter().any(speaks) {
                missing.push(format!("{}: {}", printable(path), script.reason));
            }
        }
        for said in self.said.iter().filter(|said| said.asks > 0 && said.standing == Standing::Own) {
            missing.push(format!(
                "{}: asks for {} packages, which are not in it and which nothing pins",
                printable(&said.path),
                said.asks
            ));
        }
        for (path, target) in &self.links {
            if !self.seen.contains(target) {
                missing.push(format!("{}: a link, which is not followed", printable(path)));
            }
        }
        missing.extend(
            self.untold_programs.statement("programs without an inventory of what they were built from"),
        );
        missing.extend(self.untold_jars.statement("jars that do not say which package they are"));
        missing
            .extend(self.closed_archives.statement("archives within the archive that are not looked into"));
        for statement in missing {
            self.miss(statement);
        }
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a lock file in one folder may speak for a project file in another: the same folder or one below it.
fn governs(lock: &str, project: &str) -> bool {
    lock.is_empty() || project == lock || project.strip_prefix(lock).is_some_and(|rest| rest.starts_with('/'))
}
