//! From arguments, environment and readiness.yaml to everything a run needs. Flags win over the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::scanners::{self, Asked};
use super::{Error, Variable, provenance, sbom, since, vex};
use crate::advisories;
use crate::artifact::keys;
use crate::audit::inventory::Inventory;
use crate::audit::vulnerabilities::{self, Scanners, Told};
use crate::audit::{self, Item, configuration, integrity, signatures};
use crate::catalog;
use crate::cli::AuditArgs;
use crate::config::{self, Config, Known, Problems};
use crate::engine::{self, Check, Reads, Start, Started};
use crate::formats::document::{self, Limits, Syntax};
use crate::gate::{Area, Policy};
use crate::host::clock;
use crate::host::files::{path_text, read_bounded};
use crate::host::process::lies_in;
use crate::report::{Severity, Status};

/// A run, ready to begin.
pub(super) struct Plan {
    /// What is judged.
    pub(super) subject: PathBuf,
    /// Its name in the report.
    pub(super) name: String,
    /// How it is read.
    pub(super) reading: engine::Settings,
    /// The checks, started.
    pub(super) started: Vec<Started>,
    /// What the result is judged by.
    pub(super) policy: Policy,
    /// What the check of vulnerabilities will tell besides findings.
    pub(super) told: Arc<Told>,
    /// The packages that the checks will read.
    pub(super) inventory: Arc<Inventory>,
    /// The reports of other scanners that are still to be made or read, and where they go.
    pub(super) scanners: (Vec<Asked>, Scanners),
    /// VEX documents.
    pub(super) vex: Vec<vex::Loaded>,
    /// The variables of the environment that the configuration asks for.
    pub(super) required_env: Vec<String>,
    /// What was decided on the way, for `--verbose`.
    pub(super) notes: Vec<String>,
}

/// Makes the plan of `readiness audit`.
pub(super) fn plan(args: &AuditArgs, now: Timestamp, variable: Variable<'_>) -> Result<Plan, Error> {
    let (subject, files) = subject(args)?;
    let root = if subject.is_dir() {
        subject.clone()
    } else {
        subject.parent().map_or_else(|| subject.clone(), Path::to_owned)
    };
    let checks: Vec<&str> = catalog::checks().map(|check| check.id).collect();
    let known =
        Known { checks: &checks, rules: || catalog::rules().map(|(_, rule)| rule.id.as_str()).collect() };
    let (config, tree) = configurations(args, &root, known)?;
    let trusted = tree.is_none();

    let mut reading = engine::Settings {
        deep: args.deep,
        files,
        exclude: config.exclude.iter().chain(&args.exclude).cloned().collect(),
        ..engine::Settings::default()
    };
    if let Some(text) = &args.max_file_size {
        let size = crate::formats::size::bytes(text);
        reading.max_file_size = size
            .map_err(|error| Error::usage(format!("--max-file-size: {error}"), "a size such as `16 MiB`"))?;
    } else if let Some(size) = config.max_file_size {
        reading.max_file_size = size;
    }

    let items = choose(args)?;
    if args.sbom.is_some() {
        let running = items.iter().map(|(item, _)| item.check.id).filter(|id| !skipped(id, args));
        sbom::check_run(running, &reading.files)?;
    }
    let judges_packages = items
        .iter()
        .any(|(item, _)| item.check.id == vulnerabilities::CHECK.id && !skipped(item.check.id, args));
    if judges_packages && !args.write_manifest {
        check_database(args, variable)?;
    }
    let mut settings = audit_settings(args, &config, &root, now, variable)?;
    if let Some(named) = &args.since {
        let earlier = since::earlier(named, &root, reading.max_file_size)?;
        settings.vulnerabilities.since = Some(Arc::new(earlier));
    }
    let told = Arc::clone(&settings.vulnerabilities.told);
    let inventory = Arc::clone(&settings.inventory);
    let named = config.scanners.as_slice();
    // What the tree itself says of programs must not choose what is run.
    let inside = args.config.as_ref().is_none_or(|path| lies_in(path, &root));
    let asked = scanners::asked(args, &subject, &reading.files, (named, inside, &config.folder), variable)?;
    if !asked.is_empty() && !items.iter().any(|(item, _)| item.check.id == vulnerabilities::CHECK.id) {
        return Err(Error::usage(
            "--with and --evidence speak of vulnerabilities, and that check is left out",
            "name it with --only, too",
        ));
    }
    let scanners = (asked, Arc::clone(&settings.vulnerabilities.scanners));
    let started = items
        .iter()
        .map(|(item, chosen)| Started { check: item.check, start: start(item, *chosen, args, &settings) })
        .collect();

    let today = clock::utc_day(now);
    let source = if config.source.is_empty() { "built in".to_owned() } else { config.source.clone() };
    let mut notes = vec![format!("policy: {source}")];
    notes.extend((!trusted).then(|| "configuration and marks inside the tree have no force".to_owned()));
    let ignored = tree.flatten();
    let vex = vex::load(&args.vex, &config, ignored.as_ref(), &root, trusted)?;
    let policy = Policy {
        fail_on: args.fail_on.map(Into::into).or(config.fail_on).unwrap_or(Policy::built_in(today).fail_on),
        strict: args.strict || config.strict.unwrap_or(false),
        optional: config.optional,
        waivers: config
            .waivers
            .into_iter()
            .filter(|waiver| waiver.area().is_none_or(|area| area == Area::Trees))
            .collect(),
        untrusted_waivers: ignored.map(|tree| tree.waivers).unwrap_or_default(),
        vex: Vec::new(),
        waiver_max_days: config.waiver_max_days,
        conditions: config.conditions,
        looked_for: settings.vulnerabilities.words(),
        marks: config.marks.unwrap_or(true),
        tree_trusted: trusted,
        source,
        today,
    };
    let name = name_of(args.path.as_deref().unwrap_or(&root), &root);
    Ok(Plan {
        subject,
        name,
        reading,
        started,
        policy,
        told,
        inventory,
        scanners,
        vex,
        required_env: config.required_env,
        notes,
    })
}

/// What is judged: a tree, or, when single files are named and no tree is, just these.
fn subject(args: &AuditArgs) -> Result<(PathBuf, Vec<PathBuf>), Error> {
    let real = |path: &Path| {
        path.canonicalize().map_err(|source| Error::File { path: path.display().to_string(), source })
    };
    let named: Vec<&PathBuf> =
        args.check_config.iter().chain(&args.verify_signature).chain(&args.scan_sbom).collect();
    if let Some(path) = &args.path {
        return Ok((real(path)?, Vec::new()));
    }
    let here = real(Path::new("."))?;
    if named.is_empty() {
        return Ok((here, Vec::new()));
    }
    let files = named.into_iter().map(|path| real(path)).collect::<Result<Vec<_>, _>>()?;
    let mut root = here;
    while !files.iter().all(|file| file.starts_with(&root)) && root.pop() {}
    Ok((root, files))
}

/// The configuration that has force, and, when the tree's own has none, what that one says (if it can be read): the
/// outer option tells the tree apart that is trusted.
fn configurations(
    args: &AuditArgs,
    root: &Path,
    known: Known<'_>,
) -> Result<(Config, Option<Option<Config>>), Error> {
    let inside = |path: &Path| path.canonicalize().is_ok_and(|path| path.starts_with(root));
    match &args.config {
        Some(path) => {
            let config = config::load(path, &path.display().to_string(), known)?;
            let untrusted = args.no_tree_config || !inside(path);
            Ok((config, untrusted.then(|| config::find(root, known).ok().flatten())))
        }
        None if args.no_tree_config => {
            Ok((Config::default(), Some(config::find(root, known).ok().flatten())))
        }
        None => Ok((config::find(root, known)?.unwrap_or_default(), None)),
    }
}

/// The checks of the run; those that `--only` or a single file names are chosen and get whatever they need.
fn choose(args: &AuditArgs) -> Result<Vec<(&'static Item, bool)>, Error> {
    for id in args.only.iter().chain(&args.skip) {
        if !audit::CHECKS.iter().any(|item| item.check.id == id) {
            let ids: Vec<&str> = audit::CHECKS.iter().map(|item| item.check.id).collect();
            return Err(Error::usage(
                format!("there is no check `{}`", id.escape_debug()),
                format!("checks: {}", ids.join(", ")),
            ));
        }
    }
    let mut only: Vec<&str> = args.only.iter().map(String::as_str).collect();
    if only.is_empty() && args.path.is_none() {
        only.extend((!args.check_config.is_empty()).then_some("configuration"));
        only.extend((!args.verify_signature.is_empty()).then_some("signatures"));
        if !args.scan_sbom.is_empty() {
            only.extend(["sbom", "vulnerabilities"]);
        }
    }
    let wanted = audit::CHECKS.iter().filter(|item| only.is_empty() || only.contains(&item.check.id));
    Ok(wanted.map(|item| (item, !only.is_empty())).collect())
}

fn skipped(id: &str, args: &AuditArgs) -> bool {
    args.skip.iter().any(|skip| skip == id)
}

/// An advisory database that is named must be there; only at the usual place none is expected.
fn check_database(args: &AuditArgs, variable: Variable<'_>) -> Result<(), Error> {
    let named =
        args.advisories.is_some() || variable(advisories::VARIABLE).is_some_and(|path| !path.is_empty());
    match advisories::location(args.advisories.as_deref(), variable) {
        Some(path) if named && !path.exists() => Err(Error::usage(
            format!("there is no advisory database at {}", path.display()),
            "`readiness advisories update --advisories FILE` makes one; without a network, `import` does",
        )),
        _ => Ok(()),
    }
}

fn start(item: &Item, chosen: bool, args: &AuditArgs, settings: &audit::Settings) -> Start {
    let Check { id, reads, .. } = item.check;
    if skipped(id, args) {
        Start::Skip(Status::not_applicable("left out by --skip", ""))
    } else if *reads == Reads::Contents && !args.deep && !chosen {
        Start::Skip(Status::not_applicable("it reads every file", "readiness audit --deep"))
    } else {
        (item.start)(settings)
    }
}

/// What the checks are told. Flags name files from here; the configuration names the manifest from the tree, and keys
/// from its own folder. Keys named by flags replace those of the configuration: a tree cannot add to them.
fn audit_settings(
    args: &AuditArgs,
    config: &Config,
    root: &Path,
    now: Timestamp,
    variable: Variable<'_>,
) -> Result<audit::Settings, Error> {
    let public = keys::load_public_keys(&key_files(&args.public_key, config, &config.public_keys))?;
    let signers = public.iter().cloned().map(Into::into).collect();
    let manifest = match &args.manifest {
        Some(path) => Some(absolute(path)?),
        None => config.manifest.as_ref().map(PathBuf::from),
    };
    let secret = key_files(&args.encryption_key, config, &config.encryption_keys);
    Ok(audit::Settings {
        integrity: integrity::Settings {
            manifest,
            critical: config.critical.clone(),
            keys: public.clone(),
            at: now,
            require_signature: config.require_signed_manifest,
        },
        signatures: signatures::Settings {
            keys: public,
            at: now,
            salt_must_equal_digest: config.salt_must_equal_digest,
            required: config.require_signatures.clone(),
            pairs: signature_pairs(&args.verify_signature, root)?,
        },
        provenance: audit::provenance::Settings {
            trust: provenance::trust(config, signers)?,
            policy: config.provenance.policy.clone(),
            now,
        },
        encryption: audit::encryption::Settings {
            keys: keys::load_encryption_keys(&secret)?,
            required: config.encrypted.clone(),
        },
        configuration: configuration_settings(args, config, variable)?,
        vulnerabilities: vulnerabilities::Settings {
            database: advisories::location(args.advisories.as_deref(), variable),
            max_age_days: args
                .max_advisory_age
                .or(config.max_advisory_age)
                .unwrap_or(vulnerabilities::MAX_AGE_DAYS),
            now,
            unknown_severity: config.unknown_severity.unwrap_or(Severity::Medium),
            ..vulnerabilities::Settings::default()
        },
        inventory: Arc::new(Inventory::with_sboms(sboms(args, config, root)?)),
    })
}

/// A profile named by flag, which must be readable: otherwise the command cannot do what it was asked for.
fn profile(path: &Path) -> Result<PathBuf, Error> {
    let shown = path.display().to_string();
    let file_error = |source| Error::File { path: shown.clone(), source };
    let real = path.canonicalize().map_err(file_error)?;
    let limits = Limits::default();
    let bytes = read_bounded(&real, limits.max_bytes as u64).map_err(file_error)?;
    if let Some(syntax) = real.file_name().and_then(|name| Syntax::of_file_name(&name.to_string_lossy())) {
        document::parse(&bytes, syntax, &limits)
            .map_err(|error| Error::Profile(Problems::of_parse_error(&shown, &bytes, &error)))?;
    }
    Ok(real)
}

/// Profiles by configuration and by flag, and the variables of the environment that the configuration asks for.
fn configuration_settings(
    args: &AuditArgs,
    config: &Config,
    variable: Variable<'_>,
) -> Result<configuration::Settings, Error> {
    let named = args.check_config.iter().map(|path| profile(path)).collect::<Result<_, _>>()?;
    let defined = config.required_env.iter().filter_map(|name| Some((name.clone(), variable(name)?)));
    Ok(configuration::Settings {
        files: config.profiles.clone(),
        named,
        required_env: config.required_env.clone(),
        environment: configuration::Environment::new(defined),
    })
}

/// SBOMs that the user or the configuration names, as paths relative to the tree.
fn sboms(args: &AuditArgs, config: &Config, root: &Path) -> Result<Vec<String>, Error> {
    let inside = |path: &PathBuf| {
        let real =
            path.canonicalize().map_err(|source| Error::File { path: path.display().to_string(), source })?;
        real.strip_prefix(root).map(path_text).map_err(|_| {
            Error::usage(
                format!("--scan-sbom: {} is not inside the tree", path.display()),
                "name no PATH beside it to audit the SBOM alone",
            )
        })
    };
    let mut paths = args.scan_sbom.iter().map(inside).collect::<Result<Vec<_>, _>>()?;
    paths.extend(config.sboms.iter().cloned());
    Ok(paths)
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::File { path: path.display().to_string(), source })
}

/// Key files by flag, or else those of the configuration, which are relative to its folder.
fn key_files(flags: &[PathBuf], config: &Config, named: &[String]) -> Vec<PathBuf> {
    if flags.is_empty() {
        named.iter().map(|path| config.folder.join(path)).collect()
    } else {
        flags.to_vec()
    }
}

/// `--verify-signature SIG FILE`, as paths relative to the tree.
fn signature_pairs(named: &[PathBuf], root: &Path) -> Result<Vec<(String, String)>, Error> {
    let inside = |path: &PathBuf| {
        let real =
            path.canonicalize().map_err(|source| Error::File { path: path.display().to_string(), source })?;
        real.strip_prefix(root).map(path_text).map_err(|_| {
            Error::usage(
                format!("--verify-signature: {} is not inside the tree", path.display()),
                "name no PATH beside it to verify a signature alone",
            )
        })
    };
    let pair = |pair: &[PathBuf]| match pair {
        [signature, file] => Ok((inside(signature)?, inside(file)?)),
        _ => Err(Error::usage("--verify-signature takes a signature and a file", "")),
    };
    named.chunks(2).map(pair).collect()
}

/// The subject as people call it, without the folders of this machine.
fn name_of(given: &Path, root: &Path) -> String {
    let plain =
        given.is_relative() && given.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain {
        path_text(given)
    } else {
        root.file_name().map_or_else(|| "/".to_owned(), |name| path_text(Path::new(name)))
    }
}
