//! `readiness advisories`: update, import, status and export of the advisory database.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

use indicatif::{HumanBytes, HumanCount};
use serde_json::json;

use super::{Error, World, progress};
use crate::advisories;
use crate::advisories::bundle::{self, Beside};
use crate::advisories::import::{self, ImportError, Progress, Request};
use crate::advisories::store::{Contents, Database, StoreError};
use crate::advisories::update::{self, Extras};
use crate::artifact::{keys, signature};
use crate::cli::{
    AdvisoriesArgs, AdvisoriesCommand, DatabaseArg, ExportArgs, ImportArgs, StatusArgs, StatusFormat,
    UpdateArgs,
};
use crate::crypto::digest::Digest;
use crate::formats::ecosystem::{FAMILIES, Family};
use crate::host::files::path_text;
use crate::host::http;
use crate::render::visible;

/// Runs the command.
pub(super) fn run(args: &AdvisoriesArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        AdvisoriesCommand::Import(args) => import(args, world),
        AdvisoriesCommand::Update(args) => update(args, world),
        AdvisoriesCommand::Status(args) => status(args, world),
        AdvisoriesCommand::Export(args) => export(args, world),
    }
}

fn database(arg: &DatabaseArg, world: &World<'_>) -> Result<PathBuf, Error> {
    advisories::location(arg.advisories.as_deref(), world.variable).ok_or_else(|| {
        Error::usage(
            "there is no cache folder to keep the advisory database in",
            format!("name a file with --advisories or {}", advisories::VARIABLE),
        )
    })
}

fn import(args: &ImportArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let database = database(&args.database, world)?;
    let keys = keys::load_public_keys(&args.public_key)?;
    let verify = |digests: &[Digest], file: &[u8]| {
        let signed = signature::read_signature(file).map_err(|error| format!("its signature: {error}"))?;
        match signature::verify(digests, &signed.bytes, &keys, world.now).verified() {
            Some(_) => Ok(()),
            None => Err("its signature is of none of the public keys that are valid now".to_owned()),
        }
    };
    let verify: Option<import::Verify<'_>> = if keys.is_empty() { None } else { Some(&verify) };
    let counted = Progress::default();
    let request = Request {
        paths: &args.paths,
        database: &database,
        replace: args.replace,
        now: world.now,
        verify,
        progress: &counted,
    };
    let message = || format!("{} records", HumanCount(counted.records.load(Relaxed)));
    let outcome = progress::with(world.progress, "Importing", message, || import::run(&request))
        .map_err(|error| explained(&error))?;

    for faulty in &outcome.told {
        let told = format!("{}: {}", faulty.name, faulty.reason);
        writeln!(world.err, "left out: {}", visible::line(&told))?;
    }
    if outcome.faults > outcome.told.len() as u64 {
        writeln!(world.err, "left out: {} more", outcome.faults - outcome.told.len() as u64)?;
    }
    writeln!(
        world.err,
        "imported {} {} into {} ({}); {} at fault, {} other files skipped",
        outcome.records,
        if outcome.records == 1 { "record" } else { "records" },
        path_text(&database),
        outcome.brought.join(", "),
        outcome.faults,
        outcome.skipped
    )?;
    // As the table below and the reports of audits count them: a record can be of several ecosystems.
    let entries: u64 = outcome.contents.sources.iter().map(|source| source.count).sum();
    writeln!(
        world.err,
        "the database holds {entries} {} now: each record in every ecosystem that it names, each EPSS score, each line of CISA's list",
        if entries == 1 { "entry" } else { "entries" }
    )?;
    write_table(&outcome.contents, &mut *world.out)?;
    Ok(0)
}

/// The ecosystems of programming languages, which an update without names fetches.
const LANGUAGES: [Family; 12] = [
    Family::CratesIo,
    Family::GitHubActions,
    Family::Go,
    Family::Hex,
    Family::Maven,
    Family::Npm,
    Family::NuGet,
    Family::Packagist,
    Family::Pub,
    Family::PyPi,
    Family::RubyGems,
    Family::SwiftUrl,
];

fn update(args: &UpdateArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let database = database(&args.database, world)?;
    let families = families(args, &database)?;
    // Beside the database, so that what was fetched is there for the next update.
    let mut folder = database.clone().into_os_string();
    folder.push(".downloads");
    let folder = PathBuf::from(folder);
    let extras = Extras {
        epss: (!args.no_epss).then(|| args.epss_url.as_deref().unwrap_or(update::EPSS_URL)),
        kev: (!args.no_kev).then(|| args.kev_url.as_deref().unwrap_or(update::KEV_URL)),
    };
    let base = args.base_url.as_deref().unwrap_or(update::OSV_BASE);
    let options = update::Options { allow_plain: args.allow_http, ..update::Options::usual() };
    let under_way = Mutex::new(String::new());
    let message = || under_way.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut tell = |source: update::Source, progress: http::Progress| {
        let total = progress.total.map(|total| format!(" of {}", HumanBytes(total))).unwrap_or_default();
        let text = format!("{source}: {}{total}", HumanBytes(progress.received));
        *under_way.lock().unwrap_or_else(PoisonError::into_inner) = text;
    };
    let fetched = progress::with(world.progress, "Fetching", message, || {
        update::download(base, &families, extras, &folder, &options, &mut tell)
    })
    .map_err(|error| Error::usage(error.to_string(), error.hint()))?;
    let changed = fetched.iter().filter(|each| each.changed).count();
    let bytes: u64 = fetched.iter().map(|each| each.bytes).sum();
    writeln!(world.err, "fetched {} files, {}; {changed} changed", fetched.len(), HumanBytes(bytes))?;
    let args = ImportArgs {
        paths: fetched.into_iter().map(|each| each.path).collect(),
        database: DatabaseArg { advisories: Some(database) },
        ..ImportArgs::default()
    };
    import(&args, world)
}

/// What is fetched: what the user names, or the languages and what the database holds already.
fn families(args: &UpdateArgs, database: &Path) -> Result<Vec<Family>, Error> {
    let mut families = Vec::new();
    for name in &args.ecosystems {
        let known = FAMILIES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        let Some((family, _)) = known else {
            let names: Vec<&str> = FAMILIES.iter().map(|(_, name)| *name).collect();
            return Err(Error::usage(
                format!("there is no ecosystem `{}`", name.escape_debug()),
                format!("ecosystems: {}", names.join(", ")),
            ));
        };
        families.push(*family);
    }
    let known = match Database::open(database) {
        Ok(known) => known.contents().clone(),
        Err(StoreError::Missing(_)) => Contents::default(),
        // Nothing is fetched that cannot be imported.
        Err(error) => {
            return Err(Error::usage(
                error.to_string(),
                "remove this file, or name another with --advisories",
            ));
        }
    };
    if families.is_empty() {
        families.extend(LANGUAGES);
        families.extend(known.sources.iter().filter_map(|source| Family::of_name(&source.name)));
    }
    families.sort_unstable();
    families.dedup();
    Ok(families)
}

fn explained(error: &ImportError) -> Error {
    let hint = match error {
        ImportError::Existing(_) => {
            "name another file with --advisories; `--replace` overwrites this one, whatever it is"
        }
        ImportError::Shrunk { .. } => {
            "name all that there is of it, together with what was named; `import --replace` starts from nothing"
        }
        ImportError::Busy(_) => "wait until it has ended",
        ImportError::Nothing => "`readiness advisories import --help` says what is read",
        _ => "",
    };
    Error::usage(error.to_string(), hint)
}

fn status(args: &StatusArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let path = database(&args.database, world)?;
    let opened = Database::open(&path).map_err(|error| unusable(&error))?;
    let contents = opened.contents();
    match args.format {
        StatusFormat::Text => {
            writeln!(world.out, "{}\n", path_text(&path))?;
            write_table(contents, &mut *world.out)?;
        }
        StatusFormat::Json => {
            serde_json::to_writer_pretty(&mut *world.out, &as_json(&path, contents))
                .map_err(io::Error::other)?;
            writeln!(world.out)?;
        }
    }
    Ok(0)
}

fn unusable(error: &StoreError) -> Error {
    let hint = match error {
        StoreError::Missing(_) => "`readiness advisories update` makes one; without a network, `import` does",
        StoreError::Unusable { .. } => {
            "name another file, or overwrite this one: `readiness advisories import --replace PATH`"
        }
    };
    Error::usage(error.to_string(), hint)
}

fn as_json(path: &Path, contents: &Contents) -> serde_json::Value {
    let sources: Vec<_> = contents
        .sources
        .iter()
        .map(|source| {
            json!({
                "name": source.name,
                "count": source.count,
                "withdrawn": source.withdrawn,
                "faults": source.faults,
                "newest": source.newest,
                "longest_pause_days": source.pause,
                "imported": source.imported,
                "digest": source.digest,
            })
        })
        .collect();
    json!({
        "database": path_text(path),
        "digest": contents.digest,
        "imported": contents.imported,
        "sources": sources,
    })
}

fn write_table(contents: &Contents, out: &mut dyn Write) -> io::Result<()> {
    let widest = contents.sources.iter().map(|source| source.name.len()).max().unwrap_or(0).max(9);
    writeln!(
        out,
        "{:widest$}  {:>9}  {:>9}  {:>8}  {:20}  {:20}  Digest",
        "Ecosystem", "Entries", "Withdrawn", "At fault", "Newest entry", "Imported"
    )?;
    for source in &contents.sources {
        writeln!(
            out,
            "{:widest$}  {:>9}  {:>9}  {:>8}  {:20}  {:20}  {}",
            source.name,
            source.count,
            source.withdrawn,
            source.faults,
            source.newest,
            source.imported,
            source.digest.get(..12).unwrap_or_default()
        )?;
    }
    writeln!(out, "\nDigest of all: {}", contents.digest)
}

fn export(args: &ExportArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let path = database(&args.database, world)?;
    let beside = bundle::signature_path(&args.bundle);
    let key = match &args.sign_key {
        Some(key) => {
            for target in [&args.bundle, &beside] {
                if is_same_file(target, key) {
                    let message =
                        format!("{} is the key that signs, and would be overwritten", target.display());
                    return Err(Error::usage(message, "give the bundle another name"));
                }
            }
            Some(keys::load_private_key(key)?)
        }
        None => None,
    };
    let exported = bundle::export(&path, &args.bundle, key.as_ref())
        .map_err(|error| Error::usage(error.to_string(), ""))?;
    let contents = exported.contents;
    let (shown, beside) = (args.bundle.display(), beside.display());
    let sources = contents.sources.len();
    writeln!(world.err, "wrote {shown}: {sources} sources, digest {}", contents.digest)?;
    match exported.signature {
        Beside::Nothing => {}
        Beside::Signed(hash) => writeln!(world.err, "wrote {beside}: RSA-PSS, {hash}")?,
        Beside::Kept => writeln!(world.err, "kept {beside}: the bundle is the same as before")?,
        Beside::Removed => writeln!(world.err, "removed {beside}: it was of another bundle")?,
    }
    match &args.sign_key {
        Some(key) => writeln!(
            world.err,
            "\nTo write the public key:\n  openssl pkey -in {} -pubout -out KEY.pub",
            key.display()
        )?,
        None => writeln!(
            world.err,
            "\nTo sign it: `--sign-key KEY.pem`, or\n  openssl dgst -sha256 -sign KEY.pem -sigopt rsa_padding_mode:pss \
             -sigopt rsa_pss_saltlen:digest -out {beside} {shown}"
        )?,
    }
    writeln!(
        world.err,
        "To import it elsewhere, with {beside} beside it:\n  readiness advisories import {shown} --public-key KEY.pub"
    )?;
    Ok(0)
}

/// Whether both paths lead to one file that is there.
fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
