//! JSON reports of vulnerability scanners, told apart by what they hold: Grype's and Trivy's, in one model.

mod grype;
#[cfg(test)]
mod tests;
mod trivy;

use super::document::{self, Limits, Node, Problem, ProblemKind, Syntax};
use super::ecosystem::Ecosystem;
use super::fault::Fault;
use super::purl::Purl;

/// The longest report that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 20;
/// Most findings of a report.
pub const MAX_FINDINGS: usize = 200_000;
/// Most ids, paths or fixed versions kept of one finding.
const MAX_LIST: usize = 64;
/// Most characters kept of a text that is shown.
const MAX_TEXT: usize = 400;

/// A scanner whose reports are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scanner {
    /// Anchore's Grype.
    Grype,
    /// Aqua's Trivy.
    Trivy,
}

impl Scanner {
    /// Every scanner.
    pub const ALL: [Self; 2] = [Self::Grype, Self::Trivy];

    /// Its name, which is its program's too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grype => "grype",
            Self::Trivy => "trivy",
        }
    }
}

/// What a scanner reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerReport {
    /// The scanner.
    pub scanner: Scanner,
    /// Its version; none where the report does not tell.
    pub version: Option<String>,
    /// When its vulnerability database was made, as written; none where the report does not tell.
    pub database: Option<String>,
    /// When the report was made, as written.
    pub created: Option<String>,
    /// What it found, in the order of the report.
    pub findings: Vec<Seen>,
    /// How many findings its own settings keep back.
    pub suppressed: u64,
}

impl ScannerReport {
    /// Scanner and version: `grype 0.118.0`.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.scanner.name()),
            None => self.scanner.name().to_owned(),
        }
    }
}

/// One finding: a vulnerability of a version of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The vulnerability's ids, the scanner's own choice first, each once; never empty.
    pub ids: Vec<String>,
    /// The package's name as its ecosystem writes it where the package URL or the scanner's type tells the ecosystem, else
    /// as the scanner writes it.
    pub name: String,
    /// Its version, as the scanner writes it.
    pub version: String,
    /// Its ecosystem; none where the report does not tell one that advisories know.
    pub ecosystem: Option<Ecosystem>,
    /// Its package URL.
    pub purl: Option<Purl>,
    /// The scanner's word for the severity.
    pub severity: Word,
    /// CVSS vectors, as written.
    pub vectors: Vec<String>,
    /// Versions that are free of it.
    pub fixed: Vec<String>,
    /// The range that holds the version, as the scanner writes it; empty where it does not.
    pub range: String,
    /// Files that the package was found in, relative to what was scanned, without a leading `/`.
    pub paths: Vec<String>,
    /// What it is, in one line.
    pub title: String,
    /// Where more is written.
    pub page: Option<String>,
    /// Line of the report, from 1.
    pub line: u32,
}

/// How severe a scanner calls something, in ascending order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// It does not say.
    #[default]
    Unknown,
    /// Less than low.
    Negligible,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Word {
    fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "negligible" => Self::Negligible,
            _ => Self::Unknown,
        }
    }
}

/// Reads a report.
///
/// # Errors
/// When it is no JSON, exceeds a bound, names a key twice, or is neither Grype's nor Trivy's; a format that is known and not read is named.
pub fn parse(bytes: &[u8]) -> Result<ScannerReport, Fault> {
    let limits = Limits { max_bytes: MAX_BYTES, max_nodes: 16_000_000, ..Limits::default() };
    let documents = document::parse(bytes, Syntax::Json, &limits)?;
    // Of a key that stands twice readers take different values, and what stands in the other would go missing.
    let twice = |problem: &&Problem| matches!(problem.kind, ProblemKind::DuplicateKey { .. });
    if let Some(problem) = documents.problems.iter().find(twice) {
        return Err(Fault::new(problem.span.line, "a key of the report stands twice"));
    }
    let root = documents.single()?;
    root.expect_map()?;
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    if root.get("matches").is_some() && root.get("descriptor").is_some() {
        return grype::read(root);
    }
    if root.get("SchemaVersion").is_some()
        && (root.get("ArtifactName").is_some() || root.get("Results").is_some())
    {
        return trivy::read(root);
    }
    let sarif = text("$schema").is_some_and(|schema| schema.contains("sarif"))
        || (root.get("runs").is_some() && root.get("version").is_some());
    let named = if sarif {
        "this is SARIF, which is not read yet: give the scanner's own JSON"
    } else if text("bomFormat").is_some() {
        "this is a CycloneDX document: give it with --scan-sbom, or the scanner's own JSON"
    } else if text("spdxVersion").is_some() {
        "this is an SPDX document: give it with --scan-sbom, or the scanner's own JSON"
    } else if text("@context").is_some_and(|context| context.contains("openvex")) {
        "this is an OpenVEX document, no scanner's report"
    } else if root.get("results").is_some() && root.get("experimental_config").is_some() {
        "this is a report of osv-scanner, which is not read"
    } else if root.get("artifacts").is_some() && root.get("descriptor").is_some() {
        "this is Syft's list of packages, no scanner's report"
    } else {
        "neither Grype's nor Trivy's JSON"
    };
    Err(Fault::new(root.span.line, named))
}

/// A text that is not empty.
fn text(node: Option<&Node>) -> Option<&str> {
    node.and_then(Node::as_str).filter(|text| !text.trim().is_empty())
}

/// A text that is shown: its first line, not longer than a line should be.
fn line(node: Option<&Node>) -> String {
    let first = text(node).and_then(|text| text.trim().lines().next()).unwrap_or_default();
    first.chars().take(MAX_TEXT).collect()
}

/// A short text, such as an id or a version; none when it is empty, and none when it is too long to be one.
fn short(node: Option<&Node>) -> Option<String> {
    text(node).map(str::trim).filter(|text| text.len() <= MAX_TEXT).map(str::to_owned)
}

fn add(list: &mut Vec<String>, text: Option<String>) {
    if let Some(text) = text
        && list.len() < MAX_LIST
        && !list.contains(&text)
    {
        list.push(text);
    }
}

/// A path relative to what was scanned; none when it leads out of it.
fn path(node: Option<&Node>) -> Option<String> {
    let text = short(node)?.replace('\\', "/");
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// The list under a key; none and `null` are empty lists, as both scanners write them.
fn list<'n>(node: &'n Node, key: &str) -> Result<&'n [Node], Fault> {
    match node.get(key) {
        None => Ok(&[]),
        Some(node) if node.is_null() => Ok(&[]),
        Some(node) => Ok(node.expect_list()?),
    }
}

fn push(findings: &mut Vec<Seen>, seen: Seen) -> Result<(), Fault> {
    if findings.len() >= MAX_FINDINGS {
        return Err(Fault::new(seen.line, format!("more than {MAX_FINDINGS} findings")));
    }
    findings.push(seen);
    Ok(())
}
