//! Everything of a release besides its artifacts, made before anything is written: reports, bills of materials, documents,
//! provenance.

use super::super::super::{Error, World, sbom as audited, settings};
use super::plan::Request;
use super::{children, facts, invocation};
use crate::artifact::contents::{self, Contents};
use crate::artifact::sbom::{self, Bill};
use crate::cli::{AuditArgs, PrepareArgs};
use crate::engine::{self, Progress};
use crate::formats::release_manifest::{Degraded, FileRole, Tried, Validation};
use crate::host::files::{path_text, read_bounded};
use crate::release::notes;
use crate::release::prepare::{self, Extra, Materials, Trial};
use crate::release::statement::Build;
use crate::render::{self, Format, Options};
use crate::report::Report;

/// Largest provenance of others, in bytes.
const PROVENANCE: u64 = 16 << 20;

/// What was gathered.
pub(super) struct Gathered {
    /// Files, and what is said of them.
    pub(super) materials: Materials,
    /// Trials that came to a verdict.
    pub(super) trials: Vec<Trial>,
}

/// Gathers what the request asks for. A step that fails is left out, and said to have failed.
///
/// # Errors
/// A mandatory step failed, or a file that was named cannot be read.
pub(super) fn all(args: &PrepareArgs, request: &Request, world: &mut World<'_>) -> Result<Gathered, Error> {
    let mut work = Work { request, extras: others(args)?, degraded: Vec::new(), trials: Vec::new() };
    let mut validation = Validation::default();
    let mut remarks = Vec::new();
    if args.run_security_audit {
        let report = children::audit(request, world).map(|mut report| {
            // The folder is another one in every checkout.
            report.subject.name.clone_from(&request.plan.name);
            report
        });
        validation.security_audit = work.tried("security_audit", "security_audit", report)?;
    }
    if args.run_performance_tests {
        let report = children::load(args, request, world);
        validation.performance_tests = work.tried("performance_tests", "performance", report)?;
    }
    if args.include_sbom {
        let made = bills(request, world, &mut remarks);
        work.step("sbom", made)?;
    }
    let made = documents(request);
    work.step("notes", made)?;
    let provenance = match args.include_slsa.then(|| build(args, request, world)).transpose() {
        Ok(build) => build,
        Err(reason) => {
            work.failed("slsa", reason)?;
            None
        }
    };
    let Work { extras, degraded, trials, .. } = work;
    Ok(Gathered { materials: Materials { extras, validation, degraded, provenance, remarks }, trials })
}

struct Work<'a> {
    request: &'a Request,
    extras: Vec<Extra>,
    degraded: Vec<Degraded>,
    trials: Vec<Trial>,
}

impl Work<'_> {
    fn failed(&mut self, step: &str, reason: String) -> Result<(), Error> {
        let failed = self.request.plan.steps.degraded(step, reason);
        let failed = failed.map_err(|failure| Error::usage(failure.to_string(), "nothing was made"))?;
        self.degraded.push(failed);
        Ok(())
    }

    fn step(&mut self, step: &str, made: Result<Vec<Extra>, String>) -> Result<(), Error> {
        match made {
            Ok(files) => self.extras.extend(files),
            Err(reason) => self.failed(step, reason)?,
        }
        Ok(())
    }

    /// Takes the report of a trial. One that is mandatory must pass, too.
    fn tried(&mut self, step: &str, folder: &str, made: Result<Report, String>) -> Result<Tried, Error> {
        let report = match made {
            Ok(report) => report,
            Err(reason) => {
                self.failed(step, reason.clone())?;
                return Ok(Tried::NotRun { reason });
            }
        };
        let words = words(&report);
        let exit_code = report.verdict.exit_code;
        if exit_code != 0 && self.request.plan.steps.mandatory.iter().any(|name| name == step) {
            self.failed(step, words.clone())?;
        }
        for (name, format) in [("report.json", Format::Json), ("report.md", Format::Markdown)] {
            let mut bytes = Vec::new();
            let options = Options { markdown_limit: render::SUMMARY_LIMIT, ..Options::default() };
            render::write(format, &report, &options, &mut bytes)?;
            self.extras.push(Extra { path: format!("{folder}/{name}"), role: FileRole::Report, bytes });
        }
        self.trials.push(Trial { step: step.to_owned(), exit_code, words: words.clone() });
        let report = format!("{folder}/report.json");
        Ok(if exit_code == 0 { Tried::Passed { report } } else { Tried::Failed { report, reason: words } })
    }
}

/// A verdict and its reasons on one line.
fn words(report: &Report) -> String {
    const MOST: usize = 3;
    let reasons: Vec<&str> = report.verdict.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let mut text = report.verdict.decision.words().to_owned();
    if !reasons.is_empty() {
        let more =
            if reasons.len() > MOST { format!("; and {} more", reasons.len() - MOST) } else { String::new() };
        let named: Vec<&str> = reasons.into_iter().take(MOST).collect();
        text = format!("{text}: {}{more}", named.join("; "));
    }
    text
}

/// Provenance that others made, under the names that it has.
fn others(args: &PrepareArgs) -> Result<Vec<Extra>, Error> {
    let mut extras = Vec::new();
    for path in &args.provenance {
        let shown = path.display().to_string();
        let bytes =
            read_bounded(path, PROVENANCE).map_err(|source| Error::File { path: shown.clone(), source })?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let fit = prepare::file_name(&name).map_err(|reason| reason.to_string());
        let fit = fit.and_then(|()| if bytes.is_empty() { Err("it is empty".to_owned()) } else { Ok(()) });
        fit.map_err(|reason| Error::usage(format!("--provenance {shown}: {reason}"), ""))?;
        extras.push(Extra { path: format!("slsa/{name}"), role: FileRole::Attestation, bytes });
    }
    Ok(extras)
}

/// Bills of materials of the source tree, and of every artifact that can be looked into.
/// What the bills lack goes to the remarks.
fn bills(request: &Request, world: &World<'_>, remarks: &mut Vec<String>) -> Result<Vec<Extra>, String> {
    let plan = &request.plan;
    let mut bill = source_bill(request, world).map_err(|error| format!("the source tree: {error}"))?;
    plan.name.clone_into(&mut bill.subject.name);
    bill.subject.version = Some(plan.version.clone());
    if let Some(purl) = &mut bill.subject.purl {
        purl.version = Some(plan.version.strip_prefix('v').unwrap_or(&plan.version).to_owned());
    }
    if !bill.missing.is_empty() {
        remarks.push(format!("{} not complete: {}", plan.source_bill(), some(&bill.missing)));
    }
    let mut extras = both(&bill, &plan.source_bill()).to_vec();
    for artifact in &plan.artifacts {
        let looked = contents::look(&artifact.path, &artifact.name, &plan.created)
            .map_err(|error| format!("{}: {error}", artifact.shown))?;
        match looked {
            Contents::Bill(mut bill) => {
                // The file is what the release calls it; which package and version it is, it says itself.
                artifact.name.clone_into(&mut bill.subject.name);
                bill.subject.version.get_or_insert_with(|| plan.version.clone());
                if !bill.missing.is_empty() {
                    remarks.push(format!("{} not complete: {}", artifact.name, some(&bill.missing)));
                }
                extras.extend(both(&bill, &artifact.name));
            }
            Contents::Closed(why) => remarks.push(format!("none of {}: {why}", artifact.name)),
            Contents::Opaque => {
                remarks.push(format!("none of {}: it says nothing of what is in it", artifact.name));
            }
        }
    }
    Ok(extras)
}

/// The first of several reasons, and how many more there are.
fn some(reasons: &[String]) -> String {
    match reasons {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
    }
}

fn both(bill: &Bill, stem: &str) -> [Extra; 2] {
    let file =
        |ending: &str, bytes| Extra { path: format!("sbom/{stem}.{ending}"), role: FileRole::Sbom, bytes };
    [file("cdx.json", sbom::cyclonedx(bill)), file("spdx.json", sbom::spdx(bill))]
}

/// The packages of the source tree, as an audit reads them.
fn source_bill(request: &Request, world: &World<'_>) -> Result<Bill, Error> {
    let args = AuditArgs {
        path: Some(request.source.clone()),
        only: vec!["dependencies".to_owned()],
        config: request.named_config.clone(),
        exclude: request.earlier.clone(),
        ..AuditArgs::default()
    };
    let plan = settings::plan(&args, world.now, world.variable)?;
    let counted = Progress::default();
    super::super::super::progress::during(world.progress, &counted, || {
        engine::run(&plan.subject, &plan.reading, plan.started, &counted)
    })?;
    Ok(audited::bill(&plan.inventory.assembled(), &request.plan.name, world.now))
}

fn documents(request: &Request) -> Result<Vec<Extra>, String> {
    let plan = &request.plan;
    let found = notes::documents(&request.source, &plan.version, plan.source.commit.as_deref())?;
    let notes = Some(found.notes.into_bytes()).filter(|notes| !notes.is_empty());
    let files = [("README.md", found.readme), ("CHANGELOG.md", found.changelog), ("RELEASE_NOTES.md", notes)];
    let extra = |(path, bytes): (&str, Option<Vec<u8>>)| {
        Some(Extra { path: path.to_owned(), role: FileRole::Document, bytes: bytes? })
    };
    Ok(files.into_iter().filter_map(extra).collect())
}

/// What the provenance says, without its subjects and its end.
fn build(args: &PrepareArgs, request: &Request, world: &World<'_>) -> Result<Build, String> {
    let plan = &request.plan;
    let reference = plan
        .source
        .tag
        .as_ref()
        .map(|tag| format!("refs/tags/{tag}"))
        .or_else(|| request.tree.as_ref()?.branch.clone());
    let named: Vec<String> = plan
        .artifacts
        .iter()
        .map(|artifact| {
            let real = artifact.path.canonicalize().unwrap_or_else(|_| artifact.path.clone());
            real.strip_prefix(&request.source).map_or_else(|_| artifact.name.clone(), path_text)
        })
        .collect();
    Ok(Build {
        subjects: Vec::new(),
        version: plan.version.clone(),
        profile: plan.profile.clone(),
        arguments: invocation::of_build(args, &named),
        repository: plan.source.repository.clone(),
        commit: plan.source.commit.clone(),
        dirty: plan.source.dirty,
        reference,
        dependencies: facts::lock_files(&request.source)?,
        started: plan.created.clone(),
        finished: String::new(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        ci: facts::ci(world.variable),
    })
}
