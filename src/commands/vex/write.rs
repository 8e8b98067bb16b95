//! `--vex-out`: what is known of every vulnerability, as `OpenVEX` that the same program and others read.
//!
//! Findings that are covered with a justification are `not_affected` (or what the covering VEX statement says, with its
//! time). Open ones are `affected`, because something is asked of their owner, and so are those whose risk is merely
//! accepted: who reads the document has it too. Those that `--since` no longer sees are `fixed`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::Project;
use crate::cli::AuditArgs;
use crate::commands::{Error, World};
use crate::crypto::digest::HashAlgorithm;
use crate::formats::openvex::{Component, Document, Product, Statement, Status};
use crate::formats::purl::Purl;
use crate::gate::{VexDocument, Vexes};
use crate::host::files;
use crate::report::{Comparison, Finding, Report, Suppression, SuppressionKind, Vulnerability};

/// What a statement says besides of what it says it. Equal ones become one statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    id: String,
    status: Status,
    moment: Option<Timestamp>,
    justification: Option<String>,
    impact: Option<String>,
    action: Option<String>,
    notes: Option<String>,
}

/// Checks before the work starts that the document can be written.
pub(in crate::commands) fn check_target(args: &AuditArgs) -> Result<(), Error> {
    let Some(path) = &args.vex_out else { return Ok(()) };
    if path.as_os_str() == "-" {
        return Err(Error::usage("--vex-out takes a file", "standard output is for the report"));
    }
    let reports = [&args.output, &args.json, &args.markdown, &args.sarif, &args.junit, &args.sbom];
    if reports.into_iter().any(|other| other.as_ref() == Some(path)) {
        return Err(Error::usage(
            format!("--vex-out and another output cannot both go to {}", path.display()),
            "",
        ));
    }
    files::check_writable(path).map_err(|source| Error::File { path: path.display().to_string(), source })
}

/// Writes the document; nothing when there is nothing to say, because `OpenVEX` knows no document without a statement.
pub(in crate::commands) fn write(
    path: &Path,
    report: &Report,
    vex: &[VexDocument],
    project: &Project,
    world: &mut World<'_>,
) -> Result<(), Error> {
    let shown = path.display().to_string();
    let Some(text) = document(report, vex, project, world.now)? else {
        writeln!(world.err, "{shown} was not written: there is no vulnerability to speak of")?;
        return Ok(());
    };
    files::write_atomic(path, text.as_bytes()).map_err(|source| Error::File { path: shown, source })
}

fn document(
    report: &Report,
    vex: &[VexDocument],
    project: &Project,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let vexes = Vexes::of(vex);
    // By vulnerability and package: the same one may stand in many files, and one open place makes it open.
    let mut judged: BTreeMap<(&str, String), (bool, Said)> = BTreeMap::new();
    let mut aliases: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut owners: BTreeSet<&str> = BTreeSet::new();
    for (_, finding) in report.findings() {
        let Some(known) = finding.vulnerability.as_deref() else { continue };
        aliases.entry(&known.id).or_default().extend(known.aliases.iter().map(String::as_str));
        let (open, said) = said(finding, known, &vexes);
        let place = (known.id.as_str(), package(known));
        if judged.get(&place).is_none_or(|(before, _)| open && !before) {
            judged.insert(place, (open, said));
        }
        owners
            .extend(covering(finding).filter(|cover| cover.kind == SuppressionKind::Waiver).and_then(owner));
    }
    let mut grouped: BTreeMap<Said, BTreeSet<String>> = BTreeMap::new();
    for ((_, package), (_, said)) in judged {
        grouped.entry(said).or_default().insert(package);
    }
    let complete = complete(report);
    for (said, packages) in report.since.iter().flat_map(|since| fixed(since, project, complete)) {
        grouped.entry(said).or_default().extend(packages);
    }
    if grouped.is_empty() {
        return Ok(None);
    }
    let whole = component(whole(project, &report.subject.name));
    let statements = grouped.into_iter().map(|(said, packages)| {
        let others = aliases.get(said.id.as_str()).into_iter().flatten().filter(|other| **other != said.id);
        Statement {
            line: 0,
            ids: std::iter::once(said.id.clone()).chain(others.map(|other| (*other).to_owned())).collect(),
            status: said.status,
            moment: said.moment,
            products: vec![Product {
                whole: whole.clone(),
                parts: packages.into_iter().map(component).collect(),
            }],
            justification: said.justification,
            impact: said.impact,
            action: said.action,
            notes: said.notes,
        }
    });
    let author: Vec<&str> = owners.into_iter().collect();
    let mut document = Document {
        author: if author.is_empty() { "Unknown Author".to_owned() } else { author.join(", ") },
        moment: Timestamp::from_second(now.as_second()).ok(),
        version: 1,
        tooling: Some(format!("readiness {}", env!("CARGO_PKG_VERSION"))),
        statements: statements.collect(),
        ..Document::default()
    };
    let failed = |error: serde_json::Error| Error::Output(error.into());
    let digest = HashAlgorithm::Sha256.digest(document.to_json().map_err(failed)?.as_bytes());
    let hex = crate::formats::hex::encode(digest.as_bytes());
    // The form of a name that the tools of the standard make: it tells equal content and need not lead anywhere.
    document.id = format!("https://openvex.dev/docs/public/vex-{hex}");
    document.to_json().map(Some).map_err(failed)
}

fn covering(finding: &Finding) -> Option<&Suppression> {
    finding.suppression.as_ref().filter(|cover| cover.in_force)
}

fn owner(cover: &Suppression) -> Option<&str> {
    cover.owner.as_deref().filter(|owner| !owner.trim().is_empty())
}

/// What is said of a finding, and whether it is open.
fn said(finding: &Finding, known: &Vulnerability, vexes: &Vexes<'_>) -> (bool, Said) {
    let mut said = Said {
        id: known.id.clone(),
        status: Status::Affected,
        moment: None,
        justification: None,
        impact: None,
        action: None,
        notes: None,
    };
    let told = vexes.decide(known, true);
    match (covering(finding), told) {
        (Some(cover), Some(told)) if cover.kind == SuppressionKind::Vex => {
            said.status = told.statement.status;
            said.moment = told.statement.moment;
            said.notes = Some(format!("as stated by {}", told.document.author));
            if said.status == Status::NotAffected {
                said.justification.clone_from(&told.statement.justification);
                said.impact = Some(told.statement.reason.clone());
            }
            (false, said)
        }
        (Some(cover), _) => {
            if cover.justification.is_some() {
                said.status = Status::NotAffected;
                said.justification.clone_from(&cover.justification);
                said.impact = Some(cover.reason.clone());
            } else {
                said.action = Some(format!("The risk is accepted: {}", cover.reason));
            }
            let until = cover.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
            said.notes = owner(cover).map(|owner| format!("answered for by {owner}{until}"));
            (false, said)
        }
        // What somebody said before is repeated; an analysis that is under way asks for nothing yet.
        (None, Some(told)) if !told.statement.status.waives() => {
            said.status = told.statement.status;
            said.moment = told.statement.moment;
            said.notes = Some(format!("as stated by {}", told.document.author));
            if said.status == Status::Affected {
                said.action = Some(told.statement.action.clone().unwrap_or_else(|| action(known)));
            }
            (true, said)
        }
        (None, _) => {
            said.action = Some(action(known));
            (true, said)
        }
    }
}

/// What to do about a vulnerability.
fn action(known: &Vulnerability) -> String {
    let name = &known.package.name;
    match (&known.fixed, &known.upgrade) {
        (Some(fixed), Some(all)) if all != fixed => {
            format!("Upgrade {name} to {fixed}, or to {all}, which is free of everything known of it here.")
        }
        (Some(fixed), _) => format!("Upgrade {name} to {fixed}."),
        (None, _) => format!("No version of {name} without it is known: replace the package or mitigate."),
    }
}

/// Whether everything was judged that the tree has: what was not looked at may hold what is not seen any more.
fn complete(report: &Report) -> bool {
    report.checks.iter().filter(|check| check.id == "vulnerabilities").all(|check| {
        let errored = matches!(check.status, crate::report::Status::Errored { .. });
        !errored && !check.coverage.left_out.iter().any(|left| left.kind.is_gap())
    })
}

/// What was there earlier and is not seen any more: said of the packages of that name as they are now, or, where there is
/// none, of the project as a whole. Never of the version that had it.
fn fixed(
    since: &Comparison,
    project: &Project,
    complete: bool,
) -> impl Iterator<Item = (Said, BTreeSet<String>)> {
    since.fixed.iter().map(move |gone| {
        let now = project.named(&gone.package).map(ToString::to_string).collect();
        let doubt =
            if complete { "" } else { "; it is not seen any more, but not everything could be judged" };
        let said = Said {
            id: gone.id.clone(),
            status: if complete { Status::Fixed } else { Status::UnderInvestigation },
            moment: None,
            justification: None,
            impact: None,
            action: None,
            notes: Some(format!("{} {} had it ({}){doubt}", gone.package, gone.version, since.against)),
        };
        (said, now)
    })
}

/// The name of a package: its package URL, or where it has none an IRI of its ecosystem, name and version.
fn package(known: &Vulnerability) -> String {
    let package = &known.package;
    let made = || generic(&[&package.ecosystem, &package.name], Some(&package.version));
    package.purl.clone().unwrap_or_else(made)
}

/// The name of the audited project: its package URL, or one of no ecosystem made of its name.
fn whole(project: &Project, name: &str) -> String {
    project.purl.as_ref().map_or_else(|| generic(&[name], None), ToString::to_string)
}

fn generic(path: &[&str], version: Option<&str>) -> String {
    let joined = path.join("/");
    let (folders, name) =
        joined.rsplit_once('/').map_or((None, joined.as_str()), |(folders, name)| (Some(folders), name));
    Purl::new("generic", folders, name, version, [], None)
        .map_or_else(|_| "pkg:generic/unnamed".to_owned(), |purl| purl.to_string())
}

fn component(id: String) -> Component {
    let purls = id.parse::<Purl>().into_iter().collect();
    Component { id: Some(id), purls }
}
