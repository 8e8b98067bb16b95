//! Software bills of materials: CycloneDX 1.0–1.7 (JSON, XML) and SPDX 2.0–2.3 (JSON, YAML, tag-value) and 3.0 (JSON-LD)
//! as one model.
//!
//! What can be read is read even where the document breaks its standard; what its schema refuses is listed beside it.

mod completeness;
mod cyclonedx;
mod decode;
mod faults;
mod spdx;
mod values;
mod xml;

pub use completeness::{Gap, GapKind, completeness};

use super::document::{self, Limits, Node, ProblemKind, Syntax, Value};
use super::fault::Fault;
use super::package::Package;
use faults::Faults;

/// What an SBOM says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sbom {
    /// Format and version as written: `CycloneDX 1.6`, `SPDX-2.3`.
    pub format: String,
    /// What the document is about: `metadata.component`, or the one package that the document DESCRIBES (none if it
    /// describes several). Never among `packages`; its `depends_on` are indexes into `packages`.
    pub subject: Option<Package>,
    /// The name of the subject as it is written, before its group or package URL says otherwise; none in SPDX 3.
    pub title: Option<String>,
    /// Every component, nested ones too, in the order of the document.
    pub packages: Vec<Package>,
    /// Indexes into `packages`, sorted, of those that are a file, data or a cryptographic asset and no software package.
    pub assets: Vec<usize>,
    /// When it was made, as written.
    pub created: Option<String>,
    /// Who made it: tools, organisations, people.
    pub authors: Vec<String>,
    /// Whether the document states any relation between its parts: a dependency, or in SPDX that one contains another.
    pub has_relations: bool,
    /// Vulnerability statements of CycloneDX (`vulnerabilities[].analysis`).
    pub statements: Vec<Statement>,
    /// Why packages may be missing here that the document has; none where all of it could be read.
    pub partial: Option<&'static str>,
    /// What makes the document invalid although its packages could be read, with its place; sorted, at most 100.
    pub invalid: Vec<Fault>,
}

/// What a CycloneDX document says of a vulnerability.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Line, from 1.
    pub line: u32,
    /// Ids of the vulnerability: its own and its references'.
    pub ids: Vec<String>,
    /// `analysis.state`.
    pub state: String,
    /// `analysis.justification`.
    pub justification: Option<String>,
    /// `analysis.detail`.
    pub detail: Option<String>,
    /// The packages it is about, as indexes into `packages`.
    pub affects: Vec<usize>,
    /// Whether it is about the subject: it names the subject, or nothing at all.
    pub affects_subject: bool,
    /// Whether it holds, of anything that it is about, only for some versions that are not the document's own.
    pub of_some_versions: bool,
    /// References to what is no component of this document, as written: mostly BOM-Links (`urn:cdx:…#ref`) of a
    /// document that only holds statements.
    pub elsewhere: Vec<String>,
}

/// Endings of names by which SBOMs are known, in lower case.
const ENDINGS: &[&str] = &[
    ".cdx",
    ".cdx.json",
    ".cdx.xml",
    ".cyclonedx.json",
    ".cyclonedx.xml",
    ".bom.json",
    ".bom.xml",
    ".sbom",
    ".sbom.json",
    ".sbom.xml",
    ".spdx",
    ".spdx.json",
    ".spdx.yaml",
    ".spdx.yml",
    ".spdx.rdf",
    ".spdx.rdf.xml",
    ".spdx.xml",
    ".spdx.tag",
    ".spdx3.json",
    ".spdx.jsonld",
    "-sbom.json",
    "-sbom.xml",
    "_sbom.json",
    "-cyclonedx.json",
    "-cyclonedx.xml",
];

/// Whole names by which SBOMs are known, in lower case.
const NAMES: &[&str] = &[
    "bom.json",
    "bom.xml",
    "bom.cdx",
    "sbom.json",
    "sbom.xml",
    "sbom.yaml",
    "sbom.yml",
    "sbom.spdx",
    "cyclonedx.json",
    "cyclonedx.xml",
    "spdx.json",
    "spdx.yaml",
    "spdx.yml",
    "spdx.rdf",
];

/// Whether a file is an SBOM by the last part of its path, upper or lower case: `bom.json`, `*.cdx.xml`, `*.spdx`, … Also
/// those whose format is recognised but not read, such as SPDX in RDF.
#[must_use]
pub fn is_sbom_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str())
        || ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// Bounds of a document: those of the largest SBOMs in use, about half a million components.
const LIMITS: Limits =
    Limits { max_bytes: 64 << 20, max_depth: 100, max_nodes: 4_000_000, max_alias_bytes: 4 << 20 };

/// Reads an SBOM of any supported format, told apart by its content. UTF-16 with a byte order mark is read too.
///
/// # Errors
/// When it is none, or of a version that is not supported, or broken so that its packages are not known.
pub fn parse(bytes: &[u8]) -> Result<Sbom, Fault> {
    let text = decode::decode(bytes, LIMITS.max_bytes)?;
    let mut faults = Faults::default();
    let mut sbom = match text.trim_start().chars().next() {
        Some('{' | '[') => json_or_yaml(&text, Syntax::Json, &mut faults)?,
        Some('<') => cyclonedx::from_xml(&text, &mut faults)?,
        _ if spdx::is_tag_value(&text) => spdx::from_tag_value(&text, &mut faults)?,
        Some(_) if text.contains("spdxVersion") => json_or_yaml(&text, Syntax::Yaml, &mut faults)?,
        Some(_) => return Err(Fault::new(1, "neither CycloneDX nor SPDX")),
        None => return Err(Fault::new(1, "nothing in the file")),
    };
    sbom.invalid = faults.into_sorted();
    Ok(sbom)
}

fn json_or_yaml(text: &str, syntax: Syntax, faults: &mut Faults) -> Result<Sbom, Fault> {
    let documents = document::parse(text.as_bytes(), syntax, &LIMITS)?;
    for problem in &documents.problems {
        let what = match problem.kind {
            ProblemKind::DuplicateKey { .. } => "a key that its object has already",
            ProblemKind::JsonComment => "a comment, which JSON does not have",
            ProblemKind::JsonTrailingComma => "a comma before a closing bracket",
            _ => "a string that is not well-formed",
        };
        faults.add(problem.span.line, what);
    }
    let ambiguous = documents.problems.iter().any(|problem| {
        matches!(problem.kind, ProblemKind::DuplicateKey { .. } | ProblemKind::MergeWithoutMap)
    });
    let root = documents.single()?;
    let has = |key: &str| root.get(key).is_some();
    let mut sbom = if syntax == Syntax::Json && (has("bomFormat") || has("specVersion")) {
        cyclonedx::from_json(root, faults)?
    } else if has("spdxVersion") || has("SPDXID") {
        spdx::from_document(root, faults)?
    } else if has("@graph")
        || root.get("@context").and_then(Node::as_str).is_some_and(|url| url.contains("spdx.org"))
    {
        spdx::from_graph(root, faults)?
    } else {
        return Err(Fault::new(root.span.line.max(1), "neither CycloneDX nor SPDX"));
    };
    sbom.partial = ambiguous.then_some(TWICE).or(sbom.partial);
    Ok(sbom)
}

/// Why packages may be missing: the document tells so itself, which is no fault of it.
pub const INCOMPLETE: &str = "an SBOM that says itself that it is incomplete";
/// Why packages may be missing: what readers of the document take differs.
const TWICE: &str = "an SBOM in which something stands twice that may stand once";
/// Why packages may be missing: they do not stand where they should.
const MISPLACED: &str = "an SBOM whose packages do not stand where its format has them";

/// Whether there is something that is no list, where packages should be listed.
fn is_no_list(node: Option<&Node>) -> bool {
    node.is_some_and(|node| !node.is_null() && !matches!(node.value, Value::List(_)))
}

#[cfg(test)]
mod tests;
