//! Trivy's JSON (`trivy fs --format json`), schema version 2: a list of results, each a file or a distribution with the
//! vulnerabilities of its packages.

use super::{Scanner, ScannerReport, Seen, Word, add, line, list, path, push, short, text};
use crate::formats::document::Node;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::purl::Purl;

/// The schema that is read.
const SCHEMA: i64 = 2;

/// Trivy's types of results that say the ecosystem; distributions need their release, which the package URL has.
const TYPES: &[(&str, Family)] = &[
    ("bun", Family::Npm),
    ("bundler", Family::RubyGems),
    ("cargo", Family::CratesIo),
    ("composer", Family::Packagist),
    ("conan", Family::ConanCenter),
    ("dotnet-core", Family::NuGet),
    ("gemspec", Family::RubyGems),
    ("gobinary", Family::Go),
    ("gomod", Family::Go),
    ("gradle", Family::Maven),
    ("hex", Family::Hex),
    ("jar", Family::Maven),
    ("mix-lock", Family::Hex),
    ("node-pkg", Family::Npm),
    ("npm", Family::Npm),
    ("nuget", Family::NuGet),
    ("packages-props", Family::NuGet),
    ("pip", Family::PyPi),
    ("pipenv", Family::PyPi),
    ("pnpm", Family::Npm),
    ("poetry", Family::PyPi),
    ("pom", Family::Maven),
    ("pub", Family::Pub),
    ("pylock", Family::PyPi),
    ("python-pkg", Family::PyPi),
    ("rustbinary", Family::CratesIo),
    ("sbt", Family::Maven),
    ("swift", Family::SwiftUrl),
    ("uv", Family::PyPi),
    ("yarn", Family::Npm),
];

pub(super) fn read(root: &Node) -> Result<ScannerReport, Fault> {
    let schema = root.get("SchemaVersion").and_then(Node::as_i64);
    if schema != Some(SCHEMA) {
        return Err(Fault::new(root.span.line, "Trivy's JSON of another schema version than 2"));
    }
    let (mut findings, mut suppressed) = (Vec::new(), 0);
    for result in list(root, "Results")? {
        for one in list(result, "Vulnerabilities")? {
            push(&mut findings, seen(one, result)?)?;
        }
        suppressed += list(result, "ExperimentalModifiedFindings")?.len() as u64;
    }
    Ok(ScannerReport {
        scanner: Scanner::Trivy,
        version: short(root.get_path(&["Trivy", "Version"])),
        database: None,
        created: short(root.get("CreatedAt")),
        findings,
        suppressed,
    })
}

fn seen(node: &Node, result: &Node) -> Result<Seen, Fault> {
    let fault = |message: &str| Fault::new(node.span.line, message);
    let id = short(node.get("VulnerabilityID"))
        .ok_or_else(|| fault("a vulnerability has no `VulnerabilityID`"))?;
    let name = short(node.get("PkgName")).ok_or_else(|| fault("a vulnerability has no `PkgName`"))?;
    let mut ids = vec![id];
    // Those of distributions name an errata notice, which may be about many vulnerabilities: no alias.
    for vendor in list(node, "VendorIDs")?.iter().filter(|_| text(result.get("Class")) != Some("os-pkgs")) {
        add(&mut ids, short(Some(vendor)));
    }
    let mut vectors = Vec::new();
    for source in node.get("CVSS").map(Node::entries).unwrap_or_default() {
        for key in ["V40Vector", "V3Vector", "V2Vector"] {
            add(&mut vectors, short(source.value.get(key)));
        }
    }
    let mut fixed = Vec::new();
    for version in text(node.get("FixedVersion")).unwrap_or_default().split(',') {
        let version = version.trim();
        add(&mut fixed, Some(version.to_owned()).filter(|version| !version.is_empty()));
    }
    // Packages that are not locked but lie there name their own file; the result is then a word such as `Node.js`.
    let mut paths = Vec::new();
    add(&mut paths, path(node.get("PkgPath")));
    add(&mut paths, path(result.get("Target")));
    let purl: Option<Purl> =
        text(node.get_path(&["PkgIdentifier", "PURL"])).and_then(|text| text.parse().ok());
    let known = purl.as_ref().and_then(Purl::package).or_else(|| {
        let kind = text(result.get("Type"))?;
        let (_, family) = TYPES.iter().find(|(known, _)| *known == kind)?;
        Some((Ecosystem::of(*family), name.clone()))
    });
    let (ecosystem, name) = match known {
        Some((ecosystem, name)) => (Some(ecosystem), name),
        None => (None, name),
    };
    let titles = [line(node.get("Title")), line(node.get("Description"))];
    Ok(Seen {
        ids,
        name,
        version: short(node.get("InstalledVersion")).unwrap_or_default(),
        ecosystem,
        purl,
        severity: Word::of(text(node.get("Severity")).unwrap_or_default()),
        vectors,
        fixed,
        range: String::new(),
        paths,
        title: titles.into_iter().find(|title| !title.is_empty()).unwrap_or_default(),
        page: short(node.get("PrimaryURL")),
        line: node.span.line,
    })
}
