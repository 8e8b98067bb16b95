//! `--sbom FILE`: the packages of an audited tree as a software bill of materials, beside the report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Error, World};
use crate::artifact::sbom::{self, Bill, List};
use crate::audit::inventory::{Assembled, Source};
use crate::cli::AuditArgs;
use crate::engine::role_of;
use crate::formats::lockfile::Kind;
use crate::formats::sbom::is_sbom_name;
use crate::host::{clock, files};

/// Names of packages in one statement at most.
const NAMED: usize = 5;

/// Endings of formats that are not written: a file must be what its name says.
const OTHER_FORMATS: &[&str] =
    &[".xml", ".spdx", ".yaml", ".yml", ".rdf", ".tag", ".jsonld", ".spdx3.json", ".proto"];

/// Where the SBOM goes.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    write: fn(&Bill) -> Vec<u8>,
}

/// The target that the arguments ask for; that it can be written is looked at before the work begins.
pub(super) fn target(args: &AuditArgs) -> Result<Option<Target>, Error> {
    let Some(path) = &args.sbom else { return Ok(None) };
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if path.as_os_str() == "-" {
        return Err(Error::usage("--sbom writes a file", "standard output is for the report"));
    }
    if let Some(ending) = OTHER_FORMATS.iter().find(|ending| name.ends_with(*ending)) {
        return Err(Error::usage(
            format!("--sbom {}: `{ending}` is none of the formats that are written", path.display()),
            "`NAME.spdx.json` becomes SPDX 2.3, any other name CycloneDX 1.6, both in JSON",
        ));
    }
    let reports = [&args.output, &args.json, &args.markdown, &args.sarif, &args.junit];
    if reports.into_iter().any(|report| report.as_ref() == Some(path)) {
        return Err(Error::usage(format!("report and SBOM cannot both go to {}", path.display()), ""));
    }
    files::check_writable(path).map_err(|source| Error::File { path: path.display().to_string(), source })?;
    let is_spdx = name == "spdx.json" || name.ends_with(".spdx.json");
    let write = if is_spdx { sbom::spdx } else { sbom::cyclonedx };
    Ok(Some(Target { path: path.clone(), write }))
}

/// Writes the packages of a tree. What was written is told when the user wants to know, and always when it is nothing:
/// an SBOM without packages looks like one of a product without dependencies.
pub(super) fn write(
    target: &Target,
    assembled: &Assembled,
    name: &str,
    verbose: bool,
    world: &mut World<'_>,
) -> Result<(), Error> {
    let bill = bill(assembled, name, world.now);
    let shown = target.path.display().to_string();
    files::write_atomic(&target.path, &(target.write)(&bill))
        .map_err(|source| Error::File { path: shown.clone(), source })?;
    if verbose || bill.packages.is_empty() {
        let (packages, missing) = (bill.packages.len(), bill.missing.len());
        writeln!(world.err, "wrote {shown}: {packages} packages, {missing} statements of what is missing")?;
    }
    Ok(())
}

/// The bill of a tree: what its lock files pin, which images its container files use, and what is installed in a root
/// filesystem. Not what its SBOMs say, which is others' word, and not what its workflows use, which is no part of it.
#[must_use]
pub(super) fn bill(assembled: &Assembled, name: &str, now: Timestamp) -> Bill {
    let listed = || assembled.sources.iter().filter(|source| source.kind != Kind::Workflow);
    let product: Vec<&Source> = listed().filter(|source| source.role.is_none()).collect();
    let lists: Vec<List<'_>> =
        product.iter().map(|source| List { path: &source.path, packages: &source.file.packages }).collect();
    let mut bill = Bill::of(name, clock::rfc3339(now), &lists);
    bill.missing = missing(assembled, &product);
    bill.outside =
        listed().filter_map(|source| Some(format!("{}, {}", source.path, source.role?.words()))).collect();
    bill
}

/// What should be in the bill and is not known.
fn missing(assembled: &Assembled, product: &[&Source]) -> Vec<String> {
    let mut missing = Vec::new();
    for (path, reason) in &assembled.unread {
        let name = path.rsplit('/').next().unwrap_or(path);
        let of_product = role_of(path).is_none() && Kind::of_path(path) != Some(Kind::Workflow);
        if of_product && !is_sbom_name(name) {
            missing.push(format!("{path}: {reason}"));
        }
    }
    for source in product {
        missing.extend(source.file.partial.map(|reason| format!("{}: {reason}", source.path)));
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for entry in &source.file.left_out {
            by_reason.entry(entry.reason).or_default().push(&entry.name);
        }
        for (reason, names) in by_reason {
            let named: Vec<&str> =
                names.iter().copied().filter(|name| !name.is_empty()).take(NAMED).collect();
            let more = if named.len() < names.len() { ", …" } else { "" };
            let list =
                if named.is_empty() { String::new() } else { format!(" ({}{more})", named.join(", ")) };
            missing.push(format!("{}: {} without a place here, {reason}{list}", source.path, names.len()));
        }
    }
    for file in assembled.unlocked().into_iter().filter(|file| file.role.is_none()) {
        missing.push(format!("{}: no lock file tells what it resolves to", file.path));
    }
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// The checks that read the packages of a tree.
const READERS: &[&str] = &["dependencies", "sbom", "vulnerabilities"];

/// That a run with these checks over these files reads what an SBOM lists.
pub(super) fn check_run<'c>(
    mut running: impl Iterator<Item = &'c str>,
    only_files: &[PathBuf],
) -> Result<(), Error> {
    if let Some(file) = only_files.first() {
        let file =
            file.file_name().map_or_else(Default::default, |name| Path::new(name).display().to_string());
        return Err(Error::usage(
            format!("--sbom lists the packages of a tree, and only single files such as {file} are audited"),
            "name the tree beside them: `readiness audit --sbom app.cdx.json .`",
        ));
    }
    if running.any(|id| READERS.contains(&id)) {
        return Ok(());
    }
    Err(Error::usage(
        "--sbom: none of the checks of this run reads packages",
        format!("let one of them run: {}", READERS.join(", ")),
    ))
}
