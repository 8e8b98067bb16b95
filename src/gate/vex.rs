//! VEX: what documents of others, or of the project itself, say of vulnerabilities. For each finding the newest
//! statement decides; one that says that nothing needs to be done covers it as a waiver does, any other takes the force
//! from what was said before.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::Policy;
use super::waivers::purl_covers;
use crate::formats::openvex::Status;
use crate::formats::purl::Purl;
use crate::report::{Report, Suppression, SuppressionKind, Vulnerability, WaiverState, WaiverUse};

/// A VEX document, as far as it speaks of what is judged.
#[derive(Clone, Debug, Default)]
pub struct VexDocument {
    /// Its file, as the user named it.
    pub name: String,
    /// Who says so.
    pub author: String,
    /// Whether it has force; without it, it is only shown.
    pub trusted: bool,
    /// Its statements.
    pub statements: Vec<VexStatement>,
    /// How many more it has, which speak of other products or of no package.
    pub elsewhere: usize,
    /// How many more it has, which are faulty.
    pub unusable: usize,
}

/// One statement of a VEX document.
#[derive(Clone, Debug)]
pub struct VexStatement {
    /// Its line, from 1.
    pub line: u32,
    /// Ids of the vulnerability; any of them, and any alias of theirs that the finding knows, names it.
    pub ids: Vec<String>,
    /// What it is said of.
    pub scope: VexScope,
    /// What is said.
    pub status: Status,
    /// As of when. Without a time, what waives is older than everything, and what does not is newer.
    pub moment: Option<Timestamp>,
    /// Why the vulnerability does no harm, by `OpenVEX`'s label.
    pub justification: Option<String>,
    /// The same in words; never empty.
    pub reason: String,
    /// What to do about it.
    pub action: Option<String>,
}

/// What a statement is said of.
#[derive(Clone, Debug)]
pub enum VexScope {
    /// The audited project with everything in it.
    Project,
    /// Packages; what a package URL leaves open may be anything. Made by [`VexScope::packages`].
    Packages(SortedPurls),
}

/// Package URLs in an order that makes those of one package neighbours.
#[derive(Clone, Debug, Default)]
pub struct SortedPurls(Vec<Purl>);

impl VexScope {
    /// The scope of some packages.
    #[must_use]
    pub fn packages(mut purls: Vec<Purl>) -> Self {
        purls.sort_unstable();
        purls.dedup();
        Self::Packages(SortedPurls(purls))
    }

    fn covers(&self, package: Option<&Purl>) -> bool {
        let (Self::Packages(SortedPurls(purls)), Some(known)) = (self, package) else {
            return matches!(self, Self::Project);
        };
        let name = |purl: &Purl| {
            (&purl.kind, &purl.namespace, &purl.name).cmp(&(&known.kind, &known.namespace, &known.name))
        };
        let first = purls.partition_point(|purl| name(purl).is_lt());
        purls.iter().skip(first).take_while(|purl| name(purl).is_eq()).any(|purl| purl_covers(purl, known))
    }
}

/// A statement that decides, and its document.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The document.
    pub document: &'a VexDocument,
    /// The statement.
    pub statement: &'a VexStatement,
    /// Which document, and which of its statements.
    place: (usize, usize),
}

impl Decided<'_> {
    fn scope(&self) -> String {
        let id = self.statement.ids.first().map(String::as_str).unwrap_or_default();
        format!("{id}, by line {} of {}", self.statement.line, self.document.name)
    }
}

/// The statements of all documents by the ids of their vulnerabilities.
#[derive(Debug)]
pub struct Vexes<'a>(HashMap<String, Vec<Decided<'a>>>);

impl<'a> Vexes<'a> {
    /// Indexes documents.
    #[must_use]
    pub fn of(documents: &'a [VexDocument]) -> Self {
        let mut by_id: HashMap<String, Vec<Decided<'a>>> = HashMap::new();
        for (at, document) in documents.iter().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                for id in &statement.ids {
                    let told = Decided { document, statement, place: (at, index) };
                    by_id.entry(id.to_ascii_lowercase()).or_default().push(told);
                }
            }
        }
        Self(by_id)
    }

    /// What decides about a vulnerability: the newest statement about it and its package, among the documents that have
    /// force or among the others. Of equally new ones that which waives nothing.
    #[must_use]
    pub fn decide(&self, known: &Vulnerability, trusted: bool) -> Option<Decided<'a>> {
        let package = known.package.purl.as_deref().and_then(|purl| purl.parse::<Purl>().ok());
        std::iter::once(&known.id)
            .chain(&known.aliases)
            .filter_map(|id| self.0.get(&id.to_ascii_lowercase()))
            .flatten()
            .filter(|told| told.document.trusted == trusted && told.statement.scope.covers(package.as_ref()))
            .max_by_key(|told| {
                let waives = told.statement.status.waives();
                let unknown = if waives { Timestamp::MIN } else { Timestamp::MAX };
                (told.statement.moment.unwrap_or(unknown), !waives)
            })
            .copied()
    }
}

/// Covers findings, and tells what became of the statements: each that covers one, and how many of a document do not.
pub(super) fn apply(report: &mut Report, policy: &Policy) -> Vec<WaiverUse> {
    if policy.vex.is_empty() {
        return Vec::new();
    }
    let vexes = Vexes::of(&policy.vex);
    let mut used: BTreeMap<(usize, usize), (Decided<'_>, u64)> = BTreeMap::new();
    for finding in report.checks.iter_mut().flat_map(|check| &mut check.findings) {
        let Some(known) = &finding.vulnerability else { continue };
        for trusted in [true, false] {
            let decided = vexes.decide(known, trusted).filter(|told| told.statement.status.waives());
            let Some(told) = decided else { continue };
            used.entry(told.place).or_insert((told, 0)).1 += 1;
            if finding.suppression.as_ref().is_none_or(|covered| trusted && !covered.in_force) {
                finding.suppression = Some(Suppression {
                    kind: SuppressionKind::Vex,
                    reason: told.statement.reason.clone(),
                    owner: Some(told.document.author.clone()),
                    expires: None,
                    justification: told.statement.justification.clone(),
                    in_force: trusted,
                });
            }
        }
    }
    let mut uses: Vec<WaiverUse> = used
        .values()
        .map(|(told, findings)| WaiverUse {
            scope: told.scope(),
            reason: told.statement.reason.clone(),
            owner: told.document.author.clone(),
            expires: String::new(),
            state: if told.document.trusted { WaiverState::Active } else { WaiverState::Untrusted },
            findings: *findings,
        })
        .collect();
    for (at, document) in policy.vex.iter().enumerate() {
        let waiving = document.statements.iter().filter(|statement| statement.status.waives()).count();
        let covering = used.keys().filter(|(of, _)| *of == at).count();
        uses.extend(unused(document, waiving.saturating_sub(covering)));
    }
    uses
}

/// One line for all statements of a document that cover nothing: a vendor makes thousands of them.
fn unused(document: &VexDocument, idle: usize) -> Option<WaiverUse> {
    let mut words = Vec::new();
    for (count, what) in [
        (idle, "about nothing that was found"),
        (document.elsewhere, "about other products, or no package"),
        (document.unusable, "faulty"),
    ] {
        words.extend((count > 0).then(|| format!("{count} {what}")));
    }
    (!words.is_empty()).then(|| WaiverUse {
        scope: format!("statements of {}", document.name),
        reason: words.join(", "),
        owner: document.author.clone(),
        expires: String::new(),
        state: if document.trusted { WaiverState::Unused } else { WaiverState::Untrusted },
        findings: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(ids: &[&str], purl: &str, status: Status, moment: Option<&str>) -> VexStatement {
        VexStatement {
            line: 1,
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            scope: VexScope::packages(vec![purl.parse().unwrap(), "pkg:npm/zzz".parse().unwrap()]),
            status,
            moment: moment.map(|text| text.parse().unwrap()),
            justification: None,
            reason: "r".to_owned(),
            action: None,
        }
    }

    fn document(trusted: bool, statements: Vec<VexStatement>) -> VexDocument {
        VexDocument { trusted, statements, ..VexDocument::default() }
    }

    fn known(purl: &str) -> Vulnerability {
        let mut known = Vulnerability { id: "CVE-1".to_owned(), ..Vulnerability::default() };
        known.aliases = vec!["GHSA-1".to_owned()];
        known.package.purl = Some(purl.to_owned());
        known
    }

    fn decided(documents: &[VexDocument], purl: &str) -> Option<Status> {
        Vexes::of(documents).decide(&known(purl), true).map(|told| told.statement.status)
    }

    #[test]
    fn the_newest_statement_decides_whatever_its_document() {
        let (old, new) = (Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z"));
        let of = |status, moment| document(true, vec![statement(&["CVE-1"], "pkg:npm/a@1", status, moment)]);
        for (one, other, expected) in [
            (of(Status::NotAffected, old), of(Status::Affected, new), Status::Affected),
            (of(Status::NotAffected, new), of(Status::Affected, old), Status::NotAffected),
            (of(Status::Fixed, new), of(Status::UnderInvestigation, new), Status::UnderInvestigation),
            (of(Status::NotAffected, None), of(Status::Affected, old), Status::Affected),
            (of(Status::NotAffected, new), of(Status::Affected, None), Status::Affected),
        ] {
            assert_eq!(decided(&[one.clone(), other.clone()], "pkg:npm/a@1"), Some(expected));
            assert_eq!(decided(&[other, one], "pkg:npm/a@1"), Some(expected));
        }
    }

    #[test]
    fn any_alias_and_every_open_part_of_a_package_url() {
        let of = |ids: &[&str], purl: &str| {
            [document(true, vec![statement(ids, purl, Status::Fixed, Some("2026-01-01T00:00:00Z"))])]
        };
        for (ids, purl, package, covers) in [
            (&["ghsa-1"][..], "pkg:npm/a", "pkg:npm/a@1", true),
            (&["X", "CVE-1"], "pkg:npm/a@1", "pkg:npm/a@1", true),
            (&["CVE-11"], "pkg:npm/a@1", "pkg:npm/a@1", false),
            (&["CVE-1"], "pkg:npm/a@1", "pkg:npm/a@2", false),
            (&["CVE-1"], "pkg:npm/%40s/a", "pkg:npm/a@1", false),
            (&["CVE-1"], "pkg:apk/alpine/a@1?arch=x86_64", "pkg:apk/alpine/a@1?arch=aarch64", false),
            (&["CVE-1"], "pkg:apk/alpine/a@1", "pkg:apk/alpine/a@1?arch=aarch64", true),
            (&["CVE-1"], "pkg:golang/example.org/a@1.2.0", "pkg:golang/example.org/a@v1.2.0", true),
        ] {
            assert_eq!(decided(&of(ids, purl), package).is_some(), covers, "{purl} {package}");
        }
    }

    #[test]
    fn what_has_no_force_decides_nothing() {
        let told = statement(&["CVE-1"], "pkg:npm/a", Status::Fixed, Some("2026-01-01T00:00:00Z"));
        let documents = [document(false, vec![told])];
        assert_eq!(decided(&documents, "pkg:npm/a@1"), None);
        assert!(Vexes::of(&documents).decide(&known("pkg:npm/a@1"), false).is_some());
    }
}
