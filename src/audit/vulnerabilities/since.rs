//! New only: the vulnerabilities of an earlier state, by the same advisory data as now, and what became of them.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{self, Judge, Judged};
use crate::advisories::store::StoreError;
use crate::formats::package::Package;
use crate::report::{Change, Comparison, FixedVulnerability, Vulnerability};

/// The packages of an earlier state.
#[derive(Debug, Default)]
pub struct Earlier {
    /// What it is called: a revision with its commit, or the path of a report.
    pub name: String,
    /// Its packages, by file.
    pub packages: Vec<(String, Vec<Package>)>,
}

/// The vulnerabilities of an earlier state.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// By ecosystem, package name and id; any alias names a vulnerability.
    known: BTreeSet<(String, String, String)>,
    /// Each once: ecosystem, package name and main id, with all ids and one place.
    all: BTreeMap<(String, String, String), (Vec<String>, FixedVulnerability)>,
}

impl Earlier {
    /// Judges the earlier packages.
    pub(super) fn vulnerabilities(&self, judge: &mut Judge<'_>) -> Result<Before, StoreError> {
        let mut before = Before::default();
        for (path, packages) in &self.packages {
            for package in packages {
                if package.origin.is_own_work() {
                    continue;
                }
                for (ecosystem, name, version) in judge::asked(package) {
                    let judged = judge.judge(ecosystem, name, version)?;
                    before.add(path, package, &judged);
                }
            }
        }
        Ok(before)
    }
}

impl Before {
    fn add(&mut self, path: &str, package: &Package, judged: &Judged) {
        let family = package.ecosystem.as_ref().map_or("", |ecosystem| ecosystem.family.name());
        for group in &judged.groups {
            let ids: Vec<String> = std::iter::once(&group.id).chain(&group.aliases).cloned().collect();
            for id in &ids {
                self.known.insert((family.to_owned(), package.name.clone(), id.clone()));
            }
            let fixed = FixedVulnerability {
                id: group.id.clone(),
                package: package.name.clone(),
                version: package.version.clone().unwrap_or_default(),
                path: path.to_owned(),
            };
            let key = (family.to_owned(), package.name.clone(), group.id.clone());
            self.all.entry(key).or_insert((ids, fixed));
        }
    }

    /// Says of a vulnerability whether it was there. The file does not count: a package that moved brought nothing new.
    pub(super) fn compare(&self, mut now: Vulnerability) -> Vulnerability {
        let there = |id: &String| {
            self.known.contains(&(family(&now).to_owned(), now.package.name.clone(), id.clone()))
        };
        let remaining = std::iter::once(&now.id).chain(&now.aliases).any(there);
        now.change = Some(if remaining { Change::Remaining } else { Change::Introduced });
        now
    }

    /// What became of all of them; each vulnerability of a package counts once, however many files pin it.
    /// What is not found any more is fixed, unless `may_hide` says that it may still be there (by file and package).
    pub(super) fn comparison(
        &self,
        earlier: &Earlier,
        now: &[Vulnerability],
        may_hide: impl Fn(&str, &str) -> bool,
    ) -> Comparison {
        let mut counted: BTreeMap<(&str, &str, &str), Change> = BTreeMap::new();
        let mut open: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
        for known in now {
            let (family, name) = (family(known), known.package.name.as_str());
            counted.extend(known.change.map(|change| ((family, name, known.id.as_str()), change)));
            open.extend(
                std::iter::once(&known.id).chain(&known.aliases).map(|id| (family, name, id.as_str())),
            );
        }
        let count = |wanted: Change| counted.values().filter(|change| **change == wanted).count() as u64;
        let fixed = self.all.iter().filter(|((family, package, _), (ids, fixed))| {
            !ids.iter().any(|id| open.contains(&(family.as_str(), package.as_str(), id.as_str())))
                && !may_hide(&fixed.path, package)
        });
        Comparison {
            against: earlier.name.clone(),
            introduced: count(Change::Introduced),
            remaining: count(Change::Remaining),
            fixed: fixed.map(|(_, (_, fixed))| fixed.clone()).collect(),
        }
    }
}

/// The ecosystem of a package without the release: a newer release of a distribution brings no other packages.
fn family(known: &Vulnerability) -> &str {
    known.package.ecosystem.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PackageRef;

    fn known(package: &str, id: &str, alias: &str) -> Vulnerability {
        Vulnerability {
            id: id.to_owned(),
            aliases: vec![alias.to_owned()],
            package: PackageRef {
                ecosystem: "npm".to_owned(),
                name: package.to_owned(),
                ..PackageRef::default()
            },
            ..Vulnerability::default()
        }
    }

    #[test]
    fn new_remaining_and_fixed_are_told_apart_by_any_alias() {
        let mut before = Before::default();
        for (package, id) in [("a", "CVE-1"), ("b", "GHSA-2")] {
            before.known.insert(("npm".to_owned(), package.to_owned(), id.to_owned()));
            let fixed = FixedVulnerability {
                id: id.to_owned(),
                package: package.to_owned(),
                ..FixedVulnerability::default()
            };
            let key = ("npm".to_owned(), package.to_owned(), id.to_owned());
            before.all.insert(key, (vec![id.to_owned()], fixed));
        }
        let now: Vec<Vulnerability> = [known("a", "CVE-9", "CVE-1"), known("c", "CVE-1", "X")]
            .into_iter()
            .map(|each| before.compare(each))
            .collect();
        assert_eq!(now[0].change, Some(Change::Remaining));
        assert_eq!(now[1].change, Some(Change::Introduced));
        let mut elsewhere = known("a", "CVE-1", "X");
        "PyPI".clone_into(&mut elsewhere.package.ecosystem);
        assert_eq!(before.compare(elsewhere).change, Some(Change::Introduced));
        let told = before.comparison(&Earlier::default(), &now, |_, _| false);
        assert_eq!((told.introduced, told.remaining), (1, 1));
        assert_eq!(told.fixed.iter().map(|fixed| fixed.id.as_str()).collect::<Vec<_>>(), ["GHSA-2"]);
        let mut of_another = known("b", "GHSA-2", "X");
        "PyPI".clone_into(&mut of_another.package.ecosystem);
        let told = before.comparison(&Earlier::default(), &[of_another], |_, _| false);
        assert_eq!(told.fixed.len(), 2, "what another ecosystem has keeps nothing from being fixed");
        let told = before.comparison(&Earlier::default(), &now, |_, package| package == "b");
        assert!(told.fixed.is_empty(), "what could not be judged is not fixed");
    }
}
