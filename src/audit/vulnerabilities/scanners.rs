//! What other scanners saw: joined with what the advisory data told, by package and by any id of a vulnerability. What
//! only they saw is a finding too, by their word.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::data::Data;
use super::judge::{MALICIOUS, VULNERABLE};
use super::{Hit, Listed, shipped_first};
use crate::advisories::cvss;
use crate::advisories::matching;
use crate::advisories::store::StoreError;
use crate::advisories::version::Scheme;
use crate::audit::inventory::Ways;
use crate::formats::ecosystem::Family;
use crate::formats::package::{Package, Scope};
use crate::formats::scanner::{ScannerReport, Seen, Word};
use crate::report::{
    AdvisoryMatch, Decimal, Epss, Exploited, PackageRef, Rating, ScannerData, Severity, Vulnerability,
};

/// The reports of a run. They are set before the check concludes, and may still be in the making when it begins.
pub type Scanners = Arc<OnceLock<Vec<Given>>>;

/// The report of one scanner, or why there is none.
#[derive(Clone, Debug)]
pub struct Given {
    /// What the user asked for: the scanner's name, or the file's.
    pub name: String,
    /// The file that holds the report, as findings name it; none when the program was run for this.
    pub evidence: Option<String>,
    /// SHA-256 (hex) of that file.
    pub digest: Option<String>,
    /// The report.
    pub report: Result<ScannerReport, String>,
}

/// What is joined with what.
pub(super) struct Joining<'a> {
    pub(super) given: &'a [Given],
    pub(super) lists: &'a [Listed<'a>],
    pub(super) data: &'a Data,
    pub(super) unknown_severity: Severity,
    pub(super) root: Option<&'a Path>,
}

/// A package of a family, by its normal name, in one version. Scanners write a Go version with and without its `v`.
type Key = (Family, String, String);

fn key(family: Family, name: &str, version: &str) -> Key {
    let version = if family == Family::Go { version.strip_prefix('v').unwrap_or(version) } else { version };
    (family, family.normal_name(name).into_owned(), version.to_owned())
}

/// What only scanners saw of one vulnerability at one place.
struct Alone<'a> {
    scanner: &'a ScannerReport,
    seen: &'a Seen,
    aliases: Vec<String>,
}

/// Where a finding of a scanner is told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A package of a list: indexes of the list and of the package in it.
    Listed(usize, usize),
    /// A file that names no packages that are known.
    File(String, u32),
}

impl<'a> Joining<'a> {
    /// Adds to `hits` who saw them, and those that only scanners saw.
    pub(super) fn join(&self, hits: &mut Vec<Hit>) -> Result<Vec<ScannerData>, StoreError> {
        let mut packages: HashMap<Key, Vec<(usize, usize)>> = HashMap::new();
        for (at, list) in self.lists.iter().enumerate() {
            for (index, package) in shipped_first(list.packages) {
                if let (Some(ecosystem), Some(version)) = (&package.ecosystem, &package.version) {
                    packages
                        .entry(key(ecosystem.family, &package.name, version))
                        .or_default()
                        .push((at, index));
                }
            }
        }
        let mut ours: HashMap<Key, Vec<usize>> = HashMap::new();
        for (index, hit) in hits.iter().enumerate() {
            let package = &hit.vulnerability.package;
            let family = package.ecosystem.split(':').next().and_then(Family::of_name);
            if let Some(family) = family {
                ours.entry(key(family, &package.name, &package.version)).or_default().push(index);
            }
        }
        let mut told = Vec::new();
        let mut alone: BTreeMap<(Place, String, String), Vec<Alone<'a>>> = BTreeMap::new();
        for given in self.given {
            let Ok(report) = &given.report else { continue };
            let mut shared = 0;
            for seen in &report.findings {
                let of = seen.ecosystem.as_ref().map(|known| key(known.family, &seen.name, &seen.version));
                let known = of.as_ref().and_then(|of| ours.get(of)).map_or(&[][..], Vec::as_slice);
                if share(seen, report, known, hits) {
                    shared += 1;
                    continue;
                }
                let listed = of.as_ref().and_then(|of| packages.get(of)).map_or(&[][..], Vec::as_slice);
                let mut aliases = BTreeSet::new();
                for id in &seen.ids {
                    aliases.extend(self.data.aliases(id)?);
                }
                aliases.extend(seen.ids.iter().skip(1).cloned());
                let aliases: Vec<String> = aliases.into_iter().collect();
                for place in self.places(seen, listed, given) {
                    let one = Alone { scanner: report, seen, aliases: aliases.clone() };
                    alone.entry((place, seen.name.clone(), seen.version.clone())).or_default().push(one);
                }
            }
            told.push(ScannerData {
                name: report.title(),
                evidence: given.evidence.clone(),
                database: report.database.clone(),
                // The moment of a run of ours would make equal runs differ.
                created: given.evidence.as_ref().and_then(|_| report.created.clone()),
                digest: given.digest.clone(),
                reported: report.findings.len() as u64,
                shared,
                suppressed: report.suppressed,
            });
        }
        let mut ways: HashMap<usize, Ways> = HashMap::new();
        for ((place, ..), seen) in &alone {
            let named: Vec<(&str, &[String])> = seen
                .iter()
                .map(|one| (one.seen.ids.first().map_or("", String::as_str), one.aliases.as_slice()))
                .collect();
            for group in matching::group(&named) {
                let members: Vec<&Alone<'a>> = group.members.iter().filter_map(|at| seen.get(*at)).collect();
                hits.extend(self.hit(place, &group, &members, &mut ways)?);
            }
        }
        Ok(told)
    }

    /// Where a finding is told: at the package in every file that holds it and that the scanner names, or that holds it at
    /// all; else in the file that the scanner names; else in its report.
    fn places(&self, seen: &Seen, listed: &[(usize, usize)], given: &Given) -> Vec<Place> {
        let path_of = |at: &usize| self.lists.get(*at).map_or("", |list| list.path);
        let named = |(at, _): &&(usize, usize)| seen.paths.iter().any(|path| path == path_of(at));
        let mut chosen: Vec<&(usize, usize)> = listed.iter().filter(named).collect();
        if chosen.is_empty() {
            chosen = listed.iter().collect();
        }
        // The same package may stand in one file many times; it is told once.
        chosen.dedup_by_key(|(at, _)| *at);
        if !chosen.is_empty() {
            return chosen.into_iter().map(|(at, index)| Place::Listed(*at, *index)).collect();
        }
        let there = |path: &&String| {
            self.root
                .is_some_and(|root| root.join(path).symlink_metadata().is_ok_and(|found| found.is_file()))
        };
        let place = match (seen.paths.iter().find(there), &given.evidence) {
            (Some(path), _) => Place::File(path.clone(), 1),
            (None, Some(evidence)) => Place::File(evidence.clone(), seen.line),
            (None, None) => Place::File(seen.paths.first().cloned().unwrap_or_else(|| given.name.clone()), 1),
        };
        vec![place]
    }

    /// The finding of a vulnerability that only scanners saw.
    fn hit(
        &self,
        place: &Place,
        group: &matching::Group,
        members: &[&Alone<'a>],
        ways: &mut HashMap<usize, Ways>,
    ) -> Result<Option<Hit>, StoreError> {
        let Some(first) = members.first() else { return Ok(None) };
        let (list, package, via) = match place {
            Place::Listed(at, index) => {
                let list = self.lists.get(*at);
                let package = list.and_then(|list| list.packages.get(*index));
                let packages = list.map_or(&[][..], |list| list.packages);
                let via = ways.entry(*at).or_insert_with(|| Ways::of(packages)).to(*index, packages);
                (list, package, via)
            }
            Place::File(..) => (None, None, Vec::new()),
        };
        let (path, line) = match (place, list) {
            (Place::File(path, line), _) => (path.as_str(), *line),
            (Place::Listed(..), list) => {
                (list.map_or("", |list| list.path), package.map_or(1, |package| package.line))
            }
        };
        let malicious = group.ids.iter().any(|id| id.starts_with("MAL-"));
        let rating = rating(members, malicious);
        let (mut exploited, mut epss): (_, Option<Epss>) = (None, None);
        for cve in group.ids.iter().filter(|id| id.starts_with("CVE-")) {
            exploited = exploited.or(self.data.exploited(cve)?);
            let score = self.data.epss(cve)?.map(|score| Epss {
                probability: Decimal::of(score.probability),
                percentile: Decimal::of(score.percentile),
            });
            if score.is_some_and(|score| epss.is_none_or(|known| score.probability > known.probability)) {
                epss = score;
            }
        }
        let seen_by: BTreeSet<&str> = members.iter().map(|one| one.scanner.scanner.name()).collect();
        let title = members.iter().map(|one| one.seen.title.as_str()).find(|title| !title.is_empty());
        let vulnerability = Vulnerability {
            id: group.id.clone(),
            aliases: group.ids.iter().filter(|id| **id != group.id).cloned().collect(),
            summary: title.unwrap_or_default().chars().take(super::describe::SUMMARY).collect(),
            page: members.iter().find_map(|one| one.seen.page.clone()),
            package: named(first.seen, package, via),
            exploited: exploited.map(|known| Exploited { added: known.added, ransomware: known.ransomware }),
            epss,
            fixed: fixed(members),
            upgrade: None,
            matches: members.iter().map(|one| because(one)).collect(),
            seen_by: seen_by.into_iter().map(str::to_owned).collect(),
            change: None,
            rating,
        };
        Ok(Some(Hit {
            of_sbom: list.is_some_and(|list| list.kind.is_none()),
            path: path.to_owned(),
            line,
            role: list.and_then(|list| list.role),
            severity: vulnerability.rating.severity.unwrap_or(self.unknown_severity),
            rule: if malicious { MALICIOUS } else { VULNERABLE },
            vulnerability,
        }))
    }
}

/// Notes that a scanner saw what is known already: the same vulnerability of the same package, in the files that the
/// scanner names where any of them has it, else in all.
fn share(seen: &Seen, report: &ScannerReport, known: &[usize], hits: &mut [Hit]) -> bool {
    let same: Vec<usize> = known
        .iter()
        .copied()
        .filter(|at| {
            hits.get(*at).is_some_and(|hit| seen.ids.iter().any(|id| hit.vulnerability.is_called(id)))
        })
        .collect();
    let there = |at: &usize| hits.get(*at).is_some_and(|hit| seen.paths.contains(&hit.path));
    let somewhere = same.iter().any(there);
    let name = report.scanner.name();
    let chosen: Vec<usize> = same.iter().copied().filter(|at| !somewhere || there(at)).collect();
    for at in chosen {
        if let Some(hit) = hits.get_mut(at)
            && !hit.vulnerability.seen_by.iter().any(|known| known == name)
        {
            hit.vulnerability.seen_by.push(name.to_owned());
            // `readiness` first, the others by name.
            hit.vulnerability.seen_by.sort_by_key(|name| (name != "readiness", name.clone()));
        }
    }
    !same.is_empty()
}

/// The package, as the inventory knows it or else as the scanner names it.
fn named(seen: &Seen, package: Option<&Package>, via: Vec<String>) -> PackageRef {
    let ecosystem = package.and_then(|package| package.ecosystem.as_ref()).or(seen.ecosystem.as_ref());
    let purl = package.and_then(|package| package.purl.as_ref()).or(seen.purl.as_ref());
    PackageRef {
        ecosystem: ecosystem.map(ToString::to_string).unwrap_or_default(),
        name: package.map_or_else(|| seen.name.clone(), |package| package.name.clone()),
        version: package.and_then(|package| package.version.clone()).unwrap_or_else(|| seen.version.clone()),
        purl: purl.map(ToString::to_string),
        direct: package.and_then(|package| package.direct),
        development: package.is_some_and(|package| package.scope == Scope::Development),
        via,
    }
}

/// The rating by the scanners' worst word. Where none has a word, the vectors that they carry decide as they do for
/// advisories; where there is a word, the vector of the highest score stands beside it.
fn rating(members: &[&Alone<'_>], malicious: bool) -> Rating {
    let vectors = members.iter().flat_map(|one| &one.seen.vectors);
    let best = vectors
        .filter_map(|vector| Some((cvss::score(vector).ok()?, vector)))
        .max_by_key(|(score, _)| (score.version, score.tenths));
    let (score, vector) = match &best {
        Some((score, vector)) => (Some(Decimal::of_units(u32::from(score.tenths))), Some((*vector).clone())),
        None => (None, None),
    };
    if malicious {
        return Rating {
            severity: Some(Severity::Critical),
            score,
            vector,
            malicious: true,
            source: "malicious".to_owned(),
        };
    }
    let worst = members.iter().max_by_key(|one| one.seen.severity);
    let word = worst.and_then(|one| {
        let severity = match one.seen.severity {
            Word::Critical => Severity::Critical,
            Word::High => Severity::High,
            Word::Medium => Severity::Medium,
            Word::Low | Word::Negligible => Severity::Low,
            Word::Unknown => return None,
        };
        let beside = best.as_ref().map(|(score, _)| format!(", CVSS {}", score.version)).unwrap_or_default();
        Some((severity, format!("word of {}{beside}", one.scanner.scanner.name())))
    });
    let (severity, source) = match (word, &best) {
        (Some((severity, source)), _) => (Some(severity), source),
        (None, Some((score, _))) => {
            let severity = match cvss::band(score.version, score.tenths) {
                cvss::Band::None => Severity::Info,
                cvss::Band::Low => Severity::Low,
                cvss::Band::Medium => Severity::Medium,
                cvss::Band::High => Severity::High,
                cvss::Band::Critical => Severity::Critical,
            };
            (Some(severity), format!("CVSS {} by the scanner", score.version))
        }
        (None, None) => (None, "no severity is given".to_owned()),
    };
    Rating { severity, score, vector, malicious, source }
}

/// The lowest version above the package's own that a scanner calls fixed. Where versions do not compare, none is better
/// than another's branch.
fn fixed(members: &[&Alone<'_>]) -> Option<String> {
    let mut best: Option<&String> = None;
    for one in members {
        let Some(scheme) = one.seen.ecosystem.as_ref().and_then(|known| Scheme::of(known.family)) else {
            continue;
        };
        for version in &one.seen.fixed {
            let above = |low: &str| scheme.compare(version, low).is_ok_and(std::cmp::Ordering::is_gt);
            let below =
                best.is_none_or(|best| scheme.compare(version, best).is_ok_and(std::cmp::Ordering::is_lt));
            if above(&one.seen.version) && below {
                best = Some(version);
            }
        }
    }
    best.cloned()
}

/// Why it is told: by the scanner's word.
fn because(one: &Alone<'_>) -> AdvisoryMatch {
    let range = match one.seen.range.as_str() {
        "" => "the scanner does not name the range",
        range => range,
    };
    AdvisoryMatch {
        advisory: one.seen.ids.first().cloned().unwrap_or_default(),
        source: one.scanner.title(),
        modified: String::new(),
        range: range.to_owned(),
        events: Vec::new(),
        scheme: String::new(),
    }
}
