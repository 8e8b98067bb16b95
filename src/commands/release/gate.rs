//! `readiness release gate`: one verdict over a release and its evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::super::output::{self, Wanted};
use super::super::passphrase::Passphrase;
use super::super::recording;
use super::super::words::{Words, moment};
use super::super::{Error, World, assemble, judge};
use super::verify;
use crate::artifact::keys::load_signing_key;
use crate::audit;
use crate::catalog;
use crate::cli::GateArgs;
use crate::config::{self, Config, Known};
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::dsse::{Envelope, IN_TOTO};
use crate::crypto::keys::PrivateKey;
use crate::formats::release_manifest::{FileRole, ReleaseManifest};
use crate::gate::{self, Policy};
use crate::host::clock;
use crate::host::files::{check_writable, open_regular, path_text, read_bounded, write_atomic};
use crate::release::authorization;
use crate::release::evidence::{self, Asked, MAX_BYTES, MAX_REPORTS, Offered, Tie, Weighed};
use crate::release::prepare;
use crate::release::verify::{conclude, details};
use crate::render::{self, Format, Options};
use crate::report::{
    CheckReport, Coverage, Details, Invocation, ReleaseEvidence, Report, Status, Subject, SuppressionKind,
};

/// Version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &GateArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let config = configuration(args, world)?;
    let passphrase = Passphrase::of(&args.keys.passphrase, world)?;
    let (trust, decryption) = verify::keys(&args.directory, &args.keys, &passphrase)?;
    let signer = signer(args, &passphrase)?;
    let target = recording::beside(&args.trail, &args.directory, world)?;

    let outcome = verify::seen(&args.directory, &trust, &decryption, world)?;
    let check = conclude(&outcome);
    let manifest = outcome.manifest.clone();
    let weighed = weighed(args, &config, manifest.as_ref(), world)?;
    let directory = path_text(&args.directory);
    let subject = match &manifest {
        Some(manifest) => Subject {
            name: format!("{} {}", manifest.name, manifest.version),
            commit: manifest.source.commit.clone(),
            ..Subject::default()
        },
        None => Subject { name: directory.clone(), ..Subject::default() },
    };
    let readable = match &manifest {
        Some(_) => Ok(()),
        None => Err("the manifest of the release cannot be read, so that nothing ties a report to it"),
    };
    let mut checks: Vec<CheckReport> = manifest
        .iter()
        .map(|manifest| prepare::conclude_manifest(manifest, &config.release.optional))
        .collect();
    let mut verification = ReleaseEvidence {
        kind: "verification".to_owned(),
        file: directory.clone(),
        made: Some(clock::rfc3339(world.now)),
        commit: subject.commit.clone(),
        accepted: check.status == Status::Passed,
        words: check.status.words().to_owned(),
    };
    if let Some((reason, _)) = check.status.reason() {
        verification.words = format!("{}: {reason}", verification.words);
    }
    checks.push(check);
    checks.push(evidence::conclude(&weighed, &config.release.gate, readable));
    let mut details = evidence::details(details(&outcome, &directory), &weighed);
    details.evidence.insert(0, verification);

    let mut report = together(checks, weighed, subject, world);
    report.details = Some(Details::Release(Box::new(details)));
    report.tool.invocation = Some(invocation(args, world));
    gate::judge(&mut report, &policy(config, args, world));
    if let Some((path, key)) = &signer {
        authorize(path, key, &report, outcome.sums_digest.as_deref())?;
    }
    judge::show(&report, &targets, &args.output, world)?;
    recording::note(
        target.as_deref(),
        &verify::event("gate", &report, &outcome, &args.directory),
        args.output.verbose,
        world,
    )?;
    Ok(report.verdict.exit_code)
}

/// Where the signed decision goes, and the key of whoever decides; looked at before the work begins.
fn signer(args: &GateArgs, passphrase: &Passphrase) -> Result<Option<(PathBuf, PrivateKey)>, Error> {
    let (Some(path), Some(key)) = (&args.statement, &args.signing_key) else { return Ok(None) };
    if recording::lies_in(path, &args.directory) {
        let message =
            format!("--statement {}: it would lie in the release, which does not list it", path.display());
        return Err(Error::usage(message, "write it beside the release"));
    }
    check_writable(path).map_err(|source| Error::File { path: path.display().to_string(), source })?;
    Ok(Some((path.clone(), load_signing_key(key, &|key| passphrase.get(key))?)))
}

/// Writes the decision as a signed statement.
fn authorize(path: &Path, key: &PrivateKey, report: &Report, sums: Option<&str>) -> Result<(), Error> {
    let sums = sums.ok_or_else(|| {
        let hint = "without it nothing says what was decided about";
        Error::usage("no statement was written: the release has no SHA256SUMS that can be read", hint)
    })?;
    let mut json = Vec::new();
    render::write(Format::Json, report, &Options::default(), &mut json)?;
    let sha256 = HashAlgorithm::Sha256.digest(&json).to_string();
    let statement = authorization::statement(report, sums, &sha256)
        .ok_or_else(|| Error::usage("no statement was written: the report is not one of a release", ""))?;
    let envelope =
        Envelope::signed(key, IN_TOTO, statement).map_err(|error| Error::usage(error.to_string(), ""))?;
    write_atomic(path, &envelope.to_line())
        .map_err(|source| Error::File { path: path.display().to_string(), source })
}

/// The reports of the release and those that were named, weighed.
fn weighed(
    args: &GateArgs,
    config: &Config,
    manifest: Option<&ReleaseManifest>,
    world: &World<'_>,
) -> Result<Vec<Weighed>, Error> {
    let Some(manifest) = manifest else { return Ok(Vec::new()) };
    let mut sources = inside(&args.directory, manifest);
    for path in &args.report {
        // A file that the user names and that is not there is a mistake of the command, and no evidence of anything.
        path.metadata().map_err(|source| Error::File { path: path.display().to_string(), source })?;
        sources.push((path_text(path), path.clone(), Tie::Outside));
    }
    if sources.len() > MAX_REPORTS {
        return Err(Error::usage(format!("more than {MAX_REPORTS} reports"), "name those that matter"));
    }
    let offered = sources.into_iter().map(|(file, path, tie)| {
        let bytes = match &tie {
            Tie::Listed(_) => bounded(&path, MAX_BYTES),
            Tie::Outside => read_bounded(&path, MAX_BYTES),
            Tie::Unlisted => Ok(Vec::new()),
        };
        Offered { file, bytes: bytes.map_err(|error| error.to_string()), tie }
    });
    let digest = catalog::digest();
    let checks = BTreeMap::from([
        ("audit", audit::CHECKS.iter().map(|item| item.check.id).collect()),
        ("perf", vec![crate::perf::checks::LOAD.id]),
        ("benchmark", vec![crate::perf::checks::BENCHMARK.id]),
        ("baseline", vec![crate::baseline::checks::PROBES.id, crate::baseline::checks::COMPARISON.id]),
        ("drift", vec![crate::baseline::checks::DRIFT.id]),
        ("rehearsal", vec![crate::rollback::checks::PLAN.id, crate::rollback::checks::REHEARSAL.id]),
    ]);
    let asked = Asked {
        settings: &config.release.gate,
        commit: manifest.source.commit.as_deref(),
        now: world.now,
        tool: (VERSION, &digest),
        checks: &checks,
    };
    Ok(evidence::weigh(offered, &asked))
}

/// The reports in a release: those that its manifest lists, and those in their usual places that it does not.
fn inside(directory: &Path, manifest: &ReleaseManifest) -> Vec<(String, PathBuf, Tie)> {
    let listed =
        manifest.files.iter().filter(|file| file.role == FileRole::Report && file.path.ends_with(".json"));
    let mut sources: Vec<(String, PathBuf, Tie)> = listed
        .map(|file| (file.path.clone(), directory.join(&file.path), Tie::Listed(file.sha256.clone())))
        .collect();
    for usual in ["security_audit/report.json", "performance/report.json"] {
        let path = directory.join(usual);
        if path.symlink_metadata().is_ok() && sources.iter().all(|(file, ..)| file != usual) {
            sources.push((usual.to_owned(), path, Tie::Unlisted));
        }
    }
    sources
}

/// Reads a file of a release; links are not followed.
fn bounded(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > most {
        return Err(std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            format!("larger than {most} bytes"),
        ));
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// One report of everything. What was decided about the findings of the reports by waivers is decided anew; marks in the
/// source and VEX statements stay as they were reported, because nothing here has read the source.
fn together(checks: Vec<CheckReport>, weighed: Vec<Weighed>, subject: Subject, world: &World<'_>) -> Report {
    let mut all = checks;
    let mut rules = BTreeMap::new();
    let mut coverage = Coverage::default();
    all.iter().for_each(|check| coverage.merge(check.coverage.clone()));
    let (mut advisories, mut inventory, mut since) = (None, Vec::new(), None);
    for Weighed { told, report, .. } in weighed {
        let Some(report) = report else { continue };
        coverage.merge(report.coverage);
        for rule in report.rules {
            rules.entry(rule.id.clone()).or_insert(rule);
        }
        for mut check in report.checks {
            // Names for people tell them apart; the policy speaks of checks by id, whichever report they come from.
            if all.iter().any(|other| other.id == check.id) {
                check.title = format!("{} ({})", check.title, told.file);
            }
            check.findings.iter_mut().for_each(|finding| {
                let anew = |known: &crate::report::Suppression| {
                    known.kind == SuppressionKind::Waiver
                        || (known.kind == SuppressionKind::Mark && !known.in_force)
                };
                if finding.suppression.as_ref().is_some_and(anew) {
                    finding.suppression = None;
                }
            });
            all.push(check);
        }
        advisories = advisories.or(report.advisories);
        since = since.or(report.since);
        inventory.extend(report.inventory);
    }
    let mut report = assemble::report(all, subject, coverage, world.now);
    let cited: BTreeSet<&str> = report.findings().map(|(_, finding)| finding.rule.as_str()).collect();
    rules.retain(|id, _| cited.contains(id.as_str()));
    for rule in std::mem::take(&mut report.rules) {
        rules.entry(rule.id.clone()).or_insert(rule);
    }
    report.rules = rules.into_values().collect();
    (report.advisories, report.since, report.inventory) = (advisories, since, inventory);
    report
}

/// The policy of the configuration: waivers of every kind, since everything is judged here.
fn policy(config: Config, args: &GateArgs, world: &World<'_>) -> Policy {
    let usual = Policy::built_in(clock::utc_day(world.now));
    Policy {
        fail_on: args.fail_on.map(Into::into).or(config.fail_on).unwrap_or(usual.fail_on),
        strict: args.strict || config.strict.unwrap_or(usual.strict),
        optional: config.optional,
        waivers: config.waivers,
        waiver_max_days: config.waiver_max_days,
        conditions: config.conditions,
        marks: config.marks.unwrap_or(usual.marks),
        source: if config.source.is_empty() { usual.source.clone() } else { config.source },
        ..usual
    }
}

/// The configuration that is named, or that of the folder here; never one of the release that it judges.
fn configuration(args: &GateArgs, world: &mut World<'_>) -> Result<Config, Error> {
    let checks: Vec<&str> = catalog::checks().map(|check| check.id).collect();
    let known =
        Known { checks: &checks, rules: || catalog::rules().map(|(_, rule)| rule.id.as_str()).collect() };
    let judged = |path: &Path| recording::lies_in(path, &args.directory);
    match &args.config {
        Some(path) if judged(path) => Err(Error::usage(
            format!("{}: the policy must not come from the release that it judges", path.display()),
            "keep it with those who decide",
        )),
        Some(path) => Ok(config::load(path, &path.display().to_string(), known)?),
        None if judged(Path::new(".")) => {
            writeln!(world.err, "the folder here is the release itself: its readiness.yaml has no force")?;
            Ok(Config::default())
        }
        None => Ok(config::find(Path::new("."), known)?.unwrap_or_default()),
    }
}

/// The command, so that it can be run again.
pub(super) fn invocation(args: &GateArgs, world: &World<'_>) -> Invocation {
    // Every field is named, so that a new flag cannot be forgotten here.
    let GateArgs {
        directory,
        report,
        keys,
        config,
        fail_on,
        strict,
        statement: _,
        signing_key: _,
        trail: _,
        output: _,
    } = args;
    let mut words = Words::of(&["release", "gate"]);
    words.paths("--report", report);
    verify::recorded(keys, &mut words);
    words.path("--config", config.as_deref());
    words.fail_on(*fail_on);
    words.switch("--strict", *strict);
    Invocation { arguments: words.ending(&[directory]), environment: moment(world.now, world.variable) }
}
