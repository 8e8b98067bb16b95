//! Software bills of materials: that they can be read, are valid and complete (the NTIA's minimum elements), and list
//! what the lock files beside them pin. One finding a document and rule, at the first line that it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use super::inventory::{Inventory, SbomSource, Source};
use crate::engine::{Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Tree, Want};
use crate::formats::ecosystem::Family;
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::sbom::{GapKind, Sbom, completeness};
use crate::report::{LeftOutKind, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "sbom",
    title: "SBOM",
    about: "Bills of materials (CycloneDX, SPDX): valid, complete by the NTIA's minimum elements, and current.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Most ways in which one document breaks its format's rules that are reported one by one.
const PLACES: usize = 20;
/// Most names in one message.
const NAMED: usize = 5;

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    Start::Run(Box::new(Boms { inventory: Arc::clone(&settings.inventory) }))
}

struct Boms {
    inventory: Arc<Inventory>,
}

impl Inspect for Boms {
    fn begin(&self, tree: &Tree<'_>) {
        self.inventory.begin(tree.root);
    }

    fn named(&self) -> Vec<String> {
        self.inventory.named()
    }

    // Lock files too: whether an SBOM is current shows in comparison with them.
    fn wants(&self, entry: &Entry) -> Want {
        self.inventory.wants(entry)
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        self.inventory.take(file);
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let assembled = self.inventory.assembled();
        // What could not be read whole is no finding: nobody knows what it says.
        let unread = assembled.unread.iter().filter(|(path, _)| self.inventory.is_sbom(path));
        let unread: Vec<_> =
            unread.filter(|(path, _)| !assembled.sboms.iter().any(|bom| bom.path == *path)).collect();
        for (path, reason) in &unread {
            findings.left_out(LeftOutKind::Unparsable, reason, path);
        }
        if let (true, Some((path, reason))) = (assembled.sboms.is_empty(), unread.first()) {
            return Conclusion::Instead(Status::not_evaluated(&format!("{path}: {reason}"), ""));
        }
        if assembled.sboms.is_empty() {
            let hint = "readiness audit --sbom app.cdx.json writes one";
            return Conclusion::Instead(Status::not_applicable("no SBOM", hint));
        }
        findings.examined("SBOMs", assembled.sboms.len() as u64);
        for bom in &assembled.sboms {
            match &bom.contents {
                Ok(contents) => {
                    findings.examined("components", contents.packages.len() as u64);
                    invalid(bom, contents, findings);
                    incomplete(bom, contents, findings);
                    let listed = contents.packages.iter().filter_map(key).collect();
                    for source in &assembled.sources {
                        outdated(bom, &listed, source, findings);
                    }
                }
                Err(fault) => {
                    findings.on_line_as("SBM-001", (&bom.path, fault.line, bom.role), fault.message.clone());
                }
            }
        }
        Conclusion::Evaluated
    }
}

/// Each way in which a document breaks its format's rules, at the first place.
fn invalid(bom: &SbomSource, contents: &Sbom, findings: &mut Findings<'_>) {
    let mut kinds: BTreeMap<&str, (u32, usize)> = BTreeMap::new();
    for fault in &contents.invalid {
        let (line, count) = kinds.entry(&fault.message).or_insert((fault.line, 0));
        *line = fault.line.min(*line);
        *count += 1;
    }
    for (message, (line, count)) in kinds.iter().take(PLACES) {
        let more = if *count > 1 { format!(" (at {count} places)") } else { String::new() };
        findings.on_line_as("SBM-002", (&bom.path, *line, bom.role), format!("{message}{more}"));
    }
    if kinds.len() > PLACES {
        let reason = format!("more than {PLACES} ways in which one SBOM breaks its format's rules");
        findings.left_out(LeftOutKind::Capped, &reason, &bom.path);
    }
}

/// The minimum elements that a document lacks, each kind once.
fn incomplete(bom: &SbomSource, contents: &Sbom, findings: &mut Findings<'_>) {
    let gaps = completeness(contents);
    let kinds: BTreeSet<GapKind> = gaps.iter().map(|gap| gap.kind).collect();
    for kind in kinds {
        let of_kind: Vec<_> = gaps.iter().filter(|gap| gap.kind == kind).collect();
        let names: Vec<&str> = of_kind.iter().filter_map(|gap| gap.package.as_deref()).collect();
        let (rule, words) = match kind {
            GapKind::NoName => ("SBM-010", "without a name"),
            GapKind::NoVersion => ("SBM-003", "without a version"),
            GapKind::NoIdentifier => ("SBM-004", "without package URL or CPE"),
            GapKind::NoSupplier => ("SBM-005", "without a supplier"),
            GapKind::NoHash => ("SBM-006", "without a digest"),
            GapKind::NoRelations => ("SBM-007", "it states no relation between its components"),
            GapKind::NoTimestamp => ("SBM-008", "it does not say when it was made"),
            GapKind::NoAuthor => ("SBM-008", "it does not say who or what made it"),
        };
        let message = if names.is_empty() {
            words.to_owned()
        } else {
            let total = contents.packages.len() + usize::from(contents.subject.is_some());
            format!("{} of {total} {words}: {}", names.len(), some_of(&names))
        };
        let line = of_kind.iter().map(|gap| gap.line).min().unwrap_or(1).max(1);
        findings.on_line_as(rule, (&bom.path, line, bom.role), message);
    }
}

/// Whether an SBOM lists what a lock file pins. An SBOM that shares no package with the file is of something else.
fn outdated(
    bom: &SbomSource,
    listed: &BTreeSet<(Family, String, &str)>,
    source: &Source,
    findings: &mut Findings<'_>,
) {
    if source.role.is_some() || bom.role.is_some() {
        return;
    }
    let pinned: Vec<(&Package, bool)> = source
        .file
        .packages
        .iter()
        .filter(|package| {
            matches!(package.scope, Scope::Runtime | Scope::Unknown)
                && !matches!(package.origin, Origin::Own | Origin::Path(_))
        })
        .filter_map(|package| Some((package, listed.contains(&key(package)?))))
        .collect();
    let shared = pinned.iter().filter(|(_, there)| *there).count();
    let missing: BTreeSet<&str> =
        pinned.iter().filter(|(_, there)| !there).map(|(package, _)| package.name.as_str()).collect();
    // Of the same thing when most of it is there; a single common package is chance.
    if missing.is_empty() || shared * 2 < pinned.len() {
        return;
    }
    let names: Vec<&str> = missing.into_iter().collect();
    let message = format!(
        "{} of {} packages that {} pins are missing: {}",
        names.len(),
        pinned.len(),
        source.path,
        some_of(&names)
    );
    findings.on_line_as("SBM-009", (&bom.path, 1, None), message);
}

fn key(package: &Package) -> Option<(Family, String, &str)> {
    let family = package.ecosystem.as_ref()?.family;
    Some((family, family.normal_name(&package.name).into_owned(), package.version.as_deref()?))
}

fn some_of(names: &[&str]) -> String {
    let mut seen = BTreeSet::new();
    let names: Vec<&str> = names.iter().copied().filter(|name| seen.insert(*name)).collect();
    let more = names.len().saturating_sub(NAMED);
    let shown: Vec<&str> = names.iter().take(NAMED).copied().collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
