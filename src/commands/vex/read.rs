//! VEX documents of the user: `--vex`, and `vulnerabilities.vex` of the configuration.

use std::path::Path;

use jiff::Timestamp;
use memchr::memmem;

use super::Project;
use crate::commands::Error;
use crate::config::Config;
use crate::formats::fault::Fault;
use crate::formats::openvex::{self, Document, Status};
use crate::formats::purl::{self, Purl};
use crate::formats::sbom::{self, Sbom};
use crate::gate::{VexDocument, VexScope, VexStatement};
use crate::host::files::read_bounded;

/// Most faults of one document that are told; the report has their number.
const TOLD: usize = 5;

/// A VEX document, read.
#[derive(Debug)]
pub(in crate::commands) struct Loaded {
    /// As the user named it.
    name: String,
    /// Whether it has force.
    trusted: bool,
    contents: Contents,
}

#[derive(Debug)]
enum Contents {
    OpenVex(Document),
    CycloneDx(Box<Sbom>),
}

/// Reads the documents that flags name and those of the configuration; also those of a configuration that has no force
/// (`ignored`), which are only shown. A document inside a tree that is not `trusted` has no force either.
pub(in crate::commands) fn load(
    flags: &[std::path::PathBuf],
    config: &Config,
    ignored: Option<&Config>,
    root: &Path,
    trusted: bool,
) -> Result<Vec<Loaded>, Error> {
    let inside = |path: &Path| path.canonicalize().is_ok_and(|path| path.starts_with(root));
    let mut loaded = Vec::new();
    for path in flags {
        loaded.push(read(path, path.display().to_string(), trusted || !inside(path))?);
    }
    for name in &config.vex {
        let path = config.folder.join(name);
        loaded.push(read(&path, name.clone(), trusted || !inside(&path))?);
    }
    for (folder, name) in
        ignored.iter().flat_map(|config| config.vex.iter().map(|name| (&config.folder, name)))
    {
        // What an ignored configuration names cannot stop a run, nor make it read what is outside.
        let path = folder.join(name);
        if inside(&path) {
            loaded.extend(read(&path, name.clone(), false));
        }
    }
    Ok(loaded)
}

fn read(path: &Path, name: String, trusted: bool) -> Result<Loaded, Error> {
    let file_error = |source| Error::File { path: name.clone(), source };
    let bytes = read_bounded(path, openvex::MAX_BYTES as u64).map_err(file_error)?;
    match contents(&bytes) {
        Ok(contents) => Ok(Loaded { name, trusted, contents }),
        Err(fault) => Err(Error::Vex { path: name, fault }),
    }
}

/// Told apart by the one key that every JSON document of CycloneDX has, and by XML.
fn contents(bytes: &[u8]) -> Result<Contents, Fault> {
    let xml = bytes.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if memmem::find(bytes, b"\"bomFormat\"").is_none() && !xml.starts_with(b"<") {
        return openvex::parse(bytes).map(Contents::OpenVex);
    }
    let sbom = sbom::parse(bytes)?;
    // What stands twice in an analysis may mean either.
    if let Some(doubt) = sbom.partial {
        return Err(Fault::new(1, doubt));
    }
    if sbom.statements.is_empty() {
        return Err(Fault::new(1, "the SBOM has no analysis of a vulnerability"));
    }
    Ok(Contents::CycloneDx(Box::new(sbom)))
}

impl Loaded {
    /// What is wrong with it, for people.
    pub(in crate::commands) fn warnings(&self) -> Vec<String> {
        let faults: Vec<Fault> = match &self.contents {
            Contents::OpenVex(document) => document.faults.clone(),
            Contents::CycloneDx(sbom) => {
                sbom.statements.iter().filter_map(|told| judged(told).err()).collect()
            }
        };
        let tell = |fault: &Fault| format!("{}:{}: {}", self.name, fault.line, fault.message);
        let mut warnings: Vec<String> = faults.iter().take(TOLD).map(tell).collect();
        if let Some(more) = faults.len().checked_sub(TOLD).filter(|more| *more > 0) {
            warnings.push(format!("{}: {more} more faults", self.name));
        }
        warnings
    }

    /// What it says of a project.
    pub(in crate::commands) fn about(self, project: &Project) -> VexDocument {
        let mut out = VexDocument { name: self.name, trusted: self.trusted, ..VexDocument::default() };
        match self.contents {
            Contents::OpenVex(document) => open_vex(document, project, &mut out),
            Contents::CycloneDx(sbom) => cyclonedx(&sbom, project, &mut out),
        }
        if out.author.trim().is_empty() {
            "an author who is not named".clone_into(&mut out.author);
        }
        out
    }
}

fn open_vex(document: Document, project: &Project, out: &mut VexDocument) {
    out.author = document.author;
    out.unusable = document.unusable;
    for statement in document.statements {
        let Some(scope) = scope(&statement.products, project) else {
            out.elsewhere += 1;
            continue;
        };
        let label = statement.justification.as_deref().map(|label| label.replace('_', " "));
        let words = [statement.impact, statement.notes, label].into_iter().flatten().next();
        out.statements.push(VexStatement {
            line: statement.line,
            ids: statement.ids,
            scope,
            status: statement.status,
            moment: statement.moment,
            justification: statement.justification,
            reason: words.unwrap_or_else(|| statement.status.label().replace('_', " ")),
            action: statement.action,
        });
    }
}

/// What products come to here: the project itself, its parts, or packages that are products of their own. None when they
/// are something else: another version of the project, a dependency of it as seen by that one's makers (here other ways
/// may lead to its parts), or what no package URL names.
fn scope(products: &[openvex::Product], project: &Project) -> Option<VexScope> {
    let mut purls = Vec::new();
    for product in products {
        let whole = &product.whole.purls;
        let named = whole.iter().any(|purl| project.is_named_by(purl));
        let this = project.purl.as_ref().is_some_and(|own| whole.iter().any(|purl| names(purl, own)));
        if named && !this {
            continue;
        }
        match product.parts.as_slice() {
            [] if this => return Some(VexScope::Project),
            [] => purls.extend(whole.iter().cloned()),
            parts if this || !whole.iter().any(|purl| project.holds(purl)) => {
                purls.extend(parts.iter().flat_map(|part| part.purls.iter().cloned()));
            }
            _ => {}
        }
    }
    (!purls.is_empty()).then(|| VexScope::packages(purls))
}

/// Whether a package URL, of the same package as another, leaves its version open or has the same.
fn names(purl: &Purl, own: &Purl) -> bool {
    (&purl.kind, &purl.namespace, &purl.name) == (&own.kind, &own.namespace, &own.name)
        && (purl.version.is_none() || purl.version == own.version)
}

fn cyclonedx(sbom: &Sbom, project: &Project, out: &mut VexDocument) {
    let moment = sbom.created.as_deref().and_then(|text| text.trim().parse::<Timestamp>().ok());
    out.author = sbom.authors.join(", ");
    for told in &sbom.statements {
        let Ok((status, justification, reason)) = judged(told) else {
            out.unusable += 1;
            continue;
        };
        let subject = sbom.subject.as_ref().and_then(|subject| subject.purl.as_ref());
        let about_project = told.affects_subject
            && subject.zip(project.purl.as_ref()).is_some_and(|(subject, own)| names(subject, own));
        let here = told.affects.iter().filter_map(|index| sbom.packages.get(*index)?.purl.clone());
        let purls: Vec<Purl> = here.chain(told.elsewhere.iter().filter_map(|link| linked(link))).collect();
        let scope = if about_project {
            VexScope::Project
        } else if purls.is_empty() {
            out.elsewhere += 1;
            continue;
        } else {
            VexScope::packages(purls)
        };
        out.statements.push(VexStatement {
            line: told.line,
            ids: told.ids.iter().take(openvex::MAX_IDS).cloned().collect(),
            scope,
            status,
            moment,
            justification: justification.map(str::to_owned),
            reason,
            action: None,
        });
    }
}

/// Status, `OpenVEX`'s justification and reason of an analysis.
fn judged(told: &sbom::Statement) -> Result<(Status, Option<&'static str>, String), Fault> {
    let words: Vec<&str> = told.justification.iter().chain(&told.detail).map(|text| text.trim()).collect();
    let words: Vec<&str> = words.into_iter().filter(|text| !text.is_empty()).collect();
    let status = match told.state.as_str() {
        "not_affected" if words.is_empty() => {
            return Err(Fault::new(told.line, "`not_affected` needs a `justification` or a `detail`"));
        }
        "not_affected" | "false_positive" => Status::NotAffected,
        "resolved" | "resolved_with_pedigree" => Status::Fixed,
        "exploitable" => Status::Affected,
        "in_triage" => Status::UnderInvestigation,
        _ => return Err(Fault::new(told.line, "the state of the analysis is none that CycloneDX has")),
    };
    if told.of_some_versions && status.waives() {
        return Err(Fault::new(
            told.line,
            "the analysis holds for some versions only, which are not compared",
        ));
    }
    // Those that demand something of the place where it runs have no counterpart.
    let justification = match told.justification.as_deref() {
        Some("code_not_present") => Some("vulnerable_code_not_present"),
        Some("code_not_reachable") => Some("vulnerable_code_not_in_execute_path"),
        Some("protected_by_compiler" | "protected_at_runtime" | "protected_by_mitigating_control") => {
            Some("inline_mitigations_already_exist")
        }
        _ => None,
    };
    let reason =
        if words.is_empty() { told.state.replace('_', " ") } else { words.join(": ").replace('_', " ") };
    Ok((status, justification.filter(|_| status == Status::NotAffected), reason))
}

/// The package that a reference names by itself: a package URL, or a link into another document whose reference is one.
fn linked(link: &str) -> Option<Purl> {
    let text = if link.starts_with("urn:cdx:") { link.split_once('#')?.1 } else { link };
    if text.starts_with("pkg:") {
        return text.parse().ok();
    }
    // In a link the reference is encoded once more.
    purl::decode(text)?.parse().ok()
}
