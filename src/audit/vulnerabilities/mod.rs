//! Known vulnerabilities of dependencies: every package of the inventory against the advisory data, each match with its
//! explanation. What could not be judged (a file that is not understood, an ecosystem without data, a version that does
//! not compare, data that is too old) makes the check not evaluated, whatever else it found.

mod age;
mod data;
mod describe;
mod gaps;
mod judge;
mod scanners;
mod since;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;

use self::data::Data;
use self::gaps::Gaps;
use self::judge::Judge;
use self::scanners::Joining;
use super::inventory::{Assembled, Inventory, Ways};
use crate::engine::{Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Tree, Want};
use crate::formats::ecosystem::Ecosystem;
use crate::formats::lockfile::Kind;
use crate::formats::package::{Package, Scope};
use crate::report::{AdvisoryData, Comparison, InventorySource, PathRole, Severity, Status, Vulnerability};

pub use scanners::{Given, Scanners};
pub use since::Earlier;

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "vulnerabilities",
    title: "Vulnerabilities",
    about: "Dependencies with known vulnerabilities, by offline advisory data and each ecosystem's own version order.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Oldest advisory data that is taken without being told to, in days.
pub const MAX_AGE_DAYS: u32 = 7;

/// What the check is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The advisory database; none when there is no place for one.
    pub database: Option<PathBuf>,
    /// Oldest data that is taken, in days.
    pub max_age_days: u32,
    /// The moment of the run.
    pub now: Timestamp,
    /// Severity of a vulnerability to which no advisory gives one.
    pub unknown_severity: Severity,
    /// An earlier state to compare with.
    pub since: Option<Arc<Earlier>>,
    /// What other scanners reported.
    pub scanners: Scanners,
    /// What the check tells besides findings.
    pub told: Arc<Told>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: None,
            max_age_days: MAX_AGE_DAYS,
            now: Timestamp::UNIX_EPOCH,
            unknown_severity: Severity::Medium,
            since: None,
            scanners: Scanners::default(),
            told: Arc::default(),
        }
    }
}

impl Settings {
    /// What differs from the default and bears on the verdict, in words: a tree can set it for itself.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let default = Self::default();
        let mut words = Vec::new();
        if self.max_age_days != default.max_age_days {
            words.push(format!("advisory data of up to {} days is taken", self.max_age_days));
        }
        if self.unknown_severity != default.unknown_severity {
            words.push(format!(
                "vulnerabilities of unknown severity count as {}",
                self.unknown_severity.word()
            ));
        }
        words
    }
}

/// What the check tells besides findings; the report has places of its own for it.
#[derive(Debug, Default)]
pub struct Told(Mutex<Parts>);

/// The parts of a report that this check fills.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The advisory data that was used.
    pub advisories: Option<AdvisoryData>,
    /// The comparison with an earlier state.
    pub since: Option<Comparison>,
    /// The packages that were found.
    pub inventory: Vec<InventorySource>,
}

impl Told {
    /// Takes what was told.
    #[must_use]
    pub fn take(&self) -> Parts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, parts: Parts) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = parts;
    }
}

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    Start::Run(Box::new(Vulnerabilities {
        settings: settings.vulnerabilities.clone(),
        inventory: Arc::clone(&settings.inventory),
        root: OnceLock::new(),
    }))
}

struct Vulnerabilities {
    settings: Settings,
    inventory: Arc<Inventory>,
    root: OnceLock<PathBuf>,
}

impl Inspect for Vulnerabilities {
    fn begin(&self, tree: &Tree<'_>) {
        self.inventory.begin(tree.root);
        let _ = self.root.set(tree.root.to_owned());
    }

    fn named(&self) -> Vec<String> {
        self.inventory.named()
    }

    fn wants(&self, entry: &Entry) -> Want {
        self.inventory.wants(entry)
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        self.inventory.take(file);
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        match self.conclude(findings) {
            Ok(conclusion) => conclusion,
            Err(error) => Conclusion::Instead(Status::Errored { reason: error.to_string() }),
        }
    }
}

/// The packages of one file, as they are judged.
struct Listed<'a> {
    path: &'a str,
    role: Option<PathRole>,
    /// The kind of lock file; none for an SBOM.
    kind: Option<Kind>,
    packages: &'a [Package],
}

impl Vulnerabilities {
    fn conclude(
        &self,
        findings: &mut Findings<'_>,
    ) -> Result<Conclusion, crate::advisories::store::StoreError> {
        let assembled = self.inventory.assembled();
        let named = self.inventory.named();
        let lists: Vec<Listed<'_>> = assembled
            .sources
            .iter()
            .map(|source| Listed {
                path: &source.path,
                role: source.role,
                kind: Some(source.kind),
                packages: &source.file.packages,
            })
            .chain(assembled.sboms.iter().filter_map(|bom| {
                let packages = &bom.contents.as_ref().ok()?.packages;
                Some(Listed { path: &bom.path, role: bom.role, kind: None, packages })
            }))
            // What an SBOM is about is mostly the project itself; one that is named may be about what others made.
            .chain(assembled.sboms.iter().filter_map(|bom| {
                let subject = bom.contents.as_ref().ok()?.subject.as_ref()?;
                let is_asked = named.contains(&bom.path) && !judge::asked(subject).is_empty();
                let packages = std::slice::from_ref(subject);
                is_asked.then_some(Listed { path: &bom.path, role: bom.role, kind: None, packages })
            }))
            .collect();
        let mut gaps = Gaps::of(&assembled);
        let (data, problem) = Data::open(self.settings.database.as_deref());
        gaps.data(&data, problem);
        let mut judge = Judge::new(&data, self.settings.unknown_severity);
        let earlier = match &self.settings.since {
            Some(earlier) => Some(earlier.vulnerabilities(&mut judge)?),
            None => None,
        };

        let mut hits: Vec<Hit> = Vec::new();
        let (mut packages, mut files) = (0, BTreeSet::new());
        for list in &lists {
            let judged = judge_list(list, &mut judge, &mut gaps)?;
            packages += judged.packages;
            files.extend((judged.packages > 0).then_some(list.path));
            hits.extend(judged.found);
        }
        say_once(&mut hits);
        if let Some(earlier) = &earlier {
            for hit in &mut hits {
                hit.vulnerability = earlier.compare(std::mem::take(&mut hit.vulnerability));
            }
        }
        gaps.age(&data, &self.settings);
        gaps.faults(&data);
        // What other scanners alone saw is not compared with the earlier state, which they did not see.
        let given = self.settings.scanners.get().map_or(&[][..], Vec::as_slice);
        for (name, reason) in given.iter().filter_map(|one| Some((&one.name, one.report.as_ref().err()?))) {
            gaps.scanner(name, reason);
        }
        let joining = Joining {
            given,
            lists: &lists,
            data: &data,
            unknown_severity: self.settings.unknown_severity,
            root: self.root.get().map(PathBuf::as_path),
        };
        let scanners = joining.join(&mut hits)?;
        let found: Vec<Vulnerability> = hits.iter().map(|hit| hit.vulnerability.clone()).collect();
        for hit in hits {
            let message = describe::message(&hit.vulnerability);
            let place = (hit.path.as_str(), hit.line, hit.role);
            findings.vulnerable(hit.rule, hit.severity, place, message, hit.vulnerability);
        }
        findings.examined("packages", packages);
        findings.examined("lists", files.len() as u64);
        gaps.report(findings);
        self.settings.told.tell(Parts {
            advisories: (packages > 0 || !scanners.is_empty())
                .then(|| AdvisoryData { scanners, ..data.describe() }),
            since: self.settings.since.as_ref().zip(earlier).map(|(with, earlier)| {
                earlier.comparison(with, &found, |path, name| gaps.may_hide(path, name))
            }),
            inventory: assembled.listed(),
        });
        if packages == 0 && found.is_empty() && gaps.nothing_asks() {
            let hint = "lock files, SBOMs and databases of installed packages are read";
            return Ok(Conclusion::Instead(Status::not_applicable("no file pins a dependency", hint)));
        }
        Ok(match gaps.status() {
            Some(status) => Conclusion::Instead(status),
            None => Conclusion::Evaluated,
        })
    }
}

/// Leaves out what an SBOM says again: the vulnerability of a package that a lock file pins, in the same version, and that
/// counts at least as much there.
fn say_once(hits: &mut Vec<Hit>) {
    let key = |hit: &Hit| {
        let package = &hit.vulnerability.package;
        let name = (package.ecosystem.clone(), package.name.clone(), package.version.clone());
        (name, hit.vulnerability.id.clone())
    };
    let mut locked: HashMap<_, (bool, bool)> = HashMap::new();
    for hit in hits.iter().filter(|hit| !hit.of_sbom) {
        let (ships, runs) = locked.entry(key(hit)).or_default();
        *ships |= hit.role.is_none();
        *runs |= hit.role.is_none() && !hit.vulnerability.package.development;
    }
    hits.retain(|hit| {
        let said = locked.get(&key(hit)).is_some_and(|(ships, runs)| {
            (*ships || hit.role.is_some()) && (*runs || hit.vulnerability.package.development)
        });
        !hit.of_sbom || !said
    });
}

/// A vulnerability at its place.
struct Hit {
    /// Whether the place is an SBOM.
    of_sbom: bool,
    path: String,
    line: u32,
    role: Option<PathRole>,
    severity: Severity,
    rule: &'static str,
    vulnerability: Vulnerability,
}

/// What came of the packages of one file.
#[derive(Default)]
struct JudgedList {
    packages: u64,
    found: Vec<Hit>,
}

/// The packages of a file with their indexes, those that only development needs last: one that stands among both ships,
/// and what is told of it is told of the place where it does.
fn shipped_first(packages: &[Package]) -> impl Iterator<Item = (usize, &Package)> {
    let of = |development: bool| {
        let all = packages.iter().enumerate();
        all.filter(move |(_, package)| (package.scope == Scope::Development) == development)
    };
    of(false).chain(of(true))
}

fn judge_list(
    list: &Listed<'_>,
    judge: &mut Judge<'_>,
    gaps: &mut Gaps,
) -> Result<JudgedList, crate::advisories::store::StoreError> {
    let mut out = JudgedList::default();
    let mut ways = None;
    // The same package may stand in one file many times; it is one finding. An SBOM may hold packages of one name and
    // version of several ecosystems.
    let mut seen: BTreeMap<(Ecosystem, String, String), bool> = BTreeMap::new();
    for (index, package) in shipped_first(list.packages) {
        if package.origin.is_own_work() {
            continue;
        }
        out.packages += 1;
        let asked = judge::asked(package);
        if asked.is_empty() {
            gaps.package(list, package);
        }
        for (ecosystem, name, version) in asked {
            let key = (ecosystem.clone(), name.to_owned(), version.to_owned());
            if let Some(covered) = seen.get(&key) {
                // Packages of a distribution share a source package; each of them is one that was not judged.
                if !covered {
                    gaps.without_data(list, ecosystem);
                }
                continue;
            }
            let judged = judge.judge(ecosystem, name, version)?;
            seen.insert(key, judged.covered);
            gaps.judged(list, package, ecosystem, &judged);
            for group in &judged.groups {
                let ways = ways.get_or_insert_with(|| Ways::of(list.packages));
                let via = ways.to(index, list.packages);
                out.found.push(Hit {
                    of_sbom: list.kind.is_none(),
                    path: list.path.to_owned(),
                    line: package.line,
                    role: list.role,
                    severity: group.severity,
                    rule: group.rule,
                    vulnerability: describe::vulnerability(group, package, ecosystem, version, via),
                });
            }
        }
    }
    Ok(out)
}
