//! Grype's JSON (`grype -o json`): a list of matches, each a vulnerability, those related to it, how it was matched, and
//! the package.

use super::{MAX_LIST, Scanner, ScannerReport, Seen, Word, add, line, list, path, push, short, text};
use crate::formats::document::Node;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::purl::Purl;

/// Grype's types of packages that say the ecosystem; distributions need their release, which the package URL has.
const TYPES: &[(&str, Family)] = &[
    ("conan", Family::ConanCenter),
    ("dart-pub", Family::Pub),
    ("dotnet", Family::NuGet),
    ("gem", Family::RubyGems),
    ("github-action", Family::GitHubActions),
    ("go-module", Family::Go),
    ("hackage", Family::Hackage),
    ("hex", Family::Hex),
    ("npm", Family::Npm),
    ("php-composer", Family::Packagist),
    ("python", Family::PyPi),
    ("rust-crate", Family::CratesIo),
    ("swift", Family::SwiftUrl),
];

pub(super) fn read(root: &Node) -> Result<ScannerReport, Fault> {
    let mut findings = Vec::new();
    for one in list(root, "matches")? {
        push(&mut findings, seen(one)?)?;
    }
    // The database's state lies one level deeper since its sixth schema.
    let built = [&["descriptor", "db", "status", "built"][..], &["descriptor", "db", "built"][..]];
    Ok(ScannerReport {
        scanner: Scanner::Grype,
        version: short(root.get_path(&["descriptor", "version"])),
        database: built.iter().find_map(|way| short(root.get_path(way))),
        created: short(root.get_path(&["descriptor", "timestamp"])),
        findings,
        suppressed: list(root, "ignoredMatches")?.len() as u64,
    })
}

fn seen(node: &Node) -> Result<Seen, Fault> {
    let fault = |message: &str| Fault::new(node.span.line, message);
    let vulnerability = node.get("vulnerability").ok_or_else(|| fault("a match has no `vulnerability`"))?;
    let artifact = node.get("artifact").ok_or_else(|| fault("a match has no `artifact`"))?;
    let id = short(vulnerability.get("id")).ok_or_else(|| fault("a vulnerability has no `id`"))?;
    let name = short(artifact.get("name")).ok_or_else(|| fault("a package has no `name`"))?;
    let related = list(node, "relatedVulnerabilities")?;
    let mut ids = vec![id];
    let mut others = Vec::new();
    for other in related {
        add(&mut others, short(other.get("id")).filter(|other| !ids.contains(other)));
    }
    // An errata notice may be about many vulnerabilities, which are then no aliases of it, nor of each other.
    if let [_] = others.as_slice() {
        ids.append(&mut others);
    }
    let mut vectors = Vec::new();
    for told in std::iter::once(vulnerability).chain(related) {
        for score in list(told, "cvss")? {
            add(&mut vectors, short(score.get("vector")));
        }
    }
    let mut paths = Vec::new();
    for location in list(artifact, "locations")? {
        add(&mut paths, path(location.get("path")));
    }
    let mut fixed = Vec::new();
    if let Some(fix) = vulnerability.get("fix").filter(|fix| !fix.is_null()) {
        for version in list(fix, "versions")? {
            add(&mut fixed, short(Some(version)));
        }
    }
    let found = |details: &Node| text(details.get_path(&["found", "versionConstraint"])).map(str::to_owned);
    let range = list(node, "matchDetails")?.iter().take(MAX_LIST).find_map(found).unwrap_or_default();
    let purl: Option<Purl> = text(artifact.get("purl")).and_then(|text| text.parse().ok());
    let known = purl.as_ref().and_then(Purl::package).or_else(|| {
        let kind = text(artifact.get("type"))?;
        let (_, family) = TYPES.iter().find(|(known, _)| *known == kind)?;
        Some((Ecosystem::of(*family), name.clone()))
    });
    let (ecosystem, name) = match known {
        Some((ecosystem, name)) => (Some(ecosystem), name),
        None => (None, name),
    };
    let titles = std::iter::once(vulnerability).chain(related).map(|told| line(told.get("description")));
    Ok(Seen {
        ids,
        name,
        version: short(artifact.get("version")).unwrap_or_default(),
        ecosystem,
        purl,
        severity: Word::of(text(vulnerability.get("severity")).unwrap_or_default()),
        vectors,
        fixed,
        range: range.chars().take(super::MAX_TEXT).collect(),
        paths,
        title: titles.into_iter().find(|title| !title.is_empty()).unwrap_or_default(),
        page: short(vulnerability.get("dataSource")),
        line: node.span.line,
    })
}
