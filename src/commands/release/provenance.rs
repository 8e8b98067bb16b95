//! `readiness release verify-provenance`: what an envelope is worth for an artifact.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::words::{Words, moment};
use super::super::{Error, World, provenance};
use crate::artifact::provenance::{
    Artifact, Attestation, Builder, FileError, MAX_FILE, Policy, Trust, examine, load_certificates,
    load_signer_keys,
};
use crate::audit::provenance::{NamedOutcome, Settings, judge_named};
use crate::catalog;
use crate::cli::VerifyProvenanceArgs;
use crate::config::{self, Config, Known};
use crate::crypto::digest::{HashAlgorithm, Hasher};
use crate::formats::intoto::{Pattern, SlsaProvenance, same_source};
use crate::gate::Area;
use crate::host::files::{open_regular, path_text, read_bounded};
use crate::report::{Details, Invocation, Provenance, Subject};

/// Runs the command.
pub(super) fn run(args: &VerifyProvenanceArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let mut config = configuration(args)?;
    let settings = Settings { trust: trust(args, &config)?, policy: policy(args, &config), now: world.now };
    let name = path_text(&args.file);
    let bytes = read_bounded(&args.file, MAX_FILE as u64)
        .map_err(|source| Error::File { path: name.clone(), source })?;
    let artifacts = args.artifact.iter().map(|path| artifact(path)).collect::<Result<Vec<_>, _>>()?;
    let read = examine(&bytes, &settings.trust, settings.now);
    let outcome = judge_named(&name, &read, &artifacts, &settings);
    let details =
        Details::Provenance(Box::new(details(&name, &read, &outcome, settings.policy.source.as_deref())));
    // Waivers of other rules have nothing to cover here.
    config.waivers.retain(|waiver| waiver.rule.as_deref().is_none_or(|rule| rule.starts_with("PRV")));
    let judged = Judged {
        subject: Subject { name, ..Subject::default() },
        areas: &[Area::Trees],
        details,
        checks: vec![outcome.report],
        invocation: invocation(args, world),
    };
    judge::finish(judged, config, args.fail_on, (&targets, &args.output), world)
}

/// The configuration that is named, or that of the folder here.
fn configuration(args: &VerifyProvenanceArgs) -> Result<Config, Error> {
    let checks: Vec<&str> = catalog::checks().map(|check| check.id).collect();
    let known =
        Known { checks: &checks, rules: || catalog::rules().map(|(_, rule)| rule.id.as_str()).collect() };
    Ok(match &args.config {
        Some(path) => config::load(path, &path.display().to_string(), known)?,
        None => config::find(Path::new("."), known)?.unwrap_or_default(),
    })
}

/// Whom flags and configuration trust. Keys that are named replace `keys.public`; a builder that is named replaces those of
/// the configuration, and takes the keys and roots that are named with it.
fn trust(args: &VerifyProvenanceArgs, config: &Config) -> Result<Trust, Error> {
    let files: Vec<PathBuf> = if args.key.is_empty() && args.root.is_empty() {
        config.public_keys.iter().map(|path| config.folder.join(path)).collect()
    } else {
        args.key.clone()
    };
    let keys = load_signer_keys(&files)?;
    let roots = load_certificates(&args.root)?;
    let identity = args.identity.as_deref().map(|text| pattern("--identity", text)).transpose()?;
    if let Some(text) = &args.builder {
        let id = pattern("--builder", text)?;
        // Without a level of its own nobody vouches for more than that it is signed.
        let level = args.level.unwrap_or(1).clamp(1, 3);
        let builder = Builder { id, level, keys, roots, identity };
        return Ok(Trust { builders: vec![builder], ..Trust::default() });
    }
    let mut trust = provenance::trust(config, keys)?;
    match identity {
        // Whom the certificate names is who builds.
        Some(identity) => trust.builders.push(Builder {
            id: identity.clone(),
            level: 1,
            keys: Vec::new(),
            roots,
            identity: Some(identity),
        }),
        None => trust.roots = roots,
    }
    Ok(trust)
}

fn pattern(flag: &str, text: &str) -> Result<Pattern, Error> {
    Pattern::parse(text).map_err(|error| {
        Error::usage(
            format!("{flag}: {error}"),
            "such as 'https://github.com/acme/app/.github/workflows/release.yml@*'",
        )
    })
}

fn policy(args: &VerifyProvenanceArgs, config: &Config) -> Policy {
    let told = &config.provenance.policy;
    Policy {
        source: args.source_uri.clone().or_else(|| told.source.clone()),
        level: args.level.or(told.level),
        parameters: told.parameters.clone(),
    }
}

/// An artifact with every digest that provenance may name, in one pass.
fn artifact(path: &Path) -> Result<Artifact, Error> {
    let name = path_text(path);
    let error = |source| Error::File { path: name.clone(), source };
    let real = path.canonicalize().map_err(error)?;
    let (mut file, _) = open_regular(&real).map_err(error)?;
    let mut hashers = HashAlgorithm::ALL.map(Hasher::new);
    let mut buffer = vec![0; 1 << 17];
    loop {
        let length = file.read(&mut buffer).map_err(error)?;
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
    }
    let digests = hashers.into_iter().map(Hasher::finish).collect();
    Ok(Artifact { name, digests })
}

/// What is told of the attestation that counts.
fn details(
    name: &str,
    read: &Result<Vec<Attestation>, FileError>,
    outcome: &NamedOutcome,
    expected: Option<&str>,
) -> Provenance {
    let telling = read.as_ref().ok().zip(outcome.telling).and_then(|(all, at)| all.get(at));
    let statement = telling.and_then(|one| one.statement.as_ref().ok());
    let said = telling.and_then(|one| one.provenance.as_ref()?.as_ref().ok());
    let (source, commit) = said.map(SlsaProvenance::source).unwrap_or_default();
    // The expected spelling of the same place reads better.
    let source = source.map(|source| match expected {
        Some(expected) if same_source(&source, expected) => expected.to_owned(),
        _ => source,
    });
    Provenance {
        file: name.to_owned(),
        predicate_type: statement.map_or_else(String::new, |statement| statement.predicate_type.clone()),
        builder: said.map(|said| said.builder_id.clone()),
        build_type: said.map(|said| said.build_type.clone()),
        source,
        commit,
        level: outcome.level.level,
        level_reason: outcome.level.reason.clone(),
        signers: telling
            .map(|one| one.signed.iter().map(|signed| signed.name.clone()).collect())
            .unwrap_or_default(),
        artifacts: outcome.matched.clone(),
        subjects: statement.map_or(0, |statement| statement.subjects.len() as u64),
    }
}

/// The command as a report records it.
pub(super) fn invocation(args: &VerifyProvenanceArgs, world: &World<'_>) -> Invocation {
    // Every field is named, so that a new flag cannot be forgotten here.
    let VerifyProvenanceArgs {
        file,
        artifact,
        key,
        root,
        identity,
        builder,
        source_uri,
        level,
        config,
        fail_on,
        output: _,
    } = args;
    let mut words = Words::of(&["release", "verify-provenance"]);
    for (flag, paths) in [("--artifact", artifact), ("--key", key), ("--root", root)] {
        words.paths(flag, paths);
    }
    for (flag, text) in [("--identity", identity), ("--builder", builder), ("--source-uri", source_uri)] {
        words.add(flag, text.as_ref());
    }
    words.add("--level", *level);
    words.path("--config", config.as_deref());
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[file]), environment: moment(world.now, world.variable) }
}
