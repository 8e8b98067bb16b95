//! `readiness release verify`: read a release directory again and say what holds.

use std::path::{Path, PathBuf};

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::{Error, World, progress};
use super::passphrase::Passphrase;
use super::trail;
use crate::artifact::keys::{load_encryption_key, load_public_keys};
use crate::cli::VerifyArgs;
use crate::config::Config;
use crate::engine::Progress;
use crate::gate::Area;
use crate::host::clock;
use crate::release::trail::Event;
use crate::release::verify::{Decryption, Outcome, Trust, conclude, details, read_watched};
use crate::report::{Details, Invocation, Report, Severity, Subject};

/// Runs the command. Nothing of this machine but the keys that are named decides the verdict: no configuration is read.
pub(super) fn run(args: &VerifyArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let trust = trust(&args.directory, &args.key, args.root_key.as_deref())?;
    let decryption = decryption(&args.encryption_key, &passphrase)?;
    let target = record(args, world)?;
    let outcome = seen(&args.directory, &trust, &decryption, world)?;
    let report = judged(args, &outcome, world);
    judge::show(&report, &targets, &args.output, world)?;
    let event = event(&report, &outcome, args, world);
    trail::note(target.as_deref(), &event, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// Reads the directory, with a line of progress.
pub(super) fn seen(
    directory: &Path,
    trust: &Trust,
    decryption: &Decryption,
    world: &World<'_>,
) -> Result<Outcome, Error> {
    let (progress, now) = (Progress::default(), world.now);
    progress::during(world.progress, &progress, || read_watched(directory, trust, decryption, now, &progress))
        .map_err(|source| Error::File { path: directory.display().to_string(), source })
}

/// The public keys that are trusted. One that lies in the release itself proves nothing: whoever forged the one forged the
/// other.
pub(super) fn trust(directory: &Path, keys: &[PathBuf], root: Option<&Path>) -> Result<Trust, Error> {
    if let Some(inside) = keys.iter().map(PathBuf::as_path).chain(root).find(|key| lies_in(key, directory)) {
        return Err(Error::usage(
            format!("{} lies in the release that it is to verify", inside.display()),
            "name a key that you got another way: whoever can change the release can change the key in it",
        ));
    }
    if root.is_some() {
        return Err(Error::usage("endorsements of key sets are not verified yet", "leave out --root-key"));
    }
    Ok(Trust { keys: load_public_keys(keys)? })
}

/// The keys of encrypted artifacts.
pub(super) fn decryption(keys: &[PathBuf], passphrase: &Passphrase) -> Result<Decryption, Error> {
    let mut all = Vec::new();
    for path in keys {
        all.extend(load_encryption_key(path, &|key| passphrase.get(key))?.keys);
    }
    Ok(Decryption { keys: all })
}

/// Where this is recorded: never in the release itself, which would not be what was released any more.
fn record(args: &VerifyArgs, world: &mut World<'_>) -> Result<Option<PathBuf>, Error> {
    let Some(target) = trail::target(&args.trail, Path::new("."))? else { return Ok(None) };
    if !lies_in(&target, &args.directory) {
        return Ok(Some(target));
    }
    if args.trail.trail.is_some() {
        let message = format!("the trail {} lies in the release that is verified", target.display());
        return Err(Error::usage(message, "name another with --trail, or record nothing with --no-trail"));
    }
    writeln!(world.err, "not recorded: the folder here is the release, and a trail would change it")?;
    Ok(None)
}

/// Whether a path leads into a folder, links followed, though its last parts need not exist.
fn lies_in(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = absolute.ancestors().find_map(|part| part.canonicalize().ok());
    real.is_some_and(|real| real.starts_with(&folder))
}

fn judged(args: &VerifyArgs, outcome: &Outcome, world: &World<'_>) -> Report {
    let directory = args.directory.display().to_string();
    let manifest = outcome.manifest.as_ref();
    let subject = Subject {
        name: directory.clone(),
        commit: manifest.and_then(|manifest| manifest.source.commit.clone()),
        ..Subject::default()
    };
    let judged = Judged {
        subject,
        areas: &[Area::Releases],
        details: Details::Release(Box::new(details(outcome, &directory))),
        checks: vec![conclude(outcome)],
        invocation: invocation(args, world),
    };
    let config = Config { strict: Some(args.strict), ..Config::default() };
    judge::report(judged, config, args.fail_on, world)
}

/// The command, so that it can be run again; no passphrase ever stands in it.
fn invocation(args: &VerifyArgs, world: &World<'_>) -> Invocation {
    // Every field is named, so that a new flag cannot be forgotten here.
    let VerifyArgs {
        directory,
        key,
        root_key,
        encryption_key,
        passphrase,
        fail_on,
        strict,
        trail: _,
        output: _,
    } = args;
    let mut words = vec!["release".to_owned(), "verify".to_owned(), directory.display().to_string()];
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    key.iter().for_each(|path| add("--key", path.display().to_string()));
    root_key.iter().for_each(|path| add("--root-key", path.display().to_string()));
    encryption_key.iter().for_each(|path| add("--encryption-key", path.display().to_string()));
    passphrase.passphrase_file.iter().for_each(|path| add("--passphrase-file", path.display().to_string()));
    if let Some(severity) = fail_on {
        add("--fail-on", Severity::from(*severity).word().to_owned());
    }
    words.extend(strict.then(|| "--strict".to_owned()));
    let epoch =
        (world.variable)(clock::VARIABLE).map(|_| format!("{}={}", clock::VARIABLE, world.now.as_second()));
    Invocation { arguments: words, environment: epoch.into_iter().collect() }
}

/// What the trail says of it.
fn event(report: &Report, outcome: &Outcome, args: &VerifyArgs, world: &World<'_>) -> Event {
    let manifest = outcome.manifest.as_ref();
    let named = manifest.map(|manifest| format!("{} {}", manifest.name, manifest.version));
    Event {
        time: clock::rfc3339(world.now),
        action: "verify".to_owned(),
        subject: named.unwrap_or_else(|| args.directory.display().to_string()),
        commit: manifest.and_then(|manifest| manifest.source.commit.clone()),
        release: outcome.sums_digest.clone(),
        outcome: report.verdict.decision.words().to_owned(),
        exit_code: report.verdict.exit_code,
    }
}
