//! From arguments, readiness.yaml and git to what is to be made. Nothing is written, and of artifacts nothing is read but
//! their names and sizes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::super::{Error, World, words};
use super::facts;
use crate::catalog;
use crate::cli::{PrepareArgs, ProfileArg};
use crate::config::{self, Config, Known};
use crate::formats::duration;
use crate::formats::release_manifest::{FILE_NAME, MAX_BYTES, ReleaseManifest, SUMS_NAME, Source};
use crate::host::clock;
use crate::host::files::{folder_of, path_text, read_bounded};
use crate::host::git::{self, WorkTree};
use crate::perf::url::Url;
use crate::release::prepare::{self, Artifact, Asked, Plan, Steps};
use crate::report::mask_secrets;

/// A preparation that can be begun.
pub(super) struct Request {
    /// What is to be made.
    pub(super) plan: Plan,
    /// The project, absolute and without links.
    pub(super) source: PathBuf,
    /// The configuration that has force.
    pub(super) config: Config,
    /// Where it was read from, when it was named.
    pub(super) named_config: Option<PathBuf>,
    /// Longest that the audit, or the load test, may take.
    pub(super) step_timeout: Duration,
    /// What git knows of the project.
    pub(super) tree: Option<WorkTree>,
    /// Earlier releases in the project, beside this one, as globs: they are no part of it.
    pub(super) earlier: Vec<String>,
    /// What the user should know before anything is done.
    pub(super) notes: Vec<String>,
}

/// Makes the request.
pub(super) fn of(args: &PrepareArgs, world: &World<'_>) -> Result<Request, Error> {
    let given = args.source.as_deref().unwrap_or(Path::new("."));
    let source =
        given.canonicalize().map_err(|source| Error::File { path: given.display().to_string(), source })?;
    if !source.is_dir() {
        return Err(Error::usage(format!("--source: {} is no folder", given.display()), "name the project"));
    }
    let config = configuration(args, &source)?;
    let artifacts = artifacts(args, &config)?;
    let target = target(&args.output_dir)?;
    flags_agree(args)?;
    let keys = [args.signing_key.as_deref(), args.encryption_key.as_deref()];
    prepare::apart(keys.into_iter().flatten(), &artifacts, &target)
        .map_err(|refusal| Error::usage(refusal.to_string(), "keep keys outside of what is released"))?;

    let mut notes = Vec::new();
    let besides = besides(args, &source, &target, &artifacts);
    let tree = git::work_tree(&source, &besides).unwrap_or_else(|problem| {
        notes.push(format!("the state of the work tree is not known: {problem}"));
        None
    });
    let name = facts::name(config.release.name.as_deref(), &source, tree.as_ref());
    let version = version(args, &config, tree.as_ref())?;
    let tag = tree.as_ref().and_then(|tree| {
        tree.tags
            .iter()
            .find(|tag| tag.strip_prefix('v').unwrap_or(tag) == version.strip_prefix('v').unwrap_or(&version))
    });
    let step_timeout = match &args.step_timeout {
        None => config.release.step_timeout,
        Some(text) => match duration::nanoseconds(text, "") {
            Some((nanoseconds, _)) if nanoseconds > 0 => Duration::from_nanos(nanoseconds),
            _ => {
                return Err(Error::usage(
                    format!("--step-timeout: `{}` is no length of time", text.escape_debug()),
                    "such as `90s` or `5m`",
                ));
            }
        },
    };
    let plan = Plan {
        target,
        directory: path_text(&args.output_dir),
        name,
        version,
        profile: profile(args)?,
        created: clock::rfc3339(world.now),
        source: Source {
            commit: tree.as_ref().and_then(|tree| tree.commit.clone()),
            dirty: tree.as_ref().map(|tree| tree.changed > 0),
            tag: tag.cloned(),
            repository: tree.as_ref().and_then(|tree| tree.remote.clone()),
        },
        artifacts,
        asked: asked(args, step_timeout),
        steps: Steps {
            optional: config.release.optional.clone(),
            mandatory: config.release.mandatory.clone(),
        },
    };
    let named_config = args.config.clone();
    let earlier = earlier(&source, &plan.target);
    Ok(Request { plan, source, config, named_config, step_timeout, tree, earlier, notes })
}

/// The releases beside the one that is made, when they lie in the project: folders with a manifest that is one. What else
/// lies there is looked at as all of the project is.
fn earlier(source: &Path, target: &Path) -> Vec<String> {
    let releases = folder_of(target);
    let Ok(releases) = releases.canonicalize() else { return Vec::new() };
    let Ok(inside) = releases.strip_prefix(source) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(&releases) else { return Vec::new() };
    let is_release = |folder: &Path| {
        folder.join(SUMS_NAME).is_file()
            && read_bounded(&folder.join(FILE_NAME), MAX_BYTES as u64)
                .is_ok_and(|bytes| ReleaseManifest::parse(&bytes).is_ok())
    };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let folders = folders.filter(|entry| is_release(&entry.path()));
    let mut globs: Vec<String> =
        folders.map(|entry| globset::escape(&path_text(&inside.join(entry.file_name())))).collect();
    globs.sort();
    globs
}

fn configuration(args: &PrepareArgs, source: &Path) -> Result<Config, Error> {
    let checks: Vec<&str> = catalog::checks().map(|check| check.id).collect();
    let known =
        Known { checks: &checks, rules: || catalog::rules().map(|(_, rule)| rule.id.as_str()).collect() };
    match &args.config {
        Some(path) => Ok(config::load(path, &path.display().to_string(), known)?),
        None => Ok(config::find(source, known)?.unwrap_or_default()),
    }
}

fn artifacts(args: &PrepareArgs, config: &Config) -> Result<Vec<Artifact>, Error> {
    let found = if !args.artifacts.is_empty() {
        prepare::named(&args.artifacts)
    } else if config.release.artifacts.is_empty() {
        return Err(Error::usage(
            "what is to be released?",
            "name the files: `readiness release prepare target/release/app …`, or list them under `release.artifacts` in \
             readiness.yaml",
        ));
    } else {
        prepare::matching(&config.folder, &config.release.artifacts)
    };
    found.map_err(|error| Error::usage(error.to_string(), ""))
}

/// The directory to make: absolute, so that it is the same whatever happens to the folder here.
fn target(named: &Path) -> Result<PathBuf, Error> {
    let shown = named.display().to_string();
    let absolute =
        std::path::absolute(named).map_err(|source| Error::File { path: shown.clone(), source })?;
    let name = absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Err(reason) = prepare::file_name(&name) {
        return Err(Error::usage(
            format!("--output-dir {shown}: {reason}"),
            "a new folder, such as release/v1.2.3",
        ));
    }
    if absolute.symlink_metadata().is_ok() {
        return Err(Error::usage(
            format!("--output-dir {shown} is there already"),
            "a release is never changed: choose another directory, or remove this one",
        ));
    }
    Ok(absolute)
}

/// Flags that need others.
fn flags_agree(args: &PrepareArgs) -> Result<(), Error> {
    if args.sign && args.signing_key.is_none() {
        return Err(Error::usage(
            "--sign needs the private key that signs",
            "--signing-key FILE, or READINESS_SIGNING_KEY; `readiness release keygen` makes one",
        ));
    }
    if args.encrypt && args.encryption_key.is_none() {
        return Err(Error::usage(
            "--encrypt needs the AES-256 key that encrypts",
            "--encryption-key FILE, or READINESS_ENCRYPTION_KEY; `readiness release keygen` makes one",
        ));
    }
    let (signing, encryption) = (args.signing_key.as_ref(), args.encryption_key.as_ref());
    for key in signing.filter(|_| args.sign).into_iter().chain(encryption.filter(|_| args.encrypt)) {
        // A plan with keys that are not there would be none.
        let found = std::fs::metadata(key);
        found.map_err(|source| Error::File { path: key.display().to_string(), source })?;
    }
    if args.key_set.is_some() && !args.sign {
        return Err(Error::usage("--key-set says which key may sign, and nothing is signed", "add --sign"));
    }
    if args.run_performance_tests && args.api_url.is_none() {
        return Err(Error::usage(
            "--run-performance-tests needs a server",
            "--api-url URL, or READINESS_API_URL",
        ));
    }
    if let Some(url) = args.api_url.as_deref().filter(|_| args.run_performance_tests)
        && let Err(error) = url.parse::<Url>()
    {
        return Err(Error::usage(
            format!("--api-url {}: {error}", mask_secrets(url)),
            "such as http://127.0.0.1:8080",
        ));
    }
    Ok(())
}

/// What is untracked on purpose: the program's own state, what is released and where it goes, keys and evidence.
fn besides(args: &PrepareArgs, source: &Path, target: &Path, artifacts: &[Artifact]) -> Vec<PathBuf> {
    let real = |path: &Path| path.canonicalize().ok();
    let top = git::repository_root(source).and_then(|top| real(&top));
    let mut all = vec![source.join(".readiness")];
    all.extend(top.iter().map(|top| top.join(".readiness")));
    // Releases beside this one; but not the project itself, when the directory is made right in it.
    let releases = folder_of(target);
    let releases = real(&releases).unwrap_or(releases);
    if source.starts_with(&releases) {
        all.push(target.to_owned());
    } else {
        all.push(releases);
    }
    let named = artifacts.iter().map(|artifact| &artifact.path);
    let flags = [
        &args.signing_key,
        &args.encryption_key,
        &args.key_set,
        &args.passphrase.passphrase_file,
        &args.trail.trail,
    ];
    let outputs = [
        &args.output.output,
        &args.output.output_json,
        &args.output.output_md,
        &args.output.output_html,
        &args.output.output_junit,
    ];
    let paths = named.chain(args.provenance.iter()).chain(flags.into_iter().chain(outputs).flatten());
    all.extend(paths.filter_map(|path| real(path)));
    all
}

/// The version: as it is given, as the configuration says, or as the only tag of the commit that reads as one.
fn version(args: &PrepareArgs, config: &Config, tree: Option<&WorkTree>) -> Result<String, Error> {
    let told = args.version.clone().or_else(|| config.release.version.clone());
    let version = match told {
        Some(version) => version,
        None => tagged(tree)?,
    };
    prepare::version(&version).map_err(|reason| {
        Error::usage(format!("the version `{}`: {reason}", version.escape_debug()), "such as 1.2.3")
    })?;
    Ok(version)
}

fn tagged(tree: Option<&WorkTree>) -> Result<String, Error> {
    const HINT: &str = "name the version: `--version 1.2.3`, `release.version` in readiness.yaml, or a tag `v1.2.3` of the commit";
    let versions: Vec<&str> = tree
        .map(|tree| tree.tags.iter().map(String::as_str).filter_map(facts::version_of_tag).collect())
        .unwrap_or_default();
    match versions.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Error::usage("which version is this?", HINT)),
        several => Err(Error::usage(
            format!("the commit has the tags of several versions: {}", several.join(", ")),
            HINT,
        )),
    }
}

fn profile(args: &PrepareArgs) -> Result<Option<String>, Error> {
    let Some(profile) = args.profile.clone().filter(|profile| !profile.is_empty()) else { return Ok(None) };
    prepare::version(&profile).map_err(|reason| {
        Error::usage(format!("--profile `{}`: {reason}", profile.escape_debug()), "such as prod")
    })?;
    Ok(Some(profile))
}

fn asked(args: &PrepareArgs, step_timeout: Duration) -> Asked {
    let shown = |path: &Option<PathBuf>| path.as_deref().map(path_text);
    let limit = format!("at most {} s", step_timeout.as_secs_f64());
    let profile = match args.performance_profile {
        None | Some(ProfileArg::Quick) => "quick",
        Some(ProfileArg::Standard) => "standard",
        Some(ProfileArg::Stress) => "stress",
    };
    let url = args.api_url.as_deref().map(words::url).unwrap_or_default();
    Asked {
        sign: shown(&args.signing_key).filter(|_| args.sign),
        encrypt: shown(&args.encryption_key).filter(|_| args.encrypt),
        sbom: args.include_sbom,
        slsa: args.include_slsa,
        provenance: args.provenance.iter().map(|path| path_text(path)).collect(),
        security_audit: args.run_security_audit.then(|| format!("readiness audit --deep, {limit}")),
        performance_tests: args
            .run_performance_tests
            .then(|| format!("readiness perf --url {url} --profile {profile}, {limit}")),
    }
}
