//! `readiness release verify`: read a release directory again and say what holds.

use std::path::{Path, PathBuf};

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::passphrase::Passphrase;
use super::super::recording;
use super::super::words::{Words, moment};
use super::super::{Error, World, progress};
use crate::artifact::keys::{load_encryption_key, load_rooted_keys};
use crate::cli::{TrustArgs, VerifyArgs};
use crate::config::Config;
use crate::engine::Progress;
use crate::gate::Area;
use crate::host::files::path_text;
use crate::release::trail::Event;
use crate::release::verify::{Decryption, Outcome, Trust, conclude, details, read_watched};
use crate::report::{Details, Invocation, Report, Subject};

/// Runs the command. Nothing of this machine but the keys that are named decides the verdict: no configuration is read.
pub(super) fn run(args: &VerifyArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let passphrase = Passphrase::of(&args.keys.passphrase, world)?;
    let (trust, decryption) = keys(&args.directory, &args.keys, &passphrase)?;
    let target = recording::beside(&args.trail, &args.directory, world)?;
    let outcome = seen(&args.directory, &trust, &decryption, world)?;
    let report = judged(args, &outcome, world);
    judge::show(&report, &targets, &args.output, world)?;
    let event = event("verify", &report, &outcome, &args.directory);
    recording::note(target.as_deref(), &event, args.output.verbose, world)?;
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

/// The keys that are named: public ones that are trusted, and those of encrypted artifacts.
pub(super) fn keys(
    directory: &Path,
    args: &TrustArgs,
    passphrase: &Passphrase,
) -> Result<(Trust, Decryption), Error> {
    let trust = trust(directory, &args.key, args.root_key.as_deref())?;
    Ok((trust, decryption(&args.encryption_key, passphrase)?))
}

/// The public keys that are trusted. One that lies in the release itself proves nothing: whoever forged the one forged the
/// other.
fn trust(directory: &Path, keys: &[PathBuf], root: Option<&Path>) -> Result<Trust, Error> {
    if let Some(inside) =
        keys.iter().map(PathBuf::as_path).chain(root).find(|key| recording::lies_in(key, directory))
    {
        return Err(Error::usage(
            format!("{} lies in the release that it is to verify", inside.display()),
            "name a key that you got another way: whoever can change the release can change the key in it",
        ));
    }
    Ok(Trust { keys: load_rooted_keys(keys, root)? })
}

/// The keys of encrypted artifacts.
fn decryption(keys: &[PathBuf], passphrase: &Passphrase) -> Result<Decryption, Error> {
    let mut all = Vec::new();
    for path in keys {
        all.extend(load_encryption_key(path, &|key| passphrase.get(key))?.keys);
    }
    Ok(Decryption { keys: all })
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

/// The command, so that it can be run again.
pub(super) fn invocation(args: &VerifyArgs, world: &World<'_>) -> Invocation {
    // Every field is named, so that a new flag cannot be forgotten here.
    let VerifyArgs { directory, keys, fail_on, strict, trail: _, output: _ } = args;
    let mut words = Words::of(&["release", "verify"]);
    recorded(keys, &mut words);
    words.fail_on(*fail_on);
    words.switch("--strict", *strict);
    Invocation { arguments: words.ending(&[directory]), environment: moment(world.now, world.variable) }
}

/// The flags of [`keys`]; no passphrase ever stands among them.
pub(super) fn recorded(args: &TrustArgs, words: &mut Words) {
    let TrustArgs { key, root_key, encryption_key, passphrase } = args;
    words.paths("--key", key);
    words.path("--root-key", root_key.as_deref());
    words.paths("--encryption-key", encryption_key);
    words.path("--passphrase-file", passphrase.passphrase_file.as_deref());
}

/// What the trail says of it.
pub(super) fn event(action: &str, report: &Report, outcome: &Outcome, directory: &Path) -> Event {
    let manifest = outcome.manifest.as_ref();
    let named = manifest.map(|manifest| format!("{} {}", manifest.name, manifest.version));
    Event {
        time: report.created.clone(),
        action: action.to_owned(),
        subject: named.unwrap_or_else(|| path_text(directory)),
        commit: manifest.and_then(|manifest| manifest.source.commit.clone()),
        release: outcome.sums_digest.clone(),
        outcome: report.verdict.decision.words().to_owned(),
        exit_code: report.verdict.exit_code,
    }
}
